# SPDX-License-Identifier: LGPL-2.1-or-later
"""barevirtd, installed and running on a private libvirt host."""
import functools
import os
import re
import signal
import subprocess
from pathlib import Path

from gi.repository import Gio, GLib

from lab import wait_until
from service import NAME, ROOT, TIMEOUT_MS, Client, connect, end, wait_for_name

IMAGES = "/var/lib/barevirt/images"
# What the service says of a guest's agent that is not there, or not any more.
AWAY = ("Error.AgentUnavailable", "Error.TimedOut", "Error.UnknownMethod", "Error.UnknownInterface")
SETTINGS = f"""\
[hypervisor]
allow-emulation=true
[host-disk]
folders={IMAGES}
[features]
HostDisk=true
"""


class HostService(Client):
    """Starts as the system unit starts it: with that unit's capabilities, and no others. Unless CONFINED, it starts as
    something other than systemd would: as root."""

    def __init__(self, host, build_folder, settings=SETTINGS, confined=True):
        self.host = host
        self.confined = confined
        self.log = host.folder / "barevirtd.log"
        self.process = None
        installed = host.lab.folder / "installed"
        if not installed.exists():
            subprocess.run(
                ["meson", "install", "-C", build_folder, "--no-rebuild", "--quiet"],
                env={**os.environ, "DESTDIR": str(installed)}, check=True, capture_output=True,
            )
        host.run("cp", "-r", "--no-preserve=ownership", f"{installed}/.", "/")
        host.run("mkdir", "-p", IMAGES)
        host.write("/etc/barevirt/barevirt.conf.d/test.conf", settings)
        super().__init__(connect(host.bus_address))

    def capabilities(self):
        unit = self.host.run("cat", "/usr/lib/systemd/system/barevirtd.service").stdout
        names = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.MULTILINE)[1].split()
        return ",".join(["-all", *("+" + name.removeprefix("CAP_").lower() for name in names)])

    def start(self):
        """Starts it, and waits until it knows what runs on its host."""
        confinement = ["setpriv", "--no-new-privs", "--bounding-set", self.capabilities()] if self.confined else []
        with self.log.open("a") as log:
            self.process = self.host.popen(
                *confinement, "barevirtd", "--system", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        try:
            wait_for_name(self.connection, NAME)
            self.wait_for_property(ROOT, "Manager", "Ready", bool)
        except TimeoutError as error:
            raise AssertionError(f"barevirtd is not ready:\n{self.log.read_text()}") from error

    def pid(self):
        """Its process, as the host numbers it."""
        return self.host.run(
            "busctl", "--system", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "GetConnectionUnixProcessID", "s", NAME,
        ).stdout.split()[1]

    def outer_pid(self):
        """Its process, as this machine numbers it; 0 where that is not to be seen."""
        number, space = self.pid(), self.host.run("readlink", "/proc/self/ns/pid").stdout.strip()
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                same = re.search(rf"^NSpid:.*\t{number}$", status.read_text(), re.MULTILINE)
                if same and os.readlink(status.parent / "ns/pid") == space:
                    return int(status.parent.name)
            except OSError:  # it has ended, or is of another user
                continue
        return 0

    def kill(self):
        """kill -9; returns once it is gone."""
        self.host.run("kill", "-KILL", self.pid())
        self.process.wait(60)
        self.wait_for_no_owner()

    def stop(self):
        """Ends it as systemd does, and returns its exit status."""
        self.host.run("kill", "-TERM", self.pid())
        try:  # what has started it would not tell its status if it were ended first
            wait_until(lambda: self.process.poll() is not None, 60, "the end of barevirtd")
        finally:
            status = end(self.process)
        if not self.connection.is_closed():
            self.wait_for_no_owner()
        return status

    def kill_held(self):
        """kill -9 of a service that stands still, and with it nsenter, which has started it."""
        self.host.run("kill", "-KILL", self.pid())
        self.process.send_signal(signal.SIGCONT)

    def start_host(self):
        """The host after a power cut, and the service on it."""
        self.process.wait(60)
        self.host.up()
        self.connection = connect(self.host.bus_address)
        self.start()

    def wait_for_no_owner(self):
        """Until the bus has noticed its end, too: who asks before that finds the service of before."""
        wait_until(lambda: not self.connection.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
            GLib.Variant("(s)", (NAME,)), None, Gio.DBusCallFlags.NONE, TIMEOUT_MS, None)[0], 60, "the end of the name")

    def image(self, name="hello.img", *how):
        """An image that boots, in the folder that hostDisk volumes may name; the path on the host."""
        path = f"{IMAGES}/{name}"
        self.host.run("install", "-D", "-m", "644", self.host.lab.guest(*how) / "disk.img", path)
        return path

    def in_guest(self, path, command, **options):
        """What a shell command prints in the guest of the VMI at PATH, by way of the service, which takes an agent for gone
        that has not answered in time: where there is much to do it may be back in a moment."""
        call = functools.partial(
            self.call, path, "GuestAgent", "Exec", "(asa{sv})", ["/bin/sh", "-c", command], options, timeout_ms=90_000)

        def answer():
            try:
                return call()
            except GLib.Error as error:
                if not any(word in error.message for word in AWAY):
                    raise
                return None

        status, output, errors = wait_until(answer, 120, f"the agent of {path}")
        assert status == 0, bytes(errors)
        return bytes(output).decode().strip()

    def barevirt(self, *arguments, **options):
        """Runs the command on the host."""
        return self.host.run("barevirt", *arguments, **options)

    def wait_for_property(self, path, interface, name, holds, timeout=120):
        """Waits until a property is there and HOLDS is true of it, and returns it."""

        def value():
            if path == ROOT:  # an object manager does not list itself
                answer = self.get(path, interface, name)
                return (answer,) if holds(answer) else None
            found = self.objects().get(path, {}).get(f"{NAME}.{interface}", {})
            return (found[name],) if name in found and holds(found[name]) else None

        return wait_until(value, timeout, f"{name} of {path}")[0]

    def wait_for_gone(self, path, interface, timeout=60):
        """Waits until an object, or one of its interfaces, is no more."""
        wait_until(lambda: f"{NAME}.{interface}" not in self.objects().get(path, {}), timeout, f"the end of {path}")

    def restart_host(self):
        """Its host has power again, and the service starts with what was on its disks."""
        self.host.up()
        self.connection = connect(self.host.bus_address)
        self.process.wait(60)
        self.start()

    def close(self):
        if not self.connection.is_closed():
            self.connection.close_sync()
        if self.process and self.process.poll() is None:
            self.stop()
