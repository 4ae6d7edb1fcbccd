#!/usr/bin/python3
"""max-sessions and max-sessions-per-ip: exactly so many are admitted, however
many come at once and however they end; without a scoreboard none are."""

import os
import select
import shutil
import signal
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from proxy import Proxy                                  # noqa: E402
from rig import B, USER, Place, done, of_session, ok, same, wait_for  # noqa: E402
from waiting import Waiting                              # noqa: E402

NAME = f"count-{os.getpid()}"
RUN = os.path.join(B, "run", NAME)
BOARD = os.path.join(RUN, "board.4")
LISTENERS = ("all", "ip", "free", "tls")


class Greeter(threading.Thread):
    """An IMAP server that greets, and leaves when its client does."""

    def __init__(self):
        super().__init__(daemon=True)
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=500)
        self.port = self.tls_port = self.sock.getsockname()[1]
        self.start()

    def run(self):
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        peers = {}
        while True:
            for fd, _ in poll.poll():
                if fd == self.sock.fileno():
                    peer, _ = self.sock.accept()
                    peer.sendall(b"* OK [CAPABILITY IMAP4rev1] here\r\n")
                    peers[peer.fileno()] = peer
                    poll.register(peer, select.POLLIN)
                    continue
                try:
                    left = not peers[fd].recv(4096)
                except OSError:
                    left = True
                if left:
                    poll.unregister(fd)
                    peers.pop(fd).close()


class Counted:
    """What both kinds of proxy below have."""

    def text(self):
        out = ['version = "1"', f'name = "{NAME}"', f'app-user = "{USER}"',
               self.log_section.replace("normal", "debug"),
               "per-ip-prefix6 = 48", "listen-on {"]
        for name, port in self.port.items():
            out.append(f'  non-transparent "{name}" {{ address = "127.0.0.1"'
                       f'  port = {port} }}')
        out += ["}", 'ssl-params "tls" { certificate = "server.pem" '
                'private-key = "server.key" }']
        limit = {"all": "max-sessions = 50", "free": "",
                 "ip": "max-sessions-per-ip = 3  max-sessions = 100",
                 "tls": 'max-sessions = 2  client-ssl-params = "tls"'}
        for name in LISTENERS:
            out.append(f'session-acl "{name}" {{ listener = {{"{name}"}} '
                       f'plug-to = {{"127.0.0.1:{self.server.port}"}} '
                       f'{limit[name]} }}')
        out.append('command-acl "c" { no-mail-scanning = yes }')
        return "\n".join(out) + "\n"


class Counting(Counted, Proxy):
    def __init__(self, place, server):
        super().__init__(place, server, name="counting",
                         combinations=LISTENERS)


class Forking(Counted, Waiting):
    """In wait mode, as who sessions are from the beginning."""

    def __init__(self, place, server):
        super().__init__(place, server, name="forking", user=USER,
                         combinations=LISTENERS)

    def sessions(self):
        return self.children()


def connect(port, n, source="127.0.0.1"):
    """n connections at once."""
    socks = []
    for _ in range(n):
        s = socket.socket()
        s.bind((source, 0))
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", port))
        socks.append(s)
    return socks


def admitted(socks, seconds=60):
    """Those that are greeted; the others are closed by the proxy, in
    silence."""
    waiting = {s.fileno(): s for s in socks}
    poll = select.poll()
    for s in socks:
        poll.register(s, select.POLLIN)
    good, end = [], time.monotonic() + seconds
    while waiting and time.monotonic() < end:
        for fd, _ in poll.poll(1000):
            s = waiting.pop(fd)
            poll.unregister(fd)
            try:
                got = s.recv(4096)
            except OSError:
                got = b""
            if got.startswith(b"* OK"):
                good.append(s)
            else:
                same(got, b"", "a refused client hears nothing") if got else 0
                s.close()
    same(len(waiting), 0, "every connection is answered")
    return good


def leave(socks, proxy):
    for s in socks:
        s.close()
    wait_for("no sessions", lambda: not proxy.sessions(), 30)


def reasons(proxy, acl):
    return [e.get("REASON") for e in proxy.events("ACL")
            if e["NAME"] == acl and e["RESULT"] == "REJECTED"]


def concurrent(proxy):
    port = proxy.port["all"]
    stay = admitted(connect(port, 200))
    same(len(stay), 50, "of 200 connections at once, 50 are admitted")
    same(reasons(proxy, "all"), ["max-sessions 50 reached"] * 150,
         "150 are rejected, with the reason in the log")
    ends = [e["RESULT"] for e in proxy.wait_events("SESSION-END", 150)]
    same(ends, ["REJECTED"] * 150, "their sessions end as rejected")
    pids = proxy.sessions()
    same(len(pids), 50, "50 processes are left")
    same(of_session(pids[0])["Seccomp"], "2", "in their jail")
    for pid in pids[:25]:
        os.kill(pid, signal.SIGKILL)
    wait_for("25 to die", lambda: len(proxy.sessions()) == 25)
    again = admitted(connect(port, 200))
    same(len(again), 25, "25 are killed: of 200 more, 25 are admitted")
    same(len(admitted(connect(port, 1))), 0, "and no other")
    free = admitted(connect(proxy.port["free"], 5))
    same(len(free), 5, "a session-acl without a limit admits any number")
    leave(stay + again + free, proxy)
    last = admitted(connect(port, 51))
    same(len(last), 50, "all ended: 50 are admitted again")
    leave(last, proxy)


def per_ip(proxy):
    port = proxy.port["ip"]
    sources = [f"127.0.0.{n}" for n in range(1, 5)]
    socks = [s for a in sources for s in connect(port, 10, a)]
    stay = admitted(socks)
    got = [s.getsockname()[0] for s in stay]
    same([got.count(a) for a in sources], [3] * 4,
         "three of each address are admitted")
    same(set(reasons(proxy, "ip")), {"max-sessions-per-ip 3 reached"},
         "the log has the reason")
    gone = [s for s in stay if s.getsockname()[0] == "127.0.0.2"]
    for s in gone:
        s.close()
    wait_for("three to end", lambda: len(proxy.sessions()) == 9)
    same(len(admitted(connect(port, 4, "127.0.0.2"))), 3,
         "those of one address that ended may come again")
    same(len(admitted(connect(port, 4, "127.0.0.3"))), 0,
         "for another address that is no help")
    leave(stay, proxy)


def connect_tls(proxy):
    context = ssl.create_default_context(cafile=proxy.folder + "/ca.pem")
    s = context.wrap_socket(socket.create_connection(
        ("127.0.0.1", proxy.port["tls"]), 20), server_hostname="localhost")
    return s, s.recv(4096)


def with_modules(proxy):
    """Sessions that go on in another program are counted once."""
    boxes = [connect_tls(proxy), connect_tls(proxy)]
    ok(all(greeting.startswith(b"* OK") for _, greeting in boxes),
       "two with TLS are admitted")
    try:
        refused = connect_tls(proxy)[1]
    except OSError:
        refused = b""
    same(refused, b"", "the third is one too many")
    leave([s for s, _ in boxes], proxy)


def reload(proxy):
    """Limits of an edited configuration hold for sessions that are there."""
    port = proxy.port["all"]
    stay = admitted(connect(port, 10))
    text = proxy.text().replace("max-sessions = 50", "max-sessions = 12")
    proxy.write(text)
    proxy.compile()
    more = admitted(connect(port, 10))
    same(len(more), 2, "ten from before the edit count: two more make twelve")
    leave(stay + more, proxy)
    proxy.write()
    proxy.compile()


def in_wait_mode(proxy):
    port = proxy.port["all"]
    stay = admitted(connect(port, 200))
    same(len(stay), 50, "in wait mode, too, 50 of 200 are admitted")
    for pid in proxy.sessions()[:25]:
        os.kill(pid, signal.SIGKILL)
    wait_for("25 to die", lambda: len(proxy.sessions()) == 25)
    again = admitted(connect(port, 200))
    same(len(again), 25, "25 are killed: of 200 more, 25 are admitted")
    leave(stay + again, proxy)


def without_board(proxy):
    before = len(reasons(proxy, "all"))
    os.chmod(BOARD, 0o606)
    same(len(admitted(connect(proxy.port["all"], 2))), 0,
         "a board that others can write is none: the limit rejects")
    same(reasons(proxy, "all")[before:], [
        "max-sessions: scoreboard: others than its owner may open it"] * 2,
        "and says why")
    stay = admitted(connect(proxy.port["free"], 2))
    same(len(stay), 2, "without a limit sessions go on, unseen")
    same(len(proxy.events("BOARD-UNSEEN")), 4,
         "each session says so once, at level debug")
    leave(stay, proxy)
    os.chmod(BOARD, 0o600)
    stay = admitted(connect(proxy.port["all"], 2))
    same(len(stay), 2, "once mended it is used")
    leave(stay, proxy)


place = Place("max-sessions")
proxy = Counting(place, Greeter())
try:
    concurrent(proxy)
    per_ip(proxy)
    with_modules(proxy)
    reload(proxy)
    without_board(proxy)
    proxy.stop()
    forking = Forking(place, proxy.server)
    in_wait_mode(forking)
    forking.stop()
finally:
    shutil.rmtree(RUN, ignore_errors=True)
done()
