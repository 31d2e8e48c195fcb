# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads of properties: what they answer, and that none is ahead of the signal that tells the change."""
import pytest
from gi.repository import Gio, GLib

from manifests import vmi
from service import NAME, ROOT, iterate_until, object_path

INSTANCE = "VirtualMachineInstance"
VMI = object_path(INSTANCE, "one")
PROPERTIES = "org.freedesktop.DBus.Properties"


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
