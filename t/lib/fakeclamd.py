#!/usr/bin/python3
"""A stand-in for clamd: finds EICAR in what it is sent, decoding nothing.

    fakeclamd.py [-t PORT] [-m FILE] [-l FILE] SOCKET [MODE...]

listens on SOCKET (a Unix socket, mode 666) and, with -t, on a port of
127.0.0.1; prints "ready" once it does.  It knows PING, VERSION, IDSESSION,
END, INSTREAM and FILDES, with z before them.  What it finds is called
Fake.Eicar.  Each object is a line in the file of -l: "INSTREAM 68 FOUND".

Modes are how it misbehaves; those in the file of -m, if it exists, hold
instead and are read anew for each object.

    delay=SECONDS   answers late             silent        never answers
    cut=OCTETS      sends so many octets of its answer and closes
    reset           takes the object, then resets the connection
    refuse          closes at the first octet of a question
    twice           answers twice            early         answers before END
    say=TEXT        answers TEXT ("_" is a blank): "say=stream:_OK" lies
    raw=TEXT        the same without the question's number
    limit=OCTETS    StreamMaxLength, 25 MB
    version=TEXT    what VERSION says
    long=OCTETS     an answer of so many octets

In a test:

    clamd = FakeClamd(place, "delay=2")     # below a rig.Place
    clamd.path, clamd.mode("twice"), clamd.objects(), clamd.stop()
"""

import argparse
import os
import re
import socket
import struct
import sys
import threading
import time

# In two pieces, so that this file is none.
EICAR = (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" +
         rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
NAME = "Fake.Eicar"
LIMIT = 25 << 20


class Gone(Exception):
    """The other side, or we, have closed."""


class Session:
    def __init__(self, conn, fake):
        self.conn, self.fake = conn, fake
        self.data, self.fds = b"", []
        self.number, self.in_session = 0, False

    # ---- octets

    def fill(self):
        data, fds, _, _ = socket.recv_fds(self.conn, 65536, 8)
        self.fds += fds
        if not data:
            raise Gone
        self.data += data

    def take(self, n):
        while len(self.data) < n:
            self.fill()
        data, self.data = self.data[:n], self.data[n:]
        return data

    def command(self):
        while b"\0" not in self.data and b"\n" not in self.data:
            self.fill()
        word, self.data = re.split(rb"[\0\n]", self.data, maxsplit=1)
        return word.lstrip(b"zn").decode("latin-1")

    def answer(self, text, raw=False, times=1):
        """So many times in one write: nobody sees the first alone."""
        if self.in_session and not raw:
            text = f"{self.number}: {text}"
        self.conn.sendall((text.encode("latin-1") + b"\0") * times)

    # ---- objects

    def stream(self, mode):
        """The object; None: it was too large, as was said."""
        limit, octets = int(mode.get("limit", LIMIT)), []
        while True:
            n = struct.unpack(">I", self.take(4))[0]
            if n == 0:
                return b"".join(octets)
            octets.append(self.take(n))
            if "early" in mode:
                self.judge(b"", mode, "INSTREAM")
                time.sleep(0.2)
                raise Gone
            if sum(map(len, octets)) > limit:
                self.answer("INSTREAM size limit exceeded. ERROR")
                raise Gone

    def passed(self):
        """The octets of the descriptor that comes with the next octet."""
        while not self.fds or not self.data:
            self.fill()
        self.take(1)
        fd = self.fds.pop(0)
        try:
            octets, at = b"", 0
            while True:
                piece = os.pread(fd, 1 << 20, at)
                if not piece:
                    return octets
                octets, at = octets + piece, at + len(piece)
        finally:
            os.close(fd)

    def judge(self, octets, mode, how):
        found = EICAR in octets
        self.fake.note(how, octets, found)
        if "silent" in mode:
            time.sleep(3600)
        time.sleep(float(mode.get("delay", 0)))
        if "reset" in mode:
            self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
            raise Gone
        subject = "stream" if how == "INSTREAM" else "fd[10]"
        text = f"{subject}: {NAME} FOUND" if found else f"{subject}: OK"
        for key in ("say", "raw"):
            text = mode.get(key, text).replace("_", " ") if key in mode \
                else text
        if "long" in mode:
            text = "stream: " + "x" * int(mode["long"])
        if "cut" in mode:
            number = f"{self.number}: " if self.in_session else ""
            whole = (number + text).encode("latin-1") + b"\0"
            self.conn.sendall(whole[:int(mode["cut"])])
            raise Gone
        self.answer(text, raw="raw" in mode, times=1 + ("twice" in mode))

    # ---- questions

    def ask(self, word):
        mode = self.fake.mode()
        if "refuse" in mode:
            raise Gone
        if word == "IDSESSION":
            self.in_session = True
            return
        self.number += 1
        if word == "PING":
            self.answer("PONG")
        elif word == "VERSION":
            self.answer(mode.get("version", "ClamAV_0.0/1/fake")
                        .replace("_", " "))
        elif word == "INSTREAM":
            self.judge(self.stream(mode), mode, word)
        elif word == "FILDES":
            self.judge(self.passed(), mode, word)
        elif word == "END":
            raise Gone
        else:
            self.answer("UNKNOWN COMMAND")
        if not self.in_session:
            raise Gone

    def run(self):
        try:
            while True:
                self.ask(self.command())
        except (Gone, OSError):
            pass
        finally:
            for fd in self.fds:
                os.close(fd)
            self.conn.close()


class Fake:
    def __init__(self, modes, mode_file=None, log=None):
        self.modes, self.mode_file, self.log = modes, mode_file, log
        self.lock = threading.Lock()

    def mode(self):
        words = self.modes
        if self.mode_file and os.path.exists(self.mode_file):
            with open(self.mode_file) as f:
                words = f.read().split()
        return dict((w + "=").split("=")[:2] for w in words)

    def note(self, how, octets, found):
        if self.log:
            with self.lock, open(self.log, "a") as f:
                f.write(f"{how} {len(octets)} {'FOUND' if found else 'OK'}\n")

    def serve(self, sock):
        while True:
            conn, _ = sock.accept()
            threading.Thread(target=Session(conn, self).run,
                             daemon=True).start()


class FakeClamd:
    """One below a rig.Place, in a process of its own."""

    def __init__(self, place, *modes, name="clamd", tcp=None):
        self.place, self.name = place, name
        self.path = place.file(f"{name}.ctl")
        self.mode_file = place.file(f"{name}.mode")
        self.log = place.file(f"{name}.objects")
        self.argv = [sys.executable, os.path.abspath(__file__), self.path,
                     "-m", self.mode_file, "-l", self.log]
        if tcp:
            self.argv += ["-t", str(tcp)]
        self.mode(*modes)
        self.start()

    def start(self):
        from rig import wait_for
        before = self.place.read(self.name + ".out").count("ready")
        self.proc = self.place.start(self.name, self.argv)
        wait_for("fakeclamd listens", lambda: self.place.read(
            self.name + ".out").count("ready") > before or
            self.proc.poll() is not None)

    def mode(self, *modes):
        """From the next object on."""
        with open(self.mode_file + ".new", "w") as f:
            f.write(" ".join(modes))
        os.rename(self.mode_file + ".new", self.mode_file)

    def objects(self):
        """[(how, octets, "FOUND" or "OK")] so far."""
        lines = self.place.read(self.name + ".objects").splitlines()
        return [(how, int(n), found) for how, n, found in
                (line.split() for line in lines)]

    def stop(self):
        self.place.stop(self.proc)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-t", type=int)
    parser.add_argument("-m")
    parser.add_argument("-l")
    parser.add_argument("socket")
    parser.add_argument("modes", nargs="*")
    args = parser.parse_args()
    fake = Fake(args.modes, args.m, args.l)
    if os.path.exists(args.socket):
        os.unlink(args.socket)
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(args.socket)
    os.chmod(args.socket, 0o666)
    sock.listen(100)
    if args.t:
        port = socket.create_server(("127.0.0.1", args.t), backlog=100)
        threading.Thread(target=fake.serve, args=(port,), daemon=True).start()
    print("ready", flush=True)
    fake.serve(sock)


if __name__ == "__main__":
    main()
