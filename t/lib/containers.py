"""Files packed as only some programs unpack them, and transfer encodings that
few mail programs know: each with the way back, for a reader that looks for a
file in octets.  What Python's library has is not here.
"""

import binascii
import io
import lzma
import re
import struct
import zipfile
import zlib

PASSWORD = b"infected"
_DATE = (2026, 1, 5, 10, 0, 0)


def zipped(members, how=zipfile.ZIP_DEFLATED):
    """{name: octets} as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as z:
        for name, octets in members.items():
            z.writestr(zipfile.ZipInfo(name, _DATE), octets, how)
    return out.getvalue()


# ---- a zip with a password: PKWARE's old cipher ----------------------------

_CRC = [0] * 256
for _n in range(256):
    _c = _n
    for _ in range(8):
        _c = _c >> 1 ^ 0xEDB88320 * (_c & 1)
    _CRC[_n] = _c


def _enciphered(octets, password):
    keys = [0x12345678, 0x23456789, 0x34567890]

    def stir(c):
        keys[0] = keys[0] >> 8 ^ _CRC[(keys[0] ^ c) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ _CRC[(keys[2] ^ keys[1] >> 24) & 255]

    for c in password:
        stir(c)
    out = bytearray()
    for c in octets:
        k = keys[2] | 2
        out.append(c ^ (k * (k ^ 1) >> 8 & 255))
        stir(c)
    return bytes(out)


def encrypted_zip(octets, name=b"a.dat"):
    crc = zlib.crc32(octets)
    data = _enciphered(b"elevenbytes" + bytes([crc >> 24]) + octets, PASSWORD)
    row = struct.pack("<HHHHHLLLHH", 20, 1, 0, 0x5000, 0x5C25, crc, len(data),
                      len(octets), len(name), 0)
    local = b"PK\x03\x04" + row + name + data
    central = b"PK\x01\x02" + struct.pack("<H", 20) + row + struct.pack(
        "<HHHLL", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\x05\x06" + struct.pack(
        "<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)


def decrypted(text, at):
    """Members of the encrypted zip whose first header stands at at."""
    end = text.find(b"PK\x05\x06", at)
    if end < 0 or not text[at + 6] & 1:
        return
    try:
        with zipfile.ZipFile(io.BytesIO(text[at:end + 22])) as z:
            for name in z.namelist():
                yield z.read(name, PASSWORD)
    except (zipfile.BadZipFile, RuntimeError, zlib.error, OSError):
        pass


# ---- 7z ----------------------------------------------------------------------

def _seven_zip_header(packed, octets, coder, name):
    def size(n):
        return b"\xc0" + struct.pack("<H", n)
    text = name.encode("utf-16-le") + b"\0\0"
    return (b"\x01\x04\x06\0\x01\x09" + size(len(packed)) +
            b"\0\x07\x0b\x01\0\x01" + coder + b"\x0c" + size(len(octets)) +
            b"\0\x08\x0a\x01" + struct.pack("<L", zlib.crc32(octets)) +
            b"\0\0\x05\x01\x11" + bytes([len(text) + 1]) + b"\0" + text +
            b"\0\0")


_DEFLATE = b"\x03\x04\x01\x08"          # a coder's number, and its properties
_LZMA = b"\x23\x03\x01\x01\5\x5d" + struct.pack("<L", 1 << 16)
_LZMA_FILTER = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}


def _seven_zip(packed, octets, coder, name="a.dat"):
    header = _seven_zip_header(packed, octets, coder, name)
    start = struct.pack("<QQL", len(packed), len(header), zlib.crc32(header))
    return (b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) +
            start + packed + header)


def seven_zip(octets):
    """Of one member, of less than 64 KB."""
    return _seven_zip(lzma.compress(octets, lzma.FORMAT_RAW,
                                    filters=[_LZMA_FILTER]), octets, _LZMA)


def deflated_seven_zip(octets):
    """The same in a method that clamd's 7z does not know."""
    deflate = zlib.compressobj(9, wbits=-15)
    return _seven_zip(deflate.compress(octets) + deflate.flush(), octets,
                      _DEFLATE)


# ---- what office programs make -----------------------------------------------

def tnef(octets, name=b"a.dat\0"):
    """winmail.dat with a file."""
    def row(level, number, data):
        return struct.pack("<BLL", level, number, len(data)) + data + \
            struct.pack("<H", sum(data) & 0xFFFF)
    return (struct.pack("<LH", 0x223E9F78, 1) +
            row(1, 0x00089006, struct.pack("<L", 0x10000)) +
            row(1, 0x00069007, struct.pack("<LL", 1252, 0)) +
            row(1, 0x00078008, b"IPM.Microsoft Mail.Note\0") +
            row(2, 0x00069002, struct.pack("<HLHHL", 1, 0xFFFFFFFF, 32, 32,
                                           0)) +
            row(2, 0x00018010, name) + row(2, 0x0006800F, octets))


def docx(octets):
    """A document with a file in it."""
    kinds = "application/vnd.openxmlformats-"
    about = "http://schemas.openxmlformats.org/"
    return zipped({
        "[Content_Types].xml":
            f'<Types xmlns="{about}package/2006/content-types">'
            f'<Default Extension="rels" ContentType="{kinds}package.'
            'relationships+xml"/><Default Extension="bin" ContentType="'
            f'{kinds}officedocument.oleObject"/><Override PartName='
            f'"/word/document.xml" ContentType="{kinds}officedocument.'
            'wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels":
            f'<Relationships xmlns="{about}package/2006/relationships">'
            f'<Relationship Id="r1" Type="{about}officeDocument/2006/'
            'relationships/officeDocument" Target="word/document.xml"/>'
            '</Relationships>',
        "word/document.xml":
            f'<w:document xmlns:w="{about}wordprocessingml/2006/main">'
            '<w:body><w:p><w:r><w:t>Hello.</w:t></w:r></w:p></w:body>'
            '</w:document>',
        "word/embeddings/oleObject1.bin": octets})


def pdf(octets):
    """With a file attached, deflated."""
    packed = zlib.compress(octets)
    rows = [b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names"
            b"[(a.dat) 4 0 R]>>>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
            b"<</Type/Filespec/F(a.dat)/EF<</F 5 0 R>>>>",
            b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>stream\n"
            % len(packed) + packed + b"\nendstream"]
    out, places = b"%PDF-1.7\n", []
    for n, row in enumerate(rows, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % n + row + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % at for at in places)
    return (out + b"xref\n0 6\n0000000000 65535 f \n" + table +
            b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
            % len(out))


# ---- transfer encodings -------------------------------------------------------

def as_yenc(octets, name=b"a.dat"):
    out, column = bytearray(), 0
    for c in octets:
        c = c + 42 & 255
        if c in b"\0\r\n=." or c in b"\t ":
            out += bytes([0x3D, c + 64 & 255])
            column += 1
        else:
            out.append(c)
        column += 1
        if column >= 128:
            out += b"\r\n"
            column = 0
    return (b"=ybegin line=128 size=%d name=" % len(octets) + name + b"\r\n" +
            bytes(out) + b"\r\n=yend size=%d crc32=%08x\r\n" % (
                len(octets), zlib.crc32(octets)))


_YENC = re.compile(rb"^=ybegin [^\n]*\n(.*?)^=yend", re.M | re.S)
_ESCAPED = re.compile(rb"=(.)", re.S)


def from_yenc(text):
    for m in _YENC.finditer(text):
        body = re.sub(rb"[\r\n]", b"", m.group(1))
        body = _ESCAPED.sub(lambda e: bytes([e.group(1)[0] - 64 & 255]), body)
        yield bytes(c - 42 & 255 for c in body)


_DIGITS = (b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklm"
           b"pqr")
_VALUES = {c: n for n, c in enumerate(_DIGITS)}
_BINHEX = re.compile(rb"\(This file must be converted with BinHex[^\n]*\n\s*:"
                     rb"([^:]*)")


def _sextets(octets):
    bits = int.from_bytes(octets, "big") << -len(octets) * 8 % 6
    return bytes(bits >> shift & 63 for shift in
                 range((len(octets) * 8 + 5) // 6 * 6 - 6, -1, -6))


def as_binhex(octets, name=b"a.dat", runs=None):
    """runs: the data fork instead, packed as it is."""
    head = bytes([len(name)]) + name + b"\0TEXT????" + struct.pack(
        ">HLL", 0, len(octets) if runs is None else 0xFFFFFFFF, 0)
    out = b"".join(fork + struct.pack(">H", binascii.crc_hqx(fork, 0))
                   for fork in (head, octets, b""))
    if runs is None:
        out = out.replace(b"\x90", b"\x90\0")
    else:
        out = head + b"\0\0" + runs
    text = b":" + bytes(_DIGITS[n] for n in _sextets(out)) + b":"
    return (b"(This file must be converted with BinHex 4.0)\r\n\r\n" +
            b"".join(text[i:i + 64] + b"\r\n"
                     for i in range(0, len(text), 64)))


def from_binhex(text):
    for m in _BINHEX.finditer(text):
        values = [_VALUES[c] for c in m.group(1) if c in _VALUES]
        bits = 0
        for v in values:
            bits = bits << 6 | v
        n = len(values) * 6 // 8
        out = (bits >> len(values) * 6 - n * 8).to_bytes(n, "big")
        yield out.replace(b"\x90\0", b"\x90")


# ---- the way back -----------------------------------------------------------------

def opened(text):
    """What each of these containers in it holds."""
    for m in re.finditer(rb"PK\x03\x04", text):
        yield from decrypted(text, m.start())
    for m in re.finditer(b"7z\xbc\xaf\x27\x1c\0", text):
        packed = text[m.start() + 32:]
        yield _inflated(packed, -15)
        yield _expanded(packed)
    for m in re.finditer(rb"FlateDecode.*?stream\r?\n", text):
        yield _inflated(text[m.end():], 15)


def _expanded(octets):
    try:
        return lzma.LZMADecompressor(
            lzma.FORMAT_RAW, filters=[_LZMA_FILTER]).decompress(octets, 1 << 20)
    except lzma.LZMAError:
        return b""


def _inflated(octets, bits):
    try:
        return zlib.decompressobj(bits).decompress(octets, 1 << 22)
    except zlib.error:
        return b""
