#!/usr/bin/python3
"""The proxy under each listener: the same session, the same jail, the right
identity, and nothing but IMAP on the client's socket, although inetd makes
descriptors 1 and 2 that socket, too."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from proxy import WAYS, Proxy                            # noqa: E402
from rig import (TOP, Place, Syslog, USER, done, hear, of_session, ok,
                 private_dev, private_mounts, same,
                 wait_for)                               # noqa: E402


def talk(port, *lines):
    """All octets the proxy sends for these lines, until it closes."""
    return hear(port, "".join(line + "\r\n" for line in lines).encode())


def only_imap(octets):
    return octets.endswith(b"\r\n") and all(
        line.startswith((b"* ", b"a1 ", b"a2 ", b"a3 ", b"+ "))
        for line in octets.split(b"\r\n")[:-1])


def identity(proxy, how):
    """What a session may be and do, seen from outside while it runs."""
    box = proxy.connect("clear/clear", "alice")
    pids = wait_for("a session", proxy.sessions)
    same(len(pids), 1, f"{how}: a connection is one process")
    status = of_session(pids[0])
    ids = set((status["Uid"] + "\t" + status["Gid"]).split("\t"))
    user = subprocess.run(["id", "-u", USER], stdout=subprocess.PIPE,
                          text=True, check=True).stdout.strip()
    same(ids, {user}, f"{how}: the session is {USER} in every respect")
    same(status["Groups"].strip(), "", f"{how}: and in no other group")
    same([int(status[k], 16) for k in ("CapEff", "CapPrm", "CapInh",
                                       "CapAmb")], [0] * 4,
         f"{how}: and has no capability")
    same((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"),
         f"{how}: and is sealed")
    box.select("INBOX")
    box.logout()


def check_way(place, server, how, syslog):
    proxy = Proxy(place, server, how=how, name=how,
                  combinations=("clear/clear", "tls/clear"))
    identity(proxy, how)
    box = proxy.connect("tls/clear", "alice")
    same(mails.snapshot(box)["INBOX"], REFERENCE, f"{how}: TLS shows the mails")
    box.logout()
    got = talk(proxy.port["clear/clear"], "a1 CAPABILITY", "a2 FROBNICATE",
               "a3 LOGOUT")
    ok(only_imap(got) and b"\r\na3 OK" in got, f"{how}: the client gets IMAP")
    starts = proxy.wait_events("SESSION-START", 3)
    proxy.wait_events("SESSION-END", 3)
    proxy.stop()
    return {s.get("JAIL") for s in starts}


def check_noise(place, server, how, syslog):
    """Full tracing to stderr, and a start that fails."""
    loud = Proxy(place, server, how=how, name=f"{how}-loud",
                 combinations=("clear/clear",),
                 log="log { level = full  target = stderr }")
    got = talk(loud.port["clear/clear"], "a1 LOGIN alice secret", "a3 LOGOUT")
    ok(only_imap(got) and b"\r\na3 OK" in got,
       f"{how}: tracing to stderr does not reach the client")
    where = syslog.read if how != "systemd-socket-activate" else \
        lambda: place.read(f"{how}-loud-listener.out")
    wait_for("the trace", lambda: "SESSION-END" in where())
    ok("SESSION-END" in where(), f"{how}: it reaches "
       + ("syslog" if where == syslog.read else "the listener's stderr"))
    ok("secret" not in where(), f"{how}: without the password")
    loud.stop()
    syslog.got.clear()
    bad = Proxy(place, server, how=how, name=f"{how}-bad", listen=False,
                combinations=("clear/clear",))
    os.unlink(bad.cache)
    bad.write("this is no configuration\n")
    bad.listen()
    same(talk(bad.port["clear/clear"], "a1 NOOP"), b"",
         f"{how}: without a configuration the client gets nothing")
    where = syslog.read if how != "systemd-socket-activate" else \
        lambda: place.read(f"{how}-bad-listener.out")
    ok(wait_for("the reason", lambda: "imap4-proxy.cfg" in where()),
       f"{how}: and the log the reason")
    bad.stop()
    syslog.got.clear()


def check_one_shot(place, server):
    """On stdin and stdout, with addresses to pretend."""
    proxy = Proxy(place, server, name="one-shot", listen=False,
                  combinations=("clear/clear",),
                  log="log { level = normal  target = stderr }",
                  session='from = {"192.0.2.7"}')
    port = proxy.port["clear/clear"]

    def run(source):
        return subprocess.run(
            [*proxy.argv, "-t", f"test from [{source}] to [127.0.0.1]:{port};"],
            input=b"a1 LOGIN alice secret\r\na2 SELECT INBOX\r\na3 LOGOUT\r\n",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)

    run1 = run("192.0.2.7")
    ok(only_imap(run1.stdout) and b"\r\na3 OK" in run1.stdout,
       "one-shot: a session on stdin and stdout")
    log = run1.stderr.decode()
    start = proxy.events("SESSION-START", log)
    ok(start and "192.0.2.7" in start[0]["FROM"],
       "one-shot: with the address it was told, log on stderr")
    same(run1.returncode, 0, "one-shot: exits with 0")
    run2 = run("192.0.2.8")
    same(run2.stdout, b"", "one-shot: another address is refused in silence")
    same([e.get("NAME") for e in proxy.events("ACL", run2.stderr.decode())],
         ["<NULL>"], "one-shot: and the log says that no ACL matched")
    return {s.get("JAIL") for s in start}


class Sampled(Proxy):
    """Started by the sample lines themselves, for other ports and paths."""

    def sample(self, name):
        with open(os.path.join(TOP, "conf", name)) as f:
            text = f.read()
        for old, new in (("/usr/local/sbin/imap4-proxy", self.program),
                         ("/etc/imap4-proxy/imap4-proxy.cfg",
                          f"{self.cfg} -C {self.cache}")):
            text = text.replace(old, new)
        for old, combination in (("143", "clear/clear"),
                                 ("993", "tls/clear")):
            text = re.sub(rf"(?m)^({old}(?= )|(\s*port\s*= ){old}$)",
                          rf"\g<2>{self.port[combination]}", text)
        return text

    def inetd_lines(self):
        return self.sample("inetd.conf.sample")

    def xinetd_services(self):
        return self.sample("xinetd.sample")


def check_samples(place, server):
    for how in ("inetd", "xinetd"):
        proxy = Sampled(place, server, how=how, name=f"{how}-sample",
                        combinations=("clear/clear", "tls/clear"), host="::")
        for combination in proxy.combinations:
            with proxy.connect(combination, "alice") as box:
                same(mails.snapshot(box)["INBOX"], REFERENCE,
                     f"{how}: the sample's lines work, {combination}")
        proxy.stop()


def check_dual_stack(place, server):
    """IPv4 clients of an IPv6 socket have IPv4 addresses, for rules and log."""
    proxy = Proxy(place, server, name="dual", combinations=("clear/clear",),
                  host="::", session='from = {"127.0.0.0/8"}')
    with proxy.connect("clear/clear", "alice") as box:
        same(box.noop()[0], "OK", "dual stack: an IPv4 rule matches")
    start = proxy.wait_events("SESSION-START", 1)[0]
    ok("127.0.0.1" in start["FROM"] and "ffff" not in start["FROM"],
       f"dual stack: and the log shows IPv4: {start['FROM']}")
    proxy.stop()


def check_chroot(place, server):
    """chroot-dir, and what happens when the identity cannot be had."""
    cell = place.folder("cell")
    proxy = Proxy(place, server, how="inetd", name="chroot",
                  combinations=("clear/clear", "tls/tls"),
                  top=f'chroot-dir = "{cell}"')
    # A session in a chroot finds its certificates by the same names there.
    inside = cell + proxy.folder
    os.makedirs(inside)
    for name in ("server.pem", "server.key", "ca.pem"):
        subprocess.run(["cp", "-p", f"{proxy.folder}/{name}", inside],
                       check=True)
    for combination in ("clear/clear", "tls/tls"):
        with proxy.connect(combination, "alice") as box:
            pid = wait_for("a session", proxy.sessions)[0]
            same(os.readlink(f"/proc/{pid}/root"), cell,
                 f"chroot-dir, {combination}: the session is in it")
            same(len(mails.must(box.select("INBOX"))), 1,
                 f"chroot-dir, {combination}: and works")
        wait_for("its end", lambda: not proxy.sessions())
    os.rename(cell, cell + ".away")
    place.file("chroot/log", "")
    same(talk(proxy.port["clear/clear"], "a1 NOOP"), b"",
         "chroot-dir is missing: no session, not an octet")
    wait_for("the reason", lambda: "IDENTITY-FAILED" in proxy.log_text())
    ok("IDENTITY-FAILED" in proxy.log_text(), "chroot-dir is missing: logged")
    proxy.stop()


private_mounts()
place = Place("activation")
private_dev(place)
syslog = Syslog()
server = Dovecot(place)
box = server.connect("alice")
mails.fill(box, 10)
REFERENCE = mails.snapshot(box)["INBOX"]
box.logout()
jails = {how: check_way(place, server, how, syslog) for how in WAYS}
for how in WAYS:
    check_noise(place, server, how, syslog)
jails["one-shot"] = check_one_shot(place, server)
check_samples(place, server)
check_dual_stack(place, server)
check_chroot(place, server)
first = jails[WAYS[0]]
ok(len(first) == 1 and "seccomp" in min(first) and "landlock" in min(first),
   f"the jail is complete: {first}")
for how, level in jails.items():
    same(level, first, f"{how}: it is the same everywhere")
done()
