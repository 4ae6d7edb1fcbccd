"""What the room mime says of mails, by t/lib/mimeshow.c."""

import os
import subprocess

from rig import B, program


def show(mails, *arguments):
    """For each mail, octets, a list of pairs: the item's name, octets."""
    out = subprocess.run(
        [program(os.path.join(B, "t/mimeshow")), *arguments], check=True,
        input=b"".join(b"%d\n" % len(m) + m for m in mails),
        stdout=subprocess.PIPE).stdout
    found, items, pos = [], [], 0
    while pos < len(out):
        end = out.index(b"\n", pos)
        line = out[pos:end]
        pos = end + 1
        if line == b".":
            found.append(items)
            items = []
            continue
        name, size = line.rsplit(b" ", 1)
        items.append((name.decode(), out[pos:pos + int(size)]))
        pos += int(size) + 1
    return found
