# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks that are made for guests where there is much room, little, or none."""
import pytest

from host_service import HostService
from lab import wait_until
from service import object_path

MIB = 1 << 20
SMALL = "/srv/small"  # 8 MiB
FULL = "/var/lib/barevirt/volumes"

SETTINGS = f"""\
[hypervisor]
allow-emulation=true
[host-disk]
folders={SMALL}
reserved-bytes=1048576
[features]
HostDisk=true
"""

GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: {name}}}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {{guest: 32Mi}}
    devices:
      disks: [{{name: disk, disk: {{bus: virtio}}}}]
  volumes:
    - {{name: disk, {source}}}
"""


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    for folder, size in [(SMALL, "8m"), (FULL, "4k")]:
        host.run("mkdir", "-p", "-m", "711", folder)
        host.run("mount", "-t", "tmpfs", "-o", f"size={size},mode=711", "tmpfs", folder)
    service = HostService(host, build_folder, SETTINGS)
    service.start()
    yield service
    service.close()


def start(service, name, source):
    service.apply(GUEST.format(name=name, source=source))
    return object_path("VirtualMachineInstance", name)


def host_disk(name, capacity, kind="DiskOrCreate"):
    capacity = f", capacity: {capacity}" if capacity else ""
    return f"hostDisk: {{path: {SMALL}/{name}, type: {kind}{capacity}}}"


def wait_for_running(service, path):
    service.wait_for_property(path, "VirtualMachineInstance", "Phase", lambda phase: phase == "Running")


def wait_for_cause(service, path, *parts):
    """Until the VMI tells why it does not start."""
    service.wait_for_property(
        path, "VirtualMachineInstance", "Conditions",
        lambda conditions: any(c["type"] == "Synchronized" and all(part in c["message"] for part in parts)
                               for c in conditions))


def delete(service, path):
    service.call(path, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: path not in service.objects(), 60, "the end of the VMI")


def stat(service, name, what):
    return service.host.run("stat", "-c", what, f"{SMALL}/{name}").stdout.strip()


def test_disk_is_made_for_qemus_group(service):
    """Its group, for where libvirt gives no files away; after the guest's end the file stays."""
    path = start(service, "fits", host_disk("fits.img", "2Mi"))
    wait_for_running(service, path)
    assert stat(service, "fits.img", "%s") == str(2 * MIB)
    delete(service, path)
    assert stat(service, "fits.img", "%a") == "660"
    assert stat(service, "fits.img", "%b") == "0"


def test_disk_that_is_there_stays_as_it_is(service):
    """Whatever capacity the manifest names."""
    path = start(service, "again", host_disk("fits.img", "5Mi"))
    wait_for_running(service, path)
    assert stat(service, "fits.img", "%s") == str(2 * MIB)
    delete(service, path)


def test_somewhat_small_room_is_tolerated(service):
    """7 MiB can be had; a tenth less than asked for is still fine."""
    path = start(service, "close", host_disk("close.img", "7500Ki"))
    wait_for_running(service, path)
    assert 6 * MIB < int(stat(service, "close.img", "%s")) <= 7 * MIB
    wait_until(lambda: "ToleratedSmallPV" in service.barevirt("describe", "vmi", "close").stdout, 60, "the event")
    delete(service, path)


def test_too_small_room_is_told(service):
    """Before anything is made."""
    path = start(service, "large", host_disk("large.img", "9Mi"))
    wait_for_cause(service, path, "There is no room for the volume disk", "9Mi", SMALL)
    assert service.host.run("ls", f"{SMALL}/large.img", check=False).returncode != 0
    delete(service, path)


def test_folder_of_others_is_told(service):
    """Whoever may change it could exchange the disk before libvirt opens it."""
    service.host.run("chmod", "713", SMALL)
    path = start(service, "foreign", host_disk("fits.img", None, "Disk"))
    wait_for_cause(service, path, "others than root may change", SMALL)
    service.host.run("chmod", "711", SMALL)
    wait_for_running(service, path)
    delete(service, path)


def test_missing_disk_is_told(service):
    path = start(service, "missing", host_disk("missing.img", None, "Disk"))
    wait_for_cause(service, path, f"{SMALL}/missing.img")
    delete(service, path)


def test_empty_disk_waits_for_room(service):
    """A full disk is told, leaves nothing half made, and is tried again."""
    path = start(service, "empty", "emptyDisk: {capacity: 16Mi}")
    wait_for_cause(service, path, "The volume disk cannot be prepared")
    wait_until(lambda: service.host.run("find", FULL, "-name", "*.new*", check=False).stdout == "", 60, "nothing half made")
    service.host.run("mount", "-o", "remount,size=8m", FULL)
    wait_for_running(service, path)
    uid = service.get(path, "Object", "Uid")
    info = service.host.run("qemu-img", "info", "-U", f"{FULL}/{uid}/disk.qcow2").stdout
    assert "16 MiB" in info
    delete(service, path)
    wait_until(lambda: service.host.run("ls", FULL).stdout == "", 60, "the end of the VMI's folder")
