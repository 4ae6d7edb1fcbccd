"""The proxy in wait mode, on sockets that the test holds as systemd would, and
a server of a few lines behind it.

    proxy = Waiting(place, Stub(), name="rates", top="tcpserver { ... }")
    proxy.parent                      # its Popen; another after start()
    client = proxy.client()           # a socket, greeting read; None: refused
"""

import fcntl
import os
import re
import signal
import socket
import threading

from proxy import Proxy, title
from rig import wait_for


SPARES = 4      # spare.h


class Stub:
    """Greets, and answers OK to whatever comes."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self.port = self.tls_port = self.sock.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            conn, _ = self.sock.accept()
            threading.Thread(target=self._serve, args=(conn,),
                             daemon=True).start()

    def _serve(self, conn):
        try:
            with conn, conn.makefile("rwb") as f:
                f.write(b"* OK [CAPABILITY IMAP4rev1] stub\r\n")
                f.flush()
                for line in f:
                    if re.search(rb"\{\d+\}\r\n$", line):
                        f.write(b"+ go on\r\n")
                    else:
                        tag, word = (line.split() + [b"", b""])[:2]
                        bye = word.upper() == b"LOGOUT"
                        f.write((b"* BYE now\r\n" if bye else b"") + tag +
                                b" OK done\r\n")
                    f.flush()
        except OSError:
            pass


class Waiting(Proxy):
    def __init__(self, place, server, combinations=("clear/clear",),
                 names=None, **more):
        """names: the sockets' names, as FileDescriptorName= gives them."""
        self.names = names
        self.parents = []
        super().__init__(place, server, how="wait",
                         combinations=combinations, **more)

    def listen(self):
        self.socks = [socket.create_server(("127.0.0.1", port), backlog=1000)
                      for port in self.port.values()]
        self.start()

    def start(self):
        """A parent on these sockets; there may be others."""
        # out of the way of the numbers they get
        fds = [fcntl.fcntl(s, fcntl.F_DUPFD, 100) for s in self.socks]
        script = "".join(f"exec {10 + i}<&{fd} {fd}<&-;"
                         for i, fd in enumerate(fds))
        script += "".join(f"exec {3 + i}<&{10 + i} {10 + i}<&-;"
                          for i in range(len(fds)))
        env = dict(os.environ, LISTEN_FDS=str(len(fds)), **self.env)
        if self.names:
            env["LISTEN_FDNAMES"] = ":".join(self.names)
        self.parent = self.place.start(
            f"{self.name}-parent",
            ["bash", "-c", script + 'LISTEN_PID=$$ exec "$@"', "bash",
             *self.argv], user=self.user, env=env, pass_fds=fds)
        for fd in fds:
            os.close(fd)
        self.proc = self.parent
        self.parents.append(self.parent)
        count = len(self.parents)
        wait_for("the parent", lambda: len(self.events("ACCEPTING")) >= count
                 or self.parent.poll() is not None)
        return self.parent

    def send(self, sig):
        os.kill(self.parent.pid, sig)

    def ended(self, seconds=10):
        """The parent's exit status once it has one."""
        return self.parent.wait(seconds)

    def restart(self):
        """As systemctl restart: the sessions stay."""
        self.send(signal.SIGQUIT)
        self.ended()
        return self.start()

    def stop(self):
        for parent in self.parents:
            self.place.stop(parent)
        for sock in self.socks:
            sock.close()

    def forked(self, spare=False):
        """The parent's sessions; or those that wait for one."""
        path = f"/proc/{self.parent.pid}/task/{self.parent.pid}/children"
        with open(path) as f:
            pids = f.read().split()
        found = []
        for pid in pids:
            try:
                with open(f"/proc/{pid}/comm") as f:
                    name = f.read().strip()
            except OSError:
                continue
            # one that has only just been forked has the parent's name
            if (name == "spare") == spare and not name.startswith("imap4-"):
                found.append(int(pid))
        return found

    def children(self):
        """The processes of its sessions."""
        return self.forked()

    def spares(self):
        """All of them, once they are there."""
        return wait_for("spares", lambda: (
            lambda f: f if len(f) == SPARES else None)(self.forked(True)))

    def client(self, combination="clear/clear", source="127.0.0.1"):
        """A connection whose greeting has come; None when it was closed."""
        sock = socket.socket()
        sock.settimeout(20)
        sock.bind((source, 0))
        try:
            sock.connect(("127.0.0.1", self.port[combination]))
            greeting = sock.recv(1000)
        except ConnectionResetError:
            greeting = b""
        if greeting:
            return sock
        sock.close()
        return None


def ask(sock, line, tag=b"a1"):
    """The lines of an answer to one command; b"" in it: closed."""
    sock.sendall(tag + b" " + line + b"\r\n")
    got = b""
    while not re.search(rb"(?m)^" + tag + rb" .*\r\n$", got):
        data = sock.recv(65536)
        if not data:
            break
        got += data
    return got


__all__ = ["SPARES", "Stub", "Waiting", "ask", "title"]
