#!/usr/bin/python3
"""make bench, third part: FETCH of mails that a real clamd judges.  First is
a fetch of mails nobody has asked for before; again the same in a new session,
which finds what clamd said in the verdict store; kept, in the same session,
of as many mails as it keeps.
Overhead is what a first fetch takes over clamd's own time: the same objects,
of other mails, sent to it in the same order, over as many connections, by a
program that does nothing else.  No two mails have the same attachment, for
clamd remembers what it found clean.

With one signature clamd is as fast as it gets, and the overhead as large; with
more each object takes it longer.  BENCH_ROUNDS rounds; medians, of ratios
those of each round; BENCH_SMOKE: in small.  Says what comes out; exit 1 only
when a session fails.
"""

import email
import os
import random
import re
import statistics
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from fetch import (MB, ROUNDS, Server, box_of, mails_of, timed,  # noqa: E402
                   timed_again, verdict)
from proxy import Proxy  # noqa: E402
from rig import B, TOP, USER, Place, program  # noqa: E402
from scanners import Clamd  # noqa: E402
from scanning import DENY, LEG, Scanned  # noqa: E402

ASK = program(os.path.join(B, "t/bench/ask_clamd"))
SMOKE = bool(os.environ.get("BENCH_SMOKE"))
SIZES = ((10 << 10, 300), (75 << 10, 100), (MB, 16))
SIGNATURES = (1, 1000 if SMOKE else 100_000)
OVERHEAD, AGAIN = 0.25, 0.5
KEPT = 4 * MB                  # octets, of spool.memory's 8M
PIECE = 32768


def lanes():
    """Connections that a session has to an engine."""
    with open(os.path.join(TOP, "src/scan/scan.h")) as f:
        return re.search(r"SCAN_LANES = (\d+)", f.read()).group(1)


# ---- clamd alone ----------------------------------------------------------------

def objects_of(octets):
    """What the proxy asks of a mail: all of it, and each part decoded."""
    yield octets
    for part in email.message_from_bytes(octets).walk():
        if not part.is_multipart():
            yield part.get_payload(decode=True)


def request(octets):
    pieces = [octets[i:i + PIECE] for i in range(0, len(octets), PIECE)]
    return b"zINSTREAM\0" + b"".join(
        struct.pack(">I", len(p)) + p for p in [*pieces, b""])


def alone(place, clamd, box):
    """Seconds that clamd takes for its mails."""
    with open(place.file("requests"), "wb") as f:
        for n, octets in enumerate(mails_of(box)):
            for r in map(request, objects_of(octets)):
                f.write(struct.pack("=II", n, len(r)) + r)
    return float(subprocess.run([ASK, clamd.path, lanes(), f.name],
                                stdout=subprocess.PIPE, check=True).stdout)


def asked_alike(place, server):
    """The proxy asks of mails what objects_of() has, or all this is void."""
    scanned = Scanned(place, server, DENY, name="alike",
                      command="max-mail-in = 1G", spool="min-free = 0")
    want = []
    for octets, _ in SIZES:
        box = box_of(octets, 1, 1)
        timed(scanned.port, box)
        want += [len(o) for m in mails_of(box) for o in objects_of(m)]
    if sorted(n for _, n, _ in scanned.clamd.objects()) != sorted(want):
        sys.exit(f"bench: not asked alike: {scanned.clamd.objects()}, {want}")
    scanned.stop()


# ---- through the proxy ------------------------------------------------------------

def signatures(count):
    """Lines of ndb: strings of 16 to 40 octets, in any file, anywhere."""
    rng = random.Random(count)
    return "".join(f"Test.Random.{n}:0:*:"
                   f"{rng.randbytes(rng.randint(16, 40)).hex()}\n"
                   for n in range(count))


def proxy(place, server, clamd, name):
    store = place.folder(f"{name}-store", 0o755, USER)
    return Scanned(
        place, server, DENY, engine=None, name=name, spool="min-free = 0",
        command='use-antivirus = {"clamav"}  max-mail-in = 1G',
        top=f'antivirus "clamav" {{ connection = {{"{clamd.path}"}} }}\n'
            f'verdict-store {{ path = "{store}/verdicts" }}')


class Bench:
    def __init__(self):
        self.place = Place("bench-engine")
        self.server = Server(self.place)
        self.series = 0
        self.passing = Proxy(self.place, self.server, combinations=(LEG,),
                             name="passing",
                             command="max-bytes-in = 0").port[LEG]

    def box(self, octets, count):
        """Of mails that nobody has seen."""
        self.series += 1
        return box_of(octets, 1, count, self.series)

    def round(self, clamd, port, octets, count):
        """Seconds: clamd alone, first, again, passed through."""
        own = alone(self.place, clamd, self.box(octets, count))
        box = self.box(octets, count)
        return own, timed(port, box), timed(port, box), timed(self.passing,
                                                              box)

    def kept(self, port, octets, count):
        """How long it takes of what passing through takes, and mails/s."""
        count = min(count, KEPT // octets, 30)
        box = self.box(octets, count)
        rows = [(timed_again(port, box), timed_again(self.passing, box))
                for _ in range(ROUNDS)]
        return (statistics.median(p / k for k, p in rows),
                count / statistics.median(k for k, _ in rows))

    def figures(self, clamd, port, octets, count):
        self.round(clamd, port, octets, count)
        rows = [self.round(clamd, port, octets, count) for _ in range(ROUNDS)]
        own, first, again, passed = map(statistics.median, zip(*rows))
        over = statistics.median(r[1] / r[0] - 1 for r in rows)
        ratio = statistics.median(r[3] / r[2] for r in rows)
        print(f"{octets >> 10:>6} KB  first {count / first:7.0f} mails/s of "
              f"{count / own:6.0f}  {over:+5.0%} over clamd's own time "
              f"(target {OVERHEAD:.0%}){verdict(over <= OVERHEAD)}")
        print(f"           again {count / again:7.0f} mails/s of "
              f"{count / passed:6.0f}  {ratio:5.2f}x of passing through "
              f"(target {AGAIN}){verdict(ratio >= AGAIN)}")
        ratio, speed = self.kept(port, octets, count)
        print(f"           kept  {speed:7.0f} mails/s          "
              f"{ratio:5.2f}x of passing through "
              f"(target {AGAIN}){verdict(ratio >= AGAIN)}")

    def clamd(self, count):
        print(f"FETCH of mails that clamd judges, with {count} signature"
              f"{'s'[:count > 1]}")
        clamd = Clamd(self.place, stream_max="10M",
                      ndb=signatures(count - 1))
        scanned = proxy(self.place, self.server, clamd, f"scanned-{count}")
        for octets, mails in SIZES:
            self.figures(clamd, scanned.port, octets,
                         mails // 8 if SMOKE else mails)
        scanned.stop()
        clamd.stop()


def main():
    bench = Bench()
    asked_alike(bench.place, bench.server)
    for count in SIGNATURES:
        bench.clamd(count)


main()
