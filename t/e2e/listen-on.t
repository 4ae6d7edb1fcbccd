#!/usr/bin/python3
"""What test-imap4 -u prints works in real listeners: each address of listen-on
is served, and no other; and the samples say the same."""

import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from mailservers import Dovecot                          # noqa: E402
from proxy import TEST_IMAP4, Proxy                      # noqa: E402
from rig import TOP, Place, done, same, wait_for         # noqa: E402

# Listens on any address, on IPv4's and on IPv6's loopback.
HOSTS = {"clear/clear": "::", "tls/clear": "127.0.0.1", "clear/tls": "::1"}


def units(kind, cfg):
    """The lines without comments."""
    run = subprocess.run([TEST_IMAP4, "-f", cfg, "-u", kind], check=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         text=True)
    return re.sub(r"^#.*\n", "", run.stdout, flags=re.M)


class FromListenOn(Proxy):
    """Started by what -u prints, with the test's cache and user put in."""

    def text(self):
        text = super().text()
        for combination, port in self.port.items():
            text = text.replace(
                f'address = "127.0.0.1"  port = {port} ',
                f'address = "{HOSTS[combination]}"  port = {port} ')
        return text

    def mine(self, lines):
        return re.sub(r"(user *= |nowait.60000  )root",
                      lambda m: m[1] + self.user, lines).replace(
            f"-f {self.cfg}", f"-f {self.cfg} -C {self.cache}")

    def inetd_lines(self):
        return self.mine(units("inetd", self.cfg))

    def xinetd_services(self):
        return self.mine(units("xinetd", self.cfg))

    def listen(self):
        self.proc = self._inetd() if self.how == "inetd" else self._xinetd()
        # for "::" inetd has a socket of each family
        count = len(self.port) + (self.how == "inetd")
        wait_for(f"{self.how} listens", lambda: len(self.sockets()) >= count
                 or self._dead())

    def sockets(self):
        """"ADDRESS:PORT" of what listens on our ports."""
        out = subprocess.run(["ss", "-Hltn"], stdout=subprocess.PIPE,
                             text=True, check=True).stdout
        found = {line.split()[3] for line in out.splitlines()}
        return {s for s in found
                if int(s.rsplit(":", 1)[1]) in self.port.values()}


def greeting(host, port):
    with socket.create_connection((host, port), 10) as s:
        return s.recv(100)[:4]


def check_listener(place, server, how):
    proxy = FromListenOn(place, server, how=how, name=how,
                         combinations=tuple(HOSTS))
    any_, four, six = (proxy.port[c] for c in HOSTS)
    wildcard = {f"*:{any_}"} if how == "xinetd" else \
        {f"0.0.0.0:{any_}", f"[::]:{any_}"}
    same(proxy.sockets(), wildcard | {f"127.0.0.1:{four}", f"[::1]:{six}"},
         f"{how}: listens where listen-on says, and nowhere else")
    same([greeting("127.0.0.1", any_), greeting("::1", any_),
          greeting("::1", six)], [b"* OK"] * 3,
         f"{how}: all of them are served, '::' for both families")
    with proxy.connect("tls/clear", "alice") as box:
        same(box.noop()[0], "OK", f"{how}: with TLS, too")
    acls = proxy.wait_events("ACL", 8)
    same(sorted({a["NAME"] for a in acls if a["NAME"].startswith("s-")}),
         sorted("s-" + c.replace("/", "-") for c in HOSTS),
         f"{how}: each listener is known by its title")
    proxy.stop()


def attributes(text):
    """Of each service: {attribute: value}, without what names it."""
    return [{k: v for k, v in re.findall(r"\t(\w+) *= ?(.*)", body)
             if k not in ("id", "bind")}
            for body in re.findall(r"\{\n(.*?)\}", text, re.S)]


def check_samples(place):
    """They are what -u prints for the installed configuration."""
    with open(os.path.join(TOP, "conf/imap4-proxy.cfg")) as f:
        cfg = place.file("imap4-proxy.cfg", f.read(), 0o640)

    def placed(text):
        return text.replace(os.path.dirname(TEST_IMAP4),
                            "/usr/local/sbin").replace(
            cfg, "/etc/imap4-proxy/imap4-proxy.cfg")

    with open(os.path.join(TOP, "conf/inetd.conf.sample")) as f:
        sample = re.sub(r"^#.*\n", "", f.read(), flags=re.M)
    same(placed(units("inetd", cfg)), sample, "inetd.conf.sample agrees")
    with open(os.path.join(TOP, "conf/xinetd.sample")) as f:
        sample = f.read()
    same(attributes(placed(units("xinetd", cfg))), attributes(sample),
         "xinetd.sample agrees")
    same(len(attributes(sample)), 2, "on both of its services")


place = Place("listen-on")
check_samples(place)
server = Dovecot(place)
for way in ("inetd", "xinetd"):
    check_listener(place, server, way)
done()
