#!/usr/bin/python3
"""traffic-shaping: the kernel's classes get the packets an ACL says, and
rates hold over ten seconds."""

import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import (Place, USER, done, hear, ok, private_network,
                 same)                                   # noqa: E402

MAIL = 1 << 20
RATE = 1 << 20
# What is measured, s, after the sockets' buffers have filled.
FOR, AFTER = 10, 1.5


def tc(*args):
    return subprocess.run(["tc", *args], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def make_classes():
    """HTB on loopback: class 1:1 takes all but what filters pick."""
    tc("qdisc", "add", "dev", "lo", "root", "handle", "1:", "htb",
       "default", "1")
    for minor in (1, 2, 3, 4):
        tc("class", "add", "dev", "lo", "parent", "1:", "classid",
           f"1:{minor}", "htb", "rate", "10gbit", "quantum", "60000")
    tc(*"filter add dev lo parent 1: protocol ip prio 1 u32".split(),
       *"match ip dsfield 0xb8 0xfc flowid 1:2".split())
    nft = ("add table inet t; add chain inet t o { type filter hook output "
           "priority 0; }\n"
           "add rule inet t o meta priority 5 meta priority set 1:3\n"
           "add rule inet t o meta mark 0x77 meta priority set 1:4")
    subprocess.run(["nft", nft], check=True)


def sent():
    """Octets each class has sent."""
    rows = re.findall(r"class htb 1:(\d+).*?\n Sent (\d+) bytes",
                      tc("-s", "class", "show", "dev", "lo"))
    return {int(minor): int(octets) for minor, octets in rows}


def fetch(proxy, number="1"):
    box = proxy.connect("clear/clear", "alice")
    box.select()
    data = mails.must(box.fetch(number, "(BODY.PEEK[])"))
    box.logout()
    return len(data[0][1])


def grown(before):
    after = sent()
    return {k: after[k] - before[k] for k in after}


def check_classes(place, server):
    make_classes()
    proxy = Proxy(place, server, name="classes", combinations=("clear/clear",),
                  session="traffic-shaping { to-client { dscp = EF  "
                  "priority = 3 } to-server { priority = 5 } }",
                  command="traffic-shaping { to-client { priority = 5 } }")
    before = sent()
    size = fetch(proxy)
    more = grown(before)
    # the filters see a packet's priority first: command-acl's, which wins
    ok(size <= more[3] < 1.2 * size + 65536,
       f"to-client: priority 5 of command-acl: {more} of {size}")
    proxy.stop()
    proxy = Proxy(place, server, name="dscp", combinations=("clear/clear",),
                  session="traffic-shaping { to-client { dscp = EF } }")
    before = sent()
    size = fetch(proxy)
    more = grown(before)
    ok(size <= more[2] < 1.2 * size + 65536,
       f"to-client: DSCP EF: {more} of {size}")
    same(more[3], 0, "and no priority")
    ok(more[1] > size, "the server's packets are not of the class")
    proxy.stop()


def check_marks(place, server):
    """Sessions that root starts keep the capability; others say so."""
    marked = "traffic-shaping {{ to-{} {{ mark = 0x77 }} }}"
    for leg in "client", "server":
        proxy = Proxy(place, server, name=f"mark-{leg}",
                      combinations=("clear/clear",),
                      session=marked.format(leg))
        before = sent()
        size = fetch(proxy)
        more = grown(before)
        if leg == "client":
            ok(size <= more[4] < 1.2 * size + 65536,
               f"to-client: mark: {more} of {size}")
        else:
            ok(0 < more[4] < size / 2, f"to-server: mark: {more} of {size}")
        proxy.stop()
    proxy = Proxy(place, server, name="unmarked", how="inetd", user=USER,
                  combinations=("clear/clear",),
                  session=marked.format("client"))
    same(hear(proxy.port["clear/clear"]), b"",
         "a session that may not mark is not begun")
    end = proxy.wait_events("SESSION-END", 1)[-1]
    same((end["RESULT"], end["REASON"]),
         ("FAILED", "traffic-shaping: mark: needs CAP_NET_RAW"),
         "and its record says why")
    proxy.stop()


def rate_down(box, seen):
    """Octets a second that a FETCH of everything brings, once it runs."""
    box.send(b"x FETCH 1:* (BODY.PEEK[])\r\n")
    begin = time.monotonic()
    octets, start = 0, None
    while True:
        piece = box.sock.recv(65536)
        now = time.monotonic()
        if start is None and now - begin > AFTER:
            start, octets = now, 0
        octets += len(piece)
        if start is not None and now - start > FOR:
            break
    seen.append(octets / (now - start))
    box.sock.close()


def rate_up(box, seen):
    octets = RATE * (FOR + 1)
    line = b"0123456789abcdef" * 4 + b"\r\n"
    box.send(b"x APPEND Up {%d}\r\n" % octets)
    while not box.readline().startswith(b"+"):
        pass
    begin = time.monotonic()
    box.sock.sendall((line * (octets // len(line) + 1))[:octets] + b"\r\n")
    while not box.readline().startswith(b"x OK"):
        pass
    seen.append(octets / (time.monotonic() - begin))
    box.logout()


def check_rates(place, server):
    shaped = Proxy(place, server, name="rates",
                   combinations=("clear/clear", "tls/clear"),
                   session="traffic-shaping { "
                   f"to-client {{ max-rate = {RATE} }} "
                   f"to-server {{ max-rate = {RATE} }} }}")
    runs = []
    for what, combination, run in (
            ("FETCH", "clear/clear", rate_down),
            ("FETCH with TLS", "tls/clear", rate_down),
            ("APPEND", "clear/clear", rate_up)):
        box = shaped.connect(combination, "alice")
        box.select()
        seen = []
        t = threading.Thread(target=run, args=(box, seen), daemon=True)
        t.start()
        runs.append((what, t, seen))
    for what, t, seen in runs:
        t.join(60)
        rate = seen[0] / RATE if seen else 0
        ok(0.9 <= rate <= 1.1, f"max-rate: {what}: {rate:.3f} of it over "
           f"{FOR} s")
    shaped.stop()


def rates_together(boxes):
    """Octets a second that these sessions get, all at once."""
    runs = []
    for box in boxes:
        seen = []
        t = threading.Thread(target=rate_down, args=(box, seen), daemon=True)
        t.start()
        runs.append((t, seen))
    for t, seen in runs:
        t.join(60)
    return [seen[0] if seen else 0 for _, seen in runs]


def check_shared(place, server):
    """A group of sessions, plain and with TLS, has one rate; an address has
    its own."""
    group = Proxy(place, server, name="group",
                  combinations=("clear/clear", "tls/clear"),
                  session=f"traffic-shaping {{ to-client {{ group = all  "
                  f"max-rate = {RATE} }} }}")
    per_ip = Proxy(place, server, name="per-ip", combinations=("clear/clear",),
                   session="traffic-shaping { to-client { "
                   f"max-rate-per-ip = {RATE} }} }}")
    boxes = [group.connect(c, "alice")
             for c in ("clear/clear", "tls/clear", "clear/clear")]
    for source in ("127.0.0.2", "127.0.0.2", "127.0.0.3"):
        boxes.append(mails.From(source, per_ip.port["clear/clear"]))
        boxes[-1].login("alice", "secret")
    for box in boxes:
        box.select()
    rates = [r / RATE for r in rates_together(boxes)]
    shown = " ".join(f"{r:.2f}" for r in rates)
    ok(0.9 <= sum(rates[:3]) <= 1.1, f"group: three share it: {shown}")
    ok(min(rates[:3]) > 0.1, "and none goes without")
    ok(0.9 <= sum(rates[3:5]) <= 1.1,
       "max-rate-per-ip: two of one address share it")
    ok(0.9 <= rates[5] <= 1.1, "and another address has its own")
    group.stop()
    per_ip.stop()


private_network()
place = Place("shaping")
server = Dovecot(place)
box = server.connect("alice")
mails.fill(box, 14, size=MAIL)
box.create("Up")
box.logout()
check_rates(place, server)
check_classes(place, server)
check_marks(place, server)
check_shared(place, server)
done()
