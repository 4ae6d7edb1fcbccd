"""An IMAP client that sends what it is told and hears everything: for tests
that ask what no real client would, and have to see each octet of the answer.

    c = Client(port, "alice")
    answer = c.ask("FETCH 1 (UID BODY[])")
    answer.status, answer.code, answer.fetched   # {1: {"UID": 7, ...}}
"""

import re
import socket

_LITERAL = re.compile(rb"~?\{(\d+)\}\r\n$")
# A literal's head, a quoted string, a bracket, or an atom, whose sections may
# have blanks in brackets.
_TOKEN = re.compile(rb'~?\{(\d+)\}\r\n|"((?:[^"\\]|\\.)*)"|([()])|'
                    rb'((?:[^\s()\["]|\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)')


class Answer:
    """status: OK, NO, BAD.  code: of its response code, or None.  text: the
    rest of the line.  heard: the untagged lines, literals in them."""

    def __init__(self, line, heard):
        parts = line.decode("utf-8", "replace").rstrip("\r\n").split(" ", 2)
        self.status = parts[1] if len(parts) > 1 else parts[0]
        self.text = parts[2] if len(parts) > 2 else ""
        m = re.match(r"\[([A-Z0-9-]+)", self.text)
        self.code = m and m.group(1)
        self.heard = heard

    def __iter__(self):
        return iter((self.status, self.code, self.heard))

    def __getitem__(self, at):
        return tuple(self)[at]

    def __repr__(self):
        return f"{self.status} {self.text}"

    @property
    def ok(self):
        return self.status == "OK"

    @property
    def fetched(self):
        """{message number: {item: value}}; later items of a message are added
        to those before them."""
        found = {}
        for line in self.heard:
            row = fetch_response(line)
            if row:
                found.setdefault(row[0], {}).update(row[1])
        return found

    @property
    def octets(self):
        """All that came, as one."""
        return b"".join(self.heard)


def tokens(text):
    """Atoms as bytes, strings as (bytes,), NIL as None, lists as lists."""
    stack, at = [[]], 0
    while True:
        m = _TOKEN.search(text, at)
        if not m:
            break
        at = m.end()
        if m.group(1) is not None:
            n = int(m.group(1))
            stack[-1].append((text[at:at + n],))
            at += n
        elif m.group(2) is not None:
            stack[-1].append((re.sub(rb"\\(.)", rb"\1", m.group(2),
                                     flags=re.S),))
        elif m.group(3) == b"(":
            stack.append([])
        elif m.group(3) == b")":
            if len(stack) == 1:
                raise ValueError(f"unbalanced: {text[:200]}")
            last = stack.pop()
            stack[-1].append(last)
        else:
            atom = m.group(4)
            stack[-1].append(None if atom.upper() == b"NIL" else atom)
    if len(stack) != 1:
        raise ValueError(f"unbalanced: {text[:200]}")
    return stack[0]


def plain(value):
    """A token's value: strings as bytes, numbers as int."""
    if isinstance(value, tuple):
        return value[0]
    if isinstance(value, bytes) and value.isdigit():
        return int(value)
    return value


_FETCH = re.compile(rb"\* (\d+) FETCH ", re.I)


def fetch_response(line):
    """(number, {item: value}) of an untagged FETCH; None of another line."""
    m = _FETCH.match(line)
    if not m:
        return None
    row = tokens(line[m.end():])[0]
    if len(row) % 2:
        raise ValueError(f"an item without a value: {line[:200]}")
    return int(m.group(1)), {
        row[i].decode().upper(): plain(row[i + 1])
        for i in range(0, len(row), 2)}


class Closed(RuntimeError):
    """The other side ended it; heard: what came before."""

    def __init__(self, heard):
        super().__init__(f"closed; heard {heard[-3:]}")
        self.heard = heard


class Client:
    def __init__(self, port, user=None, password="secret", seconds=20,
                 host="127.0.0.1"):
        self.s = socket.create_connection((host, port), timeout=seconds)
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.f = self.s.makefile("rb", 1 << 16)
        self.n = 0
        self.greeting = self.f.readline()
        if user:
            self.must(f"LOGIN {user} {password}")

    def line(self):
        """A line with the literals in it."""
        line = self.f.readline()
        m = line[-3:] == b"}\r\n" and _LITERAL.search(line)
        if not m:
            return line
        parts = [line]
        while m:
            parts.append(self.f.read(int(m.group(1))))
            line = self.f.readline()
            parts.append(line)
            m = line[-3:] == b"}\r\n" and _LITERAL.search(line)
        return b"".join(parts)

    def lines(self, tag):
        """Up to tag's answer, or the server's "+"."""
        out = []
        while True:
            try:
                line = self.line()
            except (TimeoutError, ConnectionError) as error:
                raise Closed([*out, repr(error)]) from None
            if not line:
                raise Closed(out)
            out.append(line)
            if line.startswith(tag + b" ") or line.startswith(b"+ "):
                return out

    def tag(self):
        self.n += 1
        return b"x%d" % self.n

    def ask(self, text, *literals):
        """Send a command; each literal after the server's "+".  A literal that
        is not asked for ends it."""
        tag = self.tag()
        if isinstance(text, str):
            text = text.encode()
        heard = []
        for part in (tag + b" " + text + b"\r\n", *literals):
            self.s.sendall(part)
            heard += self.lines(tag)
            if not heard[-1].startswith(b"+ "):
                break
        return Answer(heard[-1], heard[:-1])

    def must(self, text, *literals):
        answer = self.ask(text, *literals)
        if not answer.ok:
            raise RuntimeError(f"{text}: {answer}")
        return answer.heard

    def fetch(self, what, items, uid=False):
        """{number: {item: value}} of a FETCH that has to be OK."""
        answer = self.ask(f"{'UID ' * uid}FETCH {what} {items}")
        if not answer.ok:
            raise RuntimeError(f"FETCH {what} {items}: {answer}")
        return answer.fetched

    def append(self, mail, box="INBOX", more=""):
        """As a synchronizing literal."""
        return self.ask(f"APPEND {box} {more}{{{len(mail)}}}", mail + b"\r\n")

    def idle(self):
        tag = self.tag()
        self.s.sendall(tag + b" IDLE\r\n")
        self.lines(tag)
        self.s.sendall(b"DONE\r\n")
        return self.lines(tag)[-1].split()[1] == b"OK"

    def send(self, octets):
        self.s.sendall(octets)

    def close(self):
        self.f.close()
        self.s.close()

    def logout(self):
        self.must("LOGOUT")
        self.close()
