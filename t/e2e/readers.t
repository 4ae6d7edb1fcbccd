#!/usr/bin/env python3
"""What another reader finds in a mail the room mime finds, too: each part of
Python's, in mails that are read differently, is the body of a part or among
the others, with the encoding Python decodes."""

import email
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../lib"))
from rig import diag, done, ok, short  # noqa: E402
import mailcorpus  # noqa: E402
import mimeshow  # noqa: E402

ODD = int(os.environ.get("ODD", 3000))
SHOWN = int(os.environ.get("SHOWN", 5))

# Names of encodings that Python decodes, and ours for them.
ENCODINGS = {"base64": "base64", "quoted-printable": "quoted-printable",
             "x-uuencode": "x-uuencode", "uuencode": "x-uuencode",
             "uue": "x-uuencode", "x-uue": "x-uuencode"}


def pythons(octets):
    """(encoding, octets) of each part that has any."""
    try:
        mail = email.message_from_bytes(octets)
    except TypeError:		# pieces of RFC 2231 it cannot sort
        return
    for part in mail.walk():
        text = part._payload	# get_payload() would decode charsets
        if part.is_multipart() or not isinstance(text, str):
            continue
        raw = text.encode("ascii", "surrogateescape").strip()
        encoding = str(part.get("content-transfer-encoding", "")).lower()
        if raw:
            yield ENCODINGS.get(encoding), raw


def seen(encoding, raw, bodies):
    """Is it there?  What is not encoded is wherever its octets are, up to
    blanks: Python leaves the line out that ends a header."""
    bare = b"".join(raw.split())
    if encoding == "base64":	# which ends before what looks like a boundary
        raw = raw.split(b"\n--")[0].strip()
    for name, octets in bodies:
        if encoding is None and (raw in octets or
                                 bare in b"".join(octets.split())):
            return True
        if encoding in name.split() and \
                b"".join(octets.split()).startswith(b"".join(raw.split())):
            return True
    return False


def main():
    corpus = list(mailcorpus.odd(ODD, 3)) + mailcorpus.packaged()
    shown = mimeshow.show([octets for _, octets in corpus], "bodies")
    count = encoded = differs = 0
    missing = []
    for (name, octets), bodies in zip(corpus, shown):
        for encoding, raw in pythons(octets):
            count += 1
            encoded += encoding is not None
            leaves = [b for b in bodies if b[0].startswith("leaf")]
            differs += not seen(encoding, raw, leaves)
            if not seen(encoding, raw, bodies):
                missing.append((name, encoding, raw))
    ok(count > ODD, f"{count} parts of Python's, {encoded} of them encoded")
    ok(differs > 20, f"{differs} of them are no parts of the tree")
    for name, encoding, raw in missing[:SHOWN]:
        diag(f"{name}: {encoding} {short(raw)}")
    ok(not missing, f"all are found, {len(missing)} are missing")
    done()


main()
