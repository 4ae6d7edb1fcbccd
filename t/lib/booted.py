"""A real systemd, booted on a copy of this system (an overlay in memory) with
a network of its own, running one Python program as its purpose in life."""

import contextlib
import glob
import os
import subprocess

from rig import TOP, diag, mount, wait_for

# systemd-nspawn's own filter is older than Landlock.
CALLS = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
RUNNER = """[Unit]
Description=the test
DefaultDependencies=no
Requires=sysinit.target dbus.socket
After=sysinit.target dbus.socket

[Service]
Type=oneshot
Environment=B={b}
{environment}
ExecStart=/bin/sh -c 'exec {here} {program} >/result 2>&1'
ExecStopPost=/bin/systemctl exit --force 0
TimeoutStartSec={seconds}
"""


def cgroups():
    """What systemd-nspawn makes for a container and leaves behind."""
    return {base for top in ("payload", "supervisor")
            for start in glob.glob(f"/sys/fs/cgroup/{top}") +
            glob.glob(f"/sys/fs/cgroup/*/{top}")
            for base, _, _ in os.walk(start)}


class Booted:
    """private_mounts() comes first.  .root is the copy; put into it what the
    system is to have, then run()."""

    def __init__(self, place):
        self.place = place
        base = place.folder("system")
        mount("tmpfs", base)
        for sub in ("up", "work", "root"):
            os.mkdir(f"{base}/{sub}")
            os.chmod(f"{base}/{sub}", 0o755)
        self.root = f"{base}/root"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir=/,upperdir={base}/up,workdir={base}/work",
                        self.root], check=True)

    def run(self, program, seconds=120, **environment):
        """Boot, run the program, shut down; what it printed."""
        unit = RUNNER.format(
            here=os.path.join(TOP, "t/lib/here"), program=program,
            b=os.environ.get("B", ""), seconds=seconds,
            environment="\n".join(f"Environment={k}={v}"
                                  for k, v in environment.items()))
        with open(f"{self.root}/etc/systemd/system/rig.service", "w") as f:
            f.write(unit)
        # Its traces stay in here: nspawn's own folder, and two cgroups.
        mount("tmpfs", "/run", "mode=755")
        before = cgroups()
        proc = self.place.start("nspawn", [
            "systemd-nspawn", "-q", "-D", self.root, "--private-network",
            "--register=no", "--keep-unit", "--boot",
            f"--bind={TOP}", f"--system-call-filter={CALLS}",
            "systemd.unit=rig.service"])
        wait_for("the system's end", lambda: proc.poll() is not None,
                 seconds + 30)
        for folder in sorted(cgroups() - before, reverse=True):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        try:
            with open(f"{self.root}/result") as f:
                return f.read()
        except FileNotFoundError:
            diag(self.place.read("nspawn.out")[-3000:])
            return ""
