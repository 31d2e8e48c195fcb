# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's disks are on goes with it: claims and data volumes, and all that is of its host alone."""
import pytest

from host_service import IMAGES, SETTINGS
from lab import wait_until
from oci import Layout, directory, entry
from pair import Pair
from service import object_path
from test_claims import CLAIM, VOLUME, claim, conditions, delete, guest, wait_phase

INSTANCE = "VirtualMachineInstance"
MACHINE = "VirtualMachine"
MIGRATION = "VirtualMachineInstanceMigration"
GUEST = object_path(INSTANCE, "keeper")
MIB = 1 << 20

# In the guest: vda system, vdb data, vdc scratch, vdd packed, vde seed, vdf own.
KEEPER = """\
apiVersion: v1
kind: Secret
metadata: {{name: start}}
stringData: {{userdata: "#cloud-config\\nhostname: keeper\\n"}}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: keeper}}
spec:
  runStrategy: Always
  dataVolumeTemplates:
    - metadata: {{name: system}}
      spec:
        source: {{http: {{url: "http://localhost:8000/guest.qcow2"}}}}
        storage: {{resources: {{requests: {{storage: {size}Mi}}}}}}
  template:
    spec:
      terminationGracePeriodSeconds: 5
      domain:
        memory: {{guest: 128Mi}}
        devices:
          disks:
            - {{name: system, disk: {{bus: virtio}}}}
            - {{name: data, disk: {{bus: virtio}}}}
            - {{name: scratch, disk: {{bus: virtio}}}}
            - {{name: packed, disk: {{bus: virtio}}}}
            - {{name: seed, disk: {{bus: virtio}}}}
            - {{name: own, disk: {{bus: virtio}}}}
          interfaces: [{{name: default, masquerade: {{}}}}]
      networks: [{{name: default, pod: {{}}}}]
      volumes:
        - {{name: system, dataVolume: {{name: system}}}}
        - {{name: data, persistentVolumeClaim: {{claimName: data}}}}
        - {{name: scratch, emptyDisk: {{capacity: 8Mi}}}}
        - {{name: packed, containerDisk: {{image: "oci-archive:{archive}"}}}}
        - {{name: seed, cloudInitNoCloud: {{secretRef: {{name: start}}}}}}
        - {{name: own, hostDisk: {{path: {images}/own.img, type: DiskOrCreate, capacity: 8Mi}}}}
"""

# A mebibyte of each disk that the guest may write to is known, and the rest is zero.
WRITE = """\
for disk in vdb vdc vdd vdf; do head -c 1048576 /dev/urandom | dd of=/dev/$disk bs=1M seek={at} conv=fsync 2>/dev/null; done
"""
SUMS = "for disk in vdb vdc vdd vde vdf; do md5sum </dev/$disk; done; md5sum </data/kept"

PAUSED = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: {name}}}
spec:
  runStrategy: Manual
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: 32Mi}}
        devices:
          disks:
            - {{name: disk, {disk}}}
            - {{name: settings, disk: {{bus: virtio}}}}
          interfaces: [{{name: default, masquerade: {{}}}}]
      networks: [{{name: default, pod: {{}}}}]
      volumes:
        - {{name: disk, persistentVolumeClaim: {{claimName: {claim}}}}}
        - {{name: settings, configMap: {{name: settings}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings}}
data: {{key: value}}
"""


@pytest.fixture(scope="module", name="hosts")
def fixture_hosts(lab, build_folder, tmp_path_factory):
    folder = lab.folder / "archives"
    folder.mkdir()
    layout = Layout(tmp_path_factory.mktemp("image"), [[directory("disk"), entry("disk/disk.img", b"packed\n" * 1024 * 512)]])
    pair = Pair(lab, build_folder, f"{SETTINGS}[images]\nfolders={folder}\n[migration]\nunsafeMigrationOverride=true\n")
    pair.a.host.run("skopeo", "copy", "-q", f"oci:{layout.folder}", f"oci-archive:{folder}/packed.tar")
    for service in pair.services.values():
        service.host.run("mkdir", "-p", f"{lab.folder}/both")
        service.host.virsh("pool-create-as", "both", "dir", "--target", f"{lab.folder}/both")
    pair.start()
    yield pair
    pair.close()


@pytest.fixture(scope="module", name="keeper")
def fixture_keeper(hosts, files):
    """The guest, and what was written to its disks."""
    size = files.folder.joinpath("guest.qcow2").stat().st_size // MIB + 512
    hosts.a.apply(claim("data", "16Mi") + "---\n" + KEEPER.format(
        size=size, archive=f"{hosts.a.host.lab.folder}/archives/packed.tar", images=IMAGES))
    hosts.a.wait_for_property(GUEST, "GuestAgent", "Hostname", lambda _: True, 240)
    in_guest(hosts.a, WRITE.format(at=1))
    in_guest(hosts.a, "head -c 1048576 /dev/urandom >/data/kept; sync")
    return in_guest(hosts.a, SUMS)


def in_guest(service, command):
    return service.host.in_guest("default_keeper", command)


def volumes(service, pool="barevirt"):
    """The names of the volumes in a pool; none where it is not there yet."""
    service.host.virsh("pool-refresh", pool, check=False)
    listed = service.host.virsh("vol-list", pool, check=False).splitlines()
    return sorted(line.split()[0] for line in listed if line.strip())


def kinds(service, *wanted):
    return sorted(path.split("/")[3] for path in service.objects() if path.split("/")[3:4] and path.split("/")[3] in wanted)


def move(source, name, target):
    moved = source.barevirt("migrate", name, "--to", target, check=False, timeout=300)
    assert moved.returncode == 0, moved.stderr


def uids(service):
    return {name: service.get(object_path(kind, name), "Object", "Uid")
            for kind, name in ((VOLUME, "system"), (CLAIM, "system"), (CLAIM, "data"))}


def test_all_of_it_arrives(hosts, keeper):
    """Nothing is imported again: who serves the image is not to be reached from there."""
    before = uids(hosts.a)
    move(hosts.a, "keeper", "b")
    assert in_guest(hosts.b, SUMS) == keeper
    assert uids(hosts.b) == before
    for name in "system", "data":
        found = wait_phase(hosts.b, CLAIM, name, "Bound")
        assert found["VolumeName"] == f"pvc-{before[name]}"
    wait_phase(hosts.b, VOLUME, "system", "Succeeded")
    wait_until(lambda: conditions(hosts.b, object_path(VOLUME, "system"), VOLUME)["Bound"]["status"] == "True", 60, "Bound")
    hosts.b.host.wait_in_guest("default_keeper", "hostname", "keeper")


def test_source_keeps_a_copy(hosts, keeper):
    """Nobody can use what is there, and nobody loses it."""
    kept = wait_phase(hosts.a, CLAIM, "data", "Lost")
    assert "It went to the host b" in kept["Message"]
    assert len(volumes(hosts.a)) == 2
    hosts.a.apply(guest("thief", ["{name: disk, disk: {bus: virtio}}"], ["{name: disk, persistentVolumeClaim: {claimName: data}}"]))
    said = wait_until(
        lambda: (c := conditions(hosts.a, object_path(INSTANCE, "thief")).get("PodScheduled")) and c, 60, "a reason")
    assert said["status"] == "False" and "It went to the host b" in said["message"], said
    hosts.a.barevirt("delete", "vmi", "thief")
    hosts.a.stop()
    hosts.a.start()
    assert wait_phase(hosts.a, CLAIM, "data", "Lost")["Message"] == kept["Message"]


def test_comes_back_into_the_copy(hosts, keeper):
    """What was there before is overwritten, zeros too."""
    in_guest(hosts.b, "dd if=/dev/zero of=/dev/vdb bs=1M count=1 seek=1 conv=fsync 2>/dev/null")
    in_guest(hosts.b, WRITE.format(at=3))
    now = in_guest(hosts.b, SUMS)
    assert now != keeper
    move(hosts.b, "keeper", "a")
    assert in_guest(hosts.a, SUMS) == now
    assert wait_phase(hosts.a, CLAIM, "data", "Bound")["Message"] == ""
    assert "It went to the host a" in wait_phase(hosts.b, CLAIM, "data", "Lost")["Message"]
    assert len(volumes(hosts.a)) == len(volumes(hosts.b)) == 2


def test_conflicts_are_refused(hosts, keeper):
    """A claim of the name that is another; then nothing was made there."""
    delete(hosts.b, CLAIM, "data")
    delete(hosts.b, VOLUME, "system")
    wait_until(lambda: volumes(hosts.b) == [], 60, "the end of the copies")
    hosts.b.apply(claim("data", "16Mi"))
    other, = [f"pvc-{hosts.b.get(object_path(CLAIM, 'data'), 'Object', 'Uid')}"]
    wait_phase(hosts.b, CLAIM, "data", "Bound")
    refused = hosts.a.barevirt("migrate", "keeper", "--to", "b", check=False, timeout=120)
    assert refused.returncode == 1
    assert "There is another PersistentVolumeClaim default/data there already." in refused.stderr, refused.stderr
    wait_until(lambda: volumes(hosts.b) == [other], 60, "the end of what was made")
    delete(hosts.b, CLAIM, "data")


def test_nothing_is_left_of_a_move_that_failed(hosts, keeper):
    """Neither volumes nor objects; and a second one works."""
    hosts.a.host.virsh("migrate-setspeed", "default_keeper", "1")
    (job,) = hosts.a.call(GUEST, INSTANCE, "Migrate", "(a{sv})", {})
    path = hosts.a.get(job, "Job", "Object")
    hosts.a.wait_for_property(path, "Migration", "Phase", lambda phase: phase == "Running")
    assert len(volumes(hosts.b)) == 2
    early = hosts.b.barevirt("apply", "-f", "-", input=claim("data", "1Mi"), check=False)
    assert early.returncode == 1 and "is about to come from the host a" in early.stderr, early.stderr
    hosts.a.barevirt("migration", "cancel", "keeper")
    hosts.b.wait_for_property(path, "Migration", "Phase", lambda phase: phase == "Failed")
    wait_until(lambda: volumes(hosts.b) == [], 60, "the end of what was made")
    wait_until(lambda: not kinds(hosts.b, CLAIM, VOLUME, "Secret"), 60, "the end of the objects")
    hosts.a.host.virsh("migrate-setspeed", "default_keeper", "1000")
    in_guest(hosts.a, "true")
    wait_phase(hosts.a, CLAIM, "data", "Bound")
    hosts.a.barevirt("delete", "vm", "keeper", timeout=120)


def test_shared_storage_changes_hands(hosts):
    """One volume, one host that has it; who deletes it there deletes it."""
    hosts.a.apply(claim("common", "4Mi", pool="both") + "---\n" + PAUSED.format(
        name="light", claim="common", disk="disk: {bus: virtio}"))
    hosts.a.barevirt("start", "light")
    hosts.a.wait_for_property(object_path(INSTANCE, "light"), INSTANCE, "Phase", lambda phase: phase == "Running")
    volume, = volumes(hosts.a, "both")
    move(hosts.a, "light", "b")
    wait_until(lambda: not kinds(hosts.a, CLAIM), 60, "the end of the claim there")
    assert wait_phase(hosts.b, CLAIM, "common", "Bound")["VolumeName"] == volume
    assert volumes(hosts.a, "both") == volumes(hosts.b, "both") == [volume]
    hosts.b.barevirt("delete", "vm", "light")
    delete(hosts.b, CLAIM, "common")
    wait_until(lambda: volumes(hosts.a, "both") == [], 60, "the end of the volume")


def test_what_is_only_read_is_not_left_behind(hosts):
    """libvirt copies no disk that is only read: the move is refused, and not with an empty one there."""
    hosts.a.apply(claim("disc", "4Mi") + "---\n" + PAUSED.format(name="reader", claim="disc", disk="cdrom: {bus: scsi}"))
    hosts.a.barevirt("start", "reader")
    hosts.a.wait_for_property(object_path(INSTANCE, "reader"), INSTANCE, "Phase", lambda phase: phase == "Running")
    refused = hosts.a.barevirt("migrate", "reader", "--to", "b", check=False, timeout=120)
    assert refused.returncode == 1 and "only reads the claim disc" in refused.stderr, refused.stderr
    wait_until(lambda: volumes(hosts.b) == [], 60, "the end of what was made")
    wait_until(lambda: not kinds(hosts.b, CLAIM, "ConfigMap"), 60, "the end of the objects")
    hosts.a.barevirt("delete", "vm", "reader")
