"""What the benchmarks of scanning have in common: a server that sends answers
made beforehand, so that it is not what is measured, and a client that fetches
them in one go.
"""

import base64
import ctypes
import os
import random
import re
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import eicar  # noqa: E402
from rig import PR_SET_PDEATHSIG  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS") or 5)
MB = 1 << 20


# At the beginning of an attachment, as digits of base64.
MARK = b"BenchmarkedMails"


def attachment(octets):
    rng = random.Random(octets)
    text = base64.encodebytes(base64.b64decode(MARK) + rng.randbytes(
        octets * 3 // 4)).replace(b"\n", b"\r\n")
    return (b"Content-Type: application/octet-stream; name=a.bin\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + text)


def mail(octets, parts=1):
    each = max(octets // parts - 200, 100)
    return eicar.mail(eicar.multipart(
        [eicar.TEXT] + [attachment(each)] * parts), "bench")


def box_of(octets, parts, count, series=0):
    return f"BOX-{octets}-{parts}-{count}-{series}"


def mails_of(box):
    """Its mails; in a series but 0 no two have the same attachments, nor has
    another series."""
    octets, parts, count, series = map(int, box.split("-")[1:])
    text = mail(octets, parts)
    for n in range(count):
        yield text.replace(MARK, b"%08d%08d" % (series, n)) if series else text


# ---- a server -----------------------------------------------------------------

class Server:
    """Mailboxes are named by what is in them, see box_of()."""

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
            # of those that differ only the last
            self.made = {k: v for k, v in self.made.items()
                         if k[0].endswith("-0")}
            self.made[box, listing] = b"".join(
                self.listed(box) if listing else self.whole(box))
        return self.made[box, listing]

    def listed(self, box):
        text = (b"From: Alice <alice@example.org>\r\nSubject: A subject of "
                b"usual length\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n"
                b"\r\n")
        for n in range(1, int(box.split("-")[3]) + 1):
            yield (b"* %d FETCH (UID %d FLAGS (\\Seen) RFC822.SIZE 4321 BODY["
                   b"HEADER.FIELDS (FROM SUBJECT DATE)] {%d}\r\n" %
                   (n, n, len(text)) + text + b")\r\n")

    def whole(self, box):
        for n, text in enumerate(mails_of(box), 1):
            yield (b"* %d FETCH (UID %d BODY[] {%d}\r\n" %
                   (n, n, len(text)) + text + b")\r\n")

    def serve(self, conn):
        f, box = conn.makefile("rb"), ""
        caps = b"CAPABILITY IMAP4rev1"
        conn.sendall(b"* OK [" + caps + b"] ready\r\n")
        for line in f:
            tag, verb, rest = (line.rstrip().split(b" ", 2) + [b""])[:3]
            if verb == b"SELECT":
                box = rest.decode()
                if not box.endswith("-0"):
                    self.answers(box, False)
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


def timed_again(port, box, times=10):
    """The same, in a session that has fetched them: the median."""
    r = Reader(port, box)
    ask = f"FETCH 1:{box.split('-')[3]} (UID BODY.PEEK[])"
    r.ask(ask)
    rows = sorted(r.ask(ask)[0] for _ in range(times))
    r.close()
    return rows[len(rows) // 2]


def verdict(good):
    return "" if good else "   <- missed"
