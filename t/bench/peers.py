#!/usr/bin/python3
"""make bench-peers: the proxy beside others that do (some of) its work, each
on loopback in front of the same Dovecot, measured in turn within each round.

    peers.py PROGRAMS [NAME...]     the peers of these names only, all if none

PEERS_ROUNDS rounds (5).  CPU is a peer's whole control group's; memory is the
private pages of its processes and its group's kernel memory.  Prints medians,
and medians of the rounds' ratios to the first; PROGRAMS/peers.json has every
figure.  Exit: 0 measured, whatever came out; 1 a session failed.
"""

import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from mailservers import Dovecot                          # noqa: E402
from peer import (PROGRAMS, Inetd, Nowait, Peer, Wait,
                  load)                                  # noqa: E402
from rig import TOP, USER, Place, bail, certs, program   # noqa: E402

ROUNDS = int(os.environ.get("PEERS_ROUNDS", "5"))
AT_ONCE, EACH, TURNS = 16, 16, 40
FETCHES, APPENDS, APPEND_SIZE = 12, 4, 8 << 20
MAIL = 32 << 20
HELD = (50, 200, 500)
# Time for what a session leaves behind to be over, s.
REST = 0.3


# ---- peers -----------------------------------------------------------------

class Direct(Peer):
    """Dovecot itself, without anything between."""
    name = "direct"

    def begin(self):
        self.place.locks[-1].close()
        self.plain, self.tls = self.backend.port, self.backend.tls_port


class Haproxy(Peer):
    name = "haproxy"

    def begin(self):
        pem = self.file("server.pem", open(f"{certs()}/server.pem").read() +
                        open(f"{certs()}/server.key").read())
        self.run([program("/usr/sbin/haproxy"), "-db", "-f", self.file(
            "haproxy.cfg", f"""
global
  maxconn 4000
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen plain
  bind 127.0.0.1:{self.plain}
  server s 127.0.0.1:{self.backend.port}
listen tls
  bind 127.0.0.1:{self.tls} ssl crt {pem}
  server s 127.0.0.1:{self.backend.port}
""")])


class Nginx(Peer):
    name = "nginx"

    def begin(self):
        auth = self.place.port()
        nginx = program("/usr/sbin/nginx")
        common = f"pid {self.place.path}/%s.pid; error_log stderr warn;\n" \
                 "daemon off; worker_processes 2;\n" \
                 "events { worker_connections 8000; }\n"
        # whom mail asks, once a session, is not counted
        self.procs.append(self.place.start("nginx-auth", [
            nginx, "-c", self.file("auth.conf", common % "auth" + f"""
http {{ access_log off; server {{ listen 127.0.0.1:{auth};
  location / {{ add_header Auth-Status OK;
    add_header Auth-Server 127.0.0.1; add_header Auth-Port {self.backend.port};
    return 204; }} }} }}
""")]))
        tls = certs()
        self.run([nginx, "-c", self.file("mail.conf", f"""
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
{common % "mail"}
mail {{ auth_http 127.0.0.1:{auth}/; proxy on;
  imap_capabilities IMAP4rev1 UIDPLUS IDLE LITERAL+;
  server {{ listen 127.0.0.1:{self.plain}; protocol imap; }}
  server {{ listen 127.0.0.1:{self.tls} ssl; protocol imap;
    ssl_certificate {tls}/server.pem; ssl_certificate_key {tls}/server.key; }}
}}
""")])


class DovecotProxy(Peer):
    """Its login processes as a proxy; 'secure' is its default mode."""
    name = "dovecot-proxy"
    login = "service_count = 0\n  process_min_avail = 2\n" \
            "  client_limit = 4000"

    def begin(self):
        base = self.place.folder(self.name)
        tls = certs()
        self.run([program("/usr/sbin/dovecot"), "-F", "-c", self.file(
            "dovecot.conf", f"""
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{tls}/server.pem
ssl_key = <{tls}/server.key
disable_plaintext_auth = no
mail_max_userip_connections = 10000
passdb {{
  driver = static
  args = nopassword=y proxy=y host=127.0.0.1 port={self.backend.port}
}}
service imap-login {{
  chroot =
  process_limit = 4000
  {self.login}
  inet_listener imap {{
    port = {self.plain}
  }}
  inet_listener imaps {{
    port = {self.tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  client_limit = 9000
}}
service auth {{
  client_limit = 9000
}}
service stats {{
  chroot =
  client_limit = 9000
}}
""")])


class DovecotSecure(DovecotProxy):
    name = "dovecot-secure"
    login = "service_count = 1"


class Perdition(Peer):
    """One process a protocol: it has no listener for both."""
    name = "perdition"

    def begin(self):
        tls = certs()
        common = [program("/usr/sbin/perdition"), "--no_daemon",
                  "--config_file", "/dev/null", "--protocol", "IMAP4",
                  "--no_lookup", "--bind_address", "127.0.0.1",
                  "--map_library", "", "--pid_file", "",
                  "--outgoing_server", f"127.0.0.1:{self.backend.port}",
                  "--username", USER, "--group", "nogroup"]
        self.run([*common, "--listen_port", str(self.plain)])
        key = self.file("server.key", open(f"{tls}/server.key").read(),
                        owner=USER)
        self.run([*common, "--listen_port", str(self.tls), "--ssl_mode",
                  "ssl_listen", "--ssl_cert_file", f"{tls}/server.pem",
                  "--ssl_key_file", key])


class Stunnel(Peer):
    name = "stunnel"
    tls_only = True

    def begin(self):
        tls = certs()
        self.run([program("/usr/bin/stunnel4"), self.file(
            "stunnel.conf", f"""
foreground = yes
pid =
debug = 3
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
[imaps]
accept = 127.0.0.1:{self.tls}
connect = 127.0.0.1:{self.backend.port}
cert = {tls}/server.pem
key = {tls}/server.key
""")])


PEERS = (Wait, Nowait, Inetd, Direct, Haproxy, Nginx, DovecotProxy, DovecotSecure,
         Perdition, Stunnel)


# ---- measuring ---------------------------------------------------------------

def latency(peer, port, leg):
    greeting, login = load(port, leg, "latency", TURNS)
    return {"greeting us": greeting, "LOGIN us": login}


def sessions(peer, port, leg):
    before = peer.group.cpu()
    rate, = load(port, leg, "sessions", AT_ONCE, EACH)
    time.sleep(REST)
    cpu = peer.group.cpu() - before
    return {"sessions/s": rate, "CPU us": cpu * 1e6 / (AT_ONCE * EACH)}


def fetch(peer, port, leg):
    before = peer.group.cpu()
    rate, = load(port, leg, "fetch", FETCHES)
    cpu = peer.group.cpu() - before
    return {"FETCH MB/s": rate / 1e6,
            "FETCH CPU s/GB": cpu * 1e9 / (FETCHES * MAIL)}


def append(peer, port, leg):
    rate, = load(port, leg, "append", APPENDS, APPEND_SIZE)
    return {"APPEND MB/s": rate / 1e6}


def held(peer, port, leg):
    figures = {}
    for n in HELD:
        before = peer.group.memory()
        client = subprocess.Popen(
            [f"{PROGRAMS}/t/bench/peerload", str(port), leg, "hold", str(n)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if client.stdout.readline() != "held\n":
            raise RuntimeError(f"{peer.name}: {n} sessions cannot be held")
        time.sleep(1 + REST)
        figures[f"KB idle at {n}"] = (peer.group.memory() - before) / n / 1024
        client.communicate()
        if client.returncode != 0:
            raise RuntimeError(f"{peer.name}: a held session failed")
        time.sleep(REST)
    return figures


STEPS = (latency, sessions, fetch, append, held)


def measure(peers):
    """[{(peer, leg, figure): value} of each round]"""
    rounds = []
    for n in range(ROUNDS):
        seen = {}
        for leg in ("plain", "tls"):
            for step in STEPS:
                if step is held and n > 0:
                    continue        # it does not vary from round to round
                for i in range(len(peers)):
                    peer = peers[(i + n) % len(peers)]
                    port = peer.plain if leg == "plain" else peer.tls
                    if not port or (step is held and peer.name == "direct"):
                        continue
                    for figure, value in step(peer, port, leg).items():
                        seen[peer.name, leg, figure] = value
        rounds.append(seen)
        print(f"# round {n + 1} of {ROUNDS}", file=sys.stderr, flush=True)
    return rounds


def table(peers, rounds):
    figures = list(dict.fromkeys(k[2] for r in rounds for k in r))
    ours = peers[0].name
    for leg in ("plain", "tls"):
        print(f"\n{leg}, medians of {len(rounds)} rounds (and what "
              f"{ours} has of it)\n")
        print("| | " + " | ".join(p.name for p in peers) + " |")
        print("|---" * (len(peers) + 1) + "|")
        for figure in figures:
            row = []
            for p in peers:
                values = [r[p.name, leg, figure] for r in rounds
                          if (p.name, leg, figure) in r]
                if not values:
                    row.append("-")
                    continue
                # direct's control group is empty
                ratios = [r[ours, leg, figure] / r[p.name, leg, figure]
                          for r in rounds
                          if r.get((p.name, leg, figure), 0) > 0]
                v = statistics.median(values)
                row.append(f"{v:.3g}" if abs(v) < 100 else f"{v:.0f}")
                if p.name != ours and ratios:
                    row[-1] += f" ({statistics.median(ratios):.2f})"
            print(f"| {figure} | " + " | ".join(row) + " |")


def main():
    names = sys.argv[2:]
    chosen = [p for p in PEERS if not names or p.name in names]
    if os.getuid() != 0:
        bail("control groups and nobody's memory: run it as root")
    place = Place("peers")
    backend = Dovecot(place, password="password")
    box = backend.connect("user")
    box.create("Up")
    line = b"0123456789abcdef" * 4 + b"\r\n"
    box.append("INBOX", None, None, (b"Subject: large\r\n\r\n" + line * (
        MAIL // len(line) + 1))[:MAIL])
    box.logout()
    peers = [p(place, backend) for p in chosen]
    try:
        rounds = measure(peers)
    finally:
        for peer in peers:
            peer.stop()
    with open(f"{PROGRAMS}/peers.json", "w") as f:
        json.dump([{" / ".join(k): v for k, v in r.items()} for r in rounds],
                  f, indent=1)
    load_now = os.getloadavg()[0]
    print(f"{len(rounds)} rounds, {os.cpu_count()} CPUs, load average "
          f"{load_now:.1f}; OpenSSL, Dovecot, nginx, HAProxy as Debian "
          f"{open('/etc/debian_version').read().strip()} has them")
    table(peers, rounds)


if __name__ == "__main__":
    os.chdir(TOP)
    main()
