# SPDX-License-Identifier: LGPL-2.1-or-later
"""Companions under systemd: a real manager, which runs on a private host and takes their units."""
import subprocess

import pytest

from lab import wait_until

BUS = "unix:path=/run/companions/bus"
FOLDER = "/run/companions/vmi.companions"
UNIT = r"barevirt-5d307ca9\x2db3ef\x2d428c\x2d8861\x2d06e72d69f223-helper.service"
SLICE = r"machine-barevirt\x2d5d307ca9\x2db3ef\x2d428c\x2d8861\x2d06e72d69f223.slice"
ENVIRONMENT = ["env", "XDG_RUNTIME_DIR=/run/companions", f"DBUS_SESSION_BUS_ADDRESS={BUS}",
               f"DBUS_SYSTEM_BUS_ADDRESS={BUS}"]

# A bus, and systemd, which looks for one at that place. /run/systemd/system is what tells that systemd runs the host.
START = f"""\
mkdir -p -m 700 /run/companions /run/systemd/system
dbus-daemon --session --address={BUS} --fork --nopidfile
mkdir /sys/fs/cgroup/companions
echo $$ >/sys/fs/cgroup/companions/cgroup.procs
exec /usr/lib/systemd/systemd --user --log-target=console
"""


class Manager:
    """systemd on a host, run by hand."""

    def __init__(self, host, build_folder):
        self.host = host
        self.probe = str(build_folder / "tests" / "guest" / "companion-probe")
        self.log = (host.folder / "systemd.log").open("w")
        self.process = host.popen(*ENVIRONMENT, "sh", "-c", START, stdin=subprocess.DEVNULL, stdout=self.log,
                                  stderr=self.log)
        try:
            wait_until(lambda: "running" in self.systemctl("is-system-running"), 60, "systemd")
        except TimeoutError as error:
            raise AssertionError((host.folder / "systemd.log").read_text()) from error

    def run(self, *arguments, **options):
        return self.host.run(*ENVIRONMENT, *arguments, **options)

    def systemctl(self, *arguments):
        return self.run("systemctl", "--user", *arguments, check=False).stdout.strip()

    def property(self, name, unit=UNIT):
        return self.systemctl("show", "--value", "-p", name, unit)

    def start(self, *command, read_only="", text="", **options):
        return self.run(self.probe, "start", FOLDER, "helper", read_only, *command, input=text, **options)

    def end(self):
        self.run(self.probe, "end", FOLDER)


@pytest.fixture(scope="module", name="manager")
def fixture_manager(host, build_folder):
    """It ends with its host."""
    manager = Manager(host, build_folder)
    yield manager
    manager.log.close()


def test_companion_is_a_unit_in_the_slice_of_its_vmi(manager):
    manager.start("/bin/sleep", "600")
    wait_until(lambda: manager.property("ActiveState") == "active", 60, "the unit")
    assert manager.property("Slice") == SLICE
    assert manager.property("Description") == "a companion of the tests"
    record = manager.host.run("cat", f"{FOLDER}/helper.pid").stdout
    assert f"pid={manager.property('MainPID')}\n" in record
    assert manager.property("NoNewPrivileges") == "yes"
    capabilities = manager.host.run("grep", "CapBnd", f"/proc/{manager.property('MainPID')}/status").stdout
    assert capabilities.split()[1] == "0000000000000001"


def test_second_of_the_name_replaces_the_first(manager):
    before = manager.property("MainPID")
    manager.start("/bin/sleep", "601")
    wait_until(lambda: manager.property("MainPID") not in ("0", before), 60, "another process")
    wait_until(lambda: manager.host.run("kill", "-0", before, check=False).returncode, 60, "the end of the first")


def test_end_is_the_end_of_all_its_processes(manager):
    manager.start("/bin/sh", "-c", "sleep 602 & exec sleep 603")
    # The shell's own command line has both until it is the second.
    wait_until(lambda: len(manager.host.run("pgrep", "-f", "^sleep 60[23]", check=False).stdout.split()) == 2, 60, "both")
    manager.end()
    assert manager.host.run("pgrep", "-f", "^sleep 60", check=False).stdout == ""
    wait_until(lambda: manager.property("LoadState") == "not-found", 60, "the end of the unit")
    assert manager.host.run("ls", FOLDER).stdout == ""


def test_end_of_one_that_is_gone(manager):
    """What systemd no longer knows has ended."""
    manager.start("/bin/true")
    wait_until(lambda: manager.property("LoadState") == "not-found", 60, "the end of the unit")
    manager.end()
    manager.end()


def test_companion_gets_its_input(manager):
    manager.start("/bin/sh", "-c", "cat >/run/companions/input", text="handed over")
    wait_until(lambda: manager.property("LoadState") == "not-found", 60, "the end of the unit")
    assert manager.host.run("cat", "/run/companions/input").stdout == "handed over"
    manager.end()


def test_folder_is_read_only(manager):
    manager.host.run("mkdir", "-p", "/run/companions/shown")
    manager.start("/bin/sh", "-c", "touch /run/companions/shown/x 2>/run/companions/told",
                  read_only="/run/companions/shown")
    wait_until(lambda: manager.property("LoadState") == "not-found", 60, "the end of the unit")
    assert "Read-only file system" in manager.host.run("cat", "/run/companions/told").stdout
    manager.end()


def test_missing_program_is_told(manager):
    result = manager.start("/nowhere/no-such-program", check=False)
    assert result.returncode == 1
    assert "systemd does not start a companion of the tests" in result.stderr
    manager.end()
    assert manager.host.run("ls", FOLDER).stdout == ""
