#!/usr/bin/python3
"""send-proxy and send-id: Dovecot knows the client's address."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import Place, done, same, wait_for              # noqa: E402


def seen(place, user):
    """Whence Dovecot thinks this user logged in."""
    m = re.search(rf"Login: user=<{user}>.* rip=([0-9.]+)",
                  place.read("dovecot/log"))
    return m and m[1]


place = Place("introduce")
header, tls_header = place.port(), place.port()
server = Dovecot(place, extra=f"""
login_trusted_networks = 127.0.0.1
haproxy_trusted_networks = 127.0.0.1
service imap-login {{
  inet_listener imap-header {{
    port = {header}
    haproxy = yes
  }}
  inet_listener imaps-header {{
    port = {tls_header}
    haproxy = yes
    ssl = yes
  }}
}}
""")
for user, session, port, legs in (
        ("plain", "", server.port, "clear/clear"),
        ("id", "send-id = yes", server.port, "clear/clear"),
        ("tls-id", "send-id = yes", server.tls_port, "clear/tls"),
        ("v1", "send-proxy = v1", header, "clear/clear"),
        ("v2", "send-proxy = v2", header, "clear/clear"),
        ("tls-v2", "send-proxy = v2", tls_header, "clear/tls")):
    proxy = Proxy(place, server, name=f"i-{user}", session=session,
                  plug_to=f"127.0.0.1:{port}", combinations=(legs,))
    box = mails.From("127.0.0.5", proxy.port[legs])
    if user == "plain":
        box.xatom("ID", '("x-originating-ip" "127.0.0.9")')
    box.login(user, "secret")
    box.logout()
    wait_for("Dovecot's log", lambda u=user: seen(place, u))
    same(seen(place, user), "127.0.0.1" if user == "plain" else "127.0.0.5",
         f"{session or 'neither, and the client says ID'} ({legs}): who "
         "Dovecot thinks it is")
    proxy.stop()
done()
