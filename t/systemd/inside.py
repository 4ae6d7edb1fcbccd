#!/usr/bin/python3
"""Run by units.t inside the booted system: TAP on stdout."""

import base64
import imaplib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from dns import Dns                                      # noqa: E402
from fakeclamd import FakeClamd                          # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from rig import (Place, certs, diag, done, hear, of_session, ok, same,
                 wait_for)                               # noqa: E402

CFG = "/etc/imap4-proxy/imap4-proxy.cfg"
CA = os.path.join(certs(), "ca.pem")
CONFIG = """\
version = "1"
log {{ target = journal }}
listen-on {{
  non-transparent "imap"  {{ address = "0.0.0.0"  port = 143 }}
  non-transparent "imaps" {{ address = "0.0.0.0"  port = 993 }}
}}
ssl-params "outside" {{ certificate = "mail.pem"  private-key = "mail.key" }}
session-acl "imap"  {{ listener = {{"imap"}}  plug-to = {{"127.0.0.1:{port}"}}
                      max-sessions = 1000 }}
session-acl "imaps" {{ listener = {{"imaps"}}  plug-to = {{"127.0.0.1:{port}"}}
                      client-ssl-params = "outside" }}
command-acl "all" {{ {scanning}  {command} }}
antivirus "fake" {{ connection = {{"127.0.0.1:3310"}} }}
verdict-store {{ path = "/var/cache/imap4-proxy/verdicts" }}
mail-acl "unscanned" {{ virus-status = {{"!free"}}  deny = yes }}
mail-acl "all" {{ }}
doc-acl "no-images" {{ mime-type = {{"image/*"}}  remove = yes }}
doc-acl "all" {{ }}
"""
# systemd-analyze security's highest bearable scores: of sessions, and of who
# makes the packet filter's rules and so begins with a few capabilities.
EXPOSURE = 1.5
EXPOSURE_HELPER = 3.0


def exposed(unit, most):
    output = sh(f"systemd-analyze security --no-pager '{unit}'", False)
    score = re.search(r"exposure level for .*: ([0-9.]+)", output)
    diag(output.splitlines()[-1] if output else "no output")
    ok(score and float(score.group(1)) <= most,
       f"{unit}: systemd-analyze security is at most {most}")


def sh(command, check=True):
    run = subprocess.run(command, shell=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    if check and run.returncode != 0:
        diag(f"{command}: {run.returncode}: {run.stdout}")
    return run.stdout.strip()


def config(port, command="", scans=False):
    return CONFIG.format(port=port, command=command, scanning="use-antivirus = {fake}"
                         if scans else "no-mail-scanning = yes")


def write_config(port, command="", scans=False):
    with open(CFG, "w") as f:
        f.write(config(port, command, scans))
    sh(f"chgrp imap4-proxy {CFG}; chmod 640 {CFG}")


def journal(word):
    """The proxy's records of this event: list of {field: value}."""
    sh("journalctl --sync")
    found = []
    for line in sh("journalctl -o json --all", False).splitlines():
        text = json.loads(line).get("MESSAGE")
        if isinstance(text, str) and re.search(
                rf"[A-Z]+-\d+-[A-Z] {word}\b", text):
            row = dict(re.findall(r"([A-Za-z-]+)=(\S*)", text))
            row["RESULT"] = text.split()[-1]
            found.append(row)
    return found


def wait_journal(word, count):
    return wait_for(f"{count} {word} in the journal", lambda: (
        lambda e: e if len(e) >= count else None)(journal(word)), 20)


def instances():
    return sh("systemctl list-units --all --plain --no-legend"
              " 'imap4-proxy@*'").splitlines()


def no_instances(what):
    try:
        wait_for("no instances", lambda: not instances(), 10)
    except RuntimeError:
        diag("\n".join(instances()))
    same(instances(), [], what)


def addresses():
    """What the socket unit listens on, or would."""
    return [line.split()[0] for line in sh(
        "systemctl show -P Listen imap4-proxy.socket").splitlines()]


def booted():
    same(addresses(), ["[::]:143", "[::]:993"],
         "at boot, the socket's addresses are the installed listen-on")


def prepare(server):
    """What an administrator does after make install."""
    sh("systemd-sysusers")
    sh("systemd-tmpfiles --create imap4-proxy.conf")
    write_config(server.port)
    for kind in ("pem", "key"):
        sh(f"install -m 640 -g imap4-proxy {certs()}/server.{kind}"
           f" /etc/imap4-proxy/mail.{kind}")
    sh("systemctl daemon-reload")
    same(addresses(), ["0.0.0.0:143", "0.0.0.0:993"],
         "daemon-reload takes those of an edited listen-on")
    same(sh("systemctl is-enabled imap4-proxy.socket", False), "disabled",
         "make install enabled nothing")
    sh("systemctl start imap4-proxy-cache.path imap4-proxy.socket")
    same(sh("systemctl is-active imap4-proxy.socket", False), "active",
         "the socket unit starts")
    cache = sh("find /var/lib/imap4-proxy -type f -printf '%u %m\\n'")
    ok("root 644" in cache.splitlines(),
       f"the configuration is compiled, for root to write: {cache!r}")


def work(server):
    with server.connect("alice") as box:
        mails.fill(box, 20)
        want = mails.snapshot(box)
    for name, port, tls in (("plain", 143, False), ("TLS", 993, True)):
        with mails.connect(port, "alice", tls=tls, ca=CA) as box:
            same(mails.snapshot(box), want, f"{name}: shows what is there")
    ends = wait_journal("SESSION-END", 2)
    same([e["RESULT"] for e in ends], ["ACCEPTED"] * 2, "both end well")
    starts = journal("SESSION-START")
    same({s["JAIL"] for s in starts}, {os.environ["JAIL_OUTSIDE"]},
         "the same jail is reached as outside")
    same({s["CONFIG"] for s in starts}, {"current"}, "from the cache")
    same(sh("stat -c '%U %a' /run/imap4-proxy/imap4/board.4"),
         "imap4-proxy 600", "the first session made the scoreboard")


def hardening():
    box = mails.connect(143, "alice")
    unit = wait_for("the unit", instances)[0].split()[0]
    pid = sh(f"systemctl show -P MainPID '{unit}'")
    status = of_session(pid)
    uid = sh("id -u imap4-proxy")
    same(set((status["Uid"]).split("\t")), {uid},
         "the session runs as imap4-proxy")
    same([int(status[k], 16) for k in ("CapEff", "CapPrm", "CapBnd")],
         [0] * 3, "without capabilities, now and ever")
    same((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), "sealed")
    with open(f"/proc/{pid}/mountinfo") as f:
        mounts = {line.split()[4]: line.split()[5] for line in f}
    ok("ro" in mounts["/"].split(","), "its file system is read-only")
    same(os.listdir(f"/proc/{pid}/root/home"), [], "it sees no homes")
    exposed(unit, EXPOSURE)
    box.logout()
    no_instances("nothing is left of a session that ended well")


def image_mail():
    return (b"Subject: image\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
            b"--b\r\n\r\nhello\r\n--b\r\n"
            b"Content-Type: application/octet-stream\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" +
            base64.b64encode(b"GIF89a\1\0\1\0\0\0\0,") +
            b"\r\n--b--\r\n")


def fetched(box):
    """The body of the image's mail, as the client gets it."""
    number = box.search(None, "SUBJECT", "image")[1][0].split()[-1].decode()
    return box.fetch(number, "(BODY.PEEK[])")[1][0][1]


def workers():
    return sh("pgrep -x imap4-mail", False).split()


def scanning(server, mode):
    """Mail workers, in the same confinement."""
    box = mails.connect(143, "alice")
    box.select("INBOX")
    text = fetched(box)
    ok(b"hello" in text and b"R0lGOD" not in text,
       f"{mode}: a scanning session takes an image out of a mail")
    ok(len(workers()) >= 2, f"{mode}: a keeper and a worker run")
    kept = workers()
    for pid in kept:
        status = of_session(pid)
        same((status["Seccomp"], status["NoNewPrivs"],
              int(status["CapEff"], 16)), ("2", "1", 0),
             f"{mode}: in its jail")
    box.logout()
    return kept


def known(mode):
    """Mails of the last session that the verdict store knew."""
    end = [e for e in journal("SESSION-END") if "STORED" in e][-1]
    same(journal("STORE-FAILED"), [], f"{mode}: the verdict store is used")
    return int(end["STORED"])


def scans(server):
    FakeClamd(place, tcp=3310)
    with server.connect("alice") as box:
        box.append("INBOX", None, None, image_mail())
    write_config(server.port, scans=True)
    sh("systemctl start imap4-proxy-cache.service")
    scanning(server, "nowait")
    no_instances("nowait: the session ends")
    same(workers(), [], "nowait: and nothing is left of it")
    same(known("nowait"), 0, "nowait: nobody had opened the mail before")
    scanning(server, "nowait, again")
    no_instances("nowait: the second session ends")
    same(known("nowait"), 1, "nowait: the next session need not scan it")
    same(journal("WORKER-FAILED") + journal("SPOOL-FAILED"), [],
         "workers and spool have what they need")
    write_config(server.port)
    sh("systemctl start imap4-proxy-cache.service")


def failures():
    """Sessions that fail, and a burst: the socket goes on."""
    pids = []
    boxes = [mails.connect(143, "alice") for _ in range(5)]
    for line in instances():
        pids.append(sh(f"systemctl show -P MainPID '{line.split()[0]}'"))
    for pid in pids:
        sh(f"kill -SEGV {pid}")
    for box in boxes:
        box.sock.close()
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", 993)) as s:
            s.sendall(b"this is no TLS\r\n" * 10)
            s.settimeout(10)
            try:
                while s.recv(1000):
                    pass
            except OSError:
                pass
    same(len(pids), 5, "five sessions crash, five fail")
    no_instances("failed sessions do not pile up")
    begin = time.monotonic()
    for _ in range(250):
        socket.create_connection(("127.0.0.1", 143)).close()
    diag(f"250 connections in {time.monotonic() - begin:.1f} s")
    same(sh("systemctl is-active imap4-proxy.socket", False), "active",
         "a burst of connections does not stop the socket")
    with mails.connect(143, "alice") as box:
        same(box.noop()[0], "OK", "and the next client is served")
    no_instances("nor does the burst leave anything")


def journald_restart():
    before = len(journal("SESSION-END"))
    box = mails.connect(143, "alice")
    sh("systemctl restart systemd-journald")
    same(box.select("INBOX")[0], "OK",
         "the session goes on while journald restarts")
    box.logout()
    ends = wait_journal("SESSION-END", before + 1)
    same(ends[-1]["RESULT"], "ACCEPTED",
         "a session older than journald gets its records into it")


def edits(server):
    """The configuration is edited: well, badly, and well again."""
    count = len(journal("SESSION-START"))

    def start_of_next():
        nonlocal count
        with mails.connect(143, "alice") as box:
            answer = box.delete("Nothing")
        count += 1
        return wait_journal("SESSION-START", count)[-1]["CONFIG"], answer

    def stamp():
        return sh("find /var/lib/imap4-proxy -name '*' -type f "
                  "-printf '%f %T@\\n'")

    old = stamp()
    write_config(server.port, 'commands = {"*", "!DELETE"}')
    wait_for("a new cache", lambda: stamp() != old)
    config, answer = start_of_next()
    same(config, "current", "a good edit is compiled at once")
    ok(b"NOPERM" in answer[1][0], f"and used: {answer}")
    write_config(server.port, "commands = nonsense")
    wait_for("the compiler's complaint", lambda: "nonsense" in sh(
        "journalctl -u imap4-proxy-cache.service", False))
    config, answer = start_of_next()
    same(config, "stale", "a bad one is not")
    ok(b"NOPERM" in answer[1][0], "the last good one stays in force")
    write_config(server.port)
    wait_for("current again", lambda: start_of_next()[0] == "current", 10)
    ok(True, "and once mended, the new one is")


def moves(server):
    """listen-on is edited: systemd's addresses follow, sessions go on."""
    box = mails.connect(143, "alice")

    def edited(text):
        text = text.replace("port = 143 ", 'port = "1143-1144" ')
        with open(CFG, "w") as f:
            f.write(text)
        sh("systemctl daemon-reload")

    good = config(server.port)
    edited(good.replace("command-acl", "comand-acl"))
    same(addresses(), ["0.0.0.0:143", "0.0.0.0:993"],
         "of a text with errors the last good addresses are kept")
    edited(good)
    same(addresses(), ["0.0.0.0:1143", "0.0.0.0:1144", "0.0.0.0:993"],
         "of a good one the new ones are taken")
    sh("systemctl restart imap4-proxy.socket")
    for port in (1143, 1144):
        with mails.connect(port, "alice") as new:
            same(new.noop()[0], "OK", f"and after a restart served: {port}")
    try:
        socket.create_connection(("127.0.0.1", 143)).close()
        ok(False, "the old one is closed")
    except ConnectionRefusedError:
        ok(True, "the old one is closed")
    same(box.noop()[0], "OK", "a session on the old one goes on")
    box.logout()
    sh("systemctl stop imap4-proxy-cache.path imap4-proxy.socket;"
       " rm /var/lib/imap4-proxy/*")
    edited("no configuration at all")
    same(sh("systemctl start imap4-proxy.socket; systemctl is-active"
            " imap4-proxy.socket", False).splitlines()[-1], "inactive",
         "without any good configuration the socket does not start")


def questions():
    """The monitor's sockets, from inside the helper's sandbox."""
    asks = ("setpriv --reuid=daemon --regid=imap4-proxy --clear-groups"
            f" imap4-stat -f {CFG} ")
    box = mails.connect(143, "alice")
    ok("FETCH" not in sh(asks + "list") and "alice" in sh(asks + "list"),
       "the helper tells a user of the group who is there")
    elsewhere()
    same(admin("kill user=alice"), "killed 1\n", "and ends a session")
    box.sock.close()
    no_instances("which leaves nothing")


def kept():
    """The verdict store, from inside the helper's sandbox."""
    asks = f"imap4-stat -f {CFG} "
    state = wait_for("the store", lambda: re.search(
        r"^values (\d+)$", sh(asks + "verdicts", False), re.M))
    ok(int(state[1]) > 0, "the helper has what sessions put into the store")
    same(sh("stat -c '%U %a' /var/cache/imap4-proxy/verdicts*").split(),
         ["imap4-proxy", "600"] * 2, "which is theirs alone")
    same(sh(asks + "forget " + "ab" * 32), "forgot 0",
         "and forgets what it is told to")


def admin(line):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("/run/imap4-proxy/imap4/admin.sock")
        s.sendall(line.encode() + b"\n")
        return s.makefile().read()


def elsewhere():
    """A process that is not where sessions are is not ended as one."""
    unit = sh("systemctl list-units --plain --no-legend 'imap4-proxy@*'"
              ).split()[0]
    pid = sh(f"systemctl show -P MainPID {unit}").strip()
    path = next(line.split(":", 2)[2] for line in
                open(f"/proc/{pid}/cgroup").read().splitlines()
                if line.startswith("0::") or ":name=systemd:" in line)
    root = next(r for r in ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup")
                if os.path.isdir(r + path))
    other = root + "/system.slice/other.service"
    os.makedirs(other)
    for folder, want, name in (
            (other, "is not in a control group of sessions\nkilled 0\n",
             "one in another unit's control group is no session"),
            (root + path, None, None)):
        with open(folder + "/cgroup.procs", "w") as f:
            f.write(pid)
        if want:
            same(admin("kill user=alice").split(": ", 1)[-1], want, name)
    os.rmdir(other)


def asked():
    """The stats socket of its own unit starts the helper."""
    # a test starts it more often than a service may be started
    forget = "systemctl reset-failed imap4-helper.service;"
    sh(f"systemctl stop imap4-helper.service; {forget}"
       " systemctl start imap4-proxy-stats.socket")
    same(sh("systemctl is-active imap4-helper.service", False), "inactive",
         "no helper")
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect("/run/imap4-proxy/imap4/stats.sock")
        s.sendall(b"show config\n")
        ok(s.makefile().read().startswith("name imap4\n"),
           "until somebody asks")
    same(sh("stat -c '%U %G %a' /run/imap4-proxy/imap4/stats.sock"),
         "root imap4-proxy 660", "at its unit's socket")
    sh(f"systemctl stop imap4-proxy-stats.socket; {forget}"
       " systemctl restart imap4-helper.service")


def users(write, text):
    """Out-of-band users, at a socket of its own unit and mode."""
    path = "/run/imap4-proxy/imap4/users"
    write(text + 'auth = "gate"\noob-auth "gate" { method = external }\n')
    sh("systemctl stop imap4-helper.service;"
       " systemctl start imap4-proxy-users.socket imap4-helper.service")
    same(sh(f"stat -c '%U %G %a' {path}.sock"), "root imap4-proxy 660",
         "the users socket is its unit's")
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(path + ".sock")
        s.sendall(b"add 10.0.0.1 joe staff -\n")
        same(s.makefile().read(), "ok\n", "a user is taken there")
    same(sh(f"cat {path}; stat -c '%U %a' {path}"),
         "10.0.0.1 joe staff -\nimap4-proxy 644",
         "and kept where sessions read")
    write(text)
    sh("systemctl stop imap4-proxy-users.socket;"
       " systemctl restart imap4-helper.service")


def helper(server):
    """The helper with its sandbox: rules, what its status says, its end."""
    sh("systemctl stop imap4-proxy-cache.path")
    caught = """\
  transparent "lan" { iface = "none0"  port = 143  listen-port = 2143
                      on-exit = block }
"""
    text = config(server.port).replace(
        "listen-on {\n", "listen-on {\n" + caught)

    def write(new):
        with open(CFG, "w") as f:
            f.write(new)

    def status():
        return sh("systemctl show -P StatusText imap4-helper.service")

    def table(name):
        return sh(f"nft list table inet imap4_{name}_imap4", False)

    write(text + 'session-acl "rest" { deny = yes }\n')
    sh("systemctl daemon-reload; systemctl restart imap4-proxy.socket;"
       " systemctl start imap4-helper.service")
    same(sh("systemctl is-active imap4-helper.service imap4-proxy-hold."
            "service", False).split(), ["active"] * 2, "the helper starts")
    ok(wait_for("the rules", lambda: "for 1 of 1" in status()),
       f"its status: {status()}")
    ok("redirect to :2143" in table("proxy") and "drop" in table("hold"),
       "its rules are there, and those that stay")
    write(text + 'session-acl "rest" { deny = yes }\nnonsense = 1\n')
    ok(wait_for("a refusal", lambda: "nonsense" in status()),
       f"a bad edit: {status()}")
    write(text + 'session-acl "more" { deny = yes }\n')
    ok(wait_for("a change", lambda: "compiled after" in status()),
       f"a good one: {status()}")
    questions()
    kept()
    asked()
    pid = sh("systemctl show -P MainPID imap4-helper.service")
    sh(f"kill -KILL {pid}")
    wait_for("another helper", lambda: sh(
        "systemctl show -P MainPID imap4-helper.service") not in ("0", pid))
    ok(wait_for("its rules", lambda: "redirect" in table("proxy")),
       "killed -9 it comes back")
    users(write, text)
    exposed("imap4-helper.service", EXPOSURE_HELPER)
    exposed("imap4-proxy-hold.service", EXPOSURE_HELPER)
    sh("systemctl stop imap4-proxy.socket")
    ok("redirect" not in table("proxy") and "drop" in table("hold"),
       "it ends with the socket, what blocks stays")
    sh("systemctl stop imap4-proxy-hold.service")
    ok("drop" not in table("hold"), "until its own unit stops")
    same(sh("systemctl show -P Result imap4-helper.service imap4-proxy-hold."
            "service").split(), ["success"] * 2, "all ended well")
    enabled = "imap4-proxy.socket imap4-helper.service"
    sh(f"systemctl enable {enabled}")
    said = sh("systemd-analyze verify --man=no multi-user.target", False)
    same([line for line in said.splitlines() if "cycle" in line], [],
         "enabled, they wait for nothing that waits for them")
    sh(f"systemctl disable {enabled} imap4-proxy-hold.service"
       " imap4-proxy-cache.path")
    write_config(server.port)
    sh("systemctl daemon-reload;"
       " systemctl start imap4-proxy-cache.path imap4-proxy.socket")


def client_address(server):
    """The drop-in: a session may take its client's address, for a while."""
    folder = "/etc/systemd/system/imap4-proxy@.service.d"
    docs = "/usr/local/share/doc/imap4-proxy"
    with open(CFG) as f:
        text = f.read()
    with open(CFG, "w") as f:
        f.write(text.replace("max-sessions = 1000",
                             "source-address = client"))
    sh(f"systemctl stop imap4-proxy-cache.path; mkdir -p {folder};"
       f"cp {docs}/client-address.conf {folder}; systemctl daemon-reload;"
       " systemctl start imap4-proxy-cache.service")
    with socket.create_connection(("127.0.0.1", 143), 10,
                                  ("127.0.0.5", 0)) as s, s.makefile() as f:
        f.readline()
        s.sendall(b"a LOGIN alice secret\r\n")
        same(wait_for("an answer", f.readline)[:4], "a OK",
             "from a client's address: served")
        unit = wait_for("the unit", instances)[0].split()[0]
        status = of_session(sh(f"systemctl show -P MainPID '{unit}'"))
        same([int(status[k], 16) for k in ("CapEff", "CapPrm", "CapInh",
                                           "CapAmb")], [0] * 4,
             "and the capability is gone again")
    ok("rip=127.0.0.5," in place.read("dovecot/log"),
       "the server sees the client's address")
    sh(f"rm -r {folder}; systemctl daemon-reload")
    write_config(server.port)
    sh("systemctl start imap4-proxy-cache.service imap4-proxy-cache.path")
    no_instances("nothing is left of it")


def names(server):
    """Host names in conditions: looked up for sessions, not by them."""
    dns = Dns({"client.test": ["127.0.0.1"], "other.test": ["127.0.0.9"]})
    sh("systemctl stop imap4-proxy-names.timer")
    write_config(server.port)
    with open(CFG) as f:
        text = f.read().replace("max-sessions = 1000", 'from = '
                                '{"client.test", "!other.test"}')
    with open(CFG, "w") as f:
        f.write(text + f'resolver {{ servers = {{"{dns.address}"}} }}\n')
    find = "find /var/lib/imap4-proxy -name '*.hosts' -printf '%u %m\\n'"
    wait_for("a file of addresses", lambda: sh(find), 20)
    same(sh(find), "root 644", "a compiled configuration's names are kept")
    dns.asked.clear()
    with mails.connect(143, "alice") as box:
        same((box.noop()[0], dns.asked), ("OK", []),
             "sessions find them and ask nobody")
    sh("systemctl start imap4-proxy-names.timer")
    ok(wait_for("the timer's turn", lambda: len(dns.asked) == 4),
       f"the timer looks them up again: {dns.asked}")
    same(sh("systemctl show -P Result imap4-proxy-names.service"), "success",
         "and its sandbox lets it")
    write_config(server.port)
    wait_for("no file", lambda: sh(find) == "", 20)
    ok(True, "without names there is no such file")


def scans_waiting(server):
    """The same in wait mode: of one keeper, and what is known is known."""
    units = "imap4-proxy-wait.socket imap4-proxy-wait.service"
    sh("systemctl stop imap4-proxy-cache.path imap4-proxy.socket")
    write_config(server.port, scans=True)
    ends = len(journal("SESSION-END"))
    sh("systemctl daemon-reload; systemctl start imap4-proxy-wait.socket")
    scanning(server, "wait")
    wait_journal("SESSION-END", ends + 1)
    same(known("wait"), 1, "wait: what a session in nowait mode had scanned "
         "is known")
    sh(f"systemctl stop {units}")


def waiting(server):
    """Wait mode: one service, and the socket unit holds who comes."""
    sockets = "imap4-proxy-wait.socket"
    service = "imap4-proxy-wait.service"
    sh("systemctl stop imap4-proxy-cache.path imap4-proxy.socket")
    write_config(server.port)
    sh(f"systemctl daemon-reload; systemctl start {sockets}")
    count = len(journal("SESSION-START"))
    with server.connect("alice") as box:
        want = mails.snapshot(box)
    for name, port, tls in (("plain", 143, False), ("TLS", 993, True)):
        with mails.connect(port, "alice", tls=tls, ca=CA) as box:
            same(mails.snapshot(box), want, f"wait, {name}: shows the mails")
    starts = wait_journal("SESSION-START", count + 2)[count:]
    same({(s["JAIL"], s["CONFIG"]) for s in starts},
         {(os.environ["JAIL_OUTSIDE"], "current")},
         "wait: the same jail and configuration")

    def parent():
        return sh(f"systemctl show -P MainPID {service}")

    def children():
        """Its sessions; not those that wait for one."""
        return [pid for pid in sh(f"pgrep -P {parent()}", False).split()
                if sh(f"cat /proc/{pid}/comm", False) not in
                ("spare", "imap4-session", "imap4-proxy")]

    box = mails.connect(143, "alice")
    uid = sh("id -u imap4-proxy")
    for who, pid in (("parent", parent()), ("session", children()[0])):
        status = of_session(pid)
        same((set(status["Uid"].split("\t")), int(status["CapBnd"], 16)),
             ({uid}, 0), f"wait: the {who} is imap4-proxy, without rights")
    exposed(service, EXPOSURE)
    same(sh(f"imap4-stat -f {CFG} kill user=alice"), "killed 1",
         "wait: a session is ended by who may write the scoreboard")
    box.sock.close()
    box = mails.connect(143, "alice")
    sh(f"kill -SEGV {children()[0]}")
    crash = wait_journal("CHILD-CRASHED", 1)[0]
    same((crash["SIGNAL"], crash["STAGE"]), ("SEGV", "relay"),
         "wait: a crash is logged with its stage")
    box.sock.close()

    box = mails.connect(143, "alice")
    write_config(server.port, "commands = nonsense")
    ok(subprocess.run(["systemctl", "reload", service]).returncode != 0,
       "wait: reload fails for a text with errors")
    write_config(server.port, 'commands = {"*", "!DELETE"}')
    ok(subprocess.run(["systemctl", "reload", service]).returncode == 0,
       "wait: and does not for a good one")
    time.sleep(1.1)
    with mails.connect(143, "alice") as new:
        answer = new.delete("Nothing")
    ok(b"NOPERM" in answer[1][0], f"wait: which is in force: {answer}")
    ok(b"NOPERM" not in box.delete("Nothing")[1][0],
       "wait: but not for a session from before")
    old = parent()
    lost = []
    over = threading.Event()

    def knock():
        while not over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", 143), 20) as s:
                    if not s.recv(100).startswith(b"* OK"):
                        lost.append("closed")
            except OSError as error:
                lost.append(repr(error))

    thread = threading.Thread(target=knock)
    thread.start()
    for _ in range(3):
        time.sleep(.2)
        sh(f"systemctl restart {service}")
    over.set()
    thread.join()
    same(lost, [], "wait: restarts lose no connection")
    ok(parent() != old, "wait: although the parent is another")
    same(box.noop()[0], "OK", "wait: and sessions go on")

    write_config(server.port)
    with open(CFG) as f:
        text = f.read().replace("port = 143 ", "port = 1143 ")
    with open(CFG, "w") as f:
        f.write(text)
    sh(f"systemctl reload {service}")
    time.sleep(1.1)
    same(hear(143), b"", "wait: the former address is no listener's")
    wait_journal("LISTEN-ON-CHANGED", 1)
    line = [m for m in sh("journalctl -o cat").splitlines()
            if "LISTEN-ON-CHANGED" in m][-1]
    sh(line.split("to apply: ")[1])
    with mails.connect(1143, "alice") as new:
        same(new.noop()[0], "OK", "wait: the log's commands move the sockets")
    same(box.noop()[0], "OK", "wait: and sessions go on")
    sh(f"systemctl stop {sockets} {service}")
    same(box.noop()[0], "OK", "wait: stopping leaves them, too")
    sh(f"systemctl kill {service}")
    try:
        # the signal is on its way
        wait_for("its end", lambda: box.noop()[0] != "OK", 5)
        ok(False, "wait: and kill ends them")
    except (OSError, imaplib.IMAP4.abort):
        ok(True, "wait: and kill ends them")
    write_config(server.port)
    sh("systemctl daemon-reload; systemctl start imap4-proxy-cache.path"
       " imap4-proxy.socket")


place = Place("inside")
server = Dovecot(place)
try:
    booted()
    prepare(server)
    work(server)
    scans(server)
    hardening()
    failures()
    journald_restart()
    edits(server)
    names(server)
    client_address(server)
    helper(server)
    scans_waiting(server)
    waiting(server)
    moves(server)
except Exception:
    diag(traceback.format_exc())
    ok(False, "the test runs to its end")
    diag(sh("journalctl -n 40 -o short-monotonic --no-hostname", False))
done()
