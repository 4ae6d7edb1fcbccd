"""Three machines on two wires, each a network namespace without a name, so
that nothing is left of them when the test ends:

    client 10.1.0.2 fd01::2 -- lan gateway wan -- 10.2.0.2 fd02::2 server

    with net.gateway.inside():
        place.start(...)              # sockets and processes are the host's
"""

import contextlib
import os
import subprocess

from rig import _libc, bail, wait_for

CLONE_NEWNET = 0x40000000


class Host:
    def __init__(self, place, name):
        self.name = name
        self.proc = place.start(f"host-{name}", ["unshare", "-n", "sleep",
                                                 "infinity"])
        ours = os.readlink("/proc/self/ns/net")
        self.path = f"/proc/{self.proc.pid}/ns/net"
        wait_for(f"{name} has a network",
                 lambda: os.readlink(self.path) != ours)

    @contextlib.contextmanager
    def inside(self):
        """This thread is on the host; what it starts stays there."""
        with open("/proc/thread-self/ns/net") as back, open(self.path) as to:
            self._enter(to)
            try:
                yield self
            finally:
                self._enter(back)

    @staticmethod
    def _enter(f):
        if _libc.setns(f.fileno(), CLONE_NEWNET) != 0:
            raise OSError("setns")

    def run(self, line, check=True):
        """A command line on the host; what it says."""
        with self.inside():
            return subprocess.run(["sh", "-ec", line], check=check, text=True,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT).stdout


class Net:
    CLIENT = {4: "10.1.0.2", 6: "fd01::2"}
    LAN = {4: "10.1.0.1", 6: "fd01::1"}
    WAN = {4: "10.2.0.1", 6: "fd02::1"}
    SERVER = {4: "10.2.0.2", 6: "fd02::2"}

    def __init__(self, place):
        if os.getuid() != 0:
            bail("this test makes network namespaces: run it as root")
        self.client = Host(place, "client")
        self.gateway = Host(place, "gateway")
        self.server = Host(place, "server")
        self._wire(self.client, "lan", self.CLIENT, self.LAN)
        self._wire(self.server, "wan", self.SERVER, self.WAN)
        self.gateway.run("for i in all default lan wan; do "
                         "echo 0 >/proc/sys/net/ipv4/conf/$i/rp_filter; done;"
                         "echo 1 >/proc/sys/net/ipv4/ip_forward;"
                         "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding;"
                         "ip link set lo up")

    def _wire(self, host, name, there, here):
        self.gateway.run(f"ip link add {name} type veth peer name eth0 "
                         f"netns {host.proc.pid}; ip link set {name} up;"
                         f"ip addr add {here[4]}/24 dev {name};"
                         f"ip addr add {here[6]}/64 dev {name} nodad")
        host.run(f"ip link set lo up; ip link set eth0 up;"
                 f"ip addr add {there[4]}/24 dev eth0;"
                 f"ip addr add {there[6]}/64 dev eth0 nodad;"
                 f"ip route add default via {here[4]};"
                 f"ip route add default via {here[6]}")
