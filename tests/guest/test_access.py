# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can be had of a guest from outside: its screen, its console's log, its memory, its USB ports, its crash."""
import os
import subprocess

import pytest
from gi.repository import Gio, GLib

from host_service import SETTINGS, HostService
from lab import wait_until
from service import NAME, ROOT, object_path

INSTANCE = "VirtualMachineInstance"
ADDRESS = "127.0.0.1:9177"
VMI = object_path(INSTANCE, "access")
MIB = 2**20
MANIFEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: access
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory:
      guest: 128Mi
    devices:
      clientPassthrough: {{}}
      panicDevices:
        - model: isa
      disks:
        - name: root
          disk:
            bus: virtio
  volumes:
    - name: root
      hostDisk:
        path: {path}
        type: Disk
"""


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    settings = SETTINGS + f"[metrics]\nlisten={ADDRESS}\n"
    service = HostService(host, build_folder, settings)
    service.start()
    service.apply(MANIFEST.format(path=service.image()))
    service.wait_for_property(VMI, "GuestAgent", "Hostname", bool, timeout=240)
    yield service
    service.close()


def in_guest(service, command):
    return service.host.in_guest("default_access", command)


def mode_of(service, path):
    return service.host.run("stat", "-c", "%a %U", path).stdout.split()


def call_with_file(service, method, path):
    """Calls a method of the VMI with a file of ours, and returns what it answers."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    files = Gio.UnixFDList.new_from_array([fd])
    return service.connection.call_with_unix_fd_list_sync(
        NAME, VMI, f"{NAME}.{INSTANCE}", method, GLib.Variant("(ha{sv})", (0, {})), None, 0, 20_000, files, None
    )[0].unpack()


def open_device(service):
    reply, files = service.connection.call_with_unix_fd_list_sync(
        NAME, VMI, f"{NAME}.{INSTANCE}", "OpenUsbRedirection", GLib.Variant("(a{sv})", ({},)), None, 0, 20_000, None, None
    )
    return files.get(reply.unpack()[0])


def test_screenshot_is_a_picture(service):
    service.barevirt("screenshot", "access", "/run/screen.png")
    head = service.host.run("od", "-An", "-tx1", "-N24", "/run/screen.png").stdout.split()
    assert bytes.fromhex("".join(head[:8])) == b"\x89PNG\r\n\x1a\n"
    assert int("".join(head[16:20]), 16) >= 640
    assert mode_of(service, "/run/screen.png")[0] == "600"


def test_console_is_logged_for_those_who_may_see_it(service):
    in_guest(service, "echo mark-$((6 * 7)) >/dev/ttyS0")
    wait_until(lambda: "mark-42" in service.barevirt("logs", "access").stdout, 30, "what the guest printed")
    folder = service.host.run("sh", "-c", "ls -d /run/barevirt/*/").stdout.split()
    logs = service.host.run("find", *folder, "-name", "virt-serial0-log*").stdout.split()
    assert logs and all(mode_of(service, log) == ["600", "root"] for log in logs)


def test_log_is_followed(service):
    process = service.host.popen("barevirt", "logs", "-f", "access", stdout=subprocess.PIPE, text=True)
    try:
        assert any("mark-42" in line for line in process.stdout)
        in_guest(service, "echo later-$((6 * 8)) >/dev/ttyS0")
        assert any("later-48" in line for line in process.stdout)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_memory_is_dumped_and_the_guest_goes_on(service):
    in_guest(service, "printf secret-%s 314159 >/tmp/mark")
    service.barevirt("memory-dump", "access", "/run/memory")
    assert service.host.run("head", "-c4", "/run/memory").stdout == "\x7fELF"
    assert int(service.host.run("stat", "-c", "%s", "/run/memory").stdout) >= 128 * MIB
    assert mode_of(service, "/run/memory")[0] == "600"
    service.host.run("grep", "-qa", "secret-314159", "/run/memory")
    assert in_guest(service, "cat /tmp/mark") == "secret-314159"
    refused = service.barevirt("memory-dump", "access", "/run/memory", check=False)
    assert refused.returncode == 1 and "/run/memory cannot be made: File exists." in refused.stderr


def test_dump_that_finds_no_room_is_refused_before_the_guest_stands_still(service):
    service.host.run("mkdir", "-p", "/run/small")
    service.host.run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", "/run/small")
    try:
        refused = service.barevirt("memory-dump", "access", "/run/small/memory", check=False)
        assert refused.returncode == 1 and "The guest has 128 MiB of memory" in refused.stderr
        assert service.host.run("ls", "/run/small").stdout == ""
    finally:
        service.host.run("umount", "/run/small")


def test_dump_can_be_cancelled(service, tmp_path):
    qemu = service.host.run("cat", "/run/libvirt/qemu/default_access.pid").stdout.strip()
    service.host.run("kill", "-STOP", qemu)
    try:
        job = call_with_file(service, "DumpMemory", tmp_path / "memory")[0]
        with pytest.raises(GLib.Error, match="is being dumped already"):
            call_with_file(service, "DumpMemory", tmp_path / "second")
        service.call(job, "Job", "Cancel", "(a{sv})", {})
    finally:
        service.host.run("kill", "-CONT", qemu)
    service.wait_for_property(job, "Job", "State", lambda state: state == "cancelled")
    assert (tmp_path / "memory").stat().st_size < 128 * MIB
    assert in_guest(service, "cat /tmp/mark") == "secret-314159"


def test_usb_devices_have_four_places(service):
    devices = [open_device(service) for _ in range(4)]
    for device in devices:
        assert b"qemu usb-redir guest" in os.read(device, 256)
    with pytest.raises(GLib.Error, match="All 4 places for USB devices are in use"):
        open_device(service)
    os.close(devices.pop())

    def place():
        try:
            return open_device(service)
        except GLib.Error as error:
            assert "are in use" in error.message
            return None

    devices.append(wait_until(place, 20, "a place that is free again"))
    for device in devices:
        os.close(device)


def test_panic_ends_the_guest_and_is_told(service):
    in_guest(service, "(sleep 0.5; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &")
    service.wait_for_property(VMI, INSTANCE, "Phase", lambda phase: phase == "Failed")

    def panics():
        events = service.call(ROOT, "Manager", "GetEvents", "(a{sv})", {"name": GLib.Variant("s", "access")})[0]
        return [event["message"] for event in events if event["reason"] == "GuestPanicked"]

    assert wait_until(panics, 20, "the event of the panic") == ["The guest's kernel panicked."]
    text = service.host.run("curl", "-sSf", f"http://{ADDRESS}/metrics").stdout
    labels = 'namespace="default",name="access",type="unknown",bugcheck_code="unknown"'
    assert f"kubevirt_vmi_guest_os_panic_total{{{labels}}} 1\n" in text


def test_log_goes_with_the_vmi(service):
    service.call(VMI, "Object", "Delete", "(a{sv})", {})
    service.wait_for_gone(VMI, INSTANCE)
    assert service.host.run("find", "/run/barevirt", "-name", "virt-serial0-log*").stdout == ""
