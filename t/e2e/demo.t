#!/usr/bin/python3
"""What the demos show comes true, and they say so if it does not."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from rig import TOP, Place, diag, done, ok, same    # noqa: E402

WRONG = "NOT AS IT SHOULD BE"


def demo(name, **env):
    """(exit status, what it said)"""
    run = subprocess.run([os.path.join(TOP, "t", name), "once"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=300,
                         env=dict(os.environ, **env))
    return run.returncode, run.stdout


def shows(name, *texts):
    status, said = demo(name)
    if not same(status, 0, f"{name}: all that it shows comes true"):
        diag(said)
    same([t for t in texts if t not in said], [],
         f"{name} shows {len(texts)} things")
    ok(WRONG not in said, f"{name} says nothing against itself")


def notices(name, place):
    """With a curl that does nothing, and is content."""
    place.file("bin/curl", "#!/bin/sh\n", 0o755)
    status, said = demo(name, PATH=place.file("bin") + ":" +
                        os.environ["PATH"])
    same((status, WRONG in said), (1, True),
         f"{name} says so when something is not as it should be")


place = Place("demo-test")
shows("demo", "ALLOWED: read a mail", "REFUSED: delete a folder",
      "SESSION-END")
shows("demo-scan", "octet for octet", "A virus was found here",
      "Subject: [spam] You have won", "REFUSED: upload it",
      "3 mails came, the virus did not", "VIRUS-NAME=Test.Eicar.UNOFFICIAL",
      "6 words of scanners were of the verdict store")
notices("demo", place)
notices("demo-scan", place)
done()
