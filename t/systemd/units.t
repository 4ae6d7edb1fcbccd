#!/usr/bin/python3
"""The units as they are installed, in a really booted systemd."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from booted import Booted                                # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import TOP, Place, bail, diag, private_mounts   # noqa: E402


def level_outside(place):
    """The jail's level of a session that nobody else confines."""
    class Nowhere:
        port = tls_port = 1
    proxy = Proxy(place, Nowhere, name="outside", listen=False,
                  combinations=("clear/clear",),
                  log="log { target = stderr }")
    run = subprocess.run(
        [*proxy.argv, "-t", "test from [192.0.2.1] to [127.0.0.1]:"
         f"{proxy.port['clear/clear']};"], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    start = proxy.events("SESSION-START", run.stderr)
    if not start:
        bail(f"no session outside: {run.stderr}")
    return start[0]["JAIL"]


def install(root):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("MAKE", "MFLAGS"))}
    run = subprocess.run(["make", "-j2", "install", f"DESTDIR={root}"],
                         cwd=TOP, env=env, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    if run.returncode != 0:
        bail("make install: " + run.stdout[-2000:])


private_mounts()
place = Place("units")
system = Booted(place)
install(system.root)
level = level_outside(place)
diag(f"outside: JAIL={level}")
result = system.run(os.path.join(TOP, "t/systemd/inside.py"), 180,
                    JAIL_OUTSIDE=level)
print(result, end="")
if "1.." not in result:
    bail("the system did not run the test to its end")
sys.exit("\nnot ok" in "\n" + result)
