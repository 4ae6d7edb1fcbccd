#!/usr/bin/python3
"""What imap4-helper catches and what it leaves alone: addresses, ports, this
machine's own connections, two configurations beside each other, wait mode."""

import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from gateway import Gateway                              # noqa: E402
from helper import Helper                                # noqa: E402
from hosts import Net                                    # noqa: E402
from mails import connect                                # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from rig import (B, Place, as_user, done, listening, ok, same,
                 wait_for)                               # noqa: E402

MORE = {4: "10.2.0.3", 6: "fd02::3"}


def greeted(host, to, port, source=None):
    """By "server" or "proxy": what answers; the listener is in the log."""
    with host.inside(), socket.create_connection((to, port), 5,
                                                 source) as s:
        return s.recv(1000)[:4] == b"* OK"


def caught(proxy, count):
    """The listeners of the sessions since the last call."""
    starts = proxy.wait_events("SESSION-START", count)
    return [s["LISTENER"] for s in starts[-count:]]


class Scoped(Gateway):
    """Of all servers but one, and of a range of ports but that one."""

    def section(self, title, port, listen_port):
        if title == "plain":
            return (f'transparent "plain" {{ iface = "l*"  address = '
                    f'{{"*", "!{MORE[4]}", "!{MORE[6]}"}} '
                    f'port = "140-150"  listen-port = {listen_port} '
                    f'mode = {self.mode} }}')
        return super().section(title, port, listen_port)


def check_scope(place, net, mode):
    proxy = Scoped(place, net, mode, name=f"scope-{mode}")
    helper = Helper(place, net, proxy, f"helper-scope-{mode}")
    helper.note("for 2 of 2")
    for family in (4, 6):
        to, other = net.SERVER[family], MORE[family]
        same([greeted(net.client, to, p) for p in (143, 150)], [True] * 2,
             f"{mode}, IPv{family}: a range of ports is served")
        same(caught(proxy, 2 if family == 4 else 4)[-2:], ["plain"] * 2,
             f"{mode}, IPv{family}: by the proxy")
        ok(greeted(net.client, to, 151) and greeted(net.client, other, 143),
           f"{mode}, IPv{family}: another port and address are the server's")
        ok(greeted(net.gateway, to, 143),
           f"{mode}, IPv{family}: the gateway's own connections as well")
    starts = proxy.wait_events("SESSION-START", 4)
    same([s["TO"].rsplit(":", 1)[1] for s in starts], ["143", "150"] * 2,
         f"{mode}: the ports they were going to are known")
    same(len(starts), 4, f"{mode}: no others were caught")
    same(helper.stop(), 0, f"{mode}: the helper ends")
    proxy.stop()


def check_own(place, net):
    """iface = lo: programs of the gateway, but not the proxy itself."""
    proxy = Gateway(place, net, "redirect", iface="lo", name="own")
    helper = Helper(place, net, proxy, "helper-own")
    helper.note("for 2 of 2")
    for family in (4, 6):
        ok(greeted(net.gateway, net.SERVER[family], 143),
           f"own, IPv{family}: served")
    same(caught(proxy, 2), ["plain"] * 2, "own: by the proxy")
    ok(greeted(net.client, net.SERVER[4], 143),
       "own: what is forwarded is left alone")
    with net.gateway.inside():
        probe = place.start("probe", as_user([
            "/usr/bin/python3", "-c", "import socket; print("
            f"socket.create_connection(('{net.SERVER[4]}', 143), 5).recv(4))"
        ]))
        probe.wait(10)
    same(place.read("probe.out").strip(), "b'* OK'",
         "own: app-user's connections reach the server")
    same(len(proxy.events("SESSION-START")), 2, "own: not the proxy")
    helper.stop()
    proxy.stop()


class Second(Gateway):
    """Takes port 143 of another interface, and 144."""

    def section(self, title, port, listen_port):
        return super().section(title, port + 1, listen_port)


def check_two(place, net):
    """Two configurations: each its rules; one's end is none of the other."""
    first = Gateway(place, net, "tproxy", name="first",
                    session="source-address = client")
    a = Helper(place, net, first, "helper-first")
    a.note("for 2 of 2")
    second = Second(place, net, "tproxy", name="second", listen_ports=(
        3143, 3993), session="source-address = client")
    b = Helper(place, net, second, "helper-second")
    b.note("for 2 of 2")
    ok(greeted(net.client, net.SERVER[4], 143) and
       greeted(net.client, net.SERVER[6], 144), "two: both serve")
    same((caught(first, 1), caught(second, 1)), (["plain"], ["plain"]),
         "two: each its own")
    a.kill()
    ok(greeted(net.client, net.SERVER[6], 144) and caught(second, 2),
       "two: the other goes on when one is killed")
    a.start()
    a.note("for 2 of 2")
    b.stop()
    ok(greeted(net.client, net.SERVER[6], 143) and caught(first, 2),
       "two: and when one ends")
    same(re.findall("second", a.rules()), [], "two: nothing of it is left")
    a.stop()
    same(re.findall("imap4|proto 143", a.rules()), [], "two: nor of the other")
    first.stop()
    second.stop()


class Waiting(Gateway):
    """One process accepts and forks."""

    def listen(self):
        argv = ["-l", "[::]:2143", "-l", "[::]:2993"]
        with self.net.gateway.inside():
            self.proc = self.place.start(
                f"{self.name}-listener", ["systemd-socket-activate", *argv,
                                          *as_user(self.argv)])
            wait_for("the parent listens", lambda: listening(2993, "::"))


def check_wait(place, net):
    proxy = Waiting(place, net, "redirect", name="waiting")
    helper = Helper(place, net, proxy, "helper-waiting")
    helper.note("for 2 of 2")
    for family in (4, 6):
        for port in (143, 993):
            with net.client.inside():
                box = connect(port, "alice", host=net.SERVER[family],
                              tls=port == 993, ca=proxy.ca)
            same(box.noop()[0], "OK",
                 f"wait mode: IPv{family}, port {port}: served")
            box.logout()
    same([(s["LISTENER"], s["TO"]) for s in
          proxy.wait_events("SESSION-START", 4)],
         [(title, f"[{net.SERVER[f]}]:{port}") for f in (4, 6)
          for title, port in (("plain", 143), ("tls", 993))],
         "wait mode: its children know where they were going")
    helper.stop()
    proxy.stop()


place = Place("scope")
net = Net(place)
net.server.run(f"ip addr add {MORE[4]}/24 dev eth0;"
               f"ip addr add {MORE[6]}/64 dev eth0 nodad")
with net.server.inside():
    listeners = "\n".join(f"inet_listener imap{p} {{\n port = {p}\n }}"
                          for p in (144, 150, 151))
    Dovecot(place, "listen = *, ::\nservice imap-login {\n" + listeners +
            "\n}\n", ports=(143, 993))
check_scope(place, net, "redirect")
check_scope(place, net, "tproxy")
check_own(place, net)
check_two(place, net)
check_wait(place, net)
done()
