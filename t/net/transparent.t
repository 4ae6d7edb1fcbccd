#!/usr/bin/python3
"""Connections caught between a client and its server by rules made by hand:
the session finds the server they were going to, says so, and refuses loops."""

import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from hosts import Net                                    # noqa: E402
from gateway import Gateway                              # noqa: E402
from mails import connect                                # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from rig import Place, done, ok, same, wait_for                    # noqa: E402

CATCH = {"plain": 143, "tls": 993}

RULES = {
    "redirect": """nft -f - <<'END'
table inet t {
    chain p {
        type nat hook prerouting priority dstnat
        iifname lan tcp dport 143 fib daddr type != local redirect to :2143
        iifname lan tcp dport 993 fib daddr type != local redirect to :2993
    }
}
END""",
    "tproxy": """nft -f - <<'END'
table inet t {
    chain p {
        type filter hook prerouting priority mangle
        iifname lan tcp dport 143 fib daddr type != local \
            tproxy to :2143 meta mark set 1 accept
        iifname lan tcp dport 993 fib daddr type != local \
            tproxy to :2993 meta mark set 1 accept
    }
}
END
for f in -4 -6; do
    ip $f rule add fwmark 1 lookup 100
    ip $f route add local default dev lo table 100
done""",
}


def login(net, family, port, ca):
    """A client that knows nothing of the proxy; its greeting's port."""
    with net.client.inside():
        return connect(port, "alice", host=net.SERVER[family],
                       tls=port == 993, ca=ca)


def closed(net, host, port):
    """Not one octet comes before it is closed or reset."""
    with net.client.inside():
        try:
            with socket.create_connection((host, port), 10) as s:
                return s.recv(100) == b""
        except ConnectionResetError:
            return True


def check(place, net, mode):
    net.gateway.run("nft flush ruleset")
    net.gateway.run(RULES[mode])
    proxy = Gateway(place, net, mode, name=mode)
    for family in (4, 6):
        host = net.SERVER[family]
        for port in (143, 993):
            with login(net, family, port, proxy.ca) as box:
                same(box.noop()[0], "OK",
                     f"{mode}: IPv{family}, port {port}: served")
    starts = proxy.wait_events("SESSION-START", 4)
    same([(s["TRANSP"], s["LISTENER"]) for s in starts],
         [("YES", "plain"), ("YES", "tls")] * 2,
         f"{mode}: known as caught, by its listener")
    same([s["TO"] for s in starts],
         [f"[{net.SERVER[f]}]:{p}" for f in (4, 6) for p in (143, 993)],
         f"{mode}: and where they were going")
    ends = proxy.wait_events("SESSION-END", 4)
    same([e["SERVER"] for e in ends], [s["TO"] for s in starts],
         f"{mode}: which is the server")
    for family in (4, 6):
        ok(closed(net, net.LAN[family], 2143),
           f"{mode}: IPv{family}: a direct connection gets nothing")
    ends = proxy.wait_events("SESSION-END", 6)[4:]
    same([(e["REASON"], e["RESULT"]) for e in ends],
         [("a direct connection to listen-port, which is for caught ones "
           "(a loop)", "REJECTED")] * 2, f"{mode}: and the log says why")
    proxy.stop()


BACK = """nft -f - <<'END'
table inet back {
    chain p {
        type filter hook prerouting priority mangle
        meta l4proto tcp socket transparent 1 meta mark set 1 accept
    }
}
END"""


def check_source(place, net, session, addresses, name):
    """What the server sees of the client, by its own log."""
    net.gateway.run("nft flush ruleset")
    net.gateway.run(RULES["redirect"])
    net.gateway.run(BACK)
    before = len(place.read("dovecot/log"))
    proxy = Gateway(place, net, "redirect", session=session, name=name)
    for family in (4, 6):
        for port in (143, 993):
            login(net, family, port, proxy.ca).logout()
    logins = wait_for("four logins", lambda: (
        lambda f: f if len(f) == 4 else None)(re.findall(
            r"Login: user=<alice>.* rip=(\S+),",
            place.read("dovecot/log")[before:])))
    same(logins, [addresses[f] for f in (4, 4, 6, 6)],
         f"source-address = {name}: the server sees it")
    proxy.stop()


def check_no_capability(place, net):
    """Without the drop-in the client is told that nothing is there."""
    proxy = Gateway(place, net, "redirect", name="incapable")
    proxy.session = "source-address = client"
    proxy.write()
    proxy.compile()
    with net.client.inside(), \
            socket.create_connection((net.SERVER[4], 143), 10) as s:
        same(s.recv(1000)[:19], b"* BYE [UNAVAILABLE]",
             "without CAP_NET_RAW there is no server")
    same(proxy.wait_events("CANDIDATE-FAILED", 1)[0]["why"],
         "source-address = client: needs CAP_NET_RAW", "the log says why")
    proxy.stop()


def check_own_address(place, net):
    """A rule that catches what goes to the proxy itself."""
    net.gateway.run("nft flush ruleset")
    net.gateway.run("""nft -f - <<'END'
table inet t {
    chain p {
        type nat hook prerouting priority dstnat
        iifname lan tcp dport 143 redirect to :2143
        iifname lan tcp dport 2993 redirect to :2143
    }
}
END""")
    proxy = Gateway(place, net, "redirect", name="own")
    for family in (4, 6):
        ok(closed(net, net.LAN[family], 2993),
           f"IPv{family}: caught on the way to the proxy: gets nothing")
    same([e["REASON"] for e in proxy.wait_events("SESSION-END", 2)],
         ["the original destination is the proxy itself (a loop)"] * 2,
         "and the log says why")
    proxy.stop()


place = Place("transparent")
net = Net(place)
with net.server.inside():
    Dovecot(place, "listen = *, ::", ports=(143, 993))
check(place, net, "redirect")
check(place, net, "tproxy")
check_source(place, net, "", net.WAN, "own")
check_source(place, net, "source-address = client", net.CLIENT, "client")
net.gateway.run("ip addr add 10.2.0.9/24 dev wan;"
                "ip addr add fd02::9/64 dev wan nodad")
check_source(place, net, 'source-address = {"10.2.0.9", "fd02::9"}',
             {4: "10.2.0.9", 6: "fd02::9"}, "addresses")
check_no_capability(place, net)
check_own_address(place, net)
done()
