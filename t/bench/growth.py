#!/usr/bin/python3
"""make bench-growth: does a session cost more when many others are open, or
when the configuration is long?  It must not, in either mode.

    growth.py PROGRAMS

A session's CPU, of the whole control group, by GROWTH_SIZES (10,100,1000):
others that are logged in and idle meanwhile, and ACLs of each phase of which
the last one matches.  Every one of GROWTH_ROUNDS rounds (5) measures all sizes
in turn; printed are medians, and medians of the rounds' ratios to the first
size.  Exit: 0 measured, whatever came out; 1 a session failed.
"""

import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from mailservers import Dovecot                          # noqa: E402
from peer import PROGRAMS, Nowait, Wait, load            # noqa: E402
from rig import TOP, Place, bail                         # noqa: E402

ROUNDS = int(os.environ.get("GROWTH_ROUNDS", "5"))
SIZES = [int(n) for n in
         os.environ.get("GROWTH_SIZES", "10,100,1000").split(",")]
MOST = 1.10                 # of the smallest size's cost
AT_ONCE, EACH = 8, 12
# Until sessions that were opened or have ended are at rest, s.
REST = 0.8


def others(n):
    """ACLs of either phase that a client of 127.0.0.1 passes."""
    return "".join(
        f'{phase} "other-{i}" {{ from = {{"10.{i >> 8}.{i & 255}.7"}} {rest} }}\n'
        for phase, rest in (
            ("session-acl", 'plug-to = {"192.0.2.1:143"}'),
            ("command-acl", "no-mail-scanning = yes")) for i in range(n))


def long(mode, n):
    """The class of a proxy with n ACLs of each phase."""
    return type(f"Long{n}", (mode,), {
        "name": f"{mode.name}-{n}", "top": mode.top + "\n" + others(n - 1)})


class Others:
    """Idle sessions of a proxy, while they are wanted."""

    def __init__(self, peer, n):
        self.client = subprocess.Popen(
            [f"{PROGRAMS}/t/bench/peerload", str(peer.plain), "plain", "hold",
             str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        if self.client.stdout.readline() != "held\n":
            raise RuntimeError("sessions cannot be held")
        time.sleep(REST)

    def __exit__(self, *_):
        self.client.communicate()
        time.sleep(REST)


def cost(peer, leg):
    """us of CPU of a session."""
    before = peer.group.cpu()
    load(getattr(peer, leg), leg, "sessions", AT_ONCE, EACH)
    time.sleep(REST / 2)
    return (peer.group.cpu() - before) * 1e6 / (AT_ONCE * EACH)


def measure(modes, turn):
    """Round number turn: {(mode, leg, what, size): us}"""
    seen = {}
    # what else the machine does is not to fall on the same size each time
    order = [(i + turn) % len(SIZES) for i in range(len(SIZES))]
    for mode, peers in modes.items():
        for i in order:
            for leg in ("plain", "tls"):
                seen[mode, leg, "ACLs", SIZES[i]] = cost(peers[i], leg)
        for n in (SIZES[i] for i in order):
            with Others(peers[0], n):
                for leg in ("plain", "tls"):
                    seen[mode, leg, "sessions open", n] = cost(peers[0], leg)
    return seen


def table(rounds):
    print("\n| us of CPU a session | " + " | ".join(
        f"{n:,}" for n in SIZES) + " | most |")
    print("|---" * (len(SIZES) + 2) + "|")
    missed = 0
    for row in dict.fromkeys(k[:3] for r in rounds for k in r):
        first = [r[*row, SIZES[0]] for r in rounds]
        cells, most = [], 1.0
        for n in SIZES:
            values = [r[*row, n] for r in rounds]
            ratio = statistics.median(v / f for v, f in zip(values, first))
            most = max(most, ratio)
            cells.append(f"{statistics.median(values):.0f} ({ratio:.2f})")
        missed += most > MOST
        print(f"| {row[0]}, {row[1]}, by {row[2]} | " + " | ".join(cells) +
              f" | {most:.2f} {'met' if most <= MOST else 'MISSED'} |")
    print(f"\n{len(rounds)} rounds; {missed} of the rows exceed {MOST:.2f}")


def main():
    if os.getuid() != 0:
        bail("control groups: run it as root")
    place = Place("growth")
    room = max(SIZES) * 2 + 1000
    backend = Dovecot(place, password="password", extra=f"""
mail_max_userip_connections = {room}
service imap-login {{
  client_limit = {room}
}}
service imap {{
  process_limit = {room}
}}
""")
    modes = {mode.name: [long(mode, n)(place, backend) for n in SIZES]
             for mode in (Wait, Nowait)}
    try:
        rounds = []
        for n in range(ROUNDS):
            rounds.append(measure(modes, n))
            print(f"# round {n + 1} of {ROUNDS}", file=sys.stderr, flush=True)
    finally:
        for peers in modes.values():
            for peer in peers:
                peer.stop()
    table(rounds)


os.chdir(TOP)
main()
