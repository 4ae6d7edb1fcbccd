"""A proxy with a scoreboard of its own, and what imap4-stat says of it.

    proxy = Watched(place, server, name="watched")
    proxy.counters()["mails-in"]
    proxy.run                   # its folder; proxy.forget() removes it
"""

import json
import os
import shutil
import socket
import subprocess
import time

from proxy import Proxy
from rig import B, UNPACKED, diag, program, same

STAT = program(os.path.join(B, "imap4-stat"))
PROMTOOL = program(os.path.join(UNPACKED, "prometheus/usr/bin/promtool"))


def ask(path, line, seconds=10):
    """What the helper answers on a socket, to the end."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(seconds)
        s.connect(path)
        s.sendall(line)
        got = b""
        while data := s.recv(65536):
            got += data
        return got.decode()


def metrics(place, text):
    """Prometheus's own parser reads OpenMetrics, which is a test; what it
    has then.  It wants a time behind each sample."""
    now = time.time()
    stamped = place.file("metrics", "".join(
        line + ("" if line.startswith("#") else f" {now:.3f}") + "\n"
        for line in text.splitlines()))
    run = subprocess.run(
        [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", stamped,
         place.folder("tsdb")], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    same(run.returncode, 0, "promtool reads the metrics as OpenMetrics")
    if run.returncode != 0:
        diag(run.stdout)
    place.folder("tsdb/wal")    # or dump finds no database
    return subprocess.run([PROMTOOL, "tsdb", "dump", place.folder("tsdb")],
                          stdout=subprocess.PIPE, text=True).stdout


class Watched(Proxy):
    def __init__(self, place, *args, name="proxy", **more):
        self.title = f"{name}-{os.getpid()}"
        self.run = os.path.join(B, "run", self.title)
        super().__init__(place, *args, name=name, **more)

    def text(self):
        return super().text().replace('name = "e2e"',
                                      f'name = "{self.title}"')

    def stat(self, *words, options=(), **more):
        done = subprocess.run(
            [STAT, "-f", self.cfg, "-C", self.cache, *options, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
        return done.returncode, done.stdout, done.stderr

    def out(self, *words):
        code, text, error = self.stat(*words)
        if code != 0:
            diag(f"imap4-stat {words}: {code}: {error}")
        return text

    def rows(self, *words):
        return json.loads(self.out("json", *words))["sessions"]

    def counters(self):
        return {k: int(v) for k, v in (
            line.split() for line in self.out("stat").splitlines())}

    def ask(self, name, line):
        """A line at a socket of the helper's."""
        return ask(os.path.join(self.run, name), line.encode() + b"\n")

    def forget(self):
        shutil.rmtree(self.run, ignore_errors=True)
