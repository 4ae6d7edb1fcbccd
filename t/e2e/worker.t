#!/usr/bin/python3
"""The mail worker, asked as a session asks it: what it finds in mails, and
what becomes of one that is killed, waits for ever or is given too much."""

import base64
import binascii
import collections
import gzip
import hashlib
import io
import json
import os
import quopri
import signal
import subprocess
import sys
import tarfile
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import containers                                         # noqa: E402
from fakeclamd import EICAR, FakeClamd                    # noqa: E402
from rig import (B, USER, Place, diag, done, ok, program, same,
                 wait_for)                                # noqa: E402

CONFIG = """\
version = "1"
app-user = "{user}"
log {{ target = stderr }}
spool {{ dir = "{path}" }}
session-acl "s" {{ plug-to = {{"127.0.0.1:143"}} }}
{engines}
command-acl "c" {{ {use} }}
mail-acl "m" {{ header "Subject" {{ match = '.*' }} }}
doc-acl "d" {{ mime-type = {{"image/*"}}  {archive} }}
"""
CLAMAV = 'antivirus "clamav" {{ protocol = clamd  connection = {{"{}"}}' \
         '  timeout = 5 }}'
MARK_ENCRYPTED, MARK_AMBIGUOUS, MARK_ARCHIVE, MARK_CUT = 1, 8, 16, 32
# KB that a worker may take for a large mail beyond what it takes for a small.
LARGE_KB = 12 << 10

place = Place("worker")
Row = collections.namedtuple("Row", "word fields lists")


class Session:
    """A keeper and a worker of it, by t/ask_mail."""

    def __init__(self, name, engines="", use="", archive=""):
        cfg = place.file(name + ".cfg", CONFIG.format(
            user=USER, path=place.path, engines=engines, use=use,
            archive=archive), mode=0o600)
        cache = place.file(name + ".cache")
        run = subprocess.run([B + "/test-imap4", "-f", cfg, "-c", cache],
                             stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.STDOUT)
        if run.returncode != 0:
            diag(run.stdout)
        self.log = place.file(name + ".log")
        self.proc = subprocess.Popen(
            [program(B + "/t/ask_mail"), program(B + "/imap4-mail"), cache],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=open(self.log, "ab"), text=True)
        self.number = 0

    def send(self, line):
        self.proc.stdin.write(line + "\n")
        self.proc.stdin.flush()

    def hear(self):
        rows = []
        while True:
            line = self.proc.stdout.readline().rstrip("\n")
            if line in (".", ""):
                return rows
            word, *rest = line.split("\t")
            pairs = [item.partition("=")[::2] for item in rest]
            lists = collections.defaultdict(list)
            for key, value in pairs:
                lists[key].append(value)
            rows.append(Row(word, dict(pairs), lists))

    def ask(self, line):
        self.send(line)
        return self.hear()

    def number_of(self, word):
        return int(self.ask(word)[0].word)

    def file(self, octets):
        self.number += 1
        return place.file(f"mail.{self.number}", octets)

    def judge(self, octets, ms=20000):
        return Facts(self.ask(f"judge {self.file(octets)} {ms}"))

    def end(self):
        self.proc.stdin.close()
        self.proc.wait(10)


class Facts:
    def __init__(self, rows):
        self.rows = rows
        self.status = rows[0].fields.get("status") if rows else None
        self.why = rows[0].fields.get("why") if rows else None
        mail = [r for r in rows if r.word == "mail"]
        self.mail = mail[0].fields if mail else {}
        self.parts = [r for r in rows if r.word == "part"]
        self.results = [r.fields for r in rows if r.word == "result"]
        self.values = [(r.fields["name"], r.fields["value"]) for r in rows
                       if r.word == "value"]

    def part(self, row):
        return self.parts[row].fields

    def viruses(self):
        return [p.fields["virus"] for p in self.parts]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def status_of(pid):
    with open(f"/proc/{pid}/status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f
                    if ":\t" in line)


def gone(pid, what):
    start = time.monotonic()
    while alive(pid) and time.monotonic() - start < 1:
        time.sleep(0.01)
    ok(not alive(pid), what)


# ---- mails -----------------------------------------------------------------

HEADER = b"From: a@example.org\r\nSubject: =?utf-8?q?p=C5=99=C3=ADloha?=\r\n" \
         b"Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"


def multi(*parts, before=b"", after=b""):
    octets = HEADER + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    octets += before
    for header, body in parts:
        octets += b"--b\r\n" + header + b"\r\n" + body + b"\r\n"
    return octets + b"--b--\r\n" + after


def b64(octets):
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def uu(octets):
    lines = [binascii.b2a_uu(octets[i:i + 45]) for i in
             range(0, len(octets), 45)]
    return b"begin 644 eicar.com\r\n" + b"".join(lines) + b"`\r\nend\r\n"


def zipped(name="eicar.com", octets=EICAR):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(name, octets)
    return out.getvalue()


def tarred(octets=EICAR):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        info = tarfile.TarInfo("eicar.com")
        info.size = len(octets)
        t.addfile(info, io.BytesIO(octets))
    return out.getvalue()


TEXT = b"Content-Type: text/plain\r\n"
DATA = b"Content-Type: application/octet-stream\r\n"
BASE64 = DATA + b"Content-Transfer-Encoding: base64\r\n"
QP = DATA + b"Content-Transfer-Encoding: quoted-printable\r\n"
HELLO = (TEXT, b"hello\r\n")
INNER = b"Subject: inner\r\n" + BASE64 + b"\r\n" + b64(EICAR)
HARD = base64.b64encode(EICAR)
CASES = (
    ("as it stands", multi(HELLO, (DATA, EICAR))),
    ("in base64", multi(HELLO, (BASE64, b64(EICAR)))),
    ("in quoted-printable", multi(HELLO, (QP, quopri.encodestring(
        EICAR, quotetabs=True).replace(b"\n", b"\r\n")))),
    ("in uuencode", multi(HELLO, (
        DATA + b"Content-Transfer-Encoding: x-uuencode\r\n", uu(EICAR)))),
    ("in uuencode in a text", multi(HELLO, (TEXT, b"see\r\n" + uu(EICAR)))),
    ("in a zip", multi(HELLO, (BASE64, b64(zipped())))),
    ("in a gzip", multi(HELLO, (BASE64, b64(gzip.compress(EICAR))))),
    ("in a tar", multi(HELLO, (BASE64, b64(tarred())))),
    ("in a mail in a mail", multi(HELLO, (
        b"Content-Type: message/rfc822\r\n", INNER))),
    ("in an encoded mail", multi(HELLO, (
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64"
        b"\r\n", b64(INNER)))),
    ("in an encoded mail in an encoded mail", multi(HELLO, (
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64"
        b"\r\n", b64(b"Content-Type: message/rfc822\r\n"
                     b"Content-Transfer-Encoding: base64\r\n\r\n" +
                     b64(INNER))))),
    ("in a part hidden before the first", multi(
        HELLO, before=b"--c\r\n" + BASE64 + b"\r\n" + b64(EICAR) +
        b"--c--\r\n")),
    ("in a part behind the last", multi(
        HELLO, after=b"--b\r\n" + BASE64 + b"\r\n" + b64(EICAR))),
    ("in two encodings, base64 second", multi(HELLO, (
        DATA + b"Content-Transfer-Encoding: 7bit\r\n"
        b"Content-Transfer-Encoding: base64\r\n", b64(EICAR)))),
    ("behind padding", multi(HELLO, (BASE64, b"aGVsbG8=\r\n" +
                                     b64(b"\0" + EICAR)))),
    ("with digits of another alphabet", multi(HELLO, (
        BASE64, HARD.replace(b"+", b"-").replace(b"/", b"_")))),
    ("in yEnc in a text", multi(HELLO, (TEXT, containers.as_yenc(EICAR)))),
    ("in BinHex in a text", multi(HELLO, (
        TEXT, containers.as_binhex(EICAR)))),
    ("in yEnc in an encoded text", multi(HELLO, (
        TEXT + b"Content-Transfer-Encoding: base64\r\n",
        b64(b"See:\n" + containers.as_yenc(EICAR))))),
    ("in uuencode, in the second of two in an encoded text", multi(HELLO, (
        TEXT + b"Content-Transfer-Encoding: base64\r\n",
        b64(b"begin 644 a\nnothing\n" + uu(EICAR))))),
    ("in base64 of a zip by another name", multi(HELLO, (
        DATA + b"Content-Transfer-Encoding: x-gzip64\r\n",
        b64(gzip.compress(EICAR))))),
    ("in a zip in a zip", multi(HELLO, (BASE64, b64(zipped(
        "a.zip", zipped()))))),
    ("in a 7z in a tar in a gzip", multi(HELLO, (BASE64, b64(gzip.compress(
        tarred(containers.deflated_seven_zip(EICAR))))))),
    ("in a mail without parts", HEADER + BASE64 + b"\r\n" + b64(EICAR)),
)


# ---- what is found ---------------------------------------------------------

def passwords():
    s = Session("passwords", archive="encrypted = yes")
    f = s.judge(multi((BASE64, b64(containers.encrypted_zip(b"hello")))))
    same(int(f.part(1)["marks"]) & MARK_ENCRYPTED, MARK_ENCRYPTED,
         "a password shows when nothing else is asked of archives")
    s.end()


def facts():
    s = Session("facts", archive="archive-member = {\"text/*\"}")
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(50)
    mail = multi(
        (b"Content-Type: text/plain; name*=utf-8''%C4%8Dek.txt\r\n"
         b'Content-Disposition: attachment; filename="=?utf-8?q?=C4=8Dek?=";'
         b" filename=plain.txt\r\nContent-Transfer-Encoding: base64\r\n",
         b64(png)),
        (BASE64, b64(zipped("readme.txt", b"only words here, many words\n"))),
        HELLO)
    f = s.judge(mail)
    same(f.status, "0", "a mail is taken apart")
    same(f.mail["subject"], r"p\xC5\x99\xC3\xADloha", "its Subject")
    same(f.mail["id"], "<1@example.org>", "its Message-ID")
    same(f.values, [("Subject", r"p\xC5\x99\xC3\xADloha")],
         "and the fields that rules ask about")
    same([p.fields["declared"] for p in f.parts],
         ["multipart/mixed", "text/plain", "application/octet-stream",
          "text/plain"], "what its parts say they are")
    same([p.fields["type"] for p in f.parts],
         ["", "image/png", "application/zip", "text/plain"],
         "and what they are")
    same(f.part(1)["decoded"], str(len(png)), "how large without encoding")
    names = f.parts[1].lists["name"]
    ok({r"\xC4\x8Dek.txt", r"\xC4\x8Dek", "plain.txt"} <= set(names),
       f"every name a reader could show: {names}")
    same(f.parts[2].lists["member"], ["text/plain"], "what is in an archive")
    ok(int(f.part(2)["marks"]) & MARK_ARCHIVE, "which is one")
    same(f.mail["virus"], "skipped", "without an engine nothing is known")
    f = s.judge(multi((BASE64, b64(zipped(
        "a.zip", zipped("a.txt", b"only words here\n"))))))
    ok("text/plain" in f.parts[1].lists["member"],
       "also of an archive in it")
    inner = containers.zipped({f"{i}.txt": b"" for i in range(900)})
    cut = [int(s.judge(multi((BASE64, b64(containers.zipped(
        {f"{i}.zip": inner for i in range(n)}))))).part(1)["marks"]) & MARK_CUT
        for n in (10, 19)]
    same(cut, [0, MARK_CUT], "of so many members at most, all together")
    marks = [int(s.judge(multi((BASE64, b64(octets)))).mail["marks"])
             for octets in (containers.encrypted_zip(b"hello"), zipped(
                 "a.zip", containers.encrypted_zip(b"hello")), zipped())]
    same([m & MARK_ENCRYPTED for m in marks], [MARK_ENCRYPTED] * 2 + [0],
         "a password shows, in whatever archive")
    f = s.judge(b"")
    same((f.status, len(f.parts)), ("0", 1), "an empty mail is one")
    text = multi(HELLO, (BASE64, b64(EICAR)))
    at = text.index(b64(EICAR))
    row = s.ask(f"decode {s.file(text)} {at} {len(b64(EICAR))} 3")[0]
    same((row.lists["ok"], bytes.fromhex(list(row.fields)[-1])),
         (["1"], EICAR), "a body is decoded for BINARY")
    row = s.ask(f"decode {s.file(text)} {at} {1 << 40} 3")[0]
    same(row.lists["ok"], ["0"], "one that is not there is not")
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n"
                    b"--b%d\r\n" % (i, i) for i in range(200))
    f = s.judge(deep)
    same((f.status, len(f.parts)), ("1", 0), "a limit is told")
    ok(f.why, f"and which: {f.why}")
    same(s.judge(mail).status, "0", "the next mail is taken apart")
    s.end()


def viruses(fake):
    s = Session("viruses", CLAMAV.format(fake.path),
                'use-antivirus = {"clamav"}')
    f = s.judge(multi(HELLO, (BASE64, b64(b"harmless"))))
    same((f.mail["virus"], f.viruses()), ("free", ["free"] * 3),
         "a clean mail is free of viruses, and its parts")
    for name, mail in CASES:
        f = s.judge(mail)
        same((f.status, f.mail["virus"], f.mail["name"]),
             ("0", "found", "Fake.Eicar"), f"EICAR {name} is found")
        same([r["engine"] + " " + r["virus"] for r in f.results],
             ["clamav found"], "by this engine")
    f = s.judge(multi(HELLO, (BASE64, b64(EICAR))))
    same(f.viruses(), ["free", "free", "found"], "in the part it is in")
    f = s.judge(dict(CASES)["in a mail in a mail"])
    same(f.viruses(), ["free", "free", "skipped", "found"],
         "in a mail in a mail, too")
    f = s.judge(multi(HELLO, (TEXT, containers.as_binhex(bytes(100_000)))))
    same(f.mail["virus"], "free", "zeros in BinHex are harmless")
    runs = containers.as_binhex(b"", runs=b"\0\x90\xff" * 10_000)
    same(s.judge(multi(HELLO, (TEXT, runs))).mail["virus"], "error",
         "but much that is made of little is not looked at")
    nest = zipped()
    for _ in range(12):
        nest = zipped("a.zip", nest)
    f = s.judge(multi(HELLO, (BASE64, b64(nest))))
    ok(int(f.part(2)["marks"]) & MARK_CUT, "archives are opened so deep")
    fake.mode("silent")
    start = time.monotonic()
    f = s.judge(multi(HELLO), ms=1500)
    took = time.monotonic() - start
    same((f.status, f.mail["virus"]), ("0", "error"),
         "an engine that does not answer is an error")
    ok(took < 3, f"within the time there was: {took:.1f} s")
    fake.mode()
    same(s.judge(multi(HELLO)).mail["virus"], "free", "then it answers again")
    fake.stop()
    f = s.judge(multi(HELLO), ms=1500)
    same(f.mail["virus"], "error", "one that is not there is an error")
    fake.start()
    same(s.judge(multi(HELLO)).mail["virus"], "free", "until it is")
    return s


# ---- edits -----------------------------------------------------------------

EDITS = """
quarantine {{ dir = "{quarantine}" }}
mail-acl "mark" {{ prefix-subject = "[mark] " }}
mail-acl "keep" {{ quarantine = yes  deny = yes }}
doc-acl "remove" {{ remove = yes }}
doc-acl "replace" {{ replace-file = "virus.txt" }}
html-filter "safe" {{ policy = strict }}
doc-acl "html" {{ html-filter = "safe" }}
"""


def edits():
    import email
    import email.policy
    folder = place.folder("quarantine", mode=0o700, owner=USER)
    for language in ("EN", "CZ", "CZ-ASCII"):
        place.file(f"notices/{language}/virus.txt", "It was %n.\n")
    s = Session("edits", EDITS.format(quarantine=folder))
    out, lent = place.file("out", ""), place.file("lent")
    mail = multi(HELLO, (DATA + b"Content-Disposition: attachment;"
                         b" filename=a.exe\r\n", b"x" * 3000))

    def edit(acl, docs, file="-", denied=0):
        rows = s.ask(f"edit {out} {file} {acl} {denied} " + " ".join(docs))
        with open(out, "rb") as f:
            octets = f.read()
        return (rows[0].fields, [r.fields["what"] for r in rows
                                 if r.word == "done"], Facts(rows), octets)

    s.judge(mail)
    e, done_, f, octets = edit("-", ["-"] * 3)
    same((e["status"], e["unchanged"], done_), ("0", "1", []),
         "a mail that nothing is decided about stays as it is")
    s.judge(mail)
    e, done_, f, octets = edit(0, ["-", "-", "1"])
    same((e["status"], e["unchanged"], e["in_file"]), ("0", "0", "0"),
         "another is edited")
    same(sorted(done_), ["prefix-subject", "replace-file"],
         "as ACLs decided")
    m = email.message_from_bytes(octets, policy=email.policy.default)
    same((m["Subject"], m.get_payload(1).get_content().strip()),
         ("[mark] p\u0159\u00edloha", "It was a.exe."),
         "and the notice stands there")
    same([(p.fields["declared"], p.fields["body"]) for p in f.parts][2][0],
         "text/plain", "its index is about the new mail")
    off, n = map(int, f.part(1)["body"].split("+"))
    same(octets[off:off + n], b"hello\r\n", "where everything in it stands")
    e, done_, f, octets = edit(0, ["-", "-", "1"])
    same(e["status"], "0", "a mail may be edited again")
    same(edit(0, ["-"])[0]["status"], "2",
         "decisions about other parts are an error")
    same(edit(99, ["-"] * 3)[0]["status"], "2", "so is an ACL there is not")
    s.judge(mail)
    e = edit(1, ["-"] * 3, denied=1)[0]
    same((e["status"], e["quarantined"], e["unchanged"]), ("0", "1", "1"),
         f"a denied mail is kept in quarantine {e['why']}")
    names = os.listdir(folder)
    kept = [n for n in names if n.endswith(".eml")]
    same(len(kept), 1, "once")
    with open(os.path.join(folder, kept[0][:-3] + "json")) as note:
        same(json.load(note)["sha256"], hashlib.sha256(mail).hexdigest(),
             "with a note, which has its digest")
    with open(os.path.join(folder, kept[0]), "rb") as copy:
        same(copy.read(), mail, "as it came")
    large = multi(HELLO, (DATA, b"y" * 76 + b"\r\n"), (
        BASE64, (b"A" * 76 + b"\r\n") * 150000))
    s.judge(large)
    e, done_, f, octets = edit(0, ["-", "-", "0", "-"], file=lent)
    same((e["status"], e["in_file"], int(e["size"])),
         ("0", "1", len(octets)), "a large one is in the session's file")
    ok(octets.startswith(b"From: a@example.org\r\nSubject: [mark] ") and
       octets.endswith(b"AAAA\r\n\r\n--b--\r\n"), "all of it")
    filtered(s, edit)
    s.ask("kill")
    same(edit(0, ["-"] * 3)[0]["status"], "2",
         "a new worker edits no mail that it did not judge")
    s.end()


def filtered(s, edit):
    """HTML in a charset that has to be converted, in the jail."""
    import email
    import email.policy
    page = ("<p onclick=x>\u017elu\u0165 &eacute;<script>x</script>"
            "<img src=http://x/>").encode("iso-8859-2")
    kind = (b"Content-Type: text/html; charset=%s\r\n"
            b"Content-Transfer-Encoding: base64\r\n")
    s.judge(multi(HELLO, (kind % b"iso-8859-2",
                          base64.encodebytes(page).replace(b"\n", b"\r\n"))))
    e, done_, f, octets = edit("-", ["-", "-", "2"])
    same((e["status"], done_[:1]), ("0", ["html-filter"]),
         f"HTML is filtered {e['why']}")
    part = email.message_from_bytes(
        octets, policy=email.policy.default).get_payload(1)
    same((part.get_content_type(), part["X-Orig-Content-Type"],
          part.get_content().strip()),
         ("text/html", "text/html; charset=iso-8859-2",
          '<html><head><meta charset="utf-8"></head><body>'
          "<p>\u017elu\u0165 &eacute;<img></p></body></html>"),
         "and is UTF-8 then, without what does something")
    s.judge(octets)
    e, done_, f, again = edit("-", ["-", "-", "2"])
    same((e["unchanged"], done_), ("1", []),
         "filtered again it stays as it is")
    s.judge(multi(HELLO, (kind.split(b"\r\n")[0] % b"utf-8" + b"\r\n",
                          b"<div>" * 5000 + b"evil\r\n")))
    e, done_, f, octets = edit("-", ["-", "-", "2"])
    ok(e["status"] == "0" and done_[:1] == ["html-filter"] and
       b"evil" not in octets and b"cannot be filtered" in octets,
       f"what cannot be filtered is not delivered {e['why']}")


# ---- what goes wrong -------------------------------------------------------

def killed(s, fake):
    keeper, worker = s.number_of("keeper"), s.number_of("worker")
    ok(alive(keeper) and alive(worker), "a keeper and a worker are there")
    for pid, name in ((keeper, "the keeper"), (worker, "the worker")):
        st = status_of(pid)
        same((st["Seccomp"], st["NoNewPrivs"], int(st["CapEff"], 16),
              int(st["CapPrm"], 16)), ("2", "1", 0, 0),
             f"{name} is in its jail")
        if os.getuid() == 0:
            ok(st["Uid"].split()[0] != "0", "and not root")
    fake.mode("silent")
    s.send(f"judge {s.file(multi(HELLO))} 20000")
    time.sleep(0.3)
    os.kill(worker, signal.SIGKILL)
    same([r.word for r in s.hear()], ["died"],
         "a worker killed in the middle of a mail costs that mail")
    fake.mode()
    f = s.judge(multi(HELLO))
    same((f.status, f.mail["virus"]), ("0", "free"), "not the next")
    gone(worker, "the killed one is gone")
    fake.mode("silent")
    worker = s.number_of("worker")
    s.send(f"judge {s.file(multi(HELLO))} 3000")
    s.hear()
    same([r.fields["killed"] for r in s.ask("kill")], ["1"],
         "the reins end one")
    gone(worker, "which is gone")
    fake.mode()
    same(s.judge(multi(HELLO)).mail["virus"], "free", "and the next works")
    worker = s.number_of("worker")
    s.ask("again")
    gone(worker, "who lets a worker go ends it")
    same(s.judge(multi(HELLO)).mail["virus"], "free",
         "and hires another of the same keeper")
    worker = s.number_of("worker")
    os.kill(keeper, signal.SIGKILL)
    gone(worker, "a keeper that is killed takes its worker along")
    same([r.word for r in s.ask(f"judge {s.file(multi(HELLO))}")], ["end"],
         "and its session sees the end")
    s.end()


def session_killed():
    s = Session("killed")
    same(s.judge(multi(HELLO)).status, "0", "a session with a worker")
    keeper, worker = s.number_of("keeper"), s.number_of("worker")
    s.proc.kill()
    s.proc.wait()
    gone(worker, "that is killed leaves no worker")
    gone(keeper, "and no keeper")


# ---- large mails -----------------------------------------------------------

def peak(pid):
    return int(status_of(pid)["VmHWM"].split()[0])


def memory():
    s = Session("memory")
    s.judge(multi(HELLO))
    small = peak(s.number_of("worker"))
    line = b"A" * 76 + b"\r\n"
    large = multi((BASE64, line * ((50 << 20) // len(line))))
    f = s.judge(large)
    same((f.status, f.part(1)["type"]), ("0", "application/octet-stream"),
         "a mail of 50 MB is taken apart")
    took = peak(s.number_of("worker")) - small
    ok(took < LARGE_KB, f"for which {took} KB of memory are enough")
    many = multi(*[HELLO] * 5000)
    f = s.judge(many)
    same((f.status, len(f.parts)), ("0", 5001), "one of 5000 parts, too")
    s.end()


fake = FakeClamd(place)
wait_for("clamd", lambda: os.path.exists(fake.path))
passwords()
facts()
edits()
killed(viruses(fake), fake)
session_killed()
memory()
fake.stop()
done()
