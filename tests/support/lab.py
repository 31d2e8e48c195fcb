# SPDX-License-Identifier: LGPL-2.1-or-later
"""Private libvirt hosts for tests: tests/lab/host as objects."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SCRIPTS = SOURCE / "tests" / "lab"


def wait_until(condition, timeout, what):
    """Polls CONDITION, for what has no event to wait for, and returns its first true answer."""
    end = time.monotonic() + timeout
    while not (answer := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(0.05)
    return answer


def run(command, check=True, text=True, **options):
    """Runs a command, and fails with what it printed."""
    result = subprocess.run(command, check=False, capture_output=True, text=text, **options)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {result.returncode}\n{result.stdout}{result.stderr}")
    return result


class Lab:
    """A folder of its own with hosts in it. All of it ends with close (), or with this process."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="barevirt-test-", dir="/var/tmp"))
        # A machine that is slow at it is given what this would make.
        if prepared := os.environ.get("BAREVIRT_PREPARED"):
            shutil.copytree(prepared, self.folder, symlinks=True, dirs_exist_ok=True)
        self.folder.chmod(0o755)
        lease = self.folder / "lease"
        os.mkfifo(lease)
        self._lease = os.open(lease, os.O_RDWR)
        self._environment = {"LAB_DIR": str(self.folder), "LAB_LEASE": str(lease)}
        self.hosts = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def command(self, script, *arguments):
        """The command line that runs a script of the lab, as root."""
        settings = [f"{name}={value}" for name, value in self._environment.items()]
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        return [*sudo, "env", *settings, str(SCRIPTS / script), *map(str, arguments)]

    def run(self, script, *arguments, timeout=600):
        return run(self.command(script, *arguments), timeout=timeout).stdout

    def host(self, name="a"):
        """A host that is up; `a` is 10.99.0.1, `b` 10.99.0.2."""
        if name not in self.hosts:
            self.hosts[name] = Host(self, name)
        self.hosts[name].up()
        return self.hosts[name]

    def guest(self, *how):
        """A folder with a guest's vmlinuz, initrd, cmdline, disk.img and disk.qcow2."""
        folder = self.folder / "-".join(["guest", *how])
        if not folder.exists():
            self.run("guest", "disk", folder, *how)
        return folder

    def let_go(self):
        """What happens when this process dies: the hosts end, their folders stay."""
        if self._lease is not None:
            os.close(self._lease)
            self._lease = None

    def close(self):
        for host in self.hosts.values():
            for crash in host.take_crashes():
                warnings.warn(f"Host {host.name}: {crash}, and was started again.")
        self.run("host", "clear")
        self.let_go()


class Host:
    """A private libvirt host, with its own processes, network, system bus, /run, /etc, /usr and /var/lib."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.folder = lab.folder / "hosts" / name
        self.bus_address = f"unix:path={self.folder}/run/dbus/system_bus_socket"
        self._crashes_taken = 0

    def up(self):
        self.lab.run("host", "up", self.name)

    def cut_power(self):
        self.lab.run("host", "kill", self.name)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def command(self, *arguments):
        """The command line that runs ARGUMENTS on the host."""
        return self.lab.command("host", "exec", self.name, *arguments)

    def run(self, *arguments, check=True, timeout=120, text=True, **options):
        """Runs a command on the host, and fails with what it printed."""
        return run(self.command(*arguments), check=check, timeout=timeout, text=text, **options)

    def popen(self, *arguments, **options):
        return subprocess.Popen(self.command(*arguments), **options)

    def write(self, path, text, mode="0644"):
        """Makes a file on the host, and the folders above it."""
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, input=text)

    def unmount(self, folder):
        """Unmounts FOLDER: the kernel closes the files of a QEMU that has just ended a little after its end."""
        try:
            wait_until(lambda: self.run("umount", folder, check=False).returncode == 0, 60, f"umount {folder}")
        except TimeoutError as error:
            users = self.run("find", "/proc", "-maxdepth", "3", "-lname", f"{folder}*", check=False).stdout
            raise AssertionError(f"{folder} is in use:\n{users}") from error

    def end_libvirtd(self):
        """kill -9; returns once it is gone."""
        self.run("sh", "-c", "p=$(cat /run/libvirtd.pid); kill -KILL $p; while kill -0 $p 2>/dev/null; do sleep 0.01; done")

    def start_libvirtd(self, **environment):
        """After its end; returns once it answers."""
        settings = [f"{name}={value}" for name, value in environment.items()]
        self.run("sh", "-c", 'setsid --fork env "$@" </dev/null >/dev/null 2>&1', "sh", *settings,
                 SCRIPTS / "run-libvirtd", self.folder / "crashes")
        wait_until(lambda: self.run("virsh", "-q", "uri", check=False).returncode == 0, 60, "libvirtd")

    def take_crashes(self):
        """What libvirtd crashed of on this host since this was asked before: it was started again each time."""
        file = self.folder / "crashes"
        crashes = file.read_text().splitlines() if file.exists() else []
        taken, self._crashes_taken = self._crashes_taken, len(crashes)
        return crashes[taken:]

    def virsh(self, *arguments, **options):
        return self.run("virsh", "-q", *arguments, **options).stdout.strip()

    def busctl(self, *arguments, **options):
        """busctl on the host's system bus; what --json=short prints, decoded."""
        output = self.run("busctl", "--system", "--json=short", *arguments, **options).stdout
        return json.loads(output) if output.strip() else None

    def get_property(self, path, interface, name):
        return self.busctl("get-property", "org.barevirt1", path, interface, name)["data"]

    def in_guest(self, domain, command):
        """Runs a shell command in a guest, by its agent."""
        return self.lab.run("in-guest", self.name, domain, command)

    def begin_in_guest(self, domain, command):
        """Begins a shell command in a guest, and never asks what became of it: for what ends the agent, or the guest."""
        request = json.dumps({"execute": "guest-exec", "arguments": {"path": "/bin/sh", "arg": ["-c", command]}})
        wait_until(lambda: self.run("virsh", "-q", "qemu-agent-command", domain, request, check=False).returncode == 0, 60,
                   f"the agent of {domain}")

    def wait_in_guest(self, domain, command, expected, timeout=60):
        """Until a shell command in a guest works and prints EXPECTED, or something of which that is true; returns it. The
        guest's drivers, its address and what is mounted there may come a little after its agent."""
        seen = []

        def answer():
            try:
                seen[:] = [self.in_guest(domain, command).strip()]
            except AssertionError as error:
                seen[:] = [error]
                return None
            holds = expected(seen[0]) if callable(expected) else seen[0] == expected
            return seen if holds else None

        try:
            return wait_until(answer, timeout, f"the answer of {domain} to: {command}")[0]
        except TimeoutError as error:
            raise AssertionError(f"{error}; the last was: {seen}") from error
