# SPDX-License-Identifier: LGPL-2.1-or-later
"""Apply, and what is stored of it."""
import xml.etree.ElementTree as ET

import pytest
from gi.repository import GLib

from manifests import secret, vm, vmi
from service import NAME, ROOT, iterate_until, object_path

INSTANCE = "VirtualMachineInstance"

# Three faults, in two documents.
WRONG = """apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: first
spec:
  domain:
    memory:
      guest: lots
    devices:
      disks:
        - name: root
          disk:
            buss: virtio
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: second
spec:
  runStrategy: Allways
  template:
    spec:
      domain:
        devices: {}
"""


def stored(service):
    return {path for path in service.objects() if not path.startswith(f"{ROOT}/job/")}


def refused(service, text):
    with pytest.raises(GLib.Error) as caught:
        service.apply(text)
    return caught.value.message


def test_created_changed_unchanged(service):
    path = object_path("VirtualMachine", "one")
    assert service.apply(vm("one")) == ([(path, "created")], [])
    uid = service.get(path, "Object", "Uid")
    assert service.apply(vm("one")) == ([(path, "unchanged")], [])
    assert service.apply(vm("one", memory="65536Ki")) == ([(path, "unchanged")], [])
    assert service.get(path, "Object", "Generation") == 1
    assert service.apply(vm("one", memory="128Mi")) == ([(path, "changed")], [])
    assert service.get(path, "Object", "Generation") == 2
    assert service.get(path, "Object", "Uid") == uid


def test_every_cause_with_its_place_and_nothing_stored(service):
    message = refused(service, WRONG)
    assert "org.barevirt1.Error.InvalidManifest" in message
    for place in ("manifest:8:14:", "manifest:13:13:", "manifest:20:16:"):
        assert place in message, (place, message)
    assert "did you mean “bus”" in message
    assert stored(service) == set()
    causes, = service.call(ROOT, "Manager", "Validate", "(sa{sv})", WRONG, {"file": GLib.Variant("s", "x.yaml")})
    places = {(c["file"], c["document"], c["line"], c["column"]) for c in causes if c["severity"] == "error"}
    assert {("x.yaml", 0, 8, 14), ("x.yaml", 0, 13, 13), ("x.yaml", 1, 20, 16)} <= places
    assert all(c["field"] and c["message"] for c in causes)


def test_all_or_nothing(service):
    refused(service, vmi("good") + WRONG)
    assert stored(service) == set()


def test_same_object_twice(service):
    assert "twice" in refused(service, vm("one") + vm("one"))
    assert stored(service) == set()


def test_spec_of_a_vmi_stands(service):
    service.apply(vmi("one"))
    assert "cannot be changed while it exists" in refused(service, vmi("one", memory="128Mi"))
    service.apply(vmi("one").replace("  name: one", "  name: one\n  labels: {a: b}"))
    assert service.get(object_path(INSTANCE, "one"), "Object", "Generation") == 2


def test_vmi_of_a_vm_is_the_vms(service):
    service.apply(vm("one", "Always"))
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    assert "is made by the VirtualMachine" in refused(service, vmi("one"))


def test_diff_changes_nothing(service):
    service.apply(vm("one"))
    changes, = service.call(ROOT, "Manager", "Diff", "(sa{sv})", vm("one", memory="1Gi") + vm("two"), {})
    guest = "spec.template.spec.domain.memory.guest"
    common = {"kind": "VirtualMachine", "namespace": "default"}
    assert changes == [
        {**common, "path": object_path("VirtualMachine", "one"), "name": "one", "result": "changed",
         "fields": [{"field": guest, "effect": "live", "old": '"64Mi"', "new": '"1Gi"'}]},
        {**common, "path": object_path("VirtualMachine", "two"), "name": "two", "result": "created", "fields": []},
    ]
    assert stored(service) == {object_path("VirtualMachine", "one")}


def test_diff_tells_when(service):
    service.apply(vm("one", "Always") + vmi("two"))
    service.wait_for(object_path("VirtualMachine", "one"), "VirtualMachine", "PrintableStatus", "Running")
    wanted = vm("one", "Manual", memory="128Mi") + vmi("two", memory="128Mi")
    changes, = service.call(ROOT, "Manager", "Diff", "(sa{sv})", wanted, {})
    assert [(f["field"].rsplit(".", 1)[1], f["effect"]) for f in changes[0]["fields"]] == [
        ("runStrategy", "live"), ("guest", "at restart"),
    ]
    assert changes[1]["result"] == "refused" and "cannot be changed while it exists" in changes[1]["message"]
    assert [f["effect"] for f in changes[1]["fields"]] == ["refused"]
    told = service.barevirt("diff", "-f", "-", input=wanted, check=False)
    assert told.returncode == 1
    assert '  at restart  spec.template.spec.domain.memory.guest: "64Mi" -> "128Mi"\n' in told.stdout
    assert "virtualmachineinstance/two refused: " in told.stdout
    assert service.get(object_path("VirtualMachine", "one"), "VirtualMachine", "RunStrategy") == "Always"


def test_diff_tells_of_volumes_that_were_added(service):
    """Those of addvolume stay with the manifest's other volumes, and go with them."""
    text = vm("one")
    claim = "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: extra}\n" \
            "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n"
    service.apply(text + claim)
    service.call(object_path("VirtualMachine", "one"), "VirtualMachine", "AddVolume", "(sa{sv})", "extra", {})

    def fields(wanted):
        (item,), = service.call(ROOT, "Manager", "Diff", "(sa{sv})", wanted, {})
        return item["result"], item["fields"]

    assert fields(text) == ("unchanged", [])
    assert [field["field"] for field in fields(vm("one", memory="128Mi"))[1]] == ["spec.template.spec.domain.memory.guest"]
    other = text + "      volumes: [{name: none, emptyDisk: {capacity: 1Mi}}]\n"
    result, told = fields(other.replace("devices: {}", "devices: {disks: [{name: none, disk: {bus: virtio}}]}"))
    assert result == "changed"
    assert any("extra" in field.get("old", "") and "new" not in field for field in told), told
    service.apply(vm("one", memory="128Mi"))
    manifest, = service.call(object_path("VirtualMachine", "one"), "Object", "GetManifest", "(a{sv})", {})
    assert "extra" in manifest


def test_start_is_not_undone_by_the_same_manifest(service):
    path = object_path("VirtualMachine", "one")
    service.apply(vm("one"))
    service.call(path, "VirtualMachine", "Start", "(a{sv})", {})
    service.wait_for(path, "VirtualMachine", "PrintableStatus", "Running")
    assert service.apply(vm("one"))[0] == [(path, "unchanged")]
    assert service.apply(vm("one", memory="128Mi"))[0] == [(path, "changed")]
    assert service.get(path, "VirtualMachine", "RunStrategy") == "Always"
    assert service.apply(vm("one", "Manual", memory="128Mi"))[0] == [(path, "changed")]
    assert service.get(path, "VirtualMachine", "RunStrategy") == "Manual"


def test_limit_of_the_text(service):
    assert "org.barevirt1.Error.LimitExceeded" in refused(service, "# " + "x" * (4 << 20))


def test_unknown_option_is_refused(service):
    with pytest.raises(GLib.Error, match="InvalidArgument"):
        service.apply(vm("one"), dry=GLib.Variant("b", True))
    assert stored(service) == set()


def test_manifest_comes_back(service):
    service.apply(vm("one") + secret("token", "abc"))
    text, = service.call(object_path("VirtualMachine", "one"), "Object", "GetManifest", "(a{sv})", {})
    assert "runStrategy: Halted" in text
    everything, = service.call(ROOT, "Manager", "Export", "(a{sv})", {})
    service.call(object_path("VirtualMachine", "one"), "Object", "Delete", "(a{sv})", {})
    iterate_until(lambda: len(stored(service)) == 1, "the VM to be gone")
    assert (object_path("VirtualMachine", "one"), "created") in service.apply(everything)[0]


def test_convert(service):
    xml, = service.call(ROOT, "Manager", "Convert", "(sa{sv})", vm("one"), {})
    assert service.barevirt("convert", "--host", input=vm("one")).stdout.strip() == xml.strip()
    told = service.barevirt("convert", "--host", input=vm("one") + secret("token", "abc") + vmi("two")).stdout
    assert [domain.findtext("name") for domain in ET.fromstring(f"<all>{told}</all>")] == ["default_one", "default_two"]
    assert "/domain/name" in service.barevirt("convert", "--host", "--explain", input=vm("one")).stdout
    assert xml.startswith("<domain") and "<name>default_one</name>" in xml
    assert stored(service) == set()


def begin(service, method, signature, *arguments, answers):
    """Calls a method of the manager; its answer is added to ANSWERS when it comes."""

    def answered(connection, result):
        answers.append((method, connection.call_finish(result).unpack()))

    service.connection.call(NAME, ROOT, f"{NAME}.Manager", method, GLib.Variant(signature, arguments), None, 0,
                            60_000, None, answered)


def large(first):
    """Some 2 MiB: a Secret with FIRST in it, and many more."""
    return secret("order", first) + "".join(secret(f"s-{number}", "x" * 600) for number in range(2500))


def test_large_texts_hold_up_nobody(service):
    answers = []
    begin(service, "Diff", "(sa{sv})", large("a"), {}, answers=answers)
    begin(service, "GetEvents", "(a{sv})", {}, answers=answers)
    iterate_until(lambda: len(answers) == 2, "the answers", 60_000)
    assert [method for method, _answer in answers] == ["GetEvents", "Diff"]
    assert len(answers[1][1][0]) == 2501


def test_many_at_once(service):
    """They take effect in several turns of the main loop; what is called after them sees all of them."""
    names = [f"many-{i}" for i in range(150)]
    paths = [object_path(INSTANCE, name) for name in names]
    text = "".join(map(vmi, names))
    answers = {}

    def ask(key, path, interface, method, signature, *arguments):
        service.connection.call(
            NAME, path, f"{NAME}.{interface}", method, GLib.Variant(signature, arguments), None, 0, 60_000, None,
            lambda connection, result: answers.update({key: connection.call_finish(result).unpack()}),
        )

    ask("first", ROOT, "Manager", "Apply", "(sa{sv})", text, {})
    ask("again", ROOT, "Manager", "Apply", "(sa{sv})", text, {})
    ask("more", ROOT, "Manager", "Apply", "(sa{sv})", text + vmi("one-more"), {})
    iterate_until(lambda: len(answers) == 3, "the answers", 60_000)
    assert answers["first"][0] == [(path, "created") for path in paths]
    assert len(set(answers["first"][1])) == len(paths), "each start is a job of its own"
    assert answers["again"] == ([(path, "unchanged") for path in paths], [])
    assert [what for _path, what in answers["more"][0]] == ["unchanged"] * len(paths) + ["created"]
    for path in paths:
        service.wait_for(path, INSTANCE, "Phase", "Running")
