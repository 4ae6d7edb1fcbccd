#!/usr/bin/python3
"""The monitor: what imap4-stat shows of sessions that are there, what they
counted when they are gone, and ending them."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from rig import (B, TOP, USER, Place, diag, done, ok, program, same,
                 wait_for)                               # noqa: E402
import watched                                           # noqa: E402
from watched import STAT, Watched                        # noqa: E402

NAME = f"watched-{os.getpid()}"
RUN = os.path.join(B, "run", NAME)


def sessions(proxy):
    """Three of them, logged in; one that only connected."""
    boxes = [proxy.connect(c, u) for c, u in (
        ("clear/clear", "alice"), ("tls/clear", "alice"),
        ("clear/tls", "bob"))]
    boxes.append(mails.imaplib.IMAP4("127.0.0.1", proxy.port["clear/clear"]))
    boxes[1].select("INBOX")
    tag = boxes[2]._new_tag()
    boxes[2].select("INBOX")
    boxes[2].send(tag + b" IDLE\r\n")
    boxes[2].readline()
    return boxes


def look(proxy):
    rows = wait_for("an IDLE", lambda: (
        lambda r: r if any(x["command"] == "IDLE" for x in r) else None)(
            proxy.rows("sort=began")))
    same(len(rows), 4, "each session is there")
    same(sorted(r["user"] for r in rows), ["", "alice", "alice", "bob"],
         "with its user")
    same({r["pid"] for r in rows}, set(proxy.sessions()), "its process")
    by = {(r["session-acl"], r["user"]): r for r in rows}
    tls = by["s-tls-clear", "alice"]
    same((tls["tls-client"], tls["tls-server"]), ("TLSv1.3", ""),
         "TLS of the client's leg")
    idle = by["s-clear-tls", "bob"]
    same((idle["tls-client"], idle["tls-server"]), ("", "TLSv1.3"),
         "and of the server's")
    same((idle["command"], idle["pending"], idle["stage"]),
         ("IDLE", 1, "relay"), "the command that is pending")
    same(idle["data"], "INBOX", "the mailbox that is selected")
    same(by["s-clear-clear", "alice"]["data"], "", "or none")
    same(idle["command-acl"], "c-clear-tls", "the ACLs")
    same(idle["listener"], "clear-tls", "the listener")
    ok(re.fullmatch(r"\[127\.0\.0\.1\]:\d+", idle["from"]), "the client")
    same(idle["to"], f"[127.0.0.1]:{proxy.port['clear/tls']}",
         "the address it used")
    same(idle["server"], f"[127.0.0.1]:{proxy.server.tls_port}",
         "the server")
    shown = subprocess.run(
        [os.path.join(B, "test-imap4"), "-f", proxy.cfg, "-t",
         "show-hash;"], stdout=subprocess.PIPE, text=True).stdout.strip()
    same({shown.startswith(r["config"]) for r in rows}, {True},
         "the configuration's hash")
    same({s["POLICY"] for s in proxy.events("SESSION-START")},
         {r["config"] for r in rows}, "as SESSION-START has it")
    ok(tls["in"] > 100 and tls["out"] > 20 and tls["server-in"] > 100 and
       tls["server-out"] > 20, "octets of both legs")
    ok(tls["commands"] >= 2, "and commands")
    return idle


def texts(proxy, idle):
    lines = proxy.out("list").splitlines()
    same(len(lines), 5, "list has a line for each, and titles")
    ok(all(len(line) <= 80 for line in lines), "of 80 columns at most")
    same(len(proxy.out("list", "user=bob").splitlines()), 2,
         "a filter leaves out the others")
    same(len(proxy.out("list", "acl=s-*", "user!=").splitlines()), 4,
         "filters are ANDed, and negated")
    same(len(proxy.out("list", "config!=current").splitlines()), 1,
         "no session has another configuration")
    shown = proxy.out("show", str(idle["slot"]))
    ok(f"\ncommand: IDLE\n" in shown and f"slot: {idle['slot']}\n" in shown,
       "show tells everything of one")
    same(proxy.out("show", "user=nobody"), "", "or nothing")
    top = proxy.out("top").splitlines()
    ok(top[0].startswith(f"{NAME}: 4 sessions, slots 2048"),
       "top begins with a summary")
    page = proxy.out("html")
    ok("<td>bob</td>" in page and page.rstrip().endswith("</html>"),
       "html is a page")
    ok("<" not in re.sub(r"<[^<>]*>", "", page), "that is well formed")
    same(proxy.stat("list", "no=such")[::2],
         (1, "error: no=such: there is no such field\n"),
         "a wrong filter is an error")
    code, text, _ = proxy.stat("list", "a b")
    same((code, text), (2, ""), "a word with a blank is wrong use")
    for option in ("-w1", "--watch=1"):
        watch = subprocess.Popen(
            [STAT, "-f", proxy.cfg, "-C", proxy.cache, option, "list"],
            stdout=subprocess.PIPE, text=True)
        titles = [line for line in
                  (watch.stdout.readline() for _ in range(10))
                  if line.startswith(" SLOT")]
        watch.kill()
        watch.wait()
        same(len(titles), 2, f"{option} shows it again")


def metrics(proxy, place):
    dump = watched.metrics(place, proxy.out("metrics"))
    ok(f'{{__name__="imap4_proxy_active", name="{NAME}"}} 4 ' in dump,
       "and has the sessions")
    same([w for w in ("alice", "bob", "127.0.0.1") if w in dump], [],
         "no label has users or addresses")


def endings(proxy, boxes):
    before = proxy.counters()
    boxes[3].logout()
    wait_for("three sessions", lambda: len(proxy.sessions()) == 3)
    same(proxy.counters()["accepted"] - before["accepted"], 1,
         "one that ends well is counted")
    bob = proxy.rows("user=bob")[0]
    same(proxy.out("kill", "user=bob"), "killed 1\n", "one is killed")
    wait_for("its end", lambda: bob["pid"] not in proxy.sessions())
    same(len(proxy.out("list").splitlines()), 3, "two are left")
    same(proxy.stat("kill")[0], 2, "kill wants to know whom")
    same(proxy.out("kill", "4711"), "killed 0\n", "nobody is in that slot")
    os.kill(proxy.rows("acl=s-tls-clear")[0]["pid"], signal.SIGKILL)
    ok(wait_for("a dead one", lambda: proxy.counters()["died"] == 1),
       "one that died is counted")
    same(proxy.counters()["failed"] - before["failed"], 1,
         "and the one that was told to end")
    boxes[0].close() if boxes[0].state == "SELECTED" else None
    boxes[0].logout()
    wait_for("no sessions", lambda: not proxy.sessions())
    after = proxy.counters()
    same((after["sessions"], after["accepted"], after["logins"]), (0, 2, 2),
         "the others when they ended")
    ok(after["to-client"] > 0 and after["from-server"] > 0 and
       after["tls-client"] == 1 and after["tls-server"] == 1,
       "with octets and handshakes")


def ask(name, line=b"show stat\n"):
    return watched.ask(os.path.join(RUN, name), line)


def helper(proxy, place):
    """The same through imap4-helper's sockets, for who may not read the
    scoreboard.  It has a network of its own: it makes no rules in ours."""
    argv = [program(os.path.join(B, "imap4-helper")), "-f", proxy.cfg, "-C",
            proxy.cache]
    proc = place.start("helper", ["unshare", "-n", *argv])
    wait_for("stats.sock", lambda: os.path.exists(RUN + "/stats.sock"))
    owner = pwd.getpwnam(USER)
    for name, mode in (("stats.sock", 0o660), ("admin.sock", 0o600)):
        st = os.stat(os.path.join(RUN, name))
        same((st.st_uid, st.st_gid, st.st_mode & 0o777),
             (owner.pw_uid, owner.pw_gid, mode), f"{name} is {mode:o}")
    with proxy.connect("clear/clear", "alice"):
        code, text, error = proxy.stat("list", user="daemon",
                                       group=owner.pw_gid, extra_groups=[])
        same((code, len(text.splitlines())), (0, 2),
             "another user of the group sees the sessions")
        if code:
            diag(error)
        same(text.splitlines()[:1], proxy.out("list").splitlines()[:1],
             "as who may read the scoreboard does")
        code, _, error = proxy.stat("kill", "user=alice", user="daemon",
                                    group=owner.pw_gid, extra_groups=[])
        same((code, error), (1, "error: not permitted here\n"),
             "and can end none")
    wait_for("its end", lambda: not proxy.sessions())
    box = proxy.connect("clear/clear", "alice")
    wait_for("she is seen", lambda: "alice" in ask("stats.sock",
                                                   b"show sess\n"))
    same(ask("admin.sock", b"kill user=alice\n"), "killed 1\n",
         "on the other socket sessions are ended")
    box.sock.close()
    ok('COMMAND="kill user=alice" ANSWER="killed 1"' in proxy.log_text(),
       "and the log says who did it")
    same((ask("admin.sock", b"log 9\n"), ask("stats.sock", b"log 3\n")),
         ("level 9\n", "error: not permitted here\n"),
         "the helper's log level is set there, too, and only there")
    ok(ask("stats.sock", b"show metrics\n").endswith("# EOF\n"),
       "metrics are there")
    said = re.findall(r"^(?:show )?[a-z]+", ask("stats.sock", b"help\r\n"),
                      re.M)
    with open(os.path.join(TOP, "man/monitoring.7")) as f:
        page = f.read()
    same([c for c in said[:said.index("log") + 1]
          if not re.search(rf"^\.It Cm {c}\b", page, re.M)], [],
         "and help: the manual has each command")
    abuse()
    second = place.start("second", ["unshare", "-n", *argv])
    wait_for("a warning", lambda: ".sock: another helper has it" in
             proxy.log_text())
    place.stop(second)
    ok(ask("stats.sock").startswith("sessions "),
       "a second helper does not take the sockets away")
    place.stop(proc)
    proc = place.start("third", ["unshare", "-n", *argv])
    ok(wait_for("an answer", lambda: answers("stats.sock")),
       "a new one does, after the first has ended")
    moved(proxy)
    place.stop(proc)


def moved(proxy):
    """A configuration that has the sockets elsewhere."""
    with open(proxy.cfg) as f:
        text = f.read()

    def write(more):
        with open(proxy.cfg + ".new", "w") as f:
            f.write(text + more)
        os.chmod(proxy.cfg + ".new", 0o644)
        os.rename(proxy.cfg + ".new", proxy.cfg)

    def told():
        return proxy.log_text().count("restart imap4-helper to apply it")

    os.chown(os.path.dirname(proxy.cache), 0, 0)  # as in a service
    write('session-acl "later" { deny = yes }\n')
    wait_for("a new text", lambda: "CONFIG-COMPILED" in proxy.log_text())
    same(told(), 0, "a change of policy leaves the sockets as they are")
    write('monitoring { socket = "other.sock" }\n')
    wait_for("a message", told)
    ok(answers("stats.sock").startswith("sessions "),
       "sockets that are to move stay, and the log says what to do")
    write("")


def answers(name):
    try:
        return ask(name)
    except OSError:
        return ""


def abuse():
    """Clients that do not do as they should."""
    same(ask("stats.sock", b"\x1b[2J\xff\n"),
         "error: no such command, try help: \\x1B[2J\\xFF\n",
         "garbage is answered, visibly")
    same(ask("stats.sock", b"x" * 5000), "error: too long a line\n",
         "as is a line without end")
    idle = []
    for _ in range(40):
        s = socket.socket(socket.AF_UNIX)
        s.connect(RUN + "/stats.sock")
        idle.append(s)
    heard = []
    for s in idle:
        s.settimeout(0.03)
        try:
            heard.append(s.recv(100))
        except TimeoutError:
            heard.append(None)
    same((heard.count(None), heard.count(b"error: too many clients\n")),
         (32, 8), "of 40 clients 32 are heard, and the others told")
    begin = time.monotonic()
    idle[0].settimeout(20)
    same(idle[0].recv(100), b"", "one that says nothing is closed")
    ok(time.monotonic() - begin < 8, "after 5 seconds")
    for s in idle:
        s.close()
    ok(ask("stats.sock").startswith("sessions "), "and the next is served")


def strangers(proxy):
    """Who may not read the scoreboard, where no helper answers."""
    code, text, error = proxy.stat("list", user="daemon", group="daemon")
    same((code, text), (1, ""), "another user sees nothing")
    ok("board.4: it cannot be opened: Permission denied; " in error and
       "/stats.sock: " in error, "and is told what is in the way")
    shutil.rmtree(RUN)
    code, _, error = proxy.stat("stat")
    ok(code == 1 and "board.4: it cannot be opened: No such file" in error,
       "nor is there anything without a scoreboard")


place = Place("monitor")
server = Dovecot(place)
for user in ("alice", "bob"):
    with server.connect(user) as box:
        mails.fill(box, 3)
proxy = Watched(place, server, name="watched", combinations=(
    "clear/clear", "tls/clear", "clear/tls"))
os.chmod(proxy.cfg, 0o644)
try:
    boxes = sessions(proxy)
    idle = look(proxy)
    texts(proxy, idle)
    metrics(proxy, place)
    endings(proxy, boxes)
    helper(proxy, place)
    strangers(proxy)
    proxy.stop()
finally:
    shutil.rmtree(RUN, ignore_errors=True)
done()
