"""Servers that answer nonsense, where a real one stood.

    with Babble(path_or_port, "noise"): ...
"""

import os
import random
import socket
import threading

# What is said to whoever connects, by name; again and again: for ever.
SAID = {
    "noise": bytes(random.Random(1).randrange(256) for _ in range(3000)),
    "a lie": b"OK\r\n",
    "half an answer": b"HTTP/1.1 200",
    "nothing": b"",
    "without end": b"A" * 65536,
}
AGAIN = "without end"


class Babble:
    def __init__(self, where, what):
        self.what = what
        if isinstance(where, int):
            self.sock = socket.create_server(("127.0.0.1", where))
        else:
            if os.path.exists(where):
                os.unlink(where)
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(where)
            os.chmod(where, 0o666)
            self.sock.listen(20)
        self.path = None if isinstance(where, int) else where
        self.heard = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(conn,),
                             daemon=True).start()

    def _talk(self, conn):
        """Once it is asked something."""
        try:
            with conn:
                self.heard += len(conn.recv(65536)) > 0
                conn.sendall(SAID[self.what])
                while self.what == AGAIN:
                    conn.sendall(SAID[self.what])
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        if self.path:
            os.unlink(self.path)
