#!/usr/bin/python3
"""EICAR packed as only a real scanner unpacks it, in every transfer encoding
and every place of a mail, in both directions, with the rules that the sample
configuration recommends and Debian's clamd in every state: none of it comes
out, and clean mails of the same shapes pass."""

import collections
import gzip
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import containers  # noqa: E402
import eicar  # noqa: E402
from mailservers import Dovecot  # noqa: E402
from matrix import (NAMED, Tally, deliver, on_disk, served,  # noqa: E402
                    took)
from rig import Place, diag, done, ok, same  # noqa: E402
from scanners import Clamd  # noqa: E402
from scanning import NOTHING, Scanned, sample  # noqa: E402
from wire import Client, Closed  # noqa: E402

# ---- the three axes of a mail ---------------------------------------------------


def often(octets):
    """A zip in a zip in a zip ..."""
    for n in range(5):
        octets = containers.zipped({f"{n}.zip": octets})
    return octets


# name: (type, name of the file, packer)
CONTAINERS = {
    "file": ("application/octet-stream", "a.dat", lambda o: o),
    "zip": ("application/zip", "a.zip",
            lambda o: containers.zipped({"a.dat": o})),
    "zip x5": ("application/zip", "b.zip", often),
    "encrypted zip": ("application/zip", "c.zip", containers.encrypted_zip),
    "tar.gz": ("application/gzip", "a.tgz",
               lambda o: gzip.compress(eicar.tar(o), mtime=0)),
    "7z": ("application/x-7z-compressed", "a.7z", containers.seven_zip),
    "7z deflated": ("application/x-7z-compressed", "b.7z",
                    containers.deflated_seven_zip),
    "docx": ("application/vnd.openxmlformats-officedocument."
             "wordprocessingml.document", "a.docx", containers.docx),
    "pdf": ("application/pdf", "a.pdf", containers.pdf),
    "tnef": ("application/ms-tnef", "winmail.dat", containers.tnef),
}


def as_uu(octets):
    return eicar.as_uu(octets, b"a.dat")


IN_TEXT = ("text/plain", None)
# name: (Content-Transfer-Encoding, encoder, type and name if it has its own)
ENCODINGS = {
    "7bit": (b"7bit", eicar.as_is, None),
    "8bit": (b"8bit", eicar.as_is, None),
    "binary": (b"binary", eicar.as_is, None),
    "base64": (b"base64", eicar.as_base64, None),
    "qp": (b"quoted-printable", eicar.as_quoted, None),
    "uu": (b"x-uuencode", as_uu, None),
    "uu in text": (None, as_uu, IN_TEXT),
    "yenc": (b"x-yencode", containers.as_yenc, None),
    "yenc in text": (b"8bit", containers.as_yenc, IN_TEXT),
    "gzip64": (b"x-gzip64",
               lambda o: eicar.as_base64(gzip.compress(o, mtime=0)), None),
    "binhex": (b"x-binhex40", containers.as_binhex, None),
    "binhex in text": (None, containers.as_binhex, IN_TEXT),
    "binhex by type": (None, containers.as_binhex,
                       ("application/mac-binhex40", "a.hqx")),
}

DEEP = b"=d%03d="                   # none begins like another
PLACES = {
    "body": eicar.PLACES["body"],
    "first": eicar.PLACES["first"],
    "last": eicar.PLACES["last"],
    "preamble": eicar.PLACES["preamble"],
    "epilogue": eicar.PLACES["epilogue"],
    **{f"depth {n}": lambda p, n=n: eicar.nested(p, n, DEEP)
       for n in (99, 100, 101)},
}


def packed(encoding, container, octets):
    cte, encode, own = ENCODINGS[encoding]
    kind, name, pack = CONTAINERS[container]
    if own:
        kind, name = own
    return eicar.as_part(kind, name, cte, encode(eicar.whole(pack)(octets)))


def in_message(encoding, octets):
    """The file in a mail in the mail."""
    return eicar.message(packed(encoding, "file", octets))


def in_encoded_message(encoding, octets):
    return eicar.as_part("message/rfc822", None, b"base64", eicar.as_base64(
        eicar.mail(packed(encoding, "file", octets), "inner")))


def pieces(encoding, octets):
    """Both pieces of a mail, cut in the file's middle."""
    inner = eicar.mail(packed(encoding, "file", octets), "whole")
    cut = len(inner) - len(ENCODINGS[encoding][1](octets)) // 2
    return [eicar.as_part(f"message/partial; id=a; total=2; number={n}", None,
                          None, piece)
            for n, piece in ((1, inner[:cut]), (2, inner[cut:]))]


MESSAGES = {"message": in_message, "message in base64": in_encoded_message}


def parts(octets):
    """(name, part) for each encoding of each container."""
    for e in ENCODINGS:
        for c in CONTAINERS:
            yield f"{e}/{c}", packed(e, c, octets)
        for c, make in MESSAGES.items():
            yield f"{e}/{c}", make(e, octets)


def variants(octets=eicar.LINE, places=PLACES):
    return {f"{name}/{p}": eicar.mail(PLACES[p](part), f"{name}/{p}")
            for name, part in parts(octets) for p in places}


def partials(octets=eicar.LINE):
    """[(name, both mails)]."""
    return [(f"{e}/partial/{p}", [
        eicar.mail(PLACES[p](piece), f"{e}/partial/{p}/{n}")
        for n, piece in enumerate(pieces(e, octets), 1)])
        for e in ENCODINGS for p in ("body", "last")]

# ---- what may come ------------------------------------------------------------------

# A password keeps everybody out.  The sample takes such archives away; what it
# lets pass, and the log has, are uploads, files in text, and what nobody knows
# for anything but text.
def passed(name, up=False):
    e, c = name.split("/")[:2]
    return c == "encrypted zip" and (up or "in text" in e or e == "gzip64")


class Log:
    """What the log says of each mail of a user: {UID, or MESSAGE-ID of
    uploads: words}."""

    def __init__(self, scanned, user):
        self.words = collections.defaultdict(list)
        names = {}
        for word in ("MAIL", "MAIL-REFUSED", "MAIL-EDIT", "ACL"):
            for r in scanned.proxy.events(word):
                if r.get("USER") != user:
                    continue
                if word == "MAIL":
                    names[r["MSGID"]] = r.get("MESSAGE-ID", "").strip("<>")
                self.words[r.get("UID") or names.get(r.get("MSGID"))].append(
                    r.get("why") or r.get("EDIT") or r.get("NAME"))

    def says(self, where):
        return any(self.words[where])


def judged(tally, name, answer, **more):
    """A cell: what may be wrong with any answer."""
    tally.cell(f"{name}: {answer}", ended=answer is None,
               leaks=answer and eicar.found(answer.octets) and
               not passed(name),
               without_a_name=answer and answer.status == "NO" and
               answer.code not in NAMED, **more)


class Session:
    """A client that comes again when it was thrown out."""

    def __init__(self, scanned, user):
        self.scanned, self.user, self.c = scanned, user, None

    def tried(self, send):
        """send(client)'s answer; None: the session was ended."""
        if self.c is None:
            self.c = Client(self.scanned.port, self.user, seconds=60)
            self.c.must("SELECT INBOX")
        try:
            return send(self.c)
        except Closed as end:
            diag(end)
            self.c = None
            return None

    def ask(self, command):
        return self.tried(lambda c: c.ask(command))

    def end(self):
        if self.c:
            self.c.logout()


# ---- downloads ----------------------------------------------------------------------

# Of each mail one of these is asked for, besides the whole.
SHAPES = ("BODY.PEEK[1]", "BODY.PEEK[2]", "BINARY.PEEK[1]", "RFC822",
          "BODY.PEEK[TEXT]", "BODY.PEEK[1.1]", "BINARY.PEEK[2]")


def too_deep(name):
    """For clamd, which says that it did not look at all of such a mail."""
    return "/depth" in name


def downloads(scanned, user, mails):
    tally, s = Tally("downloads"), Session(scanned, user)
    for uid, (name, _) in sorted(mails.items()):
        for shape in ("BODY.PEEK[]", SHAPES[uid % len(SHAPES)]):
            answer = s.ask(f"UID FETCH {uid} {shape}")
            judged(tally, f"{name} by {shape}", answer, unjudged=answer and
                   answer.code == "UNAVAILABLE" and not too_deep(name))
    s.end()
    log = Log(scanned, user)
    for uid, (name, _) in mails.items():
        tally.cell(f"{name} in the log", unlogged=not log.says(str(uid)))
    tally.report("leaks", "ended", "unjudged", "without_a_name", "unlogged")


def clean_downloads(scanned, user, mails):
    """Mails of the same shapes come; but not what clamd did not see all of."""
    tally, s = Tally("downloads of clean mails"), Session(scanned, user)
    for uid, (name, octets) in sorted(mails.items()):
        answer = s.ask(f"UID FETCH {uid} BODY.PEEK[]")
        tally.cell(f"{name}: {answer}", refused=answer is None or
                   not answer.ok and not too_deep(name))
    s.end()
    tally.report("refused")


def assembled(answers):
    """Do pieces of a mail, each as it came, make one that holds it?"""
    found = []
    for answer in answers:
        m = re.search(rb"message/partial[^\n]*\r\n\r\n(.*)", answer.octets,
                      re.S)
        found.append(m.group(1).split(b"\r\n--=b1")[0] if m else b"")
    return eicar.found(b"".join(found))


def pieces_apart(scanned, user):
    """Both pieces of a mail, down and up."""
    tally, s = Tally("pieces of mails"), Session(scanned, user)
    both = partials()
    deliver(place, user, [m for _, pair in both for m in pair])
    for n, (name, pair) in enumerate(both):
        cut = [s.ask(f"FETCH {2 * n + k} BODY.PEEK[]") for k in (1, 2)]
        tally.cell(f"{name}: {cut}", leaks=assembled(cut))
        stored = [s.tried(lambda c, m=m: c.append(m)) for m in pair]
        tally.cell(f"{name} stored: {stored}",
                   leaks=any(a.ok for a in stored))
    s.end()
    tally.report("leaks")


# ---- uploads ------------------------------------------------------------------------

def uploads(scanned, user, mails):
    """Each by a synchronizing literal, every fourth as the second of two,
    too."""
    good = eicar.mail(eicar.TEXT, "good")
    tally, s, taken = Tally("uploads"), Session(scanned, user), 0

    def two(c, mail):
        return c.ask(f"APPEND INBOX {{{len(good)}}}",
                     good + b" {%d}\r\n" % len(mail), mail + b"\r\n")

    for n, (name, mail) in enumerate(mails.items()):
        ways = [("alone", Client.append), ("second", two)]
        for way, send in ways[:1 + (n % 4 == 0)]:
            answer = s.tried(lambda c: send(c, mail))
            ok_ = answer is not None and answer.ok
            taken += ok_ * (1 + (send is two))
            judged(tally, f"{name}, {way}", answer,
                   stored=ok_ and not passed(name, True),
                   unjudged=answer and answer.code == "UNAVAILABLE" and
                   not too_deep(name))
    s.end()
    stored = on_disk(place, user)
    same(len(stored), taken, "uploads: what was taken is stored, and no more")
    log = Log(scanned, user)
    for mail in stored:
        name = re.search(rb"<(.*)@", mail).group(1).decode()
        tally.cell(f"{name} on the disk", leaks=eicar.found(mail) and
                   not passed(name, True), unlogged=passed(name, True) and
                   not log.says(f"{name}@example.org"))
    tally.report("leaks", "stored", "ended", "unjudged", "without_a_name",
                 "unlogged")


# ---- states of the scanner ------------------------------------------------------------

# Mails for them: what is packed in each way, in an encoding that clamd knows
# and in one that it does not, and mails that hold nothing.
def few():
    return {n: m for n, m in {**infected, **{
        f"clean/{n}": m for n, m in clean.items()}}.items()
        if n.endswith("/last") and re.match(
            "base64/|yenc in text/|clean/base64/(file|zip x5|docx)/", n)}


def at_once(scanned, user, mails, tally, state, wrong):
    """Each mail by a session of its own, all at once: up and down.  wrong:
    what it is, of a mail's name and an answer."""
    def one(uid, name, mail):
        s = Session(scanned, user)
        for way, send in (
                ("down", lambda c: c.ask(f"UID FETCH {uid} BODY.PEEK[]")),
                ("up", lambda c: c.append(mail, "Drafts"))):
            answer = s.tried(send)
            got.append((f"{state}: {name}, {way}", answer,
                        wrong(name, answer)))
        s.end()

    got = []
    threads = [threading.Thread(target=one, args=(u, n, m))
               for u, (n, m) in enumerate(mails.items(), 1)]
    for t in threads:
        t.start()
    yield
    for t in threads:
        t.join()
    for name, answer, is_wrong in got:
        judged(tally, name, answer, not_as_expected=is_wrong)
    took(state)


def as_ever(name, answer):
    """What is clean comes, what is not does not."""
    if answer is None or answer.code == "UNAVAILABLE":
        return True
    return name.startswith("clean") and not answer.ok


def not_now(name, answer):
    return answer is None or answer.code != "UNAVAILABLE"


def nothing_found(name, answer):
    """Whatever it is, nothing says that it is clean."""
    return answer is None or answer.ok and \
        b"was removed" not in answer.octets


def passed_on(name, answer):
    return not answer or not answer.ok


def logged_as_unjudged(scanned, mails, tally):
    """What a policy lets through unscanned is in the log, down and up."""
    seen = [(r.get("UID"), r["VIR"]) for r in scanned.proxy.events("ACL")
            if r.get("PHASE") == "3M"]
    for uid, name in enumerate(mails, 1):
        tally.cell(f"{name} passed", unlogged=(str(uid), "ERROR") not in seen)
    tally.cell("as many up", unlogged=seen.count((None, "ERROR")) !=
               len(mails))


def states(patient, impatient, lax, user, clamd_):
    tally, mails = Tally("states of the scanner"), few()
    deliver(place, user, mails.values())

    def during(scanned, state, wrong, then=lambda: None):
        for _ in at_once(scanned, user, mails, tally, state, wrong):
            then()

    begin = time.monotonic()
    clamd_.freeze(True)
    during(impatient, "frozen", not_now)
    seconds = time.monotonic() - begin
    ok(seconds < 15, f"frozen: two times 2 s in {seconds:.1f} s")
    clamd_.freeze(False)

    def go_on():
        time.sleep(1)           # is what it is slow by
        clamd_.freeze(False)
    clamd_.freeze(True)
    during(patient, "slow", as_ever, go_on)
    clamd_.kill()
    ok(os.path.exists(clamd_.path), "down: its socket is there")
    during(impatient, "down", not_now)
    during(patient, "restarting", as_ever, clamd_.start)
    clamd_.stop()
    if os.path.exists(clamd_.path):
        os.unlink(clamd_.path)
    during(impatient, "socket missing", not_now)
    sound = {n: m for n, m in mails.items() if n.startswith("clean")}
    deliver(place, "erin", sound.values())
    for _ in at_once(lax, "erin", sound, tally, "passed unscanned", passed_on):
        pass
    logged_as_unjudged(lax, sound, tally)
    for state, limits in (
            ("StreamMaxLength", {"stream_max": "60"}),
            ("MaxFileSize", {"file_max": "60"}),
            ("MaxRecursion", {"extra": "MaxRecursion 1"})):
        limited = Clamd(place, **limits)
        during(impatient, f"limit {state}", nothing_found
               if limits.get("extra") is None else lambda n, a: a is None)
        limited.stop()
    clamd_ = Clamd(place)
    during(impatient, "up again", as_ever)
    tally.report("leaks", "ended", "not_as_expected", "without_a_name",
                 "unlogged")


# ---- all of it ------------------------------------------------------------------------

HARMLESS = b"This file is as harmless as they come: nothing to find.\r\n"

place = Place("engines-matrix")
server = Dovecot(place)
clamd = Clamd(place)
infected = variants()
same([n for n, m in infected.items() if not eicar.found(m)], [],
     f"{len(infected)} mails hold the file")
clean = variants(HARMLESS, ("body", "last", "epilogue", "depth 99"))
same([n for n, m in clean.items() if eicar.found(m)], [],
     "clean ones do not")
deliver(place, "mallory", infected.values())
deliver(place, "carol", clean.values())
# Dovecot has no NUL: what is packed and not encoded breaks.
there = {u: m for u, m in served(server, "mallory").items()
         if eicar.found(m[1])}
ok(len(there) > len(infected) * 0.8,
   f"the server hands it to who asks: {len(there)} of them")
took("served")
scanned = Scanned(place, server, sample(), clamd=clamd,
                  command="max-bad-commands = 1000000")
downloads(scanned, "mallory", there)
took("downloads")
clean_downloads(scanned, "carol", served(server, "carol"))
took("clean")
pieces_apart(scanned, "peter")
uploads(scanned, "bob", {m: infected[m] for n, m in enumerate(infected)
                         if n % 3 == 0 or m.endswith("/last")})
took("uploads")
impatient = Scanned(place, server, sample(), name="impatient", clamd=clamd,
                    engine="timeout = 2s  max-parallel = 64")
lax = Scanned(place, server, NOTHING, name="lax", clamd=clamd,
              engine="timeout = 2s")
states(scanned, impatient, lax, "dave", clamd)
done()
