#!/usr/bin/python3
"""The verdict store, by what scanners are asked: a mail is scanned once for all
sessions and however it comes, again with other signatures, never again for
another policy; what could not be judged is not kept; and whatever happens to
the store or to who uses it, mails are judged."""

import contextlib
import fcntl
import hashlib
import os
import signal
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import eicar  # noqa: E402
import mails  # noqa: E402
from mailservers import Dovecot  # noqa: E402
from rig import (Place, USER, diag, done, mount, ok,  # noqa: E402
                 private_mounts, same, unmount, wait_for)
from scanners import Spamd  # noqa: E402
from scanning import DENY, NOTHING, REPLACE, Scanned  # noqa: E402
from waiting import Waiting  # noqa: E402
from wire import Client  # noqa: E402

GOOD = eicar.mail(eicar.TEXT, "good")
BAD = eicar.mail(eicar.multipart([eicar.TEXT, eicar.part()]), "virus")
ZIPPED = eicar.mail(eicar.multipart([eicar.TEXT, eicar.part(
    "base64", "zip", octets=b"hello\r\n" * 99)]), "zip")
BOX = (GOOD, BAD, ZIPPED)
SESSIONS = 40


def store(name, more=""):
    folder = place.folder(f"store-{name}", 0o755, USER)
    return folder, f'verdict-store {{ path = "{folder}/verdicts"  {more} }}\n'


@contextlib.contextmanager
def scanned(name, more="", **args):
    folder, top = store(name, more)
    x = Scanned(place, server, name=name, **{"policy": DENY, **args,
                                             "top": args.get("top", top)})
    x.store = folder
    yield x
    same(x.nothing_stays(), ([], []), f"{name}: nothing stays")
    x.stop()


def shown(x, numbers="123"):
    """How a new session ends up with these mails, and their octets."""
    c = Client(x.port, "alice", seconds=40)
    c.must("SELECT INBOX")
    answers = [c.ask(f"FETCH {n} BODY.PEEK[]") for n in numbers]
    c.logout()
    return [(a.status, a.code, [r.get("BODY[]") for r in a.fetched.values()])
            for a in answers]


def asked(x):
    """Objects that the engine had to judge; one octet asks its version."""
    return sum(size != 1 for _, size, _ in x.clamd.objects())


def stored(x):
    """SCANNER records: was each answered by the store?  And mails of each
    session that were."""
    return ([r.get("STORED") == "YES" for r in x.proxy.events("SCANNER")],
            [int(r["STORED"]) for r in x.proxy.events("SESSION-END")])


# ---- once ---------------------------------------------------------------------

def once():
    for policy, name in ((DENY, "deny"), (REPLACE, "replace")):
        with scanned(name, policy=policy) as x:
            first = shown(x)
            objects = asked(x)
            ok(objects >= 7, f"{name}: parts and members are scanned: "
               f"{objects}")
            same([a[0] for a in first],
                 ["OK", "NO" if policy is DENY else "OK", "OK"],
                 f"{name}: the virus is dealt with")
            same([shown(x) for _ in range(3)], [first] * 3,
                 f"{name}: other sessions are shown the same")
            same(asked(x), objects, f"{name}: and nothing is scanned again")
            x.proxy.wait_events("SESSION-END", 4)
            same(stored(x), ([False] + [True] * 3, [0, 3, 3, 3]),
                 f"{name}: as the log says")
            same({r["SHA256"] for r in x.proxy.events("MAIL")
                  if "SHA256" in r}, {hashlib.sha256(BAD).hexdigest()},
                 f"{name}: which names the mail")
            same(oct(os.stat(f"{x.store}/verdicts").st_mode & 0o777), "0o600",
                 f"{name}: nobody else can read it")


def uploaded():
    """What was judged on its way in is known on its way out."""
    with scanned("uploaded", policy=REPLACE) as x:
        c = Client(x.port, "bob")
        ok(c.append(GOOD).ok, "uploaded: it is stored")
        objects = asked(x)
        c.must("SELECT INBOX")
        ok(c.ask("FETCH 1 BODY.PEEK[]").ok, "uploaded: and shown")
        c.logout()
        same(asked(x), objects, "uploaded: scanned once")


def policies():
    """Two configurations that use one engine and one store."""
    folder, top = store("policies")
    with scanned("policy-a", top=top) as a:
        first = shown(a)
        objects = asked(a)
        other = Scanned(place, server, name="policy-b", policy=REPLACE,
                        engine=None, top=top + a.engine_text(),
                        command='use-antivirus = {"eicar"}')
        second = shown(other)
        same([s[0] for s in first + second],
             ["OK", "NO", "OK", "OK", "OK", "OK"],
             "policies: each decides by its own")
        same(asked(a), objects, "policies: and nothing is scanned again")
        other.stop()


def files_of(pid):
    """What it has open."""
    files = []
    with contextlib.suppress(OSError):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            files.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return files


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return f.read().split()


def waits():
    """Both modes: here children of a parent that never opens the store."""
    folder, top = store("wait")
    with scanned("nowait", top=top) as x:
        shown(x)
        objects = asked(x)
        spool = place.folder("wait-spool", 0o755, USER)
        w = Waiting(place, server, name="wait", combinations=("clear/clear",),
                    scanning=DENY, command='use-antivirus = {"eicar"}',
                    top=f'spool {{ dir = "{spool}" }}\n' + top +
                    x.engine_text())
        for _ in range(3):
            c = Client(w.port["clear/clear"], "alice")
            c.must("SELECT INBOX")
            same([c.ask(f"FETCH {n} BODY.PEEK[]").status for n in (1, 2, 3)],
                 ["OK", "NO", "OK"], "wait mode: judged")
            c.logout()
        same(asked(x), objects, "wait mode: and nothing is scanned again")
        same([f for f in files_of(w.parent.pid) if "verdicts" in f], [],
             "wait mode: its parent has not opened the store")
        ok(any(f.startswith(folder) for pid in children_of(w.parent.pid)
               for f in files_of(pid)), "wait mode: who waits for it has")
        other = place.folder("store-other", 0o755, USER)
        w.top = w.top.replace(folder, other)
        w.write()
        w.compile()

        def is_other():
            c = Client(w.port["clear/clear"], "alice")
            c.must("SELECT INBOX")
            c.must("FETCH 1 BODY.PEEK[]")
            c.logout()
            return asked(x) > objects
        wait_for("it is another store", is_other, 10)
        same([f for pid in children_of(w.parent.pid) for f in files_of(pid)
              if f.startswith(folder)], [], "wait mode: with another "
             "configuration nobody has the old one open")
        w.stop()


def refused():
    """Who is refused needs no store, and says nothing of it."""
    folder, top = store("refused")
    with scanned("refused", top=top +
                 'session-acl "no" { from = {"127.0.0.2"}  deny = yes }\n'
                 ) as x:
        # it may be closed before it is here
        with contextlib.suppress(ConnectionResetError):
            socket.create_connection(("127.0.0.1", x.port), 10,
                                     ("127.0.0.2", 0)).close()
        ends = x.proxy.wait_events("SESSION-END", 1)
        same(ends[0]["RESULT"], "REJECTED", "refused: it is")
        same(x.proxy.events("STORE-FAILED"), [], "refused: nothing failed")


# ---- again ---------------------------------------------------------------------

def signatures():
    with scanned("signatures") as x:
        shown(x)
        objects = asked(x)
        x.clamd.mode("version=ClamAV_1/2/new")
        shown(x)
        same(asked(x), 2 * objects, "other signatures: all is scanned again")
        shown(x)
        same(asked(x), 2 * objects, "and then known")
        x.clamd.mode("version=ClamAV_1/3/newer")
        begin = time.monotonic()
        wait_for("it is scanned again", lambda: (
            shown(x, "1"), asked(x) > 2 * objects)[1], 20)
        diag(f"new signatures were seen after "
             f"{time.monotonic() - begin:.1f} s of 10")


def slow_version():
    """It is as old as the question for it, however late that is answered."""
    with scanned("slow-version") as x:
        shown(x, "1")
        objects = asked(x)
        x.clamd.mode("delay=11")
        slow = threading.Thread(target=shown, args=(x, "1"))
        slow.start()
        wait_for("its version is asked", lambda: any(
            size == 1 for _, size, _ in x.clamd.objects()))
        x.clamd.mode("version=ClamAV_1/2/new")
        slow.join()
        same(asked(x), objects, "slow version: it was the same then")
        shown(x, "1")
        same(asked(x), 2 * objects, "slow version: it is asked again")


def no_version():
    with scanned("no-version", modes=("version=hello",)) as x:
        shown(x, "1")
        objects = asked(x)
        shown(x, "1")
        same(asked(x), 2 * objects, "without a version nothing is known")


def aged():
    with scanned("aged", more="max-age = 2") as x:
        shown(x, "1")
        objects = asked(x)
        wait_for("it is too old", lambda: (
            shown(x, "1"), asked(x) > objects)[1], 10)
        ok(True, "what is too old does not count")


def errors():
    with scanned("errors", engine="timeout = 2") as x:
        x.clamd.mode("say=ERROR")
        same(shown(x, "1")[0][0], "NO", "errors: nothing is shown")
        x.clamd.mode("refuse")
        same(shown(x, "1")[0][1], "UNAVAILABLE", "errors: nor without answers")
        x.clamd.mode()
        same(shown(x, "1")[0][0], "OK", "errors: they are not kept")
        x.clamd.stop()
        same(shown(x, "3")[0][1], "UNAVAILABLE",
             "errors: what is not known cannot be shown without the engine")
        x.clamd.start()
        same(shown(x, "3")[0][0], "OK", "errors: until it is back")


def spam():
    """Antispam knows its users: what it said is kept for each."""
    spamd = Spamd(place)
    folder, top = store("spam")
    x = Scanned(place, server, name="spam", policy=NOTHING, engine=None,
                top=top + f'antispam "sa" {{ connection = '
                f'{{"{spamd.path}"}} }}\n',
                command='use-antispam = sa')
    with server.connect("carol") as box_:
        mails.must(box_.append("INBOX", None, None, GOOD))
    for user in ("alice", "alice", "carol", "carol"):
        c = Client(x.port, user)
        c.must("SELECT INBOX")
        c.must("FETCH 1 BODY.PEEK[]")
        c.logout()
    x.proxy.wait_events("SESSION-END", 4)
    same(stored(x)[1], [0, 1, 0, 1], "a score is kept for each user")
    x.stop()
    spamd.stop()


# ---- at once ---------------------------------------------------------------------

def together(x, count=SESSIONS, number=1):
    """The mail in so many sessions at the same moment: how each ended."""
    ends, ready = [], threading.Barrier(count)

    def one():
        c = Client(x.port, "alice", seconds=40)
        c.must("SELECT INBOX")
        ready.wait()
        ends.append(c.ask(f"FETCH {number} BODY.PEEK[]").status)
        c.logout()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return ends


def at_once():
    with scanned("at-once", modes=("delay=1",)) as x:
        same(together(x), ["OK"] * SESSIONS,
             f"{SESSIONS} sessions at once are shown a mail")
        same(asked(x), 2, "that is scanned once: the mail, its part")
        same(together(x, number=2), ["NO"] * SESSIONS, "or denied a virus")
        same(asked(x), 5, "that is scanned once")
        x.clamd.mode("delay=1", "version=ClamAV_1/2/new")
        time.sleep(12)  # then the version is not known
        versions = len(x.clamd.objects()) - asked(x)
        same(together(x, number=2), ["NO"] * SESSIONS,
             "the same with other signatures")
        same((len(x.clamd.objects()) - asked(x) - versions, asked(x)),
             (1, 8), "which are told once, and it is scanned once")


def judge_killed():
    """Who has a mail judged is killed; who waited for that does it."""
    with scanned("judge-killed", modes=("delay=3",)) as x:
        a = Client(x.port, "alice", seconds=40)
        a.must("SELECT INBOX")
        a.send(b"a FETCH 1 BODY.PEEK[]\r\n")
        wait_for("it is being judged", x.clamd.objects)
        sessions = [pid for pid, name in x.processes()
                    if name != "imap4-mail"]
        b = Client(x.port, "alice", seconds=40)
        b.must("SELECT INBOX")
        b.send(b"b FETCH 1 BODY.PEEK[]\r\n")
        time.sleep(0.3)
        same(len({s for _, s, _ in x.clamd.objects()}), asked(x),
             "judge killed: the other waits")
        x.clamd.mode()
        for pid in sessions:
            os.kill(pid, signal.SIGKILL)
        heard = b.lines(b"b")
        ok(heard[-1].startswith(b"b OK"), "judge killed: and is shown it: "
           f"{heard[-1]}")
        b.logout()
        a.close()


def scanner_frozen():
    """Nobody waits for ever for who waits for a scanner."""
    with scanned("frozen", engine="timeout = 3", modes=("silent",)) as x:
        begin = time.monotonic()
        same(set(together(x, 6)), {"NO"}, "frozen: no session is shown it")
        took = time.monotonic() - begin
        ok(took < 15, f"frozen: each is told so within {took:.1f} s of 3")


# ---- a store that fails -----------------------------------------------------------

def goes_on(x, what):
    same([a[0] for a in shown(x)], ["OK", "NO", "OK"],
         f"{what}: mails are judged")


def failures():
    with scanned("no-folder", top='verdict-store { path = "/nonexistent/v" }'
                 ) as x:
        goes_on(x, "no folder")
        ok(x.proxy.events("STORE-FAILED"), "no folder: the log says so")
    with scanned("garbage") as x:
        shown(x)
        objects = asked(x)
        with open(f"{x.store}/verdicts", "r+b") as f:
            f.write(b"garbage " * 2000)
        goes_on(x, "garbage")
        goes_on(x, "garbage")
        same(asked(x), 2 * objects, "garbage: it begins anew")
    with scanned("torn") as x:
        shown(x)
        os.truncate(f"{x.store}/verdicts", 8192)
        goes_on(x, "torn")


def kept_locked():
    """Somebody has its lock and does not let go."""
    with scanned("locked", engine="timeout = 60") as x:
        c = Client(x.port, "alice", seconds=40)
        c.must("SELECT INBOX")
        content = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 1, 1, 0)
        with open(f"{x.store}/verdicts-lock", "r+b") as f:
            fcntl.fcntl(f, fcntl.F_OFD_SETLK, content)
            begin = time.monotonic()
            same([c.ask(f"FETCH {n} BODY.PEEK[]").status for n in (1, 3)],
                 ["OK", "OK"], "locked: mails are judged")
            took = time.monotonic() - begin
        ok(took < 10, f"locked: within {took:.1f} s")
        same(x.proxy.events("STORE-FAILED"), [], "locked: that is no failure")
        ok(c.ask("FETCH 2 BODY.PEEK[]").status == "NO", "locked: it goes on")
        c.logout()


def disk_full():
    with scanned("full", listen=False) as x:
        mount("tmpfs", x.store, "size=16k,mode=777")
        x.proxy.listen()
        goes_on(x, "disk full")
        goes_on(x, "disk full")
        said = x.proxy.events("STORE-FAILED")
        same(len(said), 2, "disk full: each session says so once: "
             f"{said[:1]}")
        unmount(x.store)


def killed():
    """Sessions killed at any moment harm nobody."""
    with scanned("killed") as x:
        stop = threading.Event()

        def kills():
            while not stop.is_set():
                for pid, name in x.processes():
                    if name != "imap4-mail":
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                        break
                time.sleep(0.02)

        def opens():
            for _ in range(25):
                with contextlib.suppress(Exception):
                    shown(x)

        threads = [threading.Thread(target=opens) for _ in range(4)]
        killer = threading.Thread(target=kills)
        for t in [*threads, killer]:
            t.start()
        for t in threads:
            t.join()
        stop.set()
        killer.join()
        goes_on(x, "killed")
        objects = asked(x)
        goes_on(x, "killed")
        same(asked(x), objects, "killed: and they are known")


private_mounts()
place = Place("verdict-store")
server = Dovecot(place)
with server.connect("alice") as box:
    for octets in BOX:
        mails.must(box.append("INBOX", None, None, octets))
for one_ in (once, uploaded, policies, waits, refused, signatures,
             slow_version, no_version, aged, errors, spam, at_once,
             judge_killed, scanner_frozen, failures, kept_locked,
             disk_full, killed):
    if os.environ.get("ONLY", one_.__name__) == one_.__name__:
        one_()
done()
