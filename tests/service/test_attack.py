# SPDX-License-Identifier: LGPL-2.1-or-later
"""Callers and manifests that mean no good."""
import os
import random
import sqlite3
import stat
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
from gi.repository import Gio, GLib

from lab import wait_until
from manifests import secret, vm, vmi
from service import NAME, ROOT, connect, iterate_until, object_path

INSTANCE = "VirtualMachineInstance"
PROPERTIES = "org.freedesktop.DBus.Properties"
LIMIT = 4 << 20


def refused(service, text, error="InvalidManifest", **options):
    with pytest.raises(GLib.Error, match=f"org.barevirt1.Error.{error}") as caught:
        service.apply(text, **options)
    return caught.value.message


def gone(service, *paths):
    wait_until(lambda: not set(paths) & set(service.objects()), 20, f"{paths} to be gone")


def stored(service):
    return {path for path in service.objects() if not path.startswith(f"{ROOT}/job/")}


def is_well(service):
    """It answers, and nothing was stored."""
    iterate_until(lambda: service.get(ROOT, "Manager", "Ready"), "the service to be ready")
    assert stored(service) == set()


def has_sanitizer(service):
    """AddressSanitizer keeps what is freed for a while, on purpose."""
    return "libasan" in open(f"/proc/{service.process.pid}/maps", encoding="ascii").read()


def memory_kib(service):
    status = open(f"/proc/{service.process.pid}/status", encoding="ascii").read()
    return int(status.split("VmRSS:")[1].split()[0])


def send(connection, path, interface, method, arguments, done):
    connection.call(NAME, path, f"{NAME}.{interface}", method, arguments, None, 0, 30_000, None, done)


# Manifests.

BAD_NAMES = ["../../etc", "a/b", "a_b", "A", "", " ", "a\\nb", "a\\0b", "é", "<x/>", "'&quot;", "a,b", "-a", "a" * 254]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_lead_elsewhere(service, name):
    for text in (vmi("one").replace("name: one", f'name: "{name}"'),
                 vmi("one").replace("name: one", f'name: one\n  namespace: "{name}"')):
        if 'namespace: ""' not in text:  # that is the default one
            refused(service, text)
    is_well(service)


def test_no_two_guests_share_a_domain_name(service):
    """NAMESPACE_NAME can be read in one way only."""
    refused(service, vmi("c").replace("name: c", "name: c\n  namespace: a_b"))
    refused(service, vmi("b_c").replace("name: b_c", "name: b_c\n  namespace: a"))
    is_well(service)


HOSTILE = {
    "deep flow": "[" * 100_000,
    "deep block": "\n".join(" " * i + "a:" for i in range(1000)),
    "aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)),
    "alias of itself": "a: &a [*a]",
    "control characters": vmi("one").replace("name: one", "name: one\x01"),
    "half a document": vmi("one")[:-20] + "{[",
    "a tag": "!!python/object/apply:os.system ['true']",
    "duplicate keys": vmi("one").replace("spec:", "spec: {}\nspec:"),
    "a huge key": f"{'k' * 1_000_000}: v",
    "a list": "[]",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text(service, what):
    refused(service, HOSTILE[what], "(InvalidManifest|LimitExceeded)")
    is_well(service)


def test_many_documents(service):
    """One call makes many objects or is refused; it is never half done."""
    text = "".join(secret(f"s-{i}", "x") for i in range(4096))
    try:
        assert len(service.apply(text)[0]) == 4096
        assert len(stored(service)) == 4096
    except GLib.Error as error:
        assert "Error.LimitExceeded" in error.message or "Error.InvalidManifest" in error.message
        is_well(service)


def test_many_faults_in_bounded_time(service):
    """Anyone may ask for a check; that must not hold up the others."""
    text = "---\nkind: x\n" * 4000
    begin = time.monotonic()
    causes, = service.call(ROOT, "Manager", "Validate", "(sa{sv})", text, {})
    assert causes and time.monotonic() - begin < 5
    assert len(refused(service, text)) < 100_000


def test_manifest_at_the_limit(service):
    text = secret("one", "x")
    service.apply(text + "#" * (LIMIT - len(text)))
    assert "4194304 bytes" in refused(service, text + "#" * (LIMIT + 1 - len(text)), "LimitExceeded")


def test_objects_at_their_limit(bus, service):
    """What changes nothing is applied where there is no room for more."""
    service.stop()
    service.config.write_text("[limits]\nobjects=2\n")
    service.start()
    text = secret("one", "x") + secret("two", "x")
    service.apply(text)
    assert {what for _path, what in service.apply(text)[0]} == {"unchanged"}
    assert service.apply(text.replace("password: x", "password: z", 1))[0][0][1] == "changed"
    refused(service, secret("three", "x"), "LimitExceeded")


# Callers.

def test_not_utf8_is_not_served(service):
    """The bus itself ends such a connection; the service sees nothing of it."""
    client = connect(service.bus.address)
    message = Gio.DBusMessage.new_method_call(NAME, ROOT, f"{NAME}.Manager", "Apply")
    message.set_body(GLib.Variant("(sa{sv})", ("MARK", {})))
    raw = bytes(message.to_blob(Gio.DBusCapabilityFlags.NONE)).replace(b"MARK", b"\xff\xfe\xfd\xfc")
    stream = client.get_stream().get_output_stream()
    closed = []
    client.connect("closed", lambda *_: closed.append(True))
    client.set_exit_on_close(False)
    stream.write_all(raw, None)
    iterate_until(lambda: closed, "the bus to end the connection")
    is_well(service)


@pytest.mark.parametrize("signature, values", [
    ("()", ()), ("(s)", ("x",)), ("(a{sv}s)", ({}, "x")), ("(ia{sv})", (1, {})), ("(sa{ss})", ("x", {})),
])
def test_wrong_signature(service, signature, values):
    with pytest.raises(GLib.Error, match="InvalidArgs"):
        service.call(ROOT, "Manager", "Apply", signature, *values)
    is_well(service)


@pytest.mark.parametrize("name, value", [
    ("file", GLib.Variant("u", 1)), ("skip-unknown", GLib.Variant("s", "yes")), ("", GLib.Variant("s", "")),
    ("x" * 100_000, GLib.Variant("b", True)), ("grace-period", GLib.Variant("x", 1)),
    ("file", GLib.Variant("v", GLib.Variant("s", "x"))),
])
def test_wrong_options(service, name, value):
    refused(service, vm("one"), "InvalidArgument", **{name: value})
    is_well(service)


def test_properties_cannot_be_set(service):
    service.apply(vm("one"))
    path = object_path("VirtualMachine", "one")
    for name in ("Uid", "Generation", "NoSuch"):
        with pytest.raises(GLib.Error, match="org.freedesktop.DBus.Error"):
            service.connection.call_sync(NAME, path, PROPERTIES, "Set", GLib.Variant(
                "(ssv)", (f"{NAME}.Object", name, GLib.Variant("s", "x"))), None, 0, 10_000, None)


@pytest.mark.parametrize("seconds", [-1, -(1 << 63)])
def test_negative_grace_period(service, seconds):
    """It must not be taken for none, which ends the guest at once."""
    service.apply(vmi("one"))
    path = object_path(INSTANCE, "one")
    service.wait_for(path, INSTANCE, "Phase", "Running")
    with pytest.raises(GLib.Error, match="Error.InvalidArgument.*negative"):
        service.call(path, "Object", "Delete", "(a{sv})", {"grace-period": GLib.Variant("x", seconds)})
    assert service.get(path, INSTANCE, "Phase") == "Running"


def test_failed_calls_leave_nothing(service):
    """Of fifteen thousand calls that fail, the process keeps nothing: the heap settles in steps, it does not grow with each."""
    if has_sanitizer(service):
        pytest.skip("AddressSanitizer keeps freed memory, and so the process grows")
    service.apply(vm("one"))
    path = object_path("VirtualMachine", "one")
    options = GLib.Variant("(a{sv})", ({},))
    bad = GLib.Variant("(sa{sv})", ("kind: x", {}))

    def burst(count):
        left = [count]

        def done(connection, result):
            left[0] -= 1
            with pytest.raises(GLib.Error):
                connection.call_finish(result)

        for number in range(count):
            if number % 2:
                send(service.connection, path, "VirtualMachine", "Stop", options, done)
            else:
                send(service.connection, ROOT, "Manager", "Apply", bad, done)
        iterate_until(lambda: left[0] == 0, "all answers", 60_000)

    for _ in range(5):
        burst(1000)
    before = memory_kib(service)
    for _ in range(15):
        burst(1000)
    assert memory_kib(service) - before < 4096


def test_callers_that_vanish(service):
    service.bus.silence(True)
    for _ in range(50):
        client = connect(service.bus.address)
        send(client, ROOT, "Manager", "Apply", GLib.Variant("(sa{sv})", (vm("one"), {})), lambda *_: None)
        client.flush_sync()
        client.close_sync()
    service.bus.silence(False)
    # A call is carried out whole or not at all, whether or not its caller waits for the answer.
    assert service.get(ROOT, "Manager", "Ready") is True
    assert len(stored(service)) <= 1


# Races.

def test_everything_at_once(service):
    """Apply, Delete, Start and Stop of the same few objects, in any order, from several clients."""
    random.seed(7)
    clients = [connect(service.bus.address) for _ in range(4)]
    names = ["a", "b", "c"]
    left, errors = [600], set()

    def done(connection, result):
        left[0] -= 1
        try:
            connection.call_finish(result)
        except GLib.Error as error:
            errors.add(error.message.split(":")[1])

    options = GLib.Variant("(a{sv})", ({},))
    for _ in range(left[0]):
        client, name = random.choice(clients), random.choice(names)
        kind = random.choice(["VirtualMachine", INSTANCE])
        path = object_path(kind, name)
        what = random.choice(["apply", "apply", "Delete", "Start", "Stop", "Restart", "Pause", "Kill"])
        if what == "apply":
            text = vm(name, random.choice(["Always", "Halted", "Manual"])) if kind == "VirtualMachine" else vmi(name)
            send(client, ROOT, "Manager", "Apply", GLib.Variant("(sa{sv})", (text, {})), done)
        elif what == "Delete":
            send(client, path, "Object", "Delete", options, done)
        elif what in ("Pause", "Kill"):
            send(client, object_path(INSTANCE, name), INSTANCE, what, options, done)
        else:
            send(client, object_path("VirtualMachine", name), "VirtualMachine", what, options, done)
    iterate_until(lambda: left[0] == 0, "all answers", 60_000)
    allowed = {"Busy", "Conflict", "NotFound", "NotRunning", "InvalidManifest", "Cancelled", "Failed"}
    assert {e for e in errors if not e.startswith("org.freedesktop.DBus.Error.Unknown")} <= {
        f"org.barevirt1.Error.{name}" for name in allowed}, errors
    for path in sorted(stored(service)):
        try:
            service.call(path, "Object", "Delete", "(a{sv})", {"grace-period": GLib.Variant("x", 0)})
        except GLib.Error as error:  # it went with its VM
            assert "NotFound" in error.message or "Unknown" in error.message
    wait_until(lambda: not stored(service), 20, "all to be gone")
    service.apply(vm("a", "Always"))
    service.wait_for(object_path("VirtualMachine", "a"), "VirtualMachine", "PrintableStatus", "Running")


def test_delete_many_times_at_once(service):
    """Each caller gets the same job, or hears that it is gone; what is made next is not touched."""
    path = object_path("Secret", "one")
    for _ in range(20):
        service.apply(secret("one", "x"))
        answers = []

        def done(connection, result, answers=answers):
            try:
                answers.append(connection.call_finish(result).unpack()[0])
            except GLib.Error as error:
                answers.append(error.message)

        for _ in range(8):
            send(service.connection, path, "Object", "Delete", GLib.Variant("(a{sv})", ({},)), done)
        iterate_until(lambda answers=answers: len(answers) == 8, "all answers")
        assert len({a for a in answers if a.startswith(ROOT)}) == 1, answers
        gone(service, path)


def test_kills_amid_changes(service):
    """Whatever was answered is there after a kill, and nothing is doubled or half there."""
    random.seed(3)
    expected = set()
    for turn in range(12):
        answered = []
        pairs = [(f"a-{turn}-{i}", f"b-{turn}-{i}") for i in range(30)]

        def done(connection, result, pair, answered=answered):
            try:
                connection.call_finish(result)
                answered.append(pair)
            except GLib.Error:
                pass

        for pair in pairs:
            text = "".join(secret(name, "x") for name in pair)
            service.connection.call(
                NAME, ROOT, f"{NAME}.Manager", "Apply", GLib.Variant("(sa{sv})", (text, {})), None, 0, 10_000, None,
                lambda connection, result, pair=pair: done(connection, result, pair))
        wanted = random.randrange(0, 20)
        iterate_until(lambda wanted=wanted, answered=answered: len(answered) >= wanted, "some answers")
        service.kill()
        service.start()
        found = stored(service)
        expected |= {object_path("Secret", name) for pair in answered for name in pair}
        assert expected <= found
        for first, second in pairs:
            assert (object_path("Secret", first) in found) == (object_path("Secret", second) in found)
        expected = found
    uids = [v["org.barevirt1.Object"]["Uid"] for v in service.objects().values() if "org.barevirt1.Object" in v]
    assert len(uids) == len(set(uids))


# The store and the folders.

def start_again(service):
    service.stop()
    return subprocess.run(service.arguments(), env=service.bus.environment, capture_output=True, text=True,
                          timeout=20, check=False)


def test_store_that_is_rubbish(service):
    service.stop()
    store = service.folder / "state" / "barevirt.db"
    for suffix in ("-wal", "-shm"):
        store.with_name(store.name + suffix).unlink(missing_ok=True)
    store.write_bytes(os.urandom(8192))
    before = store.read_bytes()
    result = start_again(service)
    assert result.returncode == 1 and str(store) in result.stderr
    assert store.read_bytes() == before


@pytest.mark.parametrize("column, value", [("manifest", "{"), ("status", "["), ("manifest", "")])
def test_store_with_a_broken_row(service, column, value):
    service.apply(vm("one"))
    service.stop()
    with sqlite3.connect(service.folder / "state" / "barevirt.db") as store:
        store.execute(f"UPDATE object SET {column} = ?", (value,))
    store.close()
    result = start_again(service)
    assert result.returncode == 1 and result.stderr.startswith("barevirtd: ") and "one" in result.stderr


def test_state_and_runtime_folders_are_private(service):
    service.apply(vmi("one"))
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    assert stat.S_IMODE((service.folder / "state").stat().st_mode) == 0o700
    for file in (service.folder / "state").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    for folder in (service.folder / "run").iterdir():
        assert stat.S_IMODE(folder.stat().st_mode) & 0o007 == 0, folder


def test_store_that_is_full(service):
    """SQLite is told so by a limit on the size of files; the next change that fits is taken."""
    service.apply(secret("one", "x"))
    wal = service.folder / "state" / "barevirt.db-wal"
    prlimit = ["prlimit", "--pid", str(service.process.pid)]
    subprocess.run([*prlimit, f"--fsize={wal.stat().st_size + 1000}:unlimited"], check=True)
    assert "store" in refused(service, secret("two", "y" * 100_000), "Internal")
    assert stored(service) == {object_path("Secret", "one")}
    with pytest.raises(GLib.Error):
        service.call(object_path("Secret", "one"), "Object", "Delete", "(a{sv})", {})
    subprocess.run([*prlimit, "--fsize=unlimited:unlimited"], check=True)
    service.apply(secret("two", "z"))
    job, = service.call(object_path("Secret", "one"), "Object", "Delete", "(a{sv})", {})
    gone(service, object_path("Secret", "one"))
    assert service.get(job, "Job", "State") == "succeeded"


def test_runtime_folder_that_vanished(service):
    run = service.folder / "run"
    run.rmdir()
    service.apply(vmi("one"))
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")


# Files of the host.

def disk(path):
    return vmi("one").replace("devices: {}", "devices: {disks: [{name: d, disk: {bus: virtio}}]}") + (
        f"  volumes:\n    - name: d\n      hostDisk: {{path: {path}, type: Disk}}\n")


@pytest.fixture(name="images")
def fixture_images(service, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    service.stop()
    service.config.write_text(f"[features]\nHostDisk=true\n[host-disk]\nfolders={folder}\n")
    service.start()
    (tmp_path / "secret").write_bytes(b"s" * 4096)
    (folder / "good.img").write_bytes(b"g" * 4096)
    (folder / "link.img").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    (folder / "folder").mkdir()
    os.mkfifo(folder / "fifo")
    return folder


@pytest.mark.parametrize("name", ["link.img", "up/secret", "../secret", "folder", "fifo", "no.img", "folder/../good.img"])
def test_host_disk_that_leads_elsewhere(service, images, name):
    path = object_path(INSTANCE, "one")
    try:
        service.apply(disk(f'"{images}/{name}"'))
    except GLib.Error as error:
        assert "Error.InvalidManifest" in error.message and "hostDisk.path" in error.message
        return

    def refusal():
        conditions = {c["type"]: c for c in service.get(path, INSTANCE, "Conditions")}
        return conditions.get("Synchronized", {}).get("message")

    assert str(images) in iterate_until(refusal, "the refusal")
    assert service.get(path, INSTANCE, "Phase") != "Running"


@pytest.mark.parametrize("path", ["relative.img", "/etc/shadow", "/dev/null", "/proc/self/mem", ""])
def test_host_disk_outside(service, images, path):
    try:
        service.apply(disk(f'"{path}"'))
    except GLib.Error as error:
        assert "Error.InvalidManifest" in error.message
        return
    vmi_path = object_path(INSTANCE, "one")
    message = iterate_until(lambda: next((c["message"] for c in service.get(vmi_path, INSTANCE, "Conditions")
                                          if c["type"] == "Synchronized"), None), "the refusal")
    assert path in message and str(images.parent) not in message


@pytest.mark.parametrize("name", ["a,readonly=on.img", "a&b.img", "a'b.img", "<x>.img", "a b.img"])
def test_host_disk_with_a_strange_name(service, images, name):
    """It is one file's name, and nothing of it is read as XML or as an option."""
    (images / name).write_bytes(b"x" * 4096)
    service.apply(disk(f'"{images}/{name}"'))
    path = object_path(INSTANCE, "one")
    service.wait_for(path, INSTANCE, "Phase", "Running")
    xml, = service.call(path, INSTANCE, "GetDomainXml", "(a{sv})", {})
    assert [source.get("file") for source in ElementTree.fromstring(xml).iter("source") if source.get("file")] == [
        f"{images}/{name}"]


# Consoles, secrets, order.

def test_secrets_are_in_no_property_and_no_log(service):
    """Only the image that the guest reads holds them, which others cannot reach."""
    marker = "hush-5c1d"
    text = vmi("one").replace("devices: {}", "devices: {disks: [{name: c, disk: {bus: virtio}}]}") + (
        f'  volumes:\n    - name: c\n      cloudInitNoCloud: {{userData: "#cloud-config {marker}"}}\n')
    try:
        service.apply(secret("two", marker) + text)
    except GLib.Error as error:
        assert marker not in error.message
    refused(service, secret("three", marker).replace("stringData", "stringDate"))
    assert marker not in str(service.objects())
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    holders = [
        file for file in (service.folder / "run").rglob("*") if file.is_file() and marker.encode() in file.read_bytes()
    ]
    assert [file.name for file in holders] == ["c.iso"]
    assert [path.stat().st_mode & 0o007 for path in (holders[0], holders[0].parent)] == [0, 0]
    assert marker not in service.log.read_text()
