#!/usr/bin/env python3
"""The examples of the manuals do what the manuals say.

A display below EXAMPLES is a configuration, which must compile without a
word, decide, and print as the same policy; or commands behind "$ " with their output, run where the configuration
before them is imap4-proxy.cfg.  Other displays of commands (in section 8) are
told to the shell without running them: they name files of a real machine.
"""

import glob
import os
import re
import shlex
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
from rig import (B, Place, diag, done, mount, ok,     # noqa: E402
                 private_mounts, same)

ESCAPES = {r"\e": "\\", r"\(aq": "'", r"\(dq": '"', r"\&": "", r"\-": "-"}


def displays(page):
    """Texts of the literal displays behind .Sh EXAMPLES."""
    found, lines, inside = [], [], False
    examples = False
    for line in open(page, encoding="utf-8").read().splitlines():
        if line.startswith(".Sh "):
            examples = line == ".Sh EXAMPLES"
        if examples and line.startswith(".Ed"):
            found.append("\n".join(lines) + "\n")
            inside = False
        if examples and inside:
            lines.append(re.sub(r"\\\((aq|dq)|\\[e&-]",
                                lambda m: ESCAPES[m.group()], line))
        if examples and line.startswith(".Bd -literal"):
            lines, inside = [], True
    return found


def whole(command):
    """Does the shell need no other line?"""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def commands(text):
    """(command, output) of a display; a command's lines begin with "$ "."""
    found = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append([line[2:], ""])
        elif not whole(found[-1][0].rstrip("\n")):
            found[-1][0] += line
        else:
            found[-1][1] += line
    return found


def plain(text):
    """Without the day it happens to be."""
    return re.sub(r"\b(sun|mon|tue|wed|thu|fri|sat) \d{4}-\d\d-\d\d",
                  "DAY", text)


def run(place, command):
    env = dict(os.environ, PATH=B + ":" + os.environ["PATH"])
    got = subprocess.run(["sh", "-c", command], cwd=place.path, env=env,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=20)
    return got.stdout.replace(place.path + "/", "")


def configuration(place, text, name):
    place.file("imap4-proxy.cfg", text, mode=0o600)
    same(run(place, "test-imap4 -f imap4-proxy.cfg"), "",
         f"{name} compiles without a word")
    verdicts = run(place, "test-imap4 -f imap4-proxy.cfg -t '"
                   "test from [10.1.2.3] to [10.1.0.1]:143;"
                   "test from [2001:db8::1] to [2001:db8::2]:993;' |"
                   "grep '^[A-Z]*$'").split()
    ok(len(verdicts) == 2 and set(verdicts) <= {"ACCEPTED", "REJECTED"},
       f"{name} says who is accepted")
    again = run(place, "test-imap4 -f imap4-proxy.cfg -t 'show-proxy;' "
                ">again.cfg; chmod 600 again.cfg; for f in imap4-proxy "
                "again; do test-imap4 -f $f.cfg -t 'show-hash;'; done")
    ok(re.fullmatch(r"([0-9a-f]{64})\n\1\n", again),
       f"{name} as show-proxy prints it is the same policy") or diag(again)


def check(place, page, text, n):
    name = f"{os.path.basename(page)}: example {n}"
    if text.startswith("version ="):
        configuration(place, text, name)
        return 0
    if not text.startswith("$ "):
        ok(all(whole(line) for line in
               text.replace("\\\n", "").splitlines()),
           f"{name} is of commands")
        return 0
    for command, output in commands(text):
        same(plain(run(place, command)), plain(output),
             f"{name} prints: {command.splitlines()[0]}")
    return len(commands(text))


def check_samples(place):
    """Those that scan; how many there are.  What was not scanned is
    denied, whatever the reason."""
    scanning = 0
    for path in sorted(glob.glob(os.path.join(TOP, "conf/samples/*.cfg"))):
        with open(path) as f:
            text = f.read().replace("../notices", "notices")
        if "use-antivirus" not in text:
            continue
        scanning += 1
        name = os.path.basename(path)
        configuration(place, text, name)
        verdicts = run(place, "test-imap4 -f imap4-proxy.cfg -t '" + "".join(
            f"test from [10.1.2.3] to [10.1.0.1]:143 direction {way} "
            f"virus {status};" for way in ("download", "upload")
            for status in ("error", "unknown", "skipped", "free")) +
            "' | grep '^[A-Z]*$'").split()
        same(verdicts, (["REJECTED"] * 3 + ["ACCEPTED"]) * 2,
             f"{name} takes what was scanned and is free")
    return scanning


def main():
    private_mounts()
    # as the package's tmpfiles make it
    mount("tmpfs", "/var/cache", "mode=755")
    os.mkdir("/var/cache/imap4-proxy", 0o700)
    place = Place("examples")
    os.symlink(os.path.join(TOP, "conf", "notices"),
               os.path.join(place.path, "notices"))
    ran = 0
    pages = sorted(glob.glob(os.path.join(TOP, "man", "*.[5-8]")))
    for page in pages:
        for n, text in enumerate(displays(page), 1):
            ran += check(place, page, text, n)
    ok(ran >= 6, "examples were run")
    ok(check_samples(place) > 0, "there are samples that scan")
    lint = subprocess.run(["mandoc", "-Tlint", "-W", "warning", *pages],
                          stdout=subprocess.PIPE, text=True)
    diag(lint.stdout)
    same(lint.returncode, 0, "mandoc has no warning")
    done()


main()
