#!/usr/bin/python3
"""Wait mode: one parent accepts, each connection is a process of its own.
Limits, changes of configuration and certificate, signals, crashes, and a
restart that loses nobody."""

import contextlib
import os
import pwd
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from proxy import TEST_IMAP4, Proxy                      # noqa: E402
from rig import (B, Place, USER, certs, diag, done, hear, of_session, ok,
                 remove_tree, same, wait_for)            # noqa: E402
from waiting import SPARES, Stub, Waiting, ask           # noqa: E402


def ids(pid):
    status = of_session(pid)
    return set((status["Uid"] + "\t" + status["Gid"]).split("\t"))


def check_forks(place, stub):
    p = Waiting(place, stub, name="forks", user=USER)
    a, b = p.client(), p.client()
    same(len(p.children()), 2, "two connections are two processes")
    ok(all(b"OK" in ask(c, b"NOOP") for c in (a, b)), "which both serve")
    for pid in p.children():
        with open(f"/proc/{pid}/cmdline") as f:
            same(f.read().split("\0")[0], p.program, "of the same program")
    status = of_session(p.children()[0])
    same((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"),
         "a session is sealed as everywhere")
    same(status["Name"], "relay", "and bears the name of its stage")
    held = [os.readlink(f"/proc/{p.children()[0]}/fd/{n}")
            for n in os.listdir(f"/proc/{p.children()[0]}/fd")]
    same(sum("socket:" in f for f in held), 2,
         f"it holds its two connections and no listening socket: {held}")
    starts = p.wait_events("SESSION-START", 2)
    ok(all("seccomp" in s["JAIL"] and "landlock" in s["JAIL"]
           for s in starts), "in the whole jail")
    parent = of_session(p.parent.pid)
    same((parent["NoNewPrivs"], int(parent["CapEff"], 16)), ("1", 0),
         "the parent has no privilege to lose")
    ask(a, b"LOGOUT")
    wait_for("one to end", lambda: len(p.children()) == 1)
    ok(b"OK" in ask(b, b"NOOP"), "the other does not notice")
    p.stop()


def check_spares(place, stub):
    """Children that are forked before their client comes."""
    p = Waiting(place, stub, name="spares")
    spares = p.spares()
    status = of_session(spares[0])
    same((status["NoNewPrivs"], status["Seccomp"], int(status["CapEff"], 16)),
         ("1", "2", 0), "spares are sealed before their client comes")
    if os.getuid() == 0:
        same(ids(spares[0]), {str(pwd.getpwnam(USER).pw_uid)},
             "and are app-user")
    held = [os.readlink(f"/proc/{spares[0]}/fd/{n}")
            for n in os.listdir(f"/proc/{spares[0]}/fd")]
    same(sum("socket:" in f for f in held), 1,
         f"they hold their parent's socket and no other: {held}")
    a = p.client()
    same([pid in spares for pid in p.children()], [True],
         "a spare serves a client")
    same(len(set(p.spares()) - set(spares)), 1, "and another takes its place")
    held = [os.readlink(f"/proc/{p.children()[0]}/fd/{n}")
            for n in os.listdir(f"/proc/{p.children()[0]}/fd")]
    same(sum("socket:" in f for f in held), 2,
         f"a session has its two connections alone: {held}")

    many = [p.client() for _ in range(3 * SPARES)]
    ok(all(many), "more clients than spares are served")
    for c in many:
        c.close()
    wait_for("their end", lambda: len(p.children()) == 1)

    spares = p.spares()
    os.kill(spares[0], signal.SIGTERM)
    os.kill(spares[1], signal.SIGSEGV)
    got = p.wait_events("CHILD-CRASHED", 1)[0]
    same((got["PID"], got["STAGE"]), (str(spares[1]), "spare"),
         "a spare that crashes is counted and logged")
    same(p.events("CHILD-KILLED"), [], "one that is told to end is not")
    b = p.client()
    ok(b and b"OK" in ask(b, b"NOOP"), "the next client is served")
    spares = p.spares()

    p.write(p.text().replace("c-clear-clear", "c-renamed"))
    after_refresh()
    before = p.events("SESSION-START")[-1]["POLICY"]
    p.client().close()
    ok(p.events("SESSION-START")[-1]["POLICY"] != before,
       "none has a configuration from before")
    same(set(p.spares()) & set(spares), set(), "they are others now")
    spares = p.spares()
    p.send(signal.SIGKILL)
    ok(wait_for("their end", lambda: not any(
        os.path.exists(f"/proc/{pid}") for pid in spares)),
       "without their parent they end")
    ok(b"OK" in ask(a, b"NOOP"), "and sessions do not")
    for c in (a, b):
        c.close()
    p.stop()


def check_keeper(place, stub):
    """Of mail workers: sessions need it, for as long as the parent lives."""
    p = Waiting(place, stub, name="keeper")
    p.write(p.text().replace("no-mail-scanning = yes", "") + """
spool { dir = "/tmp"  min-free = 0 }
mail-acl "all" { }
doc-acl "all" { }
""")
    after_refresh()

    def keeper():
        path = f"/proc/{p.parent.pid}/task/{p.parent.pid}/children"
        with open(path) as f:
            for pid in f.read().split():
                with contextlib.suppress(OSError):
                    if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == \
                            "imap4-mail":
                        return int(pid)
        return None

    a = p.client()
    first = wait_for("a keeper", keeper)
    ok(b"a1 OK" in ask(a, b"NOOP"), "a session that scans is served")
    os.kill(first, signal.SIGKILL)
    after_refresh()
    b = p.client()
    second = wait_for("another keeper", keeper)
    ok(second != first, "a keeper that dies is replaced")
    ok(b and b"a1 OK" in ask(b, b"NOOP"), "and the next session is served")
    ok(b"a1 OK" in ask(a, b"NOOP"), "as is the one before")
    ok("SCAN-FAILED the keeper of mail workers ended" in p.log_text(),
       "the log says so")
    for c in (a, b):
        c.close()
    p.stop()


def check_as_root(place, stub):
    if os.getuid() != 0:
        return
    p = Waiting(place, stub, name="root",
                combinations=("clear/clear", "tls/clear"))
    c = p.client()
    uid = subprocess.run(["id", "-u", USER], stdout=subprocess.PIPE,
                         text=True).stdout.strip()
    same(ids(p.children()[0]), {uid}, "started as root, sessions are app-user")
    same([int(of_session(p.children()[0])[k], 16)
          for k in ("CapEff", "CapPrm", "CapAmb")], [0] * 3,
         "without capabilities")
    c.close()
    p.stop()


def check_sockets(place, stub):
    p = Waiting(place, stub, name="sockets",
                combinations=("clear/clear", "tls/clear", "starttls/clear"))
    p.client().close()
    with p.connect("tls/clear", "alice") as box:
        same(box.noop()[0], "OK", "a second socket has TLS")
    with p.connect("starttls/clear", "alice") as box:
        same(box.noop()[0], "OK", "a third STARTTLS")
    starts = p.wait_events("SESSION-START", 3)
    same({s["LISTENER"] for s in starts},
         {"clear-clear", "tls-clear", "starttls-clear"},
         "sockets are told apart by their addresses")
    p.stop()
    p = Waiting(place, stub, name="names", host="0.0.0.0",
                combinations=("clear/clear", "tls/clear"),
                names=("tls-clear", "unknown"))
    got = hear(p.port["clear/clear"], b"not TLS\r\n")
    ok(got == b"" or got[:1] == b"\x15", "a socket named as another listener "
       f"is that listener's: {got!r}")
    got = hear(p.port["tls/clear"], b"not TLS\r\n")
    ok(got == b"" or got[:1] == b"\x15",
       "a name that is no listener's says nothing")
    starts = p.wait_events("SESSION-START", 2)
    same([s["LISTENER"] for s in starts], ["tls-clear"] * 2, "both by name "
         "and by address")
    p.stop()


def check_children(place, stub):
    p = Waiting(place, stub, name="children", host="127.0.0.1",
                top="tcpserver { max-children = 4  max-children-per-ip = 2 }")
    mine = [p.client() for _ in range(2)]
    same(p.client(), None, "max-children-per-ip: the third is closed")
    other = p.client(source="127.0.0.2")
    ok(other, "max-children-per-ip: another address is served")
    mine[0].close()
    wait_for("its end", lambda: len(p.children()) == 2)
    mine[0] = p.client()
    ok(mine[0], "max-children-per-ip: one that left makes room")
    more = [p.client(source=f"127.0.0.{n}") for n in (3, 4)]
    ok(more[0] and not more[1], "max-children: the fifth of all is closed")
    limits = [e["LIMIT"] for e in p.wait_events("REFUSED", 2)]
    same(limits, ["max-children-per-ip", "max-children"],
         "both are counted and logged")
    ok(b"OK" in ask(other, b"NOOP"), "those inside go on")
    p.stop()


def check_board(place, stub):
    p = Waiting(place, stub, name="board", session="max-sessions = 2")
    name = f"wait{os.getpid()}"
    p.write(p.text().replace('name = "e2e"', f'name = "{name}"'))
    p.compile()
    p.restart()
    inside = [p.client() for _ in range(2)]
    ok(all(inside) and not p.client(), "max-sessions counts them all")
    os.kill(p.children()[0], signal.SIGKILL)
    wait_for("its end", lambda: len(p.children()) == 1)
    ok(p.client(), "and one that was killed no more")
    p.stop()
    remove_tree(os.path.join(B, "run", name))


def check_rates(place, stub):
    p = Waiting(place, stub, name="rate", top="tcpserver { conn-rate = 10 }")
    got = [p.client() for _ in range(30)]
    inside = sum(c is not None for c in got)
    ok(10 <= inside < 25, f"conn-rate = 10: {inside} of 30 at once come in")
    wait_for("the log", lambda: p.events("REFUSED"))
    time.sleep(1.1)
    ok(p.client(), "conn-rate: a second later one does again")
    p.stop()
    p = Waiting(place, stub, name="rate-ip",
                top="tcpserver { conn-rate-per-ip = 5 }")
    got = [p.client() for _ in range(20)]
    inside = sum(c is not None for c in got)
    ok(5 <= inside < 12, f"conn-rate-per-ip = 5: {inside} of 20 come in")
    ok(p.client(source="127.0.0.9"), "conn-rate-per-ip: another address does")
    same({e["LIMIT"] for e in p.wait_events("REFUSED", 1)},
         {"conn-rate-per-ip"}, "conn-rate-per-ip is logged")
    time.sleep(2.1)
    ok(p.client(), "conn-rate-per-ip: after the next second it does again")
    p.stop()


def after_refresh():
    """The parent looks for changes once a second."""
    time.sleep(1.05)


def check_config(place, stub):
    p = Waiting(place, stub, name="config",
                session='from = {"127.0.0.1", "127.0.0.2"}')
    old = p.client()
    text = p.text()
    p.write(text.replace(', "127.0.0.2"', ""))
    after_refresh()
    same(p.client(source="127.0.0.2"), None,
         "an edited configuration holds for the next connection")
    ok(p.client(), "which lets in whom it names")
    ok(b"OK" in ask(old, b"NOOP"), "a session from before goes on")
    p.wait_events("CONFIG-LOADED", 1)
    p.write("this is no configuration\n")
    after_refresh()
    ok(p.client(), "a bad text leaves the last good one in force")
    same(p.client(source="127.0.0.2"), None, "the last good one, not another")
    after_refresh()
    ok(p.client(), "however often it is looked at")
    wait_for("the complaint", lambda: p.events("CONFIG-BAD"))
    same(len(p.events("CONFIG-STALE")), 1, "it is said once")
    same([s["CONFIG"] for s in p.wait_events("SESSION-START", 5)][-1],
         "stale", "and in SESSION-START")
    os.unlink(p.cache)
    after_refresh()
    ok(p.client(), "without text and cache the last good one stays, too")
    p.write(text)
    after_refresh()
    ok(wait_for("the mended text", lambda: p.client(source="127.0.0.2"), 15),
       "a mended text is taken")
    port = p.port["clear/clear"]
    p.write(text.replace(f"port = {port}", f"port = {port + 1}"))
    after_refresh()
    p.client()
    wait_for("the advice", lambda: "LISTEN-ON-CHANGED" in p.log_text())
    line = [x for x in p.log_text().splitlines()
            if "LISTEN-ON-CHANGED" in x][-1]
    ok("systemctl daemon-reload && systemctl restart "
       "imap4-proxy-wait.socket imap4-proxy-wait.service" in line and
       f"gone [127.0.0.1]:{port}" in line,
       f"changed addresses: the log has the commands: {line}")
    p.stop()


class Shake:
    """A TLS handshake by hand: the octets of it, and whether it resumed."""

    def __init__(self, port, context, session=None):
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(into, out, server_hostname="localhost",
                               session=session)
        self.heard = b""
        with socket.create_connection(("127.0.0.1", port), 20) as sock:
            self._until(sock, into, out, tls.do_handshake)
            # tickets of TLS 1.3 come with the greeting
            self.greeting = self._until(sock, into, out,
                                        lambda: tls.read(1000))
            self.session, self.resumed = tls.session, tls.session_reused
            self.serial = tls.getpeercert()["serialNumber"]
        # ServerHello's random: behind two headers and the version
        self.random = self.heard[11:43]

    def _until(self, sock, into, out, step):
        while True:
            try:
                result = step()
                sock.sendall(out.read())
                return result
            except ssl.SSLWantReadError:
                sock.sendall(out.read())
                data = sock.recv(65536)
                self.heard += data
                if not data:
                    into.write_eof()
                into.write(data)


def check_tls(place, stub):
    p = Waiting(place, stub, name="tls", combinations=(
        "tls/clear", "starttls/clear"))
    port = p.port["tls/clear"]
    context = ssl.create_default_context(cafile=p.folder + "/ca.pem")
    context.load_verify_locations(certs() + "/rogueca.pem")

    first = Shake(port, context)
    ok(first.greeting.startswith(b"* OK"), "TLS: a session")
    second = Shake(port, context, first.session)
    ok(second.resumed, "TLS: one process's ticket is good in another")
    same(len({Shake(port, context).random for _ in range(4)} |
             {first.random, second.random}), 6,
         "TLS: no two processes have the same chance numbers")
    twelve = ssl.create_default_context(cafile=p.folder + "/ca.pem")
    twelve.maximum_version = ssl.TLSVersion.TLSv1_2
    old = Shake(port, twelve)
    ok(Shake(port, twelve, old.session).resumed, "TLS 1.2: the same")

    running = p.connect("tls/clear", "alice")
    for kind in ("pem", "key"):
        with open(f"{certs()}/rogue.{kind}", "rb") as f:
            place.file(f"tls/server.{kind}.new", f.read(), 0o600, USER)
        os.rename(f"{p.folder}/server.{kind}.new",
                  f"{p.folder}/server.{kind}")
    after_refresh()
    new = Shake(port, context, first.session)
    ok(new.serial != first.serial,
       "TLS: a renewed certificate is shown to the next client")
    ok(not new.resumed, "TLS: and tickets of the old one are no good")
    p.wait_events("TLS-RENEWED", 1)
    same(running.noop()[0], "OK", "TLS: a session from before goes on")
    place.file("tls/server.pem", "half a certificate", 0o600, USER)
    after_refresh()
    same(Shake(port, context).serial, new.serial,
         "TLS: one that cannot be read leaves the last good one")
    after_refresh()
    Shake(port, context)
    same(len(p.events("TLS-FILE")), 1, "TLS: and is said once")
    p.stop()
    q = Waiting(place, stub, name="no-tickets", combinations=("tls/clear",))
    q.write(q.text().replace('"server.key" }', '"server.key" '
                             'session-tickets = no }'))
    q.compile()
    q.restart()
    context = ssl.create_default_context(cafile=q.folder + "/ca.pem")
    port = q.port["tls/clear"]
    ok(not Shake(port, context, Shake(port, context).session).resumed,
       "TLS: session-tickets = no")
    q.stop()


def check_growth(place, stub):
    """A parent that began without TLS comes to need it."""
    p = Waiting(place, stub, name="growth", listen=False,
                combinations=("clear/clear", "tls/clear"))
    text = p.text()
    p.write("\n".join(line for line in text.splitlines()
                      if "client-ssl-params" not in line) + "\n")
    p.compile()
    p.listen()
    ok(p.client(), "without TLS: a session")
    exe = os.path.realpath(f"/proc/{p.parent.pid}/exe")
    p.write(text)
    after_refresh()
    context = ssl.create_default_context(cafile=p.folder + "/ca.pem")
    ok(Shake(p.port["tls/clear"], context).greeting,
       "then with TLS: a session of it is served")
    ok(p.client(), "and others as before")
    loaded = [x for x in p.log_text().splitlines() if "CONFIG-LOADED" in x]
    same(len(loaded), 1, "the configuration is loaded once")
    if not os.path.samefile(exe, f"{B}/imap4-session"):
        ok("restart" in loaded[0], "and a restart is advised")
    p.stop()


def check_client_cert(place, stub):
    """What one process compiled, another matches with."""
    p = Waiting(place, stub, name="cert", combinations=("tls/clear",),
                listen=False)
    text = p.text().replace('"server.key" }', '"server.key"  auth-cert-file '
                            '= "ca.pem"  auth-cert-dir = "" }')
    p.write(text.replace("  client-ssl-params", "  client-cert-match { "
                         "subject = 'CN=ali.*' }\n  client-ssl-params"))
    p.compile()
    p.listen()
    port = p.port["tls/clear"]

    def known(name):
        context = ssl.create_default_context(cafile=p.folder + "/ca.pem")
        context.load_cert_chain(f"{certs()}/{name}.pem",
                                f"{certs()}/{name}.key")
        return context

    alice = known("client")
    first = Shake(port, alice)
    second = Shake(port, alice, first.session)
    ok(first.greeting and second.greeting,
       "TLS: a certificate's subject lets alice in")
    ok(not second.resumed, "TLS: where one is asked for nothing is resumed")
    same(hear(port, tls=known("bob")), b"", "TLS: bob's does not")
    p.stop()


def check_signals(place, stub):
    p = Waiting(place, stub, name="level")
    a = p.client()

    def traced():
        return len(p.events("COMMAND"))
    def change(sig, *levels):
        # One at a time: signals of a kind do not queue.
        for level in levels:
            seen = p.log_text().count(f"LOG-LEVEL {level}")
            p.send(sig)
            wait_for("the level", lambda: p.log_text().count(
                f"LOG-LEVEL {level}") > seen)
            time.sleep(.1)

    change(signal.SIGUSR1, 7, 8)
    before = traced()
    ask(a, b"NOOP")
    ok(wait_for("its trace", lambda: traced() > before),
       "SIGUSR1 makes a running session say more")
    b = p.client()
    before = traced()
    ask(b, b"NOOP")
    ok(wait_for("its trace", lambda: traced() > before), "and a new one")
    change(signal.SIGUSR2, 7, 6)
    before = traced()
    ask(a, b"NOOP")
    ask(b, b"NOOP")
    time.sleep(.2)
    same(traced(), before, "SIGUSR2 less")

    p.send(signal.SIGHUP)
    wait_for("the stop", lambda: p.events("STOPPING"))
    ok(b"OK" in ask(a, b"NOOP"), "SIGHUP lets sessions go on")
    same(p.parent.poll(), None, "and waits for them")
    late = socket.create_connection(("127.0.0.1", p.port["clear/clear"]))
    late.settimeout(.5)
    try:
        got = late.recv(100)
    except TimeoutError:
        got = None
    same(got, None, "a new connection is not accepted, and not lost")
    a.close()
    b.close()
    same(p.ended(), 0, "when they have ended so does the parent")
    p.start()
    late.settimeout(10)
    ok(late.recv(100).startswith(b"* OK"), "the next one takes who waited")

    p.send(signal.SIGTERM)
    same(p.ended(), 0, "SIGTERM ends the parent")
    try:
        got = late.recv(100)
    except ConnectionResetError:
        got = b""
    ok(got.startswith(b"* BYE [UNAVAILABLE]"),
       f"and its sessions at once, with a word: {got!r}")
    end = p.wait_events("SESSION-END", 3)[-1]
    same((end["RESULT"], end["REASON"]), ("FAILED", "SIGTERM"),
         "and a record")
    p.start()
    c = p.client()
    pid = p.children()[0]
    p.send(signal.SIGQUIT)
    same(p.ended(), 0, "SIGQUIT ends the parent")
    ok(b"OK" in ask(c, b"NOOP"), "but not its sessions")
    ask(c, b"LOGOUT")
    wait_for("its end", lambda: not os.path.exists(f"/proc/{pid}"))
    ends = p.wait_events("SESSION-END", 1)
    same(ends[-1]["RESULT"], "ACCEPTED", "which end as ever")
    p.stop()


def check_idle_exit(place, stub):
    p = Waiting(place, stub, name="idle", top="tcpserver { idle-exit = 1 }")
    a = p.client()
    time.sleep(1.3)
    same(p.parent.poll(), None, "idle-exit does not count while there is a "
         "session")
    a.close()
    same(p.ended(5), 0, "and ends a parent that has none")
    p.stop()


def check_crashes(place, stub):
    p = Waiting(place, stub, name="crash")
    a, b = p.client(), p.client()
    first, second = sorted(p.children())
    os.kill(first, signal.SIGSEGV)
    got = p.wait_events("CHILD-CRASHED", 1)[0]
    same((got["PID"], got["SIGNAL"], got["STAGE"], got["CRASHES"]),
         (str(first), "SEGV", "relay", "1"),
         "a crash is counted and logged with signal and stage")
    os.kill(second, signal.SIGKILL)
    got = p.wait_events("CHILD-KILLED", 1)[0]
    same((got["SIGNAL"], got["CRASHES"]), ("KILL", "1"),
         "one that was killed is no crash")
    ok(p.client(), "the next client is served")
    for c in (a, b):
        c.close()
    p.stop()


def check_restart(place, stub):
    """Clients that come without a pause while the parent is replaced."""
    p = Waiting(place, stub, name="restart")
    stay = p.client()
    over = threading.Event()
    lost, served = [], []

    def knock():
        while not over.is_set():
            try:
                with socket.create_connection(
                        ("127.0.0.1", p.port["clear/clear"]), 20) as s:
                    got = s.recv(100)
            except OSError as error:
                got = repr(error).encode()
            (served if got.startswith(b"* OK") else lost).append(got)

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for t in threads:
        t.start()
    for _ in range(5):
        time.sleep(.3)
        p.restart()
    over.set()
    for t in threads:
        t.join()
    diag(f"{len(served)} connections through 5 restarts")
    same(lost, [], "restarts lose no connection")
    ok(len(served) > 50, "of many")
    ok(b"OK" in ask(stay, b"NOOP"), "a session older than five parents goes on")
    p.stop()


class InetdWait(Proxy):
    """Started by the lines of test-imap4 -u inetd-wait."""

    def inetd_lines(self):
        lines = subprocess.run(
            [TEST_IMAP4, "-f", self.cfg, "-u", "inetd-wait"], check=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True).stdout
        return lines.replace(f"-f {self.cfg}", f"-f {self.cfg} -C "
                             f"{self.cache}").replace(
            "  root  ", f"  {self.user}  ")


def check_inetd(place, stub):
    p = InetdWait(place, stub, how="inetd", name="inetd",
                  combinations=("clear/clear", "tls/clear"),
                  log="log { level = normal  target = stderr }",
                  top="tcpserver { idle-exit = 1 }")

    def parents():
        # a session may end between the two looks
        found = {}
        for pid in p.sessions():
            with contextlib.suppress(OSError):
                found[pid] = of_session(pid)["PPid"]
        return [pid for pid, up in found.items() if int(up) not in found]

    def octets(combination):
        context = ssl.create_default_context(cafile=p.folder + "/ca.pem")
        return hear(p.port[combination], b"a1 LOGOUT\r\n",
                    context if combination == "tls/clear" else None)

    for combination in p.combinations * 2:
        got = octets(combination)
        ok(got.startswith(b"* OK") and got.endswith(b"a1 OK done\r\n"),
           f"inetd, wait: {combination}: nothing but IMAP: {got!r}")
    same(len(parents()), 2, "inetd, wait: a parent for each line")
    wait_for("their end", lambda: not p.sessions())
    ok(octets("clear/clear").startswith(b"* OK"), "inetd, wait: after "
       "idle-exit the next client gets another parent")
    pid = parents()[0]
    os.kill(pid, signal.SIGQUIT)
    wait_for("its end", lambda: not os.path.exists(f"/proc/{pid}"))
    ok(octets("clear/clear").startswith(b"* OK"), "inetd, wait: and after "
       "SIGQUIT")
    p.stop()


def check_rotation(place, stub):
    p = Waiting(place, stub, name="rotated", user=USER)
    p.client().close()
    os.rename(p.log, p.log + ".1")
    after_refresh()
    p.client().close()
    ok(wait_for("the new file", lambda: "SESSION-START" in p.log_text()),
       "a log that was rotated is followed")
    p.stop()


place = Place("wait")
stub = Stub()
for check in (check_forks, check_spares, check_keeper, check_as_root, check_sockets,
              check_children, check_board, check_rates, check_config, check_tls,
              check_growth, check_client_cert, check_signals, check_idle_exit,
              check_crashes, check_restart, check_rotation, check_inetd):
    check(place, stub)
done()
