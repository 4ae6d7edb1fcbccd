"""imap4-helper on hosts.Net's gateway, for a gateway.Gateway; or for any
Proxy, with a network of its own, where there is nothing to catch."""

import contextlib
import os
import re
import signal
import socket
import subprocess

from rig import B, program, wait_for

HELPER = os.path.join(B, "imap4-helper")


class Helper:
    def __init__(self, place, net, proxy, name="helper"):
        """net: None, a network of its own."""
        self.place, self.net, self.proxy, self.name = place, net, proxy, name
        self.argv = [program(HELPER), "-f", proxy.cfg, "-C", proxy.cache]
        if net is None:
            self.argv[:0] = ["unshare", "-n"]
        self.notes = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = place.file(f"{name}.notify")
        self.notes.bind(path)
        os.chmod(path, 0o666)
        self.notes.settimeout(10)
        self.env = dict(os.environ, NOTIFY_SOCKET=path)
        self.start()

    def start(self):
        with self.net.gateway.inside() if self.net else \
                contextlib.nullcontext():
            self.proc = self.place.start(self.name, self.argv, env=self.env)
        self.status = ""
        self.note("READY=1")

    def note(self, pattern):
        """The last status, or the next notification, that has it."""
        while not re.search(pattern, self.status):
            try:
                self.status = self.notes.recv(4096).decode()
            except TimeoutError:
                raise RuntimeError(f"status: {self.status}") from None

    def only(self, option):
        """-b or -x."""
        with self.net.gateway.inside():
            subprocess.run([*self.argv, option], check=True)

    def children(self, pid=None):
        """{name: pid} of its processes, or of those of one of these."""
        found = {}
        pid = pid or self.proc.pid
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            pids = f.read().split()
        for pid in pids:
            # one may end meanwhile
            with contextlib.suppress(FileNotFoundError), \
                    open(f"/proc/{pid}/comm") as f:
                found[f.read().strip()] = int(pid)
        return found

    def kill(self):
        """All of it at once, as the service manager does."""
        pids = [*self.children().values(), self.proc.pid]
        # stopped, none sees another's end
        for sig in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                os.kill(pid, sig)
        self.proc.wait()
        wait_for("the helper's processes end", lambda: not any(
            os.path.exists(f"/proc/{p}") for p in pids))

    def stop(self):
        self.proc.terminate()
        return self.proc.wait(10)

    def rules(self):
        return self.net.gateway.run("nft list ruleset; ip -4 rule; ip -6 rule")
