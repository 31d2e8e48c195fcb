# SPDX-License-Identifier: LGPL-2.1-or-later
"""Claims that are block devices: partitions of a disk, which libvirt's own driver makes on a loop device."""
import hashlib
import os
import shutil
import subprocess

import pytest

from lab import wait_until
from service import end, object_path
from test_claims import CLAIM, INSTANCE, MIB, VOLUME, delete, digest, wait_phase

# libvirt waits for udev, which the test's host has not; this makes the nodes that udev would.
UDEVADM = "#!/bin/sh\n" + """\
for node in /dev/LOOPp[0-9]*; do
  [ -e "/sys/block/LOOP/${node##*/}" ] || rm -f "$node"
done
for part in /sys/block/LOOP/LOOPp[0-9]*; do
  numbers=$(cat "$part/dev" 2>/dev/null) || continue
  [ -e "/dev/${part##*/}" ] || mknod "/dev/${part##*/}" b "${numbers%:*}" "${numbers#*:}"
done
"""

GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: user}
spec:
  terminationGracePeriodSeconds: 5
  domain:
    memory: {guest: 256Mi}
    devices:
      disks:
        - {name: root, bootOrder: 1, disk: {bus: virtio}}
        - {name: data, serial: DATA, disk: {bus: virtio}, blockSize: {matchVolume: {}}}
  volumes:
    - {name: root, hostDisk: {path: IMAGE, type: Disk}}
    - {name: data, persistentVolumeClaim: {claimName: NAME}}
"""


def claim(name, size, pool="disks", mode="Block"):
    return (
        f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n"
        f"spec: {{accessModes: [ReadWriteOnce], volumeMode: {mode}, storageClassName: {pool}, "
        f"resources: {{requests: {{storage: {size}}}}}}}\n"
    )


def data_volume(name, source, size, pool="disks"):
    return (
        f"apiVersion: cdi.kubevirt.io/v1beta1\nkind: DataVolume\nmetadata: {{name: {name}}}\n"
        f"spec:\n  source: {source}\n  storage: {{storageClassName: {pool}, resources: {{requests: {{storage: {size}}}}}}}\n"
    )


class Disk:
    """A loop device on the host, which goes with the process that holds it open; and a pool of libvirt's on it."""

    def __init__(self, host):
        self.host = host
        image = host.lab.folder / "disk.img"
        with image.open("wb") as file:
            file.truncate(160 * MIB)
        script = ('device=$(losetup --find --show --partscan "$1") || exit; exec 3<"$device"; losetup --detach "$device"; '
                  'echo "$device"; exec cat')
        self.holder = host.popen("sh", "-c", script, "sh", str(image), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        self.device = self.holder.stdout.readline().strip()
        if not self.device:
            self.close()
            pytest.skip("no loop device can be made here")
        self.name = self.device.rpartition("/")[2]
        host.write("/usr/local/sbin/udevadm", UDEVADM.replace("LOOP", self.name), "0755")
        # libvirt 9.0 takes the "p" of "loop0p1" for a part of the number, unless it is a part of the disk's name.
        host.run("ln", "-s", self.device, f"{self.device}p")
        host.virsh("pool-define-as", "disks", "disk", "--source-dev", f"{self.device}p", "--source-format", "gpt",
                   "--target", "/dev")
        host.virsh("pool-build", "disks")
        host.virsh("pool-start", "disks")

    def partitions(self):
        return [line.split()[0] for line in self.host.virsh("vol-list", "disks").splitlines() if line.strip()]

    def kernel_partitions(self):
        return self.host.run("sh", "-c", f"ls -d /sys/block/{self.name}/{self.name}p* 2>/dev/null || true").stdout.split()

    def close(self):
        if self.device:
            self.host.virsh("pool-destroy", "disks", check=False)
        self.holder.stdin.close()
        end(self.holder)
        self.holder.stdout.close()


@pytest.fixture(scope="module", name="disk")
def fixture_disk(host):
    disk = Disk(host)
    yield disk
    disk.close()


@pytest.fixture(scope="module", name="image")
def fixture_image(host, files):
    path = host.lab.folder / "pattern.raw"
    with path.open("wb") as file:
        file.truncate(16 * MIB)
        for offset in (0, 7 * MIB, 16 * MIB - 4096):
            file.seek(offset)
            file.write(hashlib.sha512(str(offset).encode()).digest() * 64)
    path.chmod(0o644)
    files.add(path, "pattern.raw")
    return path


def path_of(service, name):
    return service.host.virsh("vol-path", "--pool", "disks", service.get(object_path(CLAIM, name), CLAIM, "VolumeName"))


def records(service):
    return service.host.run("sh", "-c", "ls /var/lib/barevirt/partitions | grep -v lock || true").stdout.split()


def wait_for_clean(service, disk):
    """Until nothing of a claim is on the disk, nor on record."""
    wait_until(lambda: disk.partitions() == disk.kernel_partitions() == records(service) == [], 60, "a disk without partitions")


def wait_for_one(service, disk):
    """Until a partition is there and on record, and no other."""
    found = lambda: (disk.partitions(), disk.kernel_partitions(), records(service))
    try:
        wait_until(lambda: [len(names) for names in found()] == [1, 1, 1], 60, "one partition")
    except TimeoutError as error:
        raise AssertionError(f"{error}: {found()}") from error


def test_claims_become_partitions(service, disk):
    """The first number that is free, as the kernel counts."""
    for name in ("one", "two", "three"):
        service.apply(claim(name, "8Mi"))
    facts = [wait_phase(service, CLAIM, name, "Bound") for name in ("one", "two", "three")]
    assert all((fact["Capacity"], fact["VolumeMode"], fact["Pool"]) == (8 * MIB, "Block", "disks") for fact in facts)
    assert sorted(fact["VolumeName"] for fact in facts) == [f"{disk.name}p{number}" for number in (1, 2, 3)]
    # What was on the disk before is nobody's to read.
    assert digest(service, path_of(service, "one"), 8 * MIB) == hashlib.sha256(bytes(8 * MIB)).hexdigest()
    delete(service, CLAIM, "two")
    wait_until(lambda: len(disk.partitions()) == len(disk.kernel_partitions()) == 2, 60, "the end of the partition")
    service.apply(claim("two", "6Mi"))
    wait_phase(service, CLAIM, "two", "Bound")
    for name in ("one", "two", "three"):
        delete(service, CLAIM, name)
    wait_for_clean(service, disk)


def test_import_and_copies(service, disk, image):
    """Into a partition, from one to another, and into an image file."""
    expected = hashlib.sha256(image.read_bytes()).hexdigest()
    service.apply(data_volume("fetched", "{http: {url: 'http://localhost:8000/pattern.raw'}}", "20Mi"))
    wait_phase(service, VOLUME, "fetched", "Succeeded")
    assert digest(service, path_of(service, "fetched"), 16 * MIB) == expected
    service.apply(data_volume("copy", "{pvc: {name: fetched, namespace: default}}", "20Mi"))
    service.apply(data_volume("file", "{pvc: {name: fetched, namespace: default}}", "20Mi", "barevirt"))
    wait_phase(service, VOLUME, "copy", "Succeeded")
    wait_phase(service, VOLUME, "file", "Succeeded")
    assert digest(service, path_of(service, "copy"), 16 * MIB) == expected
    volume = service.get(object_path(CLAIM, "file"), CLAIM, "VolumeName")
    assert digest(service, service.host.virsh("vol-path", "--pool", "barevirt", volume), 16 * MIB) == expected
    for name in ("copy", "file"):
        delete(service, VOLUME, name)
    wait_until(lambda: len(disk.partitions()) == 1, 60, "the end of the copies' partitions")


def test_guest_writes_to_a_partition(service, disk, image):
    service.image("user.img")
    vmi = object_path(INSTANCE, "user")

    def in_guest(command):
        return service.host.in_guest("default_user", command).strip()

    def boot():
        service.apply(GUEST.replace("IMAGE", "/var/lib/barevirt/images/user.img").replace("NAME", "fetched"))
        service.wait_for_property(vmi, "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 240)
        return "/dev/" + service.host.wait_in_guest("default_user", "grep -lx DATA /sys/block/vd*/serial | cut -d / -f 4", bool)

    device = boot()
    assert in_guest(f"blockdev --getsize64 {device}") == str(20 * MIB)
    assert in_guest(f"head -c {16 * MIB} {device} | sha256sum").split()[0] == hashlib.sha256(image.read_bytes()).hexdigest()
    in_guest(f"echo kept >{device}; sync")
    (info,) = (volume["persistentVolumeClaimInfo"] for volume in service.get(vmi, INSTANCE, "VolumeStatus")
               if volume["name"] == "data")
    assert (info["claimName"], info["volumeMode"], info["capacity"]["storage"]) == ("fetched", "Block", "20Mi")
    service.apply(claim("fetched", "24Mi").replace("volumeMode: Block, ", ""))
    delete(service, INSTANCE, "user")
    reason = service.wait_for_property(object_path(CLAIM, "fetched"), CLAIM, "Reason", "VolumeResizeFailed".__eq__)
    assert reason == "VolumeResizeFailed"
    assert service.host.run("head", "-c", "4", path_of(service, "fetched")).stdout == "kept"
    delete(service, VOLUME, "fetched")
    wait_for_clean(service, disk)


def test_full_disk_is_told_and_left_clean(service, disk):
    service.apply(claim("huge", "1Gi"))
    message = service.wait_for_property(object_path(CLAIM, "huge"), CLAIM, "Message", lambda text: text)
    assert "disks cannot hold" in message
    wait_for_clean(service, disk)
    delete(service, CLAIM, "huge")


def test_foreign_partitions_are_left_alone(service, disk):
    """One that is there, and one that has taken the place of a claim's."""
    service.host.virsh("vol-create-as", "disks", f"{disk.name}p1", "5M")
    service.apply(claim("mine", "8Mi"))
    assert wait_phase(service, CLAIM, "mine", "Bound")["VolumeName"] == f"{disk.name}p2"
    service.host.virsh("vol-delete", "--pool", "disks", f"{disk.name}p2")
    service.host.virsh("vol-create-as", "disks", f"{disk.name}p2", "9M")
    service.stop()
    service.start()
    assert "another size" in wait_phase(service, CLAIM, "mine", "Lost")["Message"]
    delete(service, CLAIM, "mine")
    wait_until(lambda: disk.partitions() == [f"{disk.name}p1", f"{disk.name}p2"], 60, "those that are not a claim's")
    for number in (1, 2):
        service.host.virsh("vol-delete", "--pool", "disks", f"{disk.name}p{number}")


def test_kill_in_the_middle_leaves_one_partition(service, disk, image):
    """Its name is on record before it is made."""
    for _ in range(3):
        service.apply(data_volume("struck", "{http: {url: 'http://localhost:8000/pattern.raw'}}", "100Mi"))
        wait_until(lambda: records(service) != [], 60, "the record of the partition")
        service.kill()
        service.start()
        wait_phase(service, VOLUME, "struck", "Succeeded")
        wait_for_one(service, disk)
        assert digest(service, path_of(service, "struck"), 16 * MIB) == hashlib.sha256(image.read_bytes()).hexdigest()
        delete(service, VOLUME, "struck")
        wait_for_clean(service, disk)


def test_logical_volumes(service, host):
    """The same on LVM, where the machine has it; elsewhere libvirt's test driver stands in, in the unit test of pools."""
    if shutil.which("vgcreate") is None or host.run("dmsetup", "version", check=False).returncode != 0:
        pytest.skip("this machine has no LVM or no device-mapper")
    image = host.lab.folder / "lvm.img"
    with image.open("wb") as file:
        file.truncate(64 * MIB)
    group = f"barevirt-{os.getpid()}"
    device = host.run("losetup", "--find", "--show", str(image)).stdout.strip()
    try:
        host.run("vgcreate", group, device)
        host.virsh("pool-create-as", "logical", "logical", "--source-name", group, "--target", f"/dev/{group}")
        service.apply(claim("lv", "8Mi", pool="logical"))
        facts = wait_phase(service, CLAIM, "lv", "Bound")
        assert (facts["VolumeMode"], facts["Capacity"]) == ("Block", 8 * MIB)
        delete(service, CLAIM, "lv")
        wait_until(lambda: host.virsh("vol-list", "logical").strip() == "", 60, "the end of the volume")
    finally:
        host.virsh("pool-destroy", "logical", check=False)
        host.run("vgremove", "--force", group, check=False)
        host.run("losetup", "--detach", device)


LUN = GUEST.replace("disk: {bus: virtio}, blockSize: {matchVolume: {}}", "lun: {bus: scsi, reservation: true}")


@pytest.fixture(name="scsi_pool")
def fixture_scsi_pool(host):
    """A pool on the kernel's SCSI disk for tests, where the machine can have one."""
    if host.run("modprobe", "scsi_debug", "dev_size_mb=64", check=False).returncode != 0:
        pytest.skip("the kernel has no scsi_debug here, and so no SCSI device to hand through to a guest")
    try:
        (device,) = host.run("sh", "-c", "ls -d /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*").stdout.split()
        name = device.rpartition("/")[2]
        major, minor = host.run("cat", f"{device}/dev").stdout.strip().split(":")
        host.run("sh", "-c", f"[ -e /dev/{name} ] || mknod /dev/{name} b {major} {minor}")
        host.write("/usr/local/sbin/udevadm", UDEVADM.replace("LOOPp", f"{name}").replace("LOOP", name), "0755")
        host.virsh("pool-define-as", "luns", "disk", "--source-dev", f"/dev/{name}", "--source-format", "gpt",
                   "--target", "/dev")
        host.virsh("pool-build", "luns")
        host.virsh("pool-start", "luns")
        yield "luns"
    finally:
        host.virsh("pool-destroy", "luns", check=False)
        host.run("modprobe", "-r", "scsi_debug", check=False)


def test_lun_with_reservations(service, scsi_pool):
    """QEMU has a helper for persistent reservations beside a LUN; the helper alone is tested without a device, too."""
    service.stop()
    service.host.write("/etc/barevirt/barevirt.conf.d/lun.conf",
                       "[features]\nPersistentReservation=true\n[persistent-reservation]\nenabled=true\n")
    service.start()
    service.apply(claim("lun", "8Mi", pool=scsi_pool))
    wait_phase(service, CLAIM, "lun", "Bound")
    service.apply(LUN.replace("IMAGE", service.image()).replace("NAME", "lun"))
    service.wait_for_property(object_path(INSTANCE, "user"), "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    managers = service.host.virsh("qemu-monitor-command", "default_user", '{"execute": "query-pr-managers"}')
    assert '"connected":true' in managers
    service.host.wait_in_guest("default_user", "ls -d /sys/bus/scsi/devices/*/block/*", bool)
    delete(service, INSTANCE, "user")
    delete(service, CLAIM, "lun")
