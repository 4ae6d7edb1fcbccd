#!/usr/bin/python3
"""make bench, second half: what scanning costs FETCH, with no engine, against
pass-through by the same proxy in the same run.  The server is a process that
sends answers made beforehand, so that it is not what is measured.
BENCH_ROUNDS rounds; medians.  Says what comes out; exit 1 only when a session
fails.
"""

import base64
import ctypes
import os
import random
import re
import signal
import socket
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import eicar  # noqa: E402
from proxy import Proxy  # noqa: E402
from rig import PR_SET_PDEATHSIG, Place  # noqa: E402
from scanning import LEG, NOTHING, Scanned  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 5)
LISTING = ("(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS "
           "(FROM SUBJECT DATE)])")
TYPES = """
mail-acl "all" { }
doc-acl "programs" { mime-type = {"application/x-dosexec"}  deny = yes }
doc-acl "all" { }
"""
MB = 1 << 20


def attachment(octets):
    rng = random.Random(octets)
    text = base64.encodebytes(rng.randbytes(octets * 3 // 4)).replace(
        b"\n", b"\r\n")
    return (b"Content-Type: application/octet-stream; name=a.bin\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + text)


def mail(octets, parts=1):
    each = max(octets // parts - 200, 100)
    return eicar.mail(eicar.multipart(
        [eicar.TEXT] + [attachment(each)] * parts), "bench")


# ---- a server -----------------------------------------------------------------

class Server:
    """Mailboxes are named by what is in them: "BOX-octets-parts-count"."""

    def __init__(self, place):
        self.sock = socket.create_server(("127.0.0.1", place.port()))
        self.port = self.tls_port = self.sock.getsockname()[1]
        self.made = {}
        if os.fork() == 0:
            end_with_parent()
            while True:
                conn = self.sock.accept()[0]
                conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.serve, args=(conn,),
                                 daemon=True).start()
        self.sock.close()

    def answers(self, box, listing):
        if (box, listing) not in self.made:
            octets, parts, count = map(int, box.split("-")[1:])
            if listing:
                body = (b"UID %d FLAGS (\\Seen) RFC822.SIZE 4321 BODY["
                        b"HEADER.FIELDS (FROM SUBJECT DATE)] {%d}\r\n")
                text = (b"From: Alice <alice@example.org>\r\nSubject: A "
                        b"subject of usual length\r\nDate: Mon, 5 Jan 2026 "
                        b"10:00:00 +0000\r\n\r\n")
            else:
                body, text = b"UID %d BODY[] {%d}\r\n", mail(octets, parts)
            self.made[box, listing] = b"".join(
                b"* %d FETCH (" % n + body % (n, len(text)) + text + b")\r\n"
                for n in range(1, count + 1))
        return self.made[box, listing]

    def serve(self, conn):
        f, box = conn.makefile("rb"), ""
        caps = b"CAPABILITY IMAP4rev1"
        conn.sendall(b"* OK [" + caps + b"] ready\r\n")
        for line in f:
            tag, verb, rest = (line.rstrip().split(b" ", 2) + [b""])[:3]
            if verb == b"SELECT":
                box = rest.decode()
                conn.sendall(b"* %d EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n" %
                             int(box.split("-")[3]))
            elif verb == b"FETCH":
                conn.sendall(self.answers(box, b"HEADER.FIELDS" in rest))
            elif verb == b"CAPABILITY":
                conn.sendall(b"* " + caps + b"\r\n")
            conn.sendall(tag + b" OK done\r\n")


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


# ---- a client -------------------------------------------------------------------

class Reader:
    def __init__(self, port, box):
        self.s = socket.create_connection(("127.0.0.1", port), timeout=300)
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.s.recv(65536)
        self.ask("LOGIN alice secret")
        self.ask(f"SELECT {box}")

    def ask(self, text):
        """Seconds until it is answered, and octets that came."""
        begin = time.perf_counter()
        self.s.sendall(b"t1 " + text.encode() + b"\r\n")
        n, last = 0, b""
        while True:
            data = self.s.recv(1 << 20)
            if not data:
                sys.exit(f"bench: the session ended at {text[:60]}")
            n += len(data)
            last = (last + data)[-400:]
            if last.endswith(b"\r\n") and b"\r\nt1 " in b"\r\n" + last:
                break
        if not re.search(rb"(^|\r\n)t1 OK", last):
            sys.exit(f"bench: {text[:60]}: {last[-200:]!r}")
        return time.perf_counter() - begin, n

    def close(self):
        self.s.close()


def timed(port, box, what="(UID BODY.PEEK[])"):
    r = Reader(port, box)
    count = box.split("-")[3]
    took, _ = r.ask(f"FETCH 1:{count} {what}")
    r.close()
    return took


def compared(box, a, b, what="(UID BODY.PEEK[])"):
    """Medians of both, and of the ratio of a's speed to b's."""
    rows = []
    timed(a, box, what)
    timed(b, box, what)
    for _ in range(ROUNDS):
        rows.append((timed(a, box, what), timed(b, box, what)))
    return (statistics.median(x for x, _ in rows),
            statistics.median(y for _, y in rows),
            statistics.median(y / x for x, y in rows))


# ---- memory ------------------------------------------------------------------------

def held(scanned):
    """KB: what the processes hold alone or their share of what is shared, and
    files in memory that are not mapped."""
    kb, files = 0, {}
    for pid, _ in scanned.processes():
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                kb += int(re.search(r"^Pss: +(\d+)", f.read(), re.M).group(1))
            for fd in os.listdir(f"/proc/{pid}/fd"):
                path = f"/proc/{pid}/fd/{fd}"
                if os.readlink(path).startswith("/memfd:"):
                    st = os.stat(path)
                    files[st.st_ino] = st.st_blocks // 2
        except (OSError, AttributeError):
            continue
    return kb + sum(files.values())


def memory(scanned, box):
    r = Reader(scanned.port, box)
    r.ask("NOOP")
    time.sleep(0.3)
    idle, peak, running = held(scanned), 0, True

    def watch():
        nonlocal peak
        while running:
            peak = max(peak, held(scanned))

    t = threading.Thread(target=watch)
    t.start()
    r.ask("FETCH 1 (UID BODY.PEEK[])")
    running = False
    t.join()
    r.close()
    return idle, peak


# ---- what is said --------------------------------------------------------------------

def verdict(good):
    return "" if good else "   <- missed"


def main():
    place = Place("bench-scanning")
    server = Server(place)
    passing = Proxy(place, server, combinations=(LEG,), name="passing",
                    command="max-bytes-in = 0").port[LEG]
    plain = Scanned(place, server, NOTHING, engine=None, name="plain",
                    spool="min-free = 0", command="max-mail-in = 1G")
    typed = Scanned(place, server, TYPES, engine=None, name="typed",
                    spool="min-free = 0", command="max-mail-in = 1G")
    print("FETCH of mails that are scanned, without an engine, against "
          "pass-through")
    for octets, count, want in ((10 << 10, 1000, 0), (75 << 10, 200, 0.25),
                                (MB, 40, 0.5)):
        box = f"BOX-{octets}-1-{count}"
        a, b, ratio = compared(box, plain.port, passing)
        print(f"{octets >> 10:>6} KB  {count / a:8.0f} mails/s of "
              f"{count / b:8.0f}  {ratio:5.2f}x  (target "
              f"{want or 'none'}){verdict(ratio >= want)}")
    box = f"BOX-{75 << 10}-4-200"
    a, b, _ = compared(box, typed.port, plain.port)
    print(f"types by libmagic  {(a - b) / 200 / 5 * 1e6:8.0f} us more for "
          "each part")
    a, b, ratio = compared("BOX-0-0-50000", plain.port, passing, LISTING)
    print(f"listing of 50000   {50000 / a:8.0f} mails/s of {50000 / b:8.0f}  "
          f"{ratio:5.2f}x  (target 0.8){verdict(ratio >= 0.8)}")
    idle, peak = memory(plain, f"BOX-{50 * MB}-1-1")
    more = (peak - idle) / 1024
    print(f"mail of 50 MB      {more:8.1f} MB over {idle / 1024:.1f} idle "
          f"(target 24){verdict(more <= 24)}")
    for what, small, large in (
            ("mail size", f"BOX-{2 * MB}-1-4", f"BOX-{16 * MB}-1-4"),
            ("part count", f"BOX-{400_000}-500-4",
             f"BOX-{3_200_000}-4000-4")):
        times = [statistics.median(timed(plain.port, box) for _ in
                                   range(ROUNDS)) for box in (small, large)]
        growth = times[1] / times[0]
        print(f"8 times the {what:<11} {growth:5.1f} times as long (linear: "
              f"8){verdict(growth < 12)}")
    plain.stop()
    typed.stop()


main()
