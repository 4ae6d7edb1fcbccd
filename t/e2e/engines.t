#!/usr/bin/python3
"""Sessions whose mails are judged by each kind of engine, from the
configuration to the client: what is found is denied, the rest comes."""

import email
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                              # noqa: E402
from fakeclamd import EICAR, FakeClamd                    # noqa: E402
from fakeicap import FakeIcap                             # noqa: E402
from mailservers import Dovecot                           # noqa: E402
from proxy import Proxy                                   # noqa: E402
from rig import TOP, Place, diag, done, ok, same               # noqa: E402
from scanners import GTUBE, CIcap, Clamd, Rspamd, Spamd   # noqa: E402
from watched import Watched                               # noqa: E402

PASSWORD = "secret"
HEAD = (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: hello\r\n"
        b"Date: Mon, 7 Sep 2026 10:00:00 +0000\r\nMessage-ID: <1@x.org>\r\n"
        b"\r\n")
# In the mailbox, from 1 on: a letter, a virus, spam.
BODIES = (b"How are you?\r\n", EICAR + b"\r\n", GTUBE + b"\r\n")

place = Place("engines")
dovecot = Dovecot(place)
straight = dovecot.connect("joe")
for body in BODIES:
    straight.append("INBOX", None, None, HEAD + body)
straight.logout()


def proxy(name, engine, use, rules, kind=Proxy, **more):
    return kind(place, dovecot, name=name, combinations=("clear/clear",),
                top=engine, scanning=rules + 'doc-acl "all" { }\n',
                command=use, **more)


def fetched(p, count=3):
    """How FETCH ends for each mail of a session: "OK", or NO's code."""
    client = mails.connect(p.port["clear/clear"], "joe", PASSWORD)
    client.select("INBOX")
    ends = []
    for n in range(1, count + 1):
        end, data = client.fetch(str(n), "(BODY.PEEK[])")
        ends.append(end if end == "OK" else
                    data[0].decode().split("]")[0].strip("["))
        if end == "OK" and not data[0][1].endswith(BODIES[n - 1]):
            ends[-1] = "another mail"
    client.logout()
    return ends


VIRUS = """
mail-acl "not judged" { virus-status = {error, unknown, skipped} deny = yes }
mail-acl "infected" { virus-status = {found} deny = yes }
mail-acl "all" { }
"""
SPAM = """
mail-acl "not judged" { spam-score = {UNKNOWN} deny = yes }
mail-acl "spam" { spam-score = {">= 10000"} deny = yes }
mail-acl "all" { }
"""


def antivirus(protocol, where, more=""):
    p = proxy(f"{protocol}-proxy",
              f'antivirus "it" {{ protocol = {protocol}  timeout = 5s\n'
              f'connection = {{"{where}"}} {more} }}\n',
              "use-antivirus = {it}", VIRUS)
    if not same(fetched(p), ["OK", "NOPERM", "OK"],
                f"{protocol}: a virus is denied, the rest comes"):
        diag(place.read(f"{p.name}/log"))
    return p


def antispam(server):
    p = proxy(f"{server.name}-proxy",
              f'antispam "it" {{ protocol = {server.name}  timeout = 20s\n'
              f'connection = {{"{server.path}"}} }}\n',
              "use-antispam = it", SPAM)
    if not same(fetched(p), ["OK", "OK", "NOPERM"],
                f"{server.name}: spam is denied, the rest comes"):
        diag(place.read(f"{p.name}/log"))
    server.stop()


def waits(p):
    """What log and monitor say of mails that waited for a scanner."""
    ends = p.wait_events("SESSION-END", 4)
    said = p.events("SCANNER")
    times = sorted(int(e["WAITED"]) for e in said)
    same([(e["SCANNER"], e["VIR"]) for e in said], [("slow", "FREE")] * 4,
         "the log says what the scanner said")
    ok(times[-1] >= 300 and all(int(e["MS"]) >= 300 for e in said),
       f"how long it took, and how long each mail waited before: {times} ms")
    same(sorted(int(e["WAITED"]) for e in ends), times,
         "and a session's end how long its mails did")
    counters = p.counters()
    same((counters["mails-waited"], counters["waited-ms"]),
         (sum(t > 0 for t in times), sum(times)), "the monitor counts both")
    if not ok(f'_waited_ms_total{{name="{p.title}"}} '
              f"{sum(times)}\n" in p.out("metrics"), "so do metrics"):
        diag(p.out("metrics"))


def parallel():
    """Four sessions at an engine for one."""
    fake = FakeClamd(place, "delay=0.3", name="slow")
    p = proxy("slow-proxy", f'antivirus "slow" {{ max-parallel = 1\n'
              f'connection = {{"{fake.path}"}} timeout = 3s }}\n',
              "use-antivirus = {slow}", VIRUS, Watched,
              log='log { level = normal  mail = all  target = "file:'
                  f'{place.path}/slow-proxy/log" }}')
    ends = []
    threads = [threading.Thread(target=lambda: ends.append(fetched(p, 1)))
               for _ in range(4)]
    start = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    same(ends, [["OK"]] * 4, "max-parallel: all sessions come to their turn")
    took = time.monotonic() - start
    ok(took >= 0.3 * len(fake.objects()),
       f"one after the other: {len(fake.objects())} objects in {took:.1f} s")
    waits(p)
    p.forget()
    fake.stop()


REPLACED = """
mail-acl "not scanned" { virus-status = {error, unknown, skipped} deny = yes }
mail-acl "all" { }
doc-acl "infected" { virus-status = {found} replace-file = "virus.txt" }
doc-acl "not scanned" { virus-status = {error, unknown, skipped}
                        replace-file = "unscanned.txt" }
"""


def beside():
    """Beside a virus, a part is too large for the scanner, and one empty."""
    fake = FakeClamd(place, "limit=3000", name="small")
    parts = [EICAR + b" " * 600, b"01234567\r\n" * 400, b"", b"hello"]
    box = dovecot.connect("ann")
    box.append("INBOX", None, None, HEAD.removesuffix(b"\r\n") +
               b"MIME-Version: 1.0\r\n"
               b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
               b"".join(b"--b\r\n\r\n%s\r\n" % p for p in parts) +
               b"--b--\r\n")
    box.logout()
    p = proxy("small-proxy", f'antivirus "it" {{ connection = '
              f'{{"{fake.path}"}} }} notices {{ dir = '
              f'"{TOP}/conf/notices" }}\n', "use-antivirus = {it}", REPLACED)
    client = mails.connect(p.port["clear/clear"], "ann", PASSWORD)
    client.select("INBOX")
    made = email.message_from_bytes(client.fetch("1", "(BODY[])")[1][0][1])
    client.logout()
    texts = [part.get_payload().strip() for part in made.get_payload()]
    same((texts[0].split(",")[0], texts[1].split(",")[0], texts[2:]),
         ("A virus was found here",
          "This part of the mail could not be checked for viruses",
          ["", "hello"]),
         "what was not scanned is not delivered beside a virus")
    fake.stop()


def changing():
    """Servers that bring mails back, changed or not."""
    for method, sign, flag, want in (
            ("RESPMOD", b"Signed: ", "no", "NOPERM"),
            ("RESPMOD", b"Signed: ", "yes", "OK"),
            ("REQMOD", b"Signed: ", "no", "NOPERM"),
            ("REQMOD", b"Signed: ", "yes", "OK"),
            ("REQMOD", b"", "no", "OK")):
        icap = FakeIcap(method, sign)
        engine = (f'antivirus "it" {{ protocol = icap  timeout = 5s '
                  f'connection = {{"127.0.0.1:{icap.port}"}} '
                  f'icap-service = "sign" '
                  f"icap-pass-200-with-pure-body = {flag} }}\n")
        p = proxy(f"icap-{icap.port}", engine, "use-antivirus = {it}", VIRUS)
        if not same(fetched(p), [want, "NOPERM", want],
                    f"{method}, icap-pass-200-with-pure-body = {flag}, "
                    f"{sign}: {want}, but a virus"):
            diag(place.read(f"{p.name}/log"))
        icap.stop()


clamd = Clamd(place)
antivirus("clamd", clamd.path)
antivirus("clamd-fd", clamd.path)
icap = CIcap(place, clamd)
p = antivirus("icap", f"127.0.0.1:{icap.port}", 'icap-service = "avscan"')
icap.stop()
same(fetched(p), ["UNAVAILABLE"] * 3, "what nobody judged is for later")
clamd.stop()
antispam(Spamd(place))
antispam(Rspamd(place))
changing()
beside()
parallel()
done()
