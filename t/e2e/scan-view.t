#!/usr/bin/python3
"""A mail is one mail, through whichever item a client looks at it: sizes,
structures, envelopes, sections, parts decoded and pieces of them agree with
BODY[] as Python's email package reads it, for mails that were changed on
their way and for those that were not, which are the server's own; under lazy
and exact index, when another session expunges, and when a mailbox is opened
again."""

import collections
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import eicar  # noqa: E402
import mailcorpus  # noqa: E402
from mailparts import Parts, fields_of, header_fields  # noqa: E402
from mailservers import Dovecot  # noqa: E402
from rig import Place, diag, done, ok, same  # noqa: E402
from scanning import NOTHING, Scanned  # noqa: E402
from wire import Client  # noqa: E402

ORDINARY = int(os.environ.get("ORDINARY", 760))
MADE = 240

POLICY = """
mail-acl "unscanned" { virus-status = {"!free", "!found"}  deny = yes }
mail-acl "lottery" {
    header "X-Kind" { match = 'marked' }
    prefix-subject = "[výhra] "
    modify-header "X-Marked" { op = add  value = "yes" }
}
mail-acl "verdicts" {
    header "X-Kind" { match = 'verdicts' }
    add-verdict-headers = yes
}
mail-acl "body" { header "X-Kind" { match = 'body' }  replace-body = "virus.txt" }
mail-acl "rest" { }
doc-acl "virus" { virus-status = {"found"}  replace-file = "virus.txt" }
doc-acl "program" { file-name = {"*.exe"}  remove = yes }
doc-acl "typed" { file-name = {"*.dat"}  force-doctype-ident = yes }
doc-acl "rest" { }
"""
KINDS = ("virus", "marked", "verdicts", "body", "program", "typed", "plain",
         "virus-attached")


# ---- mails that something is done to ------------------------------------------

def file_part(kind, name, octets, encoding="base64"):
    cte, encode, _ = eicar.ENCODINGS[encoding]
    return (b"Content-Type: " + kind + b'; name="' + name + b'"\r\n'
            b"Content-Disposition: attachment; filename=\"" + name +
            b'"\r\nContent-Transfer-Encoding: ' + cte + b"\r\n\r\n" +
            encode(octets))


def made(number):
    """A mail of one of the kinds above."""
    rng = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    text = (b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" +
            b"".join(b"%x line of text\r\n" % rng.getrandbits(64)
                     for _ in range(rng.randrange(1, 40))))
    extra = file_part(b"image/png", b"a.png", rng.randbytes(rng.randrange(
        1, 3000)))
    body = eicar.multipart([text, extra])
    encoding = ("base64", "quoted-printable", "7bit")[number // 8 % 3]
    if kind == "virus":
        pad = b"x" * 60 + b"\r\n"
        hit = file_part(b"application/octet-stream", b"a.com", eicar.LINE +
                        pad * rng.randrange(0, 40), encoding)
        body = eicar.multipart([text, hit, extra])
    elif kind == "virus-attached":
        hit = file_part(b"application/octet-stream", b"a.com", eicar.LINE,
                        encoding)
        body = eicar.multipart([text, eicar.message(eicar.multipart(
            [text, hit], boundary=b"=i")), extra])
    elif kind == "program":
        body = eicar.multipart([text, file_part(
            b"application/octet-stream", b"setup.exe", rng.randbytes(900)),
            extra])
    elif kind == "typed":
        body = eicar.multipart([text, file_part(
            b"application/octet-stream", b"x.dat", b"%PDF-1.4\n%\xe2\xe3\n" +
            rng.randbytes(400))])
    head = b"X-Kind: %s\r\n" % kind.encode()
    return head + eicar.mail(body, f"made-{number}")


# ---- what is asked ------------------------------------------------------------

FIELDS = "(SUBJECT FROM CONTENT-TYPE)"
WHOLE = ["BODY[]", "BODY[HEADER]", "BODY[TEXT]", "RFC822", "RFC822.HEADER",
         "RFC822.TEXT", "RFC822.SIZE", "BODYSTRUCTURE", "BODY", "ENVELOPE",
         f"BODY[HEADER.FIELDS {FIELDS}]", f"BODY[HEADER.FIELDS.NOT {FIELDS}]"]


def asked(parts):
    """Items for each part of a mail."""
    items = list(WHOLE)
    for p in parts.rows:
        items += [f"BODY[{p.number}]", f"BODY[{p.number}.MIME]"]
        if p.leaf:
            items += [f"BINARY[{p.number}]", f"BINARY.SIZE[{p.number}]"]
        if p.holds_mail:
            items += [f"BODY[{p.number}.HEADER]", f"BODY[{p.number}.TEXT]",
                      f"BODY[{p.number}.HEADER.FIELDS {FIELDS}]"]
    return items


def peeking(items):
    return [re.sub(r"^(BODY|BINARY)\[", r"\1.PEEK[", i) for i in items]


def fetch(c, uid, items):
    rows = c.fetch(uid, "(" + " ".join(peeking(items)) + ")", uid=True)
    return next(iter(rows.values()), {})


# ---- does it agree? --------------------------------------------------------------

def lines(octets):
    return octets.count(b"\n")


def mime_ends(octets, whole, body, mime):
    """A part's header and body stand behind one another in the mail."""
    return (mime + (body or b"")) in whole


def structure_rows(node, number=""):
    """{number: node} of a BODYSTRUCTURE, as Parts numbers them."""
    rows = {}

    def mail(node, prefix):
        if isinstance(node[0], list):
            children(node, prefix)
        else:
            one(node, prefix + "1")

    def children(node, prefix):
        for n, child in enumerate([x for x in node if isinstance(x, list) and
                                   node.index(x) < _multi_end(node)], 1):
            one(child, f"{prefix}{n}")

    def one(node, number):
        rows[number] = node
        if isinstance(node[0], list):
            children(node, number + ".")
        elif text(node[0]) == "message" and text(node[1]) == "rfc822":
            mail(node[8], number + ".")

    mail(node, number)
    return rows


def _multi_end(node):
    """How many of a multipart's elements are parts."""
    n = 0
    while n < len(node) and isinstance(node[n], list):
        n += 1
    return n


def text(value):
    value = value[0] if isinstance(value, tuple) else value
    return value.decode("latin-1").lower() if isinstance(value, bytes) else ""


def number(value):
    return int(value) if isinstance(value, bytes) else value


class Check:
    """One mail's answers; .wrong is what does not agree."""

    def __init__(self, row, parts):
        self.row, self.parts, self.wrong = row, parts, []
        self.whole = row.get("BODY[]")

    def want(self, cond, what):
        if not cond:
            self.wrong.append(what)

    def equal(self, item, want):
        got = self.row.get(item)
        if got != want:
            self.wrong.append(f"{item}: {str(got)[:80]} not "
                              f"{str(want)[:80]}")

    def sections(self):
        header, text_ = self.row["BODY[HEADER]"], self.row["BODY[TEXT]"]
        self.want(header + text_ == self.whole, "HEADER and TEXT")
        self.want(header.endswith(b"\r\n\r\n") or not text_, "HEADER's end")
        self.equal("RFC822", self.whole)
        self.equal("RFC822.HEADER", header)
        self.equal("RFC822.TEXT", text_)
        self.equal("RFC822.SIZE", len(self.whole))
        self.want(fields_of(header) == [(n, v) for n, v in _of(
            self.parts.message)], "HEADER's fields")

    def fields(self, header, item, names, takes):
        want = b"".join(o for n, o in header_fields(header)
                        if (n.decode("latin-1").upper() in names) == takes)
        got = self.row[item]
        self.want(got == want + b"\r\n", f"{item}: {got[:80]} not "
                  f"{want[:80]}")

    def parts_(self):
        for p in self.parts.rows:
            mime = self.row[f"BODY[{p.number}.MIME]"]
            body = self.row[f"BODY[{p.number}]"]
            if "." in p.number or p.number != "1" or \
                    self.parts.message.is_multipart():
                self.want(fields_of(mime) == p.fields,
                          f"BODY[{p.number}.MIME]'s fields")
                self.want(mime + body in self.whole,
                          f"BODY[{p.number}] behind its header")
            if p.leaf:
                self.equal(f"BODY[{p.number}]", p.body)
                self.decoded(p, body)
            if p.holds_mail:
                head = self.row[f"BODY[{p.number}.HEADER]"]
                self.want(head + self.row[f"BODY[{p.number}.TEXT]"] == body,
                          f"BODY[{p.number}]'s HEADER and TEXT")
                self.want(fields_of(head) == p.inner,
                          f"BODY[{p.number}.HEADER]'s fields")
                self.fields(head, f"BODY[{p.number}.HEADER.FIELDS {FIELDS}]",
                            FIELDS, True)

    def decoded(self, p, body):
        got = self.row.get(f"BINARY[{p.number}]")
        size = self.row.get(f"BINARY.SIZE[{p.number}]")
        if p.cte in ("7bit", "8bit", "binary"):
            self.want(got == body, f"BINARY[{p.number}] of {p.cte}")
        elif p.cte in ("base64", "quoted-printable"):
            self.want(got == p.decoded or
                      (got or b"").rstrip() == p.decoded.rstrip(),
                      f"BINARY[{p.number}] of {p.cte}: {str(got)[:60]} not "
                      f"{str(p.decoded)[:60]}")
        if got is not None:
            self.want(size == len(got), f"BINARY.SIZE[{p.number}]: {size} "
                      f"of {len(got)}")

    def structure(self):
        rows = structure_rows(self.row["BODYSTRUCTURE"])
        short = structure_rows(self.row["BODY"])
        self.want(set(rows) == {p.number for p in self.parts.rows} ==
                  set(short), f"BODYSTRUCTURE's parts: {sorted(rows)}")
        for p in self.parts.rows:
            node = rows.get(p.number)
            if node is None:
                continue
            if p.multipart:
                kind = "multipart/" + text(node[_multi_end(node)])
                self.want(kind == p.kind, f"{p.number} is {kind}")
                continue
            kind = f"{text(node[0])}/{text(node[1])}"
            body = self.row[f"BODY[{p.number}]"]
            self.want(kind == p.kind, f"{p.number} is {kind}, not {p.kind}")
            self.want(text(node[5]) == p.cte, f"{p.number}'s encoding")
            self.want(number(node[6]) == len(body), f"{p.number}'s size")
            self.want(node[:7] == short[p.number][:7], f"{p.number} in BODY")
            at = 7 if kind.startswith("text/") else 9
            if at == 7 or p.holds_mail:
                self.want(number(node[at]) == lines(body),
                          f"{p.number}'s lines")

    def envelope(self):
        e = self.row["ENVELOPE"]
        fields = _of(self.parts.message)
        for at, name in ((0, "date"), (1, "subject"), (9, "message-id")):
            want = [v for n, v in fields if n == name]
            got = e[at]
            got = None if got is None else re.sub(
                r"\s+", " ", got[0].decode("ascii",
                                           "surrogateescape")).strip()
            if len(want) <= 1:
                self.want((got or "") == (want[0] if want else ""),
                          f"ENVELOPE's {name}: {got!r} not {want}")

    def all(self):
        self.sections()
        self.fields(self.row["BODY[HEADER]"], WHOLE[-2], FIELDS, True)
        self.fields(self.row["BODY[HEADER]"], WHOLE[-1], FIELDS, False)
        self.parts_()
        self.structure()
        self.envelope()
        return self.wrong


def _of(message):
    return [(n.lower(), re.sub(r"\s+", " ", str(v)).strip())
            for n, v in message._headers]


def partials(c, uid, row, parts, rng):
    """Pieces of what came whole: cut anywhere, one octet, over the end."""
    sources = ["BODY[]", "BODY[TEXT]", "BODY[HEADER]"] + [
        f"{k}[{p.number}]" for p in parts.rows for k in ("BODY", "BINARY")
        if p.leaf]
    wrong, items, want = [], [], {}
    for _ in range(8):
        item = rng.choice(sources)
        whole = row.get(item)
        if whole is None:
            continue
        at = rng.randrange(len(whole) + 5)
        n = rng.choice((1, 1, 1, 2, 77, 4096, 1 << 31))
        if f"{item}<{at}>" not in want:
            items.append(f"{item}<{at}.{n}>")
            want[f"{item}<{at}>"] = whole[at:at + n]
    got = fetch(c, uid, items)
    for name, octets in want.items():
        if got.get(name) != octets:
            wrong.append(f"{name}: {str(got.get(name))[:60]} not "
                         f"{str(octets)[:60]}")
    return wrong


MACROS = {"ALL": {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"},
          "FAST": {"FLAGS", "INTERNALDATE", "RFC822.SIZE"},
          "FULL": {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE",
                   "BODY"}}


def macros(c, uid, row):
    wrong = []
    for macro, items in MACROS.items():
        got = next(iter(c.fetch(uid, macro, uid=True).values()))
        if set(got) != items | {"UID"}:
            wrong.append(f"{macro}: {sorted(got)}")
        wrong += [f"{macro}'s {i}" for i in ("RFC822.SIZE", "ENVELOPE", "BODY")
                  if i in items and got[i] != row[i]]
    return wrong


# ---- all mails ----------------------------------------------------------------------

def consistency(scanned, direct, names):
    """Every mail; {UID: BODY[]}."""
    c = Client(scanned.port, "viewer")
    c.must("EXAMINE INBOX")
    rng = random.Random(3)
    wrong, changed, seen, differ = {}, collections.Counter(), {}, []
    for uid, name in names.items():
        first = fetch(c, uid, ["BODY[]"])
        if "BODY[]" not in first:
            wrong[name] = ["nothing of it came"]
            continue
        parts = Parts(first["BODY[]"])
        row = fetch(c, uid, asked(parts))
        seen[uid] = row["BODY[]"]
        found = [] if row["BODY[]"] == first["BODY[]"] else ["another mail"]
        found += Check(row, parts).all()
        found += partials(c, uid, row, parts, rng)
        found += macros(c, uid, row) if uid % 10 == 0 else []
        if found:
            wrong[name] = found
        theirs = fetch(direct, uid, asked(parts))
        if theirs.get("BODY[]") == row["BODY[]"]:
            bad = [i for i in asked(parts) if not i.startswith("BINARY") and
                   not alike(theirs.get(i), row[i])]
            if bad:
                differ.append((name, bad[0], theirs.get(bad[0]),
                               row[bad[0]]))
        else:
            changed[name.split("-")[0] if name.startswith("ordinary")
                    else KINDS[int(name[5:]) % len(KINDS)]] += 1
    c.logout()
    same(len(seen), len(names), f"{len(names)} mails are shown")
    ok(not wrong, "all that is said of a mail agrees with what it is: "
       f"{len(wrong)} do not")
    for name, found in list(wrong.items())[:10]:
        diag(f"{name}: {found[:4]}")
    diag(f"changed: {dict(changed)}")
    for kind in ("virus", "marked", "verdicts", "body", "program", "typed",
                 "virus-attached"):
        ok(changed[kind] >= MADE // len(KINDS), f"mails were changed: {kind}")
    same(changed["plain"], 0, "and where nothing is to be done they were not")
    ok(not differ, "those not changed are the server's in every item: "
       f"{len(differ)} differ")
    for name, item, a, b in differ[:8]:
        diag(f"{name}: {item}: server {str(a)[:200]}")
        diag(f"{name}: {item}: proxy  {str(b)[:200]}")
    return seen


def alike(a, b):
    """Types, encodings and charsets have no case."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(alike(x, y) for x, y in zip(a, b))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return a == b or a[0].lower() == b[0].lower()
    return a == b


def same_length(seen, direct, names):
    """A file that was replaced leaves the mail's size, and the other parts'
    octets, where the notice fits."""
    longer, others = [], []
    for uid, name in names.items():
        if name.startswith("made") and \
                KINDS[int(name[5:]) % len(KINDS)] == "virus":
            theirs = fetch(direct, uid, ["BODY[]", "BODY[1]", "BODY[3]"])
            if len(theirs["BODY[]"]) > 1600 + len(theirs["BODY[3]"]) and \
                    len(seen[uid]) != len(theirs["BODY[]"]):
                longer.append(name)
            if theirs["BODY[1]"] not in seen[uid] or \
                    theirs["BODY[3]"] not in seen[uid]:
                others.append(name)
    same(longer, [], "a replaced file leaves the mail's size")
    same(others, [], "and the other parts")


def again(scanned, seen, names):
    """Other sessions, and the same one after it opened the mailbox anew: the
    same octets."""
    c = Client(scanned.port, "viewer")
    some = list(names)[::25] + list(names)[-40:]
    for what in ("another session", "opened again", "after UNSELECT"):
        c.must("UNSELECT" if what == "after UNSELECT" else "SELECT INBOX")
        c.must("SELECT INBOX")
        same([u for u in some if fetch(c, u, ["BODY[]"])["BODY[]"] != seen[u]],
             [], f"{what}: the same octets")
    c.logout()


def exact(scanned, seen, names):
    """Judged before anything is said of it, listings too."""
    some = list(names)[:60:3] + list(names)[-60:]
    c = Client(scanned.port, "viewer")
    c.must("EXAMINE INBOX")
    rows = c.fetch(",".join(map(str, some)),
                   "(UID RFC822.SIZE ENVELOPE BODYSTRUCTURE "
                   "BODY.PEEK[HEADER])", uid=True)
    rows = {r["UID"]: r for r in rows.values()}
    wrong = [names[u] for u in some
             if rows[u]["RFC822.SIZE"] != len(seen[u]) or
             not seen[u].startswith(rows[u]["BODY[HEADER]"])]
    same(wrong, [], "index = exact: listings are of the mails as they are")
    late = fetch(c, some[-2], ["ENVELOPE", "BODYSTRUCTURE", "RFC822.SIZE"])
    for item in ("ENVELOPE", "BODYSTRUCTURE", "RFC822.SIZE"):
        same(late[item], rows[some[-2]][item], f"and {item} stays")
    same(rows[some[-1]]["BODYSTRUCTURE"],
         fetch(c, some[-1], ["BODYSTRUCTURE", "BODY[]"])["BODYSTRUCTURE"],
         "before and after the mail itself was read")
    c.logout()


def expunged(scanned, direct):
    """Another session expunges mails while this one has them."""
    mails = [made(n) for n in range(500, 516)]
    for m in mails:
        direct.append(m, "Drafts")
    c = Client(scanned.port, "viewer")
    c.must("SELECT Drafts")
    before = {n: r["BODY[]"] for n, r in
              c.fetch("1:*", "(BODY.PEEK[])").items()}
    same(len(before), 16, "sixteen mails were read")
    direct.must("SELECT Drafts")
    direct.must(r"STORE 3,7 +FLAGS.SILENT (\Deleted)")
    direct.must("EXPUNGE")
    c.fetch("9", "(BODY.PEEK[TEXT])")
    gone = [x for x in c.must("NOOP") if x.endswith(b" EXPUNGE\r\n")]
    same(len(gone), 2, "the client hears of two that are gone")
    left = [n for n in range(1, 17) if n not in (3, 7)]
    rows = c.fetch("1:*", "(RFC822.SIZE BODY.PEEK[])")
    same([rows[i]["BODY[]"] == before[n] for i, n in enumerate(left, 1)],
         [True] * 14, "and every number is the mail it has become")
    same([rows[i]["RFC822.SIZE"] for i in range(1, 15)],
         [len(before[n]) for n in left], "in every item")
    direct.must("CLOSE")
    direct.must("SELECT INBOX")
    c.logout()


# ---- it is run ------------------------------------------------------------------------

place = Place("view")
server = Dovecot(place)
direct = Client(server.port, "viewer")
corpus = [(n, o) for n, o in mailcorpus.ordinary(ORDINARY * 2)
          if Parts(o).well_formed and b"\0" not in o][:ORDINARY]
corpus += [(f"made-{n}", made(n)) for n in range(MADE)]
for start in range(0, len(corpus), 50):
    direct.send(b"".join(b"m APPEND INBOX {%d+}\r\n" % len(o) + o + b"\r\n"
                         for _, o in corpus[start:start + 50]))
    for _ in corpus[start:start + 50]:
        line = direct.line()
        while not line.startswith(b"m "):
            line = direct.line()
        if not line.startswith(b"m OK"):
            diag(line)
direct.must("SELECT INBOX")
names = dict(enumerate((n for n, _ in corpus), 1))
ok(len(names) >= 1000 or ORDINARY < 760, f"{len(names)} mails")
FILTER = """mail-filter { invalid-header = pass  header-8bit = pass
quoting = pass  body-8bit = pass  bad-char = pass  long-header = pass
ambiguous-structure = correct }"""
scanned = Scanned(place, server, POLICY, command=FILTER)
seen = consistency(scanned, direct, names)
same_length(seen, direct, names)
again(scanned, seen, names)
expunged(scanned, direct)
scanned.stop()
strict = Scanned(place, server, POLICY, name="exact",
                 command="index = exact " + FILTER)
exact(strict, seen, names)
strict.stop()
plainly = Scanned(place, server, NOTHING, name="nothing", engine=None,
                  command=FILTER.replace("= correct", "= pass"))
c = Client(plainly.port, "viewer")
c.must("EXAMINE INBOX")
some = list(names)[::10]
same([names[u] for u in some if fetch(c, u, ["BODY[]"]).get("BODY[]") !=
      fetch(direct, u, ["BODY[]"])["BODY[]"]], [],
     "without an engine and with nothing to be done mails stay as they are")
c.logout()
plainly.stop()
direct.logout()
done()
