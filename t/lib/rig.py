"""What every test with real programs stands on: TAP, a folder of its own
below build/, free loopback ports, and processes that end with the test.

    place = Place("clients")        # build/run/clients.PID, removed at exit
    proc = place.start("inetd", [...])
    ok(cond, "does this")
    done()
"""

import atexit
import contextlib
import ctypes
import fcntl
import os
import pwd
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build")
# The variant under test: make sets it.
B = os.environ.get("B", os.path.join(BUILD, "opt"))
UNPACKED = os.path.join(BUILD, "unpacked")
# Whom servers and sessions run as when the tests run as root.
USER = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name

# ---- TAP -----------------------------------------------------------------

_count = 0
_failed = 0

sys.stdout.reconfigure(line_buffering=True)


def diag(text):
    for line in str(text).splitlines():
        print("# " + line)


def ok(cond, name):
    """One test; its name continues a sentence."""
    global _count, _failed
    _count += 1
    if not cond:
        _failed += 1
    print(("ok" if cond else "not ok") + f" {_count} - {name}")
    return bool(cond)


def same(got, want, name):
    """got equals want; shows both if not."""
    if ok(got == want, name):
        return True
    for where, a, b in differences(got, want, ""):
        diag(f"got{where}: {short(a)}")
        diag(f"wanted{where}: {short(b)}")
    return False


def differences(got, want, where):
    """The first few places where two values differ: (place, got, want)."""
    if isinstance(got, dict) and isinstance(want, dict) and \
            got.keys() == want.keys():
        pairs = [(f"{where}[{k!r}]", got[k], want[k]) for k in want]
    elif isinstance(got, (list, tuple)) and isinstance(want, (list, tuple)) \
            and len(got) == len(want):
        pairs = [(f"{where}[{i}]", a, b)
                 for i, (a, b) in enumerate(zip(got, want))]
    else:
        return [(where, got, want)]
    found = []
    for place, a, b in pairs:
        if a != b and len(found) < 4:
            found += differences(a, b, place)
    return found


def short(value):
    text = repr(value)
    return text if len(text) < 600 else text[:600] + "..."


def bail(why):
    """What is needed is missing: that is a failure, never a skip."""
    print(f"Bail out! {why}")
    sys.exit(1)


def done():
    """Print the plan; exit with the verdict."""
    print(f"1..{_count}")
    sys.stdout.flush()
    sys.exit(1 if _failed else 0)


# ---- processes -------------------------------------------------------------

_libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def _dies_with_us():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def as_user(argv, user=USER):
    """argv so that it runs as user; unchanged when not root."""
    if os.getuid() != 0:
        return list(argv)
    p = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={p.pw_uid}", f"--regid={p.pw_gid}",
            "--clear-groups", *argv]


def wait_for(what, cond, seconds=10.0):
    """Poll cond until it is true; its value.  RuntimeError names what."""
    end = time.monotonic() + seconds
    while True:
        value = cond()
        if value:
            return value
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def listening(port, host="127.0.0.1"):
    """Does something accept there?  Looks, without connecting: a connection
    would be a session."""
    want = f"{port:04X}"
    with open("/proc/net/tcp6" if ":" in host else "/proc/net/tcp") as f:
        for line in f.readlines()[1:]:
            part = line.split()
            if part[3] == "0A" and part[1].split(":")[1] == want:
                return True
    return False


def mounts_below(path):
    """Mount points at or below a path, the latest first."""
    with open("/proc/self/mounts") as f:
        points = [line.split()[1].encode().decode("unicode_escape")
                  for line in f]
    return [p for p in reversed(points) if (p + "/").startswith(path + "/")]


def remove_tree(path):
    """Remove a folder of ours, and never what is mounted in it: mounts are
    taken off first, and nothing is removed if one stays or appears."""
    path = os.path.realpath(path)
    if not path.startswith(BUILD + "/"):
        raise RuntimeError(f"{path} is not below {BUILD}")
    for point in mounts_below(path):
        subprocess.run(["umount", "-l", point], stderr=subprocess.DEVNULL)
    if mounts_below(path):
        diag(f"kept: {path}: something is mounted in it")
        return
    # find's own check: it removes nothing on another file system.
    subprocess.run(["find", path, "-xdev", "-delete"],
                   stderr=subprocess.DEVNULL)


class Place:
    """A folder, processes and ports, given back at exit whatever happens."""

    def __init__(self, name):
        known_localhost()
        self.path = os.path.join(BUILD, "run", f"{name}.{os.getpid()}")
        self.procs = []
        self.locks = []
        self.owner = os.getpid()
        os.makedirs(self.path)
        os.chmod(self.path, 0o755)
        atexit.register(self.close)
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sig, lambda s, f: sys.exit(128 + s))

    def file(self, name, text=None, mode=0o644, owner=None):
        """Path of a file here; written when text is given."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if text is not None:
            with open(path, "wb") as f:
                f.write(text if isinstance(text, bytes) else text.encode())
            os.chmod(path, mode)
            self.own(path, owner)
        return path

    def folder(self, name, mode=0o755, owner=None):
        path = os.path.join(self.path, name)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        self.own(path, owner)
        return path

    def own(self, path, owner):
        if owner and os.getuid() == 0:
            p = pwd.getpwnam(owner)
            os.chown(path, p.pw_uid, p.pw_gid)

    def read(self, name):
        try:
            with open(os.path.join(self.path, name), "rb") as f:
                return f.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def port(self):
        """A free loopback port below the ephemeral range; ours until the
        end, also from other tests of this build folder."""
        folder = os.path.join(BUILD, "ports")
        os.makedirs(folder, exist_ok=True)
        start = 20000 + (os.getpid() * 37) % 10000
        for n in range(10000):
            port = 20000 + (start - 20000 + n) % 10000
            lock = open(os.path.join(folder, str(port)), "w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for family, host in ((socket.AF_INET, "0.0.0.0"),
                                     (socket.AF_INET6, "::")):
                    with socket.socket(family) as s:
                        s.bind((host, port))
            except OSError:
                lock.close()
                continue
            self.locks.append(lock)
            return port
        raise RuntimeError("no free port")

    def start(self, name, argv, user=None, env=None, stdin=None, **more):
        """Start a process; its output goes to NAME.out."""
        out = open(self.file(name + ".out"), "ab")
        proc = subprocess.Popen(
            as_user(argv, user) if user else argv,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=out, stderr=out, env=env, start_new_session=True,
            preexec_fn=_dies_with_us, **more)
        out.close()
        self.procs.append((name, proc))
        return proc

    def stop(self, proc, seconds=5.0):
        """End a process of ours, and what is left of its session."""
        if proc.poll() is None:
            proc.terminate()
            try:
                proc.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(proc.pid, signal.SIGKILL)
        proc.wait()
        self.procs = [p for p in self.procs if p[1] is not proc]

    def close(self):
        if os.getpid() != self.owner:
            return
        for _, proc in reversed(self.procs[:]):
            self.stop(proc)
        if _failed and os.environ.get("KEEP"):
            diag(f"kept: {self.path}")
        else:
            remove_tree(self.path)
        for lock in self.locks:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(lock.name)
            lock.close()


def known_localhost():
    """Clients check the certificate of this name."""
    try:
        socket.getaddrinfo("localhost", 143)
    except OSError as error:
        bail(f"localhost does not resolve, see /etc/hosts: {error}")


def certs():
    """Folder of the tests' certificates, made once for the build folder."""
    path = os.path.join(BUILD, "certs")
    subprocess.run([os.path.join(TOP, "t/lib/certs.sh"), path], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def program(path):
    """The path, if it can be run; else the tests end here."""
    if not os.access(path, os.X_OK):
        bail(f"{path} is missing")
    return path


def private_mounts():
    """Run this test again in a mount namespace of its own: what it mounts is
    seen by what it starts only, and is gone with it."""
    if os.environ.pop("RIG_MOUNTS", None):
        return
    if os.getuid() != 0:
        bail("this test mounts: run it as root")
    os.environ["RIG_MOUNTS"] = "made"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private",
                          sys.executable, *sys.argv])


def private_network():
    """Run this test again in a network namespace of its own, loopback up."""
    if os.environ.pop("RIG_NETWORK", None):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if os.getuid() != 0:
        bail("this test makes a network: run it as root")
    os.environ["RIG_NETWORK"] = "made"
    os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])


def mount(kind, where, options=""):
    os.makedirs(where, exist_ok=True)
    subprocess.run(["mount", "-t", kind, *(["-o", options] if options else []),
                    kind, where], check=True)


def unmount(where):
    subprocess.run(["umount", "-l", where], check=True)


def private_dev(place):
    """A /dev of the test's own (after private_mounts), without /dev/log."""
    dev = place.folder("dev")
    mount("tmpfs", dev, "mode=755")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        subprocess.run(["cp", "-a", f"/dev/{name}", dev], check=True)
    os.symlink("/proc/self/fd", os.path.join(dev, "fd"))
    subprocess.run(["mount", "--move", dev, "/dev"], check=True)


class Syslog:
    """A syslogd: a datagram socket at /dev/log, and what came.  It reads all
    the time, since the kernel queues ten datagrams only."""

    def __init__(self, path="/dev/log", reads=True):
        self.path = path
        self.got = []
        self.up(reads)

    def up(self, reads=True):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        os.chmod(self.path, 0o666)
        if reads:
            self.listen()

    def listen(self):
        self.running = True
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while self.running:
            ready, _, _ = select.select([self.sock], [], [], 0.05)
            if ready:
                self.got.append(self.sock.recv(65536).decode())

    def down(self):
        """Ends as a syslogd that is restarted: the socket goes."""
        self.running = False
        self.thread.join()
        self.sock.close()
        os.unlink(self.path)

    def read(self):
        """Everything that came so far, as one text."""
        return "\n".join(self.got)


def hear(port, send=b"", tls=None, seconds=20):
    """All that comes on a connection until it is closed or reset, which may
    be before the connection is even seen to stand.  tls: an SSL context."""
    got = b""
    with contextlib.suppress(ConnectionResetError, ssl.SSLEOFError):
        with socket.create_connection(("127.0.0.1", port), seconds) as s:
            if tls:
                s = tls.wrap_socket(s, server_hostname="localhost")
            s.sendall(send)
            while True:
                data = s.recv(65536)
                if not data:
                    break
                got += data
    return got


def of_session(pid):
    """{field: value} of /proc/PID/status."""
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f
                    if ":\t" in line)
