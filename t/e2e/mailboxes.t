#!/usr/bin/python3
"""mailboxes with real servers: what is admitted is as without the proxy, of
the rest nothing is told and nothing changes, by whatever name it is asked."""

import base64
import os
import random
import re
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import clients                                           # noqa: E402
import mails                                             # noqa: E402
from mailservers import SERVERS                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import Place, diag, done, ok, same              # noqa: E402

ADMITTED = ["INBOX", "Drafts", "Work", "Work/Public", "Work/Public/a",
            "Entwürfe", "Koš", "日本語", "日本語/台北", "😀", "R&D"]
HIDDEN = ["Geheim", "Geheim/x", "Work/Private", "Work/Private/x", "Entwurf",
          "日本", "😁", "Koš-2"]
SET = ('mailboxes = {"INBOX", "Drafts", "Work*", "Entwürfe", "Koš", "日本語*", '
       '"😀", "R&D", "New*", "!Work/Private*", "!*/😀", "!Work/q?q"}')
# The same tree, with nothing but denials.
DENIALS = ('mailboxes = {"!geheim*", "!work/PRIVATE*", "!Entwurf", "!日本", '
           '"!😁", "!Koš-2"}')

MBSYNC = clients.MBSYNC.replace("Create Both", "Create Near").replace(
    "Expunge Both", "Expunge Near\nSync Pull")


def utf7(name):
    """Modified UTF-7."""
    def shift(m):
        octets = base64.b64encode(m.group().encode("utf-16-be"))
        return "&" + octets.decode().rstrip("=").replace("/", ",") + "-"
    return re.sub("[^ -~]+", shift, name.replace("&", "&-"))


class Raw:
    """A connection that keeps all it heard."""

    def __init__(self, port, user):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.file = self.sock.makefile("rb")
        self.heard = self.file.readline()
        self.n = 0
        self.ask(f"LOGIN {user} secret")

    def ask(self, text, more=()):
        """The answer's lines; more: what is sent behind each '+'."""
        self.n += 1
        tag = f"t{self.n}".encode()
        if isinstance(text, str):
            text = text.encode()
        self.sock.sendall(tag + b" " + text + b"\r\n")
        lines, more = [], list(more)
        while True:
            line = self.file.readline()
            if not line:
                raise EOFError(text)
            self.heard += line
            lines.append(line)
            if line.startswith(tag + b" "):
                return lines
            if line.startswith(b"+ "):
                self.sock.sendall(more.pop(0) + b"\r\n")

    def status(self, text, more=()):
        return self.ask(text, more)[-1].split(b" ", 2)[1].decode()

    def refused(self, text, more=()):
        return b" NO [NOPERM]" in self.ask(text, more)[-1]

    def close(self):
        self.ask("LOGOUT")
        self.sock.close()


def names_in(lines, word):
    """Names of LIST or LSUB lines, decoded the way back."""
    names = set()
    for line in lines:
        m = re.match(rb'\* ' + word + rb' \(.*?\) (?:"."|NIL) "?(.*?)"?\r\n',
                     line)
        if m:
            names.add(m.group(1).decode())
    return names


def account(server, user):
    box = server.connect(user)
    for name in ADMITTED[1:] + HIDDEN:
        mails.fill(box, 2, utf7(name))
        box.subscribe(mails.quoted(utf7(name)))
    mails.fill(box, 3)
    box.logout()


def snapshot(server, user):
    box = server.connect(user)
    shot = mails.snapshot(box)
    box.logout()
    return shot


def silent(raw, what):
    """Nothing that was heard has a hidden name in it."""
    told = [n for n in HIDDEN for form in (utf7(n), n)
            if re.search(rb'[ "]' + re.escape(form.encode()) + rb'["\r ]',
                         raw.heard)]
    if not ok(not told, f"{what}: no hidden name is told"):
        diag(told)


# ---- what is there ----------------------------------------------------------

def seen(server, proxy, user, kind):
    direct = Raw(server.port, user)
    raw = Raw(proxy.port["clear/clear"], user)
    hidden = {utf7(n) for n in HIDDEN}
    for text, word in (('LIST "" "*"', b"LIST"), ('LSUB "" "*"', b"LSUB"),
                       ('LIST "Work/" "%"', b"LIST"),
                       ('LIST (SUBSCRIBED) "" ("*") RETURN (CHILDREN)',
                        b"LIST"),
                       ('LIST "" "Geh*"', b"LIST")):
        same(names_in(raw.ask(text), word),
             names_in(direct.ask(text), word) - hidden, f"{kind}: {text}")
    raw.ask('LIST "" "*" RETURN (STATUS (MESSAGES))')
    raw.ask("NAMESPACE")
    for name in ADMITTED:
        q = mails.quoted(utf7(name))
        text = f"STATUS {q} (MESSAGES UIDNEXT)"
        same(raw.ask(text)[0], direct.ask(text)[0], f"{kind}: {name}")
        ok(raw.status(f"SELECT {q}") == "OK", f"{kind}: SELECT {name}")
    ok(b'* LIST ' in raw.ask('LIST "" ""')[0],
       f"{kind}: the delimiter is told")
    silent(raw, kind)
    raw.close()
    direct.close()


# ---- doors -----------------------------------------------------------------

def spellings(name, user):
    """A name as a client may write it."""
    q = mails.quoted(utf7(name))
    yield q
    yield mails.quoted(utf7(name).upper() if name.isascii() else utf7(name))
    yield mails.quoted(utf7(name) + "/")
    yield mails.quoted("/" + utf7(name))
    yield mails.quoted(utf7(name).replace("/", "//") + "//")
    yield f"{{{len(utf7(name))}+}}\r\n{utf7(name)}"
    yield f"{{{len(name.encode())}+}}\r\n{name}"
    yield '"' + "".join(f"&{base64.b64encode(c.encode('utf-16-be')).decode()}-"
                        .replace("=", "").replace("/", ",")
                        for c in name) + '"'
    yield mails.quoted("Work/../" + utf7(name))
    if user == "alice":     # what denials alone cannot know
        yield mails.quoted(f"user/{user}/{utf7(name)}")
        yield mails.quoted(f"~/Maildir/.{utf7(name)}")


# The first ones in a selected mailbox; SELECT leaves it.
COMMANDS = ("COPY 1 {0}", "MOVE 1 {0}", "UID COPY 1:* {0}",
            "UID MOVE 1:* {0}", "REPLACE 1 {0} {{3+}}\r\nabc",
            "SELECT {0}", "EXAMINE {0}", "STATUS {0} (MESSAGES)",
            "CREATE {0}", "DELETE {0}", "RENAME {0} New",
            "RENAME Drafts {0}", "SUBSCRIBE {0}", "UNSUBSCRIBE {0}",
            "APPEND {0} {{3+}}\r\nabc", "GETQUOTAROOT {0}", "MYRIGHTS {0}",
            "GETACL {0}")
PLAIN = ("DELETE Work", "RENAME Work New", 'DELETE "Work/"',
         "SETMETADATA Geheim (/private/comment x)",
         "GETMETADATA Geheim /private/comment", "XFROB Geheim",
         "SETACL Geheim anyone lr")


def doors(server, proxy, user, kind):
    before = snapshot(server, user)
    raw = Raw(proxy.port["clear/clear"], user)
    opened = []
    for name in HIDDEN:
        for n, spelling in enumerate(spellings(name, user)):
            raw.ask("SELECT INBOX")
            # every command by its name, every spelling by some of them
            for command in COMMANDS if n == 0 else COMMANDS[n % 4::4]:
                text = command.format(spelling)
                answer = raw.ask(text)[-1]
                if answer.split(b" ", 2)[1] == b"OK":
                    opened.append(text)
    # below New everything is admitted, below INBOX nothing
    for text in PLAIN + ("RENAME INBOX New",) * (user == "alice"):
        if raw.status(text) == "OK":
            opened.append(text)
    if not ok(not opened, f"{kind}: no command goes through"):
        diag("\n".join(opened[:10]))
    ok(raw.refused("APPEND Geheim {3}") and
       raw.refused("APPEND {6}", [b"Geheim {3}"]),
       f"{kind}: an upload is refused before it is asked for")
    raw.sock.sendall(b"x1 SELECT Geheim\r\nx2 LIST \"\" Geheim\r\n"
                     b"x3 STATUS Geheim (MESSAGES)\r\n")
    ok(raw.status("NOOP") == "OK", f"{kind}: in a row")
    silent(raw, f"{kind}, all doors tried")
    raw.close()
    same(snapshot(server, user), before, f"{kind}: nothing has changed")


def deselected(server, proxy, user, kind):
    """A SELECT that is refused: new mail in the mailbox before is not told."""
    raw = Raw(proxy.port["clear/clear"], user)
    raw.ask("SELECT Drafts")
    ok(b"[CLOSED]" in raw.ask("SELECT Geheim")[0],
       f"{kind}: SELECT that is refused closes what was selected")
    box = server.connect(user)
    mails.fill(box, 1, "Drafts")
    box.logout()
    ok(not any(b"EXISTS" in line for line in raw.ask("NOOP")),
       f"{kind}: and the server lets go of it")
    ok(raw.status("FETCH 1 FLAGS") == "BAD", f"{kind}: nothing is selected")
    raw.ask("SELECT Drafts")
    ok(raw.status("FETCH 1 FLAGS") == "OK", f"{kind}: another SELECT works")
    raw.close()


def allowed(server, proxy, user, kind):
    """What is admitted can be worked with."""
    raw = Raw(proxy.port["clear/clear"], user)
    raw.ask("SELECT INBOX")
    for text in ("CREATE New", "CREATE New/a", "RENAME New/a New/b",
                 f"COPY 1 {mails.quoted(utf7('日本語'))}",
                 "APPEND Work {8+}\r\nA: b\r\n\r\n", "SUBSCRIBE New/b",
                 "DELETE New/b"):
        ok(raw.status(text) == "OK", f"{kind}: {text!r}")
    raw.close()


def mbsync(proxy, user, place, kind):
    folder = place.folder(f"mbsync-{kind}")
    rc = place.file(f"mbsync-{kind}.rc", MBSYNC.format(
        port=proxy.port["clear/clear"], user=user, password="secret",
        ca=clients.CA, folder=folder, ssl="None"))
    argv = ["mbsync", "-c", rc, "-a"]
    codes = [clients.run(argv, place, env=dict(os.environ, HOME=place.path),
                         check=False).returncode for _ in range(2)]
    same(codes, [0, 0], f"{kind}: mbsync ends well twice")
    came = {name.replace("/.", "/") for name in clients.maildir(folder)}
    hidden = {utf7(n) for n in HIDDEN}
    ok({utf7(n) for n in ADMITTED} <= came and not came & hidden,
       f"{kind}: and has all that is admitted and nothing else") or diag(came)


# ---- a server of our own that says anything ---------------------------------

SAID = [n for n in ADMITTED if n != "R&D"] + [
    'Work/a"b', "Work/c\\d", "Work x", "Work*%", "Work(", "inbox", "InBox"]
UNSAID = HIDDEN + [
    'Work/q"q', "Work/q\\q", 'Other"x', "Geheim x", "work",
    "Work/privatE y", "inbox/x", "Work/Private", "x" * 5000, "Work/\x07", "\\"]
UNREADABLE = [b"Entw&APw", b"Work&AGE-", b"Work\xc3\xbc", b"Work\xff"]


def written(rng, octets):
    """A string as a server may write it."""
    ways = [b"{%d}\r\n%s" % (len(octets), octets)]
    if not re.search(rb"[\0-\x1f\x7f-\xff]", octets):
        ways.append(b'"' + re.sub(rb'(["\\])', rb"\\\1", octets) + b'"')
    if re.fullmatch(rb"[A-Za-z/&+,.-]+", octets):
        ways.append(octets)
    return rng.choice(ways)


LINES = (b'LIST (\\HasChildren \\x) "/" %s', b'LIST () NIL %s',
         b'LIST () "/" %s ("CHILDINFO" ("SUBSCRIBED"))',
         b'LSUB () {1}\r\n/ %s', b'XLIST (\\Inbox) "/" %s',
         b"STATUS %s (MESSAGES 3 UIDNEXT 4)", b'METADATA %s (/private/x "y")',
         b"METADATA %s /private/x", b'QUOTAROOT %s "" a', b"ACL %s joe lrs",
         b'LISTRIGHTS %s joe "" l r', b"MYRIGHTS %s lrs",
         b'ANNOTATION %s "/comment" ("value.priv" "x")',
         b'ESEARCH (TAG "q" MAILBOX %s UIDVALIDITY 1) UID ALL 1:3',
         b'ESEARCH (UIDVALIDITY 1 MAILBOX %s) UID COUNT 0')


def values(octets):
    """What is in a response: words, strings decoded, brackets."""
    found, at = [], 0
    word = re.compile(rb'"((?:[^"\\]|\\.)*)"|\{(\d+)\}\r\n|([() ])|([^ ()"]+)',
                      re.S)
    while at < len(octets):
        m = word.match(octets, at)
        at = m.end()
        if m[2] is not None:
            found.append(octets[at:at + int(m[2])])
            at += int(m[2])
        elif m[1] is not None:
            found.append(re.sub(rb"\\(.)", rb"\1", m[1]))
        elif m[3] != b" ":
            found.append(m[3] or m[4])
    return found


def responses(file, end):
    """Values of each response up to a tagged line."""
    while True:
        line = file.readline()
        if not line or line.startswith(end):
            return
        while re.search(rb"\{\d+\}\r\n$", line):
            size = int(re.search(rb"\{(\d+)\}\r\n$", line)[1])
            line += file.read(size) + file.readline()
        yield values(line[2:-2])


class Talker(threading.Thread):
    """A server that answers NOOP with what it was given."""

    def __init__(self, pieces):
        super().__init__(daemon=True)
        self.pieces = pieces
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.tls_port = self.listener.getsockname()[1]

    def run(self):
        sock = self.listener.accept()[0]
        sock.sendall(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
        for line in sock.makefile("rb"):
            tag, word = line.split()[:2]
            if word == b"NOOP":
                for piece in self.pieces:
                    sock.sendall(piece)
            if word == b"LOGIN":
                tag += b" OK [CAPABILITY IMAP4rev1]"
            else:
                tag += b" OK"
            sock.sendall(tag + b" done\r\n")


def anything(place):
    seed = random.randrange(1 << 32)
    diag(f"seed {seed}")
    rng = random.Random(seed)
    sent, want = [], []
    for _ in range(4000):
        hidden = rng.random() < 0.6
        name = rng.choice(UNREADABLE if rng.random() < 0.1 and hidden else
                          [utf7(n).encode() for n in
                           (UNSAID if hidden else SAID)])
        line = b"* " + rng.choice(LINES) % written(rng, name)
        if rng.random() < 0.1 and line.startswith(b"* LIST ("):
            old = rng.choice(SAID + UNSAID)
            hidden = hidden or old in UNSAID
            line = (b'* LIST () "/" %s ("OLDNAME" (%s))'
                    % (written(rng, name),
                       written(rng, utf7(old).encode())))
        sent.append(line + b"\r\n")
        if not hidden:
            want.append(values(line[2:]))
    octets = b"".join(sent)
    pieces = []
    while octets:
        n = rng.choice((1, 7, 100, 5000, 60000))
        pieces.append(octets[:n])
        octets = octets[n:]
    server = Talker(pieces)
    server.start()
    proxy = Proxy(place, server, name="anything", command=SET,
                  combinations=("clear/clear",))
    sock = socket.create_connection(("127.0.0.1", proxy.port["clear/clear"]),
                                    timeout=30)
    file = sock.makefile("rb")
    file.readline()
    sock.sendall(b"a LOGIN joe secret\r\n")
    file.readline()
    sock.sendall(b"b NOOP\r\n")
    got = list(responses(file, b"b "))
    ok(got == want, f"of {len(sent)} lines the {len(want)} that name what is "
       "admitted are heard, and no others")
    for g, w in zip(got, want):
        if g != w:
            diag(f"{g} instead of {w}")
            break
    sock.close()
    proxy.stop()


def with_server(kind):
    place = Place(f"mailboxes-{kind}")
    server = SERVERS[kind](place)
    proxies = [Proxy(place, server, name=name, combinations=("clear/clear",),
                     command=command)
               for name, command in (("admits", SET), ("denies", DENIALS))]
    for proxy, user in zip(proxies, ("alice", "bob")):
        what = f"{kind} {proxy.name}"
        account(server, user)
        seen(server, proxy, user, what)
        doors(server, proxy, user, what)
        deselected(server, proxy, user, what)
        mbsync(proxy, user, place, what.replace(" ", "-"))
    allowed(server, proxies[0], "alice", kind)
    refused = [e for e in proxies[0].events("COMMAND-REFUSED")
               if e.get("why") == "mailboxes"]
    ok(len(refused) > 100 and any(e.get("MAILBOX") == "Geheim"
                                  for e in refused),
       f"{kind}: the log tells the names")
    for proxy in proxies:
        proxy.stop()
    server.stop()


anything(Place("mailboxes-anything"))
for server_kind in sys.argv[1:] or ("dovecot", "cyrus"):
    with_server(server_kind)
done()
