#!/usr/bin/python3
"""oob-auth with method = external: imap4-helper takes users at a socket, and
sessions know them."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from proxy import Proxy                                  # noqa: E402
from rig import (B, USER, Place, as_user, bail, diag, done, of_session, ok,
                 program, same, wait_for)                       # noqa: E402
from waiting import Stub                                 # noqa: E402

NAME = f"external-{os.getpid()}"
RUN = os.path.join(B, "run", NAME)
SOCKET = os.path.join(RUN, "users.sock")
HELPER = program(os.path.join(B, "imap4-helper"))


# The service manager: listening sockets at these paths from 3 on, and who they
# are in a file.
GIVER = """
import json, os, socket, sys
out, *paths = sys.argv[1:sys.argv.index("--")]
argv = sys.argv[sys.argv.index("--") + 1:]
socks = []
for p in paths:
    if os.path.exists(p):
        os.unlink(p)
    socks.append(socket.socket(socket.AF_UNIX))
    socks[-1].bind(p)
    socks[-1].listen()
fds = [os.dup2(s.fileno(), 100 + i) for i, s in enumerate(socks)]
fds = [os.dup2(fd, 3 + i) for i, fd in enumerate(fds)]
json.dump({f"socket:[{os.fstat(fd).st_ino}]": os.path.basename(p)
           for fd, p in zip(fds, paths)}, open(out, "w"))
os.closerange(3 + len(fds), 200)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)),
                  LISTEN_FDNAMES=":".join(os.path.basename(p)[:-5]
                                          for p in paths))
os.execv(argv[0], argv)
"""


class External(Proxy):
    def text(self):
        return super().text().replace('name = "e2e"', f'name = "{NAME}"')


class Helper:
    """imap4-helper in a network of its own: it has nothing to catch."""

    def __init__(self, place, proxy, *before):
        self.place = place
        self.proc = place.start("helper", [
            "unshare", "-n", *before, HELPER, "-f", proxy.cfg, "-C",
            proxy.cache])
        wait_for("the users socket", lambda: os.path.exists(SOCKET) and
                 self.registrar() or self.proc.poll() is not None)

    def children(self):
        found = {}
        with contextlib.suppress(FileNotFoundError):
            with open(f"/proc/{self.proc.pid}/task/{self.proc.pid}/children"
                      ) as f:
                for pid in f.read().split():
                    found[of_session(pid)["Name"]] = int(pid)
        return found

    def registrar(self):
        return next((pid for name, pid in self.children().items()
                     if name == "imap4-registrar"[:15]), None)


def connect():
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(SOCKET)
    sock.settimeout(20)
    return sock


def ask(line):
    """The lines of the answer."""
    with connect() as sock:
        sock.sendall(line.encode() + b"\n")
        with sock.makefile() as f:
            return f.read().splitlines()


def login(proxy):
    try:
        proxy.connect("clear/clear", "alice").logout()
    except Exception:
        return "rejected"
    return "served"


def answers(proxy):
    same(ask("list"), ["ok"], "nobody is known")
    same(login(proxy), "rejected", "so nobody is served")
    same(ask("add 127.0.0.1 joe staff +1h"), ["ok"], "add")
    same(login(proxy), "served", "a user is known")
    same(proxy.wait_events("SESSION-END", 3)[-1]["OOB-USER"], "joe",
         "by name")
    got = ask("list")
    same((len(got), got[0].split()[:3], got[1]),
         (2, ["127.0.0.1", "joe", "staff"], "ok"), "list")
    same(ask("del 127.0.0.1"), ["ok"], "del")
    same(login(proxy), "rejected", "and is not any more")
    same(ask("del 127.0.0.1"), ["error: it has no entry"], "twice")
    same(ask("add 127.0.0.1\x00 joe - -"), ["error: no address, or a "
         "prefix with bits behind it"], "odd octets")
    same(ask("frob"), ["error: no such command: add, del, list or "
         "help"], "no command")
    for n in (2, 3):
        ask(f"add 127.0.0.{n} a - -\r")
    same(ask("add 127.0.0.4 c - -"), ["ok"], "the last that fits")
    same(ask("add 127.0.0.5 d - -"), ["error: it would have more than "
         "3 entries (max-sessions)"], "no more than max-sessions")
    for n in (2, 3, 4):
        ask(f"del 127.0.0.{n}")


def hostile():
    """Clients that do what they should not; another one does not notice."""
    same(ask("x" * 5000), ["error: too long a line"], "a line without end")
    half = connect()
    half.sendall(b"add 127.0.0.1 half")
    began = time.monotonic()
    many = [connect() for _ in range(30)]
    same(ask("list"), ["ok"], "with thirty others, one is served")
    more = [connect() for _ in range(4)]
    same(more[-1].recv(100), b"error: too many clients\n", "a few more are "
         "told")
    same(half.recv(10), b"", "half a line is not waited for long")
    ok(4 < time.monotonic() - began < 9, "but for five seconds")
    same(ask("list"), ["ok"], "and is no command")
    for sock in many + more:
        sock.close()


def processes(helper):
    status = of_session(helper.registrar())
    same((status["Uid"].split()[1], int(status["CapPrm"], 16),
          status["Seccomp"], status["NoNewPrivs"]), ("65534", 0, "2", "1"),
         "the registrar is the sessions' user, sealed")
    st = os.stat(SOCKET)
    same((st.st_uid, oct(st.st_mode & 0o777)), (65534, "0o600"),
         "its socket is for root and that user")
    r = subprocess.run(as_user(["/usr/bin/python3", "-c", "import socket, sys\n"
                                "socket.socket(socket.AF_UNIX).connect("
                                "sys.argv[1])", SOCKET], "daemon"),
                       stderr=subprocess.PIPE, text=True)
    ok("PermissionError" in r.stderr, "and for nobody else")


def has(pid, names):
    """Which of those sockets a process has open."""
    folder = f"/proc/{pid}/fd"
    return sorted(names[at] for at in (
        os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder))
        if at in names)


def given(place, proxy):
    """Sockets of the service manager: each is one process's business."""
    note = place.file("given.json")
    helper = Helper(place, proxy, "/usr/bin/python3", "-c", GIVER, note,
                    *(os.path.join(RUN, f"{name}.sock") for name in (
                        "stats", "admin", "users")), "--")
    with open(note) as f:
        names = json.load(f)
    same(ask("help")[-1:], ["ok"], "a socket that is given is served")
    wait_for("the monitor", lambda: of_session(helper.proc.pid)["Seccomp"] ==
             "2")
    same({name: has(pid, names) for name, pid in helper.children().items()},
         {"imap4-catcher": [], "imap4-keeper": [],
          "imap4-registrar": ["users.sock"], "imap4-sweeper": []},
         "who has CAP_NET_ADMIN, who is root and who takes users have no "
         "socket of the monitor's")
    same(has(helper.proc.pid, names), ["admin.sock", "stats.sock"],
         "which has no other")
    place.stop(helper.proc)
    for name in names.values():
        os.unlink(os.path.join(RUN, name))


def ends(place, proxy, helper):
    ask("add 127.0.0.1 joe staff -")
    stat = subprocess.run([os.path.join(B, "imap4-stat"), "-f", proxy.cfg,
                           "-C", proxy.cache, "user", "list"],
                          stdout=subprocess.PIPE, text=True)
    same(stat.stdout, "127.0.0.1 joe staff -\n", "imap4-stat sees the same")
    registrar = helper.registrar()
    os.kill(helper.proc.pid, signal.SIGKILL)
    wait_for("the registrar to end",
             lambda: not os.path.exists(f"/proc/{registrar}"))
    same(login(proxy), "served", "without a helper, who was known is known")
    helper = Helper(place, proxy)
    same(ask("list"), ["127.0.0.1 joe staff -", "ok"],
         "and a new one finds it")
    os.kill(helper.registrar(), signal.SIGKILL)
    same(helper.proc.wait(10), 70, "a helper ends with its registrar")


if os.getuid() != 0:
    bail("this test makes a network: run it as root")
place = Place("external")
os.makedirs(RUN, exist_ok=True)
shutil.chown(RUN, USER)
try:
    proxy = External(place, Stub(), name="proxy",
                     combinations=("clear/clear",), top="""
auth = "gate"
oob-auth "gate" { method = external  max-sessions = 3 }
""", session='user = {"!none"}')
    same(login(proxy), "rejected", "before the helper, nothing can be told")
    helper = Helper(place, proxy)
    answers(proxy)
    hostile()
    processes(helper)
    place.stop(helper.proc)
    given(place, proxy)
    helper = Helper(place, proxy)
    ends(place, proxy, helper)
    proxy.stop()
except Exception:
    diag(place.read("helper.out") + place.read("proxy/log"))
    raise
finally:
    shutil.rmtree(RUN, ignore_errors=True)
done()
