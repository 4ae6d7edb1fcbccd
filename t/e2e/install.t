#!/usr/bin/python3
"""make install: everything is where it should be, nothing is enabled, what is
there is kept, and the installed programs work from there."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

import mails                                             # noqa: E402
from mailservers import Dovecot                          # noqa: E402
from proxy import Proxy                                  # noqa: E402
from rig import (BUILD, TOP, USER, Place, diag, done, hear, ok,
                 remove_tree, same)                                  # noqa: E402

# Always the same, so that the programs are built for it once.
ROOT = os.path.join(BUILD, "install-test")
DIRS = {"PREFIX": ROOT + "/usr", "SYSCONFDIR": ROOT + "/etc",
        "LOCALSTATEDIR": ROOT + "/var", "RUNDIR": ROOT + "/run"}
EVERYTHING = """
etc/imap4-proxy/imap4-proxy.cfg
usr/sbin/imap4-proxy usr/sbin/test-imap4 usr/sbin/imap4-stat
usr/lib/imap4-proxy/tls.so usr/lib/imap4-proxy/regex.so
usr/lib/imap4-proxy/resolve.so usr/lib/imap4-proxy/imap4-session
usr/libexec/imap4-proxy/imap4-mail
usr/lib/systemd/system/imap4-proxy.socket
usr/lib/systemd/system/imap4-proxy@.service
usr/lib/systemd/system/imap4-proxy.slice
usr/lib/systemd/system/imap4-proxy-cache.service
usr/lib/systemd/system/imap4-proxy-cache.path
usr/lib/systemd/system/imap4-proxy-names.service
usr/lib/systemd/system/imap4-proxy-names.timer
usr/lib/systemd/system/imap4-proxy-cache.path usr/sbin/imap4-helper
usr/lib/systemd/system/imap4-helper.service
usr/lib/systemd/system/imap4-proxy-users.socket
usr/lib/systemd/system/imap4-proxy-stats.socket
usr/lib/systemd/system/imap4-proxy-hold.service
usr/share/man/man8/imap4-helper.8 usr/share/man/man7/transparency.7
usr/lib/systemd/system-generators/imap4-proxy-generator
usr/lib/sysusers.d/imap4-proxy.conf usr/lib/tmpfiles.d/imap4-proxy.conf
usr/share/man/man8/imap4-proxy.8 usr/share/man/man8/test-imap4.8
usr/share/man/man5/imap4-proxy.cfg.5 usr/share/man/man5/test-expr.5
usr/share/man/man5/imap4-proxy.users.5 usr/share/man/man8/imap4-stat.8
usr/share/man/man5/mod-mail-doc.5 etc/imap4-proxy/notices/CZ-ASCII/virus.txt
usr/share/doc/imap4-proxy/notices/EN/virus.html
usr/share/doc/imap4-proxy/notices/CZ/unscanned.html
etc/imap4-proxy/notices/EN/body.html etc/imap4-proxy/notices/CZ/type.html
usr/share/man/man7/access-control.7
usr/share/man/man6/imap4-proxy-messages.6
usr/share/doc/imap4-proxy/inetd.conf.sample
usr/share/doc/imap4-proxy/xinetd.sample
""".split()


def install(**more):
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("MAKE", "MFLAGS"))}
    run = subprocess.run(
        ["make", "-j2", "install", *(f"{k}={v}" for k, v in
                                     {**DIRS, **more}.items())],
        cwd=TOP, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True)
    if run.returncode != 0:
        diag(run.stdout[-3000:])
    return run


def files(top):
    return sorted(os.path.relpath(os.path.join(base, name), top)
                  for base, _, names in os.walk(top) for name in names)


def check_tree(place):
    """With DESTDIR, as a package is made."""
    tree = place.path + "/dest"
    same(install(DESTDIR=tree).returncode, 0, "make install DESTDIR= works")
    have = files(tree + ROOT)
    same([f for f in EVERYTHING if f not in have], [], "all files are there")
    same(files(tree), [os.path.join(ROOT[1:], f) for f in have],
         "nothing is outside the given folders")
    links = [f for f in have if os.path.islink(os.path.join(tree + ROOT, f))]
    same(links, [], "no unit is enabled")
    generator = tree + ROOT + ("/usr/lib/systemd/system-generators/"
                               "imap4-proxy-generator")
    ok(os.access(generator, os.X_OK), "the generator can be executed")
    paths = open(tree + ROOT +
                 "/usr/lib/systemd/system/imap4-proxy@.service").read()
    ok(f"ExecStart=-{ROOT}/usr/sbin/imap4-proxy -f {ROOT}/etc/imap4-proxy/"
       in paths and "/usr/local" not in paths, "units name the final paths")


def check_live(place):
    """In its place: rejects everyone; then what the administrator wants."""
    remove_tree(ROOT)
    same(install().returncode, 0, "make install works")
    os.chmod(ROOT + "/etc/imap4-proxy", 0o755)
    cfg = ROOT + "/etc/imap4-proxy/imap4-proxy.cfg"
    programs = [ROOT + "/usr/sbin/" + p for p in ("imap4-proxy", "test-imap4")]
    check = subprocess.run([programs[1], "-f", cfg], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    same(check.returncode, 0, "the installed configuration is valid")
    server = Dovecot(place)
    with server.connect("alice") as box:
        mails.fill(box, 3)

    class Installed(Proxy):
        def text(self):
            with open(cfg) as f:
                return f.read().replace(
                    'version = "1"',
                    f'version = "1"\napp-user = "{USER}"')

    proxy = Installed(place, server, name="rejecting",
                      combinations=("clear/clear",),
                      program_path=programs[0], compiler=programs[1])
    same(hear(proxy.port["clear/clear"]), b"",
         "it rejects everyone, in silence")
    proxy.stop()
    log = place.read("rejecting-listener.out") + proxy.log_text()
    ok("REJECTS-ALL" in log, "and the log has a hint")
    proxy = Proxy(place, server, name="installed", program_path=programs[0],
                  compiler=programs[1], combinations=("tls/tls",))
    with proxy.connect("tls/tls", "alice") as box:
        same(box.select("INBOX")[1], [b"3"],
             "the installed program finds its modules and works")
    proxy.stop()
    with open(cfg, "a") as f:
        f.write("# mine\n")
    same(install().returncode, 0, "installing again works")
    ok(open(cfg).read().endswith("# mine\n"), "and keeps the configuration")


place = Place("install")
try:
    check_tree(place)
    check_live(place)
finally:
    remove_tree(ROOT)
done()
