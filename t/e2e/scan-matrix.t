#!/usr/bin/python3
"""EICAR in every disguise that the proxy itself sees through, asked for by
every item and in every shape of FETCH, and uploaded in every way: none of it
comes out, each refusal has a name and is in the log, and mails that are clean
pass all the same."""

import collections
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import eicar  # noqa: E402
from fakeimap import FakeImap  # noqa: E402
from mailservers import Dovecot  # noqa: E402
from matrix import (NAMED, Tally, deliver, on_disk, served,  # noqa: E402
                    took)
from rig import Place, diag, done, ok, same  # noqa: E402
from scanning import DENY, REPLACE, Scanned  # noqa: E402
from wire import Client, Closed  # noqa: E402

# ---- downloads -------------------------------------------------------------------

# Items that show content: of a mail that is denied each is refused.
CONTENT = [
    "BODY[]", "BODY.PEEK[]", "RFC822", "RFC822.TEXT", "BODY[TEXT]",
    "BODY.PEEK[TEXT]", "BODY[0]", "BODY[1.0]", "BODY[1]", "BODY.PEEK[1]", "BODY[01]", "BODY[0001]",
    "BODY[1.1]", "BODY[2]", "BODY.PEEK[2]", "BODY[2.1]", "BODY[2.2]",
    "BODY[1.2.2]", "BODY[2.TEXT]", "BODY[2.2.2.2]", "BODY[1.1.1.1]",
    "BODY[TEXT]<0.2000>", "BODY[]<0.10>", "BODY[]<10.10>", "BODY.PEEK[]<0.1>",
    "BODY.PEEK[]<100.1000>", "BODY[1]<0.100>", "BODY[2]<50.100>",
    "BODY[]<5.4294967295>", "BODY[2]<0.999999>", "BINARY[1]", "BINARY.PEEK[1]",
    "BINARY.PEEK[1]<0.5>", "BINARY[2]", "BINARY.PEEK[2]<0.100>",
    "BINARY.PEEK[]", "BINARY.SIZE[1]", "BINARY.SIZE[2]",
    "(UID BODY.PEEK[])", "(BODY.PEEK[] FLAGS)", "(FLAGS RFC822.SIZE BODY[])",
    "(BODY[]<0.3> BODY[]<3.3> BODY[]<6.3>)", "(ENVELOPE BODY[1] BODY[2])",
    "(BODY.PEEK[HEADER] BODY.PEEK[TEXT])", "(RFC822.HEADER RFC822.TEXT)",
]
# What listings ask for: the file is in none of it.
LISTED = [
    "RFC822.HEADER", "BODY[HEADER]", "BODY.PEEK[HEADER]", "RFC822.SIZE",
    "BODY[HEADER.FIELDS (SUBJECT)]", "BODY.PEEK[HEADER.FIELDS.NOT (TO)]",
    "BODY[HEADER]<0.20>", "ENVELOPE", "BODY", "BODYSTRUCTURE", "ALL", "FAST",
    "FULL",
]
# Parts' headers: judged before they are shown.
HEADERS = ["BODY[1.MIME]", "BODY[2.MIME]", "BODY[1.HEADER]",
           "BODY[1.2.HEADER]", "BODY[2.HEADER.FIELDS (SUBJECT)]"]
# Nothing is answered, of whatever mail.
CLOSED = [
    "BODY[]<0.0>", "BODY[]<1>", "BODY[]<5.99999999999>",
    "BODY[MIME]", "PREVIEW", "PREVIEW (LAZY)", "SNIPPET",
    "SNIPPET (LAZY=FUZZY)", "SNIPPET (FUZZY)", "ANNOTATION (/x (value))",
    "X-BODY[]", "X-GM-RAW", "BODY.RAW[]", "BODYTEXT",
    "(FLAGS PREVIEW)", "(UID X-CONTENT)", "(BODY.PEEK[] PREVIEW)",
    "BODY[HEADER.FIELDS ()]", "BINARY[1.MIME]", "BINARY[TEXT]",
]


def partials(octets):
    """Single octets out of their order, and an item that is cut anywhere."""
    random.seed(len(octets))
    at = random.sample(range(len(octets)), 6)
    return [f"BODY.PEEK[]<{n}.1>" for n in at] + [
        f"(BODY.PEEK[]<{at[0]}.1> BODY[]<{at[1]}.1> BODY[TEXT]<{at[2]}.7>)"]


def shapes(octets):
    return [(s, "content") for s in CONTENT + HEADERS + partials(octets)] + \
        [(s, "listed") for s in LISTED] + [(s, "closed") for s in CLOSED]


class Downloads:
    """Every mail by every shape, a third of the shapes in each of three
    sessions, by number and by UID."""

    def __init__(self, scanned, user, mails):
        self.scanned, self.user, self.mails = scanned, user, mails
        self.tally = Tally("downloads")
        self.clean = Tally("downloads of clean mails")
        self.pieces = collections.defaultdict(dict)

    def collect(self, name, rows):
        """What is known of a mail by now, octet by octet."""
        for row in rows.values():
            for item, value in row.items():
                m = re.match(r"(BODY|BINARY)(\[.*\])<(\d+)>$", item)
                if m and isinstance(value, bytes):
                    for n, c in enumerate(value):
                        self.pieces[name, m.group(2)][int(m.group(3)) + n] = c

    def of_infected(self, name, shape, kind, answer):
        octets = answer.octets
        got = any(isinstance(v, bytes) and v and "[" in k and kind == "content"
                  for row in answer.fetched.values() for k, v in row.items())
        self.collect(name, answer.fetched)
        refused = not answer.ok
        self.tally.cell(
            f"{name} by {shape}: {answer}",
            leaks=eicar.found(octets),
            not_refused=kind != "listed" and not refused,
            shown_in_part=got, unjudged=answer.code == "UNAVAILABLE",
            without_a_name=refused and answer.status == "NO" and
            answer.code not in NAMED)

    def of_clean(self, name, shape, kind, answer, octets):
        items = shape.upper().replace(".PEEK", "")
        right = answer.ok if kind != "closed" else not answer.ok
        if right and kind == "content" and items in ("BODY[]", "RFC822"):
            right = [r.get(items) for r in answer.fetched.values()] == \
                [octets]
        self.clean.cell(f"{name} by {shape}: {answer}", refused=not right)

    def begin(self):
        c = Client(self.scanned.port, self.user)
        c.must("SELECT INBOX")
        return c

    def ask(self, c, command):
        """(answer, client): another client if that one was thrown out."""
        try:
            return c.ask(command), c
        except Closed as end:
            self.tally.cell(f"{command}: {end}", ended=True)
            return None, self.begin()

    def session(self, third):
        c = self.begin()
        for uid, (name, octets) in sorted(self.mails.items()):
            number = uid        # nothing was expunged
            for n, (shape, kind) in enumerate(shapes(octets)):
                if (n + uid) % 3 != third:
                    continue
                by_uid = (n + third) % 2
                answer, c = self.ask(c, f"UID FETCH {uid} {shape}" if by_uid
                                     else f"FETCH {number} {shape}")
                if answer is None:
                    continue
                if name.startswith("clean"):
                    self.of_clean(name, shape, kind, answer, octets)
                else:
                    self.of_infected(name, shape, kind, answer)
        c.logout()

    def octet_by_octet(self):
        """One mail, each of its octets by itself, over several sessions."""
        uid, (name, octets) = next(
            (u, m) for u, m in sorted(self.mails.items())
            if m[0] == "7bit/file/body")
        offsets = list(range(len(octets)))
        random.seed(5)
        random.shuffle(offsets)
        for part in (offsets[::2], offsets[1::2]):
            c = self.begin()
            for at in part:
                answer = c.ask(f"UID FETCH {uid} BODY.PEEK[]<{at}.1>")
                self.of_infected(name, f"octet {at}", "content", answer)
            c.logout()

    def sets(self):
        """Many mails in one command: what is clean comes, whole."""
        uids = sorted(self.mails)
        clean = {u for u in uids if self.mails[u][0].startswith("clean")}
        c = self.begin()
        for command in ("UID FETCH 1:* (UID BODY.PEEK[])",
                        "FETCH 1:* (UID BODY.PEEK[])",
                        "FETCH *:1 (BODY[] UID)",
                        f"UID FETCH {','.join(map(str, uids))} "
                        "(FLAGS UID BODY.PEEK[])",
                        f"UID FETCH {','.join(map(str, uids[::-1]))} "
                        "(RFC822 UID)"):
            answer = c.ask(command)
            rows = {r["UID"]: r for r in answer.fetched.values()
                    if "UID" in r}
            same(answer.status, "NO", f"{command[:30]}: says that some are "
                 "refused")
            for uid in uids:
                row = rows.get(uid, {})
                octets = row.get("BODY[]", row.get("RFC822"))
                name = f"{self.mails[uid][0]} by {command[:30]}"
                if uid in clean:
                    self.clean.cell(name, refused=octets !=
                                    self.mails[uid][1])
                else:
                    self.tally.cell(
                        name, leaks=any(eicar.found(v) for v in row.values()
                                        if isinstance(v, bytes)),
                        not_refused=octets is not None)
        c.logout()

    def logged(self):
        """Each mail that was refused is in the log with its reason, and each
        command that was."""
        by_uid = collections.defaultdict(list)
        for r in self.scanned.refusals(USER=self.user):
            by_uid[r.get("UID")].append(r)
        for uid, (name, _) in self.mails.items():
            records = by_uid[str(uid)]
            if name.startswith("clean"):
                self.clean.cell(f"{name} in the log", refused=bool(records))
            else:
                self.tally.cell(f"{name} in the log: {records[:1]}",
                                unlogged=not any(r.get("why")
                                                 for r in records))

    def run(self):
        for third in range(3):
            self.session(third)
            took(f"session {third}")
        self.octet_by_octet()
        self.sets()
        took("octets and sets")
        for (name, section), octets in self.pieces.items():
            text = bytes(octets.get(n, 0) for n in range(max(octets) + 1))
            self.tally.cell(f"{name}, pieces of {section}",
                            leaks=eicar.found(text))
        self.logged()
        self.tally.report("leaks", "not_refused", "shown_in_part",
                          "without_a_name", "unlogged", "unjudged", "ended")
        self.clean.report("refused")


# ---- uploads --------------------------------------------------------------------

GOOD = eicar.mail(eicar.TEXT, "good")
# What stands before the mail's literal, behind it, and the literal's form.
WAYS = {
    "APPEND": ("APPEND INBOX ", "{%d}", ""),
    "APPEND with flags": (
        r'APPEND INBOX (\Seen) "05-Jan-2026 10:00:00 +0000" ', "{%d}", ""),
    "APPEND literal+": ("APPEND INBOX ", "{%d+}", ""),
    "APPEND literal8": ("APPEND INBOX ", "~{%d}", ""),
    "APPEND literal8+": ("APPEND INBOX ", "~{%d+}", ""),
    "APPEND UTF8": ("APPEND INBOX UTF8 (", "~{%d}", ")"),
    "APPEND Drafts": (r"APPEND Drafts (\Draft) ", "{%d}", ""),
    "REPLACE": ("REPLACE 1 INBOX ", "{%d}", ""),
    "UID REPLACE": ("UID REPLACE 1 INBOX ", "{%d}", ""),
    "CATENATE TEXT": ("APPEND INBOX CATENATE (TEXT ", "{%d}", ")"),
    "CATENATE TEXT+": ("APPEND INBOX CATENATE (TEXT ", "{%d+}", ")"),
}
# Whether the server behind takes a clean mail so.
TAKEN = {"APPEND", "APPEND with flags", "APPEND literal+", "APPEND Drafts",
         "APPEND literal8", "APPEND literal8+"}
NONSYNC_MAX = 4096


def upload(c, way, mail):
    """The answer to it; a fresh connection if this one was ended."""
    before, literal, after = WAYS[way]
    head = before + literal % len(mail)
    rest = mail + after.encode() + b"\r\n"
    if "+" in literal:
        return c.ask(head.encode() + b"\r\n" + rest[:-2])
    return c.ask(head, rest)


def multi(c, first, second):
    """MULTIAPPEND of two."""
    return c.ask(f"APPEND INBOX {{{len(first)}}}",
                 first + b" {%d}\r\n" % len(second), second + b"\r\n")


def uploads(scanned, user, mails):
    tally, clean = Tally("uploads"), Tally("uploads of clean mails")
    c, want = None, 0

    def tried(name, send):
        nonlocal c
        if c is None:
            c = Client(scanned.port, user)
            c.must("SELECT INBOX")
        try:
            return send(c)
        except Closed as end:
            c = None
            diag(f"{name}: {end}")
            return None

    for name, mail in mails.items():
        good = name.startswith("clean")
        for way in WAYS:
            if "+" in WAYS[way][1] and len(mail) > NONSYNC_MAX:
                continue
            # the server does not know it, and would wait for ever
            if good and way == "APPEND UTF8":
                continue
            answer = tried(f"{name} by {way}",
                           lambda c, way=way: upload(c, way, mail))
            taken = answer is not None and answer.ok
            want += taken
            label = f"{name} by {way}: {answer}"
            if good:
                clean.cell(label, refused=way in TAKEN and not taken)
            else:
                tally.cell(label, stored=taken, ended=answer is None,
                           unjudged=answer is not None and
                           answer.code == "UNAVAILABLE",
                           without_a_name=answer is not None and not taken and
                           answer.status == "NO" and
                           answer.code not in NAMED)
        for label, pair in (("second of two", (GOOD, mail)),
                            ("first of two", (mail, GOOD))):
            answer = tried(f"{name}, {label}",
                           lambda c, pair=pair: multi(c, *pair))
            taken = answer is not None and answer.ok
            want += 2 * taken
            (clean if good else tally).cell(
                f"{name}, {label}: {answer}", stored=not good and taken,
                refused=good and not taken, ended=answer is None)
    if c:
        c.logout()
    stored = on_disk(place, user)
    tally.cell("on the server's disk",
               leaks=any(eicar.found(m) for m in stored))
    same(len(stored), want, "uploads: what was taken is stored, and no more")
    refused = [e for e in scanned.proxy.events("REQUEST")
               if e.get("USER") == user]
    ok(len(refused) >= tally.cells - 1, f"each is a refused request in the "
       f"log: {len(refused)}")
    denied = scanned.refusals(DIRECTION="OUT", USER=user)
    ok(len(denied) > len(mails) * 8 and all(r.get("why") for r in denied),
       f"and a refused mail, but where it was not even asked for: "
       f"{len(denied)}")
    tally.report("leaks", "stored", "ended", "unjudged", "without_a_name")
    clean.report("refused")


# ---- found files replaced ------------------------------------------------------------

def replaced(scanned, user, mails):
    """The same mails under a policy that replaces: nothing is denied for the
    virus alone, and what comes holds it no more."""
    tally = Tally("replaced")
    c = Client(scanned.port, user)
    c.must("SELECT INBOX")
    notices = 0
    for uid, (name, octets) in sorted(mails.items()):
        if name.startswith("clean"):
            continue
        for shape in ("BODY.PEEK[]", "RFC822", "BODY[1]", "BODY[2]",
                      "BINARY.PEEK[1]", "BODY.PEEK[TEXT]<0.300>",
                      "(BODYSTRUCTURE ENVELOPE RFC822.SIZE)"):
            answer = c.ask(f"UID FETCH {uid} {shape}")
            notices += b"was removed" in answer.octets
            tally.cell(f"{name} by {shape}: {answer}",
                       leaks=eicar.found(answer.octets))
    c.logout()
    ok(notices > 100, f"replaced: notices stand for files: {notices}")
    tally.report("leaks")


# ---- doors that are closed -----------------------------------------------------------

DOORS = [
    "CONVERT 1 (\"text/plain\") BINARY[1]",
    'UID CONVERT 1 ("text/plain") BODY[1]', "CONVERSIONS text/html text/plain",
    'GENURLAUTH "imap://u@h/INBOX/;uid=1;urlauth=anonymous" INTERNAL',
    'URLFETCH "imap://u@h/INBOX/;uid=1;urlauth=anonymous:internal:0"',
    "RESETKEY", 'APPEND INBOX CATENATE (URL "/INBOX/;UID=1")',
    "NOTIFY SET (selected (MessageNew (UID BODY.PEEK[]) MessageExpunge))",
    "NOTIFY SET STATUS (selected (MessageNew (BODY.PEEK[TEXT])))",
    "SEARCH RETURN (UPDATE (UID BODY[])) ALL",
    "UID SEARCH RETURN (UPDATE (BODY.PEEK[1])) ALL",
    'GETMETADATA INBOX (/private/comment)',
    'SETMETADATA INBOX (/private/comment "x")',
    'SETMETADATA "" (/shared/imapsieve/script "x")',
    'GETANNOTATION INBOX "/comment" "value.priv"',
    'SETANNOTATION INBOX "/comment" ("value.priv" "x")',
    'STORE 1 ANNOTATION (/comment (value.priv "x"))',
    "GETJMAPACCESS", "COMPRESS DEFLATE", "UNAUTHENTICATE", "XSNIPPETS ALL",
    "X-FETCH 1 BODY[]", "DUMP INBOX", "UNDUMP INBOX", "XFER INBOX h",
    "LOCALAPPEND INBOX", 'RLIST "" "*"', 'RLSUB "" "*"', "SYNCGET MAIL INBOX",
    "FETCH 1 (BODY.PEEK[]) (PARTIAL -1:-5 X-RAW)",
    "UID FETCH 1 (PREVIEW (LAZY FUZZY))", "SNIPPET 1",
]
# Offered by the server, and by the proxy no more.
GONE = ["CATENATE", "URLAUTH", "URLAUTH=BINARY", "URL-PARTIAL", "CONVERT",
        "PREVIEW", "PREVIEW=FUZZY", "SNIPPET=FUZZY", "METADATA",
        "METADATA-SERVER", "ANNOTATE-EXPERIMENT-1", "COMPRESS=DEFLATE",
        "JMAPACCESS", "UNAUTHENTICATE", "MAILBOX-REFERRALS",
        "LOGIN-REFERRALS", "IMAPSIEVE=sieve", "LITERAL+", "X-GM-EXT-1",
        "XFOO", "LIST-METADATA", "AUTH=SCRAM-SHA-256-PLUS"]
KEPT = ["IMAP4rev1", "IDLE", "UIDPLUS", "MOVE", "CONDSTORE", "ESEARCH",
        "SORT", "NAMESPACE", "SPECIAL-USE"]


def doors(user):
    """Against a server that offers and answers all of it."""
    fake = FakeImap(place, capabilities=GONE + KEPT, careless=True,
                    mails=[eicar.mail(eicar.part("7bit"), "one")])
    scanned = Scanned(place, fake, DENY, name="doors")
    c = Client(scanned.port)
    offered = [c.greeting.decode()]
    answer = c.ask(f"LOGIN {user} secret")
    offered.append(answer.text)
    offered += [x.decode() for x in c.must("CAPABILITY")]
    words = [set(re.sub(r"[\[\]]", " ", text).upper().split())
             for text in offered]
    for name in GONE:
        ok(not any(name.upper() in w for w in words), f"{name} is not offered")
    same([k for k in KEPT if k.upper() not in words[-1]], [],
         "the rest is offered")
    c.must("SELECT INBOX")
    tally = Tally("doors")
    for door in DOORS:
        try:
            answer = c.ask(door)
        except Closed as end:
            tally.cell(f"{door}: {end}", open=True)
            c = Client(scanned.port, user)
            c.must("SELECT INBOX")
            continue
        tally.cell(f"{door}: {answer}", open=answer.ok,
                   leaks=eicar.found(answer.octets))
    heard = b"\n".join(fake.commands).upper()
    tally.report("open", "leaks")
    for word in (b"CONVERT", b"URLFETCH", b"NOTIFY", b"UPDATE", b"METADATA",
                 b"ANNOTATION", b"PREVIEW", b"SNIPPET", b"CATENATE",
                 b"COMPRESS", b"X-FETCH", b"JMAP"):
        ok(word not in heard, f"the server hears nothing of {word.decode()}")
    c.logout()
    scanned.stop()
    fake.stop()


# ---- all of it ----------------------------------------------------------------------

place = Place("matrix")
server = Dovecot(place)
infected = {n: m for n, m in eicar.variants().items()}
both = {**infected, **eicar.clean()}
same([n for n, m in infected.items() if not eicar.found(m)], [],
     f"{len(infected)} mails hold the file")
same([n for n, m in eicar.clean().items() if eicar.found(m)], [],
     "and clean ones do not")
deliver(place, "mallory", both.values())
there = served(server, "mallory")
# It has no NUL, and so breaks what is packed and not encoded.
same(sorted(n for n, m in there.values() if eicar.found(m)),
     sorted(set(infected) - {"binary/zip/last", "binary/gzip/last"}),
     "the server hands the file to who asks it")
# What nobody could know beforehand is asked for here, again and again.
scanned = Scanned(place, server, DENY, command="max-bad-commands = 1000000")
Downloads(scanned, "mallory", {
    u: m for u, m in there.items()
    if m[0].startswith("clean") or eicar.found(m[1])}).run()
uploads(scanned, "bob", both)
took("uploads")
scanned.stop()
changing = Scanned(place, server, REPLACE, name="replacing")
replaced(changing, "mallory", there)
took("replaced")
changing.stop()
doors("carol")
done()
