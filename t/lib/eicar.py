"""EICAR's test file in mails, in every disguise that a mail has for it; and a
reader of its own that says whether octets hold it in any of them.  The string
is put together here and stands nowhere in the tree.
"""

import base64
import binascii
import functools
import gzip
import io
import re
import struct
import tarfile
import zipfile
import zlib

import containers

SIGNATURE = (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" +
             b"EICAR-STANDARD" + b"-ANTIVIRUS-TEST-FILE!$H+H*")
LINE = SIGNATURE + b"\r\n"

# ---- the reader ---------------------------------------------------------------

_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_SOFT = re.compile(rb"=[ \t]*\r?\n")
_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} .*\r?\n", re.M)
_RUN = re.compile(rb"[A-Za-z0-9+/_-][A-Za-z0-9+/=_\s\x00!#.\-]{14,}")
_ODD = re.compile(rb"[^A-Za-z0-9+/]")
_DEPTH = 5
_BASE64 = (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
           b"+/=\r\n")
_MOST = 1 << 22


def _quoted(text):
    return _HEX.sub(lambda m: bytes([int(m.group(1), 16)]),
                    _SOFT.sub(b"", text))


def _base64(run):
    """As those read it who stop at a "=", and as those who go on, or begin
    anew; from any of four octets on."""
    run = run.replace(b"-", b"+").replace(b"_", b"/")
    readings = [run]
    if b"=" in run.rstrip(b"=\r\n \t"):
        readings += run.split(b"=")
        yield b"".join(_octets(piece) for piece in run.split(b"="))
    for reading in readings:
        for shift in range(4):
            yield _octets(reading, shift)


def _octets(run, shift=0):
    text = _ODD.sub(b"", run)[shift:]
    if len(text) % 4 == 1:
        text = text[:-1]
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def _uuencoded(text):
    for m in _BEGIN.finditer(text):
        out = []
        for line in text[m.end():].splitlines():
            if line.strip() in (b"end", b"`", b""):
                if line.strip() == b"end":
                    break
                continue
            try:
                out.append(binascii.a2b_uu(line))
            except binascii.Error:
                n = ((line[0] - 32 & 63) * 4 + 5) // 3
                try:
                    out.append(binascii.a2b_uu(line[:n]))
                except binascii.Error:
                    break
        yield b"".join(out)


def _inflated(text, at, bits):
    try:
        return zlib.decompressobj(bits).decompress(text[at:], _MOST)
    except zlib.error:
        return b""


def _unpacked(text):
    for m in re.finditer(rb"\x1f\x8b\x08", text):
        yield _inflated(text, m.start(), 31)
    for m in re.finditer(rb"PK\x03\x04", text):
        head = text[m.start():m.start() + 30]
        if len(head) == 30:
            name, extra = struct.unpack("<HH", head[26:30])
            yield _inflated(text, m.start() + 30 + name + extra, -15)
    yield from containers.opened(text)


_ODD_OCTETS = bytes(c for c in range(256) if c not in b"\t\r\n" and
                    not 32 <= c < 127)


def _is_text(octets):
    """Nobody decodes once more what came out as noise."""
    return len(octets.translate(None, _ODD_OCTETS)) * 10 > len(octets) * 8


def _views(text):
    """What is decoded from it."""
    if b"=ybegin" in text:
        yield from containers.from_yenc(text)
    if b"BinHex" in text:
        yield from containers.from_binhex(text)
    if not _is_text(text):
        return
    if b"=" in text:
        yield _quoted(text)
    for m in _RUN.finditer(text):
        # lines that no encoder would have made end a run
        for run in re.split(rb"\r?\n\r?\n|^--.*$", m.group(0), flags=re.M):
            if len(run) > 14:
                yield from _base64(run)
        yield from _base64(m.group(0))
    if b"begin" in text:
        yield from _uuencoded(text)


@functools.lru_cache(1 << 16)
def _found(text, depth):
    if SIGNATURE in text:
        return True
    # a file that is a text of base64 is one to nobody who reads mails
    if depth == 0 or depth < _DEPTH and not text.translate(None, _BASE64):
        return False
    seen = {text, b""}
    # archives in archives are opened to the last
    for views, left in ((_unpacked, depth), (_views, depth - 1)):
        for view in views(text):
            if view not in seen:
                seen.add(view)
                if _found(view, left):
                    return True
    return False


def found(octets):
    """Can anybody decode the signature from these octets?"""
    return _found(octets, _DEPTH) if len(octets) > 16 else False


# ---- containers ----------------------------------------------------------------

def _zip(octets, how):
    return containers.zipped({"a.com": octets}, how)


def tar(octets, how="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=how) as t:
        row = tarfile.TarInfo("a.com")
        row.size = len(octets)
        t.addfile(row, io.BytesIO(octets))
    return out.getvalue()


_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


def whole(pack):
    """pack, so that nobody who mends ends of lines breaks what it made."""
    def packed(octets):
        for _ in range(100):
            if not _LONE.search(pack(octets)):
                break
            octets += b" "
        return pack(octets)
    return packed


CONTAINERS = {
    "file": lambda o: o,
    "zip": whole(lambda o: _zip(o, zipfile.ZIP_DEFLATED)),
    "stored-zip": lambda o: _zip(o, zipfile.ZIP_STORED),
    "gzip": whole(lambda o: gzip.compress(o, mtime=0)),
    "tar": tar,
}
NAMES = {"file": "a.com", "zip": "a.zip", "stored-zip": "b.zip",
         "gzip": "a.gz", "tar": "a.tar"}
TYPES = {"file": "application/octet-stream", "zip": "application/zip",
         "stored-zip": "application/zip", "gzip": "application/gzip",
         "tar": "application/x-tar"}

# ---- transfer encodings ---------------------------------------------------------


def as_base64(octets, width=76):
    text = base64.b64encode(octets)
    return b"".join(text[i:i + width] + b"\r\n"
                    for i in range(0, len(text), width))


def as_quoted(octets):
    """Every octet in hexadecimal digits, 20 in a line."""
    return b"".join(b"".join(b"=%02X" % c for c in octets[i:i + 20]) +
                    b"=\r\n" for i in range(0, len(octets), 20))


def as_uu(octets, name=b"a.com"):
    return (b"begin 644 " + name + b"\r\n" + b"".join(
        binascii.b2a_uu(octets[i:i + 45]).rstrip(b"\n") + b"\r\n"
        for i in range(0, len(octets), 45)) + b"`\r\nend\r\n")


def as_is(octets):
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


# name: (Content-Transfer-Encoding or none, encoder, is any octet right?)
ENCODINGS = {
    "7bit": (b"7bit", as_is, False),
    "none": (None, as_is, False),
    "8bit": (b"8bit", lambda o: b"\xc3\xa1\r\n" + as_is(o), False),
    "binary": (b"binary", as_is, True),
    "base64": (b"base64", as_base64, True),
    "base64-short": (b"BASE64", lambda o: as_base64(o, 4), True),
    "quoted-printable": (b"quoted-printable", as_quoted, True),
    "quoted-lower": (b"Quoted-Printable",
                     lambda o: as_quoted(o).lower(), True),
    "uu-in-text": (None, lambda o: b"See:\r\n" + as_uu(o), True),
    "x-uuencode": (b"x-uuencode", as_uu, True),
}

# ---- mails -------------------------------------------------------------------------

HEAD = (b"From: mallory@example.org\r\nTo: alice@example.org\r\n"
        b"Subject: %s\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n"
        b"Message-ID: <%s@example.org>\r\nMIME-Version: 1.0\r\n")
TEXT = b"Content-Type: text/plain; charset=us-ascii\r\n\r\nHello.\r\n"


def as_part(kind, name, cte, body):
    """Header, empty line, body; without a name or encoding that is None."""
    head = b"Content-Type: " + kind.encode()
    if name:
        head += b'; name="%s"' % name.encode()
    head += b"\r\n"
    if cte:
        head += b"Content-Transfer-Encoding: " + cte + b"\r\n"
    return head + b"\r\n" + body


def part(encoding="base64", container="file", kind=None, name=True,
         octets=LINE):
    """A part with it."""
    cte, encode, _ = ENCODINGS[encoding]
    if encoding == "uu-in-text":
        kind, name = "text/plain", False
    return as_part(kind or TYPES[container],
                   NAMES[container] if name else None, cte,
                   encode(CONTAINERS[container](octets)))


def multipart(parts, kind=b"mixed", boundary=b"=b1", before=b"", after=b"",
              close=True):
    return (b"Content-Type: multipart/" + kind + b'; boundary="' + boundary +
            b'"\r\n\r\n' + before + b"".join(
                b"--" + boundary + b"\r\n" + p + b"\r\n" for p in parts) +
            (b"--" + boundary + b"--\r\n" if close else b"") + after)


def mail(body, name):
    return HEAD % (name.encode(), name.encode()) + body


def message(inner, name="inner"):
    return b"Content-Type: message/rfc822\r\n\r\n" + mail(inner, name)


def nested(inner, depth, boundary=b"=n%d"):
    for n in range(depth):
        inner = multipart([inner], boundary=boundary % n)
    return inner


PLACES = {
    "body": lambda p: p,
    "first": lambda p: multipart([p, TEXT]),
    "last": lambda p: multipart([TEXT, p]),
    "alternative": lambda p: multipart([TEXT, p], b"alternative"),
    "related": lambda p: multipart([multipart(
        [TEXT, p], b"related", b"=r")], b"alternative", b"=a"),
    "deep": lambda p: nested(p, 3),
    "deeper": lambda p: nested(p, 30),
    "attached": lambda p: multipart([TEXT, message(p)]),
    "attached-deep": lambda p: multipart([TEXT, message(multipart(
        [TEXT, message(multipart([TEXT, p], boundary=b"=i2"))],
        boundary=b"=i1"))]),
    "message": lambda p: message(multipart([TEXT, p], boundary=b"=m")),
    "unclosed": lambda p: multipart([TEXT, p], close=False),
    "preamble": lambda p: multipart([TEXT], before=b"--=no\r\n" + p),
    "epilogue": lambda p: multipart([TEXT], after=p),
    "behind-close": lambda p: multipart(
        [TEXT], after=b"--=b1\r\n" + p + b"\r\n--=b1--\r\n"),
    "digest": lambda p: multipart(
        [b"\r\n" + mail(p, "digested")], b"digest"),
}

_B64 = as_base64(LINE)
_QP = as_quoted(LINE)
_CTE = b"Content-Transfer-Encoding: "
_TWO = multipart([TEXT, part()])


def _with(head, body):
    return head + b"\r\n" + body


def _boundary(declared, used=b"=b1", more=b""):
    return (b"Content-Type: multipart/mixed; " + declared + b"\r\n" + more +
            b"\r\n" + b"--" + used + b"\r\n" + TEXT + b"\r\n--" + used +
            b"\r\n" + part() + b"\r\n--" + used + b"--\r\n")


# What readers read differently: each shows the file to one of them.
AMBIGUOUS = {
    "two-types-text-first": _with(
        b"Content-Type: text/plain\r\n"
        b'Content-Type: multipart/mixed; boundary="=b1"\r\n',
        _TWO.partition(b"\r\n\r\n")[2]),
    "two-types-multipart-first": _with(
        b'Content-Type: multipart/mixed; boundary="=b1"\r\n'
        b"Content-Type: text/plain\r\n", _TWO.partition(b"\r\n\r\n")[2]),
    "two-encodings": _with(_CTE + b"7bit\r\n" + _CTE + b"base64\r\n", _B64),
    "two-encodings-turned": _with(
        _CTE + b"base64\r\n" + _CTE + b"quoted-printable\r\n", _B64),
    "two-encodings-quoted": _with(
        _CTE + b"base64\r\n" + _CTE + b"quoted-printable\r\n", _QP),
    "encodings-in-a-list": _with(_CTE + b"base64, quoted-printable\r\n", _B64),
    "encodings-in-a-row": _with(_CTE + b"base64 7bit\r\n", _B64),
    "empty-encoding": _with(_CTE + b"\r\n" + _CTE + b"base64\r\n", _B64),
    "quoted-encoding": _with(_CTE + b'"base64"\r\n', _B64),
    "encoding-with-comment": _with(_CTE + b"(x) base64 (y)\r\n", _B64),
    "folded-encoding": _with(b"Content-Transfer-Encoding:\r\n base64\r\n",
                             _B64),
    "two-boundaries": _boundary(b'boundary="=b0"; boundary="=b1"'),
    "two-boundaries-turned": _boundary(b'boundary="=b1"; boundary="=b0"'),
    "boundary-in-pieces": _boundary(b'boundary*0="=b"; boundary*1="1"'),
    "boundary-both-ways": _boundary(b'boundary="=b0"; boundary*0="=b1"'),
    "boundary-with-charset": _boundary(b"boundary*=us-ascii''%3Db1"),
    "boundary-unquoted": _boundary(b"boundary==b1"),
    "boundary-open-quote": _boundary(b'boundary="=b1'),
    "boundary-in-comment": _boundary(b'(boundary="=b0") boundary="=b1"'),
    "boundary-with-blank": _boundary(b'boundary="=b1 "'),
    "boundary-folded": _boundary(b'\r\n\tboundary="=b1"'),
    "boundary-is-prefix": _boundary(b'boundary="=b"', b"=b1"),
    "no-boundary": _boundary(b"charset=utf-8"),
    "type-with-blank": b"Content-Type : multipart/mixed; boundary==b1\r\n\r\n"
    b"--=b1\r\n" + part() + b"\r\n--=b1--\r\n",
    "odd-case": _boundary(b'BOUNDARY="=b1"').replace(b"multipart/mixed",
                                                     b"MultiPart/Mixed"),
    "multipart-base64": _with(
        b'Content-Type: multipart/mixed; boundary="=b1"\r\n' + _CTE +
        b"base64\r\n", as_base64(b"--=b1\r\n" + part() + b"\r\n--=b1--\r\n")),
    "message-base64": _with(
        b"Content-Type: message/rfc822\r\n" + _CTE + b"base64\r\n",
        as_base64(mail(part(), "inner"))),
    "base64-with-junk": _with(_CTE + b"base64\r\n", re.sub(
        rb"(....)", rb"\1!", _B64[:-2]) + b"\r\n"),
    "base64-with-padding": _with(
        _CTE + b"base64\r\n", as_base64(LINE[:31]) + as_base64(LINE[31:])),
    "base64-behind-padding": _with(
        _CTE + b"base64\r\n", as_base64(b"hello, world.") + _B64),
    "base64-with-blank-lines": _with(
        _CTE + b"base64\r\n", re.sub(rb"(.{20})", rb"\1\r\n\r\n", _B64)),
    "base64-of-urls": _with(_CTE + b"base64\r\n", base64.urlsafe_b64encode(
        b"\xff\xfe\xfd" + LINE) + b"\r\n"),
    "base64-without-padding": _with(
        _CTE + b"base64\r\n", base64.b64encode(LINE + b"x").rstrip(b"=") +
        b"\r\n"),
    "quoted-with-blanks": _with(
        _CTE + b"quoted-printable\r\n",
        SIGNATURE[:20].replace(b"=", b"=3D") + b"= \t\r\n" +
        SIGNATURE[20:].replace(b"=", b"=3D") + b"\r\n"),
    "separator-with-blank": b"Content-Type: text/plain\r\n" + _CTE +
    b"base64\r\n \r\n\r\n" + _B64,
    "lone-cr-in-header": b"X-Odd: a\rContent-Type: text/plain\r\n" + _CTE +
    b"base64\r\n\r\n" + _B64,
    "lf-lines": part().replace(b"\r\n", b"\n"),
    "lf-multipart": _TWO.replace(b"\r\n", b"\n"),
    "header-without-colon": b"Nothing\r\n" + part(),
    "partial": _with(b"Content-Type: message/partial; id=a; number=1; "
                     b"total=2\r\n", mail(part(), "inner")),
}


def variants():
    """{name: mail}: each holds the file."""
    found_ = {}

    def put(name, body):
        found_[name] = mail(body, name)

    for e, (_, _, any_octet) in ENCODINGS.items():
        for c in CONTAINERS:
            if any_octet or c == "file":
                put(f"{e}/{c}/last", PLACES["last"](part(e, c)))
    for p in PLACES:
        for e, c in (("7bit", "file"), ("base64", "file"),
                     ("quoted-printable", "file"), ("base64", "zip")):
            put(f"{e}/{c}/{p}", PLACES[p](part(e, c)))
    for a, body in AMBIGUOUS.items():
        put(f"ambiguous/{a}", body)
    return found_


def clean():
    """{name: mail}: of the same shapes, without the file."""
    harmless = b"This file is as harmless as they come: nothing to find.\r\n"
    return {f"clean/{e}/{c}/{p}": mail(
        PLACES[p](part(e, c, octets=harmless)), f"clean-{e}-{c}-{p}")
        for e, c, p in (("7bit", "file", "body"), ("base64", "file", "last"),
                        ("base64", "zip", "first"),
                        ("quoted-printable", "file", "attached"),
                        ("base64", "gzip", "deep"))}
