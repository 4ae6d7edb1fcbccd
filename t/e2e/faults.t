#!/usr/bin/python3
"""What goes wrong around a session: each ends with a named stage in the log
and, where the client can hear it, with BYE; or the session goes on."""

import hashlib
import os
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import (Place, USER, certs, diag, done, hear, of_session, ok,
                 same)                                   # noqa: E402

DOWNLOADS = 200
MAIL = 1 << 20


def trusting(ca):
    return ssl.create_default_context(cafile=ca)


def failed_stage(proxy, what, stages):
    """The session ended as FAILED in one of these stages, and said so."""
    end = proxy.wait_events("SESSION-END", 1)[-1]
    same(end["RESULT"], "FAILED", f"{what}: the session failed")
    ok(end["STAGE"] in stages, f"{what}: in stage {'/'.join(stages)}"
       f" ({end['STAGE']}: {end.get('REASON')})")
    named = [e.get("stage") for e in proxy.events("STAGE-FAILED") +
             proxy.events("CANDIDATE-FAILED")]
    ok(set(named) & set(stages), f"{what}: the log names it: {named}")


def dead_server(place, server):
    port = place.port()
    proxy = Proxy(place, server, name="dead", plug_to=f"127.0.0.1:{port}",
                  combinations=("clear/clear",))
    got = hear(proxy.port["clear/clear"])
    ok(got.startswith(b"* BYE [UNAVAILABLE]"), f"dead server: {got!r}")
    failed_stage(proxy, "dead server", ("server-connect",))
    proxy.stop()


def silent_server(place, server):
    """Accepts and says nothing: the deadline ends it."""
    quiet = socket.create_server(("127.0.0.1", 0))
    proxy = Proxy(place, server, name="silent", combinations=("clear/clear",),
                  plug_to="127.0.0.1:%d" % quiet.getsockname()[1],
                  top="login-timeout = 3s")
    begin = time.monotonic()
    got = hear(proxy.port["clear/clear"])
    took = time.monotonic() - begin
    ok(got.startswith(b"* BYE"), f"silent server: {got!r}")
    ok(took < 8, f"silent server: within login-timeout: {took:.1f} s of 3")
    proxy.wait_events("SESSION-END", 1)
    quiet.close()
    proxy.stop()


def endless_server(place, server):
    """Greets and then never stops: the deadline ends that, too."""
    sink = socket.create_server(("127.0.0.1", 0))

    def flood():
        conn = sink.accept()[0]
        try:
            conn.sendall(b"* OK hello\r\n")
            while True:
                conn.sendall(b"* OK and on it goes\r\n" * 2000)
        except OSError:
            conn.close()

    threading.Thread(target=flood, daemon=True).start()
    proxy = Proxy(place, server, name="endless",
                  combinations=("clear/clear",),
                  plug_to="127.0.0.1:%d" % sink.getsockname()[1],
                  top="login-timeout = 2s")
    begin = time.monotonic()
    got = hear(proxy.port["clear/clear"])
    took = time.monotonic() - begin
    ok(got.startswith(b"* BYE"), f"endless server: {got[:80]!r}")
    ok(took < 7, f"endless server: within login-timeout: {took:.1f} s of 2")
    failed_stage(proxy, "endless server", ("server-greeting",))
    sink.close()
    proxy.stop()


def refused_handshakes(place, server):
    """TLS towards a port that speaks none, and a certificate that its name
    does not fit; then a client that does not trust ours."""
    plain = Proxy(place, server, name="notls", combinations=("clear/tls",),
                  plug_to=f"127.0.0.1:{server.port}")
    got = hear(plain.port["clear/tls"])
    ok(got.startswith(b"* BYE [UNAVAILABLE]"), f"server without TLS: {got!r}")
    failed_stage(plain, "server without TLS", ("server-tls",))
    plain.stop()
    wrong = Proxy(place, server, name="wrongname",
                  combinations=("clear/tls",))
    wrong.write(wrong.text().replace('server-name = "localhost"',
                                     'server-name = "other.example.org"'))
    wrong.compile()
    got = hear(wrong.port["clear/tls"])
    ok(got.startswith(b"* BYE [UNAVAILABLE]"), f"wrong certificate: {got!r}")
    failed_stage(wrong, "wrong certificate", ("server-tls",))
    wrong.stop()
    proxy = Proxy(place, server, name="distrust", combinations=("tls/clear",))
    try:
        hear(proxy.port["tls/clear"],
             tls=trusting(os.path.join(certs(), "rogueca.pem")))
        ok(False, "a client that does not trust us goes away")
    except ssl.SSLCertVerificationError:
        ok(True, "a client that does not trust us goes away")
    failed_stage(proxy, "client's refusal", ("client-tls",))
    proxy.stop()


def unresolvable(place, server):
    proxy = Proxy(place, server, name="noname", combinations=("clear/clear",),
                  plug_to="nosuch.invalid:143",
                  top='resolver { servers = {"127.0.0.1"} }\n'
                      "login-timeout = 10s")
    got = hear(proxy.port["clear/clear"])
    ok(got.startswith(b"* BYE [UNAVAILABLE]"), f"unresolvable name: {got!r}")
    failed_stage(proxy, "unresolvable name", ("resolve", "server-connect"))
    proxy.stop()


def hidden_key(place, server):
    """A private key that the session's user may not read, or that is gone."""
    proxy = Proxy(place, server, name="nokey", combinations=("tls/clear",))
    key = proxy.folder + "/server.key"
    for what, hide in (("unreadable", lambda: (os.chmod(key, 0),
                                               os.chown(key, 0, 0))),
                       ("missing", lambda: os.unlink(key))):
        hide()
        place.file("nokey/log", "")
        got = b""
        try:
            got = hear(proxy.port["tls/clear"],
                       tls=trusting(proxy.folder + "/ca.pem"))
        except OSError:
            pass
        same(got, b"", f"{what} key: the client hears nothing")
        failed_stage(proxy, f"{what} key", ("client-tls",))
        ok("server.key" in proxy.log_text(), f"{what} key: the log names it")
    proxy.stop()


def broken_config(place, server):
    """A bad edit takes nothing down; a good one is used at once."""
    proxy = Proxy(place, server, name="edit", combinations=("clear/clear",))
    good = proxy.text()
    box = proxy.connect("clear/clear", "alice")
    proxy.write(good + 'session-acl "late" { from = {"not an address"} }\n')
    same(box.select("INBOX")[0], "OK", "bad edit: the open session goes on")
    other = proxy.connect("clear/clear", "alice")
    same(other.select("INBOX")[0], "OK", "bad edit: a new one runs")
    other.logout()
    box.logout()
    proxy.wait_events("SESSION-END", 2)
    same([e["CONFIG"] for e in proxy.events("SESSION-START")],
         ["current", "stale"], "bad edit: the log says which uses which")
    third = proxy.connect("clear/clear", "alice")
    third.logout()
    proxy.wait_events("SESSION-END", 3)
    complaints = proxy.log_text().count("not an address")
    same(complaints, 1, "bad edit: the error is reported once")
    proxy.write(good.replace("no-mail-scanning = yes",
                             'no-mail-scanning = yes  commands = {"*", '
                             '"!DELETE"}'))
    again = proxy.connect("clear/clear", "alice")
    same(again.delete("Nothing")[0], "NO", "good edit: the new text rules")
    again.logout()
    ends = proxy.wait_events("SESSION-END", 4)
    same(proxy.events("SESSION-START")[-1]["CONFIG"], "current",
         "good edit: and the log says so")
    same({e["RESULT"] for e in ends}, {"ACCEPTED"}, "all sessions end well")
    proxy.stop()


def half_renewed(place, server):
    """Certificate new, key still old: read again, then it fits."""
    proxy = Proxy(place, server, name="renew", combinations=("tls/clear",))
    for kind in ("pem", "key"):
        with open(os.path.join(certs(), f"rsa.{kind}"), "rb") as f:
            place.file(f"renew/new.{kind}", f.read(), 0o600, USER)
    os.rename(proxy.folder + "/new.pem", proxy.folder + "/server.pem")

    def finish():
        time.sleep(0.05)
        os.rename(proxy.folder + "/new.key", proxy.folder + "/server.key")
    later = threading.Thread(target=finish)
    later.start()
    box = proxy.connect("tls/clear", "alice")
    later.join()
    same(box.noop()[0], "OK", "half renewed certificate: the session runs")
    box.logout()
    proxy.stop()


def downloads(place, server):
    """Many at once: more than one user's pipes of 1 MB."""
    with server.connect("bulk") as box:
        mails.fill(box, 1, size=MAIL)
        data = mails.must(box.select("INBOX")) and mails.must(
            box.fetch("1", "BODY.PEEK[]"))
        want = hashlib.sha256(data[0][1]).hexdigest()
    proxy = Proxy(place, server, name="bulk", combinations=("clear/clear",))
    got, barrier = [], threading.Barrier(DOWNLOADS)
    largest = []

    def one():
        try:
            box = proxy.connect("clear/clear", "bulk")
            box.select("INBOX")
            if barrier.wait(120) == 0:
                largest.extend(int(of_session(pid)["VmHWM"].split()[0])
                               for pid in proxy.sessions())
            for _ in range(3):
                data = mails.must(box.fetch("1", "BODY.PEEK[]"))
                got.append(hashlib.sha256(data[0][1]).hexdigest())
            barrier.wait(120)
            box.logout()
        except Exception as error:
            got.append(repr(error))
            barrier.abort()

    threads = [threading.Thread(target=one) for _ in range(DOWNLOADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    same(got.count(want), 3 * DOWNLOADS,
         f"{DOWNLOADS} downloads at once: every mail is whole")
    for text in sorted(set(got) - {want})[:3]:
        diag(text)
    same(len(largest), DOWNLOADS, f"in {DOWNLOADS} processes")
    ok(largest and max(largest) <= 4096,
       f"of at most 4 MB: {max(largest or [0])} kB")
    ends = proxy.wait_events("SESSION-END", DOWNLOADS, 20)
    same({e["RESULT"] for e in ends}, {"ACCEPTED"}, "each ends well")
    proxy.stop()


place = Place("faults")
server = Dovecot(place)
with server.connect("alice") as box:
    mails.fill(box, 3)
for fault in (dead_server, silent_server, endless_server, refused_handshakes,
              unresolvable, hidden_key, broken_config, half_renewed, downloads):
    fault(place, server)
done()
