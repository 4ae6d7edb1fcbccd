"""What a mail is made of, by an independent reader: Python's email package.

    whole = Parts(octets)
    for p in whole.rows: p.number, p.kind, p.body, p.fields, p.decoded
"""

import email
import email.policy
import re


def fields_of(octets):
    """[(name in lower case, value without folds)] of a header."""
    text = email.message_from_bytes(octets, policy=email.policy.compat32)
    return _fields(text)


def _fields(message):
    return [(n.lower(), re.sub(r"\s+", " ", str(v)).strip())
            for n, v in message._headers]


def octets_of(text):
    return text.encode("ascii", "surrogateescape")


class Part:
    """number: as IMAP counts.  kind: "text/plain".  body: its octets as they
    stand, None of what holds others; decoded: without their encoding.
    inner: fields of the mail in it, None of other parts."""

    def __init__(self, number, message):
        self.number, self.message = number, message
        self.kind = message.get_content_type()
        self.multipart = self.kind.startswith("multipart/") and \
            message.is_multipart()
        self.holds_mail = self.kind == "message/rfc822" and \
            message.is_multipart()
        self.leaf = not message.is_multipart()
        self.fields = _fields(message)
        self.inner = _fields(message.get_payload(0)) if self.holds_mail \
            else None
        self.cte = str(message.get("content-transfer-encoding",
                                   "7bit")).strip().lower()
        self.body = octets_of(message._payload or "") if self.leaf else None
        self.defects = message.defects

    @property
    def decoded(self):
        return self.message.get_payload(decode=True) if self.leaf else None


class Parts:
    def __init__(self, octets):
        self.octets = octets
        self.message = email.message_from_bytes(
            octets, policy=email.policy.compat32)
        self.rows = []
        self._mail(self.message, "")

    def _mail(self, message, prefix):
        """Parts of a mail whose number is prefix."""
        if message.get_content_maintype() == "multipart" and \
                message.is_multipart():
            self._children(message, prefix)
        else:
            self._add(prefix + "1", message)

    def _children(self, message, prefix):
        for n, child in enumerate(message.get_payload(), 1):
            self._add(f"{prefix}{n}", child)

    def _add(self, number, message):
        part = Part(number, message)
        self.rows.append(part)
        if part.multipart:
            self._children(message, number + ".")
        elif part.holds_mail:
            self._mail(message.get_payload(0), number + ".")

    @property
    def well_formed(self):
        """Nothing in it that readers may differ about."""
        mails = [self.message] + [p.message.get_payload(0) for p in self.rows
                                  if p.holds_mail]
        return not any(p.defects for p in self.rows) and \
            not any(m.defects or "mime-version" not in m for m in mails)


def header_fields(header):
    """[(name, its octets with folds)] of a header's octets."""
    return [(m.group(1).strip().lower(), m.group(0)) for m in re.finditer(
        rb"^([^\s:][^:\r\n]*):.*\r\n(?:[ \t].*\r\n)*", header, re.M)]
