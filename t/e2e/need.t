#!/usr/bin/python3
"""t/lib/need neither starts nor enables what it installs: tried with a package
that wants both, on a copy of this system (an overlay, gone afterwards)."""

import contextlib
import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))

from rig import (TOP, Place, diag, done, mount, ok, private_mounts,
                 same)                                   # noqa: E402

CONTROL = """Package: NAME
Version: 1
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: a service that wants to run
"""
UNIT = """[Service]
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
"""
TIMER = """[Timer]
OnCalendar=daily
[Install]
WantedBy=timers.target
"""
INIT = """#!/bin/sh
### BEGIN INIT INFO
# Provides: NAME
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
echo "$1" >>/NAME-started
"""
# What debhelper writes for a daemon.
POSTINST = """#!/bin/sh
set -e
deb-systemd-helper enable NAME.service NAME.timer
deb-systemd-helper update-state NAME.service NAME.timer
update-rc.d NAME defaults
invoke-rc.d NAME start || true
"""


def links(root, name):
    return inside(root, "find /etc/systemd/system /etc/rc?.d -type l "
                  f"-name '*{name}*'")[1].splitlines()


def package(place, name):
    """Its .deb, and its paragraph for the list of packages."""
    for path, text, mode in (
            ("DEBIAN/control", CONTROL, 0o644),
            ("DEBIAN/postinst", POSTINST, 0o755),
            ("lib/systemd/system/NAME.service", UNIT, 0o644),
            ("lib/systemd/system/NAME.timer", TIMER, 0o644),
            ("etc/init.d/NAME", INIT, 0o755)):
        place.file(f"{name}/" + path.replace("NAME", name),
                   text.replace("NAME", name), mode)
    place.folder("repo")
    deb = f"{place.path}/repo/{name}.deb"
    subprocess.run(["dpkg-deb", "-b", f"{place.path}/{name}", deb],
                   check=True, stdout=subprocess.DEVNULL)
    with open(deb, "rb") as f:
        octets = f.read()
    return (CONTROL.replace("NAME", name) + f"Filename: ./{name}.deb\n"
            f"Size: {len(octets)}\n"
            f"SHA256: {hashlib.sha256(octets).hexdigest()}\n\n")


def system(place):
    """A copy of / that knows the package and no other source."""
    base = place.folder("base")
    mount("tmpfs", base)
    for sub in ("up", "work", "root"):
        os.mkdir(f"{base}/{sub}")
    root = base + "/root"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                    f"lowerdir=/,upperdir={base}/up,workdir={base}/work",
                    root], check=True)
    mount("proc", root + "/proc")
    # Never the machine's own /dev: a few nodes of this system's.
    mount("tmpfs", root + "/dev", "mode=755")
    for name in ("null", "zero", "random", "urandom"):
        subprocess.run(["cp", "-a", f"/dev/{name}", root + "/dev"], check=True)
    with open(f"{root}/etc/apt/sources.list", "w") as f:
        f.write("deb [trusted=yes] file:/need-repo ./\n")
    subprocess.run(f"rm -rf {root}/etc/apt/sources.list.d/*"
                   f" {root}/usr/sbin/policy-rc.d", shell=True, check=True)
    # A system that is up, as far as init scripts can see.
    for name, text in (("runlevel", "echo N 2"), ("init", "exit 0")):
        path = f"{root}/sbin/{name}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with open(path, "w") as f:
            f.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)
    subprocess.run(["cp", "-a", place.path + "/repo", root + "/need-repo"],
                   check=True)
    for name in ("need", "list"):
        subprocess.run(["cp", os.path.join(TOP, "t/lib/need") if
                        name == "need" else place.path + "/list",
                        f"{root}/{name}-run"], check=True)
    return root


def inside(root, command):
    run = subprocess.run(["chroot", root, "sh", "-c", command],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, env=dict(os.environ, PATH="/usr/sbin:"
                                             "/usr/bin:/sbin:/bin"))
    return run.returncode, run.stdout.strip()


private_mounts()
place = Place("need")
place.file("repo/Packages", package(place, "need-test") +
           package(place, "need-bare"))
place.file("list", "# comment\nneed-test # why\ncoreutils\n")
root = system(place)

# Left alone, such a package does both: the test can fail.
code, said = inside(root, "dpkg -i /need-repo/need-bare.deb")
bare = " ".join(links(root, "need-bare"))
if not ok("/S" in bare and "multi-user.target.wants" in bare and
          "timers.target.wants" in bare,
          "a package left alone enables its service"):
    diag(said)
same(inside(root, "cat /need-bare-started")[1], "start", "and starts it")

code, said = inside(root, "/need-run /list-run /unpacked")
if not same(code, 0, "need installs what is missing"):
    diag(said)
same(inside(root, "dpkg-query -W -f '${db:Status-Status}' need-test")[1],
     "installed", "the package is there")
same(inside(root, "test -e /need-test-started")[0], 1, "nothing was started")
same([x for x in links(root, "need-test") if "/K" not in x], [],
     "nothing is enabled")
ok(links(root, "need-bare"), "what was enabled before still is")
same(inside(root, "test -e /usr/sbin/policy-rc.d")[0], 1,
     "its policy-rc.d is gone")
code, said = inside(root, "/need-run /list-run /unpacked")
same((code, said), (0, ""), "a second run has nothing to do")

inside(root, "dpkg -P need-test; printf '#!/bin/sh\\nexit 0\\n' "
       ">/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d")
code, said = inside(root, "/need-run /list-run /unpacked")
ok(code != 0 and "policy-rc.d" in said,
   "where a policy-rc.d lets services start, it refuses to install")
done()
