"""An ICAP server that changes what it is shown: it answers each object with
200 and another body.  With EICAR in the object it says so in a field.

    icap = FakeIcap()           # on 127.0.0.1:icap.port, in threads
    icap.stop()
"""

import socketserver
import threading

from fakeclamd import EICAR

OPTIONS = (b"ICAP/1.0 200 OK\r\nMethods: RESPMOD\r\nISTag: \"1\"\r\n"
           b"Encapsulated: null-body=0\r\n\r\n")
INNER = b"HTTP/1.1 200 OK\r\n\r\n"


def chunks(octets):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(octets), octets)


class Session(socketserver.StreamRequestHandler):
    def head(self):
        """A request's first line and fields, or nothing."""
        lines = []
        for line in self.rfile:
            if line == b"\r\n":
                break
            lines.append(line)
        return lines

    def body(self):
        octets = b""
        while n := int(self.rfile.readline().split(b";")[0], 16):
            octets += self.rfile.read(n)
            self.rfile.readline()
        self.rfile.readline()
        return octets

    def respmod(self, fields):
        encapsulated = next(f for f in fields
                            if f.lower().startswith(b"encapsulated:"))
        self.rfile.read(int(encapsulated.rsplit(b"res-body=", 1)[1]))
        octets = self.body()
        found = b"X-Infection-Found: Type=0; Resolution=1; " \
            b"Threat=Fake.Eicar;\r\n" if EICAR in octets else b""
        self.wfile.write(
            b"ICAP/1.0 200 OK\r\nISTag: \"1\"\r\n" + found +
            b"Encapsulated: res-hdr=0, res-body=%d\r\n\r\n" % len(INNER) +
            INNER + chunks(b"Signed: " + octets))

    def handle(self):
        while lines := self.head():
            if lines[0].startswith(b"OPTIONS "):
                self.wfile.write(OPTIONS)
            else:
                self.respmod(lines[1:])


class FakeIcap(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()
