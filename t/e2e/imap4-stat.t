#!/usr/bin/python3
"""imap4-stat user: its answers, its exit statuses, and what sessions see."""

import calendar
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import B, USER, Place, as_user, done, ok, program, same  # noqa: E402

IMAP4_STAT = program(os.path.join(B, "imap4-stat"))
TOP = """
auth = "office"
oob-auth "office" { path = "../users"  max-sessions = 3 }
oob-auth "gate" { path = "../gate" }
"""


class Stat:
    def __init__(self, proxy):
        self.proxy = proxy

    def run(self, *words, options=(), user=None):
        """(exit status, standard output, standard error)"""
        argv = [IMAP4_STAT, "-f", self.proxy.cfg, "-C", self.proxy.cache,
                *options, *words]
        r = subprocess.run(as_user(argv, user) if user else argv,
                           stdin=subprocess.DEVNULL, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return (r.returncode, r.stdout, r.stderr)


def usage(stat):
    def refused(words, first, name, status=2, **more):
        got = stat.run(*words, **more)
        same((got[0], got[1], got[2].splitlines()[0]), (status, "", first),
             name)

    refused((), "imap4-stat: say what to do", "no command is usage")
    refused(("user",), "imap4-stat: no such command", "half a command")
    refused(("user", "frob"), "imap4-stat: no such command", "another")
    refused(("user", "add", "10.0.0.1"), "imap4-stat: something is missing",
            "too few words")
    refused(("user", "list", "x"), "imap4-stat: too many words",
            "too many words")
    refused(("user", "add", "10.0.0.1/8", "joe"), "imap4-stat: 10.0.0.1/8: "
            "no address, or a prefix with bits behind it", "no prefix")
    refused(("user", "add", "10.0.0.1", "a b"), "imap4-stat: a b: no user's "
            "name", "no user")
    refused(("user", "add", "10.0.0.1", "joe", "a,,b"),
            "imap4-stat: a,,b: no list of groups", "no groups")
    for until in ("soon", "+", "+8w", "+0", "2026-02-30T00:00:00Z"):
        refused(("user", "add", "10.0.0.1", "joe", "-", until),
                f"imap4-stat: {until}: no time: write seconds since 1970, "
                "2026-11-21T18:00:00Z, -, or from now on +90, +30m, +8h",
                f"no time: {until}")
    refused(("user", "add", "10.0.0.1", "joe", "-", "1000"),
            "imap4-stat: 1000: this time is over", "a time that is over")
    refused(("user", "list"), f'{stat.proxy.cfg}: there is no oob-auth "x"',
            "no such oob-auth", 78, options=("-o", "x"))
    same(stat.run(options=("-v",))[0], 0, "-v")
    same(stat.run(options=("-h",))[1].splitlines()[0],
         "usage: imap4-stat [-hv] [-C CACHE] [-o TITLE] [-w SECONDS] "
         "-f CFGFILE COMMAND",
         "-h")


def changes(place, stat):
    path = os.path.join(place.path, "users")
    real = os.path.join(stat.proxy.folder, "../users")
    same(stat.run("user", "list"), (1, "", f"{real}: No such file or "
                                    "directory\n"), "no file is no list")
    same(stat.run("user", "add", "10.1.2.3", "joe", "staff,vpn"), (0, "", ""),
         "user add")
    now = time.time()
    same(stat.run("user", "add", "2001:db8::/32", "six", "-", "+2h")[0], 0,
         "user add with a time")
    lines = stat.run("user", "list")[1].splitlines()
    same(lines[0], "10.1.2.3 joe staff,vpn -", "user list")
    until = time.strptime(lines[1].split()[-1] + "+0000",
                          "%Y-%m-%dT%H:%M:%SZ%z")
    ok(7190 < calendar.timegm(until) - now < 7210, "two hours from now on")
    same(stat.run("user", "del", "10.1.2.4"),
         (1, "", f"{real}: 10.1.2.4 has no entry\n"), "user del of nobody")
    same(stat.run("user", "del", "2001:db8::/32"), (0, "", ""), "user del")
    same(stat.run("user", "list")[1], "10.1.2.3 joe staff,vpn -\n",
         "has forgotten it")
    with open(path, "w") as f:
        f.write("# mine\n10.0.0.1 a - -\nbad\n10.0.0.2 b - 5\n")
    same(stat.run("user", "list"),
         (1, "10.0.0.1 a - -\n10.0.0.2 b - 1970-01-01T00:00:05Z # expired\n",
          f"{real}:3: it begins with no address, or one with bits behind "
          "its prefix\n"), "a bad line is told")
    same(stat.run("user", "add", "10.0.0.3", "c", "g"), (0, "", ""),
         "a change")
    with open(path) as f:
        same(f.read(), "# mine\n10.0.0.1 a - -\nbad\n10.0.0.3 c g -\n",
             "keeps comments and bad lines")
    os.unlink(path)
    for n in range(3):
        stat.run("user", "add", f"10.0.0.{n}", "u")
    same(stat.run("user", "add", "10.0.0.9", "u"),
         (1, "", f"{real}: it would have more than 3 entries "
          "(max-sessions)\n"), "no more than max-sessions")
    same(stat.run("user", "add", "10.0.0.9", "u", options=("-o", "gate"))[0],
         0, "another oob-auth")
    same(stat.run("user", "list", options=("-o", "gate"))[1],
         "10.0.0.9 u - -\n", "has its own file")


def owners(place, stat):
    path = os.path.join(place.path, "users")
    st = os.stat(path)
    same((st.st_uid, oct(st.st_mode & 0o777)), (0, "0o640"),
         "root's file is for the service")
    got = stat.run("user", "del", "10.0.0.1", user=USER)
    same((got[0], "it belongs to another user" in got[2]), (1, True),
         "the service does not take root's file")
    os.chmod(path, 0o666)
    same(stat.run("user", "list")[2].split(": ")[1],
         "may be written by others\n", "a file others may write is no file")
    os.chmod(path, 0o640)


def sessions(place, stat, proxy):
    """What is said is true at the next connection."""
    def login():
        try:
            box = proxy.connect("clear/clear", "alice")
        except Exception:
            return "rejected"
        box.logout()
        return "served"

    for n in range(3):
        stat.run("user", "del", f"10.0.0.{n}")
    same(login(), "rejected", "a client that nobody knows")
    same(stat.run("user", "add", "127.0.0.0/8", "joe", "staff", "+1h")[0], 0,
         "is somebody now")
    same(login(), "served", "and served")
    stat.run("user", "add", "127.0.0.1", "jim", "guests")
    same(login(), "rejected", "a guest is not")
    stat.run("user", "del", "127.0.0.1")
    same(login(), "served", "until it is forgotten")


place = Place("imap4-stat")
server = Dovecot(place)
proxy = Proxy(place, server, combinations=("clear/clear",), top=TOP,
              session='group = {"staff"}')
stat = Stat(proxy)
usage(stat)
changes(place, stat)
if os.getuid() == 0:
    owners(place, stat)
sessions(place, stat, proxy)
proxy.stop()
done()
