# SPDX-License-Identifier: LGPL-2.1-or-later
"""The memory of a VM's guest in the volume of a claim."""
import pytest
import yaml
from gi.repository import GLib

from lab import wait_until
from service import object_path

CLAIM = "PersistentVolumeClaim"
INSTANCE = "VirtualMachineInstance"
MACHINE = "VirtualMachine"
VM = object_path(MACHINE, "dumped")
VMI = object_path(INSTANCE, "dumped")
MIB = 2**20
MANIFEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: {name}}}
spec:
  runStrategy: {strategy}
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: 128Mi}}
        devices:
          disks:
            - {{name: root, disk: {{bus: virtio}}}}
            - {{name: data, disk: {{bus: virtio}}}}
      volumes:
        - {{name: root, hostDisk: {{path: {path}, type: Disk}}}}
        - {{name: data, persistentVolumeClaim: {{claimName: data-of-{name}}}}}
        - {{name: dump, memoryDump: {{claimName: large, hotpluggable: true}}}}
"""


def claim(name, size):
    return (
        f"---\napiVersion: v1\nkind: {CLAIM}\nmetadata: {{name: {name}}}\n"
        f"spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: {size}}}}}}}\n"
    )


def path_of(service, name):
    return service.host.virsh("vol-path", "--pool", "barevirt", service.get(object_path(CLAIM, name), CLAIM, "VolumeName"))


@pytest.fixture(scope="module", name="dumped")
def fixture_dumped(service):
    """The service with a guest whose agent answers, one that is stopped, and claims."""
    image = service.image("dumped.img")
    names = {"large": "256Mi", "small": "200Mi", "other": "256Mi", "data-of-dumped": "16Mi", "data-of-stopped": "300Mi"}
    service.apply(
        MANIFEST.format(name="dumped", path=image, strategy="Always")
        + "---\n" + MANIFEST.format(name="stopped", path=image, strategy="Halted")
        + "".join(claim(name, size) for name, size in names.items())
    )
    for name in names:
        service.wait_for_property(object_path(CLAIM, name), CLAIM, "Phase", lambda phase: phase == "Bound")
    service.wait_for_property(VMI, "GuestAgent", "Hostname", bool, timeout=240)
    service.host.in_guest("default_dumped", "printf secret-%s 271828 >/tmp/mark")
    return service


def begin(service, name, vm=VM):
    return service.call(vm, MACHINE, "DumpMemory", "(sa{sv})", name, {})[0]


def request(service):
    return service.get(VM, MACHINE, "MemoryDumpRequest")


def assert_guest_goes_on(service):
    assert service.host.in_guest("default_dumped", "cat /tmp/mark") == "secret-271828"


def holds_dump(service, name):
    return service.host.run("head", "-c4", path_of(service, name)).stdout == "\x7fELF"


@pytest.mark.parametrize("name, error", [
    ("missing", "NotFound: .*There is no PersistentVolumeClaim missing in the namespace default"),
    ("small", "LimitExceeded: .*The claim small has 200 MiB, and a dump of this guest needs 228"),
    ("data-of-dumped", "Conflict: .*data-of-dumped is for VirtualMachine.* default/dumped"),
    ("data-of-stopped", "Conflict: .*data-of-stopped is for VirtualMachine default/stopped"),
])
def test_claim_that_cannot_take_it_is_refused(dumped, name, error):
    with pytest.raises(GLib.Error, match=error):
        begin(dumped, name)
    assert request(dumped) == {}


def test_claim_of_the_template_is_not_the_guests(dumped):
    """The guest has been started without it, and is told to have it for dumps."""
    volume = {"name": "dump", "target": "", "memoryDumpVolume": {"claimName": "large"}}
    dumped.wait_for_property(VMI, INSTANCE, "VolumeStatus", lambda volumes: volume in volumes)
    assert path_of(dumped, "large") not in dumped.host.virsh("dumpxml", "default_dumped")


def test_guest_that_does_not_run_has_no_memory(dumped):
    with pytest.raises(GLib.Error, match="NotRunning: VirtualMachine default/stopped does not run"):
        begin(dumped, "large", object_path(MACHINE, "stopped"))


def test_other_data_are_not_written_over(dumped):
    """The superblock of an ext4 is not where an image begins."""
    path = path_of(dumped, "other")
    dumped.host.run("mke2fs", "-q", "-F", "-t", "ext4", path)
    refused = dumped.barevirt("memory-dump", "dumped", "--claim-name", "other", check=False)
    assert refused.returncode == 1 and "holds something else than a dump" in refused.stderr
    dumped.host.run("e2fsck", "-fn", path)
    told = dumped.wait_for_property(VM, MACHINE, "MemoryDumpRequest", lambda told: told.get("phase") == "Failed")
    assert (told["claimName"], told["phase"]) == ("other", "Failed") and "something else" in told["message"]
    wait_until(lambda: "MemoryDumpError" in dumped.barevirt("describe", "vm", "dumped").stdout, 60, "the event")


def stop_qemu(service):
    """The guest's QEMU stands still: a dump is under way for as long as one likes."""
    qemu = service.host.run("cat", "/run/libvirt/qemu/default_dumped.pid").stdout.strip()
    service.host.run("kill", "-STOP", qemu)
    return qemu


def test_dump_can_be_cancelled(dumped):
    qemu = stop_qemu(dumped)
    try:
        job = begin(dumped, "large")
        dumped.wait_for_property(VM, MACHINE, "MemoryDumpRequest", lambda told: told.get("phase") == "InProgress")
        volume = {"name": "large", "target": "", "phase": "MemoryDumpInProgress", "memoryDumpVolume": {"claimName": "large"}}
        dumped.wait_for_property(VMI, INSTANCE, "VolumeStatus", lambda volumes: volume in volumes)
        with pytest.raises(GLib.Error, match="is being dumped already"):
            begin(dumped, "other")
        with pytest.raises(GLib.Error, match="Busy: .*large is being"):
            begin(dumped, "large")
        dumped.call(job, "Job", "Cancel", "(a{sv})", {})
    finally:
        dumped.host.run("kill", "-CONT", qemu)
    dumped.wait_for_property(VM, MACHINE, "MemoryDumpRequest", lambda told: told["phase"] == "Failed")
    assert "cancelled" in request(dumped)["message"] and not holds_dump(dumped, "large")
    dumped.wait_for_property(VMI, INSTANCE, "VolumeStatus", lambda volumes: "large" not in [one["name"] for one in volumes])
    assert_guest_goes_on(dumped)


def test_memory_is_in_the_claim(dumped):
    dumped.barevirt("memory-dump", "vm/dumped", "--claim-name", "large", timeout=120)
    dumped.wait_for_property(VM, MACHINE, "MemoryDumpRequest", lambda told: told.get("phase") == "Completed")
    path = path_of(dumped, "large")
    assert holds_dump(dumped, "large")
    dumped.host.run("grep", "-qa", "secret-271828", path)
    assert int(dumped.host.run("stat", "-c", "%s", path).stdout) == 256 * MIB
    status = yaml.safe_load(dumped.barevirt("get", "vm", "dumped", "-o", "yaml").stdout)["status"]["memoryDumpRequest"]
    assert status.pop("startTimestamp") <= status.pop("endTimestamp")
    assert status == {"claimName": "large", "phase": "Completed", "fileName": path.rsplit("/", 1)[1]}
    assert_guest_goes_on(dumped)


def test_killed_service_leaves_no_dump(dumped):
    """What it began over a whole dump is none, and the guest goes on without anybody's doing."""
    qemu = stop_qemu(dumped)
    try:
        begin(dumped, "large")
        wait_until(lambda: not holds_dump(dumped, "large"), 60, "the end of the dump that was there")
        dumped.kill()
    finally:
        dumped.host.run("kill", "-CONT", qemu)
    dumped.start()
    told = dumped.wait_for_property(VM, MACHINE, "MemoryDumpRequest", lambda told: told.get("phase") == "Failed")
    assert "The service ended before the dump was whole" in told["message"]
    assert not holds_dump(dumped, "large")
    dumped.wait_for_property(VMI, "GuestAgent", "Hostname", bool)
    assert_guest_goes_on(dumped)
    dumped.barevirt("memory-dump", "dumped", "--claim-name", "large", timeout=120)
    dumped.wait_for_property(VM, MACHINE, "MemoryDumpRequest", lambda told: told.get("phase") == "Completed")
    assert holds_dump(dumped, "large")
