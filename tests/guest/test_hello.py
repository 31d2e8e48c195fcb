# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example of the project on a real libvirt: from its manifest to a guest, and through what may go wrong."""
import os
import socket
import struct
import zlib

import pytest
from gi.repository import Gio, GLib

from lab import SOURCE, wait_until
from service import NAME, ROOT, TIMEOUT_MS, iterate_until, object_path

MANIFEST = (SOURCE / "examples" / "hello.yaml").read_text()
VM = object_path("VirtualMachine", "hello")
VMI = object_path("VirtualMachineInstance", "hello")
INSTANCE = "VirtualMachineInstance"


@pytest.fixture(scope="module", name="guest")
def fixture_guest(service):
    """The service with the guest of the example, whose agent answers."""
    service.image()
    assert service.apply(MANIFEST)[0] == [(VM, "created")]
    service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    return service


def running(service):
    service.wait_for_property(VMI, INSTANCE, "Phase", lambda phase: phase == "Running")


def condition(service, kind):
    found = [c for c in service.get(VMI, INSTANCE, "Conditions") if c["type"] == kind]
    return found[0]["status"] if found else None


def call_for_file(service, method):
    """The descriptor that METHOD of the VMI returns."""
    reply, fds = service.connection.call_with_unix_fd_list_sync(
        NAME, VMI, f"{NAME}.{INSTANCE}", method, GLib.Variant("(a{sv})", ({},)), None, 0, TIMEOUT_MS, None, None
    )
    return fds.get(reply.unpack()[0])


def open_console(service, method="OpenConsole"):
    """A connected socket."""
    console = socket.socket(fileno=call_for_file(service, method))
    console.settimeout(60)
    return console


def read_until(console, text):
    seen = b""
    while text not in seen:
        part = console.recv(4096)
        assert part, f"the console ended: {seen!r}"
        seen += part


def test_guest_is_seen(guest):
    assert guest.wait_for_property(VMI, "GuestAgent", "OsInfo", bool)["prettyName"] == "Barevirt lab guest 1"
    running(guest)
    guest.wait_for_property(
        VMI, INSTANCE, "Addresses", lambda addresses: any(a.startswith("10.0.2.") for a in addresses)
    )
    guest.wait_for_property(VM, "VirtualMachine", "Ready", bool)
    guest.wait_for_property(VM, "VirtualMachine", "PrintableStatus", lambda status: status == "Running")
    assert guest.host.virsh("list", "--name").split() == ["default_hello"]


def test_same_manifest_changes_nothing(guest):
    assert guest.apply(MANIFEST) == ([(VM, "unchanged")], [])


def test_console_has_several_readers(guest):
    with open_console(guest) as first, open_console(guest) as second:
        first.sendall(b"echo con$((1+1))sole\n")
        read_until(first, b"con2sole")
        read_until(second, b"con2sole")


def receive(display, size):
    data = b""
    while len(data) < size:
        part = display.recv(size - len(data))
        assert part, f"the display ended: {data!r}"
        data += part
    return data


def start_vnc(display):
    """The size of the picture, after the handshake of RFC 6143, part 7.1 to 7.3, with a shared session."""
    assert receive(display, 12) == b"RFB 003.008\n"
    display.sendall(b"RFB 003.008\n")
    assert 1 in receive(display, receive(display, 1)[0])  # the security type None
    display.sendall(b"\1")
    assert receive(display, 4) == b"\0\0\0\0"
    display.sendall(b"\1")
    width, height, _format, length = struct.unpack(">HH16sI", receive(display, 24))
    assert b"QEMU" in receive(display, length)
    return width, height


def test_display_has_several_viewers(guest):
    with open_console(guest, "OpenVnc") as first, open_console(guest, "OpenVnc") as second:
        width, height = start_vnc(first)
        assert width >= 640 and height >= 400
        assert start_vnc(second) == (width, height)


def read_png(data):
    """The size of the picture and its lines of pixels, each behind the number of its filter."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    position, chunks = 8, {}
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        chunks[kind] = chunks.get(kind, b"") + data[position + 8:position + 8 + length]
        position += length + 12
    width, height, depth, color, *_rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, color) == (8, 2)  # RGB
    return (width, height), zlib.decompress(chunks[b"IDAT"])


def test_screenshot_is_what_vnc_shows(guest):
    with open_console(guest, "OpenVnc") as display:
        size = start_vnc(display)
    with os.fdopen(call_for_file(guest, "Screenshot"), "rb") as picture:
        shown, pixels = read_png(picture.read())
    assert shown == size
    assert len(pixels) == size[1] * (1 + 3 * size[0])
    assert any(pixels)


def test_pause_and_unpause(guest):
    guest.call(VMI, INSTANCE, "Pause", "(a{sv})", {})
    wait_until(lambda: condition(guest, "Paused") == "True", 60, "the condition Paused")
    assert guest.host.virsh("domstate", "default_hello") == "paused"
    guest.call(VMI, INSTANCE, "Unpause", "(a{sv})", {})
    wait_until(lambda: condition(guest, "Paused") != "True", 60, "the end of the condition Paused")
    assert guest.host.virsh("domstate", "default_hello") == "running"


def test_changes_are_told(guest):
    """PropertiesChanged and PhaseChanged follow libvirt's own events, not our calls."""
    changed = []
    subscription = guest.connection.signal_subscribe(
        NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", VMI, None, Gio.DBusSignalFlags.NONE,
        lambda *arguments: changed.append(arguments[5].unpack()[1]),
    )
    guest.host.virsh("suspend", "default_hello")
    iterate_until(lambda: any("Conditions" in c for c in changed), "the change of Conditions")
    guest.host.virsh("resume", "default_hello")
    guest.connection.signal_unsubscribe(subscription)
    wait_until(lambda: condition(guest, "Paused") != "True", 60, "the end of the condition Paused")


def test_ordinary_user_may_look_but_not_touch(guest):
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "busctl", "--system"]
    get = ["get-property", NAME, VMI, f"{NAME}.{INSTANCE}", "Phase"]
    assert "Running" in guest.host.run(*user, *get).stdout
    for path, interface, method in [
        (VMI, INSTANCE, "Pause"), (VMI, INSTANCE, "Kill"), (VMI, INSTANCE, "OpenConsole"),
        (VMI, INSTANCE, "OpenVnc"), (VMI, INSTANCE, "Screenshot"), (VMI, INSTANCE, "GetDomainXml"),
        (VM, "VirtualMachine", "Stop"), (VM, "Object", "Delete"),
    ]:
        result = guest.host.run(*user, "call", NAME, path, f"{NAME}.{interface}", method, "a{sv}", "0", check=False)
        assert result.returncode != 0, method
        assert f"{NAME}." in result.stderr and "polkit" in result.stderr, (method, result.stderr)
    assert guest.host.virsh("domstate", "default_hello") == "running"


def test_second_service_is_refused(guest):
    result = guest.host.run("barevirtd", "--system", check=False, timeout=60)
    assert result.returncode != 0
    assert "Another barevirtd" in result.stderr
    running(guest)


def test_service_is_killed_and_finds_its_guest(guest):
    uid = guest.get(VMI, "Object", "Uid")
    domain = guest.host.virsh("domid", "default_hello")
    guest.kill()
    assert guest.host.virsh("domstate", "default_hello") == "running"
    guest.start()
    running(guest)
    assert guest.get(VMI, "Object", "Uid") == uid
    assert guest.host.virsh("domid", "default_hello") == domain
    guest.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)


def test_libvirt_goes_away_and_comes_back(guest):
    guest.host.end_libvirtd()
    state = lambda: guest.get(ROOT, "Manager", "HypervisorState")
    wait_until(lambda: state() != "connected", 60, "the loss of the connection")
    with pytest.raises(GLib.Error, match="HypervisorUnavailable"):
        guest.call(VMI, INSTANCE, "Pause", "(a{sv})", {})
    assert VMI in guest.objects()
    guest.host.start_libvirtd()
    wait_until(lambda: state() == "connected", 120, "a new connection")
    guest.wait_for_property(ROOT, "Manager", "Ready", bool)
    running(guest)
    guest.call(VMI, INSTANCE, "Pause", "(a{sv})", {})
    guest.call(VMI, INSTANCE, "Unpause", "(a{sv})", {})


def test_stop_and_start(guest):
    guest.call(VM, "VirtualMachine", "Stop", "(a{sv})", {})
    wait_until(lambda: VMI not in guest.objects(), 60, "the end of the VMI")
    wait_until(lambda: guest.host.virsh("list", "--all", "--name").split() == [], 60, "the end of the domain")
    guest.call(VM, "VirtualMachine", "Start", "(a{sv})", {})
    guest.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)


def test_kill_is_followed_by_a_new_run(guest):
    """runStrategy Always: a guest that ended, however, is started again."""
    uid = guest.get(VMI, "Object", "Uid")
    guest.call(VMI, INSTANCE, "Kill", "(a{sv})", {})
    guest.wait_for_property(VMI, "Object", "Uid", lambda new: new != uid)
    running(guest)


def test_delete(guest):
    guest.call(VM, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: VM not in guest.objects() and VMI not in guest.objects(), 60, "the end of the VM")
    wait_until(lambda: guest.host.virsh("list", "--all", "--name").split() == [], 60, "the end of the domain")
    wait_until(lambda: os.listdir(guest.host.folder / "run" / "barevirt") == [], 60, "the end of its files")
