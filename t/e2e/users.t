#!/usr/bin/python3
"""Who the client is, apart from its IMAP login: the TOS octet it sends."""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import USER, Place, done, same                  # noqa: E402


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


place = Place("users")
server = Dovecot(place)
tos(place, server)
done()
