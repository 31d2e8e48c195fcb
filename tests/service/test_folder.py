# SPDX-License-Identifier: LGPL-2.1-or-later
"""The drop-in folder of manifests, export, and the end of the host."""
import os

import pytest
import yaml
from gi.repository import GLib

from manifests import secret, vm, vmi
from service import NAME, ROOT, Service, iterate_until, object_path

VM = object_path("VirtualMachine", "one")
VMI = object_path("VirtualMachineInstance", "one")


@pytest.fixture(name="service")
def fixture_service(bus, build_folder):
    bus.allow("view", "view-secrets", "manage")
    service = Service(bus, build_folder)
    (service.folder / "manifests.d").mkdir(mode=0o755)
    try:
        yield service
    finally:
        service.close()


def put(service, name, text, mode=0o644):
    """As an editor does: a whole file in place of the one before."""
    folder = service.folder / "manifests.d"
    (folder / f".{name}").write_text(text)
    (folder / f".{name}").chmod(mode)
    (folder / f".{name}").rename(folder / name)


def problems(service):
    return service.get(ROOT, "Manager", "ManifestProblems")


def wait_for(service, condition, what):
    """By any signal of the service."""
    subscription = service.connection.signal_subscribe(NAME, None, None, None, None, 0, lambda *_: None)
    try:
        iterate_until(condition, what)
    finally:
        service.connection.signal_unsubscribe(subscription)


def generation(service, path=VM):
    return service.objects().get(path, {}).get(f"{NAME}.Object", {}).get("Generation")


def test_files_are_applied_when_they_are_new_or_change(service):
    put(service, "10-one.yaml", vm("one"))
    service.start()
    assert service.get(ROOT, "Manager", "ManifestFolder") == str(service.folder / "manifests.d")
    wait_for(service, lambda: generation(service) == 1, "the VM")
    put(service, "20-two.yaml", vm("two"))
    put(service, "notes.txt", "no manifest")
    wait_for(service, lambda: object_path("VirtualMachine", "two") in service.objects(), "the second VM")
    put(service, "10-one.yaml", vm("one", memory="128Mi"))
    wait_for(service, lambda: generation(service) == 2, "the change")
    assert problems(service) == {}
    # What is changed or deleted by hand stays so, also over a restart: the files are as they were applied.
    service.call(object_path("VirtualMachine", "two"), "Object", "Delete", "(a{sv})", {})
    wait_for(service, lambda: object_path("VirtualMachine", "two") not in service.objects(), "the end of the second VM")
    service.apply(vm("one", memory="256Mi"))
    assert service.stop() == 0
    service.start()
    put(service, "30-three.yaml", vm("three"))
    wait_for(service, lambda: object_path("VirtualMachine", "three") in service.objects(), "the third VM")
    assert generation(service) == 3
    assert object_path("VirtualMachine", "two") not in service.objects()
    # A file that goes takes nothing with it.
    (service.folder / "manifests.d" / "10-one.yaml").unlink()
    put(service, "40-four.yaml", vm("four"))
    wait_for(service, lambda: object_path("VirtualMachine", "four") in service.objects(), "the fourth VM")
    assert VM in service.objects()


def test_files_that_cannot_be_applied_are_told(service):
    put(service, "bad.yaml", vm("bad").replace("runStrategy: Halted", "runStrategy: hunter2"))
    put(service, "good.yaml", vm("one"))
    service.start()
    wait_for(service, lambda: VM in service.objects(), "the VM")
    assert list(problems(service)) == ["bad.yaml"]
    assert "hunter2" not in str(problems(service))
    assert "hunter2" in service.log.read_text()
    assert "bad.yaml" in service.barevirt("doctor", check=False).stdout
    put(service, "bad.yaml", vm("bad"))
    wait_for(service, lambda: problems(service) == {}, "the end of the problem")
    assert object_path("VirtualMachine", "bad") in service.objects()


@pytest.mark.skipif(os.geteuid() != 0, reason="files of another owner are root's to make")
@pytest.mark.parametrize("spoil", [
    lambda folder: (folder / "one.yaml").chmod(0o666),
    lambda folder: os.chown(folder / "one.yaml", 65534, 65534),
    lambda folder: folder.chmod(0o777),
])
def test_files_that_others_may_write_are_not_applied(service, spoil):
    put(service, "one.yaml", vm("one"))
    spoil(service.folder / "manifests.d")
    service.start()
    assert "writable for nobody" in "".join(problems(service).values())
    assert VM not in service.objects()


def test_link_is_not_followed(service):
    (service.folder / "elsewhere.yaml").write_text(vm("one"))
    (service.folder / "manifests.d" / "one.yaml").symlink_to(service.folder / "elsewhere.yaml")
    service.start()
    assert list(problems(service)) == ["one.yaml"]


WITH_REFERENCES = vm("one").replace(
    "        devices: {}\n",
    "        devices: {}\n      volumes:\n      - {name: first, cloudInitNoCloud: {secretRef: {name: seed}}}\n",
)


def test_export_is_what_was_applied(service):
    service.start()
    text = secret("seed", "abc") + secret("other", "def") + WITH_REFERENCES
    service.apply(text)
    service.call(VM, "VirtualMachine", "Start", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "RunStrategy", "Always")
    out = service.barevirt("export", "vm", "one").stdout
    exported, = yaml.safe_load_all(out)
    wanted = yaml.safe_load(WITH_REFERENCES)
    wanted["spec"]["runStrategy"] = "Always"
    assert {**exported["metadata"], "namespace": None} == {"name": "one", "namespace": None}
    assert exported["spec"] == wanted["spec"] and "status" not in exported
    both = list(yaml.safe_load_all(service.barevirt("export", "vm", "one", "--references").stdout))
    assert [(o["kind"], o["metadata"]["name"]) for o in both] == [("Secret", "seed"), ("VirtualMachine", "one")]
    everything = service.barevirt("export").stdout
    assert {o["metadata"]["name"] for o in yaml.safe_load_all(everything)} == {"one", "seed", "other"}
    # It goes the way back: to the same service, and to another.
    assert {result for _path, result in service.apply(everything)[0]} <= {"unchanged", "changed"}
    missing = service.barevirt("export", "vm", "none", check=False)
    assert missing.returncode == 1 and "to export" in missing.stderr


def test_export_needs_view_secrets(service, bus):
    service.start()
    service.apply(secret("seed", "abc"))
    bus.allow("view", "manage")
    with pytest.raises(GLib.Error, match="NotAuthorized"):
        service.call(ROOT, "Manager", "Export", "(a{sv})", {})


def test_guests_stop_with_the_host_and_come_back(service):
    service.start()
    names = {"always": "Always", "rerun": "RerunOnFailure", "manual": "Manual", "once": "Once"}
    service.apply("".join(vm(name, strategy) for name, strategy in names.items()) + vmi("alone"))
    service.call(object_path("VirtualMachine", "manual"), "VirtualMachine", "Start", "(a{sv})", {})
    for name in names:
        service.wait_for(object_path("VirtualMachine", name), "VirtualMachine", "PrintableStatus", "Running")
    service.wait_for(object_path("VirtualMachineInstance", "alone"), "VirtualMachineInstance", "Phase", "Running")
    service.barevirt("guests", "stop")
    status = lambda name: service.get(object_path("VirtualMachine", name), "VirtualMachine", "PrintableStatus")
    assert {name: status(name) for name in names} == dict.fromkeys(names, "Stopped")
    assert {n: service.get(object_path("VirtualMachine", n), "VirtualMachine", "RunStrategy") for n in names} == names
    assert service.stop() == 0
    service.start()
    for name in ("always", "rerun"):
        service.wait_for(object_path("VirtualMachine", name), "VirtualMachine", "PrintableStatus", "Running")
    assert (status("manual"), status("once")) == ("Stopped", "Stopped")


def test_guests_are_started_again(service):
    service.start()
    service.apply(vm("one", "Always"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    service.barevirt("guests", "stop")
    wait_for(service, lambda: VMI not in service.objects(), "the end of the VMI")
    service.barevirt("guests", "start")
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
