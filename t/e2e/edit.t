#!/usr/bin/python3
"""Every edit on every part of many mails, and what mail-filter corrects, as
an independent reader sees it: python3's email."""

import email
import email.header
import email.policy
import os
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mailcorpus                                          # noqa: E402
from rig import B, TOP, bail, diag, done, ok, program           # noqa: E402

TOOL = program(os.path.join(B, "t/editmail"))
TEXT = "Gone: ž.\r\n--b\r\n"
KIND = {"leaf": "leaf", "multipart": "multi", "message": "message"}


class Seen:
    """What some reader sees of a part: kind, type, octets of a leaf."""

    def __init__(self, kind, type_, size, total):
        self.kind, self.type, self.size, self.sum = kind, type_, size, total

    def __eq__(self, other):
        return (self.kind, self.type, self.size, self.sum) == \
               (other.kind, other.type, other.size, other.sum)

    def __repr__(self):
        return f"{self.kind} {self.type} {self.size} {self.sum}"


def as_python(mail):
    out = []
    for part in email.message_from_bytes(mail).walk():
        kind = "multi" if part.get_content_maintype() == "multipart" else \
               "message" if part.is_multipart() else "leaf"
        octets = b""
        if kind == "leaf":
            octets = part.get_payload(decode=True) or b""
        elif kind == "multi" and not part.is_multipart():
            kind = "leaf"
        out.append(Seen(kind, part.get_content_type(), len(octets),
                        sum(octets)))
    return out


class Edited:
    def __init__(self, mail, *edits):
        run = subprocess.run([TOOL, *edits], input=mail,
                             capture_output=True)
        if run.returncode != 0:
            bail(f"editmail {edits}: {run.returncode} {run.stderr}")
        self.mail, self.parts, self.outcomes = run.stdout, [], []
        self.resized = self.rejected = self.signed = False
        for line in run.stderr.decode("ascii", "replace").splitlines():
            word = line.split(" ")
            if word[0] == "edit":
                self.outcomes.append(word[1])
            elif word[0] == "size":
                self.resized = word[3] == "1"
                assert int(word[1]) == len(self.mail)
            elif word[0] == "signed":
                self.signed = True
            elif word[0] == "rejected":
                self.rejected = line
            elif word[0] == "part":
                self.parts.append(self.part(word))
        self.python = as_python(self.mail)

    @staticmethod
    def part(word):
        type_ = " ".join(word[3:-2]).lower()
        if type_ == "/":
            type_ = "text/plain"
        return Seen(KIND[word[2]], type_, int(word[-2]), int(word[-1]))


def agree(one, two):
    """Defaults of types and what stands for a broken one aside."""
    return len(one) == len(two) and all(
        a.kind == b.kind and (a.kind != "leaf" or (a.size, a.sum) ==
                              (b.size, b.sum))
        for a, b in zip(one, two))


def comparable(mail):
    """Python takes all of message/* for messages, we and servers do not."""
    types = [p.get_content_type() for p in
             email.message_from_bytes(mail).walk()]
    return all(t in ("message/rfc822", "message/global")
               for t in types if t.startswith("message/"))


def same_text(seen):
    octets = TEXT.encode()
    return seen.kind == "leaf" and seen.type == "text/plain" and \
        (seen.size, seen.sum) == (len(octets), sum(octets))


class Checks:
    """Counts what held, by its name, and shows the first that did not."""

    def __init__(self):
        self.good, self.bad = Counter(), Counter()

    def __call__(self, cond, name, mail, why=""):
        (self.good if cond else self.bad)[name] += 1
        if not cond and self.bad[name] <= 2:
            diag(f"{name}: {mail}: {why}")

    def report(self, names):
        for name, least in names.items():
            ok(self.bad[name] == 0 and self.good[name] >= least,
               f"{name} ({self.good[name]} of "
               f"{self.good[name] + self.bad[name]}, {least} at least)")


check = Checks()


def sizes(mail):
    """For each part of the walk, how many there are in it, itself too."""
    def count(part):
        n = 1 + sum(count(p) for p in part.get_payload()) \
            if part.is_multipart() else 1
        part._n = n
        return n
    root = email.message_from_bytes(mail)
    count(root)
    return [p._n for p in root.walk()], list(root.walk()), root


def parent_of(root, part):
    for p in root.walk():
        if p.is_multipart() and any(c is part for c in p.get_payload()):
            return p
    return None


def try_part(name, mail, before, i, counts, parts, root):
    n = counts[i]
    rest = before[:i], before[i + n:]
    e = Edited(mail, f"replace:{i}")
    check(e.python[:i] == rest[0] and same_text(e.python[i]) and
          e.python[i + 1:] == rest[1], "a part is replaced", name,
          f"{i}: {e.python}")
    seen = list(email.message_from_bytes(e.mail).walk())[i]
    old = parts[i].get("Content-Type")
    check((seen.get("X-Orig-Content-Type") is None) == (old is None),
          "its old type is kept", name, f"{i}: {seen.items()}")
    long = len(mail) and before[i].kind == "leaf" and before[i].size > 400
    e = Edited(mail, f"replace:{i}", "subject:[MARK]", "same-length")
    check(e.resized or len(e.mail) == len(mail),
          "the mail is as long as it was", name)
    check(not (long and e.resized), "a long part has room for a text", name)
    check(e.python[:i] == rest[0] and e.python[i + 1:] == rest[1],
          "other parts stay under same-length", name)

    up = parent_of(root, parts[i])
    e = Edited(mail, f"remove:{i}")
    if up is not None and up.get_content_maintype() == "multipart" and \
            len(up.get_payload()) > 1:
        check(e.python == rest[0] + rest[1], "a part is removed", name,
              f"{i}: {e.python}")
    else:
        check(len(e.python) == len(before) - n + 1 and
              e.python[i].size <= 2, "the last part becomes empty", name,
              f"{i}: {e.python}")
    if n > 1:
        return
    e = Edited(mail, f"type:{i}")
    check(e.python[i].type == "application/x-forced" and
          e.python[i].sum == before[i].sum and
          e.python[:i] == rest[0] and e.python[i + 1:] == rest[1],
          "a type is forced", name, f"{i}: {e.python}")
    e = Edited(mail, f"base64:{i}")
    check(agree(e.python, before), "a body is encoded anew", name,
          f"{i}: {e.python}")


def subject_of(mail):
    value = email.message_from_bytes(mail).get("Subject", "")
    if not isinstance(value, str):
        raise UnicodeError("octets that are no text")
    return str(email.header.make_header(email.header.decode_header(
        value.replace("\r\n", ""))))


def try_header(name, mail, before):
    e = Edited(mail, "subject:[MÁRK]")
    twice = Edited(e.mail, "subject:[MÁRK]")
    check(twice.mail == e.mail and twice.outcomes == ["nothing"],
          "a Subject is marked once", name)
    try:
        check(subject_of(e.mail).split() ==
              ["[MÁRK]"] + subject_of(mail).split(),
              "a mark stands before the Subject", name,
              f"{subject_of(e.mail)!r}")
    except (LookupError, UnicodeError, email.errors.HeaderParseError):
        pass
    check(e.python == before, "a mark changes no part", name)
    e = Edited(mail, "put:X-Virus-Status:found\r\nBcc: x", "add:X-A:1",
               "delete:Received")
    seen = email.message_from_bytes(e.mail)
    check(seen.get_all("X-Virus-Status") == ["found Bcc: x"] and
          "X-A" in seen and "Received" not in seen and
          "x" not in seen.get_all("Bcc", []),
          "fields are added and deleted", name, f"{seen.items()}")
    check(e.python == before, "fields change no part", name)


def ordinary():
    agreed = 0
    for number, (name, mail) in enumerate(mailcorpus.ordinary(160)):
        e = Edited(mail)
        if not agree(e.parts, e.python) or not comparable(mail):
            continue
        agreed += 1
        before = e.python
        counts, parts, root = sizes(mail)
        try_header(name, mail, before)
        for i in range(min(len(before), 6)):
            try_part(name, mail, before, i, counts, parts, root)
        multis = [i for i, p in enumerate(before) if p.kind == "multi"]
        for i in multis[:2]:
            e = Edited(mail, f"rebuild:{i}")
            check(agree(e.python, before), "boundaries are new", name)
    ok(agreed >= 110, f"both readers begin with the same parts: {agreed}")


def odd():
    """Corrected: what we say of a mail is what the other reader says."""
    agreed = different = rejected = left_out = 0
    for name, mail in mailcorpus.odd(700):
        base = Edited(mail)
        e = Edited(mail, "correct")
        if e.rejected:
            rejected += 1
            continue
        if e.signed or not comparable(e.mail):
            left_out += 1
            continue
        different += not agree(base.parts, as_python(mail))
        same = agree(e.parts, e.python)
        agreed += same
        if not same:
            check(False, "corrected, a mail is the same to both", name,
                  f"\n{e.parts}\n{e.python}")
        check(Edited(e.mail, "correct").mail == e.mail,
              "what is corrected stays as it is", name)
    diag(f"{different} were different before, {rejected} are rejected, "
         f"{left_out} signed or not comparable")
    ok(agreed >= 500 and different >= 50 and rejected < 50 and
       not check.bad["corrected, a mail is the same to both"],
       f"corrected, a mail is the same to both: {agreed}")


def manual():
    """mod-mail-doc(5) has each flag below the rule that it breaks."""
    rule, seen = "none", set()
    with open(os.path.join(TOP, "man/mod-mail-doc.5")) as f:
        lines = f.read().split(".Ss What mail-filter finds")[1] \
            .split(".Ss ")[0].splitlines()
    for line in lines:
        if line.startswith(".Ic "):
            rule = line.split()[1]
        elif line.startswith(".It Cm "):
            seen.add(f"{rule} {line.split()[2]}")
    rules = subprocess.run([TOOL, "rules"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    wanted = {r for r in rules if not r.startswith("none ")}
    ok(len(wanted) > 40 and wanted <= seen,
       f"the manual knows each flag: {sorted(wanted - seen)}")


manual()
ordinary()
odd()
check.report({
    "a part is replaced": 300,
    "its old type is kept": 300,
    "the mail is as long as it was": 300,
    "a long part has room for a text": 300,
    "other parts stay under same-length": 300,
    "a part is removed": 100,
    "the last part becomes empty": 50,
    "a type is forced": 190,
    "a body is encoded anew": 190,
    "a Subject is marked once": 100,
    "a mark stands before the Subject": 100,
    "a mark changes no part": 100,
    "fields are added and deleted": 100,
    "fields change no part": 100,
    "boundaries are new": 30,
    "what is corrected stays as it is": 500,
})
done()
