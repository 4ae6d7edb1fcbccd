"""A server that a test can make do what no real one would: it has one mailbox,
INBOX, answers what a proxy asks of it, and a test may put its own answer in
place of any.

    def cut(session, tag, args):            # of "UID FETCH" and the like
        session.say(b'* 1 FETCH (UID 1 BODY[] {1000}\\r\\nhalf of it')
        session.close()
    fake = FakeImap(place, mails=[...], on={"UID FETCH": cut})

A function of on that returns "go on" leaves the answer to the server.
"""

import contextlib
import re
import socket
import threading

_LITERAL = re.compile(rb"~?\{(\d+)(\+?)\}\r\n$")
DEFAULT = ["IMAP4rev1", "IDLE", "UIDPLUS", "MULTIAPPEND", "NAMESPACE",
           "UNSELECT", "ENABLE", "CONDSTORE", "BINARY"]


class Ended(Exception):
    pass


class Session:
    def __init__(self, fake, sock):
        self.fake, self.s = fake, sock
        self.f = sock.makefile("rb")

    def say(self, octets):
        try:
            self.s.sendall(octets)
        except OSError:
            raise Ended from None

    def line(self):
        """A command with its literals, which are asked for."""
        line = self.f.readline()
        if not line:
            raise Ended
        m = _LITERAL.search(line)
        while m:
            if not m.group(2):
                self.say(b"+ go on\r\n")
            octets = self.f.read(int(m.group(1)))
            self.fake.literals.append(octets)
            if len(octets) < int(m.group(1)):
                raise Ended
            more = self.f.readline()
            line += octets + more
            m = _LITERAL.search(more)
        return line

    def close(self):
        raise Ended

    def reset(self):
        """As if the machine were gone."""
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          b"\1\0\0\0\0\0\0\0")
        raise Ended

    # ---- what it answers

    def numbers(self, text, by_uid):
        """Numbers of messages in a set."""
        top = self.fake.uids[-1] if by_uid else len(self.fake.uids)
        want = set()
        for piece in text.split(b","):
            ends = [top if e == b"*" else int(e) for e in piece.split(b":")]
            want.update(range(min(ends), max(ends) + 1))
        return [n for n, uid in enumerate(self.fake.uids, 1)
                if (uid if by_uid else n) in want]

    def fetched(self, n, items, uid):
        mail = self.fake.mails[n - 1]
        head, _, text = mail.partition(b"\r\n\r\n")
        out = [b"UID %d" % self.fake.uids[n - 1]] if uid else []
        for item in re.findall(rb"[A-Z0-9.]+(?:\[[^\]]*\](?:<[\d.]+>)?)?",
                               items.upper()):
            name = item.replace(b".PEEK", b"")
            octets = None
            if name == b"UID" and not uid:
                out.append(b"UID %d" % self.fake.uids[n - 1])
            elif name == b"FLAGS":
                out.append(b"FLAGS (%s)" % b" ".join(
                    sorted(self.fake.flags[n - 1])))
            elif name == b"RFC822.SIZE":
                out.append(b"RFC822.SIZE %d" % len(mail))
            elif name == b"INTERNALDATE":
                out.append(b'INTERNALDATE "05-Jan-2026 10:00:00 +0000"')
            elif name == b"ENVELOPE":
                out.append(b'ENVELOPE (NIL "s" NIL NIL NIL NIL NIL NIL NIL '
                           b'NIL)')
            elif name in (b"BODYSTRUCTURE", b"BODY"):
                out.append(name + b' ("text" "plain" NIL NIL NIL "7bit" '
                           b'%d 1)' % len(text))
            elif name.startswith(b"BODY[]"):
                octets = mail
            elif name.startswith(b"BODY[HEADER"):
                octets = head + b"\r\n\r\n"
            elif b"[" in name:
                octets = text
            if octets is None:
                continue
            m = re.search(rb"<(\d+)\.(\d+)>$", name)
            if m:
                at = int(m.group(1))
                octets = octets[at:at + int(m.group(2))]
                name = re.sub(rb"\.\d+>$", b">", name)
            if name.startswith(b"BODY[") and b".PEEK" not in item:
                self.fake.flags[n - 1].add(rb"\Seen")
            out.append(name + b" {%d}\r\n" % len(octets) + octets)
        return b"* %d FETCH (" % n + b" ".join(out) + b")\r\n"

    def select(self):
        n = len(self.fake.mails)
        self.say(b"* FLAGS (\\Seen \\Deleted)\r\n* %d EXISTS\r\n* 0 RECENT\r\n"
                 b"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT %d] ok\r\n"
                 b"* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] ok\r\n" % (
                     n, (self.fake.uids or [0])[-1] + 1))

    def answer(self, tag, verb, args):
        fake = self.fake
        code = b""
        if verb == "CAPABILITY":
            self.say(b"* CAPABILITY " + fake.offered() + b"\r\n")
        elif verb == "LOGIN":
            code = b"[CAPABILITY " + fake.offered() + b"] "
        elif verb in ("SELECT", "EXAMINE"):
            self.select()
            code = b"[READ-WRITE] "
        elif verb in ("FETCH", "UID FETCH"):
            which, _, items = args.partition(b" ")
            for n in self.numbers(which, verb != "FETCH"):
                self.say(self.fetched(n, items, verb != "FETCH"))
        elif verb == "APPEND":
            fake.stored += fake.literals[-fake.count(args):]
            code = b"[APPENDUID 7 %d] " % (len(fake.stored) + 100)
        elif verb == "IDLE":
            self.say(b"+ idling\r\n")
            self.f.readline()
        elif verb == "LIST":
            self.say(b'* LIST () "/" INBOX\r\n')
        elif verb == "LOGOUT":
            self.say(b"* BYE bye\r\n")
        elif fake.careless:
            for n in range(1, len(fake.mails) + 1):
                self.say(self.fetched(n, b"BODY[]", False))
        self.say(tag + b" OK " + code + b"done\r\n")

    def run(self):
        with contextlib.suppress(Ended, OSError):
            self.say(b"* OK [CAPABILITY " + self.fake.offered() +
                     b"] ready\r\n")
            while True:
                line = self.line()
                self.fake.commands.append(line)
                tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
                verb, _, args = rest.partition(b" ")
                if verb.upper() == b"UID":
                    sub, _, args = args.partition(b" ")
                    verb += b" " + sub
                verb = verb.decode().upper()
                own = self.fake.on.get(verb)
                if own is None or own(self, tag, args) == "go on":
                    self.answer(tag, verb, args)
                if verb == "LOGOUT":
                    break
        with contextlib.suppress(OSError):
            self.f.close()
            self.s.close()


class FakeImap:
    name = "fake"

    def __init__(self, place, mails=(), capabilities=(), careless=False,
                 on=None):
        """careless: it answers what it does not know with its mails and OK.
        capabilities: besides the usual ones."""
        self.mails = list(mails)
        self.uids = list(range(1, len(self.mails) + 1))
        self.flags = [set() for _ in self.mails]
        self.capabilities = DEFAULT + [c for c in capabilities
                                       if c not in DEFAULT]
        self.careless, self.on = careless, dict(on or {})
        self.commands, self.literals, self.stored = [], [], []
        self.sock = socket.create_server(("127.0.0.1", place.port()),
                                         backlog=100)
        self.port = self.tls_port = self.sock.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def offered(self):
        return " ".join(self.capabilities).encode()

    @staticmethod
    def count(args):
        """Literals with mails among an APPEND's arguments."""
        return len(re.findall(rb"~?\{\d+\+?\}\r\n", args)) or 1

    def _serve(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Session(self, conn).run,
                             daemon=True).start()

    def heard(self, word):
        """Commands it got that have this word."""
        return [c for c in self.commands if word in c]

    def stop(self):
        self.sock.close()
