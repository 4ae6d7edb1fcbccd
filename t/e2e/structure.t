#!/usr/bin/env python3
"""What the room mime says of mails is what Dovecot says: sizes, structures,
envelopes and the octets of every section, of mails made and found."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../lib"))
from rig import (Place, bail, diag, differences, done, ok,  # noqa: E402
                 short)
import mailcorpus  # noqa: E402
import mails  # noqa: E402
import mailservers  # noqa: E402
import mimeshow  # noqa: E402

ORDINARY, ODD = 1200, int(os.environ.get("ODD", 900))
# Another seed makes other mails.
SEED = int(os.environ.get("SEED", 1))

SHOWN = int(os.environ.get("SHOWN", 3))
PARSED = ("BODY", "BODYSTRUCTURE", "ENVELOPE")


def lower(value):
    return tuple(lower(v) for v in value) if isinstance(value, tuple) \
        else value.lower()


def plain(value):
    """A mail that is nothing but text in ASCII."""
    low = lower(value[:6]) if isinstance(value[0], bytes) else ()
    return low + value[6:] if low[:3] == \
        (b"text", b"plain", (b"charset", b"us-ascii")) else value


def unnumbered(value):
    if isinstance(value, tuple):
        return tuple(unnumbered(v) for v in value)
    return re.sub(rb"\*\d+\*$", b"*", value) \
        if isinstance(value, bytes) else value


# Where Dovecot is not followed: items, why, what makes both the same (None:
# no mail of the corpus needs that), and a mail in which they differ.
DELIBERATE = [
    ("BODY BODYSTRUCTURE", "its cache keeps of a mail that is nothing but "
     "text in ASCII only that it is, not how that was written; types, "
     "encodings and charsets have no case",
     plain, "Content-Type: Text/PLAIN; charset=US-ascii\r\n\r\nx"),
    ("BODY BODYSTRUCTURE", "behind pieces a parameter's \"a*\" gets the "
     "number of the piece before it",
     unnumbered, "Content-Type: text/plain; a*0=b; a*1=c; d*=u''e\r\n\r\n"),
    ("ENVELOPE", "of a comment without an end that is folded it shows a line "
     "as a name", None, "From: a (b <c@d>,\r\n e <f@g>\r\n\r\n"),
    ("BODY BODYSTRUCTURE BODY[1.MIME] BODY[1.HEADER] BODY[1.TEXT] BODY[1.1] "
     "BODY[1.1.MIME] BODY[1.HEADER.FIELDS (SUBJECT FROM TO)] "
     "BODY[1.HEADER.FIELDS.NOT (SUBJECT FROM TO)]",
     "message/global (RFC 6532) is no message for it, RFC 9051 says it is",
     None, "Content-Type: message/global\r\n\r\nSubject: x\r\n\r\ny"),
    ("BODY[1.HEADER.FIELDS (SUBJECT FROM TO)] "
     "BODY[1.HEADER.FIELDS.NOT (SUBJECT FROM TO)]",
     "its fields of a header that a boundary ends go on into the boundary",
     None, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
     "Content-Type: message/rfc822\r\n\r\nX: y\r\n--b--\r\n"),
    ("BODY BODYSTRUCTURE", "numbers of pieces over 32 bits overflow in it",
     None, "Content-Type: text/plain; a*4294967297=b\r\n\r\nx"),
]

# ---- IMAP -----------------------------------------------------------------

class Reader:
    """Values of a FETCH response.  Strings are bytes whether they came quoted
    or as literals: the RFC leaves that free, and it is all that is
    normalised.  Atoms are str, lists tuples."""

    TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|\{(\d+)\}\r\n|([^\s()"{]+)|'
                       rb'([()])| ', re.S)

    def __init__(self, octets, pos=0):
        self.octets, self.pos = octets, pos

    def token(self):
        """A pair of kind and value; blanks are left out."""
        while True:
            m = self.TOKEN.match(self.octets, self.pos)
            self.pos = m.end()
            if m.group(1) is not None:
                return "string", re.sub(rb"\\(.)", rb"\1", m.group(1),
                                        flags=re.S)
            if m.group(2) is not None:
                n = int(m.group(2))
                self.pos += n
                return "string", self.octets[self.pos - n:self.pos]
            if m.group(3) is not None:
                return "atom", m.group(3).decode()
            if m.group(4) is not None:
                return m.group(4).decode(), None

    def value(self):
        stack = []
        while True:
            kind, v = self.token()
            if kind == "(":
                stack.append([])
                continue
            if kind == ")":
                v = tuple(stack.pop())
            if not stack:
                return v
            stack[-1].append(v)

    def fetch(self):
        """{item: value} of "* n FETCH (...)" at pos."""
        m = re.compile(rb"\* (\d+) FETCH \(").match(self.octets, self.pos)
        self.pos = m.end()
        items = {}
        while self.octets[self.pos:self.pos + 1] != b")":
            m = re.compile(rb" ?([A-Z0-9.]+(?:\[[^]]*\])?) ").match(
                self.octets, self.pos)
            self.pos = m.end()
            items[m.group(1).decode()] = self.value()
        self.pos += 3
        return items


def read_until(box, tag):
    """All octets up to the tagged OK."""
    box.send(tag + b" NOOP\r\n")
    got = bytearray()
    end = re.compile(rb"(^|\r\n)" + tag + rb" (\S+).*\r\n\Z")
    while True:
        got += box.sock.recv(1 << 20)
        m = end.search(got, max(0, len(got) - 200))
        if m:
            return bytes(got[:m.start() + len(m.group(1))])


def store(box, mails_):
    """Append them all; what Dovecot refuses ends the test."""
    for at in range(0, len(mails_), 100):
        for _, octets in mails_[at:at + 100]:
            box.send(b"s APPEND INBOX {%d+}\r\n" % len(octets) + octets +
                     b"\r\n")
        for line in read_until(box, b"S%d" % at).split(b"\r\n"):
            if line.startswith(b"s ") and not line.startswith(b"s OK"):
                bail(f"Dovecot: {line}")


def fetch_all(box, wanted):
    """For items of each mail, from 1 on, what Dovecot answers."""
    answers = []
    for at in range(0, len(wanted), 200):
        for i, items in enumerate(wanted[at:at + 200], at + 1):
            box.send(f"f FETCH {i} ({' '.join(items)})\r\n".encode())
        octets = read_until(box, b"F%d" % at)
        pos = 0
        while pos < len(octets):
            if octets.startswith(b"* ", pos) and \
                    b" FETCH (" in octets[pos:pos + 30]:
                r = Reader(octets, pos)
                answers.append(r.fetch())
                pos = r.pos
            else:
                pos = octets.index(b"\r\n", pos) + 2
    return answers


# ---- both -----------------------------------------------------------------

def same(item, mine, theirs, forgive=True):
    if item in PARSED:
        mine = Reader(mine).value()
        for items, _, change, _ in DELIBERATE if forgive else ():
            if change and item in items.split():
                mine, theirs = change(mine), change(theirs)
        return mine == theirs
    if item == "RFC822.SIZE":
        return mine.decode() == theirs
    return mine == theirs


def past_end(item, mine):
    """Is it of fields of a header without an empty line? See DELIBERATE."""
    path, found, _ = item.partition(".HEADER.FIELDS")
    return found and not mine[path + ".HEADER]"].endswith(b"\r\n\r\n")


def compare(mine, theirs):
    """Items that differ."""
    differ = []
    for item in mine:
        if item in ("flag", "why") or past_end(item, mine):
            continue
        if item not in theirs or not same(item, mine[item], theirs[item]):
            differ.append(item)
    return differ


def deliberate(mine, theirs):
    """Each row of the table is needed, and says all."""
    for (items, why, _, mail), m, t in zip(DELIBERATE, mine, theirs):
        differ = [i for i in m if i not in ("flag", "why") and
                  (i not in t or not same(i, m[i], t[i], False))]
        ok(differ and all(i in items for i in differ), why)
        if not all(i in items for i in differ):
            diag(f"{mail!r}: {differ}")


def show(item, mine, theirs):
    if item in PARSED:
        mine = Reader(mine).value()
    elif isinstance(theirs, bytes):
        at = len(os.path.commonprefix([mine, theirs]))
        diag(f"  {len(mine)} and {len(theirs)} octets, other from {at} on")
        mine, theirs = mine[max(0, at - 20):], theirs[max(0, at - 20):]
    for where, a, b in differences(mine, theirs, ""):
        diag(f"  ours{where}: {short(a)}")
        diag(f"  theirs{where}: {short(b)}")


def main():
    place = Place("structure")
    dovecot = mailservers.Dovecot(place)
    corpus = list(mailcorpus.ordinary(ORDINARY, SEED)) + \
        list(mailcorpus.odd(ODD, SEED)) + mailcorpus.packaged()
    found = len(corpus) - ORDINARY - ODD
    ok(found >= 200, f"{found} mails of packages are there")
    ok(len(corpus) >= 2000, f"{len(corpus)} mails in all")
    corpus += [(m, m.encode()) for _, _, _, m in DELIBERATE]

    box = dovecot.connect("structure")
    store(box, corpus)
    mails.must(box.select("INBOX", readonly=True))
    stored = [a["BODY[]"] for a in
              fetch_all(box, [["BODY.PEEK[]"]] * len(corpus))]
    ok(len(stored) == len(corpus), "all of them are stored")
    mine = [dict(items) for items in mimeshow.show(stored)]
    ok(len(mine) == len(corpus), "all of them are taken apart")
    theirs = fetch_all(box, [
        [i.replace("BODY[", "BODY.PEEK[") for i in m
         if i not in ("flag", "why")] for m in mine])
    rows = len(DELIBERATE)
    deliberate(mine[-rows:], theirs[-rows:])
    bad = {}
    for (name, _), m, t in zip(corpus[:-rows], mine, theirs):
        for item in compare(m, t):
            bad.setdefault(re.sub(r"BODY\[.*", "BODY[...]", item),
                           []).append((name, item, m[item], t.get(item)))
    for item, rows in bad.items():
        for name, exact, m, t in rows[:SHOWN]:
            diag(f"{name}: {exact}")
            show(exact, m, t)
    for item in ("RFC822.SIZE", "BODY", "BODYSTRUCTURE", "ENVELOPE",
                 "BODY[...]"):
        ok(item not in bad, f"{item} is Dovecot's, {len(bad.get(item, []))} "
           "differ")
    done()


main()
