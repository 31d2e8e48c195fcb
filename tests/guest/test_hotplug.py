# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks that come, go and grow while the guest runs, as the guest itself sees them."""
import datetime
import re

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
MONITOR_LOG = "/var/log/libvirt/monitor.log"


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
          - {{name: cd, cdrom: {{bus: scsi}}}}
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
    words = map(str.split, lines.splitlines())  # of one that goes just now, the name alone
    found = {name: int(size) * 512 for name, size in (both for both in words if len(both) == 2)}
    found.pop("vda")
    return found


def medium(service):
    """What the guest's CD-ROM drive shows: the first word of the medium, or nothing where there is none."""
    return in_guest(service, "head -c 4 /dev/sr0 2>/dev/null || true")


def wait_sizes(service, *wanted):
    wait_until(lambda: sorted(sizes(service).values()) == sorted(wanted), 120, f"disks of {wanted}")
    return sizes(service)


def volume_status(service, name):
    found = service.objects()[VMI][f"{NAME}.{INSTANCE}"]["VolumeStatus"]
    return next((status for status in found if status["name"] == name), None)


def wait_phase(service, name, phase):
    wait_until(lambda: (volume_status(service, name) or {}).get("phase") == phase, 60, f"{name} being {phase}")
    return volume_status(service, name)


def vm_conditions(service):
    return {c["type"]: c for c in service.get(VM, "VirtualMachine", "Conditions")}


def synchronized(service):
    """Why the guest is not yet what its VMI says, or nothing."""
    found = service.get(VMI, INSTANCE, "Conditions")
    return next((c["message"] for c in found if c["type"] == "Synchronized"), "")


def reasons(service):
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass
    return [reason for _, reason, _ in service.told]


def asks(service):
    """When QEMU was asked to let go of a device, as libvirtd logs it: alias -> times."""
    found = {}
    for line in service.host.run("cat", MONITOR_LOG).stdout.splitlines():
        match = re.match(r'(\S+ \S+)\+0000: .*QEMU_MONITOR_SEND_MSG.*"device_del","arguments":{"id":"([^"]*)"', line)
        if match:
            found.setdefault(match[2], []).append(datetime.datetime.fromisoformat(match[1]))
    return found


def lose_libvirtd(service):
    service.host.end_libvirtd()
    wait_until(lambda: service.get(ROOT, "Manager", "HypervisorState") != "connected", 60, "the loss of libvirt")


def regain_libvirtd(service):
    service.host.start_libvirtd()
    service.wait_for_property(ROOT, "Manager", "Ready", bool)


@pytest.fixture(scope="module", name="guest")
def fixture_guest(service):
    logging = f'log_outputs = "1:file:{MONITOR_LOG}"\nlog_filters = "2:qemu.qemu_monitor"\n'
    service.host.run("tee", "-a", "/etc/libvirt/libvirtd.conf", input=logging)
    lose_libvirtd(service)
    regain_libvirtd(service)
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
    assert (status["target"], status["reason"]) == ("sdb", "VolumeReady")
    wait_until(lambda: "VolumeReady" in reasons(guest), 60, "the event")
    assert "RestartRequired" not in vm_conditions(guest)
    in_guest(guest, "echo kept >/dev/sda; sync")


def test_disk_goes_with_the_template(guest):
    guest.apply(machine([disk("b", "virtio")], [volume("b")]))
    wait_sizes(guest, 48 * MIB)
    wait_until(lambda: volume_status(guest, "a") is None, 60, "the end of its status")
    wait_until(lambda: "VolumeUnplugged" in reasons(guest), 60, "the event")
    assert "RestartRequired" not in vm_conditions(guest)
    assert volume_status(guest, "b")["phase"] == "Ready"


def test_verbs_plug_and_unplug(guest):
    """What the command adds stays when the same manifest is applied again. Three ports are free, as in KubeVirt, and scsi needs none."""
    for name, bus in (("c", "virtio"), ("d", "virtio"), ("e", "scsi")):
        guest.apply(claim(name))
        told = guest.barevirt("addvolume", "plug", f"--volume-name={name}", f"--bus={bus}", f"--serial={name}").stdout
        assert told == f"plug: {name} is added\n"
    wait_sizes(guest, 48 * MIB, 32 * MIB, 32 * MIB, 32 * MIB)
    assert guest.apply(machine([disk("b", "virtio")], [volume("b")]))[0][0][1] == "unchanged"
    guest.apply(machine([disk("b", "virtio")], [volume("b")]).replace("name: plug}", "name: plug, labels: {a: b}}"))
    assert len(sizes(guest)) == 4
    again = guest.barevirt("addvolume", "plug", "--volume-name=c", check=False)
    assert again.returncode == 1 and "a volume c already" in again.stderr
    wrong = guest.barevirt("addvolume", "plug", "--volume-name=z", "--bus=sata", check=False)
    assert wrong.returncode == 1 and "virtio or scsi" in wrong.stderr
    lasting = guest.barevirt("removevolume", "plug", "--volume-name=root", check=False)
    assert lasting.returncode == 1 and "not hotpluggable" in lasting.stderr
    for name in ("c", "d", "e"):
        guest.barevirt("removevolume", "plug", f"--volume-name={name}")
    wait_sizes(guest, 48 * MIB)
    asked = asks(guest)
    assert {"ua-c", "ua-d", "ua-e"} <= set(asked)
    # libvirtd 9.0 crashes when it is asked for a disk anew that QEMU has let go of meanwhile.
    gaps = [(later - one).total_seconds() for times in asked.values() for one, later in zip(times, times[1:])]
    assert all(gap > 3 for gap in gaps), asked


def test_volume_waits_for_its_claim(guest):
    guest.barevirt("addvolume", "plug", "--volume-name=later", "--bus=scsi")
    status = wait_phase(guest, "later", "Pending")
    assert (status["reason"], status["target"]) == ("FailedPvcNotFound", "")
    guest.apply(claim("later", "16Mi"))
    wait_phase(guest, "later", "Ready")
    wait_sizes(guest, 48 * MIB, 16 * MIB)


def test_service_that_was_killed_carries_on(guest):
    """The service ends before QEMU has answered it. The next one leaves QEMU its time."""
    guest.host.run("sh", "-c", f"kill -STOP $(cat /run/libvirt/qemu/{DOMAIN}.pid)")
    guest.barevirt("removevolume", "plug", "--volume-name=later")
    wait_until(lambda: "ua-later" in asks(guest), 60, "the question")
    guest.kill()
    # “occupied (1.234s)”: that long has QEMU not answered.
    wait_until(lambda: re.match(r"occupied \([1-9]", guest.host.virsh("domcontrol", DOMAIN)), 60, "a QEMU that hangs")
    guest.start()
    wait_until(lambda: "QEMU has not answered" in synchronized(guest), 60, "the wait for QEMU")
    guest.host.run("sh", "-c", f"kill -CONT $(cat /run/libvirt/qemu/{DOMAIN}.pid)")
    wait_sizes(guest, 48 * MIB)
    wait_until(lambda: volume_status(guest, "later") is None, 60, "the end of its status")
    wait_until(lambda: synchronized(guest) == "", 60, "the end of the wait")


def test_libvirtd_that_was_killed_carries_on(guest):
    """QEMU has been asked to let go of a disk, and libvirtd ends before there is an answer."""
    names = ("c", "e")
    for name, bus in zip(names, ("virtio", "scsi")):
        guest.barevirt("addvolume", "plug", f"--volume-name={name}", f"--bus={bus}", f"--serial={name}")
    wait_sizes(guest, 48 * MIB, 32 * MIB, 32 * MIB)
    before = sum(map(len, asks(guest).values()))
    guest.host.run("sh", "-c", f"kill -STOP $(cat /run/libvirt/qemu/{DOMAIN}.pid)")
    for name in names:
        guest.barevirt("removevolume", "plug", f"--volume-name={name}")
    wait_until(lambda: sum(map(len, asks(guest).values())) > before, 60, "the question")
    lose_libvirtd(guest)
    guest.host.run("sh", "-c", f"kill -CONT $(cat /run/libvirt/qemu/{DOMAIN}.pid)")
    regain_libvirtd(guest)
    wait_sizes(guest, 48 * MIB)
    for name in names:
        wait_until(lambda: volume_status(guest, name) is None, 60, "the end of its status")
        assert f"'ua-{name}'" not in guest.host.virsh("dumpxml", DOMAIN)
        # Nothing holds its claim any more.
        guest.call(object_path(CLAIM, name), "Object", "Delete", "(a{sv})", {})
        guest.wait_for_gone(object_path(CLAIM, name), CLAIM)


def test_disk_grows_with_its_claim(guest):
    """What the guest has on it stays."""
    in_guest(guest, "d=$(grep -lx B /sys/block/vd*/serial | cut -d / -f 4); echo kept >/dev/$d; sync")
    guest.apply(claim("b", "56Mi"))
    wait_sizes(guest, 56 * MIB)
    assert in_guest(guest, "head -c 4 /dev/$(grep -lx B /sys/block/vd*/serial | cut -d / -f 4)") == "kept"
    guest.wait_for_property(object_path(CLAIM, "b"), CLAIM, "Capacity", lambda size: size == 56 * MIB)
    wait_until(lambda: volume_status(guest, "b")["size"] == 56 * MIB, 60, "the size in the status")
    capacity = lambda: volume_status(guest, "b")["persistentVolumeClaimInfo"]["capacity"]["storage"]
    wait_until(lambda: capacity() == "56Mi", 60, "the capacity in the status")


def test_media_come_and_go(guest):
    """An empty drive gets a medium, another one, and none."""
    assert medium(guest) == ""
    guest.apply(claim("one", "8Mi") + claim("two", "8Mi"))
    for name in ("one", "two"):
        wait_until(lambda: guest.objects().get(object_path(CLAIM, name)), 60, "the claim")
        guest.wait_for_property(object_path(CLAIM, name), CLAIM, "Phase", lambda phase: phase == "Bound")
        path = guest.host.virsh("vol-path", "--pool", "barevirt", guest.get(object_path(CLAIM, name), CLAIM, "VolumeName"))
        guest.host.run("sh", "-c", f"printf {name}- | dd of={path} conv=notrunc status=none")
    manifest = machine([disk("b", "virtio")], [volume("b"), volume("cd", "one")])
    diff = guest.host.run("barevirt", "diff", "-f", "-", input=manifest, check=False).stdout
    assert "volumes" in diff and "at restart" not in diff
    guest.apply(manifest)
    wait_until(lambda: medium(guest) == "one-", 60, "the first medium")
    assert wait_phase(guest, "cd", "Ready")["target"] == "sda"
    guest.apply(machine([disk("b", "virtio")], [volume("b"), volume("cd", "two")]))
    wait_until(lambda: medium(guest) == "two-", 60, "the second medium")
    guest.barevirt("removevolume", "plug", "--volume-name=two")
    wait_until(lambda: medium(guest) == "", 60, "an empty drive")
    wait_until(lambda: volume_status(guest, "cd") is None, 60, "the end of its status")
    guest.barevirt("addvolume", "plug", "--volume-name=one", "--disk-name=cd")
    wait_until(lambda: medium(guest) == "one-", 60, "the first medium again")
    assert "RestartRequired" not in vm_conditions(guest)
    guest.call(object_path(CLAIM, "two"), "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: object_path(CLAIM, "two") not in guest.objects(), 60, "the end of the claim that was let go")


def test_what_needs_a_restart(guest):
    """A drive cannot be plugged in; taken back, nothing waits any more."""
    before = machine([disk("b", "virtio")], [volume("b"), volume("cd", "one")])
    guest.apply(before)
    more = machine([disk("b", "virtio"), "{name: more, cdrom: {bus: scsi}}"], [volume("b"), volume("cd", "one")])
    diff = guest.host.run("barevirt", "diff", "-f", "-", input=more, check=False).stdout
    assert "at restart" in diff
    guest.apply(more)
    wait_until(lambda: "RestartRequired" in vm_conditions(guest), 60, "the condition")
    guest.apply(before)
    wait_until(lambda: "RestartRequired" not in vm_conditions(guest), 60, "its end")
