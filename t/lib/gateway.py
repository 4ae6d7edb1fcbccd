"""The proxy on hosts.Net's gateway, with transparent listeners "plain" (143,
taken at 2143) and "tls" (993 at 2993), TLS on both legs of the latter."""

import os

from proxy import Proxy
from rig import TOP, USER, as_user, listening, wait_for

LISTENER = os.path.join(TOP, "t/lib/listener.py")


class Gateway(Proxy):
    def __init__(self, place, net, mode, iface="lan", listen="",
                 listen_ports=(2143, 2993), **more):
        """listen: more keys of both sections; others as Proxy's."""
        self.net, self.mode, self.iface = net, mode, iface
        self.listen_keys, self.listen_ports = listen, listen_ports
        super().__init__(place, combinations=(), **more)
        self.ca = os.path.join(self.folder, "ca.pem")

    def section(self, title, port, listen_port):
        return (f'  transparent "{title}" {{ iface = "{self.iface}"  '
                f'port = {port}  listen-port = {listen_port}  '
                f'mode = {self.mode}  {self.listen_keys} }}')

    def text(self):
        return "\n".join([
            'version = "1"', f'name = "{self.name}"',
            f'app-user = "{USER}"', self.log_section, self.top,
            "listen-on {", self.section("plain", 143,
                                         self.listen_ports[0]),
            self.section("tls", 993, self.listen_ports[1]), "}",
            'ssl-params "client" { certificate = "server.pem"  '
            'private-key = "server.key" }',
            'ssl-params "server" { auth-cert-file = "ca.pem"  '
            'server-name = "localhost" }',
            f'session-acl "plain" {{ listener = {{"plain"}} {self.session} }}',
            'session-acl "tls" { listener = {"tls"}  client-ssl-params = '
            f'"client" {self.session} }}',
            f'command-acl "plain" {{ parent = {{"plain"}}  {self.command} '
            'no-mail-scanning = yes }',
            f'command-acl "tls" {{ parent = {{"tls"}}  {self.command} '
            'server-ssl-params = "server"  no-mail-scanning = yes }', ""])

    def write(self, text=None):
        """The cache is root's, in a folder of root's, as in a service."""
        self.cache = os.path.join(
            self.place.folder(f"{self.name}-cache"), "cache")
        super().write(text)

    def session_argv(self):
        """As units start it, with the drop-in for clients' addresses."""
        argv = as_user(self.argv)
        if "source-address = client" in self.session:
            argv[1:1] = ["--inh-caps=+net_raw", "--ambient-caps=+net_raw"]
        return argv

    def listen(self):
        argv = [LISTENER, *(["-t"] if self.mode == "tproxy" else []),
                *map(str, self.listen_ports), "--", *self.session_argv()]
        with self.net.gateway.inside():
            self.proc = self.place.start(f"{self.name}-listener", argv)
            wait_for("the gateway listens", lambda: listening(
                self.listen_ports[1], "::") or
                     self._dead())
