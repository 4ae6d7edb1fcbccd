"""Private Dovecot and Cyrus on loopback ports, below a Place.

Each has .port (clear, offers STARTTLS) and .tls_port (implicit TLS), any
user name, password "secret" (Cyrus takes any password), and .stop().
"""

import os
import subprocess

import mails
from rig import USER, UNPACKED, certs, listening, program, wait_for


def _folder_of(place, name):
    return place.folder(name, 0o755, USER)


class Dovecot:
    name = "dovecot"

    def __init__(self, place, extra="", ports=None, password="secret"):
        self.place, self.password = place, password
        self.port, self.tls_port = ports or (place.port(), place.port())
        dovecot = program("/usr/sbin/dovecot")
        base = _folder_of(place, "dovecot")
        root = os.getuid() == 0
        users = "" if root else (f"default_internal_user = {USER}\n"
                                 f"default_login_user = {USER}\n"
                                 f"default_internal_group = \n")
        tls = certs()
        conf = place.file("dovecot/dovecot.conf", f"""
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap
listen = 127.0.0.1
login_greeting = Dovecot ready.
{users}
ssl = yes
ssl_cert = <{tls}/server.pem
ssl_key = <{tls}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login scram-sha-256
mail_location = maildir:~/Maildir
mail_fsync = never
first_valid_uid = 1
mail_max_userip_connections = 1000
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={USER} gid={os.getgid() if not root else 'nogroup'} home={base}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 1000
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  client_limit = 3000
}}
service auth {{
  client_limit = 3000
}}
service imap {{
  process_limit = 1000
}}
service stats {{
  chroot =
  client_limit = 3000
}}
{extra}
""")
        place.folder("dovecot/home", 0o755, USER)
        self.proc = place.start("dovecot", [dovecot, "-F", "-c", conf])
        wait_for("Dovecot listens", lambda: listening(self.port) and
                 listening(self.tls_port) or self._dead())

    def _dead(self):
        if self.proc.poll() is not None:
            raise RuntimeError("Dovecot: " + self.place.read("dovecot.out") +
                               self.place.read("dovecot/log"))

    def connect(self, user):
        """Directly, without the proxy."""
        return mails.connect(self.port, user, self.password)

    def stop(self):
        self.place.stop(self.proc)


class Cyrus:
    """Unpacked, not installed: its package excludes Dovecot's."""
    name = "cyrus"

    def __init__(self, place):
        self.place = place
        self.port, self.tls_port = place.port(), place.port()
        self.made = set()
        common = os.path.join(UNPACKED, "cyrus-common/usr")
        lib = os.path.join(common, "lib/cyrus/bin")
        master = program(os.path.join(lib, "master"))
        imapd = program(os.path.join(UNPACKED,
                                     "cyrus-imapd/usr/lib/cyrus/bin/imapd"))
        base = _folder_of(place, "cyrus")
        for sub in ("conf", "conf/db", "conf/socket", "conf/proc", "conf/log",
                    "conf/lock", "conf/user", "spool", "tls"):
            _folder_of(place, "cyrus/" + sub)
        tls = {}
        for name in ("server.pem", "server.key"):
            with open(os.path.join(certs(), name), "rb") as f:
                tls[name] = place.file("cyrus/tls/" + name, f.read(), 0o600,
                                       USER)
        conf = place.file("cyrus/imapd.conf", f"""
configdirectory: {base}/conf
partition-default: {base}/spool
defaultpartition: default
cyrus_user: {USER}
admins: admin
autocreate_quota: -1
autocreate_inbox_folders: Drafts
unixhierarchysep: yes
altnamespace: yes
virtdomains: off
allowplaintext: yes
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN LOGIN
tls_server_cert: {tls['server.pem']}
tls_server_key: {tls['server.key']}
servername: localhost
conversations: 0
search_engine: none
skiplist_unsafe: 1
""")
        services = place.file("cyrus/cyrus.conf", f"""
START {{
  recover cmd="{lib}/ctl_cyrusdb -C {conf} -r"
}}
SERVICES {{
  imap cmd="{imapd} -C {conf}" listen="127.0.0.1:{self.port}" prefork=1 maxchild=400
  imaps cmd="{imapd} -C {conf} -s" listen="127.0.0.1:{self.tls_port}" prefork=1 maxchild=400
}}
EVENTS {{
}}
""")
        arch = [d for d in os.listdir(os.path.join(common, "lib"))
                if "linux-gnu" in d][0]
        self.env = dict(os.environ, LD_LIBRARY_PATH=os.path.join(
            common, "lib", arch), CYRUS_VERBOSE="1")
        self.proc = place.start(
            "cyrus", [master, "-C", conf, "-M", services, "-p",
                      f"{base}/master.pid"], user=USER, env=self.env)
        wait_for("Cyrus listens", lambda: listening(self.port) and
                 listening(self.tls_port) or self._dead())

    def _dead(self):
        if self.proc.poll() is not None:
            raise RuntimeError("Cyrus: " + self.place.read("cyrus.out"))

    def connect(self, user):
        """Directly, without the proxy; makes the user's mailbox."""
        if user not in self.made:
            box = mails.connect(self.port, "admin")
            box.create(f"user/{user}")
            box.create(f"user/{user}/Drafts")
            box.logout()
            self.made.add(user)
        return mails.connect(self.port, user)

    def stop(self):
        self.place.stop(self.proc)


SERVERS = {"dovecot": Dovecot, "cyrus": Cyrus}
