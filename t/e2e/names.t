#!/usr/bin/python3
"""Host names in address sets: looked up by test-imap4 -r and -R, found by
sessions beside the cache, and looked up by sessions when they must be."""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from dns import NXDOMAIN, SERVFAIL, SILENT, Dns          # noqa: E402
from proxy import TEST_IMAP4, Proxy                      # noqa: E402
from rig import USER, Place, done, ok, same, wait_for    # noqa: E402
from waiting import Stub, Waiting, ask                   # noqa: E402

GREETING = b"* OK [CAPABILITY IMAP4rev1] fake\r\n"
ZONE = {"deny.test": ["127.0.0.9"],
        "friend.test": ["127.0.0.1", "::1"],
        "foe.test": ["127.0.0.8"]}
POLICY = """version = "1"
name = "e2e"
app-user = "{user}"
log {{ level = debug  target = "file:{log}" }}
resolver {{ servers = {{"{dns}"}}  conf-timeout = 1  initial-timeout = 1 }}
listen-on {{ non-transparent "in" {{ address = "::"  port = {port} }} }}
session-acl "deny" {{ from = {{"deny.test"}}  deny = yes }}
session-acl "in" {{ from = {{"friend.test", "10.0.0.0/8", "!foe.test"}}
                   plug-to = {{"127.0.0.1:{server}"}} }}
session-acl "others" {{ from = {{"127.0.0.8", "!friend.test"}}
                       plug-to = {{"127.0.0.1:{server}"}} }}
command-acl "all" {{ no-mail-scanning = yes }}
"""


class Fake:
    """A server that greets and waits for the end."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.tls_port = self.sock.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            threading.Thread(target=self._talk, args=self.sock.accept()[:1],
                             daemon=True).start()

    @staticmethod
    def _talk(conn):
        with conn:
            conn.sendall(GREETING)
            while conn.recv(1000):
                pass


class Named(Proxy):
    def __init__(self, *args, policy=POLICY, **more):
        self.policy = policy
        super().__init__(*args, **more)

    def text(self):
        return self.policy.format(
            user=USER, log=self.log, dns=dns.address,
            port=self.port["clear/clear"], server=self.server.port)


def run(*args):
    """test-imap4's status, output and errors."""
    r = subprocess.run([TEST_IMAP4, *args], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    return r.returncode, r.stdout, r.stderr


def exe_of(proxy):
    """Which program serves the one session there is."""
    def names():
        pids = proxy.sessions()
        try:
            return [os.path.basename(os.readlink(f"/proc/{p}/exe"))
                    for p in pids]
        except OSError:
            return []
    return wait_for("a session", names)[0]


class Seen:
    """What became of one connection."""

    def __init__(self, proxy, source="127.0.0.1"):
        wait_for("the last one's end", lambda: not proxy.sessions())
        proxy.place.file(f"{proxy.name}/log", "")
        dns.asked.clear()
        begin = time.monotonic()
        target = "::1" if ":" in source else "127.0.0.1"
        self.accepted, self.program = False, None
        # one that is rejected may be reset before it is seen to stand
        with contextlib.suppress(ConnectionResetError), \
                socket.create_connection(
                    (target, proxy.port["clear/clear"]), 20,
                    (source, 0)) as s:
            self.accepted = s.recv(200).startswith(b"* OK")
            self.program = exe_of(proxy) if self.accepted else None
        proxy.wait_events("SESSION-END", 1)
        self.time = time.monotonic() - begin
        acl = proxy.events("ACL")[0]
        self.acl, self.reason = acl["NAME"], acl.get("REASON")
        self.asked = sorted(set(name for name, _ in dns.asked))
        self.log = proxy.log_text()
        proxy.wait_events("PROXY-EVENT", 1)


def fnv(data):
    h = 0xcbf29ce484222325
    for b in data:
        h = (h ^ b) * 0x100000001b3 & (1 << 64) - 1
    return h


def age(path):
    """All addresses of the file expired an hour ago."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    off, n = struct.unpack_from("=II", data, 32)
    for i in range(n):
        struct.pack_into("=q", data, off + i * 24 + 16,
                         int(time.time()) - 3600)
    struct.pack_into("=Q", data, 24, fnv(data[40:]))
    with open(path, "wb") as f:
        f.write(data)


def without_file(proxy):
    """Nobody ran -r: sessions look up what they need."""
    seen = Seen(proxy)
    ok(seen.accepted, "a session resolves what was never resolved")
    same(seen.acl, "in", "and chooses the ACL whose name it is")
    same(seen.asked, ["deny.test", "foe.test", "friend.test"],
         "asking for every name it came by")
    same(seen.program, "imap4-session", "as imap4-session")
    ok("HOSTS-FILE" in seen.log, "and says that nobody else looks them up")
    seen = Seen(proxy, "127.0.0.9")
    ok(not seen.accepted, "a denied name's address is rejected")
    same(seen.acl, "deny", "by its ACL")
    seen = Seen(proxy, "::1")
    same((seen.accepted, seen.acl), (True, "in"), "a name's IPv6 address")
    seen = Seen(proxy, "127.0.0.8")
    same((seen.accepted, seen.acl), (True, "others"),
         "a set without this name and one with '!' of another")
    seen = Seen(proxy, "127.0.0.7")
    same((seen.accepted, seen.acl, seen.reason), (False, "<NULL>", None),
         "an address of no name")


def unresolved(proxy):
    """Names that are not resolved let nobody pass."""
    for what, why in ((NXDOMAIN, "Domain name not found"),
                      (SERVFAIL, "Could not contact DNS servers"),
                      ({"A": [], "AAAA": []}, "DNS server returned answer "
                       "with no data"),
                      ({"A": ["127.0.0.9"], "AAAA": SILENT}, "timeout")):
        dns.zone["deny.test"] = what
        seen = Seen(proxy)
        ok(not seen.accepted, f"a deny whose name is not resolved: {what}")
        same(seen.reason, "deny: from cannot be decided: deny.test is not "
             f"resolved: {why}", "the reason names it")
        ok("HOST-UNRESOLVED" in seen.log, "and so does the log")
        ok(seen.time < 4, f"within conf-timeout: {seen.time:.1f} s of 1")
    dns.zone["deny.test"] = ["127.0.0.9"]
    dns.zone["foe.test"] = SILENT
    seen = Seen(proxy)
    same((seen.accepted, seen.reason), (False, "in: from cannot be decided: "
         "foe.test is not resolved: timeout"),
         "nor does a '!' before such a name")
    dns.zone["foe.test"] = ["127.0.0.8"]


def with_file(proxy):
    status, out, err = run("-f", proxy.cfg, "-r", "-c", proxy.cache)
    same((status, sorted(out.splitlines()), err.count("warning")),
         (0, ["deny.test: 127.0.0.9", "foe.test: 127.0.0.8",
              "friend.test: ::1 127.0.0.1"], 0), "test-imap4 -c -r finds them")
    seen = Seen(proxy)
    same((seen.accepted, seen.acl), (True, "in"), "sessions find them there")
    same(seen.asked, [], "and ask nobody")
    same(seen.program, "imap4-proxy", "as the static imap4-proxy")
    ok("HOSTS-FILE" not in seen.log, "without a warning")
    dns.zone["friend.test"] = ["127.0.0.2"]
    same(Seen(proxy).acl, "in", "new addresses are not seen")
    same(run("-R", proxy.cache)[:2], (0, ""), "until test-imap4 -R")
    same(Seen(proxy).acl, "<NULL>", "drops the old ones")
    same(Seen(proxy, "127.0.0.2").acl, "in", "for the new ones")
    dns.zone["friend.test"] = NXDOMAIN
    status, out, err = run("-R", proxy.cache)
    same((status, err), (0, f"{proxy.cfg}:8: warning: friend.test: not "
         "resolved: Domain name not found; its last known addresses hold\n"),
         "what does not resolve any more is told")
    same(Seen(proxy, "127.0.0.2").acl, "in", "and keeps its addresses")
    status, out, err = run("-f", proxy.cfg, "-c", proxy.cache)
    same(Seen(proxy, "127.0.0.2").acl, "in", "as it does in a new cache")


def expired(proxy):
    age(proxy.cache + ".hosts")
    dns.zone["friend.test"] = ["127.0.0.3"]
    seen = Seen(proxy, "127.0.0.3")
    same((seen.acl, seen.program), ("in", "imap4-session"),
         "expired names are looked up again")
    dns.zone["friend.test"] = dns.zone["deny.test"] = SILENT
    dns.zone["foe.test"] = SILENT
    seen = Seen(proxy, "127.0.0.2")
    same(seen.acl, "in", "the last known addresses hold without an answer")
    ok(0.9 < seen.time < 4, f"after initial-timeout: {seen.time:.1f} s of 1")
    ok("its last known addresses hold" in seen.log, "and the log says so")
    dns.zone.update(ZONE)


def in_test_expressions(proxy):
    status, out, err = run("-f", proxy.cfg, "-r", "-t",
                           "test from [127.0.0.7];")
    ok('not "deny" (' in out and
       "from: 127.0.0.7 is not in {deny.test (127.0.0.9)}" in out,
       "-r -t tells what names stand for")
    same(status, 1, "and judges by it")
    dns.zone["deny.test"] = SILENT
    status, out, err = run("-f", proxy.cfg, "-r", "-t",
                           "test from [127.0.0.1];")
    ok("deny: from cannot be decided: deny.test is not resolved: timeout"
       in out, "-r -t names what is not resolved")
    ok("warning: deny.test: not resolved: timeout\n" in err, "and -r warns")
    same(run("-f", proxy.cfg, "-r")[0], 0, "which makes no text bad")
    status, out, err = run("-f", proxy.cfg, "-r", "--json")
    same((status, err, sorted(json.loads(out)["names"],
                              key=lambda n: n["name"])[:2]),
         (0, "", [{"name": "deny.test", "file": proxy.cfg, "line": 7,
                   "addresses": [], "why": "timeout", "held": False},
                  {"name": "foe.test", "file": proxy.cfg, "line": 8,
                   "addresses": ["127.0.0.8"], "why": None,
                   "held": False}]), "in JSON, too")
    dns.zone.update(ZONE)


def damaged(proxy):
    path = proxy.cache + ".hosts"
    with open(path, "r+b") as f:
        f.seek(60)
        f.write(b"\xff\xff\xff")
    seen = Seen(proxy)
    same(seen.acl, "in", "a damaged file stops nobody")
    ok("damaged: sessions look host names up themselves" in seen.log,
       "and the log says so")
    run("-R", proxy.cache)
    os.chmod(path, 0o666)
    ok("may be written by others" in Seen(proxy).log,
       "a file that others may write is not believed")
    run("-R", proxy.cache)
    same(os.stat(path).st_mode & 0o777, 0o644, "-R replaces it")
    ok("HOSTS-FILE" not in Seen(proxy).log, "by a good one")


SERVER_POLICY = """version = "1"
name = "e2e"
app-user = "{user}"
log {{ target = "file:{log}" }}
resolver {{ servers = {{"{dns}"}}  conf-timeout = 1 }}
listen-on {{ non-transparent "in" {{ address = "::"  port = {port} }} }}
session-acl "in" {{ plug-to = {{"Mail.test:{server}"}} }}
command-acl "far" {{ server = {{"10.0.0.0/8"}}  no-mail-scanning = yes }}
command-acl "near" {{ server = {{"127.0.0.1"}}  no-mail-scanning = yes }}
"""


def commands(proxy):
    acl = proxy.events("ACL")[1]
    return acl["NAME"], acl.get("REASON")


def named_server(place, server):
    """A server condition, and plug-to with a name."""
    dns.zone["mail.test"] = ["127.0.0.1"]
    proxy = Named(place, server, combinations=("clear/clear",), host="::",
                  name="server", policy=SERVER_POLICY)
    seen = Seen(proxy)
    same((seen.accepted, commands(proxy)), (True, ("near", None)),
         "a server's name is judged by its addresses")
    same(dns.asked.count(("mail.test", "A")), 1,
         "and dialed at those, without asking again")
    run("-R", proxy.cache)
    seen = Seen(proxy)
    same((seen.accepted, seen.asked), (True, []),
         "which are kept for sessions as well")
    dns.zone["mail.test"] = ["127.0.0.1", "127.0.0.77"]
    run("-R", proxy.cache)
    Seen(proxy)
    same(commands(proxy), ("<NULL>", "near: server cannot be decided: only "
         "some addresses of plug-to's name are in it"),
         "one that is only partly in a set is neither in nor out")
    os.unlink(proxy.cache + ".hosts")
    dns.zone["mail.test"] = NXDOMAIN
    Seen(proxy)
    same(commands(proxy), ("<NULL>", "far: server cannot be decided: "
         "mail.test is not resolved: Domain name not found"),
         "nor is one that is not resolved")
    proxy.stop()


def wait_mode(place):
    """New addresses hold for the next connection; names that a new policy
    brings, too."""
    dns.zone["friend.test"] = ["127.0.0.3"]
    p = Waiting(place, Stub(), name="waiting",
                session='from = {"127.0.0.9"}',
                top=f'resolver {{ servers = {{"{dns.address}"}} }}')

    def parent():
        return os.path.basename(os.readlink(f"/proc/{p.parent.pid}/exe"))

    same(parent(), "imap4-proxy", "wait mode: without names all is static")
    p.write(p.text().replace("127.0.0.9", "friend.test"))
    client = wait_for("the new policy", lambda: p.client(source="127.0.0.3"))
    ok(b"OK" in ask(client, b"NOOP"), "one that has names is followed")
    same(os.path.basename(os.readlink(f"/proc/{p.children()[0]}/exe")),
         "imap4-session", "by a session that can resolve them")
    same(p.client(), None, "and judged")
    run("-R", p.cache)
    dns.asked.clear()
    ok(p.client(source="127.0.0.3"), "it finds what is kept")
    dns.zone["friend.test"] = ["127.0.0.1"]
    same(dns.asked, [], "asks nobody")
    run("-R", p.cache)
    ok(p.client(), "and sees new addresses without a reload")
    same(p.client(source="127.0.0.3"), None, "in the place of old ones")
    p.restart()
    same(parent(), "imap4-session", "the next parent has what they need")
    ok(p.client(), "and serves them")
    p.stop()
    dns.zone.update(ZONE)


def client_leaves(proxy):
    """While names are looked up."""
    os.unlink(proxy.cache + ".hosts")
    dns.zone["deny.test"] = SILENT
    proxy.place.file(f"{proxy.name}/log", "")
    begin = time.monotonic()
    socket.create_connection(("127.0.0.1", proxy.port["clear/clear"])).close()
    end = proxy.wait_events("SESSION-END", 1)[0]
    same((end["STAGE"], end["REASON"]), ("session-acl", "the client left"),
         "a client that leaves meanwhile ends its session")
    ok(time.monotonic() - begin < 0.9, "at once")


place = Place("names")
dns = Dns(ZONE)
proxy = Named(place, Fake(), combinations=("clear/clear",), host="::")
without_file(proxy)
unresolved(proxy)
with_file(proxy)
expired(proxy)
in_test_expressions(proxy)
damaged(proxy)
client_leaves(proxy)
proxy.stop()
named_server(place, proxy.server)
wait_mode(place)
done()
