#!/usr/bin/python3
"""Characters that a server may take for the same, against Python's Unicode
data, from which the table was made."""

import ctypes
import os
import random
import subprocess
import sys
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from rig import B, TOP, diag, done, ok, program          # noqa: E402

SURROGATES = range(0xD800, 0xE000)


class Slice(ctypes.Structure):
    _fields_ = [("p", ctypes.c_char_p), ("n", ctypes.c_size_t)]


lib = ctypes.CDLL(program(os.path.join(B, "t/fold.so")))
lib.fold_chars.argtypes = [Slice, ctypes.c_bool,
                           ctypes.POINTER(ctypes.c_uint32)]
lib.fold_chars.restype = ctypes.c_size_t


def fold(text):
    octets = text.encode()
    out = (ctypes.c_uint32 * (2 * len(octets) + 1))()
    n = lib.fold_chars(Slice(octets, len(octets)), True, out)
    return out[:n] if n <= 2 * len(octets) else None


def lower(c):
    text = c.casefold()
    text = text if len(text) == 1 else c.lower()
    return ord(text if len(text) == 1 else c)


def reference(text):
    out, marks = [], []
    for c in unicodedata.normalize("NFD", text) + "\0":
        if unicodedata.combining(c):
            marks.append(c)
        else:
            out += sorted(marks) + [c]
            marks = []
    return [lower(c) for c in out[:-1]]


def assigned():
    """Characters that both sides know, and that are more than themselves."""
    for n in range(1, sys.maxunicode + 1):
        c = chr(n)
        if n not in SURROGATES and (unicodedata.decomposition(c) or
                                    unicodedata.combining(c) or
                                    c.casefold() != c):
            yield c


def count(name, texts, wrong):
    bad = [t for t in texts if wrong(t)]
    ok(not bad, name)
    for t in bad[:4]:
        diag(ascii(t))


with open(os.path.join(TOP, "src/base/fold_table.h")) as f:
    kept = f.read()
made = subprocess.run([os.path.join(TOP, "src/base/gen/fold_gen.py")],
                      stdout=subprocess.PIPE, text=True, check=True).stdout
VERSION = f" Unicode {unicodedata.unidata_version}:"
ok(made == kept or VERSION not in kept,
   "fold_table.h is what fold_gen.py makes of the same Unicode")

some = list(assigned())
if VERSION in kept:
    count("every character becomes what Python says", some,
          lambda c: fold(c) != reference(c))
seed = random.randrange(1 << 32)
diag(f"seed {seed}")
rng = random.Random(seed)
texts = ["".join(rng.choice(some) for _ in range(rng.randint(2, 6)))
         for _ in range(20000)]
for form in ("NFC", "NFD"):
    count(f"a text and its {form} become the same", texts,
          lambda t: fold(unicodedata.normalize(form, t)) != fold(t))
done()
