#!/usr/bin/python3
"""test-imap4 -t and real sessions choose the same ACLs: random policies over
127.0.0.0/8, connections from and to random addresses of it, with random TOS
octets and users, and the ACL records of imap4-proxy beside the answers of
test-imap4."""

import json
import os
import random
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from proxy import IMAP4_PROXY, TEST_IMAP4               # noqa: E402
from rig import Place, USER, diag, done, ok, same       # noqa: E402

POLICIES = 15
CONNECTIONS = 20
SEED = int(os.environ.get("SEED", "3"))

dice = random.Random(SEED)
place = Place("same-acl")
# Nobody listens there: a session that gets so far ends at once.
NOBODY = place.port()
# Address and port of each listener; the last two take any address.
HOSTS = ["127.0.0.1", "127.0.1.1", "0.0.0.0", "0.0.0.0"]
PORTS = [place.port() for _ in HOSTS]


def address():
    return f"127.0.{dice.randrange(2)}.{dice.randrange(1, 8)}"


def value():
    a = address()
    return dice.choice([
        a, re.sub(r"\d+$", "0/30", a), re.sub(r"\d+$", "4/31", a),
        re.sub(r"\d+\.\d+$", "0.0/16", a), f"{a}-{a[:-1]}9", "127.0.0.0/8",
        "*", "::1"])


def some(chance, key, make):
    """A line with a set, or nothing."""
    if dice.random() > chance:
        return ""
    values = [dice.choice(["", "", "!"]) + make()
              for _ in range(dice.choice([1, 1, 2, 3]))]
    return f"  {key} = {{" + ", ".join(f'"{v}"' for v in values) + "}\n"


def conditions():
    return (some(0.6, "from", value) + some(0.3, "to", value)
            + some(0.2, "server", value)
            + some(0.3, "listener", lambda: f"l{dice.randrange(4)}")
            + some(0.15, "user", lambda: dice.choice(NAMES))
            + some(0.15, "group", lambda: dice.choice(GROUPS))
            + some(0.2, "ip-tos-from", lambda: str(dice.randrange(4) * 32))
            + (f"  transparent = {dice.choice(['yes', 'no'])}\n"
               if dice.random() < 0.1 else "")
            + (f'  time "t" {{ wday = {{"{dice.choice(DAYS)}"}} }}\n'
               if dice.random() < 0.1 else ""))


NAMES = ["none", "ann", "bob"]
GROUPS = ["none", "staff", "guests"]
DAYS = ["mon-fri", "sat-sun", "sun-sat", "wed"]


def users():
    """{address: (user, groups)} for some addresses."""
    return {address(): (dice.choice(NAMES[1:]),
                        dice.sample(GROUPS[1:], dice.randrange(3)))
            for _ in range(6)}


def policy(log):
    out = ['version = "1"', f'app-user = "{USER}"',
           f'log {{ target = "file:{log}" }}',
           'auth = "office"  oob-auth "office" { path = "users" }',
           "listen-on {"]
    for i, (host, port) in enumerate(zip(HOSTS, PORTS)):
        out.append(f'  non-transparent "l{i}" {{ address = "{host}"'
                   f'  port = {port} }}')
    out.append("}")
    n = dice.choice([2, 4, 8, 30])
    for i in range(n):
        # where all deny, command-acls cannot ask for users
        deny = "  deny = yes\n" if i and dice.random() < 0.2 else ""
        out.append(f'session-acl "s{i}" {{\n{conditions()}{deny}'
                   f'  plug-to = {{"127.0.0.1:{NOBODY}"}}\n}}')
    for i in range(n):
        deny = "  deny = yes\n" if dice.random() < 0.2 else ""
        parent = some(0.3, "parent", lambda: f"s{dice.randrange(n)}")
        out.append(f'command-acl "c{i}" {{\n{conditions()}{parent}{deny}'
                   "  no-mail-scanning = yes\n}")
    return "\n".join(out) + "\n"


def session(listeners, cfg, cache, conn):
    """Connect, and give the accepted socket to a session."""
    source, target, i, tos = conn
    with socket.socket() as client:
        client.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        client.bind((source, 0))
        client.connect((target, PORTS[i]))
        server = listeners[i].accept()[0]
        client.shutdown(socket.SHUT_WR)
        with server:
            subprocess.run([IMAP4_PROXY, "-f", cfg, "-C", cache],
                           stdin=server, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=20,
                           check=False)


def chosen(log):
    """[session-acl, command-acl or None] of each session in a log."""
    rows = []
    for phase, name in re.findall(
            r"ACL .*?\bPHASE=(\d) .*?NAME=(\S+)", log):
        if phase == "1":
            rows.append([name, None])
        else:
            rows[-1][1] = name
    return rows


def who(known, source):
    """Elements of a test expression."""
    if source not in known:
        return ""
    name, groups = known[source]
    return f"user {name} group {{{', '.join(groups)}}}"


def expected(cfg, conns, known):
    text = "".join(
        f"test from [{source}] to [{target}]:{PORTS[i]} ip-tos {tos} "
        f"{who(known, source)};" for source, target, i, tos in conns)
    run = subprocess.run([TEST_IMAP4, "--json", "-f", cfg, "-t", text],
                         stdout=subprocess.PIPE, timeout=20, check=False)
    rows = []
    for a in json.loads(run.stdout)["answers"]:
        rows.append([a["session-acl"]["name"] or "<NULL>",
                     a["command-acl"]["name"] or "<NULL>"
                     if "command-acl" in a else None])
    return rows


def connections():
    for _ in range(CONNECTIONS):
        i = dice.randrange(4)
        target = address() if HOSTS[i] == "0.0.0.0" else HOSTS[i]
        yield address(), target, i, dice.randrange(4) * 32


def check(number, listeners, seen):
    folder = place.folder(f"p{number}", 0o755, USER)
    log = place.file(f"p{number}/log", "", 0o644, USER)
    cfg = place.file(f"p{number}/imap4-proxy.cfg", policy(log), 0o640)
    known = users()
    place.file(f"p{number}/users", "".join(
        f"{a} {name} {','.join(groups) or '-'} -\n"
        for a, (name, groups) in known.items()), 0o640, USER)
    cache = os.path.join(folder, "cache")
    run = subprocess.run([TEST_IMAP4, "-f", cfg, "-c", cache],
                         stderr=subprocess.PIPE, text=True, check=False)
    if not ok(run.returncode == 0, f"policy {number} compiles"):
        diag(run.stderr)
        return
    conns = list(connections())
    for conn in conns:
        session(listeners, cfg, cache, conn)
    want = expected(cfg, conns, known)
    if not same(chosen(place.read(f"p{number}/log")), want,
                f"policy {number}: sessions choose what -t says"):
        diag(place.read(f"p{number}/imap4-proxy.cfg"))
    for row in want:
        seen.add("none" if row[0] == "<NULL>" else "denied"
                 if row[1] is None else "lost" if row[1] == "<NULL>"
                 else "both")


def main():
    diag(f"SEED={SEED}")
    listeners = [socket.create_server((host, port))
                 for host, port in zip(HOSTS, PORTS)]
    seen = set()
    for number in range(POLICIES):
        check(number, listeners, seen)
    same(seen, {"none", "denied", "lost", "both"}, "every outcome was met")
    done()


main()
