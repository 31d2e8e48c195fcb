# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills, second services, and settings and stores that cannot be used."""
import sqlite3
import subprocess

import pytest
from gi.repository import GLib

from lab import wait_until
from manifests import secret, vm, vmi
from service import NAME, Service, object_path, wait_for_name

INSTANCE = "VirtualMachineInstance"


def run(service, *extra, **changes):
    """Starts a further barevirtd, which is to end by itself."""
    arguments = [*service.arguments(), *extra]
    return subprocess.run(arguments, env={**service.bus.environment, **changes}, capture_output=True, text=True,
                          timeout=20, check=False)


def stored_status(service, name):
    """What the store has of an object's status; it follows what is told on the bus."""
    with sqlite3.connect(f"file:{service.folder}/state/barevirt.db?mode=ro", uri=True) as store:
        return store.execute("SELECT status FROM object WHERE name = ?", (name,)).fetchone()[0]


def test_second_service_with_the_same_state(service):
    result = run(service)
    assert result.returncode == 1
    assert "Another barevirtd uses the state folder" in result.stderr
    assert service.get("/org/barevirt1", "Manager", "Ready") is True


def test_second_service_with_its_own_state(service, tmp_path):
    result = run(service, "--state-dir", str(tmp_path / "state"))
    assert result.returncode == 1
    assert "org.barevirt1 is taken on the bus" in result.stderr
    assert service.get("/org/barevirt1", "Manager", "Ready") is True


def test_objects_survive_a_kill(service):
    service.apply(vm("one") + vm("two") + secret("three", "x"))
    service.call(object_path("VirtualMachine", "two"), "Object", "GetManifest", "(a{sv})", {})
    before = {path: value["org.barevirt1.Object"] for path, value in service.objects().items()}
    service.kill()
    service.start()
    after = {path: value["org.barevirt1.Object"] for path, value in service.objects().items()}
    assert after == before
    assert service.apply(vm("one")) == ([(object_path("VirtualMachine", "one"), "unchanged")], [])


def test_applied_is_on_disk(service):
    """Kills right after the reply lose nothing of it."""
    for number in range(5):
        service.apply(vm(f"a-{number}") + vm(f"b-{number}"))
        service.kill()
        service.start()
        assert len(service.objects()) == 2 * (number + 1)


def test_who_calls_at_once_finds_all(service):
    """The name is owned before what is stored was read; calls wait for it, and none finds less."""
    count = 400
    service.apply("".join(vm(f"v-{number}") for number in range(count)))
    service.stop()
    with service.log.open("a") as log:
        service.process = subprocess.Popen(service.arguments(), stdout=log, stderr=log, env=service.bus.environment)
    wait_for_name(service.connection, NAME)
    assert service.get(object_path("VirtualMachine", f"v-{count - 1}"), "VirtualMachine", "PrintableStatus") == "Stopped"
    assert len(service.objects()) == count


def test_store_that_cannot_be_read(service):
    service.apply(vm("one"))
    service.stop()
    with sqlite3.connect(service.folder / "state" / "barevirt.db") as store:
        store.execute("UPDATE object SET status = '{'")
    store.close()
    result = run(service)
    assert result.returncode == 1
    assert "The stored VirtualMachine default/one cannot be read" in result.stderr


def test_guest_that_went_with_the_service(service):
    """The test driver's domains live in the service: after a kill their end is told, not hidden."""
    service.apply(vmi("one"))
    path = object_path(INSTANCE, "one")
    wait_until(lambda: '"Running"' in stored_status(service, "one"), 10, "the phase in the store")
    uid = service.get(path, "Object", "Uid")
    service.kill()
    service.start()
    service.wait_for(path, INSTANCE, "Phase", "Failed")
    assert service.get(path, "Object", "Uid") == uid


def test_deletion_goes_on_after_a_kill(service):
    service.apply(vm("one", "Always"))
    path = object_path("VirtualMachine", "one")
    service.wait_for(path, "VirtualMachine", "PrintableStatus", "Running")
    service.call(path, "Object", "Delete", "(a{sv})", {})
    service.kill()
    service.start()
    wait_until(lambda: path not in service.objects(), 10, "the end of the VM")


def test_store_of_a_newer_version(service):
    service.stop()
    with sqlite3.connect(service.folder / "state" / "barevirt.db") as store:
        store.execute("PRAGMA user_version = 99")
    store.close()
    result = run(service)
    assert result.returncode == 1
    assert "newer Barevirt" in result.stderr


@pytest.mark.parametrize("text, named", [("[limits]\nobjets=1\n", "objets"), ("[features]\nHostDisk=perhaps\n", "HostDisk")])
def test_wrong_settings(service, text, named):
    service.stop()
    service.config.write_text(text)
    result = run(service)
    assert result.returncode == 1
    assert named in result.stderr and str(service.config) in result.stderr


def test_libvirt_that_is_not_there(bus, build_folder):
    bus.allow("view", "view-secrets", "manage", "console")
    service = Service(bus, build_folder, uri="test:///nowhere/to/be/found")
    try:
        service.start()
        service.apply(vmi("one"))
        path = object_path(INSTANCE, "one")
        assert service.get("/org/barevirt1", "Manager", "HypervisorState") == "disconnected"
        assert service.get("/org/barevirt1", "Manager", "Ready") is False
        with pytest.raises(GLib.Error, match="org.barevirt1.Error.HypervisorUnavailable"):
            service.call(path, INSTANCE, "Pause", "(a{sv})", {})
        assert service.get(path, INSTANCE, "Phase") == "Pending"
    finally:
        service.close()


def test_version(build_folder):
    result = subprocess.run([build_folder / "src" / "daemon" / "barevirtd", "--version"], capture_output=True, text=True,
                            timeout=20, check=True)
    assert result.stdout.startswith("barevirtd ")
