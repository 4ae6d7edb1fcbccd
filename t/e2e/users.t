#!/usr/bin/python3
"""Who the client is, apart from its IMAP login: the user that an oob-auth
knows at its address, and the TOS octet it sends."""

import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import USER, Place, done, ok, same              # noqa: E402
from waiting import Stub, Waiting                        # noqa: E402


class OneListener(Proxy):
    """A proxy with one plain listener and ACLs as a test writes them."""

    def __init__(self, place, server, name, acls, **more):
        self.acls = acls
        super().__init__(place, server, name=name,
                         combinations=("clear/clear",), **more)

    def text(self):
        port = self.port["clear/clear"]
        return "\n".join([
            'version = "1"', 'name = "e2e"', f'app-user = "{USER}"',
            self.log_section, self.top,
            f'listen-on {{ non-transparent "in" {{ address = "{self.host}"'
            f'  port = {port} }} }}',
            self.acls.replace("SERVER", f"127.0.0.1:{self.server.port}")
            ]) + "\n"


def greeting(port, host="127.0.0.1", tos=None):
    """What a client with this TOS hears first: "" when it is rejected."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(20)
        if tos is not None and family == socket.AF_INET:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        elif tos is not None:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos)
        try:
            s.connect((host, port))
            return s.recv(4096).decode()[:4]
        except ConnectionResetError:
            return ""


def tos(place, server):
    proxy = OneListener(place, server, "tos", """
session-acl "voice" { ip-tos-from = {">= 184", "!192"}  deny = yes }
session-acl "bulk" { ip-tos-from = {"32-63"}  plug-to = "SERVER" }
command-acl "all" { no-mail-scanning = yes }
""", host="::")
    port = proxy.port["clear/clear"]
    wanted = []
    for host in ("127.0.0.1", "::1"):
        for value, name in ((40, "bulk"), (184, "voice"), (192, "<NULL>"),
                            (0, "<NULL>")):
            same(greeting(port, host, value), "* OK" if name == "bulk" else
                 "", f"TOS {value} from {host} is {name}")
            wanted.append(name)
            proxy.wait_events("PROXY-EVENT", len(wanted))
    same([e["NAME"] for e in proxy.events("ACL") if e["PHASE"] == "1"],
         wanted, "and the log says so")
    proxy.stop()


def write(place, name, text, mode=0o644):
    """As imap4-proxy.users(5) wants it: another file, renamed."""
    os.rename(place.file(name + ".new", text, mode),
              os.path.join(place.path, name))


WHO = """
auth = "office"
oob-auth "office" { path = "../users" }
oob-auth "gate" { path = "../gate" }
session-acl "guests" { group = {"guests"}  deny = yes }
session-acl "known" { user = {"!none"}  plug-to = "SERVER" }
session-acl "gated" { from = {"127.0.0.9"}  auth = "gate"  plug-to = "SERVER" }
session-acl "rest" { user = {"none"}  from = {"127.0.0.0/30"}
    auth = none  plug-to = "SERVER" }
command-acl "staff" { group = {"staff", "!temps"}  no-mail-scanning = yes }
command-acl "alice" { user = {"alice"}  no-mail-scanning = yes }
command-acl "stranger" { user = {"none"}  no-mail-scanning = yes }
"""


def connect_from(port, source):
    """A client at this address: what it hears."""
    with socket.socket() as s:
        s.settimeout(20)
        s.bind((source, 0))
        try:
            s.connect(("127.0.0.1", port))
            return s.recv(4096).decode()[:4]
        except ConnectionResetError:
            return ""


class Asker:
    """Sessions of a proxy one by one, and the ACLs each got."""

    def __init__(self, proxy):
        self.proxy, self.n = proxy, 0

    def acls(self, source):
        heard = connect_from(self.proxy.port["clear/clear"], source)
        self.n += 1
        self.proxy.wait_events("PROXY-EVENT", self.n)
        got = self.proxy.events("ACL", self.last())
        return (heard, *(e["NAME"] for e in got))

    def last(self):
        """The log of the last session."""
        lines = self.proxy.log_text().splitlines()
        starts = [i for i, line in enumerate(lines)
                  if "SESSION-START" in line]
        return "\n".join(lines[starts[-1]:])


def users(place, server):
    write(place, "users", """# who sits where
127.0.0.0/24 office staff -
127.0.0.2 joe staff,vpn 2101-01-01T00:00:00Z
127.0.0.3 temp staff,temps -
127.0.0.4 visitor guests -
127.0.0.5 late guests 2001-01-01T00:00:00Z
127.0.1.0/24 jane - -
""")
    write(place, "gate", "127.0.0.9 alice - -\n")
    proxy = OneListener(place, server, "users-proxy", WHO)
    ask = Asker(proxy)
    same(ask.acls("127.0.0.2"), ("* OK", "known", "staff"), "a known user")
    text = ask.last()
    for word in ("SESSION-START", "ACL", "SESSION-END", "PROXY-EVENT"):
        same({(e["OOB-USER"], e["OOB-GROUPS"])
              for e in proxy.events(word, text)}, {("joe", "staff,vpn")},
             f"{word} tells the user and the groups")
    same(proxy.events("SESSION-END", text)[0]["USER"], "<NULL>",
         "and the login is another thing")
    same(ask.acls("127.0.0.3"), ("", "known", "<NULL>"),
         "a group that is one too many")
    same(ask.acls("127.0.0.4"), ("", "guests"), "a group that is denied")
    same(ask.acls("127.0.0.5"), ("* OK", "known", "staff"),
         "an entry that has expired is not there")
    same(ask.acls("127.0.1.1"), ("", "known", "<NULL>"),
         "a user without a group")
    same(ask.acls("127.0.2.1"), ("", "<NULL>"), "an address nobody has")

    write(place, "users", "127.0.0.2 joe guests -\n")
    same(ask.acls("127.0.0.2"), ("", "guests"),
         "a new file holds for the next session")
    same(ask.acls("127.0.0.1"), ("* OK", "rest", "stranger"),
         "nobody is known any more")
    same(ask.acls("127.0.0.9"), ("* OK", "gated", "alice"),
         "the session-acl's auth holds for command-acl")
    same([e["OOB-USER"] for e in proxy.events("ACL", ask.last())],
         ["<NULL>", "alice"], "and the log shows the one in force")
    expires(place, ask)
    login(place, server, proxy, ask)
    unusable(place, proxy, ask)
    proxy.stop()


def expires(place, ask):
    until = int(time.time()) + 2
    write(place, "users", f"127.0.0.1 joe staff {until}\n")
    same(ask.acls("127.0.0.1"), ("* OK", "known", "staff"),
         "an entry that has not expired yet")
    while time.time() <= until + 0.1:   # a session's clock is coarser
        time.sleep(0.1)
    same(ask.acls("127.0.0.1"), ("* OK", "rest", "stranger"),
         "has, two seconds later")


def login(place, server, proxy, ask):
    """alice's login is good, and she is nobody all the same."""
    write(place, "users", "# nobody\n")
    box = proxy.connect("clear/clear", "alice")
    box.logout()
    ask.n += 1
    end = proxy.wait_events("SESSION-END", ask.n)[-1]
    same((end["USER"], end["OOB-USER"]), ("alice", "<NULL>"),
         "a login is in the log")
    same([e["NAME"] for e in proxy.events("ACL", ask.last())],
         ["rest", "stranger"], "and in no condition")


def unusable(place, proxy, ask):
    """Whatever cannot be told rejects, and says why."""
    def rejected(why, name):
        same(ask.acls("127.0.0.1"), ("", "<NULL>"), f"{name}: rejected")
        acl = proxy.events("ACL", ask.last())[0]
        same(acl["REASON"], "guests: group cannot be decided: oob-auth "
             "office: " + why, f"{name}: with the reason")
        ok(why in "\n".join(line for line in ask.last().splitlines()
                            if "USERS-UNUSABLE" in line),
           f"{name}: and a message")

    write(place, "users", "127.0.0.2 joe staff -\nlocalhost x - -\n")
    rejected("line 2: it begins with no address, or one with bits behind "
             "its prefix", "a line that may be about anybody")
    write(place, "users", "127.0.0.1 joe staff -\n", 0o666)
    rejected("may be written by others", "a file that others may write")
    write(place, "users", "127.0.0.1 joe staff -")
    rejected("line 1: it has no end: whoever wrote it is not done, or was "
             "stopped", "half a file")
    os.unlink(os.path.join(place.path, "users"))
    rejected("No such file or directory", "no file")
    write(place, "users", "127.0.0.2 joe\n127.0.0.1 jane staff -\n")
    same(ask.acls("127.0.0.1"), ("* OK", "known", "staff"),
         "a line about another client may be wrong")


def waiting(place):
    """In wait mode sessions share a parent, and nothing it has read."""
    write(place, "users", "127.0.0.1 joe staff -\n")
    proxy = Waiting(place, Stub(), name="waiting", session='user = {"joe"}',
                    command='group = {"staff"}', top="""
auth = "office"
oob-auth "office" { path = "../users" }
""")
    ok(proxy.client() is not None, "wait mode: a known user")
    write(place, "users", "127.0.0.2 joe staff -\n")
    ok(proxy.client() is None, "wait mode: not any more")
    write(place, "users", "127.0.0.1 joe staff -\n")
    ok(proxy.client() is not None, "wait mode: and again")
    proxy.stop()


def chrooted(place, server):
    """Started as root: read before the identity and the root change."""
    folder = place.folder("jail-root")
    write(place, "users", "127.0.0.1 joe staff -\n", 0o600)
    proxy = OneListener(place, server, "chrooted", """
auth = "office"
oob-auth "office" { path = "../users" }
session-acl "s" { user = {"joe"}  plug-to = "SERVER" }
command-acl "c" { group = {"staff"}  no-mail-scanning = yes }
""", top=f'chroot-dir = "{folder}"')
    same(Asker(proxy).acls("127.0.0.1"), ("* OK", "s", "c"),
         "a chroot does not hide the file")
    proxy.stop()


place = Place("users")
server = Dovecot(place)
users(place, server)
waiting(place)
if os.getuid() == 0:
    chrooted(place, server)
tos(place, server)
done()
