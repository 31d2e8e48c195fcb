# SPDX-License-Identifier: LGPL-2.1-or-later
"""Claims and data volumes on libvirt's storage pools, and guests that use them."""
import gzip
import hashlib
import os
import random
import subprocess
import time

import pytest
from gi.repository import Gio, GLib

from lab import wait_until
from registry import wait_for_port
from service import NAME, end, object_path

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


def wait_phase(service, kind, name, phase, timeout=120):
    service.wait_for_property(object_path(kind, name), kind, "Phase", lambda value: value == phase, timeout)
    return service.objects()[object_path(kind, name)][f"{NAME}.{kind}"]


def path_of(service, name, pool="barevirt"):
    volume = service.get(object_path(CLAIM, name), CLAIM, "VolumeName")
    return service.host.virsh("vol-path", "--pool", pool, volume)


def delete(service, kind, name, timeout=60):
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
    wait_until(lambda: service.host.run("test", "-e", path, check=False).returncode, 60, "the end of its volume")


def test_pool_that_is_not_there(service):
    """The claim is pending, with the reason, until the administrator has made the pool."""
    service.apply(claim("elsewhere", pool="fast"))
    path = object_path(CLAIM, "elsewhere")
    message = service.wait_for_property(path, CLAIM, "Message", lambda text: text)
    assert "no storage pool fast" in message
    service.wait_for_property(path, CLAIM, "Phase", lambda phase: phase == "Pending")
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
    wait_until(lambda: "strayed" in conditions(service, path).get("Synchronized", {}).get("message", ""), 60, "the reason")
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
    wait_until(lambda: conditions(service, object_path(VOLUME, name), VOLUME)["Ready"]["status"] == "True", 60, "Ready")
    path = path_of(service, name)
    assert digest(service, path, 24 * MIB) == hashlib.sha256(raw.read_bytes()).hexdigest()
    size, blocks = service.host.run("stat", "-c", "%s %b", path).stdout.split()
    assert int(size) == 32 * MIB and int(blocks) * 512 < 4 * MIB
    delete(service, VOLUME, name)
    wait_until(lambda: object_path(CLAIM, name) not in service.objects(), 60, "the end of its claim")
    imports = ("find", "/var/lib/barevirt/imports", "-mindepth", "1")
    wait_until(lambda: service.host.run(*imports, check=False).stdout == "", 60, "the end of what was fetched")


def test_size_of_the_source(service, raw):
    """Without a size the volume is as large as the disk that comes."""
    service.apply(data_volume("sized", "{http: {url: 'http://localhost:8000/pattern.qcow2'}}"))
    wait_phase(service, VOLUME, "sized", "Succeeded")
    service.wait_for_property(object_path(CLAIM, "sized"), CLAIM, "Capacity", lambda size: size == 24 * MIB)
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
    wait_for_clean(service)


def test_import_from_a_registry(service, registry, host):
    """The disk of a container image, qcow2 in the image and raw in the volume."""
    service.apply(data_volume("pulled", "{registry: {url: 'docker://localhost:5000/barevirt/guest:1'}}", "1Gi"))
    wait_phase(service, VOLUME, "pulled", "Succeeded")
    disk = host.lab.guest() / "disk.img"
    assert digest(service, path_of(service, "pulled"), disk.stat().st_size) == hashlib.sha256(disk.read_bytes()).hexdigest()
    delete(service, VOLUME, "pulled")


class SafeServer:
    """Serves a file on the host's port 8002: over TLS, to one user only, who is sent on once."""

    SCRIPT = """
import base64, http.server, ssl, sys
folder = sys.argv[1]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = "Basic " + base64.b64encode(b"me:secret").decode()
        if self.headers.get("Authorization") != wanted or self.headers.get("X-Colour") != "blue":
            self.send_response(401)
            self.end_headers()
        elif self.path == "/first":
            self.send_response(302)
            self.send_header("Location", "second")
            self.end_headers()
        elif self.path == "/down":
            self.send_response(302)
            self.send_header("Location", "http://localhost:8000/pattern.raw")
            self.end_headers()
        else:
            data = open(folder + "/pattern.qcow2", "rb").read()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8002), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

    def __init__(self, host):
        folder = host.lab.folder
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
            check=True, capture_output=True,
        )
        self.certificate = (folder / "cert.pem").read_text()
        self.process = host.popen("python3", "-c", self.SCRIPT, str(folder), stdin=subprocess.DEVNULL)
        wait_for_port(host, 8002)


def test_import_with_tls_credentials_and_headers(service, host, raw):
    """Each is needed, and a redirect to where there is no TLS is not followed."""
    server = SafeServer(host)
    try:
        indented = "".join(f"    {line}\n" for line in server.certificate.splitlines())
        service.apply(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: user}\nstringData: {accessKeyId: me, secretKey: secret}\n"
            f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: trust}}\ndata:\n  ca.pem: |\n{indented}"
        )
        source = "{{http: {{url: 'https://localhost:8002/{}', secretRef: user, extraHeaders: ['X-Colour: blue']{}}}}}"
        service.apply(data_volume("distrusted", source.format("first", ""), "32Mi"))
        message = service.wait_for_property(object_path(VOLUME, "distrusted"), VOLUME, "Message", lambda text: text)
        assert "certificate" in message.lower()
        service.apply(data_volume("trusted", source.format("first", ", certConfigMap: trust"), "32Mi"))
        wait_phase(service, VOLUME, "trusted", "Succeeded")
        assert digest(service, path_of(service, "trusted"), 24 * MIB) == hashlib.sha256(raw.read_bytes()).hexdigest()
        service.apply(data_volume("downgraded", source.format("down", ", certConfigMap: trust"), "32Mi"))
        assert "not followed" in wait_phase(service, VOLUME, "downgraded", "Failed")["Message"]
        assert "secret" not in service.log.read_text()
    finally:
        end(server.process)
    for name in ("distrusted", "trusted", "downgraded"):
        delete(service, VOLUME, name)


def test_missing_file_is_tried_again(service, raw, files):
    service.apply(data_volume("later", "{http: {url: 'http://localhost:8000/later.raw'}}", "32Mi"))
    path = object_path(VOLUME, "later")
    message = service.wait_for_property(path, VOLUME, "Message", lambda text: text)
    assert "404" in message
    service.wait_for_property(path, VOLUME, "RestartCount", lambda count: count >= 1)
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
        60_000, fds, None,
    )
    assert answer.unpack()[0].startswith("/org/barevirt1/job/")
    with os.fdopen(writer, "wb") as file:
        file.write(gzip.compress(raw.read_bytes(), 1))
    wait_phase(service, VOLUME, "sent", "Succeeded")
    assert digest(service, path_of(service, "sent"), 24 * MIB) == hashlib.sha256(raw.read_bytes()).hexdigest()
    delete(service, VOLUME, "sent")


def test_command(service, raw):
    """`barevirt` uploads as virtctl does, and lists as kubectl does."""
    service.host.run("cp", str(raw), "/var/lib/pattern.raw")
    upload = ["image-upload", "dv", "mine", "--image-path", "/var/lib/pattern.raw"]
    assert "holds the image" in service.barevirt(*upload, "--size", "32Mi").stdout
    wait_phase(service, VOLUME, "mine", "Succeeded")
    wait_phase(service, CLAIM, "mine", "Bound")
    assert digest(service, path_of(service, "mine"), 24 * MIB) == hashlib.sha256(raw.read_bytes()).hexdigest()
    header, row = (line.split() for line in service.barevirt("get", "dv").stdout.splitlines())
    assert header[:5] == ["NAMESPACE", "NAME", "PHASE", "PROGRESS", "RESTARTS"]
    assert row[:7] == ["default", "mine", "Succeeded", "100.0%", "0", "32Mi", "barevirt"]
    row = service.barevirt("get", "pvc").stdout.splitlines()[1].split()
    assert row[:3] == ["default", "mine", "Bound"] and row[4:7] == ["32Mi", "RWO", "barevirt"]
    assert "storage: 32Mi" in service.barevirt("get", "pvc", "mine", "-o", "yaml").stdout.split("status:")[1]
    assert "Succeeded" in service.barevirt("describe", "dv", "mine").stdout
    again = service.barevirt(*upload, "--no-create", check=False)
    assert again.returncode == 1 and "Succeeded" in again.stderr
    delete(service, VOLUME, "mine")


# Guests.

VM = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: db}
spec:
  runStrategy: Always
  dataVolumeTemplates:
  - metadata: {name: db-root}
    spec:
      source: {http: {url: "http://localhost:8000/guest.qcow2"}}
      storage: {resources: {requests: {storage: 1Gi}}}
  template:
    spec:
      terminationGracePeriodSeconds: 5
      domain:
        memory: {guest: 256Mi}
        devices:
          disks:
          - {name: root, bootOrder: 1, disk: {bus: virtio}}
          - {name: data, serial: DATA, disk: {bus: virtio}}
          - {name: copy, serial: COPY, disk: {bus: virtio}}
      volumes:
      - {name: root, dataVolume: {name: db-root}}
      - {name: data, persistentVolumeClaim: {claimName: db-data}}
      - {name: copy, ephemeral: {persistentVolumeClaim: {claimName: db-seed}}}
"""
DB = object_path("VirtualMachine", "db")
DB_VMI = object_path(INSTANCE, "db")


def wait_for_agent(service, path=DB_VMI):
    service.wait_for_property(path, "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 240)


def in_guest(service, command):
    return service.host.in_guest("default_db", command).strip()


def device(service, serial):
    return "/dev/" + service.host.wait_in_guest("default_db", f"grep -lx {serial} /sys/block/vd*/serial | cut -d / -f 4", bool)


def test_guest_waits_for_its_claims(service, files):
    """The VM is Provisioning while its disk comes; a claim that is missing is named."""
    service.apply(VM)
    wait_phase(service, VOLUME, "db-root", "Succeeded")
    told = lambda: conditions(service, DB_VMI).get("Synchronized", {})
    wait_until(lambda: "default/db-data" in told().get("message", ""), 60, "the missing claim")
    wait_until(lambda: told().get("reason") == "FailedPvcNotFound", 60, "the reason")
    service.wait_for_property(DB, "VirtualMachine", "PrintableStatus", lambda status: status == "ErrorPvcNotFound")
    service.apply(claim("db-data") + "---\n" + claim("db-seed", "16Mi"))
    wait_for_agent(service)
    assert service.get(object_path(CLAIM, "db-root"), "Object", "Kind") == CLAIM


def test_guest_writes_to_its_claims(service):
    data, copy = device(service, "DATA"), device(service, "COPY")
    assert in_guest(service, f"blockdev --getsize64 {data}") == str(64 * MIB)
    assert in_guest(service, f"blockdev --getsize64 {copy}") == str(16 * MIB)
    in_guest(service, f"echo kept >{data}; echo lost >{copy}; sync")
    assert in_guest(service, "blockdev --getsize64 /dev/vda") == str(1024 * MIB)


def test_second_guest_does_not_get_the_claim(service):
    service.apply(guest("thief", ["{name: data, disk: {}}"], ["{name: data, persistentVolumeClaim: {claimName: db-data}}"]))
    path = object_path(INSTANCE, "thief")
    wait_until(lambda: "is used by VirtualMachineInstance default/db" in
               conditions(service, path).get("Synchronized", {}).get("message", ""), 60, "the reason")
    assert "default_thief" not in service.host.virsh("list", "--all", "--name").split()
    delete(service, INSTANCE, "thief")


def test_claim_in_use_is_neither_deleted_nor_grown(service):
    service.apply(claim("db-seed", "24Mi"))
    reason = service.wait_for_property(object_path(CLAIM, "db-seed"), CLAIM, "Reason", lambda text: text)
    assert reason == "FileSystemResizePending"
    service.call(object_path(CLAIM, "db-data"), "Object", "Delete", "(a{sv})", {})
    service.wait_for_property(object_path(CLAIM, "db-data"), CLAIM, "Reason", lambda text: text == "Terminating")
    assert in_guest(service, f"head -c 4 {device(service, 'DATA')}") == "kept"


def test_stop_lets_go_of_the_claims(service):
    """What waited for the end of the guest happens then."""
    service.call(DB, "VirtualMachine", "Stop", "(a{sv})", {})
    wait_until(lambda: object_path(CLAIM, "db-data") not in service.objects(), 120, "the end of the claim")
    service.wait_for_property(object_path(CLAIM, "db-seed"), CLAIM, "Capacity", lambda size: size == 24 * MIB)
    assert service.host.run("head", "-c", "4", path_of(service, "db-seed")).stdout == "\0\0\0\0"


def test_claim_of_a_data_volume_can_grow(service):
    service.apply(claim("db-data") + "---\n" + claim("db-root", "1088Mi").replace("volumeMode: Filesystem, ", ""))
    service.wait_for_property(object_path(CLAIM, "db-root"), CLAIM, "Capacity", lambda size: size == 1088 * MIB)
    service.call(DB, "VirtualMachine", "Start", "(a{sv})", {})
    wait_for_agent(service)
    assert in_guest(service, "blockdev --getsize64 /dev/vda") == str(1088 * MIB)


def test_vm_takes_its_data_volumes_along(service):
    """And leaves the claims that it only named."""
    path = path_of(service, "db-root")
    service.call(DB, "Object", "Delete", "(a{sv})", {})
    for gone in DB, object_path(VOLUME, "db-root"), object_path(CLAIM, "db-root"):
        service.wait_for_gone(gone, "Object", timeout=120)
    wait_until(lambda: service.host.run("test", "-e", path, check=False).returncode, 60, "the end of its volume")
    delete(service, CLAIM, "db-data")
    delete(service, CLAIM, "db-seed")


# What goes wrong on the way.


class SlowServer:
    """Serves bytes without end on the host's port 8001, until it is told to let them end."""

    SCRIPT = """
import http.server, os, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(8 << 20))
        self.end_headers()
        self.wfile.write(os.urandom(4 << 20))
        self.wfile.flush()
        while not os.path.exists(sys.argv[1]):
            time.sleep(0.05)
        self.wfile.write(bytes(4 << 20))
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8001), Handler).serve_forever()
"""

    def __init__(self, host):
        self.host = host
        self.gate = host.lab.folder / "gate"
        self.process = host.popen("python3", "-c", self.SCRIPT, str(self.gate), stdin=subprocess.DEVNULL)
        wait_for_port(host, 8001)

    def open_gate(self):
        self.gate.touch()

    def stop(self):
        end(self.process)


@pytest.fixture(name="slow")
def fixture_slow(host):
    server = SlowServer(host)
    yield server
    server.stop()
    server.gate.unlink(missing_ok=True)


def leftovers(service):
    found = service.host.run("sh", "-c", "mkdir -p /var/lib/barevirt/imports; find /var/lib/barevirt/imports -mindepth 1",
                             check=False).stdout
    return found.split() + [line for line in service.host.virsh("vol-list", "barevirt").splitlines() if "pvc-" in line]


def wait_for_clean(service):
    """Until nothing is left of what was imported, nor of a claim's volume."""
    wait_until(lambda: leftovers(service) == [], 60, "the end of what was left")


def test_cancelled_import_leaves_nothing(service, slow):
    service.apply(data_volume("endless", "{http: {url: 'http://localhost:8001/'}}", "16Mi"))
    path = object_path(VOLUME, "endless")
    service.wait_for_property(path, VOLUME, "Progress", lambda text: text.startswith("50."))
    jobs = [job for job, facts in service.objects().items() if facts.get(f"{NAME}.Job", {}).get("Object") == path]
    service.call(jobs[-1], "Job", "Cancel", "(a{sv})", {})
    assert "cancelled" in wait_phase(service, VOLUME, "endless", "Failed")["Message"]
    wait_for_clean(service)
    delete(service, VOLUME, "endless")


def test_deletion_ends_an_import(service, slow):
    service.apply(data_volume("unwanted", "{http: {url: 'http://localhost:8001/'}}", "16Mi"))
    service.wait_for_property(object_path(VOLUME, "unwanted"), VOLUME, "Progress", lambda text: text.startswith("50."))
    delete(service, VOLUME, "unwanted")
    service.wait_for_gone(object_path(CLAIM, "unwanted"), "Object")
    wait_for_clean(service)


def test_killed_service_begins_the_import_anew(service, slow):
    service.apply(data_volume("cut", "{http: {url: 'http://localhost:8001/'}}", "16Mi"))
    service.wait_for_property(object_path(VOLUME, "cut"), VOLUME, "Progress", lambda text: text.startswith("50."))
    service.kill()
    slow.open_gate()
    service.start()
    wait_phase(service, VOLUME, "cut", "Succeeded")
    wait_until(lambda: len(leftovers(service)) == 1, 60, "one volume")
    delete(service, VOLUME, "cut")
    wait_for_clean(service)


KILLS = int(os.environ.get("BAREVIRT_KILLS", "6"))


def test_kills_at_any_moment_of_a_data_volume(service, raw):
    """Applied, killed, and there in the end, once; deleted, killed, and gone in the end."""
    delays = random.Random(5)
    source = "{http: {url: 'http://localhost:8000/pattern.raw.xz'}}"
    expected = hashlib.sha256(raw.read_bytes()).hexdigest()
    for _ in range(KILLS):
        service.apply(data_volume("struck", source, "32Mi"))
        time.sleep(delays.uniform(0, 0.3))  # the moment of the kill is what is tested
        service.kill()
        service.start()
        wait_phase(service, VOLUME, "struck", "Succeeded")
        wait_until(lambda: len(leftovers(service)) == 1, 60, "one volume")
        assert digest(service, path_of(service, "struck"), 24 * MIB) == expected
        service.call(object_path(VOLUME, "struck"), "Object", "Delete", "(a{sv})", {})
        time.sleep(delays.uniform(0, 0.05))
        service.kill()
        service.start()
        wait_until(lambda: object_path(VOLUME, "struck") not in service.objects(), 60, "the end of struck")
        service.wait_for_gone(object_path(CLAIM, "struck"), "Object")
        wait_for_clean(service)


def test_stop_does_not_wait_for_an_import(service, slow):
    """It begins anew with the next service."""
    service.apply(data_volume("paused", "{http: {url: 'http://localhost:8001/'}}", "16Mi"))
    service.wait_for_property(object_path(VOLUME, "paused"), VOLUME, "Progress", lambda text: text.startswith("50."))
    service.stop()
    slow.open_gate()
    service.start()
    wait_phase(service, VOLUME, "paused", "Succeeded")
    delete(service, VOLUME, "paused")
    wait_for_clean(service)


def test_full_pool_is_told_and_left_clean(service, raw):
    """The second try, with room, works."""
    service.host.run("mkdir", "-p", "/var/lib/small")
    service.host.run("mount", "-t", "tmpfs", "-o", "size=8k", "small", "/var/lib/small")
    service.host.virsh("pool-create-as", "small", "dir", "--target", "/var/lib/small")
    service.apply(data_volume("big", "{http: {url: 'http://localhost:8000/pattern.raw'}}", "32Mi", pool="small"))
    path = object_path(VOLUME, "big")
    message = service.wait_for_property(path, VOLUME, "Message", lambda text: text)
    assert "is full" in message
    service.host.run("mount", "-o", "remount,size=64M", "/var/lib/small")
    wait_phase(service, VOLUME, "big", "Succeeded")
    assert digest(service, path_of(service, "big", "small"), 24 * MIB) == hashlib.sha256(raw.read_bytes()).hexdigest()
    delete(service, VOLUME, "big")
    service.host.virsh("pool-destroy", "small")
    service.host.unmount("/var/lib/small")
