"""An ICAP server that brings back what it is shown, signed: it answers each
object with 200 and another body.  It has one method.  With EICAR in the object
it says so in a field, by RESPMOD; by REQMOD a page comes in its place.

    icap = FakeIcap()           # on 127.0.0.1:icap.port, in threads
    icap = FakeIcap("REQMOD", sign=b"")     # objects come back as they were
    icap.stop()

And the way to another ICAP server, on which its RESPMOD is not told: for those
that always have both methods.

    way = OnlyReqmod(server.port)           # at way.port
    way.stop()
"""

import socket
import socketserver
import threading

from fakeclamd import EICAR

OPTIONS = (b"ICAP/1.0 200 OK\r\nMethods: %s\r\nISTag: \"1\"\r\n"
           b"Encapsulated: null-body=0\r\n\r\n")
NOT_THIS = b"ICAP/1.0 405 Method Not Allowed For Service\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\n\r\n"
PAGE = b"HTTP/1.1 403 Forbidden\r\n\r\n"
FOUND = b"X-Infection-Found: Type=0; Resolution=1; Threat=Fake.Eicar;\r\n"


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

    def shown(self, fields):
        """The HTTP heads of a request, and the object."""
        encapsulated = next(f for f in fields
                            if f.lower().startswith(b"encapsulated:"))
        inner = self.rfile.read(int(encapsulated.rsplit(b"-body=", 1)[1]))
        return inner, self.body()

    def answer(self, kind, inner, octets, fields=b""):
        self.wfile.write(
            b"ICAP/1.0 200 OK\r\nISTag: \"1\"\r\n" + fields +
            b"Encapsulated: %s-hdr=0, %s-body=%d\r\n\r\n" %
            (kind, kind, len(inner)) + inner + chunks(octets))

    def respmod(self, _, octets):
        self.answer(b"res", RESPONSE, self.server.sign + octets,
                    FOUND if EICAR in octets else b"")

    def reqmod(self, request, octets):
        if EICAR in octets:
            self.answer(b"res", PAGE, b"No.")
        else:
            self.answer(b"req", request, self.server.sign + octets)

    def handle(self):
        method = self.server.method
        while lines := self.head():
            asked = lines[0].split(b" ")[0].decode()
            if asked == "OPTIONS":
                self.wfile.write(OPTIONS % method.encode())
                continue
            shown = self.shown(lines[1:])
            if asked != method:
                self.wfile.write(NOT_THIS)
            elif method == "RESPMOD":
                self.respmod(*shown)
            else:
                self.reqmod(*shown)


class Relay(socketserver.StreamRequestHandler):
    def handle(self):
        with socket.create_connection(("127.0.0.1", self.server.behind)) as s:
            threading.Thread(target=carry, args=(self.request.recv, s),
                             daemon=True).start()
            with s.makefile("rb") as answers:
                for line in answers:
                    if line.startswith(b"Methods:"):
                        line = b"Methods: REQMOD\r\n"
                    self.wfile.write(line)
                    if line == b"\r\n":
                        break
                carry(answers.read1, self.request)


def carry(read, sink):
    """Octets, to their end or until either side has gone."""
    try:
        while octets := read(65536):
            sink.sendall(octets)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class FakeIcap(Threads):
    def __init__(self, method="RESPMOD", sign=b"Signed: "):
        self.method, self.sign = method, sign
        super().__init__(Session)


class OnlyReqmod(Threads):
    def __init__(self, port):
        self.behind = port
        super().__init__(Relay)
