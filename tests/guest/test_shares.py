# SPDX-License-Identifier: LGPL-2.1-or-later
"""Folders that a guest mounts with virtiofs: what it reads there, and what becomes of the daemons that share them."""
import pytest

from host_service import IMAGES, HostService
from lab import wait_until
from service import object_path

VM = object_path("VirtualMachine", "sharing")
VMI = object_path("VirtualMachineInstance", "sharing")
DOMAIN = "default_sharing"

OBJECTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {app.conf: "colour = blue", extra: more}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: only-the-guest-may-know}
"""

GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: sharing}
spec:
  runStrategy: Always
  template:
    metadata:
      labels: {tier: front}
    spec:
      terminationGracePeriodSeconds: 10
      domain:
        memory: {guest: 256Mi}
        devices:
          disks:
            - {name: root, bootOrder: 1, disk: {bus: virtio}}
          filesystems:
            - {name: config, virtiofs: {}}
            - {name: secret, virtiofs: {}}
            - {name: about, virtiofs: {}}
      volumes:
        - {name: root, hostDisk: {path: IMAGE, type: Disk}}
        - {name: config, configMap: {name: settings}}
        - {name: secret, secret: {secretName: token}}
        - {name: about, downwardAPI: {fields: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
""".replace("IMAGE", f"{IMAGES}/sharing.img")

SETTINGS = f"""\
[hypervisor]
allow-emulation=true
[host-disk]
folders={IMAGES};/var/lib/barevirt/shared
[features]
HostDisk=true
EnableVirtioFsStorageVolumes=true
"""

SHARED = "/var/lib/barevirt/shared"
CLAIMS = "/var/lib/barevirt/claims"
WRITER_VMI = object_path("VirtualMachineInstance", "writing")
WRITER_DOMAIN = "default_writing"

WRITER = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: work}
spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 16Mi}}}
---
apiVersion: cdi.kubevirt.io/v1beta1
kind: DataVolume
metadata: {name: image}
spec:
  source: {blank: {}}
  storage: {resources: {requests: {storage: 8Mi}}}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: writing}
spec:
  terminationGracePeriodSeconds: 10
  domain:
    memory: {guest: 256Mi}
    devices:
      disks:
        - {name: root, bootOrder: 1, disk: {bus: virtio}}
      filesystems:
        - {name: work, virtiofs: {}}
        - {name: same, virtiofs: {}}
        - {name: image, virtiofs: {}}
        - {name: folder, virtiofs: {}}
  volumes:
    - {name: root, hostDisk: {path: IMAGE, type: Disk}}
    - {name: work, persistentVolumeClaim: {claimName: work}}
    - {name: same, persistentVolumeClaim: {claimName: work, readOnly: true}}
    - {name: image, dataVolume: {name: image}}
    - {name: folder, hostDisk: {path: SHARED/disk.img, type: Disk}}
""".replace("IMAGE", f"{IMAGES}/writing.img").replace("SHARED", SHARED)


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    """Without systemd the daemons are started by the service itself, and so it has all that root has."""
    service = HostService(host, build_folder, SETTINGS, confined=False)
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="module", name="guest")
def fixture_guest(service):
    service.image("sharing.img")
    service.apply(OBJECTS)
    service.apply(GUEST)
    service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    return service


def in_guest(service, command):
    return service.host.in_guest(DOMAIN, command)


def mount(service, tag):
    """Its driver may come a little after the agent."""
    command = f"mkdir -p /mnt/{tag}; mountpoint -q /mnt/{tag} || mount -t virtiofs {tag} /mnt/{tag} && echo there"
    service.host.wait_in_guest(DOMAIN, command, "there")


def daemons(service):
    """The processes of virtiofsd on the host; each has one more inside its sandbox."""
    return service.host.run("pgrep", "-x", "virtiofsd", check=False).stdout.split()


def inner_daemons(service):
    """Those that talk to the guest."""
    return service.host.run("pgrep", "-x", "-P", ",".join(daemons(service)), "virtiofsd").stdout.split()


def traces(service):
    """What belongs to guests on the host."""
    return service.host.run("find", "/run/barevirt", "-mindepth", "1", check=False).stdout.split()


def wait_for_clean(service):
    """Until no daemon is left, nor anything else of a guest."""
    wait_until(lambda: daemons(service) == [] and traces(service) == [], 60, "the end of what belonged to guests")


def test_guest_reads_the_shares(guest):
    for tag in ["config", "secret", "about"]:
        mount(guest, tag)
    assert in_guest(guest, "cat /mnt/config/app.conf").strip() == "colour = blue"
    assert in_guest(guest, "cat /mnt/config/extra").strip() == "more"
    assert in_guest(guest, "cat /mnt/secret/password").strip() == "only-the-guest-may-know"
    assert 'tier="front"' in in_guest(guest, "cat /mnt/about/labels")


def test_guest_cannot_write_to_them(guest):
    """Not even its root: what it could write would lie in the host's memory."""
    for path in ["/mnt/config/new", "/mnt/config/app.conf", "/mnt/secret/..data/password"]:
        assert in_guest(guest, f"echo x >{path} || echo refused").strip().endswith("refused")
    assert in_guest(guest, "chmod 777 /mnt/config || echo refused").strip().endswith("refused")
    assert in_guest(guest, "cat /mnt/config/app.conf").strip() == "colour = blue"


def test_guest_sees_nothing_else_of_the_host(guest):
    """What shares a folder has nothing but that: it is its root."""
    list_roots = lambda: [guest.host.run("sh", "-c", f"cd /proc/{pid} && ls root/", check=False).stdout for pid in inner_daemons(guest)]
    wait_until(lambda: sorted(list_roots()) == ["app.conf\nextra\n", "labels\n", "password\n"], 60, "the daemons' roots")


def test_others_on_the_host_see_none_of_it(guest):
    uid = guest.get(VMI, "Object", "Uid")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for path in [f"{uid}.volumes/secret/password", f"{uid}.companions"]:
        assert guest.host.run(*nobody, "ls", f"/run/barevirt/{path}", check=False).returncode != 0
    mode = guest.host.run("stat", "-c", "%a", f"/run/barevirt/{uid}.volumes/fs1.sock").stdout.strip()
    assert mode == "660"


def test_guest_sees_what_changes(guest):
    """As in a cluster: all files of one version, or all of the next."""
    guest.apply(OBJECTS.replace("blue", "green").replace("extra: more", "other: less"))
    guest.host.wait_in_guest(DOMAIN, "cat /mnt/config/app.conf", lambda text: "green" in text)
    guest.host.wait_in_guest(DOMAIN, "ls /mnt/config", lambda names: names.split() == ["app.conf", "other"])
    uid = guest.get(VMI, "Object", "Uid")
    folder = f"/run/barevirt/{uid}.volumes/config"
    versions = lambda: [name for name in guest.host.run("ls", "-A", folder).stdout.split() if name.startswith("..")]
    wait_until(lambda: len(versions()) == 2, 60, "the files of one version, and the link to them")


def test_what_changes_while_the_service_is_away_is_not_lost(guest):
    """The store has it, whatever became of the service between."""
    guest.host.wait_in_guest(DOMAIN, "cat /mnt/config/other", "less")
    uid = guest.get(VMI, "Object", "Uid")
    link = f"/run/barevirt/{uid}.volumes/config/..data"
    guest.kill()
    guest.host.run("rm", link)
    guest.start()
    # The guest's kernel may remember what it saw: what is on the host tells that the service has made it again.
    wait_until(lambda: guest.host.run("readlink", link, check=False).returncode == 0, 60, "the link to the contents")
    guest.host.wait_in_guest(DOMAIN, "cat /mnt/config/other", "less")


def test_shares_outlive_the_service(guest):
    """Killed and started again, it knows them still, and the guest has noticed nothing."""
    before = daemons(guest)
    assert len(before) == 6
    guest.kill()
    guest.host.wait_in_guest(DOMAIN, "cat /mnt/config/other", "less")
    guest.start()
    guest.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    assert daemons(guest) == before
    guest.host.wait_in_guest(DOMAIN, "cat /mnt/config/app.conf", lambda text: "green" in text)


def test_end_of_a_daemon_is_told(guest):
    """The guest runs on without that folder; whoever looks sees why it hangs there."""
    uid = guest.get(VMI, "Object", "Uid")
    record = guest.host.run("cat", f"/run/barevirt/{uid}.companions/virtiofs-about.pid").stdout
    pid = next(line.split("=")[1] for line in record.splitlines() if line.startswith("pid="))
    guest.host.run("kill", "-KILL", pid)
    found = guest.wait_for_property(
        VMI, "VirtualMachineInstance", "Conditions", lambda conditions: any(c["type"] == "HelpersRunning" for c in conditions))
    condition = next(c for c in found if c["type"] == "HelpersRunning")
    assert (condition["status"], condition["reason"]) == ("False", "HelperEnded")
    assert "virtiofs-about" in condition["message"]
    wait_until(lambda: "HelperEnded" in guest.barevirt("describe", "vmi", "sharing").stdout, 60, "the event")


def test_end_of_the_vmi_is_theirs(guest):
    before, uid = daemons(guest), guest.get(VMI, "Object", "Uid")
    guest.call(VM, "VirtualMachine", "Restart", "(a{sv})", {})
    guest.wait_for_property(VMI, "Object", "Uid", lambda new: new != uid)
    wait_until(lambda: not set(daemons(guest)) & set(before), 60, "the end of the daemons of before")
    guest.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    wait_until(lambda: len(daemons(guest)) == 6, 60, "the daemons")
    guest.call(VM, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: VM not in guest.objects() and VMI not in guest.objects(), 60, "the end of the VM")
    wait_for_clean(guest)


@pytest.mark.parametrize("program, told", [
    ("/nowhere/virtiofsd", "/nowhere/virtiofsd"),  # is not there
    ("/bin/false", "connect"),  # ends at once: QEMU finds nobody at the socket
])
def test_share_without_a_daemon_is_told(service, program, told):
    """The guest waits, and what was begun for it goes with it."""
    service.host.write("/etc/barevirt/barevirt.conf.d/zz.conf", f"[virtiofs]\nprogram={program}\n")
    service.stop()
    service.start()
    service.apply(GUEST)
    service.wait_for_property(
        VMI, "VirtualMachineInstance", "Conditions",
        lambda conditions: any(c["type"] == "Synchronized" and told in c["message"] for c in conditions))
    service.call(VM, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: VM not in service.objects() and VMI not in service.objects(), 60, "the end of the VM")
    wait_for_clean(service)
    wait_until(lambda: service.host.virsh("list", "--all", "--name").split() == [], 60, "the end of the domain")


# Folders that the guest writes to.


def told(service, words):
    service.wait_for_property(
        WRITER_VMI, "VirtualMachineInstance", "Conditions",
        lambda conditions: any(c["type"] == "Synchronized" and words in c["message"] for c in conditions))


def in_writer(service, command):
    return service.host.in_guest(WRITER_DOMAIN, command).strip()


@pytest.fixture(scope="module", name="writer")
def fixture_writer(service):
    """A folder of the host is shared only where no other user of the host gets to what the guest's root leaves there."""
    service.host.run("rm", "-f", "/etc/barevirt/barevirt.conf.d/zz.conf")
    service.stop()
    service.start()
    service.image("writing.img")
    service.host.run("mkdir", "-p", SHARED)
    service.apply(WRITER)
    told(service, "chmod o-x")
    service.host.run("chmod", "700", SHARED)
    service.wait_for_property(WRITER_VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    for tag in ["work", "same", "image", "folder"]:
        command = f"mkdir -p /mnt/{tag}; mountpoint -q /mnt/{tag} || mount -t virtiofs {tag} /mnt/{tag} && echo there"
        service.host.wait_in_guest(WRITER_DOMAIN, command, "there")
    return service


def test_guest_writes_to_a_claim(writer):
    """And reads it under another name, where it cannot write."""
    in_writer(writer, "echo kept >/mnt/work/file; mkdir -m 0 /mnt/work/closed; chown 1000 /mnt/work/closed; mkdir /mnt/work/closed/in")
    writer.host.wait_in_guest(WRITER_DOMAIN, "cat /mnt/same/file", "kept")
    assert in_writer(writer, "echo x >/mnt/same/file || echo refused").endswith("refused")
    uid = writer.get(object_path("PersistentVolumeClaim", "work"), "Object", "Uid")
    assert writer.host.run("cat", f"{CLAIMS}/pvc-{uid}/file").stdout == "kept\n"
    assert writer.host.run("stat", "-c", "%a", CLAIMS).stdout.strip() == "700"
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "ls", f"{CLAIMS}/pvc-{uid}"]
    assert writer.host.run(*nobody, check=False).returncode != 0
    status = writer.get(WRITER_VMI, "VirtualMachineInstance", "VolumeStatus")
    info = {volume["name"]: volume.get("persistentVolumeClaimInfo") for volume in status}
    assert info["work"]["claimName"] == "work" and info["work"]["accessModes"] == ["ReadWriteMany"]


def test_claim_of_a_data_volume_has_its_image(writer):
    """As in a cluster, where the disk of a claim is the file disk.img of its filesystem."""
    writer.host.wait_in_guest(WRITER_DOMAIN, "stat -c %s /mnt/image/disk.img", str(8 * 1024 * 1024))
    in_writer(writer, "echo more >/mnt/image/notes")


def test_guest_writes_to_a_folder_of_the_host(writer):
    writer.host.write(f"{SHARED}/greeting", "hello\n")
    writer.host.wait_in_guest(WRITER_DOMAIN, "cat /mnt/folder/greeting", "hello")
    in_writer(writer, "echo answer >/mnt/folder/answer")
    assert writer.host.run("cat", f"{SHARED}/answer").stdout == "answer\n"


def test_claims_outlive_the_guest_and_go_by_themselves(writer):
    """With all that is in them, whatever the guest's root made of it. Two guests share a folder that one has."""
    uid = writer.get(object_path("PersistentVolumeClaim", "work"), "Object", "Uid")
    writer.call(object_path("PersistentVolumeClaim", "work"), "Object", "Delete", "(a{sv})", {})
    writer.host.wait_in_guest(WRITER_DOMAIN, "cat /mnt/work/file", "kept")
    writer.call(WRITER_VMI, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: WRITER_VMI not in writer.objects(), 60, "the end of the guest")
    wait_until(lambda: object_path("PersistentVolumeClaim", "work") not in writer.objects(), 60, "the end of the claim")
    wait_until(lambda: f"pvc-{uid}" not in writer.host.run("ls", CLAIMS).stdout, 60, "the end of its folder")
    image = object_path("PersistentVolumeClaim", "image")
    assert writer.host.run("cat", f"{CLAIMS}/pvc-{writer.get(image, 'Object', 'Uid')}/notes").stdout == "more\n"
    writer.call(object_path("DataVolume", "image"), "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: image not in writer.objects(), 60, "the end of the claim")
    wait_until(lambda: writer.host.run("ls", CLAIMS).stdout == "", 60, "the end of its folder")
    wait_for_clean(writer)
