#!/usr/bin/env python3
"""Every error and warning of the compiler is wanted, word by word, by a test;
and notices say the same in all languages.

Messages are the formats given to the functions below in src/compile; of each,
the longest piece between two conversions must stand in a string of a test.
"""

import glob
import os
import re
import sys
import unicodedata

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "t", "lib"))
from rig import done, ok                                # noqa: E402

SAYS = re.compile(r"^(?!#define).*?\b(CHECK_WARN|CHECK_ERROR|value_error|values_bad|"
                  r"report_add|say_why|stop|fail)\s*\(", re.M)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
CONVERSION = re.compile(r"%[-+ #0]*[\d.*]*(?:hh|h|ll|l|z)?[a-zA-Z%]")

# Nobody can make these happen in a test.
EXCEPT = {
    "cannot be checked:": "a module that every test links",
    "compiles to more than": "64 MB of tables",
}


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def strings(text, quotes='"'):
    """The texts of all literals, adjacent ones joined."""
    joined, end = [], None
    pattern = re.compile(
        "|".join(rf"{q}((?:[^{q}\\\n]|\\.)*){q}" for q in quotes))
    for m in pattern.finditer(text):
        piece = next(g for g in m.groups() if g is not None)
        piece = re.sub(r"\\(.)", lambda e: {"n": "\n", "t": "\t"}.get(
            e.group(1), e.group(1)), piece)
        if end is not None and re.fullmatch(r"[\s\\f]*",
                                            text[end:m.start()]):
            joined[-1] += piece
        else:
            joined.append(piece)
        end = m.end()
    return joined


def arguments(text, at):
    """Of a call, from behind its bracket on."""
    found, depth, start = [], 0, at
    while True:
        m = LITERAL.match(text, at)
        if m:
            at = m.end()
            continue
        c = text[at]
        if c in "([{":
            depth += 1
        elif c in ")]}" and depth:
            depth -= 1
        elif c in ",)" and not depth:
            found.append(text[start:at])
            start = at + 1
            if c == ")":
                return found
        at += 1


def messages(path):
    """(line, longest constant piece) of each message said in a file."""
    text = read(path)
    for call in SAYS.finditer(text):
        for arg in arguments(text, call.end()):
            said = strings(arg)
            # a key's name is no message
            if not said or " " not in "".join(said):
                continue
            pieces = [p for s in said for p in CONVERSION.split(s)]
            yield (text[:call.end()].count("\n") + 1,
                   max(pieces, key=len).strip())
            break


def check_notices():
    """Each in each language, with the same fields."""
    top = os.path.join(TOP, "conf", "notices")
    names = sorted(os.listdir(os.path.join(top, "EN")))
    for folder in ("CZ", "CZ-ASCII"):
        ok(sorted(os.listdir(os.path.join(top, folder))) == names,
           f"notices are in {folder}")
    for name in names:
        en, cz, ascii_ = (read(os.path.join(top, folder, name))
                          for folder in ("EN", "CZ", "CZ-ASCII"))
        fields = [sorted(re.findall("%.", text)) for text in (en, cz)]
        ok(fields[0] == fields[1], f"{name} has the same fields in Czech")
        plain = "".join(c for c in unicodedata.normalize("NFD", cz)
                        if not unicodedata.combining(c))
        ok(ascii_ == plain and ascii_.isascii(),
           f"{name} is the same without diacritics")


def number(path, pattern):
    return int(re.search(pattern, read(os.path.join(TOP, path)), re.M)[1])


def main():
    tests = "\n".join(
        s for path in glob.glob(os.path.join(TOP, "t/unit/*/*.[ch]"))
        for s in strings(read(path)))
    tests += "\n".join(
        s for folder in ("e2e", "net", "systemd")
        for path in glob.glob(os.path.join(TOP, "t", folder, "*.t"))
        for s in strings(read(path), "\"'"))
    count = 0
    for path in sorted(glob.glob(os.path.join(TOP, "src/compile/*.c"))):
        for line, piece in messages(path):
            count += 1
            ok(piece in tests or piece in EXCEPT,
               f"{os.path.basename(path)}:{line}: \"{piece}\"")
    ok(count > 100, "messages were found")
    check_notices()
    scan = "src/compile/check_scan.c"
    ok(number(scan, r"UNIT_MB = (\d+)") ==
       number("units/imap4-proxy@.service", r"^MemoryMax=(\d+)M$"),
       "spool.memory is checked against what a session's unit has")
    ok(number(scan, r"WAIT_PERCENT = (\d+)") ==
       number("units/imap4-proxy-wait.service", r"^MemoryMax=(\d+)%$"),
       "and all sessions' against wait mode's")
    done()


main()
