"""What the benchmarks of servers share: control groups, and the proxy in
both modes on loopback in front of a Dovecot."""

import os
import re
import subprocess
import sys
import time

from rig import UNPACKED, USER, certs, listening, program, wait_for

PROGRAMS = os.path.abspath(sys.argv[1])


# ---- control groups ------------------------------------------------------

class Group:
    """A control group: what its processes use.  Version 1 or 2."""

    def __init__(self, name):
        v1 = os.path.isdir("/sys/fs/cgroup/cpuacct")
        roots = (["/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/memory"] if v1
                 else ["/sys/fs/cgroup"])
        self.v1 = v1
        self.folders = [f"{root}/bench-peers.{os.getpid()}.{name}"
                        for root in roots]
        for folder in self.folders:
            os.mkdir(folder)

    def enter(self):
        for folder in self.folders:
            with open(folder + "/cgroup.procs", "w") as f:
                f.write("0")

    def _number(self, folder, file, key=None):
        with open(f"{folder}/{file}") as f:
            text = f.read()
        if key is None:
            return int(text)
        return int(re.search(rf"^{key} (\d+)", text, re.M).group(1))

    def cpu(self):
        """Seconds."""
        if self.v1:
            return self._number(self.folders[0], "cpuacct.usage") / 1e9
        return self._number(self.folders[0], "cpu.stat", "usage_usec") / 1e6

    def memory(self):
        """Octets: private pages and kernel."""
        if self.v1:
            kernel = self._number(self.folders[1],
                                  "memory.kmem.usage_in_bytes")
        else:
            kernel = self._number(self.folders[0], "memory.stat", "kernel")
        private = 0
        with open(self.folders[0] + "/cgroup.procs") as f:
            pids = f.read().split()
        for pid in pids:
            try:
                with open(f"/proc/{pid}/smaps_rollup") as f:
                    private += sum(int(n) for n in re.findall(
                        r"^Private_(?:Clean|Dirty): +(\d+)", f.read(), re.M))
            except (FileNotFoundError, ProcessLookupError):
                pass
        return kernel + private * 1024

    def remove(self):
        for folder in self.folders:
            for _ in range(50):
                try:
                    os.rmdir(folder)
                    break
                except OSError:
                    time.sleep(0.1)


# ---- peers -----------------------------------------------------------------

class Peer:
    """.plain and .tls: ports, 0 where it has none."""

    tls_only = plain_only = False

    def __init__(self, place, backend):
        self.place, self.backend = place, backend
        self.plain = 0 if self.tls_only else place.port()
        self.tls = 0 if self.plain_only else place.port()
        self.group = Group(self.name)
        self.procs = []
        self.begin()
        for port in filter(None, (self.plain, self.tls)):
            wait_for(f"{self.name} listens", lambda p=port: listening(p) or
                     self.dead())

    def dead(self):
        for proc in self.procs:
            if proc.poll() is not None:
                raise RuntimeError(f"{self.name}: " + self.place.read(
                    f"peer-{self.name}.out"))

    def run(self, argv, **more):
        self.procs.append(self.place.start(
            f"peer-{self.name}",
            ["/bin/sh", "-c", "for f in $GROUPS_; do echo 0 >$f/cgroup.procs"
             ' || exit 1; done; exec "$@"', "sh", *argv],
            env=dict(os.environ, GROUPS_=" ".join(self.group.folders)),
            **more))

    def file(self, name, text, owner=None):
        return self.place.file(f"{self.name}/{name}", text, owner=owner)

    def stop(self):
        for proc in self.procs:
            self.place.stop(proc)
        self.group.remove()


class Inetd(Peer):
    """openbsd-inetd and the floor: a relay of a few lines."""
    name = "inetd-relay"

    def lines(self):
        tls, bench = certs(), f"{PROGRAMS}/t/bench"
        port = self.backend.port
        key = self.file("server.key", open(f"{tls}/server.key").read(),
                        owner=USER)
        return (f"127.0.0.1:{self.plain} stream tcp4 nowait.60000 {USER} "
                f"{bench}/floor floor {port}\n"
                f"127.0.0.1:{self.tls} stream tcp4 nowait.60000 {USER} "
                f"{bench}/floor_tls floor_tls {port} {tls}/server.pem {key}\n")

    def begin(self):
        inetd = program(os.path.join(
            UNPACKED, "openbsd-inetd/usr/sbin/inetd"))
        self.run([inetd, "-i", "-q", "1024", "-l", "-R", "60000",
                  self.file("inetd.conf", self.lines())])


def configuration(peer):
    """Of the proxy, compiled; (file, cache)."""
    tls = certs()
    folder = peer.place.folder(peer.name, 0o755, USER)
    for name in ("server.pem", "server.key"):
        peer.place.file(f"{peer.name}/{name}", open(f"{tls}/{name}").read(),
                        0o600, USER)
    cfg = peer.file("imap4-proxy.cfg", f"""version = "1"
name = "peers"
app-user = "{USER}"
log {{ target = "file:{folder}/log" }}
tcpserver_HERE
listen-on {{
  non-transparent "imap" {{ address = "127.0.0.1" port = {peer.plain} }}
  non-transparent "imaps" {{ address = "127.0.0.1" port = {peer.tls} }}
}}
ssl-params "outside" {{ certificate = "server.pem" private-key = "server.key" }}
session-acl "tls" {{ listener = "imaps" client-ssl-params = "outside"
  plug-to = {{"127.0.0.1:{peer.backend.port}"}} }}
session-acl "plain" {{ plug-to = {{"127.0.0.1:{peer.backend.port}"}} }}
command-acl "all" {{ no-mail-scanning = yes }}
""".replace("tcpserver_HERE", peer.top))
    cache = folder + "/cache"
    subprocess.run([f"{PROGRAMS}/test-imap4", "-f", cfg, "-c", cache],
                   check=True)
    return cfg, cache


class Nowait(Inetd):
    """imap4-proxy, exec'd by the same inetd."""
    name = "imap4-proxy"
    top = ""

    def lines(self):
        cfg, cache = configuration(self)
        return "".join(
            f"127.0.0.1:{port} stream tcp4 nowait.60000 {USER} "
            f"{PROGRAMS}/imap4-proxy imap4-proxy -f {cfg} -C {cache} "
            f"-l {title}\n"
            for port, title in ((self.plain, "imap"), (self.tls, "imaps")))


class Wait(Peer):
    """imap4-proxy with listening sockets: it accepts and forks."""
    name = "imap4-proxy-wait"
    top = "tcpserver { max-children = 4000 queue-size = 4000 }"

    def begin(self):
        cfg, cache = configuration(self)
        self.run([program("/usr/bin/systemd-socket-activate"),
                  "-l", f"127.0.0.1:{self.plain}",
                  "-l", f"127.0.0.1:{self.tls}", "--fdname=imap:imaps",
                  "-E", "HOME", f"{PROGRAMS}/imap4-proxy", "-f", cfg,
                  "-C", cache])


def load(port, leg, what, *numbers):
    done = subprocess.run(
        [f"{PROGRAMS}/t/bench/peerload", str(port), leg, what,
         *map(str, numbers)], stdout=subprocess.PIPE, text=True, check=True)
    return [float(w) for w in done.stdout.split()]
