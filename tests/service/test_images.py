# SPDX-License-Identifier: LGPL-2.1-or-later
"""Container images: real skopeo and a real registry, with whatever may be wrong with an image or on its way."""
import base64
import itertools
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from gi.repository import GLib

import oci
from images import INSTANCE, Images
from lab import wait_until
from registry import Registry, ThisMachine, Way, free_port
from service import Bus, object_path

MEBIBYTE = 1 << 20
ME = ("guest", "only-the-registry-may-know")


@pytest.fixture(scope="module", name="machine")
def fixture_machine(tmp_path_factory):
    return ThisMachine(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module", name="registry")
def fixture_registry(machine):
    registry = Registry(machine, free_port())
    yield registry
    registry.stop()


@pytest.fixture(name="way")
def fixture_way(registry):
    way = Way(registry.port)
    yield way
    way.close()


@pytest.fixture(name="service")
def fixture_service(bus, build_folder, request):
    bus.allow("view", "view-secrets", "manage")
    service = Images(bus, build_folder)
    try:
        service.configure(**getattr(request, "param", {}))
        service.start()
        yield service
    finally:
        service.close()


@pytest.fixture(scope="module", name="shared")
def fixture_shared(build_folder):
    """One service for all tests that leave it as they found it, on a bus of its own."""
    bus = Bus()
    bus.allow("view", "view-secrets", "manage")
    service = Images(bus, build_folder)
    try:
        service.configure()
        service.start()
        yield service
    finally:
        service.close()
        bus.close()


@pytest.fixture(name="push")
def fixture_push(registry, tmp_path):
    """Puts layers into the registry, and returns the image's name and its layout."""

    numbers = itertools.count()

    def push(image, *layers):
        layout = oci.Layout(tmp_path / f"layout-{next(numbers)}", layers)
        return registry.push(layout, image), layout

    return push


def disk(content, name="disk/disk.img"):
    return [oci.directory("disk"), oci.entry(name, content)]


def noise(size=MEBIBYTE):
    return os.urandom(size)


def info(path):
    output = subprocess.run(
        ["qemu-img", "info", "-U", "--output=json", str(path)], check=True, capture_output=True
    ).stdout
    return json.loads(output)


def is_refused(service, name, image, words, reason="ErrImagePull", **source):
    """The VMI waits with these words, nothing is left of the try, and it can be deleted."""
    service.boot(name, image, **source)
    told, message = service.failure(name)
    assert words in message
    assert told in (reason, reason.replace("ErrImagePull", "ImagePullBackOff"))
    assert service.transient() == []
    service.delete(name)


def secret(name, config, kind="kubernetes.io/dockerconfigjson", key=".dockerconfigjson"):
    data = {key: base64.b64encode(json.dumps(config).encode()).decode()}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "data": data})


# What becomes of an image.


def test_overlay_lies_over_the_disk(service, push):
    content = noise()
    service.boot("one", push("good/raw:1", disk(content))[0])
    service.runs("one")
    folder = service.disks("one")
    overlay = info(folder / "root.qcow2")
    assert (overlay["format"], overlay["virtual-size"]) == ("qcow2", MEBIBYTE)
    assert (overlay["backing-filename"], overlay["backing-filename-format"]) == (f"{folder}/root.base", "raw")
    assert service.base("one") == content
    assert (folder / "root.base").stat().st_mode & 0o777 == 0o440
    assert service.transient() == []
    service.delete("one")
    assert not folder.exists()


def test_path_and_qcow2(shared, push, tmp_path):
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / "disk", "4M"], check=True)
    name, _ = push("good/path:1", [oci.entry("images/a.img", b"a" * 512), oci.entry("b.qcow2", tmp_path / "disk")])
    shared.boot("one", name, path="/b.qcow2")
    shared.boot("two", name, path="/images/a.img")
    shared.runs("one")
    shared.runs("two")
    assert info(shared.disks("one") / "root.qcow2")["backing-filename-format"] == "qcow2"
    assert shared.base("two") == b"a" * 512
    shared.delete("one")
    shared.delete("two")


@pytest.mark.parametrize("layers, left", [
    ([disk(b"1" * 512), disk(b"2" * 512)], b"2" * 512),
    ([disk(b"1" * 512, "disk/old"), [oci.entry("disk/.wh.old")] + disk(b"2" * 512, "disk/new")], b"2" * 512),
    ([disk(b"1" * 512, "disk/old"), [oci.entry(".wh.disk"), *disk(b"2" * 512)]], b"2" * 512),
    ([disk(b"1" * 512, "disk/old"), disk(b"2" * 512, "disk/new") + [oci.entry("disk/.wh..wh..opq")]], b"2" * 512),
    ([disk(b"1" * 512), [oci.link("disk", "/etc")], disk(b"3" * 512, "disk/c")], b"3" * 512),
    ([disk(b"1" * 512), [oci.link("etc/mtab", "/proc/mounts"), oci.entry("usr/x"), oci.link("usr/y", "usr/x",
                                                                                            tarfile.LNKTYPE)]],
     b"1" * 512),
    ([disk(b"1" * 512, "./disk//disk.img")], b"1" * 512),
], ids=["upper wins", "whiteout", "folder whiteout", "opaque", "link replaced", "links elsewhere", "odd name"])
def test_layers_lie_over_each_other(shared, push, layers, left, request):
    name, _ = push(f"layers/n{sum(request.node.name.encode())}:1", *layers)
    shared.boot("layered", name)
    shared.runs("layered")
    assert shared.base("layered") == left
    shared.delete("layered")


def test_kernel_boot(shared, push):
    name, _ = push("good/kernel:1", [oci.entry("boot/vmlinuz", b"kernel"), oci.entry("boot/initrd", b"initrd")])
    container = {"image": name, "kernelPath": "/boot/vmlinuz", "initrdPath": "/boot/initrd"}
    shared.boot("direct", push("good/root:1", disk(b"r" * 512))[0],
                kernel_boot={"container": container, "kernelArgs": "console=ttyS0"})
    shared.runs("direct")
    xml = shared.call(object_path(INSTANCE, "direct"), INSTANCE, "GetDomainXml", "(a{sv})", {})[0]
    folder = shared.disks("direct")
    assert f"<kernel>{folder}/kernel</kernel>" in xml and f"<initrd>{folder}/initrd</initrd>" in xml
    assert [(folder / n).read_bytes() for n in ("kernel", "initrd")] == [b"kernel", b"initrd"]
    shared.delete("direct")


def test_list_of_images(shared, push, registry):
    """The one for this architecture is taken."""
    _, layout = push("good/multi:amd64", disk(b"m" * 512))
    manifest = layout.blob(layout.digest)
    entries = [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": layout.digest,
         "size": manifest.stat().st_size, "platform": {"os": "linux", "architecture": architecture}}
        for architecture in ("s390x", "amd64", "arm64")
    ]
    listed = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                         "manifests": entries})
    subprocess.run(
        ["curl", "-sf", "-X", "PUT", "-H", "Content-Type: application/vnd.oci.image.index.v1+json", "--data", listed,
         f"http://localhost:{registry.port}/v2/good/multi/manifests/1"], check=True, capture_output=True,
    )
    shared.boot("multi", registry.name("good/multi:1"))
    shared.runs("multi")
    assert shared.base("multi") == b"m" * 512
    shared.delete("multi")
    is_refused(shared, "other", push("good/arm:1", disk(b"m" * 512))[0].replace("arm:1", "arm@" + "sha256:" + "0" * 64),
               "no such tag or digest")


# Policies.


def test_policies(service, push, registry, way):
    name, _ = push("moving:1", disk(b"1" * 512))
    name = name.replace(str(registry.port), str(way.port))
    is_refused(service, "never", name, "pull policy is Never", imagePullPolicy="Never")
    assert way.connections == 0
    service.boot("first", name, imagePullPolicy="IfNotPresent")
    service.runs("first")
    pulled = way.connections
    assert pulled > 0
    push("moving:1", disk(b"2" * 512))
    for policy in ("Never", "IfNotPresent"):
        service.boot(policy.lower(), name, imagePullPolicy=policy)
        service.runs(policy.lower())
        assert service.base(policy.lower()) == b"1" * 512
    assert way.connections == pulled
    service.boot("always", name, imagePullPolicy="Always")
    service.runs("always")
    assert service.base("always") == b"2" * 512
    assert service.base("first") == b"1" * 512


def test_one_pull_for_all_who_ask(service, push, registry, way):
    names = [push(f"crowd:{n}", disk(noise()))[0].replace(str(registry.port), str(way.port)) for n in range(2)]
    service.boot("alone", names[0])
    service.runs("alone")
    alone = way.connections
    for number in range(6):
        service.boot(f"crowd{number}", names[1], imagePullPolicy="IfNotPresent")
    for number in range(6):
        service.runs(f"crowd{number}")
    assert way.connections <= 2 * alone
    assert len([p for p in service.cached() if p.startswith("files")]) == 2


# Credentials.


@pytest.fixture(scope="module", name="private")
def fixture_private(machine):
    registry = Registry(machine, free_port(), ME)
    yield registry
    registry.stop()


def auths(port, user, password):
    return {"auths": {f"localhost:{port}": {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}}}


def test_private_registry(service, private, tmp_path):
    layout = oci.Layout(tmp_path / "layout", [disk(b"p" * 512)])
    name = private.push(layout, "secret/disk:1")
    service.apply(secret("good", auths(private.port, *ME)))
    service.apply(secret("wrong", auths(private.port, ME[0], "guessed")))
    service.apply(secret("other", {}, kind="Opaque", key="x"))
    old = {f"localhost:{private.port}": {"username": ME[0], "password": ME[1]}}
    service.apply(secret("old", old, kind="kubernetes.io/dockercfg", key=".dockercfg"))
    is_refused(service, "none", name, "imagePullSecret")
    is_refused(service, "wrong", name, "credentials", imagePullSecret="wrong")
    is_refused(service, "absent", name, "Secret default/gone", reason="Unschedulable", imagePullSecret="gone")
    is_refused(service, "other", name, "kubernetes.io/dockerconfigjson", reason="Unschedulable",
               imagePullSecret="other")
    for good in ("good", "old"):
        service.boot(good, name, imagePullSecret=good, imagePullPolicy="Always")
        service.runs(good)
    assert service.transient() == []
    assert ME[1] not in service.log.read_text()


def test_credentials_are_in_a_file_of_ours_alone(service, private, tmp_path):
    way = Way(private.port)
    try:
        private.push(oci.Layout(tmp_path / "layout", [disk(b"p" * 512)]), "secret/disk:2")
        service.apply(secret("good", auths(way.port, *ME)))
        way.cut(0, hangs=True)
        service.boot("hanging", f"localhost:{way.port}/secret/disk:2", imagePullSecret="good")
        wait_until(lambda: way.connections, 20, "skopeo")
        (command,) = [c for c in service.children() if c[0] == b"skopeo"]
        encoded = auths(0, *ME)["auths"]["localhost:0"]["auth"].encode()
        assert not any(word in argument for argument in command for word in (ME[1].encode(), encoded))
        (file,) = service.transient()
        assert encoded in Path(file).read_bytes()
        assert (Path(file).stat().st_mode & 0o777, Path(file).parent.stat().st_mode & 0o777) == (0o600, 0o700)
        way.mend()
        service.runs("hanging")
        assert service.transient() == []
    finally:
        way.close()


def test_secret_runs_no_programs(service, private, tmp_path):
    """A credential helper is a program's name; of that nothing may reach skopeo."""
    bad = {"credHelpers": {f"localhost:{private.port}": "evil"}, "credsStore": "evil", "auths": {}}
    service.apply(secret("helper", bad))
    private.push(oci.Layout(tmp_path / "layout", [disk(b"p" * 512)]), "secret/disk:3")
    service.boot("one", private.name("secret/disk:3"), imagePullSecret="helper")
    _, message = service.failure("one")
    assert "credentials" in message and "evil" not in message


# Names.


def test_unknown_names(shared, registry):
    is_refused(shared, "tag", registry.name("good/none:1"), "no such tag")
    shared.boot("again", registry.name("good/none:1"))
    wait_until(lambda: shared.failure("again")[0] == "ImagePullBackOff", 20, "a second try")
    shared.delete("again")
    is_refused(shared, "port", f"localhost:{free_port()}/x:1", "does not answer")
    for number, name in enumerate(["UPPER/case", "-o/x", "a b", "docker-archive:relative", "x@sha256:12", "/x"]):
        is_refused(shared, f"bad{number}", name, "is no name of a container image", reason="Synchronizing with the "
                   "Domain failed.")


def test_local_images(service, tmp_path):
    archives = service.folder / "archives"
    layout = oci.Layout(archives / "layout", [disk(b"l" * 512)])
    for kind in ("oci-archive", "docker-archive"):
        subprocess.run(
            ["skopeo", "copy", "-q", f"oci:{layout.folder}", f"{kind}:{archives}/{kind}.tar:local/disk:1"], check=True
        )
    for number, name in enumerate([
        f"oci:{archives}/layout", f"oci:{archives}/layout:1", f"oci-archive:{archives}/oci-archive.tar",
        f"docker-archive:{archives}/docker-archive.tar", f"docker-archive:{archives}/docker-archive.tar:local/disk:1",
    ]):
        service.boot(f"local{number}", name)
        service.runs(f"local{number}")
        assert service.base(f"local{number}") == b"l" * 512
    assert service.transient() == []
    oci.Layout(tmp_path / "elsewhere", [disk(b"l" * 512)])
    (archives / "leading").symlink_to(tmp_path)
    for number, path in enumerate([tmp_path / "elsewhere", archives / "leading" / "elsewhere",
                                   f"{archives}/../x", "/etc"]):
        is_refused(service, f"out{number}", f"oci:{path}", str(path), reason="Unschedulable")


# What may be wrong with an image.


def sparse(size):
    """A layer whose file says that it has SIZE bytes, and holds none of them."""
    info_ = tarfile.TarInfo("disk/disk.img")
    info_.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "disk/disk.img",
                         "GNU.sparse.realsize": str(size)}
    content = b"0\n".ljust(512, b"\0")
    info_.size = len(content)
    return [oci.directory("disk"), (info_, content)]


BAD_LAYERS = {
    "above": (disk(b"x", "disk/../../../etc/evil"), "lead out of the image"),
    "above elsewhere": (disk(b"x" * 512) + [oci.entry("../evil")], "lead out of the image"),
    "absolute": (disk(b"x", "/disk/disk.img"), "lead out of the image"),
    "hard link above": (disk(b"x" * 512) + [oci.link("evil", "../../etc/shadow", tarfile.LNKTYPE)], "lead out"),
    "hard link absolute": (disk(b"x" * 512) + [oci.link("evil", "/etc/shadow", tarfile.LNKTYPE)], "lead out"),
    "hard link": ([oci.entry("x", b"x" * 512), oci.link("disk/disk.img", "x", tarfile.LNKTYPE)], "a hard link"),
    "symbolic link": ([oci.link("disk/disk.img", "/etc/shadow")], "a symbolic link"),
    "folder is a link": ([oci.link("disk", "/etc")], "a symbolic link"),
    "below a file": ([oci.entry("disk", b"x")], "/disk is a file"),
    "device": ([oci.entry("disk/disk.img", type=tarfile.BLKTYPE, devmajor=8, devminor=0)], "a device"),
    "pipe": ([oci.entry("disk/disk.img", type=tarfile.FIFOTYPE)], "a device or the like"),
    "two disks": (disk(b"x") + [oci.entry("disk/b")], "2 files in the folder /disk"),
    "no disk": ([oci.entry("else", b"x")], "no disk in the folder /disk"),
    "folder": ([oci.entry("disk/a/disk.img", b"x")], "is a folder"),
    "many": ([oci.entry(f"disk/{n}") for n in range(100)], "more than 64 files"),
    "no archive": (b"This is not what a layer looks like. " * 100, "cannot be unpacked"),
    "cut short": (b"disk/disk.img".ljust(100, b"\0") + b"0000644\0" * 3, "cannot be unpacked"),
    "sparse bomb": (sparse(1 << 60), "unpacks to more than"),
    "zip bomb": (disk(b"\0" * (9 * MEBIBYTE)), "unpacks to more than"),
    "bomb elsewhere": ([oci.entry("zeros", b"\0" * (9 * MEBIBYTE))], "unpacks to more than"),
    "empty": (disk(b""), "without any room"),
    "backing file": ("-b /etc/shadow -F raw", "backing file"),
    "data file": ("-o data_file={folder}/data", "external data file"),
    "large": ("large", "at most"),
}


@pytest.mark.parametrize("name", BAD_LAYERS)
def test_bad_image_is_refused(shared, push, name, tmp_path):
    layer, words = BAD_LAYERS[name]
    if isinstance(layer, str):
        how, size = ("", "1T") if layer == "large" else (layer.format(folder=tmp_path), "1M")
        subprocess.run(["qemu-img", "create", "-q", "-u", "-f", "qcow2", *how.split(), tmp_path / "disk", size],
                       check=True)
        layer = disk(tmp_path / "disk")
    before = shared.cached()
    image, _ = push(f"bad/{name.replace(' ', '-')}:1", layer)
    is_refused(shared, "bad", image, words)
    assert [p for p in shared.cached() if p.startswith("files")] == [p for p in before if p.startswith("files")]


def test_wrong_digest(service, push, registry):
    name, layout = push("wrong/digest:1", disk(noise()))
    stored = registry.blob(layout.layers[0])
    good = stored.read_bytes()
    stored.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    service.boot("one", name)
    assert "digest" in service.failure("one")[1]
    assert service.cached() == []
    stored.write_bytes(good)
    service.runs("one")


def test_damaged_cache(service, push):
    """What was damaged in the cache is found out, and pulled again."""
    name, layout = push("damaged/cache:1", [oci.entry("a", noise()), oci.entry("b", noise())])
    service.boot("one", name, path="/a", imagePullPolicy="IfNotPresent")
    service.runs("one")
    blob = service.folder / "state/image-cache/blobs/sha256" / layout.layers[0].removeprefix("sha256:")
    data = blob.read_bytes()
    blob.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    service.boot("two", name, path="/b", imagePullPolicy="IfNotPresent")
    assert "damaged" in service.failure("two")[1]
    service.runs("two")


# What may go wrong on the way.


def test_cut_in_the_middle(service, push, registry, way):
    name, _ = push("cut:1", disk(noise(4 * MEBIBYTE)))
    way.cut(MEBIBYTE)
    service.boot("one", name.replace(str(registry.port), str(way.port)))
    assert service.failure("one")[0] == "ErrImagePull"
    assert service.cached() == [] and service.transient() == []
    way.mend()
    service.runs("one")


@pytest.mark.parametrize("service", [{"stall": 1}], indirect=True)
def test_hanging_registry(service, push, registry, way):
    name, _ = push("hang:1", disk(noise(4 * MEBIBYTE)))
    way.cut(MEBIBYTE, hangs=True)
    service.boot("one", name.replace(str(registry.port), str(way.port)))
    assert "Nothing has come for 1 seconds" in service.failure("one")[1]
    assert service.transient() == [] and service.children() == []
    way.mend()
    service.runs("one")


def wait_for_layer(service):
    """Until a part of a layer has come."""
    cache = service.folder / "state" / "image-cache" / "staging"
    wait_until(lambda: any(p.stat().st_size > MEBIBYTE // 2 for p in cache.glob("*/*/layout/oci-put-blob*")), 20,
               "a part of a layer")


def test_progress_and_cancel(service, push, registry, way):
    name, _ = push("cancel:1", disk(noise(4 * MEBIBYTE)))
    name = name.replace(str(registry.port), str(way.port))
    way.cut(MEBIBYTE, hangs=True)
    (job,) = service.boot("one", name)
    wait_for_layer(service)
    wait_until(lambda: 0.1 < service.get(job, "Job", "Progress") < 0.5, 20, "the progress")
    assert service.get(job, "Job", "Step") == f"Pulling the image {name}"
    service.call(job, "Job", "Cancel", "(a{sv})", {})
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Failed")
    wait_until(lambda: service.children() == [], 20, "the end of skopeo")
    assert service.cached() == [] and service.transient() == []
    way.mend()
    service.delete("one")
    service.boot("one", name)
    service.runs("one")


def read_command_line(process):
    """Of others' processes, too, which may end meanwhile."""
    try:
        return (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_kill_in_the_middle(service, push, registry, way):
    name, _ = push("kill:1", disk(noise(4 * MEBIBYTE)))
    way.cut(MEBIBYTE, hangs=True)
    service.boot("one", name.replace(str(registry.port), str(way.port)))
    wait_for_layer(service)
    lines = {path.name: read_command_line(path) for path in Path("/proc").glob("[0-9]*")}
    skopeo = [number for number, line in lines.items()
              if line.startswith(b"skopeo\0") and str(service.folder).encode() in line]
    assert len(skopeo) == 1
    service.kill()
    wait_until(lambda: not (Path("/proc") / skopeo[0]).exists(), 10, "the end of skopeo")
    assert service.transient() != []
    way.mend()
    service.start()
    service.runs("one")
    assert service.transient() == []


# The cache's limit.


@pytest.mark.parametrize("service", [{"cache": 3 * MEBIBYTE}], indirect=True)
def test_collection(service, push):
    """Images that are used stay, over the limit too; then those that were used least lately go."""
    names = [push(f"collect:{number}", disk(noise()))[0] for number in range(3)]

    def held():
        return [p for p in service.cached() if p.startswith("files")]

    for number in (0, 1):
        service.boot(f"vm{number}", names[number], imagePullPolicy="IfNotPresent")
        service.runs(f"vm{number}")
    assert len(held()) == 2
    service.delete("vm0")
    kept = service.base("vm1")
    service.boot("vm2", names[2], imagePullPolicy="IfNotPresent")
    service.runs("vm2")
    assert len(held()) == 2
    assert service.base("vm1") == kept
    is_refused(service, "gone", names[0], "pull policy is Never", imagePullPolicy="Never")
    service.boot("vm3", names[1], imagePullPolicy="Never")
    service.runs("vm3")
    service.kill()
    service.start()
    assert len(held()) == 2


def test_list_and_prune(service, push, way, registry):
    """What nobody uses goes when it is asked for, and comes again when it is needed."""
    assert service.barevirt("image", "list").stderr == "No image is kept on this host.\n"
    assert service.barevirt("image", "prune").stdout == "0 bytes were set free.\n"
    used, layout = push("kept:1", disk(noise()))
    unused = push("unused:1", disk(noise()))[0]
    for number, name in enumerate((used, unused)):
        service.boot(f"vm{number}", name, imagePullPolicy="IfNotPresent")
        service.runs(f"vm{number}")
    service.delete("vm1")
    (images,) = service.call("/org/barevirt1", "Manager", "GetImages", "(a{sv})", {})
    assert [(image["name"], image["used"]) for image in images] == [(used, True), (unused, False)]
    assert images[0]["digest"] == layout.digest
    assert all(2 * MEBIBYTE <= image["size"] < 3 * MEBIBYTE and image["lastUsed"] > 0 for image in images)
    rows = [line.split() for line in service.barevirt("image", "list").stdout.splitlines()]
    assert rows[1][0] == used and rows[1][-1] == "yes" and rows[2][0] == unused and rows[2][-1] == "no"
    assert layout.digest in service.barevirt("image", "list", "-o", "json").stdout
    refused = service.barevirt("image", "prune", used, check=False)
    assert refused.returncode == 1 and "is used by a virtual machine" in refused.stderr
    unknown = service.barevirt("image", "prune", "nobody:1", check=False)
    assert unknown.returncode == 1 and "There is no image nobody:1" in unknown.stderr
    assert service.barevirt("image", "purge", check=False).returncode == 2
    assert f"{unused} was removed.\n2." in service.barevirt("image", "prune").stdout
    assert [image["name"] for image in service.call("/org/barevirt1", "Manager", "GetImages", "(a{sv})", {})[0]] == [used]
    service.boot("vm1", unused, imagePullPolicy="IfNotPresent")
    service.runs("vm1")
    service.bus.allow("view")
    with pytest.raises(GLib.Error, match="NotAuthorized"):
        service.call("/org/barevirt1", "Manager", "PruneImages", "(a{sv})", {})
    # While one is pulled, what it needs could be taken from it.
    service.bus.allow("view", "manage")
    way.cut(MEBIBYTE, hangs=True)
    slow = push("slow:1", disk(noise(4 * MEBIBYTE)))[0]
    service.boot("vm2", slow.replace(str(registry.port), str(way.port)))
    wait_for_layer(service)
    with pytest.raises(GLib.Error, match="Busy"):
        service.call("/org/barevirt1", "Manager", "PruneImages", "(a{sv})", {})
