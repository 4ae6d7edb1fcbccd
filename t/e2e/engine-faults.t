#!/usr/bin/python3
"""Debian's scanners behind a session that goes on while they are killed,
frozen, answer nonsense and are restarted.  What an antivirus engine did not
judge is refused, until later, within its time; without an antispam engine a
mail has no score, and comes.  When the engine is well again it judges again,
in the same session."""

import itertools
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import eicar                                              # noqa: E402
from babble import SAID, Babble                           # noqa: E402
from mailservers import Dovecot                           # noqa: E402
from matrix import deliver, took                          # noqa: E402
from proxy import Proxy                                   # noqa: E402
from rig import Place, diag, done, ok, same               # noqa: E402
from scanners import GTUBE, CIcap, Clamd, Rspamd, Spamd   # noqa: E402
from wire import Client, Closed                           # noqa: E402

LEG = "clear/clear"
TIMEOUT = 1
# A busy machine's own slowness.
SLACK = 8
# Of each kind so many mails; none is asked for twice, since a session knows
# those that were judged.
MAILS = 60

place = Place("engine-faults")
server = Dovecot(place)


def letters(what, body):
    return [eicar.mail(b"Content-Type: text/plain\r\n\r\n" + body + b"\r\n",
                       f"{what}-{n}") for n in range(MAILS)]


GOOD = letters("good", b"How are you?")
deliver(place, "virus", GOOD + letters("bad", eicar.SIGNATURE))
deliver(place, "spam", GOOD + letters("bad", GTUBE))


class Session:
    """One for all faults of an engine.  The first MAILS mails are good, the
    others are not."""
    rules = command = user = section = None

    def __init__(self, name, engine, more="", timeout=TIMEOUT):
        where = getattr(engine, "path", None) or f"127.0.0.1:{engine.port}"
        self.name = name
        self.proxy = Proxy(
            place, server, name=f"{name}-{timeout}", combinations=(LEG,),
            command=self.command, scanning=self.rules +
            'doc-acl "all" { }\n', top=f"""
spool {{ dir = "{place.folder(name + '-spool', 0o777)}" }}
{self.section} "it" {{ protocol = {name}  timeout = {timeout}s
  connection = {{"{where}"}} {more} }}""")
        self.c = Client(self.proxy.port[LEG], self.user, seconds=60)
        self.c.must("SELECT INBOX")
        self.good = itertools.count(1)
        self.bad = itertools.count(MAILS + 1)

    def fetch(self, which):
        """(answer, seconds) for the next mail of a kind."""
        begin = time.monotonic()
        answer = self.c.ask(f"UID FETCH {next(which)} BODY.PEEK[]")
        return answer, time.monotonic() - begin

    def log_says(self, key, word, count, what):
        """Of the scanner, for so many mails, and why."""
        last = self.proxy.events("SCANNER")[-count:]
        if not same([(r.get("SCANNER"), r.get(key)) for r in last],
                    [("it", word)] * count,
                    f"{self.name}, {what}: by the scanner's name"):
            diag(last)
        ok(all(r.get("WHY") for r in last), f"{self.name}, {what}: it is "
           f"because: {sorted({r.get('WHY', '') for r in last})}")

    def is_well(self, what):
        """It judges, at the first try or after some: a machine is busy."""
        for _ in range(8):
            if self.judges():
                break
        ok(self.judges(), f"{self.name}, {what}: both kinds are judged")

    def end(self):
        same(self.c.ask("NOOP").status, "OK",
             f"{self.name}: the session has seen it all")
        self.c.logout()
        self.proxy.stop()


class Antivirus(Session):
    user, section = "virus", "antivirus"
    command = "use-antivirus = {it}"
    rules = """
mail-acl "not judged" { virus-status = {error, unknown, skipped} deny = yes }
mail-acl "infected" { virus-status = {found} deny = yes }
mail-acl "all" { }
"""

    def judges(self):
        good, bad = self.fetch(self.good)[0], self.fetch(self.bad)[0]
        if eicar.found(bad.octets):
            raise RuntimeError(f"{self.name}: let through: {bad}")
        return good.ok and bad.code == "NOPERM"

    def lets_through_nothing(self, what):
        bad, seconds = self.fetch(self.bad)
        same((bad.code, eicar.found(bad.octets)), ("UNAVAILABLE", False),
             f"{self.name}, {what}: a virus does not come")
        ok(seconds < TIMEOUT + SLACK,
           f"{self.name}, {what}: given up in time: {seconds:.1f} s")

    def is_ill(self, what):
        """A virus, down and up, and a letter."""
        before = len(self.proxy.events("MAIL-REFUSED"))
        self.lets_through_nothing(what)
        mail = eicar.mail(eicar.part(), "up")
        same(self.c.append(mail, "Drafts").code, "UNAVAILABLE",
             f"{self.name}, {what}: it is not stored")
        same(self.fetch(self.good)[0].code, "UNAVAILABLE",
             f"{self.name}, {what}: nothing counts as free")
        refused = self.proxy.events("MAIL-REFUSED")[before:]
        same([(r["CODE"], "not judged" in r["why"]) for r in refused],
             [("UNAVAILABLE", True)] * 3, f"{self.name}, {what}: so the log")
        self.log_says("VIR", "ERROR", 3, what)


class Antispam(Session):
    user, section = "spam", "antispam"
    command = "use-antispam = it"
    rules = """
mail-acl "no score" { spam-score = {UNKNOWN} prefix-subject = "[no score]" }
mail-acl "spam" { spam-score = {">= 10000"} prefix-subject = "[spam]" }
mail-acl "all" { }
"""

    def marks(self, which):
        answer, seconds = self.fetch(which)
        ok_ = answer.ok and b"Message-ID:" in answer.octets
        return ok_, [m for m in (b"[no score]", b"[spam]")
                     if m in answer.octets], seconds

    def judges(self):
        return self.marks(self.good)[:2] == (True, []) and \
            self.marks(self.bad)[:2] == (True, [b"[spam]"])

    def comes_without(self, which, what):
        comes, marks, seconds = self.marks(which)
        same((comes, marks), (True, [b"[no score]"]),
             f"{self.name}, {what}: the mail comes, without a score")
        ok(seconds < TIMEOUT + SLACK,
           f"{self.name}, {what}: in time: {seconds:.1f} s")

    def lets_through_nothing(self, what):
        """As if it had been judged."""
        self.comes_without(self.bad, what)

    def is_ill(self, what):
        for which in (self.bad, self.good):
            self.comes_without(which, what)
        last = [r for r in self.proxy.events("ACL")
                if r.get("PHASE") == "3M"][-2:]
        same([(r["SPAM"], r["NAME"]) for r in last],
             [("UNKNOWN", "no score")] * 2, f"{self.name}, {what}: so the log")
        self.log_says("SPAM", "UNKNOWN", 2, what)


# ---- faults ---------------------------------------------------------------------

def killed(s, engine):
    engine.kill()
    s.is_ill("killed")
    engine.start()
    s.is_well("started again")


def frozen(s, engine):
    engine.freeze(True)
    s.is_ill("frozen")
    engine.freeze(False)
    s.is_well("going on")


def nonsense(s, engine):
    where = getattr(engine, "path", None) or engine.port
    engine.stop()
    for what in SAID:
        with Babble(where, what) as babble:
            s.lets_through_nothing(f"it says {what}")
            ok(babble.heard > 0, f"{s.name}: it was asked")
    engine.start()
    s.is_well("sensible again")


def restarted(s, engine):
    """Between two mails: the session's connections are dead."""
    engine.stop()
    engine.start()
    s.is_well("restarted")


def restarted_at_work(s, engine):
    """While it has a mail, and back in time."""
    got = []
    engine.freeze(True)
    thread = threading.Thread(target=lambda: got.append(s.judges()))
    thread.start()
    # frozen it answers nothing: by then it was asked
    time.sleep(0.5)
    engine.kill()
    engine.start()
    thread.join()
    same(got, [True], f"{s.name}: restarted while it was asked: judged")


def faults(kind, name, engine, more=""):
    s = kind(name, engine, more)
    s.is_well("up")
    try:
        for fault in (killed, frozen, nonsense, restarted):
            fault(s, engine)
        s.end()
        patient = kind(name, engine, more, timeout=40)
        restarted_at_work(patient, engine)
        patient.end()
    except Closed as end:
        ok(False, f"{name}: the session ended")
        diag(end)
    took(name)


clamd = Clamd(place)
faults(Antivirus, "clamd", clamd)
icap = CIcap(place, clamd)
faults(Antivirus, "icap", icap, 'icap-service = "avscan"')
s_ = Antivirus("icap", icap, 'icap-service = "avscan"', timeout=TIMEOUT + 1)
for kind_ in (killed, frozen):
    s_.name = "icap and its clamd"
    kind_(s_, clamd)
s_.end()
icap.stop()
clamd.stop()
for kind_ in (Spamd, Rspamd):
    engine_ = kind_(place)
    faults(Antispam, engine_.name, engine_)
    engine_.stop()
done()
