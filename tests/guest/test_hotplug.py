# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks that come, go and grow while the guest runs, as the guest itself sees them."""
import pytest
from gi.repository import Gio, GLib

from host_service import IMAGES
from lab import wait_until
from service import NAME, ROOT, object_path

CLAIM = "PersistentVolumeClaim"
INSTANCE = "VirtualMachineInstance"
VM = object_path("VirtualMachine", "plug")
VMI = object_path(INSTANCE, "plug")
DOMAIN = "default_plug"
MIB = 1024 * 1024


def claim(name, size="32Mi"):
    return (
        f"---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n"
        f"spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
    )


def machine(disks=(), volumes=(), memory="256Mi"):
    disk_lines = "".join(f"          - {disk}\n" for disk in disks)
    volume_lines = "".join(f"      - {volume}\n" for volume in volumes)
    return f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: plug}}
spec:
  runStrategy: Always
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: {memory}}}
        devices:
          disks:
          - {{name: root, bootOrder: 1, disk: {{bus: virtio}}}}
{disk_lines}\
      volumes:
      - {{name: root, hostDisk: {{path: {IMAGES}/plug.img, type: Disk}}}}
{volume_lines}"""


def disk(name, bus):
    return f"{{name: {name}, serial: {name.upper()}, disk: {{bus: {bus}}}}}"


def volume(name, claim_name=None):
    return f"{{name: {name}, persistentVolumeClaim: {{claimName: {claim_name or name}, hotpluggable: true}}}}"


def in_guest(service, command):
    return service.host.in_guest(DOMAIN, command).strip()


def sizes(service):
    """The guest's disks without the one that it boots from: name -> bytes."""
    lines = in_guest(service, "for d in /sys/block/vd* /sys/block/sd*; do [ -e $d ] && echo ${d##*/} $(cat $d/size); done; true")
    found = {name: int(size) * 512 for name, size in map(str.split, lines.splitlines())}
    found.pop("vda")
    return found


def wait_sizes(service, *wanted):
    wait_until(lambda: sorted(sizes(service).values()) == sorted(wanted), 60, f"disks of {wanted}")
    return sizes(service)


def volume_status(service, name):
    found = service.objects()[VMI][f"{NAME}.{INSTANCE}"]["VolumeStatus"]
    return next((status for status in found if status["name"] == name), None)


def wait_phase(service, name, phase):
    wait_until(lambda: (volume_status(service, name) or {}).get("phase") == phase, 60, f"{name} being {phase}")
    return volume_status(service, name)


def vm_conditions(service):
    return {c["type"]: c for c in service.get(VM, "VirtualMachine", "Conditions")}


def reasons(service):
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass
    return [reason for _, reason, _ in service.told]


@pytest.fixture(scope="module", name="guest")
def fixture_guest(service):
    service.image("plug.img")
    service.told = []
    service.connection.signal_subscribe(
        NAME, f"{NAME}.{INSTANCE}", "Event", VMI, None, Gio.DBusSignalFlags.NONE,
        lambda *arguments: service.told.append(arguments[5].unpack()),
    )
    service.apply(machine() + claim("a") + claim("b", "48Mi"))
    service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 120)
    return service


def test_disks_come_with_the_template(guest):
    wait_sizes(guest)
    guest.apply(machine([disk("a", "scsi"), disk("b", "virtio")], [volume("a"), volume("b")]))
    found = wait_sizes(guest, 32 * MIB, 48 * MIB)
    assert {name[:2] for name in found} == {"sd", "vd"}
    status = wait_phase(guest, "a", "Ready")
    assert (status["target"], status["reason"]) == ("sda", "VolumeReady")
    assert "VolumeReady" in reasons(guest)
    assert "RestartRequired" not in vm_conditions(guest)
    in_guest(guest, "echo kept >/dev/sda; sync")


def test_disk_goes_with_the_template(guest):
    guest.apply(machine([disk("b", "virtio")], [volume("b")]))
    wait_sizes(guest, 48 * MIB)
    wait_until(lambda: volume_status(guest, "a") is None, 60, "the end of its status")
    wait_until(lambda: "VolumeUnplugged" in reasons(guest), 10, "the event")
    assert "RestartRequired" not in vm_conditions(guest)
    assert volume_status(guest, "b")["phase"] == "Ready"
