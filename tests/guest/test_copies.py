# SPDX-License-Identifier: LGPL-2.1-or-later
"""Volumes that get other claims while their guest runs, and what is in them (updateVolumesStrategy: Migration)."""
import pytest

from host_service import IMAGES, SETTINGS, HostService
from lab import wait_until
from service import NAME, ROOT, object_path

CLAIM = "PersistentVolumeClaim"
INSTANCE = "VirtualMachineInstance"
VM = object_path("VirtualMachine", "copied")
VMI = object_path(INSTANCE, "copied")
DOMAIN = "default_copied"
MIB = 1024 * 1024
# A copy of a full disk takes minutes: time to look at it, and to end it.
LIMIT = "[migration]\nbandwidthPerMigration=256Ki\n"


def claim(name, size="40Mi"):
    return (
        f"---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n"
        f"spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
    )


def machine(data, plug="plug"):
    return f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: copied}}
spec:
  runStrategy: Always
  updateVolumesStrategy: Migration
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: 128Mi}}
        devices:
          disks:
          - {{name: root, bootOrder: 1, disk: {{bus: virtio}}}}
          - {{name: data, serial: DATA, disk: {{bus: virtio}}}}
          - {{name: plug, serial: PLUG, disk: {{bus: scsi}}}}
      volumes:
      - {{name: root, hostDisk: {{path: {IMAGES}/copied.img, type: Disk}}}}
      - {{name: data, persistentVolumeClaim: {{claimName: {data}}}}}
      - {{name: plug, persistentVolumeClaim: {{claimName: {plug}, hotpluggable: true}}}}
"""


class Guest:
    def __init__(self, service):
        self.service = service
        self.host = service.host

    def run(self, command):
        return self.host.in_guest(DOMAIN, command).strip()

    def boot(self):
        return self.run("cat /proc/sys/kernel/random/boot_id")

    def property(self, path, interface, name):
        return self.service.objects().get(path, {}).get(f"{NAME}.{interface}", {}).get(name)

    def uid(self):
        return self.property(VMI, "Object", "Uid")

    def condition(self, path, kind, name):
        return next((c for c in self.property(path, kind, "Conditions") or [] if c["type"] == name), None)

    def volumes_change(self):
        return self.condition(VMI, INSTANCE, "VolumesChange")

    def claim_of(self, name):
        found = self.property(VMI, INSTANCE, "VolumeStatus") or []
        status = next((status for status in found if status["name"] == name), {})
        return status.get("persistentVolumeClaimInfo", {}).get("claimName")

    def path_of(self, name):
        volume = self.property(object_path(CLAIM, name), CLAIM, "VolumeName")
        return self.host.virsh("vol-path", "--pool", "barevirt", volume)

    def job(self):
        jobs = [i.get(f"{NAME}.Job") for i in self.service.objects().values()]
        return next((j for j in jobs if j and j["Operation"] == "copy-volumes" and j["State"] == "running"), None)

    def job_path(self):
        return next(p for p, i in self.service.objects().items() if i.get(f"{NAME}.Job", {}).get("Operation") == "copy-volumes"
                    and i[f"{NAME}.Job"]["State"] == "running")

    def fill(self):
        """The data disk gets what the copy has to carry; returns its sum."""
        return self.run("dd if=/dev/urandom of=/dev/vdb bs=1M count=24 2>/dev/null; sync; md5sum </dev/vdb")

    def sum(self):
        return self.run("echo 3 >/proc/sys/vm/drop_caches; md5sum </dev/vdb")

    def wait_copying(self):
        """Until libvirt copies."""
        wait_until(lambda: "<mirror " in self.host.virsh("dumpxml", DOMAIN), 60, "the copy")
        wait_until(lambda: (self.volumes_change() or {}).get("status") == "True", 60, "the condition")

    def hurry(self):
        """Lets the copy that is under way go as fast as it can."""
        self.host.virsh("blockjob", DOMAIN, "vdb", "--bandwidth", "1000")

    def wait_claim(self, volume, name):
        wait_until(lambda: self.claim_of(volume) == name, 120, f"{volume} on {name}")
        assert self.path_of(name) in self.host.virsh("domblklist", DOMAIN)
        wait_until(lambda: not self.property(VMI, INSTANCE, "MigratedVolumes"), 30, "the end of migratedVolumes")

    def reasons(self):
        return [e["reason"] for e in self.service.call(VMI, "Object", "GetEvents", "(a{sv})", {})[0]]

    def wait_up(self):
        self.service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 120)


@pytest.fixture(scope="module", name="guest")
def fixture_guest(host, build_folder):
    service = HostService(host, build_folder, settings=SETTINGS + LIMIT)
    service.start()
    service.image("copied.img")
    service.apply(machine("one") + claim("one") + claim("plug", "8Mi"))
    guest = Guest(service)
    guest.wait_up()
    yield guest
    service.close()


def test_what_cannot_be_copied(guest):
    """The plan says so, the condition why, and nothing is exchanged behind the guest's back."""
    guest.service.apply(claim("small", "8Mi"))
    guest.service.wait_for_property(object_path(CLAIM, "small"), CLAIM, "Phase", lambda phase: phase == "Bound")
    text = machine("small")
    assert "at restart" in guest.host.run("barevirt", "diff", "-f", "-", input=text, check=False).stdout
    guest.service.apply(text)
    told = wait_until(lambda: guest.condition(VM, "VirtualMachine", "RestartRequired"), 60, "the condition")
    assert "The volume data cannot be copied to the claim small" in told["message"] and "smaller" in told["message"]
    assert "Restart the VirtualMachine" in told["message"]
    assert guest.claim_of("data") == "one"
    guest.service.apply(machine("one"))
    wait_until(lambda: not guest.condition(VM, "VirtualMachine", "RestartRequired"), 60, "its end")


def test_data_follow_to_another_claim(guest):
    """What was written before and what is written meanwhile; the claim comes after the template that names it."""
    boot, uid = guest.boot(), guest.uid()
    guest.fill()
    text = machine("two")
    assert "at restart" not in guest.host.run("barevirt", "diff", "-f", "-", input=text, check=False).stdout
    guest.service.apply(text)
    waits = wait_until(guest.volumes_change, 60, "the condition")
    assert waits["status"] == "False" and "two" in waits["message"]
    guest.service.apply(claim("two", "48Mi"))
    guest.wait_copying()
    (told,) = wait_until(lambda: guest.property(VMI, INSTANCE, "MigratedVolumes"), 30, "migratedVolumes")
    assert told["volumeName"] == "data"
    assert (told["sourcePVCInfo"]["claimName"], told["destinationPVCInfo"]["claimName"]) == ("one", "two")
    wait_until(lambda: (guest.job() or {}).get("Progress", 0) > 0, 60, "progress")
    guest.run("echo written meanwhile | dd of=/dev/vdb conv=notrunc 2>/dev/null; sync")
    moving = guest.service.barevirt("migrate", "copied", "--to", "elsewhere", check=False)
    assert moving.returncode != 0
    guest.hurry()
    guest.wait_claim("data", "two")
    assert guest.run("head -c 17 /dev/vdb") == "written meanwhile"
    wanted = guest.sum().split()[0]
    assert guest.host.run("sh", "-c", f"head -c {40 * MIB} {guest.path_of('two')} | md5sum").stdout.split()[0] == wanted
    # The guest finds no other size than it knows, until it starts anew.
    assert guest.run("cat /sys/block/vdb/size") == str(40 * MIB // 512)
    assert (guest.boot(), guest.uid()) == (boot, uid)
    wait_until(lambda: not guest.volumes_change(), 60, "the end of the condition")
    assert not guest.condition(VM, "VirtualMachine", "RestartRequired")
    wait_until(lambda: {"VolumeCopyStarted", "VolumeCopied"} <= set(guest.reasons()), 60, "the events")
    # Nobody has the old claim any more.
    guest.service.call(object_path(CLAIM, "one"), "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: object_path(CLAIM, "one") not in guest.service.objects(), 60, "the end of the old claim")


def test_hotpluggable_volume(guest):
    """It is not plugged out for it, and no restart of anything."""
    guest.run("printf kept | dd of=/dev/sda conv=notrunc 2>/dev/null; sync")
    guest.service.apply(machine("two", plug="plug2") + claim("plug2", "8Mi"))
    guest.wait_claim("plug", "plug2")
    assert guest.run("head -c 4 /dev/sda") == "kept"
    assert "VolumeUnplugged" not in guest.reasons()


def test_cancelled_copy(guest):
    """By the job; then by the template, which is KubeVirt's way; the guest keeps its claim."""
    before = guest.fill()
    guest.service.apply(machine("three", plug="plug2") + claim("three", "48Mi"))
    guest.wait_copying()
    guest.service.call(guest.job_path(), "Job", "Cancel", "(a{sv})", {})
    change = lambda: guest.volumes_change() or {}
    wait_until(lambda: change().get("reason") == "VolumesChangeCancellation", 60, "the end of the copy")
    told = wait_until(lambda: guest.condition(VM, "VirtualMachine", "RestartRequired"), 60, "the condition")
    assert "was cancelled" in told["message"] and "Restart" not in told["message"]
    wait_until(lambda: "<mirror " not in guest.host.virsh("dumpxml", DOMAIN), 60, "the end of QEMU's job")
    assert guest.claim_of("data") == "two"
    guest.service.apply(machine("two", plug="plug2"))
    wait_until(lambda: not guest.condition(VM, "VirtualMachine", "RestartRequired"), 60, "its end")
    guest.service.apply(machine("three", plug="plug2"))
    guest.wait_copying()
    guest.service.apply(machine("two", plug="plug2"))
    wait_until(lambda: change().get("reason") == "VolumesChangeCancellation", 60, "the end of the second copy")
    wait_until(lambda: "<mirror " not in guest.host.virsh("dumpxml", DOMAIN), 60, "the end of QEMU's second job")
    assert guest.sum() == before and guest.claim_of("data") == "two"
    wait_until(lambda: not guest.property(VMI, INSTANCE, "MigratedVolumes"), 60, "the end of migratedVolumes")


def test_service_that_was_killed(guest):
    """The next one finishes what it finds, though nobody looked meanwhile."""
    boot, before = guest.boot(), guest.sum()
    guest.service.apply(machine("three", plug="plug2"))
    guest.wait_copying()
    guest.service.kill()
    guest.hurry()
    wait_until(lambda: "ready='yes'" in guest.host.virsh("dumpxml", DOMAIN), 120, "all being copied")
    guest.service.start()
    guest.service.wait_for_property(ROOT, "Manager", "Ready", bool)
    guest.wait_claim("data", "three")
    assert guest.sum() == before and guest.boot() == boot


def test_guest_that_ends_meanwhile(guest):
    """Its data are in the old claim: it does not start with half of them."""
    before = guest.sum()
    guest.service.apply(machine("four", plug="plug2") + claim("four", "48Mi"))
    guest.wait_copying()
    guest.host.run("sh", "-c", f"kill -KILL $(cat /run/libvirt/qemu/{DOMAIN}.pid)")
    told = wait_until(lambda: guest.condition(VM, "VirtualMachine", "ManualRecoveryRequired"), 60, "the condition")
    assert told["status"] == "True" and "The claim three has what it wrote" in told["message"]
    guest.service.kill()
    guest.service.start()
    guest.service.wait_for_property(ROOT, "Manager", "Ready", bool)
    told = wait_until(lambda: guest.condition(VM, "VirtualMachine", "ManualRecoveryRequired"), 60, "the condition, again")
    wait_until(lambda: guest.uid() is None, 60, "the end of the VMI")
    guest.service.apply(machine("three", plug="plug2"))
    guest.wait_up()
    wait_until(lambda: not guest.condition(VM, "VirtualMachine", "ManualRecoveryRequired"), 60, "the end of the condition")
    assert guest.run("cat /sys/block/vdb/size") == str(48 * MIB // 512)
    assert guest.run(f"head -c {40 * MIB} /dev/vdb | md5sum") == before


def test_guest_that_ends_as_it_is_switched(guest):
    """It had the new claim before anybody could write that down, and goes on with it."""
    guest.service.apply(machine("four", plug="plug2"))
    guest.wait_copying()
    uid = guest.uid()
    guest.service.kill()
    guest.hurry()
    wait_until(lambda: "ready='yes'" in guest.host.virsh("dumpxml", DOMAIN), 120, "all being copied")
    guest.host.virsh("blockjob", DOMAIN, "vdb", "--pivot")
    wait_until(lambda: "<mirror " not in guest.host.virsh("dumpxml", DOMAIN), 60, "the switch")
    guest.run("printf 'written last' | dd of=/dev/vdb conv=notrunc 2>/dev/null; sync")
    guest.host.run("sh", "-c", f"kill -KILL $(cat /run/libvirt/qemu/{DOMAIN}.pid)")
    guest.service.start()
    wait_until(lambda: guest.uid() not in (None, uid), 60, "the next VMI")
    guest.wait_up()
    assert guest.claim_of("data") == "four"
    assert guest.run("head -c 12 /dev/vdb") == "written last"
    assert not guest.condition(VM, "VirtualMachine", "ManualRecoveryRequired")
