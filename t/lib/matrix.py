"""Tables of tests with many cells, and mailboxes of mails that no server would
take from a client."""

import collections
import os
import re
import time

from rig import USER, diag, ok
from wire import Client

BEGUN = time.monotonic()
# Why a mail may be refused, in response codes.
NAMED = {"NOPERM", "UNAVAILABLE", "CANNOT", "TOOBIG", "LIMIT", "UNKNOWN-CTE"}


def took(what):
    diag(f"{time.monotonic() - BEGUN:.1f} s: {what}")


class Tally:
    """Cells of a table: how many, and what is wrong with which."""

    def __init__(self, what):
        self.what, self.cells = what, 0
        self.wrong = collections.defaultdict(list)

    def cell(self, name, **wrong):
        self.cells += 1
        for kind, is_wrong in wrong.items():
            if is_wrong:
                self.wrong[kind].append(name)

    def report(self, *kinds):
        for kind in kinds:
            bad = self.wrong[kind]
            ok(not bad, f"{self.what}: {self.cells} cells, "
               f"{len(bad)} {kind.replace('_', ' ')}")
            for name in bad[:12]:
                diag(f"{kind}: {name}")


def deliver(place, user, mails):
    """Into Dovecot's files, as they are."""
    box = os.path.join(place.path, "dovecot/home", user, "Maildir")
    for folder in ("", "Maildir", "Maildir/cur", "Maildir/new",
                   "Maildir/tmp"):
        place.folder(os.path.join("dovecot/home", user, folder), 0o755, USER)
    for n, octets in enumerate(mails):
        path = os.path.join(box, "cur", f"17000{n:05d}.M1P1.host:2,")
        with open(path, "wb") as f:
            f.write(octets)
        place.own(path, USER)


def served(server, user):
    """{UID: (the name in its Message-ID, its octets)} as the server has
    them."""
    c = Client(server.port, user)
    c.must("EXAMINE INBOX")
    rows = c.fetch("1:*", "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)] "
                   "BODY.PEEK[])")
    c.logout()
    found = {}
    for row in rows.values():
        octets = row["BODY[]"]
        m = re.search(rb"^Message-ID: <(.*)@example.org>\r$", octets, re.M)
        found[row["UID"]] = m.group(1).decode(), octets
    return found


def on_disk(place, user):
    """Every mail in Dovecot's files."""
    found = []
    home = os.path.join(place.path, "dovecot/home", user)
    for base, _, files in os.walk(home):
        if os.path.basename(base) in ("new", "cur", "tmp"):
            for name in files:
                with open(os.path.join(base, name), "rb") as f:
                    found.append(f.read())
    return found
