"""A proxy with a scoreboard of its own, and what imap4-stat says of it.

    proxy = Watched(place, server, name="watched")
    proxy.counters()["mails-in"]
    proxy.run                   # its folder; proxy.forget() removes it
"""

import json
import os
import shutil
import subprocess

from proxy import Proxy
from rig import B, diag, program

STAT = program(os.path.join(B, "imap4-stat"))


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

    def forget(self):
        shutil.rmtree(self.run, ignore_errors=True)
