#!/usr/bin/python3
"""A sealed session's records after what happens to logs in real life: a
restarted syslogd, a rotated file, a full disk."""

import contextlib
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import (Place, Syslog, USER, done, mount, ok, private_dev,
                 private_mounts, same, unmount, wait_for)  # noqa: E402


def opened(proxy):
    box = proxy.connect("clear/clear", "alice")
    box.select("INBOX")
    return box


def refused(box):
    """A command that policy refuses: one record under requests = refused."""
    return box.delete("Nothing")[0]


def syslog_restart(place, server):
    syslog = Syslog()
    proxy = Proxy(place, server, name="syslog", combinations=("clear/clear",),
                  command='commands = {"*", "!DELETE"}',
                  log="log { target = syslog }")
    box = opened(proxy)
    wait_for("SESSION-START", lambda: "SESSION-START" in syslog.read())
    old = syslog.read()
    ok("SESSION-END" not in old, "syslog: a session is open")
    syslog.down()
    same(refused(box), "NO", "syslog: without syslogd the session goes on")
    syslog.got.clear()
    syslog.up()
    same(refused(box), "NO", "syslog: and with a new one")
    box.logout()
    wait_for("SESSION-END", lambda: "SESSION-END" in syslog.read())
    new = syslog.read()
    ok("REQUEST" in new and "SESSION-END" in new and
       "SESSION-START" not in new,
       "syslog: the new syslogd gets the old session's records")
    ok(proxy.events("SESSION-END", new)[0]["RESULT"] == "ACCEPTED",
       "syslog: and it ended well")
    proxy.stop()
    syslog.down()


def syslog_stuck(place, server):
    """A syslogd that lives but does not read; then one that is slow."""
    syslog = Syslog(reads=False)
    proxy = Proxy(place, server, name="stuck", combinations=("clear/clear",),
                  command='commands = {"*", "!DELETE"}'
                          "  max-bad-commands = 0",
                  log="log { target = syslog }")
    begin = time.monotonic()
    box = opened(proxy)
    answers = {refused(box) for _ in range(40)}
    took = time.monotonic() - begin
    same(answers, {"NO"}, "stuck syslogd: the session goes on")
    ok(took < 1.5, f"stuck syslogd: and waits for it once: {took:.1f} s")
    syslog.listen()
    wait_for("what was queued", lambda: "REQUEST" in syslog.read())
    box.logout()
    wait_for("SESSION-END", lambda: "SESSION-END" in syslog.read())
    ok(True, "stuck syslogd: once it reads again, records come")
    syslog.got.clear()
    boxes = [opened(proxy) for _ in range(30)]
    threads = [threading.Thread(target=box.logout) for box in boxes]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    wait_for("all ends", lambda: syslog.read().count("PROXY-EVENT") == 30)
    same(syslog.read().count("SESSION-END"), 30,
         "burst: no record is lost, although ten fill the queue")
    proxy.stop()
    syslog.down()


def rotation(place, server):
    proxy = Proxy(place, server, name="file", combinations=("clear/clear",),
                  command='commands = {"*", "!DELETE"}')
    box = opened(proxy)
    proxy.wait_events("SESSION-START", 1)
    os.rename(proxy.log, proxy.log + ".1")
    place.file("file/log", "", 0o644, USER)
    same(refused(box), "NO", "file: after a rotation the session goes on")
    other = opened(proxy)
    box.logout()
    other.logout()
    proxy.wait_events("SESSION-START", 1)
    proxy.wait_events("SESSION-END", 1)
    both = wait_for("both ends", lambda: (lambda e: e if len(e) == 2 else
                    None)(proxy.events("SESSION-END", proxy.log_text() +
                                       place.read("file/log.1"))))
    same([e["RESULT"] for e in both], ["ACCEPTED"] * 2,
         "file: the old session's and the new one's records are all there")
    proxy.stop()


def fill_up(path, piece):
    """Append to a file until its disk is full."""
    with open(path, "ab", 0) as f, contextlib.suppress(OSError):
        while True:
            f.write(piece)


def full_disk(place, server):
    disk = place.folder("full")
    mount("tmpfs", disk, "size=64k,mode=777")
    path = os.path.join(disk, "log")
    proxy = Proxy(place, server, name="disk", combinations=("clear/clear",),
                  command='commands = {"*", "!DELETE"}',
                  log=f'log {{ target = "file:{path}" }}')
    box = opened(proxy)
    fill_up(os.path.join(disk, "filler"), b"x" * 4096)
    fill_up(path, b"#\n")
    for _ in range(3):
        same(refused(box), "NO", "full disk: the session goes on")
    same(len(box.fetch("1", "FLAGS")[1]), 1, "full disk: and does its work")
    same(box.logout()[0], "BYE", "full disk: and ends as it should")
    late = opened(proxy)
    same(late.logout()[0], "BYE", "full disk: a new session runs, too")
    os.unlink(os.path.join(disk, "filler"))
    late = opened(proxy)
    late.logout()
    wait_for("a record", lambda: "SESSION-END" in place.read("full/log"))
    ok(True, "full disk: with room again, records are written")
    proxy.stop()
    unmount(disk)


def full_disk_stop(place, server):
    disk = place.folder("stop")
    mount("tmpfs", disk, "size=64k,mode=777")
    proxy = Proxy(place, server, name="stop-proxy",
                  combinations=("clear/clear",),
                  command='commands = {"*", "!DELETE"}',
                  log=f'log {{ target = "file:{disk}/log"'
                      '  on-failure = stop }')
    box = opened(proxy)
    fill_up(os.path.join(disk, "filler"), b"x" * 4096)
    fill_up(os.path.join(disk, "log"), b"#\n")
    box.send(b"z1 DELETE Nothing\r\n")
    heard = b""
    while True:
        data = box.sock.recv(4096)
        if not data:
            break
        heard += data
    ok(b"* BYE" in heard, f"on-failure = stop: the session ends: {heard!r}")
    proxy.stop()
    unmount(disk)


def cost(place, server):
    """What README.md says a session costs."""
    proxy = Proxy(place, server, name="cost", combinations=("clear/clear",),
                  command='commands = {"*", "!DELETE"}')
    box = opened(proxy)
    box.noop()
    box.logout()
    proxy.wait_events("PROXY-EVENT", 1)
    words = re.findall(r" [A-Z]+-\d+-[A-Z] (\S+)", proxy.log_text())
    same(words, ["SESSION-START", "ACL", "ACL", "LOGIN", "SESSION-END",
                 "PROXY-EVENT"], "cost: a session is six lines")
    place.file("cost/log", "")
    box = opened(proxy)
    refused(box)
    box.logout()
    proxy.wait_events("PROXY-EVENT", 1)
    words = re.findall(r" [A-Z]+-\d+-[A-Z] (\S+)", proxy.log_text())
    same(words[4:-2], ["COMMAND-REFUSED", "REQUEST"],
         "cost: a refused command is two more")
    proxy.stop()


private_mounts()
place = Place("logs")
private_dev(place)
server = Dovecot(place)
box = server.connect("alice")
mails.fill(box, 3)
box.logout()
cost(place, server)
syslog_restart(place, server)
syslog_stuck(place, server)
rotation(place, server)
full_disk(place, server)
full_disk_stop(place, server)
done()
