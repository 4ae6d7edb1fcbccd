#!/usr/bin/python3
"""Real clients on a mailbox of 1,000 mails that is scanned: what is clean they
see and leave as they do directly; a mail that is denied is reported, the rest
comes, and a second run changes nothing; a file that is replaced comes
replaced.  Mails that are read in pieces are judged once."""

import contextlib
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import clients  # noqa: E402
import eicar  # noqa: E402
import mails  # noqa: E402
from mailservers import Dovecot  # noqa: E402
from rig import Place, diag, done, ok, same  # noqa: E402
from scanning import DENY, REPLACE, Scanned  # noqa: E402
from wire import Client  # noqa: E402

COUNT = int(os.environ.get("MAILS", 1000))
BAD = eicar.mail(eicar.multipart([eicar.TEXT, eicar.part(
    octets=eicar.LINE + b"and more\r\n" * 100)]), "virus")


# ---- clean ------------------------------------------------------------------

def account(user, infected=()):
    """COUNT mails, infected ones in the places of some."""
    box = server.connect(user)
    at = 0
    for n in [*sorted(infected), COUNT]:
        if n > at:
            mails.fill(box, n - at, first=at)
        if n < COUNT:
            mails.must(box.append("INBOX", None, None, BAD))
        at = n + 1
    mails.fill(box, 3, "Work")
    box.logout()
    return user


def left(user):
    box = server.connect(user)
    shot = mails.snapshot(box)
    box.logout()
    return shot


def tried(name, user, port):
    try:
        return clients.CLIENTS[name](port, user, "clear", place)
    except Exception as error:      # whatever stops the client is the result
        diag(f"{user}: {error}")
        return None


def unordered(value):
    """Items of a FETCH response have no order; texts of servers are theirs."""
    if isinstance(value, (list, tuple)):
        return [unordered(v) for v in value]
    if isinstance(value, bytes):
        rows = []
        for line in re.sub(rb"\([0-9. +]* secs\)", b"", value).split(b"\r\n"):
            if b" FETCH (" in line or b"BODY[" in line or b" UID " in line:
                line = b" ".join(sorted(re.sub(rb"[()]", b" ",
                                               line).split()))
            rows.append(line)
        return rows
    return value


def clean(scanned, name):
    want = tried(name, account(f"{name}-direct"), server.port)
    got = tried(name, account(f"{name}-scanned"), scanned.port)
    ok(want is not None, f"{name} works directly on {COUNT} mails")
    same(unordered(got), unordered(want), f"{name} sees the same, scanned")
    same(left(f"{name}-scanned"), left(f"{name}-direct"),
         f"{name} leaves the same, scanned")


# ---- mbsync -------------------------------------------------------------------

def mbsync(user, port):
    """Pull INBOX: (exit code, what it said, {hash: number of mails})."""
    argv, folder = clients.mbsync_pull(place, user, port)
    run = clients.run(argv, place, check=False,
                      env=dict(os.environ, HOME=place.path))
    said = (run.stdout + run.stderr).decode(errors="replace")
    return run.returncode, said, clients.maildir(folder).get("INBOX", [])


def files(user):
    """The mails that came, as octets."""
    return clients.maildir_mails(place.file(f"near-{user}"))


def mbsync_denied(scanned):
    """One of them is denied: what mbsync does, in each run."""
    user = account("mbsync-denied", {COUNT // 2})
    runs = [mbsync(user, scanned.port) for _ in range(3)]
    for n, (code, said, came) in enumerate(runs, 1):
        diag(f"mbsync, run {n}: exit {code}, {len(came)} mails here; "
             f"{' | '.join(said.strip().splitlines()[-3:])}")
    ok(all("NOPERM" in said or "ermitted" in said for _, said, _ in runs[:1]),
       "mbsync with a denied mail reports it")
    same([len(came) for _, _, came in runs], [COUNT - 1] * 3,
         "mbsync with a denied mail: the others come at once")
    ok(not any(eicar.found(o) for o in files(user)),
       "mbsync with a denied mail: nothing of it is here")
    same([(code, came) for code, _, came in runs[1:]],
         [(0, runs[0][2])] * 2,
         "mbsync with a denied mail: the next runs change nothing")


def mbsync_replaced(scanned):
    user = account("mbsync-replaced", {COUNT // 2, COUNT // 2 + 7})
    first, again = mbsync(user, scanned.port), mbsync(user, scanned.port)
    same(first[0], 0, "mbsync with files replaced ends well")
    same(len(first[2]), COUNT, "mbsync with files replaced: every mail comes")
    same(again[2], first[2], "mbsync with files replaced: the second run "
         "changes nothing")
    came = files(user)
    ok(not any(eicar.found(o) for o in came), "the files are in none of them")
    same(sum(b"was removed" in o for o in came), 2, "notices stand for them")


# ---- the others, with a denied mail ----------------------------------------------

def curl_denied(scanned, user):
    def get(uid):
        return clients.run(
            ["curl", "-sS", "--user", f"{user}:secret",
             f"imap://localhost:{scanned.port}/INBOX;UID={uid}"],
            place, check=False)
    bad = get(3)
    ok(bad.returncode != 0, f"curl says that a mail is denied: exit "
       f"{bad.returncode}, {bad.stderr.decode().strip()}")
    ok(not eicar.found(bad.stdout), "curl gets nothing of it")
    same(mails.hashed(get(4).stdout), mails.hashed(mails.mail(3)),
         "curl gets the next one")


def imaplib_denied(scanned, user):
    box = mails.connect(scanned.port, user)
    box.select("INBOX")
    status, text = box.fetch("3", "(BODY[])")
    same(status, "NO", f"imaplib is told: {text}")
    ok(b"NOPERM" in text[0], "imaplib is told why")
    status, rows = box.fetch("1:10", "(BODY.PEEK[])")
    same(status, "NO", "imaplib is told so of ten")
    rows = box.untagged_responses.get("FETCH", [])
    same(len([r for r in rows if isinstance(r, tuple)]), 9,
         "and gets the other nine")
    ok(not any(eicar.found(r[1]) for r in rows if isinstance(r, tuple)),
       "imaplib gets nothing of it")
    box.fetch("3", "(FLAGS)")
    flags = box.fetch("3", "(FLAGS)")[1][0]
    ok(b"Seen" not in flags, f"a denied mail is not marked as seen: {flags}")
    box.logout()


def mutt_denied(scanned, user):
    """Prints the mail before, the denied one and the one behind it."""
    printed = place.file("mutt-denied.printed", "")
    rc = place.file("mutt-denied.rc", clients.MUTT.format(
        scheme="imap", user=user, port=scanned.port, password="secret",
        ca=clients.CA, tmp=place.path, printed=printed, starttls="no",
        force="no"))
    keys = ("<jump>2<enter><print-message><jump>3<enter><print-message>"
            "<jump>4<enter><print-message><exit>")
    code, screen = clients.in_terminal(
        ["mutt", "-F", rc, "-e", f'push "{keys}"'],
        dict(os.environ, HOME=place.path, TERM="xterm", LC_ALL="C.UTF-8"))
    with open(printed, "rb") as f:
        text = f.read()
    same(code, 0, "mutt ends well")
    ok(b"Sample 1\n" in text and b"Sample 3\n" in text,
       "mutt prints the mails beside a denied one")
    ok(not eicar.found(text) and not eicar.found(screen),
       "mutt gets nothing of it")


# ---- pieces -----------------------------------------------------------------------

def pieces(scanned):
    """As JavaMail and as Thunderbird read a large mail: judged once."""
    big = eicar.mail(eicar.multipart([eicar.TEXT, eicar.part(
        octets=os.urandom(400_000))]), "big")
    box = server.connect("pieces")
    mails.must(box.append("INBOX", None, None, big))
    mails.must(box.append("INBOX", None, None, big + b"x\r\n"))
    box.logout()

    def asked(mail):
        return [n for _, n, _ in scanned.clamd.objects()].count(len(mail))

    c = Client(scanned.port, "pieces")
    c.must("SELECT INBOX")
    got = b""
    while True:
        row = c.fetch(1, f"(BODY.PEEK[]<{len(got)}.16384>)", uid=True)
        piece = row[1].get(f"BODY[]<{len(got)}>")
        got += piece or b""
        if not piece or len(piece) < 16384:
            break
    same(got == big, True, f"JavaMail's pieces of {len(big)} octets are whole")
    same(asked(big), 1, "and the mail was judged once")
    c.fetch(2, "(UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc "
            "Subject Date Message-ID Priority)])", uid=True)
    c.fetch(2, "(UID BODYSTRUCTURE)", uid=True)
    c.fetch(2, "(BODY.PEEK[HEADER] BODY.PEEK[1.MIME] BODY.PEEK[1])", uid=True)
    got, at = b"", 0
    while True:
        row = c.fetch(2, f"(UID RFC822.SIZE BODY.PEEK[2]<{at}.65536>)",
                      uid=True)
        piece = row[2].get(f"BODY[2]<{at}>") or b""
        got, at = got + piece, at + len(piece)
        if len(piece) < 65536:
            break
    ok(big.endswith(got + b"\r\n--=b1--\r\n"), "Thunderbird's pieces of a "
       "part are whole")
    same(asked(big + b"x\r\n"), 1, "and that mail was judged once")
    c.logout()


# ---- it is run ------------------------------------------------------------------------

place = Place("scan-clients")
server = Dovecot(place)
scanned = Scanned(place, server, DENY)
pieces(scanned)
for client in os.environ.get("CLIENT", "curl,imaplib,mutt,mbsync").split(","):
    clean(scanned, client)
box = server.connect("denied")
mails.fill(box, 2)
mails.must(box.append("INBOX", None, None, BAD))
mails.fill(box, 20, first=3)
box.logout()
curl_denied(scanned, "denied")
imaplib_denied(scanned, "denied")
mutt_denied(scanned, "denied")
mbsync_denied(scanned)
ends = scanned.proxy.wait_events("SESSION-END", 8)
same([e for e in ends if e["RESULT"] != "ACCEPTED"][:3], [],
     "every session ends well")
scanned.stop()
replacing = Scanned(place, server, REPLACE, name="replacing")
mbsync_replaced(replacing)
replacing.stop()
done()
