#!/usr/bin/python3
"""The machine's clock is stepped a day forward and back in an open session:
no limit of time may notice, and none may be lost."""

import datetime
import os
import re
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import B, Place, done, ok, program, same        # noqa: E402

DAY = 86400


class Clock:
    """The wall clock of what is started with .env."""

    def __init__(self, place):
        self.path = place.file("clock", struct.pack("q", 0))
        self.env = {"LD_PRELOAD": program(os.path.join(B, "t/shift.so")),
                    "SHIFT_FILE": self.path}

    def set(self, seconds):
        # Written in place: the sessions have it mapped.
        with open(self.path, "r+b") as f:
            f.write(struct.pack("q", seconds))


def limits(server, place, clock):
    """Limits far away: a step must not break them."""
    proxy = Proxy(place, server, combinations=("clear/clear", "tls/tls"),
                  env=clock.env, session="idle-timeout = 30m",
                  command="max-time = 1h  idle-timeout = 30m"
                          "  login-timeout = 60s  command-timeout = 10m",
                  log='log { level = normal  requests = all  target = '
                        f'"file:{place.path}/proxy/log" }}')
    for combination in ("clear/clear", "tls/tls"):
        clock.set(0)
        box = proxy.connect(combination, "alice")
        box.select("INBOX")
        for step in (DAY, -DAY, 0):
            clock.set(step)
            time.sleep(0.2)
            same(box.noop()[0], "OK", f"{combination}: the session goes on "
                 f"after a step to {step:+} s")
            same(len(mails.must(box.fetch("1:5", "BODY.PEEK[]"))), 10,
                 f"{combination}: and shows its mails")
        same(box.logout()[0], "BYE", f"{combination}: and ends as it should")
    ends = proxy.wait_events("SESSION-END", 2)
    same([e["RESULT"] for e in ends], ["ACCEPTED"] * 2, "no limit was broken")
    ok(all(0 < float(e["TIME"]) < 60 for e in ends),
       f"the duration is the real one: {[e['TIME'] for e in ends]}")
    proxy.stop()
    return proxy.log_text()


def still_limits(server, place, clock):
    """A limit that is near still ends the session at its time."""
    proxy = Proxy(place, server, name="short", combinations=("clear/clear",),
                  env=clock.env, command="idle-timeout = 3s")
    clock.set(0)
    box = proxy.connect("clear/clear", "alice")
    begin = time.monotonic()
    clock.set(-DAY)
    line = box.readline()
    took = time.monotonic() - begin
    ok(line.startswith(b"* BYE"), f"idle-timeout ends a session after a step "
       f"back: {line!r}")
    ok(2 < took < 6, f"at its time: {took:.1f} s of 3")
    proxy.stop()


def days_in(text):
    found = set(re.findall(r"\d{4}-\d\d-\d\d", text))
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    for month, day in re.findall(rf"\b({'|'.join(months)}) +(\d+) \d\d:",
                                 text):
        found.add(f"{months.index(month) + 1:02d}-{int(day):02d}")
    return {d[-5:] for d in found}


place = Place("clock")
server = Dovecot(place)
box = server.connect("alice")
mails.fill(box, 10)
box.logout()
clock = Clock(place)
log = limits(server, place, clock)
now = datetime.datetime.now()
for step in (-1, 0, 1):
    day = (now + datetime.timedelta(days=step)).strftime("%m-%d")
    ok(day in days_in(log), f"the log has lines of {day}: the step was seen")
still_limits(server, place, clock)
done()
