# SPDX-License-Identifier: LGPL-2.1-or-later
"""Claims and data volumes on libvirt's storage pools, and guests that use them."""
import gzip
import hashlib
import os
import subprocess

import pytest
from gi.repository import Gio, GLib

from lab import wait_until
from service import NAME, object_path

CLAIM = "PersistentVolumeClaim"
VOLUME = "DataVolume"
INSTANCE = "VirtualMachineInstance"
POOL = "/var/lib/barevirt/pool"
MIB = 1024 * 1024


def claim(name, size="64Mi", pool=None, mode="Filesystem"):
    pool_line = f"storageClassName: {pool}, " if pool else ""
    return (
        f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n"
        f"spec: {{accessModes: [ReadWriteOnce], volumeMode: {mode}, {pool_line}"
        f"resources: {{requests: {{storage: {size}}}}}}}\n"
    )


def data_volume(name, source, size=None, pool=None):
    resources = f"resources: {{requests: {{storage: {size}}}}}" if size else ""
    pool_line = f"storageClassName: {pool}, " if pool else ""
    return (
        f"apiVersion: cdi.kubevirt.io/v1beta1\nkind: DataVolume\nmetadata: {{name: {name}}}\n"
        f"spec:\n  source: {source}\n  storage: {{{pool_line}{resources}}}\n"
    )


def guest(name, disks, volumes):
    disk_lines = "".join(f"      - {disk}\n" for disk in disks)
    volume_lines = "".join(f"  - {volume}\n" for volume in volumes)
    return (
        f"apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: {{name: {name}}}\n"
        "spec:\n  terminationGracePeriodSeconds: 5\n  domain:\n    memory: {guest: 128Mi}\n"
        f"    devices:\n      disks:\n{disk_lines}  volumes:\n{volume_lines}"
    )


def wait_phase(service, kind, name, phase, timeout=90):
    service.wait_for_property(object_path(kind, name), kind, "Phase", lambda value: value == phase, timeout)
    return service.objects()[object_path(kind, name)][f"{NAME}.{kind}"]


def path_of(service, name, pool="barevirt"):
    volume = service.get(object_path(CLAIM, name), CLAIM, "VolumeName")
    return service.host.virsh("vol-path", "--pool", pool, volume)


def delete(service, kind, name, timeout=30):
    path = object_path(kind, name)
    service.call(path, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: path not in service.objects(), timeout, f"the end of {path}")


def digest(service, path, size):
    """The checksum of the first SIZE bytes of a file on the host."""
    return service.host.run("sh", "-c", f"head -c {size} {path} | sha256sum").stdout.split()[0]


def conditions(service, path, interface=INSTANCE):
    found = service.objects().get(path, {}).get(f"{NAME}.{interface}", {}).get("Conditions", [])
    return {condition["type"]: condition for condition in found}


@pytest.fixture(scope="module", name="raw")
def fixture_raw(host, files):
    """A raw image with known bytes, as a file outside, and served in several forms."""
    path = host.lab.folder / "pattern.raw"
    with path.open("wb") as file:
        file.truncate(24 * MIB)
        for offset in (0, 7 * MIB, 24 * MIB - 4096):
            file.seek(offset)
            file.write(hashlib.sha512(str(offset).encode()).digest() * 64)
    path.chmod(0o644)
    files.add(path, "pattern.raw")
    for arguments in (["gzip", "-k"], ["xz", "-k", "-0"]):
        subprocess.run([*arguments, str(path)], check=True)
    files.add(f"{path}.gz", "pattern.raw.gz")
    files.add(f"{path}.xz", "pattern.raw.xz")
    qcow2 = host.lab.folder / "pattern.qcow2"
    subprocess.run(["qemu-img", "convert", "-q", "-O", "qcow2", str(path), str(qcow2)], check=True)
    files.add(qcow2, "pattern.qcow2")
    return path


def test_claim_gets_a_volume_of_the_default_pool(service):
    """The pool is made when it is first needed, started, and started again with the host."""
    service.apply(claim("empty"))
    facts = wait_phase(service, CLAIM, "empty", "Bound")
    assert (facts["Pool"], facts["Capacity"], facts["VolumeMode"]) == ("barevirt", 64 * MIB, "Filesystem")
    assert facts["VolumeName"] == "pvc-" + service.get(object_path(CLAIM, "empty"), "Object", "Uid")
    info = service.host.virsh("pool-info", "barevirt")
    assert "running" in info and "Autostart:" in info and "yes" in info.split("Autostart:")[1].split("\n")[0]
    assert service.host.run("stat", "-c", "%s", path_of(service, "empty")).stdout.strip() == str(64 * MIB)


def test_claim_grows_and_does_not_shrink(service):
    service.apply(claim("empty", "96Mi"))
    service.wait_for_property(object_path(CLAIM, "empty"), CLAIM, "Capacity", lambda size: size == 96 * MIB)
    with pytest.raises(GLib.Error, match="cannot shrink"):
        service.apply(claim("empty", "32Mi"))
    with pytest.raises(GLib.Error, match="Of a claim only"):
        service.apply(claim("empty", "96Mi", pool="other"))


def test_deleted_claim_takes_its_volume_along(service):
    path = path_of(service, "empty")
    delete(service, CLAIM, "empty")
    assert service.host.run("test", "-e", path, check=False).returncode != 0


def test_pool_that_is_not_there(service):
    """The claim is pending, with the reason, until the administrator has made the pool."""
    service.apply(claim("elsewhere", pool="fast"))
    path = object_path(CLAIM, "elsewhere")
    message = service.wait_for_property(path, CLAIM, "Message", lambda text: text)
    assert "no storage pool fast" in message and service.get(path, CLAIM, "Phase") == "Pending"
    service.host.run("mkdir", "-p", "/var/lib/fast")
    service.host.virsh("pool-create-as", "fast", "dir", "--target", "/var/lib/fast")
    wait_phase(service, CLAIM, "elsewhere", "Bound")
    delete(service, CLAIM, "elsewhere")


def test_block_is_refused_by_a_folder_pool(service):
    service.apply(claim("device", mode="Block"))
    message = service.wait_for_property(object_path(CLAIM, "device"), CLAIM, "Message", lambda text: text)
    assert "no block devices" in message
    delete(service, CLAIM, "device")


def test_lost_and_found(service):
    """A pool that goes makes its claims Lost; when it is there again, so are they."""
    service.apply(claim("strayed", pool="fast"))
    wait_phase(service, CLAIM, "strayed", "Bound")
    service.host.virsh("pool-destroy", "fast")
    service.apply(guest("seeker", ["{name: data, disk: {}}"], ["{name: data, persistentVolumeClaim: {claimName: strayed}}"]))
    facts = wait_phase(service, CLAIM, "strayed", "Lost")
    assert "no storage pool fast" in facts["Message"]
    path = object_path(INSTANCE, "seeker")
    wait_until(lambda: "strayed" in conditions(service, path).get("Synchronized", {}).get("message", ""), 30, "the reason")
    delete(service, INSTANCE, "seeker")
    service.host.virsh("pool-create-as", "fast", "dir", "--target", "/var/lib/fast")
    wait_phase(service, CLAIM, "strayed", "Bound")
    service.host.run("rm", path_of(service, "strayed", "fast"))
    service.host.virsh("pool-refresh", "fast")
    delete(service, CLAIM, "strayed")


@pytest.mark.parametrize("form", ["raw", "qcow2", "raw.gz", "raw.xz"])
def test_import_over_http(service, raw, form):
    """Whatever the form it comes in, the volume holds the disk, and is as large as was asked for."""
    name = "import-" + form.replace(".", "-")
    service.apply(data_volume(name, f"{{http: {{url: 'http://localhost:8000/pattern.{form}'}}}}", "32Mi"))
    facts = wait_phase(service, VOLUME, name, "Succeeded")
    assert facts["Progress"] == "100.0%"
    assert conditions(service, object_path(VOLUME, name), VOLUME)["Ready"]["status"] == "True"
    path = path_of(service, name)
    assert digest(service, path, 24 * MIB) == hashlib.sha256(raw.read_bytes()).hexdigest()
    size, blocks = service.host.run("stat", "-c", "%s %b", path).stdout.split()
    assert int(size) == 32 * MIB and int(blocks) * 512 < 4 * MIB
    delete(service, VOLUME, name)
    assert object_path(CLAIM, name) not in service.objects()
    assert service.host.run("find", "/var/lib/barevirt/imports", "-mindepth", "1").stdout == ""


def test_size_of_the_source(service, raw):
    """Without a size the volume is as large as the disk that comes."""
    service.apply(data_volume("sized", "{http: {url: 'http://localhost:8000/pattern.qcow2'}}"))
    wait_phase(service, VOLUME, "sized", "Succeeded")
    assert service.get(object_path(CLAIM, "sized"), CLAIM, "Capacity") == 24 * MIB
    delete(service, VOLUME, "sized")


@pytest.mark.parametrize(
    "case, source, size, words",
    [
        ("small", "{http: {url: 'http://localhost:8000/pattern.qcow2'}}", "8Mi", "does not fit"),
        ("sum", "{http: {url: 'http://localhost:8000/pattern.raw', checksum: 'sha256:00'}}", "32Mi", "checksum"),
        ("backed", "{http: {url: 'http://localhost:8000/backed.qcow2'}}", "32Mi", "backing file"),
        ("snap", "{snapshot: {name: a, namespace: default}}", "32Mi", "no volume snapshots"),
        ("foreign", "{pvc: {name: a, namespace: other}}", "32Mi", "namespace other"),
    ],
)
def test_what_is_refused(service, host, raw, files, case, source, size, words):
    backed = host.lab.folder / "backed.qcow2"
    if not backed.exists():
        subprocess.run(
            ["qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/shadow", str(backed), "8M"], check=True
        )
        files.add(backed, "backed.qcow2")
    service.apply(data_volume(case, source, size))
    assert words in wait_phase(service, VOLUME, case, "Failed")["Message"]
    delete(service, VOLUME, case)
    assert not [line for line in service.host.virsh("vol-list", "barevirt").splitlines() if "pvc-" in line]


def test_missing_file_is_tried_again(service, raw, files):
    service.apply(data_volume("later", "{http: {url: 'http://localhost:8000/later.raw'}}", "32Mi"))
    path = object_path(VOLUME, "later")
    message = service.wait_for_property(path, VOLUME, "Message", lambda text: text)
    assert "404" in message and service.get(path, VOLUME, "RestartCount") >= 1
    files.add(raw, "later.raw")
    wait_phase(service, VOLUME, "later", "Succeeded")


def test_copy_of_a_claim(service, raw):
    service.apply(data_volume("copy", "{pvc: {name: later, namespace: default}}", "40Mi"))
    wait_phase(service, VOLUME, "copy", "Succeeded")
    path = path_of(service, "copy")
    assert digest(service, path, 24 * MIB) == hashlib.sha256(raw.read_bytes()).hexdigest()
    size, blocks = service.host.run("stat", "-c", "%s %b", path).stdout.split()
    assert int(size) == 40 * MIB and int(blocks) * 512 < 4 * MIB
    delete(service, VOLUME, "copy")
    delete(service, VOLUME, "later")


def test_upload_by_a_file_descriptor(service, raw):
    """A pipe, of compressed data, whose length nobody knows."""
    service.apply(data_volume("sent", "{upload: {}}", "32Mi"))
    path = object_path(VOLUME, "sent")
    wait_phase(service, VOLUME, "sent", "UploadReady")
    reader, writer = os.pipe()
    fds = Gio.UnixFDList.new_from_array([reader])
    answer, _ = service.connection.call_with_unix_fd_list_sync(
        NAME, path, f"{NAME}.{VOLUME}", "Upload", GLib.Variant("(ha{sv})", (0, {})), None, Gio.DBusCallFlags.NONE,
        30000, fds, None,
    )
    assert answer.unpack()[0].startswith("/org/barevirt1/job/")
    with os.fdopen(writer, "wb") as file:
        file.write(gzip.compress(raw.read_bytes(), 1))
    wait_phase(service, VOLUME, "sent", "Succeeded")
    assert digest(service, path_of(service, "sent"), 24 * MIB) == hashlib.sha256(raw.read_bytes()).hexdigest()
    delete(service, VOLUME, "sent")
