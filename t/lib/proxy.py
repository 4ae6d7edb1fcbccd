"""The proxy between a test's clients and its server: a configuration with a
listener for each combination of TLS on the two legs, compiled, and started by
one of the listeners real machines use.

    proxy = Proxy(place, server, how="xinetd")
    proxy.port["tls/clear"]
    proxy.events("SESSION-END")       # list of {field: value}
"""

import os
import re
import subprocess

import mails
from rig import B, UNPACKED, USER, bail, certs, listening, program, wait_for

IMAP4_PROXY = os.path.join(B, "imap4-proxy")
TEST_IMAP4 = os.path.join(B, "test-imap4")

# client leg / server leg
COMBINATIONS = ("clear/clear", "tls/clear", "clear/tls", "tls/tls",
                "starttls/clear", "clear/starttls")
WAYS = ("systemd-socket-activate", "inetd", "xinetd")


def legs(combination):
    return combination.split("/")


def title(combination):
    return combination.replace("/", "-")


class Proxy:
    def __init__(self, place, server=None, how="systemd-socket-activate",
                 combinations=COMBINATIONS, name="proxy", session="",
                 command="", top="", log=None, plug_to=None, user="root",
                 program_path=IMAP4_PROXY, compiler=TEST_IMAP4, env=(),
                 wrap=(), listen=True,
                 host="127.0.0.1", scanning=None):
        """server: has .port and .tls_port.  session, command, top: text added
        to every session-acl, every command-acl, and the top level.  plug_to:
        instead of the server's address.  wrap: argv put before the proxy's.
        user: whom inetd and xinetd start sessions as.  host: the address to
        listen on, "::" for both families.  scanning: ACLs of mails; without
        them no mail is scanned."""
        self.place, self.name, self.how = place, name, how
        self.program, self.compiler = program(program_path), program(compiler)
        self.server, self.combinations = server, combinations
        self.session, self.command, self.top = session, command, top
        self.plug_to, self.env = plug_to, dict(env)
        self.host, self.scanning = host, scanning
        self.folder = place.folder(name, 0o755, USER)
        self.log = place.file(f"{name}/log", "", 0o644, USER)
        self.log_section = log or (f'log {{ level = normal  target = '
                                   f'"file:{self.log}" }}')
        self.port = {c: place.port() for c in combinations}
        self.cfg = os.path.join(self.folder, "imap4-proxy.cfg")
        self.cache = os.path.join(self.folder, "cache")
        for file in ("server.pem", "server.key", "ca.pem"):
            with open(os.path.join(certs(), file), "rb") as f:
                place.file(f"{name}/{file}", f.read(), 0o600, USER)
        self.write()
        self.compile()
        self.argv = [*wrap, self.program, "-f", self.cfg, "-C", self.cache]
        self.user = user if os.getuid() == 0 else USER
        if listen:
            self.listen()

    # ---- configuration

    def text(self):
        out = ['version = "1"', 'name = "e2e"', f'app-user = "{USER}"',
               self.log_section, self.top, "listen-on {"]
        for c, port in self.port.items():
            out.append(f'  non-transparent "{title(c)}" {{ '
                       f'address = "{self.host}"  port = {port} }}')
        out.append("}")
        own = 'certificate = "server.pem"  private-key = "server.key"'
        trust = 'auth-cert-file = "ca.pem"  server-name = "localhost"'
        out += [f'ssl-params "client-tls" {{ {own} }}',
                f'ssl-params "client-starttls" {{ {own}  mode = starttls }}',
                f'ssl-params "server-tls" {{ {trust} }}',
                f'ssl-params "server-starttls" {{ {trust}  mode = starttls }}']
        for c in self.combinations:
            client, server = legs(c)
            t = title(c)
            out += [f'session-acl "s-{t}" {{',
                    f'  listener = {{"{t}"}}',
                    f'  plug-to = {{"{self.target(server)}"}}']
            if client != "clear":
                out.append(f'  client-ssl-params = "client-{client}"')
            out += [f"  {self.session}", "}",
                    f'command-acl "c-{t}" {{', f'  parent = {{"s-{t}"}}']
            if server != "clear":
                out.append(f'  server-ssl-params = "server-{server}"')
            if self.scanning is None:
                out.append("  no-mail-scanning = yes")
            out += [f"  {self.command}", "}"]
        out.append(self.scanning or "")
        return "\n".join(out) + "\n"

    def target(self, server_leg):
        if self.plug_to:
            return self.plug_to
        port = self.server.tls_port if server_leg == "tls" else \
            self.server.port
        return f"127.0.0.1:{port}"

    def write(self, text=None):
        self.place.file(f"{self.name}/imap4-proxy.cfg", text or self.text(),
                        0o640)

    def compile(self):
        done = subprocess.run(
            [self.compiler, "-f", self.cfg, "-c", self.cache],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"test-imap4 -c: {done.returncode}\n"
                               f"{done.stdout}\n{self.text()}")
        return done.stdout

    # ---- listeners

    def listen(self):
        start = {"systemd-socket-activate": self._socket_activate,
                 "inetd": self._inetd, "xinetd": self._xinetd}[self.how]
        self.proc = start()
        wait_for(f"{self.how} listens",
                 lambda: all(listening(p, self.host)
                             for p in self.port.values()) or
                 self._dead())

    def _dead(self):
        if self.proc.poll() is not None:
            raise RuntimeError(f"{self.how}: " + self.place.read(
                f"{self.name}-listener.out"))

    def _socket_activate(self):
        argv = ["systemd-socket-activate", "--inetd", "-a"]
        for port in self.port.values():
            host = f"[{self.host}]" if ":" in self.host else self.host
            argv += ["-l", f"{host}:{port}"]
        for name, value in self.env.items():
            argv.append(f"--setenv={name}={value}")
        return self.place.start(f"{self.name}-listener", argv + self.argv)

    def inetd_lines(self):
        args = " ".join([os.path.basename(self.argv[0]), *self.argv[1:]])
        return "".join(
            f"{self.host}:{port} stream tcp4 nowait.60000 {self.user} "
            f"{self.argv[0]} {args}\n" for port in self.port.values())

    def _inetd(self):
        inetd = program(os.path.join(UNPACKED, "openbsd-inetd/usr/sbin/inetd"))
        conf = self.place.file(f"{self.name}/inetd.conf", self.inetd_lines())
        # Its pid file's name is compiled in.
        return self.place.start(f"{self.name}-listener", [
            "unshare", "-m", "sh", "-ec",
            'mount -t tmpfs none /run; exec "$@"', "sh",
            inetd, "-i", "-E", conf], env=dict(os.environ, **self.env))

    def xinetd_services(self):
        return "".join(f"""
service {title(c)}
{{
    type = UNLISTED
    socket_type = stream
    protocol = tcp
    bind = {self.host}
    port = {port}
    wait = no
    user = {self.user}
    server = {self.argv[0]}
    server_args = {' '.join(self.argv[1:])}
    instances = 1000
    per_source = 1000
    cps = 10000 1
    flags = NODELAY KEEPALIVE
    disable = no
}}
""" for c, port in self.port.items())

    def _xinetd(self):
        xinetd = program(os.path.join(UNPACKED, "xinetd/usr/sbin/xinetd"))
        conf = self.place.file(f"{self.name}/xinetd.conf",
                               self.xinetd_services())
        return self.place.start(f"{self.name}-listener", [
            xinetd, "-dontfork", "-f", conf, "-filelog",
            f"{self.folder}/xinetd.log", "-pidfile",
            f"{self.folder}/xinetd.pid"], env=dict(os.environ, **self.env))

    def stop(self):
        self.place.stop(self.proc)

    # ---- what clients and tests ask

    def connect(self, combination, user):
        client, _ = legs(combination)
        return mails.connect(self.port[combination], user,
                             tls=client == "tls", ca=self.folder + "/ca.pem",
                             starttls=client == "starttls")

    def log_text(self):
        return self.place.read(f"{self.name}/log")

    def events(self, word, text=None):
        """The log's records of this event word, as {KEY: value}; the last
        word of a record without a key is under "RESULT"."""
        found = []
        for line in (self.log_text() if text is None else text).splitlines():
            m = re.search(rf"\b[A-Z]+-\d+-[A-Z] {re.escape(word)}(?![\w-])(.*)$",
                          line)
            if m:
                rest = m.group(1)
                row = {k: v.strip('"') for k, v in re.findall(
                    r'([A-Za-z][A-Za-z0-9-]*)=("(?:[^"\\]|\\.)*"|\S*)', rest)}
                last = rest.split()[-1:] or [""]
                if "=" not in last[0]:
                    row["RESULT"] = last[0]
                found.append(row)
        return found

    def wait_events(self, word, count, seconds=10):
        """The same, when there are at least count of them."""
        return wait_for(f"{count} {word} in the log", lambda: (
            lambda e: e if len(e) >= count else None)(self.events(word)),
            seconds)

    def sessions(self):
        """Process ids of the sessions that run now."""
        found = []
        # imap4-session is what imap4-proxy becomes when it needs modules
        want = ("imap4-proxy", "imap4-session")
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/cmdline", "rb") as f:
                        args = f.read().split(b"\0")
                    if self.cfg.encode() in args and b"-C" in args and \
                            os.path.basename(os.path.realpath(
                                f"/proc/{name}/exe")) in want:
                        found.append(int(name))
                except OSError:
                    continue
        return found
