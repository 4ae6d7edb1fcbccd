#!/usr/bin/python3
"""make bench, second part: what scanning costs FETCH, with no engine, against
pass-through by the same proxy in the same run.  The server is a process that
sends answers made beforehand, so that it is not what is measured.
BENCH_ROUNDS rounds; medians.  Says what comes out; exit 1 only when a session
fails.
"""

import os
import re
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from fetch import (MB, ROUNDS, Reader, Server, box_of, timed,  # noqa: E402
                   verdict)
from proxy import Proxy  # noqa: E402
from rig import Place  # noqa: E402
from scanning import LEG, NOTHING, Scanned  # noqa: E402

LISTING = ("(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS "
           "(FROM SUBJECT DATE)])")
TYPES = """
mail-acl "all" { }
doc-acl "programs" { mime-type = {"application/x-dosexec"}  deny = yes }
doc-acl "all" { }
"""


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
        box = box_of(octets, 1, count)
        a, b, ratio = compared(box, plain.port, passing)
        print(f"{octets >> 10:>6} KB  {count / a:8.0f} mails/s of "
              f"{count / b:8.0f}  {ratio:5.2f}x  (target "
              f"{want or 'none'}){verdict(ratio >= want)}")
    box = box_of(75 << 10, 4, 200)
    a, b, _ = compared(box, typed.port, plain.port)
    print(f"types by libmagic  {(a - b) / 200 / 5 * 1e6:8.0f} us more for "
          "each part")
    a, b, ratio = compared(box_of(0, 1, 50000), plain.port, passing, LISTING)
    print(f"listing of 50000   {50000 / a:8.0f} mails/s of {50000 / b:8.0f}  "
          f"{ratio:5.2f}x  (target 0.8){verdict(ratio >= 0.8)}")
    idle, peak = memory(plain, box_of(50 * MB, 1, 1))
    more = (peak - idle) / 1024
    print(f"mail of 50 MB      {more:8.1f} MB over {idle / 1024:.1f} idle "
          f"(target 24){verdict(more <= 24)}")
    for what, small, large in (
            ("mail size", box_of(2 * MB, 1, 4), box_of(16 * MB, 1, 4)),
            ("part count", box_of(400_000, 500, 4),
             box_of(3_200_000, 4000, 4))):
        times = [statistics.median(timed(plain.port, box) for _ in
                                   range(ROUNDS)) for box in (small, large)]
        growth = times[1] / times[0]
        print(f"8 times the {what:<11} {growth:5.1f} times as long (linear: "
              f"8){verdict(growth < 12)}")
    plain.stop()
    typed.stop()


main()
