# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads of properties: what they answer, and that none is ahead of the signal that tells the change."""
import pytest
from gi.repository import Gio, GLib

from manifests import vmi
from service import NAME, ROOT, iterate_until, object_path

INSTANCE = "VirtualMachineInstance"
VMI = object_path(INSTANCE, "one")
PROPERTIES = "org.freedesktop.DBus.Properties"
MANAGER = "org.freedesktop.DBus.ObjectManager"


@pytest.fixture(autouse=True)
def fixture_running(service):
    service.apply(vmi("one"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")


def read(service, method, path, signature, *arguments):
    reply = service.connection.call_sync(
        NAME, path, PROPERTIES, method, GLib.Variant(signature, arguments), None, 0, 10_000, None
    )
    return reply.unpack()[0]


def test_three_ways_to_read_agree(service):
    for path, interfaces in service.objects().items():
        for interface, properties in interfaces.items():
            if interface == f"{NAME}.Job":
                continue  # it may end meanwhile
            assert read(service, "GetAll", path, "(s)", interface) == properties
            for name, value in properties.items():
                assert read(service, "Get", path, "(ss)", interface, name) == value


def test_manager_at_the_root(service):
    assert read(service, "GetAll", ROOT, "(s)", f"{NAME}.Manager")["Ready"] is True
    assert ROOT not in service.objects()


@pytest.mark.parametrize(
    ("path", "interface", "name", "error"),
    [
        (VMI, f"{NAME}.{INSTANCE}", "Nothing", "InvalidArgs"),
        (VMI, f"{NAME}.Nothing", "Phase", "InvalidArgs"),
        (VMI + "x", f"{NAME}.{INSTANCE}", "Phase", "UnknownMethod"),
    ],
)
def test_read_of_what_is_not_there(service, path, interface, name, error):
    with pytest.raises(GLib.Error, match=error):
        read(service, "Get", path, "(ss)", interface, name)


def test_wrong_arguments(service):
    for method, signature, arguments in (("Get", "(s)", ("a",)), ("GetAll", "(ss)", ("a", "b")), ("Get", "(i)", (1,))):
        with pytest.raises(GLib.Error, match="InvalidArgs|UnknownMethod"):
            read(service, method, VMI, signature, *arguments)


def test_write_is_refused(service):
    with pytest.raises(GLib.Error, match="InvalidArgs"):
        service.connection.call_sync(
            NAME, VMI, PROPERTIES, "Set", GLib.Variant("(ssv)", (f"{NAME}.{INSTANCE}", "Phase", GLib.Variant("s", "x"))),
            None, 0, 10_000, None,
        )


def test_no_read_is_ahead_of_its_signal(service):
    """Reads are sent all the time while the guest is paused and resumed; each sees what was last told, no more."""
    told = [read(service, "Get", VMI, "(ss)", f"{NAME}.{INSTANCE}", "Conditions")]
    read_values, ahead = [], []
    subscription = service.connection.signal_subscribe(
        NAME, PROPERTIES, "PropertiesChanged", VMI, None, Gio.DBusSignalFlags.NONE,
        lambda *a: told.append(a[5].unpack()[1].get("Conditions", told[-1])),
    )
    answered = []

    def on_read(connection, result):
        value = connection.call_finish(result).unpack()[0]
        read_values.append(value)
        if value not in told:
            ahead.append(value)

    def ask():
        service.connection.call(
            NAME, VMI, PROPERTIES, "Get", GLib.Variant("(ss)", (f"{NAME}.{INSTANCE}", "Conditions")), None, 0, 10_000,
            None, on_read,
        )

    try:
        for method in ["Pause", "Unpause"] * 10:
            answered.clear()
            service.connection.call(
                NAME, VMI, f"{NAME}.{INSTANCE}", method, GLib.Variant("(a{sv})", ({},)), None, 0, 10_000, None,
                lambda connection, result: answered.append(connection.call_finish(result)),
            )
            while not answered:
                ask()
                GLib.MainContext.default().iteration(True)
            ask()
            want = len(read_values) + 1
            iterate_until(lambda want=want: len(read_values) >= want, "a read after the reply")
    finally:
        service.connection.signal_unsubscribe(subscription)
    assert not ahead
    assert len({str(value) for value in read_values}) > 1, "no change was read"


def test_agent_and_devices_come_and_go(service):
    added = []
    subscription = service.connection.signal_subscribe(
        NAME, "org.freedesktop.DBus.ObjectManager", None, ROOT, None, Gio.DBusSignalFlags.NONE,
        lambda *a: added.append((a[4], a[5].unpack())),
    )
    try:
        service.apply(vmi("two"))
        two = object_path(INSTANCE, "two")
        service.wait_for(two, INSTANCE, "Phase", "Running")
        service.call(two, "Object", "Delete", "(a{sv})", {})
        told = lambda name: {path for signal, (path, _) in added if signal == name and path.startswith(two)}
        iterate_until(lambda: two in told("InterfacesRemoved"), "the VMI to be gone")
        assert two in told("InterfacesAdded") and len(told("InterfacesAdded")) > 1
        assert told("InterfacesRemoved") == told("InterfacesAdded")
    finally:
        service.connection.signal_unsubscribe(subscription)
    with pytest.raises(GLib.Error, match="UnknownMethod"):
        read(service, "GetAll", two, "(s)", f"{NAME}.{INSTANCE}")


class Follower:
    """The picture of all objects as the signals tell it, from one answer of GetManagedObjects on."""

    def __init__(self, service):
        self.connection = service.connection
        self.picture = None
        self.checked = 0
        self.pending = 0
        self.wrong = []
        self._subscriptions = [
            self.connection.signal_subscribe(
                NAME, interface, None, None, None, Gio.DBusSignalFlags.NONE, lambda *a: self._told(*a[2:])
            )
            for interface in (MANAGER, PROPERTIES)
        ]

    def _told(self, path, _interface, signal, arguments):
        if self.picture is None:
            return
        arguments = arguments.unpack()
        if signal == "InterfacesAdded":
            self.picture.setdefault(arguments[0], {}).update(arguments[1])
        elif signal == "InterfacesRemoved":
            for interface in arguments[1]:
                del self.picture[arguments[0]][interface]
            if not self.picture[arguments[0]]:
                del self.picture[arguments[0]]
        elif path != ROOT:
            assert not arguments[2], "values are told, not only that they changed"
            self.picture[path][arguments[0]].update(arguments[1])

    def _ask(self, path, interface, method, arguments, check):
        def answered(connection, result):
            self.pending -= 1
            try:
                answer = connection.call_finish(result).unpack()[0]
            except GLib.Error:
                return  # it is gone, as its signal tells
            check(answer)
            self.checked += 1

        self.pending += 1
        self.connection.call(NAME, path, interface, method, arguments, None, 0, 60_000, None, answered)

    def look(self):
        """Asks for the whole picture, which must be what was told until its answer."""

        def check(answer):
            if self.picture is None:
                self.picture = answer
            if answer != self.picture:
                self.wrong.append((answer, self.picture))

        self._ask(ROOT, MANAGER, "GetManagedObjects", None, check)

    def read_each(self):
        """Likewise for the properties of each interface that is known."""
        for path, interfaces in (self.picture or {}).items():
            for interface in interfaces:
                self._ask(path, PROPERTIES, "GetAll", GLib.Variant("(s)", (interface,)),
                          lambda answer, path=path, interface=interface: self._compare(path, interface, answer))

    def _compare(self, path, interface, answer):
        told = self.picture.get(path, {}).get(interface)
        if told is not None and told != answer:
            self.wrong.append((path, interface, answer, told))

    def settle(self):
        iterate_until(lambda: self.pending == 0, "the answers", 60_000)

    def close(self):
        for subscription in self._subscriptions:
            self.connection.signal_unsubscribe(subscription)


class Calls:
    """Those that wait for their answers."""

    def __init__(self, service):
        self.connection = service.connection
        self.waiting = []
        self.failed = []

    def add(self, path, interface, method, arguments):
        def answered(connection, result):
            self.waiting.remove(method)
            try:
                connection.call_finish(result)
            except GLib.Error as error:
                self.failed.append(error.message)

        self.waiting.append(method)
        self.connection.call(NAME, path, f"{NAME}.{interface}", method, arguments, None, 0, 60_000, None, answered)

    def wait(self, follower):
        """Until all are answered; the follower looks meanwhile."""
        while self.waiting:
            if follower.pending == 0:
                follower.look()
                follower.read_each()
            GLib.MainContext.default().iteration(True)


def test_signals_tell_all_that_reads_do(service):
    """In a storm of changes each answer is what the signals have told until then, no more and no less."""
    names = [f"storm-{i}" for i in range(12)]
    paths = [object_path(INSTANCE, name) for name in names]
    options = GLib.Variant("(a{sv})", ({},))
    calls = Calls(service)
    follower = Follower(service)
    try:
        follower.look()
        follower.settle()
        calls.add(ROOT, "Manager", "Apply", GLib.Variant("(sa{sv})", ("".join(map(vmi, names)), {})))
        calls.wait(follower)
        iterate_until(
            lambda: all(follower.picture.get(p, {}).get(f"{NAME}.{INSTANCE}", {}).get("Phase") == "Running" for p in paths),
            "the guests to run, by the signals alone", 60_000,
        )
        for method in ("Pause", "Unpause"):
            for path in paths:
                calls.add(path, INSTANCE, method, options)
            calls.wait(follower)
        for path in paths[::2]:
            calls.add(path, "Object", "Delete", options)
        for path in paths[1::2]:
            calls.add(path, INSTANCE, "Pause", options)
        calls.wait(follower)
        iterate_until(lambda: not set(paths[::2]) & set(follower.picture), "the deleted to be gone", 60_000)
        follower.look()
        follower.read_each()
        follower.settle()
    finally:
        follower.close()
    assert not calls.failed
    assert not follower.wrong
    assert follower.checked > 100
