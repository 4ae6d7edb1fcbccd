"""A name server on loopback that says what a test wants it to.

    dns = Dns({"a.test": ["127.0.0.1", "::1"], "gone.test": NXDOMAIN})
    dns.address                       # "127.0.0.1:PORT"
    dns.zone["a.test"] = SILENT       # from now on
    dns.asked                         # [(name, "A" or "AAAA"), ...] so far
"""

import ipaddress
import socket
import struct
import threading

NXDOMAIN, SERVFAIL, SILENT = "nxdomain", "servfail", "silent"
TYPES = {1: "A", 28: "AAAA"}


class Dns:
    """A name that is not in the zone does not exist."""

    def __init__(self, zone, ttl=60):
        self.zone, self.ttl, self.asked = dict(zone), ttl, []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.sock.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            question, peer = self.sock.recvfrom(512)
            answer = self._answer(question)
            if answer:
                self.sock.sendto(answer, peer)

    def _answer(self, m):
        name, at = [], 12
        while m[at]:
            name.append(m[at + 1:at + 1 + m[at]].decode().lower())
            at += 1 + m[at]
        kind = TYPES.get(struct.unpack_from(">H", m, at + 1)[0])
        name = ".".join(name)
        self.asked.append((name, kind))
        known = self.zone.get(name, NXDOMAIN)
        # a family of its own: {"A": SILENT, "AAAA": []}
        if isinstance(known, dict):
            known = known.get(kind, [])
        if known == SILENT:
            return None
        code = 3 if known == NXDOMAIN else 2 if known == SERVFAIL else 0
        records = [] if code else [
            a.packed for a in map(ipaddress.ip_address, known)
            if (a.version == 4) == (kind == "A")]
        head = m[:2] + struct.pack(">BBHHHH", 0x85, code, 1, len(records),
                                   0, 0)
        return head + m[12:at + 5] + b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", 1 if kind == "A" else 28, 1,
                                      self.ttl, len(r)) + r for r in records)
