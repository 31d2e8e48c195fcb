# SPDX-License-Identifier: LGPL-2.1-or-later
"""Volumes that are made for a guest: first-boot data that it reads, and an empty disk that it fills."""
import hashlib

import pytest

from host_service import IMAGES
from lab import wait_until
from service import object_path

VM = object_path("VirtualMachine", "seeded")
VMI = object_path("VirtualMachineInstance", "seeded")
INSTANCE = "VirtualMachineInstance"
DOMAIN = "default_seeded"
PASSWORD = "only-the-guest-may-know"

SECRETS = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: boot}}
stringData:
  userdata: |
    #!/bin/sh
    echo {PASSWORD} >/run/first-boot
---
apiVersion: v1
kind: Secret
metadata: {{name: keys}}
stringData: {{me: ssh-ed25519 AAAA me}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings}}
data: {{app.conf: "colour = blue"}}
"""

GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: seeded}
spec:
  runStrategy: Always
  template:
    spec:
      hostname: sown
      terminationGracePeriodSeconds: 10
      accessCredentials:
        - sshPublicKey:
            source: {secret: {secretName: keys}}
            propagationMethod: {noCloud: {}}
      domain:
        memory: {guest: 256Mi}
        devices:
          disks:
            - {name: root, bootOrder: 1, disk: {bus: virtio}}
            - {name: seed, disk: {bus: virtio}}
            - {name: scratch, serial: SCRATCH, disk: {bus: virtio}}
            - {name: config, disk: {bus: virtio}}
      volumes:
        - {name: root, hostDisk: {path: IMAGE, type: Disk}}
        - {name: seed, cloudInitNoCloud: {secretRef: {name: boot}}}
        - {name: scratch, emptyDisk: {capacity: 40Mi}}
        - {name: config, configMap: {name: settings, volumeLabel: settings}}
""".replace("IMAGE", f"{IMAGES}/seeded.img")


def list_files(service):
    """What the service has made for guests."""
    return service.host.run(
        "sh", "-c", "mkdir -p /var/lib/barevirt/volumes; find /run/barevirt /var/lib/barevirt/volumes -mindepth 1", check=False
    ).stdout.split()


def read_seed(service):
    uid = service.get(VMI, "Object", "Uid")
    image = service.host.run("cat", f"/run/barevirt/{uid}.volumes/seed.iso", text=False).stdout
    return hashlib.sha256(image).hexdigest()


def wait_for_agent(service):
    service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 240)


def in_guest(service, command):
    return service.host.in_guest(DOMAIN, command)


@pytest.fixture(scope="module", name="guest")
def fixture_guest(service):
    service.image("seeded.img")
    service.apply(GUEST)
    return service


def test_missing_secret_is_told_and_leaves_nothing(guest):
    """Until it is applied the guest waits; the cause names it."""

    def told(conditions):
        found = [c for c in conditions if c["type"] == "Synchronized"]
        return found and "default/boot" in found[0]["message"] and "seed" in found[0]["message"]

    conditions = guest.wait_for_property(VMI, INSTANCE, "Conditions", told)
    assert [c["reason"] for c in conditions if c["type"] == "Synchronized"] == ["Unschedulable"]
    assert guest.host.virsh("list", "--all", "--name").split() == []
    assert [name for name in list_files(guest) if name.endswith((".iso", ".new"))] == []


def test_guest_starts_once_the_secret_is_there(guest):
    guest.apply(SECRETS)
    wait_for_agent(guest)


def check_volume_status(guest):
    """As KubeVirt has it: by name, the live domain's targets, the sizes of images that are made of files."""
    uid = guest.get(VMI, "Object", "Uid")
    sizes = {
        name: int(guest.host.run("stat", "-c", "%s", f"/run/barevirt/{uid}.volumes/{name}.iso").stdout)
        for name in ("config", "seed")
    }
    wanted = [
        {"name": "config", "target": "vdd", "size": sizes["config"]},
        {"name": "root", "target": "vda"},
        {"name": "scratch", "target": "vdc"},
        {"name": "seed", "target": "vdb", "size": sizes["seed"]},
    ]
    guest.wait_for_property(VMI, INSTANCE, "VolumeStatus", wanted.__eq__)
    for volume in wanted:
        path = f"{VMI}/disk/{volume['name']}"
        guest.wait_for_property(path, "Disk", "Target", volume["target"].__eq__)
        guest.wait_for_property(path, "Volume", "Phase", "Ready".__eq__)
        guest.wait_for_property(path, "Volume", "Size", volume.get("size", 0).__eq__)


def test_volume_status(guest):
    check_volume_status(guest)
    text = guest.barevirt("get", "vmi", "seeded", "-o", "yaml").stdout
    assert "volumeStatus:\n" in text and "target: vdb\n" in text


def test_volume_status_after_a_crash_of_the_service(guest):
    guest.kill()
    guest.start()
    guest.wait_for_property(VMI, INSTANCE, "Phase", "Running".__eq__)
    check_volume_status(guest)


def test_guest_reads_its_first_boot_data(guest):
    assert in_guest(guest, "hostname").strip() == "sown"
    assert in_guest(guest, "cat /run/first-boot").strip() == PASSWORD
    metadata = in_guest(guest, "cat /cidata/meta-data")
    assert '"0":"ssh-ed25519 AAAA me"' in metadata
    assert in_guest(guest, "stat -c %a /cidata/user-data").strip() == "600"


def test_guest_reads_a_config_map(guest):
    read = "mkdir -p /settings; mount -t iso9660 -o ro $(findfs LABEL=settings) /settings; cat /settings/app.conf"
    guest.host.wait_in_guest(DOMAIN, read, "colour = blue")


def test_guest_writes_its_empty_disk(guest):
    find = "grep -lx SCRATCH /sys/block/vd*/serial | cut -d / -f 4"
    disk = guest.host.wait_in_guest(DOMAIN, find, bool)
    assert in_guest(guest, f"cat /sys/block/{disk}/size").strip() == str(40 * 2048)
    assert in_guest(guest, f"echo kept >/dev/{disk}; sync; head -n 1 /dev/{disk}").strip() == "kept"


def test_secret_is_nowhere_else(guest):
    """Neither for other users to read, nor in what libvirt and the service say."""
    uid = guest.get(VMI, "Object", "Uid")
    image = f"/run/barevirt/{uid}.volumes/seed.iso"
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", image]
    assert guest.host.run(*nobody, check=False).returncode != 0
    assert PASSWORD not in guest.host.virsh("dumpxml", "--security-info", DOMAIN)
    assert PASSWORD not in guest.log.read_text()
    assert [name for name in list_files(guest) if name.endswith(".new")] == []


def test_restart_keeps_the_image_and_ends_the_empty_disk(guest):
    """The same bytes, and so the same instance-id: first-boot data are for the first boot."""
    before = read_seed(guest)
    uid = guest.get(VMI, "Object", "Uid")
    guest.call(VM, "VirtualMachine", "Restart", "(a{sv})", {})
    guest.wait_for_property(VMI, "Object", "Uid", lambda new: new != uid)
    wait_for_agent(guest)
    assert read_seed(guest) == before
    wait_until(lambda: not any(uid in name for name in list_files(guest)), 60, "the end of what the first had")
    assert in_guest(guest, "cat /dev/vdc | head -c 4 | tr -d '\\0'").strip() == ""


def test_delete_leaves_nothing(guest):
    guest.call(VM, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: VM not in guest.objects() and VMI not in guest.objects(), 60, "the end of the VM")
    wait_until(lambda: list_files(guest) == [], 60, "the end of its files")
