# SPDX-License-Identifier: LGPL-2.1-or-later
"""barevirtd on a private bus, with a polkit that answers as it is told."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from gi.repository import Gio, GLib

NAME = "org.barevirt1"
ROOT = "/org/barevirt1"
TIMEOUT_MS = 60_000  # as long as a loaded machine may take for what takes moments
MISSING = (Gio.DBusError.UNKNOWN_METHOD, Gio.DBusError.UNKNOWN_OBJECT, Gio.DBusError.UNKNOWN_INTERFACE, Gio.DBusError.INVALID_ARGS)
POLKIT = ("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.DBus.Mock")


def object_path(kind, name, namespace="default"):
    def escape(part):
        keep = lambda byte, first: chr(byte).isalnum() and byte < 128 and not (first and chr(byte).isdigit())
        return "".join(chr(b) if keep(b, i == 0) else f"_{b:02x}" for i, b in enumerate(part.encode())) or "_"

    return "/".join([ROOT, escape(kind.lower()), escape(namespace), escape(name)])


def end(process, timeout=60):
    """Asks a process to end, and returns its exit status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def connect(address):
    """A connection to the message bus at ADDRESS."""
    flags = Gio.DBusConnectionFlags
    return Gio.DBusConnection.new_for_address_sync(
        address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None
    )


def iterate_until(condition, what, timeout_ms=TIMEOUT_MS):
    """Runs the main loop until CONDITION holds, and returns what it returned."""
    context = GLib.MainContext.default()
    late = []
    source = GLib.timeout_add(timeout_ms, lambda: late.append(True) or GLib.SOURCE_REMOVE)
    while not (answer := condition()):
        if late:
            raise TimeoutError(f"{what}: not within {timeout_ms} ms")
        context.iteration(True)
    if not late:
        GLib.source_remove(source)
    return answer


def wait_for_name(connection, name):
    owned = []
    watch = Gio.bus_watch_name_on_connection(
        connection, name, Gio.BusNameWatcherFlags.NONE, lambda *_: owned.append(True), None
    )
    iterate_until(lambda: owned, f"the name {name}")
    Gio.bus_unwatch_name(watch)


class Bus:
    """A message bus of its own, that serves as system and as session bus, with a mock of polkitd on it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="barevirt-bus-"))
        self.address = f"unix:path={self.folder}/bus"
        self.environment = {
            **os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.address, "DBUS_SESSION_BUS_ADDRESS": self.address,
        }
        self._daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address", f"--address={self.address}"],
            stdout=subprocess.PIPE, text=True,
        )
        self._daemon.stdout.readline()  # it listens now
        self.connection = self.connect()
        self._polkit = subprocess.Popen(
            [sys.executable, "-B", "-m", "dbusmock", "--template", Path(__file__).parent / "polkitd.py"],
            env=self.environment, stdout=subprocess.DEVNULL,
        )
        wait_for_name(self.connection, POLKIT[0])

    def connect(self):
        """Another client on the bus."""
        return connect(self.address)

    def allow(self, *actions):
        """From now on polkit allows these actions, and no others."""
        full = [f"{NAME}.{action}" for action in actions]
        self.connection.call_sync(*POLKIT, "SetAllowed", GLib.Variant("(as)", (full,)), None, 0, TIMEOUT_MS, None)

    def silence(self, silent):
        """A polkit that gives no answer; those who waited are refused when it speaks again."""
        self.connection.call_sync(*POLKIT, "SetSilent", GLib.Variant("(b)", (silent,)), None, 0, TIMEOUT_MS, None)

    def answer_by(self, way):
        """A polkit that wants a password for everything (challenge), can do nothing (failure), or answers ("")."""
        self.connection.call_sync(*POLKIT, "SetWay", GLib.Variant("(s)", (way,)), None, 0, TIMEOUT_MS, None)

    def allow_backwards(self, last=False):
        """A silent polkit allows what waits, the newest first, or the newest alone."""
        self.connection.call_sync(*POLKIT, "AllowBackwards", GLib.Variant("(b)", (last,)), None, 0, TIMEOUT_MS, None)

    def asked(self):
        """What polkit was asked since the last call: a list of (action, details)."""
        reply = self.connection.call_sync(*POLKIT, "TakeAsked", None, None, 0, TIMEOUT_MS, None)
        return reply.unpack()[0]

    def may_ask(self):
        """Whether polkit could have asked the last caller for a password."""
        return self.connection.call_sync(*POLKIT, "MayAsk", None, None, 0, TIMEOUT_MS, None).unpack()[0]

    def close(self):
        self.connection.close_sync()
        end(self._polkit)
        end(self._daemon)
        shutil.rmtree(self.folder)


class Client:
    """What is asked of a barevirtd on the bus of CONNECTION."""

    def __init__(self, connection):
        self.connection = connection

    def call(self, path, interface, method, signature="()", *arguments, connection=None, timeout_ms=TIMEOUT_MS):
        """Calls a method, and returns its results as a tuple; a D-Bus error is a GLib.Error."""
        reply = (connection or self.connection).call_sync(
            NAME, path, f"{NAME}.{interface}", method, GLib.Variant(signature, arguments), None, 0, timeout_ms, None
        )
        return reply.unpack()

    def get(self, path, interface, name):
        """A property, from the service itself."""
        reply = self.connection.call_sync(
            NAME, path, "org.freedesktop.DBus.Properties", "Get",
            GLib.Variant("(ss)", (f"{NAME}.{interface}", name)), None, 0, TIMEOUT_MS, None,
        )
        return reply.unpack()[0]

    def objects(self):
        """GetManagedObjects: {path: {interface: {property: value}}}"""
        reply = self.connection.call_sync(
            NAME, ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", None, None, 0, TIMEOUT_MS, None
        )
        return reply.unpack()[0]

    def apply(self, text, **options):
        """Applies manifests: ([(path, what became of it)...], [job...])"""
        return self.call(ROOT, "Manager", "Apply", "(sa{sv})", text, options)

    def wait_for(self, path, interface, name, value):
        """Waits until a property has that value, by its changes."""
        subscription = self.connection.signal_subscribe(
            NAME, None, None, None, None, Gio.DBusSignalFlags.NONE, lambda *_: None
        )

        def has_value():
            try:
                return self.get(path, interface, name) == value
            except GLib.Error as error:
                # No such object, or it lacks the interface so far.
                if any(error.matches(Gio.dbus_error_quark(), code) for code in MISSING):
                    return False
                raise

        try:
            iterate_until(has_value, f"{name} of {path} to be {value}")
        finally:
            self.connection.signal_unsubscribe(subscription)


class Service(Client):
    """barevirtd with state and settings of its own."""

    def __init__(self, bus, build_folder, uri="test:///default", mode="--system"):
        super().__init__(bus.connection)
        self.bus = bus
        self.program = build_folder / "src" / "daemon" / "barevirtd"
        self.command = build_folder / "src" / "cli" / "barevirt"
        self.uri = uri
        self.mode = mode
        self.folder = Path(tempfile.mkdtemp(prefix="barevirt-service-"))
        self.log = self.folder / "log"
        self.config = self.folder / "barevirt.conf"
        self.process = None

    def arguments(self):
        return [
            self.program, self.mode, "--connect", self.uri, "--config", self.config,
            "--state-dir", self.folder / "state", "--runtime-dir", self.folder / "run",
        ]

    def start(self):
        """Starts it, and waits until it says that it is ready."""
        address = self.folder / "notify"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, self.log.open("a") as log:
            notify.bind(str(address))
            notify.settimeout(0.1)
            self.process = subprocess.Popen(
                self.arguments(), stdout=log, stderr=log,
                env={**self.bus.environment, "NOTIFY_SOCKET": str(address), "G_DEBUG": "fatal-criticals"},
            )
            self._wait_until_ready(notify)

    def _wait_until_ready(self, notify):
        for _ in range(600):
            try:
                if b"READY=1" in notify.recv(4096).split(b"\n"):
                    return
            except TimeoutError:
                if self.process.poll() is not None:
                    break
        end(self.process)
        raise AssertionError(f"barevirtd is not ready, exit status {self.process.returncode}:\n{self.log.read_text()}")

    def stop(self):
        """Ends it as systemd does, and returns its exit status."""
        return end(self.process)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def barevirt(self, *arguments, check=True, **options):
        """Runs the command against this service."""
        return subprocess.run(
            [self.command, *arguments], env=self.bus.environment, capture_output=True, text=True, timeout=120,
            check=check, **options,
        )

    def close(self):
        try:
            status = self.stop() if self.process and self.process.poll() is None else 0
            assert status == 0, f"barevirtd ended with status {status}:\n{self.log.read_text()}"
        finally:
            shutil.rmtree(self.folder)
