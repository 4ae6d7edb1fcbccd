"""Real mail clients, each doing a fixed round of work on an account.  The same
round on an equal account, directly and through the proxy, must leave equal
accounts and print the same.

    work(port, user, client, tls, place) -> what the client saw
with tls one of "clear", "tls", "starttls".
"""

import contextlib
import os
import pty
import select
import subprocess
import time

import mails
from mails import hashed
from rig import certs

CA = os.path.join(certs(), "ca.pem")
PASSWORD = "secret"


def run(argv, place, seconds=60, check=True, **more):
    done = subprocess.run(argv, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=seconds,
                          stdin=subprocess.DEVNULL, **more)
    if check and done.returncode != 0:
        raise RuntimeError(f"{argv[0]}: exit {done.returncode}: "
                           f"{done.stderr.decode(errors='replace')[-2000:]}"
                           f"{done.stdout.decode(errors='replace')[-500:]}")
    return done


# ---- curl ------------------------------------------------------------------

def curl(port, user, tls, place):
    base = [f"imap{'s' if tls == 'tls' else ''}://localhost:{port}", "-sS"]
    options = ["--user", f"{user}:{PASSWORD}", "--cacert", CA,
               "--connect-timeout", "10"]
    if tls == "starttls":
        options.append("--ssl-reqd")

    def get(path="/", *more):
        return run(["curl", *options, *more, "-sS", base[0] + path],
                   place).stdout

    seen = [sorted(get("/").splitlines())]
    seen.append(get("/", "-X", "CREATE Curl"))
    letter = place.file(f"curl-{user}.eml", mails.mail(77))
    seen.append(get("/Curl", "-T", letter))
    for uid in (1, 2, 3, 5):
        seen.append(hashed(get(f"/INBOX;UID={uid}")))
    seen.append(get("/INBOX;UID=4;SECTION=HEADER.FIELDS%20(SUBJECT)"))
    seen.append(get("/INBOX;MAILINDEX=3;SECTION=TEXT"))
    seen.append(get("/INBOX?SUBJECT%20%22Sample%201%22"))
    seen.append(get("/INBOX", "-X", "FETCH 1:5 (FLAGS RFC822.SIZE ENVELOPE)"))
    seen.append(get("/INBOX", "-X", "STORE 2 +FLAGS (\\Deleted)"))
    seen.append(get("/INBOX", "-X", "EXPUNGE"))
    seen.append(get("/INBOX", "-X", "STATUS Curl (MESSAGES UNSEEN)"))
    return seen


# ---- mbsync ------------------------------------------------------------------

MBSYNC = """
IMAPAccount far
Host localhost
Port {port}
User {user}
Pass {password}
SSLType {ssl}
CertificateFile {ca}
SystemCertificates no
AuthMechs *
Timeout 30

IMAPStore far
Account far

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
CopyArrivalDate yes
"""


def maildir(folder):
    """{folder: sorted (hash, flags)} of a local maildir tree."""
    shot = {}
    for base, _, files in os.walk(folder):
        if os.path.basename(base) not in ("new", "cur"):
            continue
        box = os.path.relpath(os.path.dirname(base), folder)
        rows = shot.setdefault(box, [])
        for name in files:
            with open(os.path.join(base, name), "rb") as f:
                rows.append((hashed(f.read()), name.partition(":2,")[2]))
    return {k: sorted(v) for k, v in shot.items()}


def maildir_mails(folder):
    """The mails of such a tree, as octets."""
    found = []
    for base, _, names in os.walk(folder):
        if os.path.basename(base) in ("new", "cur"):
            for name in names:
                with open(os.path.join(base, name), "rb") as f:
                    found.append(f.read())
    return found


def mbsync_pull(place, user, port):
    """(argv, folder): fetch INBOX, and no more, to a local maildir tree."""
    folder = place.folder(f"near-{user}")
    rc = place.file(f"near-{user}.rc", MBSYNC.format(
        port=port, user=user, password=PASSWORD, ca=CA, folder=folder,
        ssl="None").replace("Patterns *", "Patterns INBOX\nSync Pull"))
    return ["mbsync", "-c", rc, "-a"], folder


def mbsync(port, user, tls, place):
    """Two ways: the server's mails come, a local folder and changed flags go;
    a second run changes nothing."""
    folder = place.folder(f"mbsync-{user}")
    rc = place.file(f"mbsync-{user}.rc", MBSYNC.format(
        port=port, user=user, password=PASSWORD, ca=CA, folder=folder,
        ssl={"clear": "None", "tls": "IMAPS", "starttls": "STARTTLS"}[tls]))
    argv = ["mbsync", "-c", rc, "-a"]
    env = dict(os.environ, HOME=place.path)
    run(argv, place, env=env)
    came = maildir(folder)
    # Locally: a new folder with mails, some mails flagged, one deleted.
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(folder, "Local", sub))
    for n in range(300, 320):
        with open(os.path.join(folder, "Local/cur", f"{n}.near:2,S"),
                  "wb") as f:
            f.write(mails.mail(n))
    cur = os.path.join(folder, "INBOX/cur")
    names = []
    for name in os.listdir(cur):
        with open(os.path.join(cur, name), "rb") as f:
            names.append((hashed(f.read()), name))
    for i, (_, name) in enumerate(sorted(names)[:10]):
        stem, _, flags = name.partition(":2,")
        flags = "".join(sorted(set(flags) | set("T" if i == 0 else "FS")))
        os.rename(os.path.join(cur, name), os.path.join(cur,
                                                        f"{stem}:2,{flags}"))
    run(argv, place, env=env)
    went = maildir(folder)
    again = run(argv, place, env=env)
    still = maildir(folder)
    return [{k: len(v) for k, v in came.items()}, came, went, still == went,
            again.returncode]


# ---- mutt --------------------------------------------------------------------

MUTT = """
set from = "alice@example.org"
set realname = "Alice"
set folder = "{scheme}://{user}@localhost:{port}/"
set imap_user = "{user}"
set imap_pass = "{password}"
set imap_authenticators = "plain:login"
set spoolfile = "+INBOX"
set record = ""
set ssl_starttls = {starttls}
set ssl_force_tls = {force}
set ssl_ca_certificates_file = "{ca}"
set imap_check_subscribed = no
set imap_idle = yes
set mail_check = 60
set timeout = 60
set quit = yes
set delete = yes
set confirmappend = no
set confirmcreate = no
set wait_key = no
set header_cache = ""
set tmpdir = "{tmp}"
set print = yes
set print_command = "cat >> {printed}"
set sleep_time = 0
set nobeep
set sort = mailbox-order
"""


def mutt(port, user, tls, place):
    """In a terminal that nobody looks at: prints two mails, flags one, deletes
    one, copies two to a new folder, quits."""
    printed = place.file(f"mutt-{user}.printed", "")
    rc = place.file(f"mutt-{user}.rc", MUTT.format(
        scheme="imaps" if tls == "tls" else "imap", user=user, port=port,
        password=PASSWORD, ca=CA, tmp=place.path, printed=printed,
        starttls="yes" if tls == "starttls" else "no",
        force="yes" if tls != "clear" else "no"))
    keys = ("<first-entry><print-message>"
            "<next-entry><print-message>"
            "<next-entry><flag-message>"
            "<jump>5<enter><delete-message>"
            "<tag-pattern>~m 6-7<enter><tag-prefix>"
            "<copy-message><kill-line>+Mutt<enter>"
            "<sync-mailbox><exit>")
    argv = ["mutt", "-F", rc, "-e", f'push "{keys}"']
    code, screen = in_terminal(argv, dict(os.environ, HOME=place.path,
                                          TERM="xterm", LC_ALL="C.UTF-8"))
    if code != 0:
        raise RuntimeError(f"mutt: exit {code}: {screen[-1500:]!r}")
    with open(printed, "rb") as f:
        return [code, f.read()]


def in_terminal(argv, env, seconds=40):
    """Run with a pseudo terminal: (exit code, what it drew)."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, env)
    drawn, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        ready, _, _ = select.select([fd], [], [], 0.2)
        if not ready:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        drawn += data
    else:
        os.kill(pid, 9)
    with contextlib.suppress(OSError):
        os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), drawn


# ---- imaplib -------------------------------------------------------------------

def imaplib_round(port, user, tls, place):
    box = mails.connect(port, user, tls=tls == "tls", ca=CA,
                        starttls=tls == "starttls")
    seen = [mails.folders(box), box.noop()[0], box.select("INBOX")]
    for number in ("1", "2:4", "7"):
        data = mails.must(box.fetch(number, "(FLAGS RFC822.SIZE BODY[])"))
        seen.append([hashed(d[1]) for d in data if isinstance(d, tuple)])
    seen.append(box.fetch("1:3", "(BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)]"
                                 " BODY.PEEK[TEXT]<5.40>)"))
    seen.append(box.fetch("3", "(ENVELOPE BODYSTRUCTURE)"))
    seen.append(box.uid("SEARCH", "SUBJECT", '"Sample 1"'))
    seen.append(box.store("1:2", "+FLAGS", "(\\Answered $Label)"))
    seen.append(box.copy("1:3", "Drafts")[0])
    seen.append(box.create("Lib")[0])
    seen.append(box.append("Lib", "\\Draft", '"05-Jan-2026 10:00:00 +0000"',
                           mails.mail(55, 300000))[0])
    seen.append(box.rename("Lib", '"Lib renamed"')[0])
    seen.append(box.subscribe('"Lib renamed"')[0])
    seen.append(box.status('"Lib renamed"', "(MESSAGES UNSEEN)"))
    seen.append(box.store("4", "+FLAGS", "\\Deleted")[0])
    seen.append(box.expunge())
    seen.append(box.unselect()[0])
    seen.append(box.logout()[0])
    return seen


CLIENTS = {"curl": curl, "mbsync": mbsync, "mutt": mutt,
           "imaplib": imaplib_round}
