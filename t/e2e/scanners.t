#!/usr/bin/python3
"""Scanners, asked as the mail worker asks them: a scripted clamd for what one
may do wrong, then real ones of Debian's, offline."""

import gzip
import io
import json
import os
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from fakeclamd import EICAR, FakeClamd                    # noqa: E402
from fakeicap import OnlyReqmod                           # noqa: E402
from rig import B, Place, diag, done, ok, program, same   # noqa: E402
from scanners import (GTUBE, CIcap, Clamd, Rspamd, Spamd,
                      ask, ask_later)                     # noqa: E402

place = Place("scanners")
eicar = place.file("eicar", EICAR)
clean = place.file("clean", "hello\n")
part = place.file("part", bytes(range(256)) * 1200)
big = place.file("big", bytes(2 << 20))


def said(rows):
    return [(row.status, row.name or row.why) for row in rows]


# ---- what a clamd may do wrong ---------------------------------------------

def fake_clamd():
    fake = FakeClamd(place)
    for kind in ("clamd", "clamd-fd"):
        for how in ((), ("-f",)):
            engine = f"{kind}={fake.path}"
            rows = ask(place, [engine], [eicar, clean, big], *how)
            same(rows.statuses(), ["found", "free", "free"],
                 f"{kind} {how}: what is in the octets")
            same((rows[0].name, rows.versions[kind]),
                 ("Fake.Eicar", "ClamAV 0.0/1/fake"), "its name and version")
    same({(how, n) for how, n, _ in fake.objects()},
         {(how, n) for how in ("INSTREAM", "FILDES")
          for n in (68, 6, 2 << 20)}, "it had all octets")
    one = [f"clamd={fake.path}"]
    for mode, want in (
            ("twice", ("error", "it answered more than it was asked")),
            ("cut=6", ("error", "its answer was cut short")),
            ("cut=0", ("error", "connection closed before an answer")),
            ("refuse", ("error", "connection closed before an answer")),
            ("raw=stream:_OK",
             ("error", "it answered out of its session")),
            ("say=stream:_OK_FOUND", ("found", "OK")),
            ("say=OK", ("unknown", "OK")),
            ("say=stream:_Heuristics.Limits.Exceeded.MaxFiles_FOUND",
             ("error", "Heuristics.Limits.Exceeded.MaxFiles")),
            ("say=stream:_OK_ERROR", ("error", "stream: OK")),
            ("long=2000", ("error", "its answer is too long")),
            ("limit=5", ("error", "INSTREAM size limit exceeded.")),
            ("version=x", ("free", ""))):
        fake.mode(mode)
        same(said(ask(place, one, [clean])), [want], f"{mode}: {want[0]}")
    fake.mode("early")
    same(said(ask(place, one, [big])),
         [("error", "it answered before it had all octets")],
         "an answer before it had them")
    fake.mode("reset")
    row = ask(place, one, [clean])[0]
    same(row.status, "error", "reset: error")
    ok("connection" in row.why, "and its reason")
    same(fake.objects()[-4:][0][0], "INSTREAM", "it was tried again")
    fake.mode("delay=1")
    same(ask(place, one, [eicar]).statuses(), ["found"], "a slow one")
    fake.mode("silent")
    start = time.monotonic()
    same(said(ask(place, one, [clean, clean], "-t", "1000")),
         [("error", "timeout")] * 2, "silence")
    ok(time.monotonic() - start < 3, "costs its timeout once")
    fake.mode()
    down(fake, one)


def down(fake, one):
    fake.stop()
    same(said(ask(place, one, [clean], "-t", "500"))[0][0], "error",
         "one that is not there")
    later = ask_later(place, one, [eicar, clean])
    time.sleep(1)
    fake.start()
    same(later().statuses(), ["found", "free"],
         "one that comes up within the timeout")
    later = ask_later(place, one, [eicar, clean, eicar], "-w", "700")
    time.sleep(0.4)
    fake.stop()
    fake.start()
    same(later().statuses(), ["found", "free", "found"],
         "one that is restarted between mails")
    other = FakeClamd(place, "say=stream:_Other_FOUND", name="other")
    rows = ask(place, [f"clamd={fake.path},{other.path}"], [clean])
    same(rows.statuses(), ["free"], "of two addresses the first")
    fake.stop()
    rows = ask(place, [f"clamd={fake.path},{other.path}"], [clean])
    same(rows[0].name, "Other", "or the one that is there")
    other.mode("delay=1")
    rows = ask(place, [f"clamd={other.path}"] * 4, [clean, clean])
    ok(max(row.ms for row in rows) < 1900,
       "four engines and two objects take a second together")
    other.stop()


# ---- the real one ----------------------------------------------------------

def containers():
    """Files that have EICAR in what real scanners undo."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.txt", "hello")
        z.writestr("b.com", EICAR)
    yield "zip", archive.getvalue()
    yield "gzip", gzip.compress(EICAR)
    yield "mail", (b"From: a@example.org\r\nMIME-Version: 1.0\r\n"
                   b"Content-Type: application/x; name=x.com\r\n"
                   b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" +
                   EICAR.replace(b"=", b"=3D").replace(b"X5O", b"X=35O") +
                   b"\r\n")


def real_clamd():
    clamd = Clamd(place)
    files = [place.file(name, octets) for name, octets in containers()]
    for engine in (f"clamd={clamd.path}", f"clamd=127.0.0.1:{clamd.port}",
                   f"clamd-fd={clamd.path}"):
        rows = ask(place, [engine], [eicar, clean, *files])
        if not same(rows.statuses(), ["found", "free"] + ["found"] *
                    len(files), f"clamd at {engine}"):
            diag(rows)
        same(rows[0].name, Clamd.signature, "by its signature's name")
        ok(list(rows.versions.values())[0].startswith("ClamAV 1."),
           "with its version")
    rows = ask(place, [f"clamd={clamd.path}"], [eicar, big, clean])
    same(rows.statuses(), ["found", "error", "free"],
         "over StreamMaxLength")
    ok("size limit exceeded" in rows[1].why, f"says why: {rows[1].why}")
    bomb = place.file("bomb.gz", gzip.compress(bytes(30 << 20)))
    rows = ask(place, [f"clamd={clamd.path}"], [bomb])
    same((rows[0].status, rows[0].why),
         ("error", "it gave up at one of its limits"), "over MaxFileSize")
    one = [f"clamd={clamd.path}"]
    clamd.freeze(True)
    same(said(ask(place, one, [eicar], "-t", "1000")),
         [("error", "timeout")], "frozen")
    clamd.freeze(False)
    later = ask_later(place, one, [eicar, clean, eicar], "-w", "1500")
    time.sleep(0.7)
    clamd.stop()
    clamd.start()
    same(later().statuses(), ["found", "free", "found"],
         "restarted in between")
    checked(clamd)
    icap(clamd, files)


def checked(clamd):
    """test-imap4 -r asks the scanners of a configuration."""
    fake = FakeClamd(place, name="whole")
    cfg = place.file("checked.cfg", f"""version = "1"
antivirus "whole" {{ connection = {{"{fake.path}"}}  max-checked-size = 3M }}
antivirus "less" {{ connection = {{"{clamd.path}"}}  max-checked-size = 3M }}
antivirus "fit" {{ connection = {{"{clamd.path}"}}  max-checked-size = 1K }}
antivirus "gone" {{ connection = {{"/nonexistent/ctl"}}  timeout = 1 }}
antispam "slow" {{ connection = {{"/nonexistent/ctl"}}  timeout = 1 }}
session-acl "s" {{ plug-to = {{"127.0.0.1:143"}} }}
command-acl "c" {{ no-mail-scanning = yes }}
""", 0o600)
    test_imap4 = [program(os.path.join(B, "test-imap4")), "-f", cfg, "-r"]
    begin = time.monotonic()
    run = subprocess.run(test_imap4, capture_output=True, text=True)
    ok(time.monotonic() - begin < 10, "all scanners are asked at once")
    same(run.returncode, 0, "what they say makes no configuration bad")
    same(sorted(line.split('"')[1] for line in run.stdout.splitlines()),
         ["fit", "less", "whole"], "those that are there tell their versions")
    same([line.rpartition("warning: ")[2] for line in run.stderr.splitlines()
          if " anti" in line],
         ['antivirus "less": INSTREAM size limit exceeded. It was sent '
          '3145728 octets, max-checked-size',
          'antivirus "gone": there is no such socket',
          'antispam "slow": there is no such socket'],
         "who refuses max-checked-size, or is not there, is warned of")
    same(fake.objects(), [("INSTREAM", 3 << 20, "OK")],
         "a clamd is sent as much")
    run = subprocess.run([*test_imap4, "--json"], capture_output=True,
                         text=True)
    same([(s["kind"], s["name"], s["line"], s["octets"], s["why"] is None)
          for s in json.loads(run.stdout)["scanners"]],
         [("antivirus", "whole", 2, 3 << 20, True),
          ("antivirus", "less", 3, 3 << 20, False),
          ("antivirus", "fit", 4, 1024, True),
          ("antivirus", "gone", 5, 25 << 20, False),
          ("antispam", "slow", 6, 1, False)], "in JSON, too")
    fake.stop()


def icap_words(port, service, files):
    for how in ((), ("-f",)):
        rows = ask(place, [f"icap=127.0.0.1:{port}"],
                   [eicar, clean, *files[:2], part], "-s", service, *how)
        if not same(rows.statuses(), ["found", "free", "found", "found",
                                      "free"], f"c-icap {service} {how}"):
            diag(rows)
        same(rows[0].name, Clamd.signature, "by its signature's name")
    ok(rows.versions["icap"].startswith("CI0001-"), "with its ISTag")


def icap_methods(server, files):
    """What is free comes with 204, or back with 200, as the rest does."""
    codes = {"avscan": {"200", "204"}, "whole": {"200"}}
    only = OnlyReqmod(server.port)
    asked = {service: {"OPTIONS 200"} for service in codes}
    for method, port in (("RESPMOD", server.port), ("REQMOD", only.port)):
        for service in codes:
            icap_words(port, service, files)
            asked[service] |= {f"{method} {c}" for c in codes[service]}
            same(server.answers(service), asked[service],
                 f"{service} was asked by {method}")
    only.stop()


def icap(clamd, files):
    server = CIcap(place, clamd)
    one = [f"icap=127.0.0.1:{server.port}"]
    icap_methods(server, files)
    rows = ask(place, one, [eicar, clean, part], "-s", "avscan", "-w", "2500")
    same(rows.statuses(), ["found", "free", "free"],
         "a connection that it closes between mails")
    row = ask(place, one, [clean], "-s", "none")[0]
    same((row.status, row.why), ("error", "ICAP/1.0 404 Service not found"),
         "a service that is not there")
    server.freeze(True)
    same(said(ask(place, one, [clean], "-s", "avscan", "-t", "1000")),
         [("error", "timeout")], "frozen")
    server.freeze(False)
    later = ask_later(place, one, [eicar, clean, eicar], "-s", "avscan", "-w",
                      "1500")
    time.sleep(0.7)
    server.stop()
    server.start()
    same(later().statuses(), ["found", "free", "found"],
         "restarted in between")
    clamd.stop()
    row = ask(place, one, [clean], "-s", "avscan")[0]
    same((row.status, row.why), ("error", "ICAP/1.0 500 Server error"),
         "its clamd is down")
    server.stop()
    row = ask(place, one, [clean], "-s", "avscan", "-t", "500")[0]
    same((row.status, row.why), ("error", "connection refused"),
         "it is down itself")


# ---- antispam ---------------------------------------------------------------

MAIL = (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: hello\r\n"
        b"Date: Mon, 7 Sep 2026 10:00:00 +0000\r\nMessage-ID: <1@x.org>\r\n"
        b"\r\nHow are you?\r\n")


def antispam(server):
    kind = server.name
    ham = place.file("ham", MAIL)
    spam = place.file("spam", MAIL + GTUBE + b"\r\n")
    large = place.file("large", MAIL + b"Words of a letter.\r\n" * 20000)
    for engine in (f"{kind}={server.path}",
                   f"{kind}=127.0.0.1:{server.port}"):
        rows = ask(place, [engine], [spam, ham, large], "-u", "joe")
        if not same(rows.statuses(), ["found", "free", "free"], engine):
            diag(rows)
        ok(rows[0].score >= 15000, f"GTUBE has a score: {rows[0].score}")
        ok("GTUBE" in rows[0].name, "and its rule")
        ok(0 <= rows[1].score < 5000, f"a letter too: {rows[1].score}")
    one = [f"{kind}={server.path}"]
    same(ask(place, one, [spam], "-u", "joe\r\nX: y").statuses(), ["found"],
         "a user who is no word is left out")
    same(said(ask(place, one, [large], "-m", "100000")),
         [("skipped", "larger than max-checked-size")], "a size limit")
    server.freeze(True)
    same(said(ask(place, one, [spam, ham], "-t", "1000")),
         [("unknown", "timeout")] * 2, "frozen it is unknown")
    server.freeze(False)
    server.stop()
    row = ask(place, one, [spam], "-t", "500")[0]
    same((row.status, row.score), ("unknown", -1), "so it is when it is down")
    later = ask_later(place, one, [spam], "-t", "30000")
    server.start()
    same(later().statuses(), ["found"], "until it is back")
    server.stop()


fake_clamd()
real_clamd()
antispam(Spamd(place))
antispam(Rspamd(place))
done()
