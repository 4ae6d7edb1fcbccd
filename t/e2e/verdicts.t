#!/usr/bin/python3
"""The verdict store as the helper keeps it: what is too old goes, what is there
is shown and forgotten, and whatever becomes of the file or of a process, it
works again."""

import calendar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import watched                                           # noqa: E402
from helper import Helper                                # noqa: E402
from rig import (B, USER, Place, as_user, bail, diag, done, of_session, ok,
                 program, same, wait_for)                       # noqa: E402
from waiting import Stub                                 # noqa: E402

ASK = program(os.path.join(B, "t/ask_store"))
ROOM = 16 << 20
MAIL, OTHER, NONE = "ab" * 32, "0" * 64, "cd" * 32
HOUR = 3600


class Kept(watched.Watched):
    """A proxy with a store; the keeper may write its cache."""

    def __init__(self, place, *args, **more):
        self.store = os.path.join(place.folder("store", 0o700, USER), "it")
        self.age = "1h"
        super().__init__(place, *args, combinations=("clear/clear",), **more)
        os.chmod(self.cfg, 0o644)
        os.chown(self.folder, 0, 0)

    def text(self):
        return super().text() + (
            f'verdict-store {{ path = "{self.store}"  max-size = {ROOM} '
            f' max-age = {self.age} }}\n' if self.store else "")

    def change(self, **what):
        vars(self).update(what)
        self.place.file(f"{self.name}/imap4-proxy.cfg.new", self.text())
        os.rename(self.cfg + ".new", self.cfg)

    def use(self, *words):
        """As a session would."""
        return subprocess.run(as_user([ASK, self.store, str(ROOM), *map(
            str, words)]), check=True, stdout=subprocess.PIPE, text=True
            ).stdout

    def count(self):
        return int(self.use("count"))

    def state(self):
        """The numbers of 'show verdicts'; nothing when it is an error."""
        text = self.ask("stats.sock", "show verdicts")
        return {} if text.startswith("error") else dict(
            line.split(" ", 1) for line in text.splitlines())

    def warned(self):
        return [line for line in self.log_text().splitlines()
                if "VERDICT-STORE" in line]


def starter(helper):
    """Who starts sweepers, when it has its name."""
    return wait_for("its starter", lambda: helper.children().get(
        "imap4-sweeper"))


def sweeper(helper):
    return wait_for("a sweeper", lambda: helper.children(
        starter(helper)).get("imap4-sweeper"))


def fill(proxy):
    """A mail that two engines know, a version, and much that is old."""
    proxy.use("fill", 1000, 2 * HOUR)
    proxy.use("put", MAIL, 7, 100, "clamav", "ClamAV 1.0.7/27468",
              "3,1,0,", "1,0,0,Eicar-Signature", "2,1,0,")
    proxy.use("put", MAIL, 9, 50, "spam\x1b[2J" + "!" * 100, "",
              "1,1,-12500,")
    proxy.use("put", OTHER, 7, 100, "clamav", "ClamAV 1.0.7/27468")


def ages(proxy, helper):
    wait_for("old values to go", lambda: proxy.count() == 3)
    ok(True, "what is older than max-age goes, in more than one batch")
    state = wait_for("a state", lambda: proxy.state())
    same((state["path"], state["values"]), (proxy.store, "3"),
         "show verdicts: path and values")
    ok(0 < int(state["used"]) < int(state["room"]) <= ROOM,
       "octets used, and room")
    ok(100 <= int(state["oldest-age"]) < 200, "the oldest value's age")
    got = json.loads(proxy.out("verdicts", "json"))
    same({k: str(v) for k, v in got.items() if k != "oldest-age"},
         {k: v for k, v in state.items() if k != "oldest-age"},
         "the same as JSON")


def shows(proxy):
    text = proxy.out("verdicts", MAIL)
    lines = text.splitlines()
    same([re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", s)
          for s in lines],
         ["clamav          TIME ClamAV 1.0.7/27468",
          "         3 free", "         1 found Eicar-Signature",
          "         2 free", "spam\\x1B[2J!... TIME",
          "         1 free -12.500"],
         "what engines said of a mail: versions, times, words")
    ok(all(len(s) <= 80 for s in lines), "of 80 columns at most")
    got = json.loads(proxy.out("verdicts", "json", MAIL))
    same((got["mail"], [(v["engine"][:6], v["version"]) for v in
                        got["values"]]),
         (MAIL, [("clamav", "ClamAV 1.0.7/27468"), ("spam\x1b[", "")]),
         "the same as JSON")
    same([v["words"] for v in got["values"]],
         [[{"objects": 3, "virus": "free"},
           {"objects": 1, "virus": "found", "name": "Eicar-Signature"},
           {"objects": 2, "virus": "free"}],
          [{"objects": 1, "virus": "free", "score": -12.5}]],
         "with all words")
    put = time.strptime(got["values"][0]["put"], "%Y-%m-%dT%H:%M:%SZ")
    ok(100 <= time.time() - calendar.timegm(put) < 200, "and when")
    same(proxy.out("verdicts", NONE), "nothing is known of it\n",
         "or that nothing is known")
    same(json.loads(proxy.out("verdicts", "json", NONE))["values"], [],
         "also as JSON")
    same(proxy.out("verdicts", OTHER.upper()).split()[0], "clamav",
         "values without words are of an engine's version")
    proxy.use("raw", NONE, 3, 5, "nonsense")
    same(proxy.out("verdicts", NONE).split()[0], "damaged",
         "a value that is nonsense is damaged")
    proxy.use("raw", NONE, 4, -10**17, "nonsense")
    same(len(proxy.out("verdicts", NONE).splitlines()), 2,
         "and one with a time that is none is shown")


def wrong(proxy):
    def refused(socket, line, want):
        same(proxy.ask(socket, line), f"error: {want}\n", f"{line[:30]!r}: "
             "an error")

    digits = "write 64 hexadecimal digits, a mail's SHA-256"
    refused("stats.sock", "show verdicts x", f"{digits}: x")
    refused("stats.sock", f"show verdicts {MAIL[1:]}", f"{digits}: {MAIL[1:]}"
            if len(MAIL) < 50 else f"{digits}: {MAIL[1:57]}...")
    refused("stats.sock", f"show verdicts {MAIL[1:]}g", f"{digits}: "
            f"{MAIL[1:57]}...")
    refused("stats.sock", "show verdicts json y", f"{digits}: y")
    refused("stats.sock", "forget all", "not permitted here")
    words = "forget: write all, or 64 hexadecimal digits, a mail's SHA-256"
    refused("admin.sock", "forget", words)
    refused("admin.sock", "forget everything", f"{words}: everything")
    same(proxy.stat("forget", "x"), (1, "", f"error: {words}: x\n"),
         "imap4-stat passes it on")
    same(proxy.stat("forget")[0], 2, "and wants to know what")


def forgets(proxy):
    same(proxy.out("forget", MAIL), "forgot 2\n", "a mail is forgotten")
    same((proxy.out("verdicts", MAIL), proxy.out("forget", MAIL)),
         ("nothing is known of it\n", "forgot 0\n"), "once")
    same(proxy.out("verdicts", OTHER).split()[0], "clamav", "another is not")
    ok(f'COMMAND="forget {MAIL}" ANSWER="forgot 2"' in proxy.log_text(),
       "the log says who did it")
    proxy.use("fill", 3000, 0)
    before = proxy.count()
    same(proxy.ask("admin.sock", "forget all"), f"forgot {before}\n",
         "and all, in many batches")
    same(proxy.count(), 0, "nothing is left")
    same(proxy.ask("stats.sock", "show verdicts").splitlines()[1], "values 0",
         "as show verdicts tells, without an age")


def gauges(proxy, place):
    proxy.connect("clear/clear", "alice").logout()
    proxy.use("fill", 5, 0)
    proxy.change(age="30m")     # swept at once, and told
    wait_for("five", lambda: '"values": 5' in re.sub(
        r'":\s*', '": ', proxy.out("json")))
    dump = watched.metrics(place, proxy.out("metrics"))
    got = {k: float(v) for k, v in re.findall(
        r'"imap4_proxy_verdict_store_(\w+)", name="[^"]*"} (\S+) ', dump)}
    same(got["values"], 5, "metrics have the values")
    ok(0 < got["used_bytes"] < got["room_bytes"] <= ROOM,
       "and the octets")
    ok("<p>5 verdicts, " in proxy.out("html"), "and so has the page")


def processes(proxy, helper):
    keeper = starter(helper)
    for pid, seccomp, who in ((keeper, "0", "who starts sweepers"),
                              (sweeper(helper), "2", "the sweeper, sealed,")):
        status = of_session(pid)
        same((status["Uid"].split()[1], int(status["CapPrm"], 16),
              status["Seccomp"], status["NoNewPrivs"]),
             ("65534", 0, seccomp, "1"), f"{who} is the sessions' user")
        held = [os.readlink(f"/proc/{pid}/fd/{n}") for n in
                os.listdir(f"/proc/{pid}/fd")]
        same(len([f for f in held if "socket:" in f]), 1,
             "with the monitor's socket and no other")


def slow(proxy, helper):
    """A sweeper that is stopped."""
    pid = sweeper(helper)
    os.kill(pid, signal.SIGSTOP)
    asks = [subprocess.Popen([watched.STAT, "-f", proxy.cfg, "-C",
                              proxy.cache, "verdicts"],
                             stderr=subprocess.PIPE, text=True)
            for _ in range(5)]
    ok(proxy.ask("stats.sock", "show stat").startswith("sessions "),
       "while the sweeper is stopped others are answered")
    ok(None in [p.poll() for p in asks], "who asked it still waits then")
    same({p.communicate(timeout=10)[1] for p in asks},
         {"error: verdict store: the sweeper does not answer\n"},
         "and hears that it does not answer")
    os.kill(pid, signal.SIGCONT)
    same(proxy.state()["values"], "5", "and then it does")


def killed(proxy, helper):
    monitor, pid = helper.proc.pid, sweeper(helper)
    os.kill(pid, signal.SIGKILL)
    helper.note("verdict store NOT in use: who kept it was killed")
    same(proxy.ask("stats.sock", "show verdicts"), "error: verdict store: who "
         "kept it was killed\n", "a sweeper that was killed is told of")
    wait_for("another", lambda: proxy.state().get("values") == "5")
    ok(sweeper(helper) != pid and helper.proc.poll() is None and
       helper.proc.pid == monitor, "and another keeps what there was")
    same(len(proxy.warned()), 1, "the log says so once")
    helper.status = ""
    helper.note("STATUS=policy (?!.*verdict)")
    helper.kill()
    wait_for("all to end", lambda: not os.path.exists(
        f"/proc/{helper.proc.pid}"))
    helper.start()
    same(wait_for("it", lambda: proxy.state())["values"], "5",
         "after a helper that was killed, another has it")


def damaged(proxy, helper):
    """Who reads beyond the end of a file gets SIGBUS."""
    warned = len(proxy.warned())
    os.truncate(proxy.store, 4096)
    wait_for("the damage", lambda: proxy.ask(
        "stats.sock", f"show verdicts {MAIL}").startswith("error: "))
    state = wait_for("a new one", lambda: proxy.state())
    same(state["values"], "0", "a file that was cut off begins anew")
    same(len(proxy.warned()), warned + 1, "which the log says once")
    for octet in (b"\0", b"\xff"):
        proxy.use("fill", 3000, 0)
        wait_for("all", lambda: proxy.state().get("values") == "3000")
        with open(proxy.store, "r+b") as f:
            f.seek(8192)        # behind the pages that tell what it is
            f.write(octet * (os.path.getsize(proxy.store) - 8192))
        wait_for("the damage", lambda: not proxy.ask(
            "admin.sock", "forget all").startswith("forgot"))
        wait_for("a new one", lambda: proxy.state().get("values") == "0", 20)
        ok(True, f"as does one overwritten with {octet}")
    ok(helper.proc.poll() is None, "and the helper is there")
    proxy.use("fill", 5, 0)
    same(proxy.count(), 5, "sessions can use it")
    os.unlink(proxy.store)
    proxy.use("fill", 7, 0)
    ok(wait_for("the other file", lambda: proxy.state().get("values") == "7"),
       "when they began another file the sweeper has it, too")


def unusable(proxy, helper):
    """A folder that is not there (yet)."""
    warned = len(proxy.warned())
    elsewhere = os.path.join(os.path.dirname(os.path.dirname(proxy.store)),
                             "elsewhere")
    proxy.change(store=elsewhere + "/it")
    helper.note("verdict store NOT in use: its lock file cannot be opened in "
                "its folder")
    same(proxy.stat("verdicts")[2], "error: verdict store: its lock file "
         "cannot be opened in its folder\n", "no folder: an error says so")
    pid = sweeper(helper)
    wait_for("another try", lambda: sweeper(helper) != pid)
    same(len(proxy.warned()), warned + 1, "the log says it once")
    ok(proxy.warned()[-1].endswith(f"{elsewhere}/it: its lock file cannot be "
                                   "opened in its folder"),
       "with the path")
    place.folder("elsewhere", 0o700, USER)
    wait_for("the folder's use", lambda: proxy.state())
    same(proxy.state()["path"], elsewhere + "/it",
         "a reload with another path is followed")
    proxy.change(store="")
    helper.note(r"STATUS=policy (?!.*NOT).*compiled")
    wait_for("the end of it", lambda: proxy.stat("verdicts") == (
        1, "", "error: the configuration has no verdict-store\n"))
    ok("imap4_proxy_verdict_store" not in proxy.out("metrics"),
       "without a store there are no gauges")
    wait_for("the sweeper's end", lambda: not helper.children(
        starter(helper)))
    proxy.change(store=elsewhere + "/it")
    wait_for("it again", lambda: proxy.state())
    proxy.use("fill", 300, 0)
    proxy.change(age="2s")
    wait_for("young values to go", lambda: proxy.count() == 0)
    proxy.use("fill", 300, 0)
    wait_for("others, without a reload", lambda: proxy.count() == 0)
    ok(True, "nor is a short max-age waited for a minute")


def ends(proxy, helper):
    pids = [starter(helper), sweeper(helper)]
    same(helper.stop(), 0, "told to end, the helper does")
    ok(not any(os.path.exists(f"/proc/{p}") for p in pids),
       "and its sweeper with it")
    same(proxy.stat("verdicts")[0], 1, "then nobody answers")
    ok("error: imap4-helper does not answer; " in proxy.stat("verdicts")[2],
       "and that is said")
    ok(proxy.out("stat").startswith("sessions "), "others need none")
    ok("imap4_proxy_active" in proxy.out("metrics"), "nor do metrics")
    helper.start()
    child = sweeper(helper)
    os.kill(starter(helper), signal.SIGKILL)
    same(helper.proc.wait(10), 70, "without who starts sweepers it ends")
    wait_for("the sweeper to end",
             lambda: not os.path.exists(f"/proc/{child}"))


if os.getuid() != 0:
    bail("this test makes a network: run it as root")
place = Place("verdicts")
proxy = Kept(place, Stub(), name="kept")
try:
    os.makedirs(proxy.run, exist_ok=True)
    shutil.chown(proxy.run, USER)
    fill(proxy)
    helper = Helper(place, None, proxy)
    ages(proxy, helper)
    shows(proxy)
    wrong(proxy)
    forgets(proxy)
    gauges(proxy, place)
    processes(proxy, helper)
    slow(proxy, helper)
    killed(proxy, helper)
    damaged(proxy, helper)
    unusable(proxy, helper)
    ends(proxy, helper)
    proxy.stop()
except Exception:
    diag(place.read("helper.out") + place.read("kept/log"))
    raise
finally:
    proxy.forget()
done()
