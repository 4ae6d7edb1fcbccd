#!/usr/bin/python3
"""traffic-shaping of an engine: what is sent to a scanner carries its class."""

import os
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import USER, Place, done, same                  # noqa: E402
from scanning import NOTHING                             # noqa: E402

IP_PKTOPTIONS = 9
LEG = "clear/clear"


class Scanner:
    """Takes what clamd would, says that it is clean, and keeps the TOS octet
    that each connection's packets had."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(16)
        self.port = self.sock.getsockname()[1]
        self.tos = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            conn, _ = self.sock.accept()
            threading.Thread(target=self._serve, args=(conn,),
                             daemon=True).start()

    def _serve(self, conn):
        number, got = 0, b""
        while data := conn.recv(65536):
            got += data
            # a chunk of no octets ends what is to be scanned
            while (end := got.find(b"\0\0\0\0")) >= 0:
                got, number = got[end + 4:], number + 1
                options = conn.getsockopt(socket.IPPROTO_IP, IP_PKTOPTIONS,
                                          256)
                _, level, kind, tos = struct.unpack_from("@Niii", options)
                if (level, kind) == (socket.IPPROTO_IP, socket.IP_TOS):
                    self.tos.append(tos & 0xff)
                conn.sendall(b"%d: stream: OK\0" % number)


def classes(name, shaping):
    """TOS octets of what was sent to the scanner for one mail."""
    scanner = Scanner()
    proxy = Proxy(place, server, name=name, combinations=(LEG,),
                  top=f"""spool {{ dir = "{spool}" }}
antivirus "av" {{ connection = {{"127.0.0.1:{scanner.port}"}}  {shaping} }}
""", command='use-antivirus = {"av"}', scanning=NOTHING)
    box = proxy.connect(LEG, "u")
    box.select("INBOX")
    box.fetch("1", "(BODY.PEEK[])")
    box.logout()
    proxy.stop()
    return sorted(set(scanner.tos))


place = Place("scan-shaping")
server = Dovecot(place)
spool = place.folder("spool", 0o755, USER)
box = mails.connect(server.port, "u")
box.append("INBOX", None, None, b"Subject: x\r\n\r\ntext\r\n")
box.logout()
same(classes("none", ""), [0], "without it nothing is marked")
same(classes("ef", "traffic-shaping { dscp = ef }"), [46 << 2],
     "dscp = ef is what a scanner's packets have")
same(classes("cs1", "traffic-shaping { dscp = cs1  priority = 1 }"),
     [8 << 2], "and so is cs1, beside a priority")
done()
