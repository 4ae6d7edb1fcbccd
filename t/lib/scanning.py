"""A proxy that scans, with an engine that finds EICAR: a stand-in for clamd,
or the real one.

    scanned = Scanned(place, server, policy=DENY)
    scanned = Scanned(place, server, sample(), clamd=scanners.Clamd(place))
    scanned.proxy, scanned.clamd
    scanned.refusals()        # MAIL-REFUSED records
"""

import os

from fakeclamd import FakeClamd
from proxy import Proxy
from rig import TOP, USER, wait_for

LEG = "clear/clear"

# What is not free of viruses is refused, the rest goes on.
DENY = """
mail-acl "found" { virus-status = {"found"}  deny = yes }
mail-acl "unscanned" { virus-status = {"!free"}  deny = yes }
mail-acl "doubtful" { malformed = yes  deny = yes }
mail-acl "rest" { }
doc-acl "rest" { }
"""

# Found: replaced on download, refused on upload.
REPLACE = """
mail-acl "upload" { direction = upload  virus-status = {"found"}  deny = yes }
mail-acl "unscanned" { virus-status = {"!free", "!found"}  deny = yes }
mail-acl "doubtful" { malformed = yes  deny = yes }
mail-acl "rest" { }
doc-acl "virus" { virus-status = {"found"}  replace-file = "virus.txt" }
doc-acl "rest" { }
"""

# Nothing looks at mails, and nothing is done to them.
NOTHING = """
mail-acl "all" { }
doc-acl "all" { }
"""



def sample():
    """The rules that conf/samples/scanning.cfg recommends, as they stand."""
    with open(os.path.join(TOP, "conf/samples/scanning.cfg")) as f:
        text = f.read()
    return text[text.index("\nmail-acl "):]


NOTICE = "The file %n of type %t was removed: %v.\n"


class Scanned:
    """policy: mail-acl and doc-acl sections.  command: more of the
    command-acl.  spool, quarantine: more of these sections.  engine: more of the
    antivirus section; None: no engine.  clamd: one that runs, instead of a
    stand-in with these modes; its user's to stop."""

    def __init__(self, place, server, policy=DENY, name="scanned",
                 command="", top="", spool="", quarantine="", engine="",
                 modes=(), clamd=None, **more):
        self.place, self.name = place, name
        self.spool_dir = place.folder(f"{name}-spool", 0o755, USER)
        self.quarantine_dir = place.folder(f"{name}-quarantine", 0o755, USER)
        for language in ("EN", "CZ", "CZ-ASCII"):
            for notice in ("virus.txt", "type.txt", "unscanned.txt"):
                place.file(f"{name}/notices/{language}/{notice}", NOTICE)
        self.clamd, self.own_clamd = clamd, None
        engines = ""
        if engine is not None:
            if clamd is None:
                self.clamd = self.own_clamd = FakeClamd(
                    place, *modes, name=f"{name}-clamd")
            engines = self.engine_text(engine)
            command = 'use-antivirus = {"eicar"}  ' + command
        self.proxy = Proxy(
            place, server, combinations=(LEG,), name=name, command=command,
            scanning=policy, top=f"""{top}
spool {{ dir = "{self.spool_dir}"  {spool} }}
quarantine {{ dir = "{self.quarantine_dir}"  {quarantine} }}
notices {{ dir = "notices"  contact = "postmaster@example.org" }}
{engines}""", **more)
        self.port = self.proxy.port[LEG]

    def engine_text(self, more=""):
        """Its section, for other configurations too."""
        return (f'antivirus "eicar" {{ protocol = clamd  connection = '
                f'{{"{self.clamd.path}"}}  {more} }}\n')

    def refusals(self, **fields):
        """MAIL-REFUSED records whose fields are these."""
        return [r for r in self.proxy.events("MAIL-REFUSED")
                if all(r.get(k) == v for k, v in fields.items())]

    def left(self):
        """Files in the spool's and the quarantine's folders that are neither
        there at rest nor finished copies."""
        found = []
        for folder in (self.spool_dir, self.quarantine_dir):
            for base, _, files in os.walk(folder):
                found += [os.path.join(base, f) for f in files
                          if not f.endswith((".eml", ".json", ".used"))]
        return found

    def processes(self):
        """[(pid, program)] of what the listener started, and of what that
        started: they share its session, whoever their parent is by now."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == self.proxy.proc.pid:
                continue
            try:
                with open(f"/proc/{entry}/stat") as f:
                    fields = f.read().rpartition(")")[2].split()
                name = os.path.basename(os.readlink(f"/proc/{entry}/exe"))
            except OSError:
                continue
            if int(fields[3]) == self.proxy.proc.pid and fields[0] != "Z":
                found.append((int(entry), name))
        return found

    def keeper_and_worker(self):
        """Their pids, when there is one session; the worker is the keeper's
        child."""
        both = [p for p, name in self.processes() if name == "imap4-mail"]
        for pid in both:
            with open(f"/proc/{pid}/stat") as f:
                parent = int(f.read().rpartition(")")[2].split()[1])
            if parent in both:
                return parent, pid
        return None, None

    def nothing_stays(self, seconds=5):
        """Wait until no process and no temporary file is left."""
        try:
            wait_for("ends", lambda: not self.processes() and
                     not self.left(), seconds)
        except RuntimeError:
            pass
        return self.processes(), self.left()

    def stop(self):
        self.proxy.stop()
        if self.own_clamd:
            self.own_clamd.stop()
