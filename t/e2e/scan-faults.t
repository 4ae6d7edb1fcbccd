#!/usr/bin/python3
"""What goes wrong while mails are scanned: scanners, workers, the spool, the
quarantine, servers and clients that fail in the middle of something.  Nothing
partial is shown or stored, what could not be judged is tried again later, the
mail on the server stays as it is, no process and no file is left, and the log
names each."""

import contextlib
import hashlib
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import eicar  # noqa: E402
import mails  # noqa: E402
from fakeimap import FakeImap  # noqa: E402
from mailservers import Dovecot  # noqa: E402
from rig import (Place, USER, diag, done, mount, ok,  # noqa: E402
                 private_mounts, same, unmount, wait_for)
from scanning import DENY, Scanned  # noqa: E402
from wire import Client, Closed  # noqa: E402

BAD = eicar.mail(eicar.multipart([eicar.TEXT, eicar.part()]), "virus")
GOOD = eicar.mail(eicar.TEXT, "good")
MB = 1 << 20


def large(octets):
    return GOOD + b"0123456789abcdef" * 4 * (octets // 66) + b"\r\n"


# ---- what holds whatever happens ---------------------------------------------------

def disk(user):
    shot = {}
    home = os.path.join(place.path, "dovecot/home", user)
    for base, _, files in os.walk(home):
        if os.path.basename(base) in ("new", "cur", "tmp"):
            for name in files:
                with open(os.path.join(base, name), "rb") as f:
                    shot[name.partition(":")[0]] = hashlib.sha256(
                        f.read()).hexdigest()
    return shot


@contextlib.contextmanager
def fault(what, server_=None, **more):
    """A scanning proxy for one fault; what must hold afterwards."""
    before = disk("alice")
    scanned = Scanned(place, server_ or server, name=what.replace(" ", "-"),
                      **{"policy": DENY, **more})
    yield scanned
    same(disk("alice"), before, f"{what}: the server's mails are as before")
    same(scanned.nothing_stays(), ([], []),
         f"{what}: no process and no file stays")
    scanned.stop()


def opened(scanned, user="alice", box="INBOX"):
    c = Client(scanned.port, user, seconds=40)
    c.must(f"SELECT {box}")
    return c


def unavailable(answer, what):
    same((answer.status, answer.code), ("NO", "UNAVAILABLE"),
         f"{what}: NO [UNAVAILABLE]")
    ok(b"Hello." not in answer.octets and not eicar.found(answer.octets),
       f"{what}: nothing of the mail is shown")


def delivered(answer, what):
    ok(answer.ok and b"Hello." in answer.octets, f"{what}: the mail comes"
       f" ({answer})")


def why(scanned, *words):
    """A refusal's reason has one of these words."""
    with contextlib.suppress(RuntimeError):
        wait_for("the record", scanned.refusals, 5)
    reasons = [r.get("why", "") for r in scanned.refusals()]
    return ok(any(w in r for r in reasons for w in words),
              f"{scanned.name}: the log says why: {sorted(set(reasons))[:3]}")


# ---- scanners ---------------------------------------------------------------------

def scanner_down():
    with fault("scanner down", engine="timeout = 2") as x:
        x.clamd.stop()
        c = opened(x)
        unavailable(c.ask("FETCH 1 BODY[]"), "scanner down")
        unavailable(c.append(GOOD), "scanner down, upload")
        x.clamd.start()
        delivered(c.ask("FETCH 1 BODY.PEEK[]"), "scanner back")
        same(c.append(BAD).code, "NOPERM", "scanner back: it finds again")
        flags = c.fetch(2, "(FLAGS)")[2]["FLAGS"]
        ok(rb"\Seen" not in flags, "what was not shown is not seen")
        c.logout()
        why(x, "virus-status", "unscanned", "denies", "antivirus", "error")


def scanner_slow():
    with fault("scanner slow", engine="timeout = 3", modes=("delay=1",)) as x:
        c = opened(x)
        delivered(c.ask("FETCH 1 BODY.PEEK[]"), "slow but in time")
        x.clamd.mode("delay=20")
        begin = time.monotonic()
        unavailable(c.ask("FETCH 2 BODY.PEEK[]"), "too slow")
        took = time.monotonic() - begin
        ok(took < 12, f"too slow: given up in time: {took:.1f} s of 3")
        x.clamd.mode()
        delivered(c.ask("FETCH 2 BODY.PEEK[]"), "in time again")
        c.logout()


def scanner_garbage():
    with fault("scanner garbage", engine="timeout = 2") as x:
        c = opened(x)
        for mode in ("cut=5", "reset", "refuse", "twice",
                     "say=hello", "say=stream:", "raw=stream:_OK",
                     "long=100000", "say=stream:_OK_", "silent",
                     "say=ERROR", "limit=10"):
            x.clamd.mode(mode)
            good = c.ask("FETCH 2 BODY.PEEK[]")
            bad = c.ask("FETCH 3 BODY.PEEK[]")
            ok(not bad.ok and not eicar.found(bad.octets),
               f"scanner says {mode}: a virus is not let through ({bad})")
            ok(good.code in ("UNAVAILABLE", "NOPERM"),
               f"scanner says {mode}: nothing counts as free ({good})")
        x.clamd.mode()
        delivered(c.ask("FETCH 2 BODY.PEEK[]"), "scanner well again")
        same(c.ask("FETCH 3 BODY.PEEK[]").code, "NOPERM",
             "scanner well again: the virus is denied")
        c.logout()


def scanner_restarts():
    """Killed while it has a mail, and back before its time is over."""
    with fault("scanner restarts", engine="timeout = 15",
               modes=("delay=30",)) as x:
        c = opened(x)
        c.send(b"r FETCH 1 BODY.PEEK[]\r\n")
        wait_for("it has the mail", x.clamd.objects)
        x.clamd.stop()
        x.clamd.mode()
        x.clamd.start()
        heard = c.lines(b"r")
        ok(heard[-1].startswith(b"r OK") and any(b"Hello." in h
                                                 for h in heard),
           f"scanner restarts: the mail comes ({heard[-1]})")
        c.logout()


# ---- workers ----------------------------------------------------------------------

def worker_dies():
    with fault("worker dies", modes=("delay=10",)) as x:
        c = opened(x)
        for n, how in enumerate((signal.SIGKILL, signal.SIGSEGV), 1):
            before = len(x.clamd.objects())
            c.send(b"w%d FETCH %d BODY.PEEK[]\r\n" % (n, n))
            wait_for("it judges", lambda: len(x.clamd.objects()) > before)
            _, worker = x.keeper_and_worker()
            os.kill(worker, how)
            heard = c.lines(b"w%d" % n)
            ok(heard[-1].startswith(b"w%d NO [UNAVAILABLE]" % n),
               f"worker dies of {how.name}: {heard[-1]}")
        c.send(b"u APPEND INBOX {%d}\r\n" % len(GOOD))
        c.lines(b"u")
        before = len(x.clamd.objects())
        c.send(GOOD + b"\r\n")
        wait_for("it judges", lambda: len(x.clamd.objects()) > before)
        os.kill(x.keeper_and_worker()[1], signal.SIGKILL)
        heard = c.lines(b"u")
        ok(heard[-1].startswith(b"u NO [UNAVAILABLE]"),
           f"worker dies while a mail is uploaded: {heard[-1]}")
        x.clamd.mode()
        delivered(c.ask("FETCH 1 BODY.PEEK[]"), "after it: another worker")
        same(c.ask("FETCH 3 BODY.PEEK[]").code, "NOPERM",
             "after it: viruses are denied")
        c.logout()
        why(x, "worker")


def worker_stops():
    """It does not answer: the client hears that it takes long."""
    with fault("worker stops", modes=("delay=2",)) as x:
        c = opened(x)
        c.send(b"s FETCH 1 BODY.PEEK[]\r\n")
        wait_for("it judges", x.clamd.objects)
        _, worker = x.keeper_and_worker()
        os.kill(worker, signal.SIGSTOP)
        begin = time.monotonic()
        line = c.line()
        took = time.monotonic() - begin
        ok(line.startswith(b"* OK"), f"worker stops: {line}")
        ok(8 < took < 14, f"worker stops: the client hears so after "
           f"{took:.1f} s")
        os.kill(worker, signal.SIGCONT)
        heard = c.lines(b"s")
        ok(heard[-1].startswith(b"s OK"), "worker goes on: the mail comes")
        c.logout()


def keeper_dies():
    with fault("keeper dies") as x:
        c = opened(x)
        delivered(c.ask("FETCH 1 BODY.PEEK[]"), "a keeper")
        keeper, _ = x.keeper_and_worker()
        os.kill(keeper, signal.SIGKILL)
        wait_for("it is gone", lambda: x.keeper_and_worker()[0] is None)
        unavailable(c.ask("FETCH 2 BODY.PEEK[]"), "no keeper")
        unavailable(c.append(GOOD), "no keeper, upload")
        same(c.ask("NOOP").status, "OK", "no keeper: the session goes on")
        c.logout()
        c = opened(x)
        delivered(c.ask("FETCH 2 BODY.PEEK[]"), "the next session")
        c.logout()
        why(x, "worker")


# ---- the spool -------------------------------------------------------------------

def spool_missing():
    with fault("spool missing", spool="memory = 256K  min-free = 0",
               listen=False) as x:
        os.rmdir(x.spool_dir)
        x.proxy.listen()
        c = opened(x)
        delivered(c.ask("FETCH 1 BODY.PEEK[]"), "no spool: what fits memory")
        unavailable(c.ask("FETCH 4 BODY.PEEK[]"), "no spool: a large mail")
        unavailable(c.append(large(MB)), "no spool: a large upload")
        delivered(c.ask("FETCH 2 BODY.PEEK[]"), "no spool: the next")
        c.logout()
        ok(x.proxy.events("SPOOL-FAILED"), "no spool: the log says so")


def spool_full():
    with fault("spool full", spool="memory = 256K  min-free = 0",
               listen=False) as x:
        mount("tmpfs", x.spool_dir, "size=3m,mode=777")
        x.proxy.listen()
        c = opened(x)
        delivered(c.ask("FETCH 4 BODY.PEEK[]"), "spool: a large mail")
        unavailable(c.ask("FETCH 5 BODY.PEEK[]"), "spool full")
        unavailable(c.append(large(5 * MB)), "spool full, upload")
        delivered(c.ask("FETCH 1 BODY.PEEK[]"), "spool full: the next")
        c.logout()
        why(x, "spool", "space", "room")
        same(x.nothing_stays()[1], [], "spool full: nothing stays in it")
        unmount(x.spool_dir)


def spool_below_min_free():
    with fault("min free", spool="memory = 256K  min-free = 100M",
               listen=False) as x:
        mount("tmpfs", x.spool_dir, "size=50m,mode=777")
        x.proxy.listen()
        c = opened(x)
        unavailable(c.ask("FETCH 4 BODY.PEEK[]"), "below min-free")
        delivered(c.ask("FETCH 1 BODY.PEEK[]"), "below min-free: in memory")
        c.logout()
        why(x, "min-free", "free", "room")
        unmount(x.spool_dir)


# ---- limits ----------------------------------------------------------------------

def too_large():
    with fault("max mail", command="max-mail = 1M") as x:
        c = opened(x)
        answer = c.ask("FETCH 5 BODY.PEEK[]")
        same((answer.status, answer.code), ("NO", "NOPERM"),
             "over max-mail: NO [NOPERM]")
        same(c.append(large(2 * MB)).code, "TOOBIG",
             "over max-mail, upload: NO [TOOBIG]")
        delivered(c.ask("FETCH 1 BODY.PEEK[]"), "over max-mail: the next")
        rows = c.ask("FETCH 1:5 BODY.PEEK[TEXT]")
        same(sorted(n for n, r in rows.fetched.items() if "BODY[TEXT]" in r),
             [1, 2, 4], "over max-mail: the others of a set come")
        c.logout()
        why(x, "max-mail")
    with fault("max mail in", command="max-mail-in = 1M max-mail-out = 1M") \
            as x:
        c = opened(x)
        same(c.append(large(2 * MB)).code, "TOOBIG",
             "over max-mail-out: refused before it is sent")
        answer = c.ask("FETCH 5 BODY.PEEK[]")
        same((answer.status, answer.code), ("NO", "LIMIT"),
             "over max-mail-in: NO [LIMIT]")
        ok(b"0123456789" not in answer.octets,
           "over max-mail-in: nothing of the mail is shown")
        same(c.line()[:5], b"* BYE", "over max-mail-in: the session ends")
        c.close()
        end_ = x.proxy.wait_events("SESSION-END", 1)[-1]
        ok("max-mail-in" in end_.get("REASON", ""),
           f"the log names the limit: {end_.get('REASON')}")


QUARANTINE = DENY.replace('deny = yes }\nmail-acl "unscanned"',
                          'deny = yes  quarantine = yes }\n'
                          'mail-acl "unscanned"')


def quarantine_full():
    huge = BAD.replace(b"Hello.", b"Hello." + b" and more" * 150_000)
    for what, mail in (("quarantine", BAD), ("quarantine full", huge)):
        with fault(what, policy=QUARANTINE, quarantine="max-size = 1M") as x:
            with server.connect(what.split()[-1]) as box_:
                mails.must(box_.append("INBOX", None, None, GOOD))
                mails.must(box_.append("INBOX", None, None, mail))
            before = disk(what.split()[-1])
            c = opened(x, what.split()[-1])
            same(c.ask("FETCH 2 BODY.PEEK[]").code, "NOPERM",
                 f"{what}: it is denied")
            same(c.append(mail).code, "NOPERM", f"{what}: upload is denied")
            delivered(c.ask("FETCH 1 BODY.PEEK[]"), f"{what}: the rest comes")
            c.logout()
            kept = [f for f in os.listdir(x.quarantine_dir)
                    if f.endswith((".eml", ".json"))]
            same(len(kept) > 0, mail is BAD, f"{what}: copies: {kept[:4]}")
            edits = [e for e in x.proxy.events("MAIL-EDIT")
                     if e.get("EDIT") == "quarantine"]
            same(len(edits), 2, f"{what}: the log says so: {edits[:1]}")
            same(disk(what.split()[-1]), before,
                 f"{what}: the server's mails are as before")


# ---- servers ---------------------------------------------------------------------

def fetched(uid, octets, size=None):
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (
        uid, uid, size or len(octets)) + octets


def server_closes():
    """In the middle of a mail."""
    for what, answer in (
            ("server closes", lambda s, t, a: (
                s.say(fetched(1, GOOD, 5000)), s.close())),
            ("server resets", lambda s, t, a: (
                s.say(fetched(1, GOOD, 5000)), s.reset()))):
        fake = FakeImap(place, [GOOD], on={"FETCH": answer,
                                           "UID FETCH": answer})
        with fault(what, server_=fake) as x:
            c = opened(x)
            try:
                heard = [str(c.ask("FETCH 1 BODY[]")).encode()]
            except Closed as end:
                heard = [h for h in end.heard if isinstance(h, bytes)]
            ok(not any(b"Hello." in h for h in heard),
               f"{what}: nothing partial is shown")
            ok(any(b"BYE" in h or b"NO " in h for h in heard),
               f"{what}: the client is told: {heard[-1:]}")
            c.close()
            end_ = x.proxy.wait_events("SESSION-END", 1)[-1]
            same(end_["RESULT"], "FAILED", f"{what}: {end_.get('REASON')}")
        fake.stop()


def server_closes_upload():
    """When it has asked for the mail, and when it has it."""
    def at_plus(s, tag, args):
        s.close()
    for what, on in (("server closes behind an upload", {"APPEND": at_plus}),):
        fake = FakeImap(place, [GOOD], on=on)
        with fault(what, server_=fake) as x:
            c = opened(x)
            try:
                heard = [str(c.append(GOOD)).encode()]
            except Closed as end:
                heard = [h for h in end.heard if isinstance(h, bytes)]
            ok(any(b"NO" in h or b"BYE" in h for h in heard),
               f"{what}: the client is told: {heard[-1:]}")
            same(len(fake.heard(b"APPEND")), 1,
                 f"{what}: it is not sent again")
            c.close()
        fake.stop()


def server_lies():
    """Sizes, structures, other messages, content nobody asked for."""
    two = [GOOD, BAD, GOOD]

    def lies(s, tag, args):
        uid = 1
        s.say(b"* 1 FETCH (UID %d RFC822.SIZE 7 ENVELOPE (NIL \"lie\" NIL NIL "
              b"NIL NIL NIL NIL NIL NIL) BODY[] {%d}\r\n" % (uid, len(GOOD)) +
              GOOD + b" RFC822 {%d}\r\n" % len(BAD) + BAD +
              b" BODY[1] {%d}\r\n" % len(BAD) + BAD + b")\r\n")
        s.say(b"* 2 FETCH (UID 2 BODY[] {%d}\r\n" % len(BAD) + BAD + b")\r\n")
        s.say(b"* 3 FETCH (BINARY[1] ~{%d}\r\n" % len(BAD) + BAD + b")\r\n")
        s.say(b"* 9 EXISTS\r\n" + tag + b" OK done\r\n")

    def noop(s, tag, args):
        s.say(fetched(3, BAD) + b")\r\n" + tag + b" OK done\r\n")

    fake = FakeImap(place, two, on={"FETCH": lies, "UID FETCH": lies,
                                    "NOOP": noop})
    with fault("server lies", server_=fake) as x:
        c = opened(x)
        answer = c.ask("FETCH 1 (UID RFC822.SIZE BODY.PEEK[])")
        ok(not eicar.found(answer.octets), "server lies: only the mail that "
           "was asked for comes")
        row = answer.fetched.get(1, {})
        same(row.get("BODY[]"), GOOD, "server lies: and it comes as judged")
        same(row.get("RFC822.SIZE"), len(GOOD),
             "server lies: its size is what it has")
        envelope = c.ask("FETCH 1 (ENVELOPE BODYSTRUCTURE)").fetched[1]
        same(envelope["ENVELOPE"][1], (b"good",),
             "server lies: the envelope is the mail's")
        same(row.get("UID"), 1, "server lies: its UID stays")
        answer = c.ask("NOOP")
        ok(not eicar.found(answer.octets), "content nobody asked for is "
           "dropped")
        ok(x.proxy.events("SESSION-START"), "and the session goes on")
        c.logout()
    fake.stop()


# ---- clients ----------------------------------------------------------------------

def client_closes():
    """In the middle of an upload, and of a download."""
    with fault("client closes") as x:
        for head, part in ((b"a APPEND INBOX {100000}\r\n", GOOD),
                           (b"a APPEND INBOX {%d}\r\n" % len(GOOD), GOOD[:9]),
                           (b"a APPEND INBOX {%d}\r\n" % len(GOOD), GOOD),
                           (b"a APPEND INBOX {9+}\r\n", b"abc")):
            c = opened(x)
            c.send(head)
            if b"+}" not in head:
                c.lines(b"a")
            c.send(part)
            c.close()
        c = opened(x)
        c.send(b"b FETCH 5 BODY[]\r\n")
        c.s.recv(4096)
        c.close()
        x.proxy.wait_events("SESSION-END", 5, 20)
        same(len(x.proxy.events("SESSION-END")), 5,
             "client closes: every session ends")


def at_once():
    """Sessions side by side, a mail each that is opened in two of them."""
    with fault("at once") as x:
        got, threads = [], []

        def one():
            c = opened(x)
            for n in (1, 2, 3, 4, 1, 3):
                a = c.ask(f"FETCH {n} BODY.PEEK[]")
                got.append((n, a.status, b"Hello." in a.octets))
            c.logout()
        for _ in range(20):
            threads.append(threading.Thread(target=one))
            threads[-1].start()
        for t in threads:
            t.join()
        want = [(1, "OK", True), (2, "OK", True), (3, "NO", False),
                (4, "OK", True)]
        if not same(sorted(set(got)), want, "20 sessions at once agree"):
            diag({r["why"] for r in x.refusals()})
        same(len(got), 120, "and each is answered")


# ---- it is run --------------------------------------------------------------------------

private_mounts()
place = Place("scan-faults")
server = Dovecot(place)
with server.connect("alice") as box:
    for octets in (GOOD, GOOD, BAD, large(MB), large(6 * MB)):
        mails.must(box.append("INBOX", None, None, octets))
FAULTS = (scanner_down, scanner_slow, scanner_garbage, scanner_restarts,
          worker_dies, worker_stops, keeper_dies, spool_missing, spool_full,
          spool_below_min_free, too_large, quarantine_full, server_closes,
          server_closes_upload, server_lies, client_closes, at_once)
for one_ in FAULTS:
    if os.environ.get("FAULT", one_.__name__) == one_.__name__:
        one_()
done()
