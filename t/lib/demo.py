"""What the demos show with: commands of real clients through a proxy, what
they saw, whether that is as it should be, and what the proxy logged.

    demo = Demo("demo-scan")
    demo.proxy = DemoProxy(demo.place, server, CONFIG)
    demo.curl("read a mail", demo.url("imap", "/INBOX;UID=1"))
    sys.exit(demo.end("..."))

With "once" as its argument a demo ends after what it shows, else it stays up
until Ctrl-C.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys

from proxy import TEST_IMAP4, Proxy
from rig import USER, Place, program, wait_for

LEGS = {"imap": "clear/clear", "imaps": "tls/clear"}
# Of what a client says: the rest is cut.
LINES = 12


class DemoProxy(Proxy):
    """By systemd-socket-activate, with a configuration written for people;
    {user}, {log}, {server}, {imap} and {imaps} in it, and what else is given,
    are of this run."""

    def __init__(self, place, server, config, **more):
        self.config, self.more = config, more
        legs = [leg for name, leg in LEGS.items() if f"{{{name}}}" in config]
        super().__init__(place, server, combinations=legs)

    def text(self):
        ports = {name: self.port[leg] for name, leg in LEGS.items()
                 if leg in self.port}
        return self.config.format(
            user=USER, log=self.log, server=f"127.0.0.1:{self.server.port}",
            **ports, **self.more)


def head(text):
    print(f"\n== {text}", flush=True)


def indented(text, lines=None):
    """At most so many lines, for a reader: no blanks at their ends."""
    for line in text.strip().splitlines()[:lines]:
        print(f"    {line}".rstrip())


class Demo:
    def __init__(self, name):
        self.once = sys.argv[1:] == ["once"]
        self.place = Place(name)
        self.right = True
        self.seen = 0

    # ---- the stage

    def server(self, title, server):
        """A server that was started: say so."""
        print(f"{title}: process {server.proc.pid}", flush=True)
        return server

    def open(self, proxy):
        head("the proxy, by systemd-socket-activate")
        self.proxy = proxy
        with open(proxy.cfg) as f:
            indented(f.read())
        done = self.run([program(TEST_IMAP4), "-f", proxy.cfg],
                        f"test-imap4 -f {os.path.basename(proxy.cfg)}")
        said = (done.stdout + done.stderr).decode()
        indented(said)
        self.check(done.returncode == 0 and "warning" not in said,
                   "the checker has no warning")

    def url(self, scheme, rest):
        return f"{scheme}://localhost:{self.proxy.port[LEGS[scheme]]}{rest}"

    # ---- what clients do

    def check(self, good, text):
        """Is it as it should be?  Says so, and keeps it for the end."""
        if not good:
            self.right = False
        print(f"  {text}" + ("" if good else "   <-- NOT AS IT SHOULD BE"),
              flush=True)

    def run(self, argv, shown):
        """A command: what came of it."""
        print(f"\n$ {shown}", flush=True)
        return subprocess.run(argv, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60,
                              env=dict(os.environ, HOME=self.place.path))

    def curl(self, what, url, *options, refused=False, lines=LINES):
        """Its octets from the server."""
        shown = " ".join([url, *(f"'{o}'" if " " in o else o
                                 for o in options)])
        done = self.run(["curl", "-sSv", "--user", "alice:secret", "--cacert",
                         self.proxy.folder + "/ca.pem", url, *options],
                        f"curl --user alice:secret {shown}")
        indented(done.stdout.decode(errors="replace"), lines)
        for line in done.stderr.decode(errors="replace").splitlines():
            if re.match(r"< \S+ (NO|BAD) ", line):
                indented(line[2:])
        self.check((done.returncode != 0) == refused,
                   f"{'REFUSED' if done.returncode else 'ALLOWED'}: {what}")
        return done.stdout

    # ---- what the proxy logged

    def logged(self, only=""):
        """Its records since the last time, once all sessions have ended: the
        lines in which this regular expression is found."""
        wait_for("the sessions' ends", lambda: not self.proxy.sessions())
        text = re.sub(r"(?m)^\S+ ", "", self.proxy.log_text())
        new, self.seen = text[self.seen:], len(text)
        return "".join(line for line in new.splitlines(True)
                       if re.search(only, line))

    # ---- the end

    def end(self, advice):
        """The exit status."""
        if not self.once:
            head("it stays up: connect any mail client")
            print(advice, flush=True)
            with contextlib.suppress(SystemExit):
                signal.pause()
        head("ended" if self.right else
             "ended; not everything was as it should be")
        return 0 if self.right else 1
