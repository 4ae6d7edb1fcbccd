#!/usr/bin/python3
"""Scanning in wait mode: a configuration that comes to scan, another one, and
the keepers of mail workers, one for each that is in force."""

import imaplib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from mailservers import Dovecot                          # noqa: E402
from rig import USER, Place, done, ok, same, wait_for    # noqa: E402
from waiting import Waiting                              # noqa: E402

LEGS = "clear/clear"
POLICY = """
mail-acl "small" { %s size = {"< 1000"} }
mail-acl "all" { }
doc-acl "all" { }
"""


def children(pid):
    """Its imap4-mail processes that are not dead."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as f:
                comm, rest = f.read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        state, parent = rest.split()[:2]
        if comm == "imap4-mail" and state != "Z" and int(parent) == pid:
            found.append(int(name))
    return found


def opened():
    box = imaplib.IMAP4("127.0.0.1", proxy.port[LEGS])
    box.login("u", "secret")
    box.select("INBOX")
    return box


def fetched():
    box = opened()
    answer = box.fetch("1", "(BODY.PEEK[])")[0]
    box.logout()
    return answer


def put(text):
    proxy.write(text)
    proxy.compile()


place = Place("scan-wait")
server = Dovecot(place)
spool = place.folder("spool", 0o755, USER)
proxy = Waiting(place, server, name="w", top=f'spool {{ dir = "{spool}" }}')
box = imaplib.IMAP4("127.0.0.1", server.port)
box.login("u", "secret")
box.append("INBOX", None, None, b"Subject: bad\r\n\r\nx\r\n")

same(fetched(), "OK", "without scanning a mail is passed on")
same(children(proxy.parent.pid), [], "and there is no keeper")
plain = proxy.text().replace("  no-mail-scanning = yes\n", "")
put(plain + POLICY % "deny = yes")
wait_for("sessions scan", lambda: fetched() == "NO")
ok(all(fetched() == "NO" for _ in range(8)),
   "a configuration that comes to scan is followed by every session")
first = children(proxy.parent.pid)
same(len(first), 1, "by one keeper")
old = opened()
put(plain + POLICY % "")
wait_for("sessions let it through", lambda: fetched() == "OK")
# the parent looks for another one when somebody comes
wait_for("a keeper of its own", lambda: fetched() == "OK" and
         len(children(proxy.parent.pid)) == 2)
same(old.fetch("1", "(BODY.PEEK[])")[0], "NO",
     "a session that began before keeps its policy, and its keeper")
old.logout()
ok(wait_for("the old one is gone", lambda: fetched() == "OK" and
            children(proxy.parent.pid) and
            first[0] not in children(proxy.parent.pid)),
   "which ends with it")
put(plain.replace('command-acl "c-clear-clear" {',
                  'command-acl "c-clear-clear" {\n  no-mail-scanning = yes'))
ok(wait_for("no keeper", lambda: fetched() == "OK" and
            not children(proxy.parent.pid)),
   "without scanning there is none any more")
done()
