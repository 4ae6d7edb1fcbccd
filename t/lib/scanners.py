"""Real scanners of Debian's, unpacked and offline, below a Place, and the
program that asks them as the mail worker does.

    clamd = Clamd(place)              # .path, .port; .stop(), .freeze(True)
    for row in ask(place, [f"clamd={clamd.path}"], [file]): row.status
"""

import collections
import os
import signal
import subprocess
import threading

from fakeclamd import EICAR
from rig import B, UNPACKED, USER, listening, program, wait_for

ASK = os.path.join(B, "t/ask_scanner")

Row = collections.namedtuple("Row", "file engine status score ms name why")


def ask(place, engines, files, *options, seconds=120):
    """Rows for each file and engine, and {engine: version} as .versions."""
    run = subprocess.run([program(ASK), *options, *engines, "--", *files],
                         stdout=subprocess.PIPE, timeout=seconds, check=True,
                         text=True)
    rows = Rows()
    for line in run.stdout.splitlines():
        word, rest = line.split(" ", 1)
        if word == "VERSION":
            engine, _, text = rest.partition(" ")
            rows.versions[engine] = text
            continue
        engine, status, score, ms, text = rest.split(" ", 4)
        name, _, why = text.partition("|")
        rows.append(Row(word, engine, status, int(score), int(ms), name, why))
    return rows


class Rows(list):
    def __init__(self):
        super().__init__()
        self.versions = {}

    def statuses(self):
        return [row.status for row in self]


def ask_later(*args):
    """ask() in a thread: call the result for its rows."""
    rows = []
    thread = threading.Thread(target=lambda: rows.append(ask(*args)))
    thread.start()

    def result():
        thread.join()
        return rows[0]
    return result


class Server:
    """A process that can be stopped, started and frozen."""
    name = "server"

    def begin(self, argv, cond, user=USER, env=None, seconds=60):
        self.argv, self.cond, self.user, self.env = argv, cond, user, env
        self.seconds = seconds
        self.start()

    def start(self):
        self.proc = self.place.start(self.name, self.argv, user=self.user,
                                     env=self.env)
        wait_for(f"{self.name} is up", lambda: self.cond() or self._dead(),
                 self.seconds)

    def _dead(self):
        if self.proc.poll() is not None:
            raise RuntimeError(f"{self.name}: " +
                               self.place.read(self.name + ".out")[-2000:])

    def freeze(self, frozen):
        os.killpg(self.proc.pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def stop(self):
        self.place.stop(self.proc)

    def kill(self):
        """At once: what it should have tidied up stays."""
        os.killpg(self.proc.pid, signal.SIGKILL)
        self.proc.wait()
        self.stop()


class Clamd(Server):
    """With one signature, EICAR's, wherever it stands in a file, and others
    in the lines of ndb."""
    name = "clamd"
    signature = "Test.Eicar.UNOFFICIAL"

    def __init__(self, place, stream_max="1M", file_max="10M", extra="",
                 ndb=""):
        """A later one of the same place takes the socket of one before."""
        self.place = place
        base = place.folder("clamd", 0o755, USER)
        place.file("clamd/db/eicar.ndb",
                   f"Test.Eicar:0:*:{EICAR.hex()}\n{ndb}")
        self.path, self.port = f"{base}/clamd.ctl", place.port()
        conf = place.file("clamd/clamd.conf", f"""
LocalSocket {self.path}
LocalSocketMode 666
FixStaleSocket yes
TCPSocket {self.port}
TCPAddr 127.0.0.1
DatabaseDirectory {base}/db
TemporaryDirectory {base}
StreamMaxLength {stream_max}
MaxFileSize {file_max}
MaxScanSize 20M
AlertExceedsMax yes
Foreground yes
LogTime no
{extra}
""")
        clamd = program(os.path.join(UNPACKED, "clamav-daemon/usr/sbin/clamd"))
        self.begin([clamd, "-c", conf], lambda: os.path.exists(self.path) and
                   listening(self.port))


# In two pieces, so that this file is none.
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN" + \
    b"*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


class Spamd(Server):
    """With Debian's rules and the plugins they need most, no network."""
    name = "spamd"

    def __init__(self, place):
        self.place = place
        base = place.folder("spamd", 0o755, USER)
        place.file("spamd/site/init.pre", "".join(
            f"loadplugin Mail::SpamAssassin::Plugin::{p}\n"
            for p in ("Check", "BodyEval", "HeaderEval")))
        place.file("spamd/site/local.cf", "use_bayes 0\n")
        self.path, self.port = f"{base}/spamd.ctl", place.port()
        spamassassin = os.path.join(UNPACKED, "spamassassin/usr/share")
        perl = f"{spamassassin}/perl5"
        spamd = program(os.path.join(UNPACKED, "spamd/usr/sbin/spamd"))
        self.begin(["perl", "-T", f"-I{perl}", spamd, "-L", "-x", "-m", "1",
                    f"--socketpath={self.path}", "--socketmode=0666",
                    "-i", f"127.0.0.1:{self.port}", "-s", "stderr",
                    "-C", f"{spamassassin}/spamassassin",
                    f"--siteconfigpath={base}/site",
                    f"--helper-home-dir={base}"],
                   lambda: os.path.exists(self.path) and listening(self.port),
                   env=dict(os.environ, HOME=base))


class Rspamd(Server):
    """Its normal worker, without a rule: it knows GTUBE by itself."""
    name = "rspamd"

    def __init__(self, place):
        self.place = place
        base = place.folder("rspamd", 0o755, USER)
        self.path, self.port = f"{base}/rspamd.ctl", place.port()
        place.file("rspamd/tld", "com\norg\n")
        conf = place.file("rspamd/rspamd.conf", f"""
options {{
  pidfile = "{base}/pid";
  tempdir = "{base}";
  url_tld = "{base}/tld";
  hs_cache_dir = "{base}";
  control_socket = "{base}/control mode=0600";
  history_file = "{base}/history";
  rrd = "";
  dns {{ nameserver = ["127.0.0.1:1:1"]; timeout = 0.2s; retransmits = 1; }}
  filters = "";
}}
logging {{ type = "console"; level = "info"; }}
worker "normal" {{
  bind_socket = "127.0.0.1:{self.port}";
  bind_socket = "{self.path} mode=0666";
  count = 1;
  mime = true;
}}
actions {{ reject = 15; "add header" = 6; greylist = 4; }}
""")
        usr = os.path.join(UNPACKED, "rspamd/usr")
        self.begin([program(f"{usr}/bin/rspamd"), "-f", "-c", conf,
                    f"--var=LUALIBDIR={usr}/share/rspamd/lualib"],
                   lambda: os.path.exists(self.path) and listening(self.port),
                   env=dict(os.environ,
                            LD_LIBRARY_PATH=f"{usr}/lib/rspamd"))


class CIcap(Server):
    """c-icap with its virus scanning service on a Clamd: as "avscan", and
    as "whole", which brings back what is clean instead of 204."""
    name = "c-icap"

    def __init__(self, place, clamd):
        self.place, self.port = place, place.port()
        base = place.folder("c-icap", 0o755, USER)
        scan = os.path.join(UNPACKED, "libc-icap-mod-virus-scan/usr")
        lib = subprocess.run(["find", f"{scan}/lib", "-name", "c_icap"],
                             stdout=subprocess.PIPE, text=True,
                             check=True).stdout.strip()
        icap = os.path.join(UNPACKED, "c-icap")
        conf = place.file("c-icap/c-icap.conf", f"""
PidFile {base}/pid
CommandsSocket {base}/ctl
StartServers 1
MaxServers 2
MinSpareThreads 2
MaxSpareThreads 5
ThreadsPerChild 5
KeepAliveTimeout 2
Port 127.0.0.1:{self.port}
ServerAdmin postmaster@example.org
ServerName localhost
TmpDir {base}
DebugLevel 1
ModulesDir {lib}
ServicesDir {lib}
TemplateDir {scan}/share/c_icap/templates/
LoadMagicFile {icap}/etc/c-icap/c-icap.magic
ServerLog {base}/server.log
AccessLog {base}/access.log
Module common clamd_mod.so
clamd_mod.ClamdSocket {clamd.path}
Service antivirus_module virus_scan.so
ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple
ServiceAlias whole virus_scan?allow204=off&sizelimit=off&mode=simple
virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE DOCUMENT GRAPHICS
virus_scan.SendPercentData 0
virus_scan.StartSendPercentDataAfter 10M
virus_scan.MaxObjectSize 5M
virus_scan.DefaultEngine clamd
""")
        self.begin([program(f"{icap}/usr/bin/c-icap"), "-N", "-f", conf],
                   lambda: listening(self.port))

    def answers(self, service):
        """What the service was asked, and the codes it answered with."""
        lines = [line.split()
                 for line in self.place.read("c-icap/access.log").splitlines()]
        return {f"{line[-3]} {line[-1]}" for line in lines
                if line[-2].startswith(service + "?")}
