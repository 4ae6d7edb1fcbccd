#!/usr/bin/python3
"""What each access profile leaves of real clients, with Dovecot: mbsync, mutt
and what Thunderbird sends end without an error of the protocol, without a
second connection, and what is refused is not there on the server's disk; and
every door there is, tried with Dovecot and Cyrus."""

import contextlib
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import clients  # noqa: E402
import mails  # noqa: E402
from mailservers import Cyrus, Dovecot  # noqa: E402
from proxy import Proxy  # noqa: E402
from rig import Place, diag, done, ok, same, wait_for  # noqa: E402
from wire import Client  # noqa: E402

LEG = "clear/clear"
MAILS, WORK = 12, 3
DELETED = "T"       # Maildir's letter


# ---- the server's side --------------------------------------------------------

def home(user):
    return os.path.join(place.path, "dovecot/home", user, "Maildir")


def disk(user):
    """All that a client can change: {folder: {file: hash}} of mails, where a
    file's name has its flags and its folder is new or cur; subscriptions,
    names of folders, keywords."""
    shot = {}
    for base, _, files in os.walk(home(user)):
        where = os.path.relpath(base, home(user))
        leaf = os.path.basename(base)
        if leaf in ("new", "cur"):
            rows = {}
            for name in files:
                with open(os.path.join(base, name), "rb") as f:
                    rows[name] = hashlib.sha256(f.read()).hexdigest()
            if rows:
                shot[where] = rows
        for name in files:
            if name in ("subscriptions", "dovecot-keywords"):
                with open(os.path.join(base, name), "rb") as f:
                    shot[os.path.join(where, name)] = f.read()
    return shot


def contents(user):
    """The mails of each folder and their flags; \\Recent is none."""
    shot = {}
    for where, rows in disk(user).items():
        if isinstance(rows, dict):
            shot.setdefault(os.path.dirname(where), []).extend(
                (h, n.partition(":2,")[2]) for n, h in rows.items())
    return {k: sorted(v) for k, v in shot.items()}


def stored(user):
    """The mails alone: sorted hashes, and how many are marked deleted."""
    hashes, marked = [], 0
    for where, rows in disk(user).items():
        if isinstance(rows, dict):
            hashes += rows.values()
            marked += sum(DELETED in n.partition(":2,")[2] for n in rows)
    return sorted(hashes), marked


def seen_directly(user, on):
    """The same where there is no disk to look at: mails and subscriptions."""
    box = on.connect(user)
    shot = mails.snapshot(box), sorted(box.lsub()[1])
    box.logout()
    return shot


def stored_there(user, on):
    shot, _ = seen_directly(user, on)
    rows = [r for folder in shot.values() for r in folder]
    return sorted(r[0] for r in rows), sum(r"\Deleted" in r[1] for r in rows)


def account(user, on=None):
    box = (on or server).connect(user)
    mails.fill(box, MAILS)
    mails.fill(box, WORK, "Work")
    box.logout()
    return user


def sessions_of(proxy, user):
    return [e for e in proxy.events("SESSION-END") if e.get("USER") == user]


def ended_well(proxy, user, count=1):
    """So many sessions, and none that either side broke off."""
    with contextlib.suppress(RuntimeError):
        wait_for("sessions' ends",
                 lambda: len(sessions_of(proxy, user)) >= count, 5)
    results = [e.get("RESULT") for e in sessions_of(proxy, user)]
    if results != ["ACCEPTED"] * count:
        diag(sessions_of(proxy, user))
    return results == ["ACCEPTED"] * count


# ---- every door ----------------------------------------------------------------------

APPEND = (b"From: a\r\n\r\nb\r\n", b"\r\n")


def up(text):
    return text + f" {{{len(APPEND[0])}}}", APPEND[0] + b"\r\n"


CHANGES = [
    r"STORE 1 +FLAGS (\Seen)", r"UID STORE 1 FLAGS (\Answered)",
    r"STORE 1:* -FLAGS.SILENT (\Seen)", r"STORE 2 +FLAGS ($Label)",
    "COPY 1 Work", "UID COPY 1:* Work", "MOVE 1 Work", "UID MOVE 2 Work",
    up("APPEND INBOX"), up(r'APPEND Work (\Seen) "05-Jan-2026 10:00:00 +0000"'),
    (b"APPEND INBOX {3+}\r\nabc",), (b"APPEND {5+}\r\nINBOX {3+}\r\nabc",),
    up("REPLACE 1 INBOX"), up("UID REPLACE 1 INBOX"),
    "CREATE New", "CREATE INBOX/New", "RENAME Work Play", "SUBSCRIBE Work",
    "UNSUBSCRIBE Work", "SETACL INBOX anyone lr",
    'SETMETADATA INBOX (/private/comment "x")', 'SETQUOTA "" (STORAGE 1)',
]
LOSES = [
    "EXPUNGE", "UID EXPUNGE 1:*", "DELETE Work", up("REPLACE 1 INBOX"),
    up("UID REPLACE 1 INBOX"), "DELETEACL INBOX anyone",
    'SETMETADATA INBOX (/private/comment NIL)', "XRENAME Work Play",
]
MARKS = [
    r"STORE 1 +FLAGS (\Deleted)", r"STORE 1 +FLAGS \Deleted",
    r"STORE 1:* +flags.silent (\deleted)", r"UID STORE 1 FLAGS (\Deleted)",
    r"UID STORE 1:* FLAGS.SILENT (\Seen \Deleted)",
    r"STORE 1 (UNCHANGEDSINCE 99999) +FLAGS (\Deleted)",
    r'STORE 1 +FLAGS "\\Deleted"', (rb"STORE 1 +FLAGS {8+}" b"\r\n\\Deleted",),
    (rb"STORE 1 +FLAGS ({8+}" b"\r\n\\Deleted)",),
    up(r"APPEND INBOX (\Deleted)"), up(r"APPEND INBOX (\Seen \DELETED)"),
    (rb"APPEND INBOX (\Deleted) {3+}" b"\r\nabc",),
    ("APPEND INBOX ({8}", b"\\Deleted) {3}\r\n", b"abc\r\n"),
    'STORE 1 ANNOTATION (/comment (value.priv "x"))',
]
TEXT = [
    "FETCH 1 BODY[]", "FETCH 1 BODY.PEEK[]", "FETCH 1 BODY[]<0.10>",
    "UID FETCH 1 (UID RFC822.SIZE BODY.PEEK[])", "FETCH 1 BODY[TEXT]",
    "FETCH 1 BODY.PEEK[1]", "FETCH 1 BODY[1.TEXT]", "FETCH 1 RFC822",
    "FETCH 1 RFC822.TEXT", "FETCH 1 BINARY[1]", "FETCH 1 BINARY.PEEK[]",
    "FETCH 1 (PREVIEW)", "FETCH 1 PREVIEW (LAZY)", "FETCH 1 (SNIPPET)",
    "FETCH 1 (FLAGS X-GUID BODY.PEEK[TEXT])", "FETCH 1 (fast body[text])",
    "SEARCH BODY mail", "SEARCH TEXT mail", "SEARCH NOT BODY mail",
    "UID SEARCH OR SEEN (SINCE 1-Jan-2026 TEXT mail)",
    "SEARCH RETURN (COUNT) BODY mail", "SORT (SUBJECT) UTF-8 BODY mail",
    "THREAD REFERENCES UTF-8 TEXT mail", "SEARCH CHARSET UTF-8 BODY mail",
    (b"SEARCH BODY {4+}\r\nmail",), (b"SEARCH {4+}\r\nBODY mail",),
    'SEARCH "BODY" mail', "SEARCH FUZZY BODY mail", "SEARCH X-GUID x",
    "SEARCH (((BODY mail)))", 'SEARCH RETURN (UPDATE (BODY[])) ALL',
    "NOTIFY SET (SELECTED (MessageNew (BODY.PEEK[TEXT]) MessageExpunge))",
    'CONVERT 1 ("text/plain" ()) BINARY[1]', "X-STATE",
    'URLFETCH "imap://x/INBOX;UID=1"', "GENURLAUTH x INTERNAL",
]


def doors(proxy, profile, commands, unchanged):
    user = account(f"doors-{profile}", proxy.server)
    before = unchanged(user)
    what = f"{profile}, {proxy.server.name}:"
    c = Client(proxy.port[LEG], user)
    c.must("SELECT INBOX")
    for command in commands:
        args = command if isinstance(command, tuple) else (command,)
        status, code, heard = c.ask(*args)
        shown = args[0] if isinstance(args[0], str) else args[0].decode()
        text = [h for h in heard if b"mail number" in h or b"ESEARCH" in h or
                h.startswith(b"* SEARCH") or h.startswith(b"* SORT") or
                h.startswith(b"* THREAD")]
        ok(status in ("NO", "BAD") and not text,
           f"{what} no {' '.join(shown.split())}: {status} {code}")
        for h in text:
            diag(h)
    ok(c.idle(), f"{what} the session goes on after all of them")
    if profile == "read-only":
        c.must("FETCH 1:* BODY[]")
        c.must("FETCH 1:* (RFC822 BINARY[1])")
    c.must("CLOSE")
    c.must("SELECT Work")
    c.must("SELECT INBOX")
    c.must("UNSELECT")
    c.logout()
    same(unchanged(user), before, f"{what} and nothing has changed")
    ok(ended_well(proxy, user), f"{what} the session ends well")


# ---- Thunderbird -----------------------------------------------------------------------

HEADERS = ("From To Cc Bcc Subject Date Message-ID Priority X-Priority "
           "References Newsgroups In-Reply-To Content-Type Reply-To")


def thunderbird(proxy, profile, wants):
    """Its commands in its order.  wants: {step: the status it must get}."""
    user = account(f"thunderbird-{profile}")
    before = disk(user)
    c = Client(proxy.port[LEG])
    got = {}

    def step(name, text, *more):
        got[name] = c.ask(text, *more)
        return got[name][2]

    step("CAPABILITY", "CAPABILITY")
    step("LOGIN", f'login "{user}" "secret"')
    caps = b"".join(step("CAPABILITY after login", "CAPABILITY"))
    step("ID", 'ID ("name" "Thunderbird" "version" "140.0")')
    if b"CONDSTORE" in caps:
        step("ENABLE", "ENABLE CONDSTORE")
    step("NAMESPACE", "namespace")
    step("LSUB", 'lsub "" "*"')
    step("LIST", 'list (subscribed) "" "*" return (special-use)')
    step("STATUS", 'STATUS "Work" (UIDNEXT MESSAGES UNSEEN RECENT)')
    selected = step("SELECT", 'select "INBOX"')
    if b"QUOTA" in caps:
        step("GETQUOTAROOT", 'getquotaroot "INBOX"')
    step("FLAGS", "UID fetch 1:* (FLAGS)")
    listed = step("headers", "UID fetch 1:12 (UID RFC822.SIZE FLAGS "
                  f"BODY.PEEK[HEADER.FIELDS ({HEADERS})])")
    body = step("body", "UID fetch 1 (UID RFC822.SIZE BODY.PEEK[])")
    step("seen", r"uid store 1 +Flags (\Seen)")
    step("flagged", r"uid store 2 +Flags (\Flagged)")
    step("move", 'uid move 3 "Work"' if b" MOVE" in caps else
         'uid copy 3 "Work"')
    step("delete", r"uid store 4 +Flags (\Deleted)")
    step("expunge", "uid expunge 4" if b" UIDPLUS" in caps else "expunge")
    step("draft", *up(r"append Drafts (\Seen)"))
    step("search", 'UID SEARCH UNDELETED SUBJECT "Sample"')
    ok(c.idle(), f"Thunderbird, {profile}: IDLE")
    step("NOOP", "noop")
    step("compact", "expunge")
    step("CLOSE", "close")
    step("logout", "logout")
    statuses = {name: status for name, (status, _, _) in got.items()}
    same(statuses, {name: wants.get(name, "OK") for name in statuses},
         f"Thunderbird, {profile}: each command has the answer it should")
    ok(len(listed) == MAILS, f"Thunderbird, {profile}: lists {MAILS} mails")
    ok(all(code == "NOPERM" for status, code, _ in got.values()
           if status == "NO"), f"Thunderbird, {profile}: NO says NOPERM")
    ok(ended_well(proxy, user),
       f"Thunderbird, {profile}: one session, and it ends well")
    return user, before, selected, body


# ---- those that move in their own ways --------------------------------------

def moves():
    """Outlook copies and marks; iOS and Apple Mail use MOVE where it is."""
    proxy = proxies["organise"]
    user = account("moves")
    before, _ = stored(user)
    c = Client(proxy.port[LEG], user)
    c.must("SELECT INBOX")
    got = [c.ask("UID COPY 1 Work")[0],
           c.ask(r"UID STORE 1 +FLAGS.SILENT (\Seen \Deleted)")[0]]
    same(got, ["OK", "NO"], "Outlook's way, organise: copies, does not mark")
    got = [c.ask('UID MOVE 2 "Work"')[0],
           c.ask(r"UID STORE 3 +FLAGS (\Deleted)")[0],
           c.ask("UID EXPUNGE 3")[0], c.ask("CLOSE")[0]]
    same(got, ["OK", "NO", "NO", "OK"],
         "iOS' way, organise: moves, and erases nothing")
    c.logout()
    after, marked = stored(user)
    shot = contents(user)
    same([len(after), marked, len(shot[""]), len(shot[".Work"])],
         [len(before) + 1, 0, MAILS - 1, WORK + 2],
         "and the mails are where that leaves them")
    ok(ended_well(proxy, user), "moving, organise: the session ends well")


# ---- mbsync --------------------------------------------------------------------------------

MBSYNC = clients.MBSYNC.replace("Create Both\nExpunge Both\n", "{how}\n")


class Mbsync:
    def __init__(self, proxy, user, how):
        self.near = place.folder(f"mbsync-{user}")
        self.rc = place.file(f"mbsync-{user}.rc", MBSYNC.format(
            port=proxy.port[LEG], user=user, password=clients.PASSWORD,
            ca=clients.CA, folder=self.near, ssl="None", how=how))

    def run(self):
        done_ = clients.run(["mbsync", "-c", self.rc, "-a"], place,
                            check=False, env=dict(os.environ, HOME=place.path))
        self.said = (done_.stdout + done_.stderr).decode(errors="replace")
        return done_.returncode

    def mails(self):
        return clients.maildir(self.near)

    def flag(self, count, letters):
        """Flag some local mails of INBOX, as a mail reader would."""
        cur = os.path.join(self.near, "INBOX/cur")
        new = os.path.join(self.near, "INBOX/new")
        for base in (new, cur):
            for name in sorted(os.listdir(base))[:count]:
                stem, _, flags = name.partition(":2,")
                flags = "".join(sorted(set(flags) | set(letters)))
                os.rename(os.path.join(base, name),
                          os.path.join(cur, f"{stem}:2,{flags}"))


def mbsync_read_only(proxy):
    user = account("mbsync-read-only")
    box = Mbsync(proxy, user, "Sync Pull\nCreate Near\nExpunge Near")
    before = disk(user)
    codes = [box.run(), box.run()]
    same(codes, [0, 0], "mbsync, read-only: pulls twice, both exit 0")
    came = box.mails()
    same({k: len(v) for k, v in came.items() if v},
         {"INBOX": MAILS, "Work": WORK}, "mbsync, read-only: has every mail")
    same(disk(user), before, "mbsync, read-only: the server has what it had")
    direct = server.connect(user)
    mails.fill(direct, 2, first=100)
    direct.logout()
    before = disk(user)
    box.flag(3, "FS")
    same([box.run(), box.run()], [0, 0],
         "mbsync, read-only: new mails come beside local flags")
    ok(len(box.mails()["INBOX"]) == MAILS + 2,
       "mbsync, read-only: the new ones, and no mail twice")
    same(disk(user), before, "mbsync, read-only: and nothing went back")
    ok(ended_well(proxy, user, 4), "mbsync, read-only: a session for each run")
    pushes = Mbsync(proxy, user, "Sync All\nCreate Near\nExpunge None")
    pushes.run()
    pushes.flag(1, "FS")
    ok(pushes.run() != 0 and "NO [NOPERM]" in pushes.said,
       "mbsync, read-only: tells of what it may not push")
    same(disk(user), before, "mbsync, read-only: which stays away")


def mbsync_organise(proxy):
    user = account("mbsync-organise")
    box = Mbsync(proxy, user, "Sync New ReNew Flags\nCreate Both\n"
                 "Expunge None")
    mails_before, _ = stored(user)
    same([box.run(), box.run()], [0, 0],
         "mbsync, organise: syncs twice, both exit 0")
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(box.near, "Local", sub))
    for n in range(300, 303):
        with open(os.path.join(box.near, "Local/cur", f"{n}.near:2,S"),
                  "wb") as f:
            f.write(mails.mail(n))
    box.flag(4, "FS")
    same([box.run(), box.run()], [0, 0],
         "mbsync, organise: flags and a new folder go to the server")
    after, marked = stored(user)
    ok(len(after) == len(mails_before) + 3 and
       not [h for h in mails_before if h not in after] and marked == 0,
       "mbsync, organise: mails came to the server, none went")
    ok(ended_well(proxy, user, 4), "mbsync, organise: a session for each run")
    box.flag(1, "T")
    before = disk(user)
    # isync 1.4 stops with an assertion when STORE is refused
    ok(box.run() != 0 and "NO [NOPERM]" in box.said,
       "mbsync, organise: a mail deleted locally is refused, and told")
    same(disk(user), before, "mbsync, organise: it stays on the server")


def mbsync_no_export(proxy):
    user = account("mbsync-no-export")
    box = Mbsync(proxy, user, "Sync Pull\nCreate Near\nExpunge None")
    before = contents(user)
    same([box.run(), box.said.count("NO [NOPERM]")], [0, MAILS + WORK],
         "mbsync, no-export: says of each mail that it is refused")
    same([box.run(), box.said.count("NO [NOPERM]")], [0, 0],
         "mbsync, no-export: and does not ask for it again")
    ok(not any(box.mails().values()), "mbsync, no-export: has none of them")
    same(contents(user), before,
         "mbsync, no-export: the server has what it had")
    ok(ended_well(proxy, user, 2), "mbsync, no-export: a session for a run")


# ---- mutt ---------------------------------------------------------------------------------

def mutt(proxy, profile, keys):
    """Its user, what was there before, and what it printed."""
    user = account("mutt-" + profile.replace(", ", "-"))
    before = disk(user), stored(user)
    printed = place.file(f"mutt-{user}.printed", "")
    rc = place.file(f"mutt-{user}.rc", clients.MUTT.format(
        scheme="imap", user=user, port=proxy.port[LEG],
        password=clients.PASSWORD, ca=clients.CA, tmp=place.path,
        printed=printed, starttls="no", force="no"))
    code, drawn = clients.in_terminal(
        ["mutt", "-F", rc, "-e", f'push "{keys}"'],
        dict(os.environ, HOME=place.path, TERM="xterm", LC_ALL="C.UTF-8"))
    with open(printed, "rb") as f:
        text = f.read()
    if code != 0:
        diag(drawn[-1500:])
    ok(code == 0, f"mutt, {profile}: exits 0")
    ok(ended_well(proxy, user), f"mutt, {profile}: one session")
    return user, before, text


def mutts():
    user, before, text = mutt(
        proxies["read-only"], "read-only",
        "<first-entry><print-message><next-entry><print-message><exit>")
    ok(text.count(b"Sample") >= 2, "mutt, read-only: reads mails")
    same(disk(user), before[0], "mutt, read-only: changes nothing")
    user, before, text = mutt(
        proxies["organise"], "organise",
        "<first-entry><print-message><next-entry><flag-message>"
        "<tag-pattern>~m 6-7<enter><tag-prefix>"
        "<copy-message><kill-line>+Mutt<enter><sync-mailbox><exit>")
    hashes, marked = stored(user)
    ok(text.count(b"Sample") >= 1 and marked == 0 and
       len(hashes) == len(before[1][0]) + 2,
       "mutt, organise: reads, flags, copies to a new folder")
    user, before, text = mutt(
        proxies["organise"], "organise, deletes",
        "<first-entry><delete-message><sync-mailbox><exit>")
    same(stored(user), before[1], "mutt, organise, deletes: and keeps it")
    user, before, text = mutt(
        proxies["no-export"], "no-export",
        "<first-entry><print-message><next-entry><flag-message>"
        "<sync-mailbox><exit>")
    ok(b"This is mail" not in text, "mutt, no-export: has no text to print")
    same(stored(user), before[1], "mutt, no-export: the mails stay")


# ---- dry-run ------------------------------------------------------------------------------

def dry_run():
    proxy = Proxy(place, server, name="dry", combinations=(LEG,),
                  command="access = read-only  dry-run = yes")
    user = account("dry")
    c = Client(proxy.port[LEG], user)
    heard = b"".join(c.must("SELECT INBOX"))
    ok(rb"\Deleted" in heard, "dry-run: SELECT is SELECT")
    c.must(r"STORE 1 +FLAGS (\Deleted)")
    c.must(*up("APPEND INBOX"))
    c.must("EXPUNGE")
    c.logout()
    ok(ended_well(proxy, user), "dry-run: the session ends well")
    refused = [e for e in proxy.events("COMMAND-REFUSED")]
    same([(e["CMD"], e["why"], e["RESULT"]) for e in refused],
         [(c_, "access", "DRY-RUN") for c_ in ("STORE", "APPEND", "EXPUNGE")],
         "dry-run: each command that would be refused is told once")
    ok(len(contents(user)[""]) == MAILS, "dry-run: and was done")
    proxy.stop()


# ---- all of it ------------------------------------------------------------------------------

place = Place("profiles")
server = Dovecot(place)


def profiles(on):
    return {p: Proxy(place, on, name=f"{on.name}-{p}", combinations=(LEG,),
                     command=f"access = {p}  commands = {{\"*\"}}")
            for p in ("read-only", "organise", "no-export")}


proxies = profiles(server)

doors(proxies["read-only"], "read-only", CHANGES + LOSES + MARKS, disk)
doors(proxies["organise"], "organise", LOSES + MARKS, stored)
doors(proxies["no-export"], "no-export", TEXT, contents)

cyrus = Cyrus(place)
there = profiles(cyrus)
doors(there["read-only"], "read-only", CHANGES + LOSES + MARKS,
      lambda user: seen_directly(user, cyrus))
doors(there["organise"], "organise", LOSES + MARKS,
      lambda user: stored_there(user, cyrus))
doors(there["no-export"], "no-export", TEXT,
      lambda user: seen_directly(user, cyrus))
for proxy in there.values():
    proxy.stop()
cyrus.stop()

NO = dict.fromkeys
user, before, selected, body = thunderbird(
    proxies["read-only"], "read-only",
    NO(("seen", "flagged", "move", "delete", "expunge", "draft", "compact"),
       "NO"))
ok(any(b"PERMANENTFLAGS ()" in h for h in selected) and
   b"mail number" in b"".join(body), "Thunderbird, read-only: reads mails")
same(disk(user), before, "Thunderbird, read-only: changes nothing")
user, before, selected, body = thunderbird(
    proxies["organise"], "organise",
    NO(("delete", "expunge", "compact"), "NO"))
hashes, marked = stored(user)
ok(len(hashes) == MAILS + WORK + 1 and marked == 0 and
   not any(rb"PERMANENTFLAGS" in h and rb"\Deleted" in h for h in selected),
   "Thunderbird, organise: moves and stores, and loses nothing")
user, before, selected, body = thunderbird(
    proxies["no-export"], "no-export", NO(("body",), "NO"))
ok(b"mail number" not in b"".join(body),
   "Thunderbird, no-export: lists mails and reads none")

mbsync_read_only(proxies["read-only"])
mbsync_organise(proxies["organise"])
mbsync_no_export(proxies["no-export"])
moves()
mutts()
dry_run()
for proxy in proxies.values():
    proxy.stop()
server.stop()
done()
