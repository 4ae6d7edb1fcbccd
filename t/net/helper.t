#!/usr/bin/python3
"""imap4-helper on a gateway between clients and a real server: what it
catches, and what becomes of it all when it ends in whatever way."""

import concurrent.futures
import os
import re
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from gateway import Gateway                              # noqa: E402
from helper import Helper                                # noqa: E402
from hosts import Net                                    # noqa: E402
from mails import connect                                # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from rig import Place, done, of_session, ok, same, wait_for  # noqa: E402

PARALLEL = 200


def login(net, family, port, ca, user="alice"):
    with net.client.inside():
        return connect(port, user, host=net.SERVER[family],
                       tls=port == 993, ca=ca)


def logins(place):
    """Whence the server was logged in to."""
    return re.findall(r"Login: user=<\w+>.* rip=(\S+),",
                      place.read("dovecot/log"))


def passes(net, family, port=143):
    """Does a connection reach anything, in a second?"""
    with net.client.inside(), socket.socket(
            socket.AF_INET6 if family == 6 else socket.AF_INET) as s:
        s.settimeout(1)
        try:
            s.connect((net.SERVER[family], port))
            return bool(s.recv(10))
        except OSError:
            return False


def four(net, ca):
    """A session for each family, plain and TLS."""
    return [login(net, f, p, ca) for f in (4, 6) for p in (143, 993)]


def answer(boxes):
    return [box.noop()[0] for box in boxes]


def check_processes(helper):
    found = {name: of_session(pid)
             for name, pid in helper.children().items()}
    found["monitor"] = of_session(helper.proc.pid)
    nobody, root = "65534", "0"
    same({n: (s["Uid"].split()[1], int(s["CapPrm"], 16), int(s["CapEff"], 16),
              int(s["CapBnd"], 16) and s["Seccomp"], s["NoNewPrivs"])
          for n, s in found.items()},
         {"monitor": (nobody, 0, 0, "2", "1"),
          "imap4-catcher": (nobody, 1 << 12, 1 << 12, "2", "1"),
          "imap4-keeper": (root, 1 << 2, 1 << 2, "0", "1"),
          "imap4-sweeper": (nobody, 0, 0, "0", "1")},
         "each of its processes has what it needs and no more")


def check_mode(place, net, mode):
    """Both families, plain and TLS, clients' addresses, all ends."""
    proxy = Gateway(place, net, mode, name=mode,
                    session="source-address = client")
    helper = Helper(place, net, proxy, f"helper-{mode}")
    helper.note("for 2 of 2")
    before = len(logins(place))
    boxes = four(net, proxy.ca)
    same(answer(boxes), ["OK"] * 4, f"{mode}: all are served")
    starts = proxy.wait_events("SESSION-START", 4)
    same({s["TRANSP"] for s in starts}, {"YES"}, f"{mode}: by the proxy")
    same(wait_for("logins", lambda: logins(place)[before + 3:] and
                  logins(place)[before:]),
         [net.CLIENT[f] for f in (4, 4, 6, 6)],
         f"{mode}: the server sees the clients' addresses")
    if mode == "redirect":
        check_processes(helper)
    check_parallel(net, proxy, mode)
    check_killed(net, proxy, helper, boxes, mode)
    proxy.stop()


def check_parallel(net, proxy, mode):
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        boxes = list(pool.map(
            lambda i: login(net, 4 + i % 2 * 2, 143, proxy.ca),
            range(PARALLEL)))
    same(sum(a == "OK" for a in answer(boxes)), PARALLEL,
         f"{mode}: {PARALLEL} at once")
    for box in boxes:
        box.logout()


def check_killed(net, proxy, helper, boxes, mode):
    """Without the table that stays: rules go, and come back."""
    helper.kill()
    ok("imap4" not in helper.net.gateway.run("nft list ruleset"),
       f"{mode}: killed -9: its rules are gone")
    count = len(proxy.events("SESSION-START"))
    ok(passes(net, 4) and passes(net, 6),
       f"{mode}: on-exit = pass: clients reach their servers")
    same(len(proxy.events("SESSION-START")), count,
         f"{mode}: without the proxy")
    helper.start()
    helper.note("for 2 of 2")
    fresh = four(net, proxy.ca)
    same(answer(fresh), ["OK"] * 4, f"{mode}: it comes back: served again")
    same(len(proxy.events("SESSION-START")), count + 4, f"{mode}: by the proxy")
    same(helper.stop(), 0, f"{mode}: told to end, it does")
    same(re.findall("imap4|proto 143", helper.rules()), [],
         f"{mode}: and leaves nothing")


def check_hold(place, net, mode):
    """With the table that stays: sessions go on, and nothing passes."""
    proxy = Gateway(place, net, mode, name=f"hold-{mode}",
                    listen="on-exit = block",
                    session="source-address = client")
    helper = Helper(place, net, proxy, f"helper-hold-{mode}")
    helper.note("for 2 of 2 listeners, on-exit = block NOT in force")
    same(len(proxy.wait_events("NAT-UNHELD", 1)), 1,
         f"{mode}: on-exit = block without what blocks is warned of")
    helper.stop()
    helper.only("-b")
    ok(not passes(net, 4) and not passes(net, 6) and
       not passes(net, 4, 993) and not passes(net, 6, 993),
       f"{mode}, on-exit = block: nothing passes before the helper")
    helper.start()
    helper.note("for 2 of 2 listeners$")
    boxes = four(net, proxy.ca)
    same(answer(boxes), ["OK"] * 4, f"{mode}: then all are served")
    helper.kill()
    ok(not passes(net, 4) and not passes(net, 6) and
       not passes(net, 4, 993) and not passes(net, 6, 993),
       f"{mode}: killed -9: nothing passes")
    same(answer(boxes), ["OK"] * 4, f"{mode}: sessions go on")
    helper.start()
    helper.note("for 2 of 2")
    same(answer(boxes + four(net, proxy.ca)), ["OK"] * 8,
         f"{mode}: it comes back: both old and new ones are served")
    helper.stop()
    same(answer(boxes), ["OK"] * 4, f"{mode}: told to end: sessions go on")
    helper.only("-x")
    same(re.findall("imap4|proto 143", helper.rules()), [],
         f"{mode}: -x leaves nothing")
    proxy.stop()


def check_changes(place, net):
    """What listens, what interfaces there are, and the text may change."""
    proxy = Gateway(place, net, "redirect", name="changes")
    helper = Helper(place, net, proxy, "helper-changes")
    helper.note("for 2 of 2")
    net.gateway.run("ip link del lan")
    net._wire(net.client, "lan", net.CLIENT, net.LAN)
    with login(net, 4, 143, proxy.ca) as box:
        same(box.noop()[0], "OK", "an interface that comes back is covered")
    same(len(proxy.wait_events("SESSION-START", 1)), 1, "by the proxy")
    text = proxy.text()
    proxy.write(text.replace("on-exit", "on-exitt") + "nonsense = 1\n")
    helper.note(r"REFUSED: .*nonsense: unknown key.*for 2 of 2")
    same(proxy.wait_events("CONFIG-BAD", 1) != [], True,
         "a bad text: the status and the log say why")
    proxy.write(text.replace("port = 993", "port = 994"))
    helper.note("compiled after imap4-proxy.cfg changed")
    rules = wait_for("new rules", lambda: (
        lambda r: r if "dport 994" in r else None)(helper.rules()))
    ok("dport 993" not in rules and "dport 143" in rules,
       "a good one: its rules instead of the old ones")
    proxy.stop()
    helper.note("for 0 of 2")
    ok("dport" not in helper.rules(), "nobody listens: nothing is caught")
    same(helper.stop(), 0, "told to end, it does")


def check_children(place, net):
    """One of its processes ends: all do, and the rules with them."""
    proxy = Gateway(place, net, "redirect", name="children")
    for who in ("imap4-catcher", "imap4-keeper", "imap4-sweeper"):
        helper = Helper(place, net, proxy, f"without-{who}")
        os.kill(helper.children()[who], signal.SIGKILL)
        same(helper.proc.wait(10), 70, f"without its {who} it ends")
        ok("imap4" not in net.gateway.run("nft list ruleset"),
           "and its rules with it")
    helper = Helper(place, net, proxy, "killed")
    children = helper.children()
    os.kill(helper.proc.pid, signal.SIGKILL)
    helper.proc.wait()
    wait_for("its children end", lambda: not any(
        os.path.exists(f"/proc/{p}") for p in children.values()))
    same(re.findall("imap4|proto 143", helper.rules()), [],
         "the monitor killed -9: the others take all away")
    proxy.stop()


place = Place("helper")
net = Net(place)
with net.server.inside():
    Dovecot(place, "listen = *, ::", ports=(143, 993))
for mode in ("redirect", "tproxy"):
    check_mode(place, net, mode)
    check_hold(place, net, mode)
check_changes(place, net)
check_children(place, net)
done()
