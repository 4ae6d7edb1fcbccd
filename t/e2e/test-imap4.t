#!/bin/sh
# test-imap4's options, exit statuses and output.
B=${B:-$PWD/build/opt}
T=$B/test-imap4
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
umask 077
n=0

# is WANTED SEEN NAME
is() {
	n=$((n + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $n - $3"
	else
		echo "not ok $n - $3"
		echo "# wanted: $1" | sed '2,$s/^/# /'
		echo "#   seen: $2" | sed '2,$s/^/# /'
	fi
}

# run STATUS NAME ARGUMENT...: output in $d/out and $d/err
run() {
	want=$1 name=$2
	shift 2
	"$T" "$@" >"$d/out" 2>"$d/err" </dev/null
	is "$want" "$?" "$name"
}

cat >"$d/good.cfg" <<'END'
version = "1"
listen-on { non-transparent "imap" { port = 143 } }
session-acl "in" {
	from = {"10.0.0.0/8"}
	plug-to = {"127.0.0.1:143"}
}
command-acl "all" { no-mail-scanning = yes }
END
sed 's/10.0.0.0/10.0.0.300/' "$d/good.cfg" >"$d/bad.cfg"

run 0 "-v prints the version" -v
is "1" "$(grep -c '^test-imap4 [0-9.]* (build [0-9a-f]*), configuration version 1$' "$d/out")" "with the build"
run 0 "-h explains" -h
is "" "$(cat "$d/err")" "on stdout"
run 2 "no option is usage"
run 2 "-d 2 is usage" -d 2 -f "$d/good.cfg"
run 2 "-d 10 is usage" -d 10 -f "$d/good.cfg"
run 0 "-d 9 is good" -d 9 -f "$d/good.cfg"
run 2 "an unknown option is usage" -x
run 2 "-u alone is usage" -u systemd
is "test-imap4: -f CFGFILE is missing" "$(head -n 1 "$d/err")" "and says why"
run 2 "-u of a strange kind is usage" -u launchd -f "$d/good.cfg"
is "test-imap4: -u: write systemd, systemd-wait, inetd, inetd-wait or xinetd" "$(head -n 1 "$d/err")" "and says why"
run 2 "-u with -c is usage" -u systemd -f "$d/good.cfg" -c
run 2 "-u -D without its text is usage" -u systemd -D "$d/none"
run 2 "--json with -u is usage" --json -u systemd -f "$d/good.cfg"
is "test-imap4: --json goes with -c, -r and -t only" "$(head -n 1 "$d/err")" "and says why"

run 0 "a good configuration is good" -f "$d/good.cfg"
is "" "$(cat "$d/out" "$d/err")" "without a word"
run 78 "a bad one is 78" -f "$d/bad.cfg"
is "$d/bad.cfg:4: session-acl \"in\": from: \"10.0.0.300/8\" is no address: write \"10.0.0.1\", \"10.1.0.0/16\", \"10.0.0.1-10.0.0.9\", the same of IPv6, or a host's name" \
    "$(cat "$d/err")" "with its place"
run 78 "none is 78" -f "$d/none.cfg"
is "$d/none.cfg: No such file or directory; checking stopped here" "$(cat "$d/err")" "with its name"
(cd "$d" && "$T" -f bad.cfg 2>&1) >"$d/out"
is "bad.cfg:4" "$(cut -d: -f1,2 "$d/out")" "names stand as they were given"

run 0 "-t accepts" -f "$d/good.cfg" -t 'test from [10.1.2.3];'
is ACCEPTED "$(tail -n 1 "$d/out")" "and says so"
run 1 "-t rejects" -f "$d/good.cfg" -t 'test from [192.0.2.1];'
is REJECTED "$(tail -n 1 "$d/out")" "and says so"
run 2 "a bad expression is 2" -f "$d/good.cfg" -t 'tset from [10.1.2.3];'
run 78 "a bad configuration is not asked" -f "$d/bad.cfg" -t 'help;'
is "" "$(cat "$d/out")" "at all"
run 0 "show-hash" -f "$d/good.cfg" -t 'show-hash;'
is "64" "$(tr -d '\n' <"$d/out" | wc -c)" "shows SHA-256"
run 0 "show-acl 2" -f "$d/good.cfg" -t 'show-acl 2;'
is "# $d/good.cfg:7 command-acl \"all\" { no-mail-scanning = yes }" "$(tr -s '\n\t' '  ' <"$d/out" | sed 's/ $//')" "shows its place and text"
run 0 "show-proxy all" -f "$d/good.cfg" -t 'show-proxy all;'
is "1" "$(grep -c 'idle-timeout = 31m' "$d/out")" "shows defaults"
run 0 "show-proxy" -f "$d/good.cfg" -t 'show-proxy;'
is "0" "$(grep -c 'idle-timeout' "$d/out")" "leaves them out"

run 0 "-c compiles" -f "$d/good.cfg" -c "$d/cache"
is "644" "$(stat -c %a "$d/cache")" "to a file that sessions may read"
run 78 "a bad text" -f "$d/bad.cfg" -c "$d/cache"
run 0 "leaves the last good cache" -D "$d/cache"
cp "$d/out" "$d/again.cfg"
run 0 "-D prints what compiles" -f "$d/again.cfg" -c "$d/cache2"
run 0 "again" -D "$d/cache2"
is "$(cat "$d/again.cfg")" "$(cat "$d/out")" "to the same text"
is "$("$T" -f "$d/good.cfg" -t 'show-hash;')" "$("$T" -f "$d/again.cfg" -t 'show-hash;')" "of the same hash"
run 1 "-c into no folder" -f "$d/good.cfg" -c "$d/none/cache"
is "$d/none/cache: cannot be written: No such file or directory" "$(cat "$d/err")" "says so"
run 0 "-u systemd" -f "$d/good.cfg" -u systemd
is "ListenStream=143" "$(tail -n 1 "$d/out")" "prints what listens"
mv "$d/out" "$d/listen"
run 0 "with -D, of a compiled cache" -f "$d/bad.cfg" -u systemd -D "$d/cache"
is "$(sed 's/good/bad/' "$d/listen")" "$(cat "$d/out")" "the same of a text that is bad now"
run 78 "but of a bad text" -f "$d/bad.cfg" -u systemd
is "" "$(cat "$d/out")" "nothing"
grep -v listen-on "$d/good.cfg" >"$d/mute.cfg"
run 1 "without a listener" -f "$d/mute.cfg" -u inetd
is "$d/mute.cfg: listen-on has no section: nothing to listen on" "$(cat "$d/err")" "says so"
cp "$d/good.cfg" "$d/a b.cfg"
run 1 "a path with a blank" -f "$d/a b.cfg" -u inetd
is "$d/a b.cfg: a path with a blank, a quote or a '#' cannot be written there" "$(cat "$d/err")" "says so"
run 0 "which systemd bears" -f "$d/a b.cfg" -u systemd
printf 'not what it was' | dd of="$d/cache" bs=1 seek=600 conv=notrunc 2>/dev/null
run 78 "a damaged cache" -D "$d/cache"
is "$d/cache: tables are damaged" "$(cat "$d/err")" "is named so"
printf x | dd of="$d/cache2" bs=1 seek=12 conv=notrunc 2>/dev/null
run 78 "a cache of another build" -D "$d/cache2"
is "$d/cache2: compiled by another build" "$(cat "$d/err")" "is named so"
run 78 "a text is no cache" -D "$d/good.cfg"
is "$d/good.cfg: not a compiled configuration" "$(cat "$d/err")" "is named so"
chmod 666 "$d/cache"
run 78 "a cache that anyone writes" -D "$d/cache"
is "$d/cache: may be written by others" "$(cat "$d/err")" "is named so"
run 2 "-D with -c is usage" -f "$d/good.cfg" -D -c
run 0 "-r without names looks nothing up" -f "$d/good.cfg" -r
is "" "$(cat "$d/out")" "and prints nothing"

# json EXPRESSION: a Python expression over the document j in $d/out
json() {
	python3 -c 'import json, sys
j = json.load(open(sys.argv[1]))
print(*eval("[" + sys.argv[2] + "]"), sep="; ")' "$d/out" "$1" 2>&1
}

run 0 "--json of a good configuration" --json -f "$d/good.cfg"
is "{'configuration': '$d/good.cfg', 'valid': True, 'messages': [], 'status': 0}" "$(json j)" "says that it is valid"
is "" "$(cat "$d/err")" "and nothing else"
sed 's/plug-to/idle-timeout = 5m plug-to/' "$d/bad.cfg" >"$d/worse.cfg"
run 78 "--json of a bad one" -f "$d/worse.cfg" --json -t 'help;'
is "[('$d/worse.cfg', 4, 'error'), ('$d/worse.cfg', 5, 'warning')]; False; 78" \
    "$(json '[(m["file"], m["line"], m["severity"]) for m in j["messages"]], j["valid"], j["status"]')" "names every place"
is "$("$T" -f "$d/worse.cfg" 2>&1 | sed 's/^[^ ]* //; s/^warning: //')" \
    "$(json '"\n".join(m["text"] for m in j["messages"])')" "with the same texts"
run 1 "--json -t rejects" --json -f "$d/good.cfg" -t 'test from [192.0.2.1] to [127.0.0.1]:143; show-hash;'
is "None; [{'name': 'in', 'file': '$d/good.cfg', 'line': 3, 'why': 'from: 192.0.2.1 is not in {10.0.0.0/8}'}]; no ACL matches" \
    "$(json '*[j["answers"][0]["session-acl"][k] for k in ("name", "passed", "reason")]')" "with what did not match"
is "REJECTED; 1; False" "$(json '*[j["answers"][0][k] for k in ("verdict", "status")], "command-acl" in j["answers"][0]')" "and the verdict"
is "$("$T" -f "$d/good.cfg" -t 'show-hash;')" "$(json 'j["answers"][1]["text"].strip()')" "and a second answer"
run 0 "--json -t accepts" --json -f "$d/good.cfg" -t 'test from [10.1.2.3];'
is "['127.0.0.1:143']; True; True; 600000; 1860000; ACCEPTED" \
    "$(json '*[(a["session-acl"]["settings"]["plug-to"], c["no-mail-scanning"], "IDLE" in c["commands"], c["command-timeout-ms"], a["in-force"]["idle-timeout-ms"], a["verdict"]) for a in j["answers"] for c in [a["command-acl"]["settings"]]][0]')" "with every setting"
run 1 "a command that is not permitted" --json -f "$d/good.cfg" -t 'test from [10.1.2.3] command "SETQUOTA \"\" ()";'
is "{'row': 'SETQUOTA', 'states': 'authenticated or selected', 'permitted': False, 'dry-run': False, 'reply': 'NO [NOPERM]', 'why': 'commands does not have it', 'mailbox': None}; REJECTED" \
    "$(json 'j["answers"][0]["command"], j["answers"][0]["verdict"]')" "is explained"
run 0 "one that is" -f "$d/good.cfg" -t 'test from [10.1.2.3] command "UID FETCH 1 BODY[]";'
is "command: UID-FETCH     states: selected     permitted: commands has it ACCEPTED" "$(tail -n 4 "$d/out" | tr '\n' ' ' | sed 's/ $//')" "is, too"
t/lib/certs.sh build/certs >/dev/null
cp build/certs/ca.pem build/certs/server.pem build/certs/server.key build/certs/client.pem build/certs/bob.pem "$d"
cat >"$d/cert.cfg" <<'END'
version = "1"
app-user = "nobody"
ssl-params "tls" {
	certificate = "server.pem"  private-key = "server.key"
	auth-cert-file = "ca.pem"  auth-cert-dir = ""  verify = optional
}
session-acl "known" {
	to = {"10.0.0.1"}  plug-to = {"127.0.0.1:143"}
	client-ssl-params = "tls"  client-cert-match { san = "dns:alice*" }
}
session-acl "any" { client-ssl-params = "tls"  plug-to = {"127.0.0.1:143"} }
command-acl "alice" { no-mail-scanning = yes  client-cert { subject = 'CN=alice,.*' } }
command-acl "rest" { no-mail-scanning = yes }
END
# acls TO CERTIFICATE: what is chosen, noted and decided
acls() {
	"$T" -f "$d/cert.cfg" -t "test to [$1]:993 cert \"$2\";" 2>&1 |
	    sed -n 's/ (.*//; /^session\|^client\|^command\|^[A-Z]*$/p' | tr '\n' ' '
}
is 'session-acl: "known" command-acl: "alice" ACCEPTED ' "$(acls 10.0.0.1 "$d/client.pem")" "a certificate that both want"
is 'session-acl: "any" command-acl: "rest" ACCEPTED ' "$(acls 10.0.0.2 "$d/bob.pem")" "one that command-acl does not"
is 'session-acl: "known" client-cert-match: certificate: san does not match REJECTED ' "$(acls 10.0.0.1 "$d/bob.pem")" "one that client-cert-match refuses"
run 2 "no certificate" -f "$d/cert.cfg" -t "test cert \"$d/none.pem\";"
is "certificate: $d/none.pem: No such file or directory" "$(tail -n 1 "$d/err")" "says so"

run 2 "-o without -t is usage" -o "$d/x" -f "$d/good.cfg"
is "test-imap4: -o goes with -t only" "$(head -n 1 "$d/err")" "and says why"
cat >"$d/scan.cfg" <<-END
	version = "1"
	antivirus "a" { connection = {"/run/clamav/clamd.ctl"} }
	session-acl "s" { plug-to = {"127.0.0.1:143"} }
	command-acl "c" { use-antivirus = {"a"} }
	mail-acl "infected" { virus-status = {"!free"} deny = yes }
	mail-acl "clean" { }
	doc-acl "programs" { file-name = {"*.exe"} remove = yes }
	doc-acl "rest" { }
END
chmod 600 "$d/scan.cfg"
run 0 "a configuration that scans compiles" -f "$d/scan.cfg"
is "" "$(cat "$d/err")" "without a word"
run 1 "an infected mail" --json -f "$d/scan.cfg" -t 'test virus found:x file-name a.exe type a/b;'
is "('infected', {'deny': True, 'quarantine': False, 'add-verdict-headers': False, 'modify-header': []}, [('1: a/b \"a.exe\"', 'programs', True)], 'REJECTED')" \
    "$(json '[(a["mail-acl"]["name"], a["mail-acl"]["settings"], [(x["document"], x["doc-acl"]["name"], x["doc-acl"]["settings"]["remove"]) for x in a["documents"]], a["verdict"]) for a in j["answers"]][0]')" "is denied, and its documents are judged all the same"
run 2 "no mail in a file" -f "$d/scan.cfg" -t 'test mail /dev/null;'
is "mail: /dev/null: not a regular file" "$(cat "$d/err")" "is told"
mail() {
	printf '%s\r\n' 'Subject: Invoice' 'MIME-Version: 1.0' \
	    'Content-Type: multipart/mixed; boundary="b"' '' '--b' \
	    'Content-Type: text/plain' '' 'Hello' '--b' \
	    'Content-Type: application/octet-stream; name="a.exe"' '' \
	    'this is a program' '--b--'
}
mail >"$d/mail"
run 0 "a mail in a file" -f "$d/scan.cfg" -o "$d/made" -t "test mail $d/mail;"
is "document 1: not identified \"\"
doc-acl: rest
document 2: not identified \"a.exe\"
doc-acl: programs
edits:
    2: remove done
ACCEPTED" "$(sed -n 's/^\(doc-acl: \)"\(.*\)" (.*/\1\2/p; /^document/p; /^edits/,$p' "$d/out")" "is taken apart and judged"
is "Hello 0" "$(sed -n 's/^\(Hello\).*/\1/p' "$d/made") $(grep -c program "$d/made")" "and written as the client gets it"
printf 'Subject: x\r\nMIME-Version: 1.0\r\n\r\nHello\r\n' >"$d/plain"
run 0 "a mail that nothing is done to" -f "$d/scan.cfg" -o "$d/made" -t "test mail $d/plain;"
is "$(sha256sum <"$d/plain")" "$(sha256sum <"$d/made")" "is written as it is"
run 1 "a mail said to be infected" -f "$d/scan.cfg" -o "$d/none" -t "test mail $d/mail virus found:x;"
is "no" "$([ -e "$d/none" ] && echo yes || echo no)" "is not written"
cat >"$d/orders.cfg" <<-END
	version = "1"
	doctype-identification { mime-types = "$d/types" }
	session-acl "s" { plug-to = {"127.0.0.1:143"} }
	command-acl "c" { }
	mail-acl "m" { }
	doc-acl "octets" { mime-type = {"!image/png"} }
	doc-acl "declared" { doctype-ident-order = {"content-type"} mime-type = {"!text/plain"} }
	doc-acl "name" { doctype-ident-order = {extension, magic} mime-type = {"application/x-dosexec"} force-doctype-ident = yes }
END
chmod 600 "$d/orders.cfg"
echo 'application/x-dosexec exe' >"$d/types"
printf '%s\r\n' 'MIME-Version: 1.0' 'Content-Type: text/plain; name="x.exe"' \
    'Content-Transfer-Encoding: base64' '' iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAA= >"$d/odd"
run 0 "a picture that is declared text and has a program's name" -f "$d/orders.cfg" -o "$d/made" -t "test mail $d/odd;"
is 'not "octets": mime-type: "image/png" is not in {"!image/png"}
not "declared": mime-type: "text/plain" is not in {"!text/plain"}
1: force-doctype-ident application/x-dosexec' \
    "$(sed -n 's/^ *\(not .*\) (.*:[0-9]*)\(:.*\)/\1\2/p; s/^ *\(1: .*\)/\1/p' "$d/out")" "has a type by the order of each doc-acl"
is "1" "$(grep -c '^Content-Type: application/x-dosexec; name=' "$d/made")" "and by that of the one that forces it"
run 0 "a type that is said" -f "$d/orders.cfg" -t 'test type image/png;'
is 'doc-acl: "declared"' "$(sed -n 's/^\(doc-acl: .*\) (.*/\1/p' "$d/out")" "is the one by all orders"
run 0 "show-acl 3" -f "$d/scan.cfg" -t 'show-acl 3;'
is "infected clean programs rest " "$(sed -n 's/^[a-z]*-acl "\(.*\)" {/\1/p' "$d/out" | tr '\n' ' ')" "shows the ACLs of mails and of documents"
run 2 "--json of a bad expression" --json -f "$d/good.cfg" -t 'tset;'
is "$("$T" -f "$d/good.cfg" -t 'tset;' 2>&1)" "$(json 'j["answers"][0]["error"]')" "says the same as the text"
run 0 "--json of -r" --json -r -f "$d/good.cfg"
is "[]" "$(json 'j["scanners"]')" "has no scanner where there is none"
printf 'version = "1"\nname = "a\001\t\303\251"\nlanguage = "\377\042"\n' >"$d/odd.cfg"
run 78 "--json of odd octets" --json -f "$d/odd.cfg"
is "False" "$(json 'j["valid"]')" "is JSON all the same"
echo "1..$n"
