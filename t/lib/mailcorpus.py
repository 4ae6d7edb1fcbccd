"""Mails to try parsers on: (name, octets), the same each time.

    ordinary(n)     well-formed ones: trees, charsets, encodings, headers
    odd(n)          the same with what readers read differently
    packaged()      test data of Debian packages (t/packages, "unpack")

A name says how the mail came to be: "odd-17: two types, no close".
"""

import base64
import email.utils
import glob
import os
import quopri
import random

from rig import UNPACKED

CRLF = b"\r\n"

# ---- small pieces --------------------------------------------------------

WORDS = ("lorem ipsum dolor sit amet consectetur adipiscing elit sed do "
         "eiusmod tempor incididunt ut labore et dolore magna aliqua").split()
FOREIGN = {
    "utf-8": "Příliš žluťoučký kůň úpěl ďábelské ódy, ёлка 漢字 €",
    "iso-8859-2": "Příliš žluťoučký kůň",
    "windows-1250": "Příliš žluťoučký kůň „x“",
    "iso-8859-1": "Müller café naïve",
    "koi8-r": "привет мир",
    "iso-2022-jp": "日本語テキスト",
    "euc-jp": "日本語テキスト",
    "big5": "中文測試",
    "gb2312": "中文测试",
    "utf-16": "wide ž",
    "utf-7": "ž shifted",
    "us-ascii": "plain words",
}
TYPES = ["application/octet-stream", "application/pdf", "image/png",
         "image/jpeg", "audio/x-wav", "application/zip", "text/csv",
         "application/vnd.oasis.opendocument.text", "text/calendar",
         "application/ms-tnef", "application/pkcs7-mime", "video/mp4"]
MULTIS = ["mixed", "alternative", "related", "digest", "parallel", "report",
          "signed", "x-own"]


def fill_text(rng, lines):
    out = []
    for _ in range(lines):
        kind = rng.random()
        line = " ".join(rng.choices(WORDS, k=rng.randint(0, 12)))
        if kind < .05:
            line = "--" + line
        elif kind < .08:
            line = "From " + line
        elif kind < .1:
            line = "." + line
        elif kind < .12:
            line = ""
        elif kind < .14:
            line += " " * rng.randint(1, 3)
        out.append(line)
    return "\r\n".join(out) + ("\r\n" if rng.random() < .8 else "")


def encoded_word(rng):
    charset = rng.choice(["utf-8", "iso-8859-2", "iso-8859-1", "koi8-r",
                          "iso-2022-jp"])
    raw = FOREIGN[charset].encode(charset)[:30]
    if rng.random() < .5:
        text = base64.b64encode(raw).decode()
        return f"=?{charset}?B?{text}?="
    text = "".join(chr(c) if chr(c).isalnum() and c < 128 else f"={c:02X}"
                   for c in raw)
    return f"=?{charset}?Q?{text[:60]}?="


def phrase(rng):
    kind = rng.random()
    if kind < .35:
        return " ".join(w.title() for w in rng.choices(WORDS, k=2))
    if kind < .55:
        return '"' + ", ".join(rng.choices(WORDS, k=2)) + '"'
    if kind < .6:
        return '"say \\"' + rng.choice(WORDS) + '\\" \\\\"'
    if kind < .8:
        return encoded_word(rng)
    if kind < .85:
        return f"{rng.choice(WORDS)} B. {rng.choice(WORDS)}"
    if kind < .9:
        return f"{encoded_word(rng)} {encoded_word(rng)}"
    return rng.choice(WORDS)


def spec(rng):
    local = rng.choice([rng.choice(WORDS), ".".join(rng.choices(WORDS, k=2)),
                        rng.choice(WORDS) + "+tag", '"odd local"',
                        rng.choice(WORDS).upper()])
    domain = rng.choice(["example.org", "example.com", "[192.0.2.1]",
                         "sub.example.net", "localhost"])
    return f"{local}@{domain}"


def address(rng):
    kind = rng.random()
    if kind < .3:
        return spec(rng)
    if kind < .8:
        return f"{phrase(rng)} <{spec(rng)}>"
    if kind < .88:
        return f"{spec(rng)} ({' '.join(rng.choices(WORDS, k=2))})"
    if kind < .92:
        return f"<{spec(rng)}>"
    if kind < .95:
        return f"{rng.choice(WORDS)}: {spec(rng)}, {spec(rng)};"
    if kind < .97:
        return "undisclosed-recipients:;"
    return f"{phrase(rng)} <@relay.example,@two.example:{spec(rng)}>"


def addresses(rng, most=4):
    sep = ", " if rng.random() < .7 else ",\r\n\t"
    return sep.join(address(rng) for _ in range(rng.randint(1, most)))


def subject(rng):
    kind = rng.random()
    if kind < .4:
        return " ".join(rng.choices(WORDS, k=rng.randint(1, 8)))
    if kind < .7:
        return f"{encoded_word(rng)}\r\n {encoded_word(rng)}"
    if kind < .8:
        return 'Re: "quoted" \\ and (comment)'
    if kind < .85:
        return FOREIGN["utf-8"]
    if kind < .9:
        return "a  b\r\n   c\td "
    if kind < .95:
        return ""
    return "x" * rng.randint(80, 400)


def message_header(rng):
    when = email.utils.formatdate(rng.randint(0, 2_000_000_000))
    rows = [("From", addresses(rng, 2)), ("To", addresses(rng)),
            ("Subject", subject(rng)), ("Date", when),
            ("Message-ID", f"<{rng.random()}@example.org>")]
    more = [("Cc", addresses), ("Bcc", addresses), ("Reply-To", addresses),
            ("Sender", address),
            ("In-Reply-To", lambda r: f"<{r.random()}@x>\r\n <{r.random()}@y>"),
            ("References", lambda r: "<a@b>\r\n <c@d>"),
            ("Received", lambda r: "from a (b [192.0.2.7])\r\n\tby c"),
            ("X-Own", lambda r: "x" * r.randint(0, 300)),
            ("DKIM-Signature", lambda r: "v=1; a=b;\r\n\tb=abc=="),
            ("List-Id", lambda r: "<list.example.org>")]
    for name, make in more:
        if rng.random() < .3:
            rows.append((name, make(rng)))
    for i in range(len(rows)):
        if rng.random() < .05:
            rows[i] = None
    rows = [r for r in rows if r]
    rng.shuffle(rows)
    return rows


# ---- parts ------------------------------------------------------------------

class Part:
    """fields: [(name, value)]; either octets, or parts with a boundary, or a
    message."""

    def __init__(self):
        self.fields = []
        self.octets = b""
        self.parts = None
        self.boundary = None
        self.message = None
        self.preamble = self.epilogue = b""
        self.close = True
        self.end = CRLF			# behind the header
        self.after = b""		# behind each boundary

    def field(self, name, value):
        self.fields.append((name, value))

    def find(self, name):
        for i, f in enumerate(self.fields):
            if not isinstance(f, bytes) and f[0].lower() == name.lower():
                return i
        return None

    def header(self):
        out = b""
        for f in self.fields:
            if isinstance(f, bytes):
                out += f
            else:
                out += f"{f[0]}: {f[1]}\r\n".encode()
        return out + self.end

    def body(self):
        if self.message:
            return self.message.whole()
        if self.parts is None:
            return self.octets
        delimiter = b"--" + self.boundary
        out = self.preamble
        for part in self.parts:
            out += delimiter + self.after + CRLF + part.whole() + CRLF
        return out + (delimiter + b"--" if self.close else b"") + \
            self.epilogue

    def whole(self):
        return self.header() + self.body()

    def all(self):
        found = [self]
        for part in found:
            found += part.parts or []
            found += [part.message] if part.message else []
        return found


def file_name(rng):
    name = rng.choice(["report.pdf", "a b.txt", "photo.jpg", "x.tar.gz"])
    kind = rng.random()
    if kind < .4:
        return [("name", name)]
    if kind < .55:
        return [("name*", "utf-8''%C5%BElu%C5%A5.txt")]
    if kind < .75:
        return [("name*0", "long"), ("name*1", "er name.txt")]
    if kind < .85:
        return [("name*0*", "utf-8'cs'%C5%BE"), ("name*1", ".txt")]
    return [("name", encoded_word(rng))]


def params(rng, rows):
    sep = rng.choice(["; ", ";\r\n\t", ";\r\n "])
    out = ""
    for name, value in rows:
        token = all(c.isalnum() or c in "-_.+'%*" for c in value) and value
        out += sep + name + "=" + \
            (value if token and rng.random() < .6 else
             '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return out


def case(rng, s):
    kind = rng.random()
    return s.upper() if kind < .1 else s.title() if kind < .2 else s


def body_fields(rng, part, attachment):
    if attachment or rng.random() < .1:
        rows = [("file" + n, v) for n, v in file_name(rng)]
        if rng.random() < .2:
            rows.append(("size", "123"))
        part.field("Content-Disposition",
                   rng.choice(["attachment", "inline", "ATTACHMENT"]) +
                   params(rng, rows if rng.random() < .9 else []))
    for name, make in (
            ("Content-ID", lambda: f"<{rng.random()}@x>"),
            ("Content-Description", lambda: subject(rng)),
            ("Content-Language", lambda: rng.choice(["en", "cs, en-US"])),
            ("Content-Location", lambda: "http://example.org/x\r\n y"),
            ("Content-MD5", lambda: "Q2hlY2sgSW50ZWdyaXR5IQ==")):
        if rng.random() < .08:
            part.field(name, make())


def encode(rng, part, raw, can_be_plain):
    cte = rng.choice(["base64", "quoted-printable"] +
                     (["7bit", None] * 2 if can_be_plain else ["8bit"]))
    if cte:
        part.field("Content-Transfer-Encoding", case(rng, cte))
    if cte == "base64":
        raw = base64.encodebytes(raw).replace(b"\n", CRLF)
    elif cte == "quoted-printable":
        raw = quopri.encodestring(raw.replace(CRLF, b"\n"))
        raw = raw.replace(b"\n", CRLF)
    part.octets = raw


def text_part(rng, part):
    charset = rng.choice(list(FOREIGN))
    text = fill_text(rng, rng.randint(0, 12)) + FOREIGN[charset]
    subtype = rng.choice(["plain", "plain", "html", "enriched"])
    rows = [("charset", charset)]
    if rng.random() < .2:
        rows.append(("format", "flowed"))
    if rng.random() < .1:
        rows = []
    if rng.random() < .9:
        part.field("Content-Type", case(rng, "text/" + subtype) +
                   params(rng, rows))
    raw = text.encode(charset)
    plain = all(0 < c < 128 for c in raw)
    body_fields(rng, part, rng.random() < .1)
    if not plain and 0 in raw:
        part.field("Content-Transfer-Encoding", "base64")
        part.octets = base64.encodebytes(raw).replace(b"\n", CRLF)
    else:
        encode(rng, part, raw, plain)


def file_part(rng, part):
    raw = rng.randbytes(rng.choice([0, 1, 10, 300, 2000]))
    part.field("Content-Type", case(rng, rng.choice(TYPES)) +
               params(rng, file_name(rng) if rng.random() < .7 else []))
    part.field("Content-Transfer-Encoding", case(rng, "base64"))
    body_fields(rng, part, rng.random() < .8)
    part.octets = base64.encodebytes(raw).replace(b"\n", CRLF)


def uu_part(rng, part):
    part.field("Content-Type", "text/plain")
    lines = base64.binascii.b2a_uu(rng.randbytes(45)).decode().strip("\n")
    part.octets = (f"see below\r\n\r\nbegin 644 a.bin\r\n{lines}\r\n"
                   "`\r\nend\r\n").encode()


def multi_part(rng, part, depth):
    sub = rng.choice(MULTIS)
    part.boundary = rng.choice(
        ["b", "=_{}", "----=_NextPart_{}", "{} with blank", "a'()+_,-./:=?{}",
         "{}"]).format(rng.randint(0, 10**rng.randint(1, 15))).encode()
    rows = [("boundary", part.boundary.decode())]
    if sub == "report":
        rows.append(("report-type", "delivery-status"))
    if sub == "signed":
        rows += [("micalg", "pgp-sha256"),
                 ("protocol", "application/pgp-signature")]
    rng.shuffle(rows)
    part.field("Content-Type", case(rng, "multipart/" + sub) +
               params(rng, rows))
    body_fields(rng, part, False)
    part.preamble = rng.choice([b"", b"", b"This is MIME.\r\n", b"\r\n"])
    part.epilogue = rng.choice([b"", CRLF, CRLF, b"\r\nepilogue\r\n"])
    part.parts = [tree(rng, depth + 1, sub == "digest")
                  for _ in range(rng.choice([1, 2, 2, 3, 4]))]


def tree(rng, depth, digest=False):
    part = Part()
    kind = rng.random()
    if digest and kind < .8:
        part.message = whole_message(rng, depth + 1)
    elif depth < 4 and kind < (.55 if depth == 0 else .25):
        multi_part(rng, part, depth)
    elif depth < 4 and kind < .65 and depth > 0 and rng.random() < .4:
        part.field("Content-Type", "message/rfc822")
        body_fields(rng, part, rng.random() < .3)
        part.message = whole_message(rng, depth + 1)
    elif kind < .7:
        text_part(rng, part)
    elif kind < .72:
        uu_part(rng, part)
    elif kind < .75:
        part.field("Content-Type", "message/delivery-status")
        part.octets = b"Reporting-MTA: dns; x\r\n\r\nAction: failed\r\n"
    else:
        file_part(rng, part)
    return part


def whole_message(rng, depth=0):
    part = tree(rng, depth)
    head = message_header(rng)
    if rng.random() < .95:
        head.append(("MIME-Version", "1.0"))
    at = rng.randint(0, len(head))
    part.fields = head[:at] + part.fields + head[at:]
    return part


# ---- what readers read differently: name, what it does to a mail -----------

def some(rng, mail, having):
    found = [p for p in mail.all() if having(p)]
    return rng.choice(found) if found else mail


def raw_field(part, name, octets):
    """Put octets before a field, or at the end."""
    at = part.find(name)
    part.fields.insert(len(part.fields) if at is None else at, octets)


def change_field(part, name, change):
    """The field's value becomes change(value)."""
    at = part.find(name)
    if at is not None and not isinstance(part.fields[at], bytes):
        part.fields[at] = (part.fields[at][0], change(part.fields[at][1]))


def has(name):
    return lambda p: p.find(name) is not None


def multi(p):
    return bool(p.parts)


def leaf(p):
    return not p.parts and not p.message


ODD = []


def odd_kind(name):
    def add(f):
        ODD.append((name, f))
        return f
    return add


def odd_field(kind, name, *values):
    """A field with these octets before or behind the one that is there."""
    def change(rng, mail):
        part = some(rng, mail, has(name))
        octets = rng.choice(values)
        at = part.find(name)
        at = len(part.fields) if at is None else at + rng.randint(0, 1)
        part.fields.insert(at, octets)
    ODD.append((kind, change))


def odd_value(kind, name, *changes):
    """The field's value changed."""
    def change(rng, mail):
        change_field(some(rng, mail, has(name)), name, rng.choice(changes))
    ODD.append((kind, change))


odd_field("two types", "Content-Type", b"Content-Type: text/plain\r\n",
          b"Content-Type: multipart/mixed; boundary=b\r\n",
          b"Content-Type: application/x-foo; name=x.exe\r\n",
          b"Content-Type:\r\n", b"Content-Type: broken\r\n")
odd_field("two encodings", "Content-Transfer-Encoding",
          b"Content-Transfer-Encoding: base64\r\n",
          b"Content-Transfer-Encoding: 7bit\r\n",
          b"Content-Transfer-Encoding:\r\n",
          b"Content-Transfer-Encoding: x-junk\r\n")
odd_field("two dispositions", "Content-Disposition",
          b"Content-Disposition: inline\r\n",
          b"Content-Disposition: attachment; filename=second\r\n",
          b"Content-Disposition: \r\n")
odd_field("two languages", "Content-Language", b"Content-Language: fr\r\n",
          b"Content-Language: \r\n", b"Content-Language: en,,de; x\r\n")
odd_field("two ids", "Content-ID", b"Content-ID: <other>\r\n",
          b"Content-Description: another \r\n", b"Content-Location: \r\n")
odd_field("two subjects", "Subject", b"Subject: another\r\n",
          b"Subject:\r\n", b"Date: never\r\n", b"Message-ID: <x>\r\n")
odd_field("two recipients", "To", b"To: other@example.org\r\n", b"To:\r\n",
          b"From: x y\r\n", b"Cc: a@b, \r\n", b"Sender: \r\n")
odd_field("no colon", "Content-Type", b"this is no field\r\n",
          b"x\r\n", b"Content-Type text/html\r\n")
odd_field("blank line", "Content-Type", b" \r\n", b"\t\r\n", b"   \r\n")
odd_field("blank before colon", "Content-Type", b"X-Own : y\r\n",
          b"Subject : y\r\n", b"Content-Type : text/html\r\n",
          b"To\t: a@b\r\n")
odd_field("no name", "Content-Type", b": text/html\r\n", b" : x\r\n")
odd_field("hidden by CR", "Content-Type",
          b"X-Own: a\rContent-Transfer-Encoding: base64\r\n",
          b"Subject: a\rb\r\n", b"X: y\r\r\n", b"\r \r\n")
odd_field("8-bit header", "Subject", "X-Own: žluť\r\n".encode(),
          "Subject: žluť\r\n".encode(), b"Subject: \xe9\xff\r\n",
          "To: Žluť <a@b>\r\n".encode(), "To: žluť@b\r\n".encode(),
          "Content-Description: žluť\r\n".encode())
odd_field("long line", "Subject", b"X-Own: " + b"x" * 3000 + b"\r\n",
          b"To: " + b", ".join(b"a%d@b" % i for i in range(300)) + b"\r\n")
odd_field("mbox line", "From", b"From a@b Mon Jan  1\r\n",
          b">From a@b Mon Jan  1\r\n")
odd_value("encodings", "Content-Transfer-Encoding", lambda v: v + ", base64",
          lambda v: v + " x", lambda v: '"' + v + '"', lambda v: "(c)" + v,
          lambda v: v + " (c)", lambda v: v + ";", lambda v: "x-" + v,
          lambda v: "x-uuencode", lambda v: v[:3] + "\r\n " + v[3:])
odd_value("types", "Content-Type", lambda v: v.replace("/", " / "),
          lambda v: v.replace("/", ""), lambda v: "multi part/mixed",
          lambda v: v.replace(";", " x;", 1), lambda v: "(c)" + v,
          lambda v: "x-" + v, lambda v: v.replace(";", ",", 1),
          lambda v: v.split(";")[0].split("/")[0], lambda v: v + "; =x",
          lambda v: '"' + v.split(";")[0] + '"')
odd_value("parameters", "Content-Type", lambda v: v + ";", lambda v: v + ";;",
          lambda v: v + "; a=", lambda v: v + "; a; b=c",
          lambda v: v + "; a=b c; d=e", lambda v: v + ' (c); d="e',
          lambda v: v + '; a="b\\"c"', lambda v: v + '; a="b\r\n c"',
          lambda v: v + "; a=(x)b(y);c=d", lambda v: v + "; a = b ",
          lambda v: v + "; a*0=x; a*2=y", lambda v: v + "; a*1=x; a*0=y",
          lambda v: v + "; a*=utf-8''%41; a=b", lambda v: v + "; name=žluť",
          lambda v: v + '; name="=?utf-8?q?a?="', lambda v: v + "; a=b/c",
          lambda v: v.replace("; ", " ;; ", 1), lambda v: v + "; a=<b>; c=d")
odd_value("dispositions", "Content-Disposition",
          lambda v: v.replace(";", "", 1), lambda v: '"' + v,
          lambda v: "(c) " + v, lambda v: v + "; filename=a b.txt",
          lambda v: v + "; filename=x; filename=y", lambda v: "a/" + v,
          lambda v: v + '; x="a\\\\b"', lambda v: "", lambda v: v + ";")


@odd_kind("boundary twice")
def boundary_twice(rng, mail):
    other = rng.choice(["; boundary=other", "; boundary*0=other",
                        "; boundary*=us-ascii''other", "; Boundary=b"])
    part = some(rng, mail, multi)
    if rng.random() < .5:
        change_field(part, "Content-Type", lambda v: v + other)
    else:
        change_field(part, "Content-Type",
                     lambda v: v.replace(";", other + ";", 1))


@odd_kind("boundary in pieces")
def boundary_pieces(rng, mail):
    part = some(rng, mail, multi)
    if part.parts:
        b = part.boundary.decode()
        n = rng.randint(0, len(b))
        form = rng.choice(['boundary*0="{}"; boundary*1="{}"',
                           'boundary*1="{1}"; boundary*0="{0}"',
                           'boundary*0*=us-ascii\'\'{}; boundary*1="{}"',
                           'boundary*0="{}"; boundary*2="{}"'])
        at = part.find("Content-Type")
        part.fields[at] = ("Content-Type", "multipart/mixed; " +
                           form.format(b[:n], b[n:]))


@odd_kind("boundary without quotes")
def boundary_unquoted(rng, mail):
    part = some(rng, mail, multi)
    if part.parts:
        b = part.boundary.decode()
        form = rng.choice(["boundary={}", 'boundary="{}', "boundary='{}'",
                           "boundary = {}", 'boundary=\r\n "{}"',
                           'boundary="{}" (x)', "boundary=(x){}",
                           'boundary="{} "', 'boundary="\\{}"',
                           "boundary={};"])
        at = part.find("Content-Type")
        part.fields[at] = ("Content-Type", "multipart/mixed; " +
                           form.format(b))


@odd_kind("strange boundary")
def strange_boundary(rng, mail):
    part = some(rng, mail, multi)
    if part.parts:
        part.boundary = rng.choice([b"", b" ", b"--", b"b--", b"x" * 71,
                                    b"y" * 80, b"z" * 81, b"w" * 200,
                                    b"a\tb", b"-", b"b "])
        at = part.find("Content-Type")
        part.fields[at] = ("Content-Type", 'multipart/mixed; boundary="' +
                           part.boundary.decode() + '"')


@odd_kind("boundary like its parent's")
def boundary_prefix(rng, mail):
    inner = [p for p in mail.all() if p.parts and
             any(q.parts for q in p.parts)]
    if inner:
        part = rng.choice(inner)
        child = rng.choice([q for q in part.parts if q.parts])
        child.boundary = rng.choice([part.boundary, part.boundary + b"x",
                                     part.boundary[:-1] or b"q",
                                     part.boundary + b"--"])
        at = child.find("Content-Type")
        child.fields[at] = ("Content-Type", 'multipart/mixed; boundary="' +
                            child.boundary.decode() + '"')


@odd_kind("no close")
def no_close(rng, mail):
    some(rng, mail, multi).close = False


@odd_kind("more behind boundaries")
def behind_boundary(rng, mail):
    some(rng, mail, multi).after = rng.choice(
        [b" ", b"\t ", b"x", b" --", b"-", b"\x0b", b" text behind"])


@odd_kind("parts behind the close")
def behind_close(rng, mail):
    part = some(rng, mail, multi)
    if part.parts:
        part.epilogue = CRLF + b"--" + part.boundary + CRLF + \
            b"Content-Type: text/html\r\n\r\nhidden\r\n--" + \
            part.boundary + b"--" + CRLF


@odd_kind("parts in the preamble")
def in_preamble(rng, mail):
    some(rng, mail, multi).preamble = rng.choice(
        [b"--other\r\nContent-Type: text/html\r\n\r\nhidden\r\n--other--\r\n",
         b"Content-Type: text/html\r\n\r\nhidden\r\n",
         b"no line end, then a boundary: "])


@odd_kind("no parts")
def no_parts(rng, mail):
    part = some(rng, mail, multi)
    if part.parts:
        part.parts = []
        part.close = rng.random() < .5


@odd_kind("header without end")
def header_open(rng, mail):
    part = some(rng, mail, lambda p: True)
    part.end = b""
    if rng.random() < .5:
        part.octets = b""


@odd_kind("encoded composite")
def encoded_composite(rng, mail):
    part = some(rng, mail, lambda p: p.parts or p.message)
    part.field("Content-Transfer-Encoding",
               rng.choice(["base64", "quoted-printable", "x-gzip64"]))


@odd_kind("line ends")
def line_ends(rng, mail):
    part = some(rng, mail, leaf)
    part.octets = part.octets.replace(
        CRLF, rng.choice([b"\n", b"\r", b"\r\r\n", b"\n\r\n"]), 3)


@odd_kind("controls in the body")
def controls(rng, mail):
    part = some(rng, mail, leaf)
    part.octets += rng.choice([b"\x00", b"\x01\x02", b"\x0c", b"\x1b$B",
                               b"\xff\xfe", b"x" * 5000])


@odd_kind("mail cut")
def cut(rng, mail):
    part = some(rng, mail, leaf)
    part.octets = part.octets[:rng.randint(0, len(part.octets))]


BAD_ADDRESSES = [
    "foo", "Foo Bar", "foo@", "@foo", "<>", "Foo <", "Foo <a@b", "a@b,, c@d",
    "group: a@b", "group:;, x@y", "a@b; c@d", "<@r1,@r2:a@b>", "<@r1>",
    '"a b"@c', "a@[1.2.3.4]", "a b@c.d, x@y", "a@b (x (y) z)", "a@b ()",
    '"open <a@b>', '"" <a@b>', "Foo [x] <a@b>, c@d",
    "Foo <a@b> Bar, c@d", "a:b:c@d;", "<a@b>,<c@d>,", "()", ",", "a@b.",
    'Foo "Bar" baz <a@b>', "a@b(c), d@e (f)", "(c) Foo (d) <a@b> (e)",
    "Foo <a@b c>, d@e", "Foo@Bar <a@b>", "'Foo, Bar' <a@b>", "a@@b, c@d",
    "=?utf-8?q?a,b?= <c@d>", "Foo <mailto:a@b>", "mailto:a@b", ";", ":",
    "a <b@c>; d <e@f>", '"a\\"b" <c@d>', "a.b.@c", ".a@b", "a..b@c",
]


@odd_kind("bad addresses")
def bad_addresses(rng, mail):
    name = rng.choice(["From", "To", "Cc", "Sender", "Reply-To"])
    mail.fields = [f for f in mail.fields if isinstance(f, bytes) or
                   f[0] != name]
    mail.field(name, rng.choice([", ", ",\r\n "]).join(
        rng.choices(BAD_ADDRESSES, k=rng.choice([1, 1, 2, 3]))))


# ---- what others call ----------------------------------------------------------

def ordinary(count, seed=1):
    for n in range(count):
        rng = random.Random(seed * 1_000_000 + n)
        yield f"ordinary-{n}", whole_message(rng).whole()


def odd(count, seed=2):
    """Each has one to three oddities; the first goes through them in turn."""
    for n in range(count):
        rng = random.Random(seed * 1_000_000 + n)
        kinds = [ODD[n % len(ODD)]] + rng.choices(
            ODD, k=rng.choice([0, 0, 1, 2]))
        mail = whole_message(rng)
        for _, change in kinds:
            change(rng, mail)
        yield f"odd-{n}: " + ", ".join(k for k, _ in kinds), mail.whole()


# Where packages keep mails, below build/unpacked.
PACKAGED = [
    "libpython3.11-testsuite/usr/lib/python3.11/test/test_email/data/msg_*",
    "python3-flufl.bounce/usr/lib/python3/dist-packages/flufl/bounce/tests/"
    "data/*.txt",
    "golang-github-jhillyerd-enmime-dev/usr/share/gocode/src/github.com/"
    "jhillyerd/enmime/testdata/**/*.raw",
    "libmime-explode-perl/usr/share/doc/libmime-explode-perl/examples/testmsgs/*",
]


def packaged():
    """Line ends are made CRLF.  At least 200, or their packages are not
    there."""
    found = []
    for pattern in PACKAGED:
        for path in sorted(glob.glob(os.path.join(UNPACKED, pattern),
                                     recursive=True)):
            with open(path, "rb") as f:
                octets = f.read().replace(CRLF, b"\n").replace(b"\n", CRLF)
            if octets:
                found.append((os.path.relpath(path, UNPACKED), octets))
    return found
