# SPDX-License-Identifier: LGPL-2.1-or-later
"""What another host may send with a guest, and what it may not."""
import json
import uuid

import pytest
from gi.repository import GLib

from manifests import vmi
from service import ROOT, object_path

INSTANCE = "VirtualMachineInstance"
MIGRATION = "VirtualMachineInstanceMigration"
GUEST_STATUS = json.dumps({
    "phase": "Running", "reason": "", "pausedByUser": False, "stopping": False, "shutdownStarted": 0, "gracePeriod": -1,
    "transitions": [], "addresses": [],
})
MIGRATION_STATUS = json.dumps({"source": "a", "target": "b"})


def row(kind, name, version="kubevirt.io/v1", told_kind=None, uid=None, status="{}", **content):
    manifest = {"apiVersion": version, "kind": told_kind or kind, "metadata": {"name": name, "namespace": "default"}}
    return {
        "kind": kind, "namespace": "default", "name": name, "uid": uid or str(uuid.uuid4()), "owner": "", "applied": "",
        "manifest": json.dumps({**manifest, **content}), "status": status, "generation": 1, "created": 0,
    }


def guest(name="guest", status=GUEST_STATUS, **more):
    return row(INSTANCE, name, status=status, spec={"domain": {"memory": {"guest": "64Mi"}, "devices": {}}}, **more)


def migration(status=MIGRATION_STATUS):
    return row(MIGRATION, "away", status=status, spec={"vmiName": "guest"})


def prepare(service, *rows):
    reasons, _answer = service.call(ROOT, "Receiver", "Prepare", "(sa{sv})", json.dumps(rows), {})
    return reasons


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", "[{}]", "[" * 100000, '[{"a":' * 50000, "[]"], ids=lambda text: text[:4])
def test_no_list_of_objects(service, text):
    with pytest.raises(GLib.Error, match="org.barevirt1.Error.InvalidArgument"):
        service.call(ROOT, "Receiver", "Prepare", "(sa{sv})", text, {})
    service.call("/org/barevirt1", "Manager", "Validate", "(sa{sv})", vmi("still-there"), {})


def test_uid_of_another(service):
    service.apply(vmi("one"))
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    uid = service.get(object_path(INSTANCE, "one"), "Object", "Uid")
    reasons = prepare(service, guest(uid=uid), migration())
    assert len(reasons) == 1 and f"{uid}, is that of another object" in reasons[0]
    assert service.get(object_path(INSTANCE, "one"), INSTANCE, "Phase") == "Running"


def test_kinds_that_no_guest_brings(service):
    reasons = prepare(service, row("Pod", "extra", "v1", spec={}), guest(), migration())
    assert reasons == ["No guest brings a Pod with it, such as default/extra."]
    assert object_path(INSTANCE, "guest") not in service.objects()


def test_kind_in_disguise(service):
    reasons = prepare(service, row("Secret", "extra", told_kind="VirtualMachine", spec={}), guest(), migration())
    assert any("extra" in reason for reason in reasons)


def test_what_is_refused_here_too(service):
    """A Secret, a VM and a VMI are admitted as those that are applied."""
    bad = guest()
    bad["manifest"] = bad["manifest"].replace('"devices": {}', '"devices": {"disks": [{"name": "none"}]}')
    vm = row("VirtualMachine", "guest", spec={"runStrategy": "Sometimes", "template": {"spec": {"domain": {}}}})
    reasons = prepare(service, row("Secret", "Not A Name", "v1"), vm, bad, migration())
    told = "\n".join(reasons)
    assert "Not A Name" in told and "Sometimes" in told and "none" in told


@pytest.mark.parametrize("status", ["", "[]", "[" * 100000, '"x"', "1", "{}"], ids=lambda status: status[:3])
def test_status_that_is_no_status(service, status):
    """Each is refused with a reason of its own."""
    assert len(prepare(service, guest(), migration(status))) == 1
    assert len(prepare(service, guest(status=status), migration())) == 1
    assert len(prepare(service, guest(status=status), migration(status))) == 2
    service.call(ROOT, "Manager", "Validate", "(sa{sv})", vmi("still-there"), {})
    assert object_path(INSTANCE, "guest") not in service.objects()


def test_given_up_before_it_was_heard_of(service):
    """Whoever asks, and takes it back, may be heard in the other order."""
    sent = migration()
    with pytest.raises(GLib.Error, match="org.barevirt1.Error.NotFound"):
        service.call(ROOT, "Receiver", "Abort", "(sa{sv})", sent["uid"], {})
    with pytest.raises(GLib.Error, match="was given up already"):
        prepare(service, guest(), sent)
    assert object_path("VirtualMachineInstanceMigration", sent["name"]) not in service.objects()
