#!/usr/bin/python3
"""Listens as systemd does with Accept=yes, for tests: a process for each
connection, its socket as descriptor 0.

    listener.py [-t] PORT... -- COMMAND...

-t: the sockets are transparent, which no inetd can make.
"""

import os
import select
import signal
import socket
import sys

IPV6_TRANSPARENT = 75


def listen(port, transparent):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    if transparent:
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
    s.bind(("::", port))
    s.listen(1000)
    return s


def main():
    args = sys.argv[1:]
    transparent = args[0] == "-t"
    cut = args.index("--")
    socks = [listen(int(p), transparent) for p in args[transparent:cut]]
    argv = args[cut + 1:]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        for s in select.select(socks, [], [])[0]:
            conn, _ = s.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.dup2(conn.fileno(), 0)
                for each in socks:
                    each.close()
                os.execvp(argv[0], argv)
            conn.close()


main()
