# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the command prints for programs: -o yaml, json and name."""
import json

import pytest
import yaml

from manifests import vm, vmi
from service import object_path

INSTANCE = "VirtualMachineInstance"
READERS = {"json": json.loads, "yaml": yaml.safe_load}


def run(service, *arguments, **options):
    return service.barevirt(*arguments, **options).stdout


@pytest.mark.parametrize("form", READERS)
def test_apply(service, form):
    told = READERS[form](run(service, "apply", "-o", form, "-f", "-", input=vmi("one") + vmi("two")))
    assert told == {
        "objects": [
            {"object": f"virtualmachineinstance/{name}", "path": object_path(INSTANCE, name), "result": "created"}
            for name in ("one", "two")
        ]
    }


def test_manifests_of_all_objects(service):
    """Each with its own status, whatever is quoted in another; of one kind, of one object, and of none."""
    quoted = "apiVersion: v1\nkind: Secret\nmetadata: {name: text}\nstringData:\n  key: |\n    ---\n    ---\n"
    service.apply(quoted + vmi("one") + vm("two", strategy="Always"))
    for name in ("one", "two"):
        service.wait_for(object_path(INSTANCE, name), INSTANCE, "Phase", "Running")

    def read(*what):
        return {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load(run(service, "get", "-o", "yaml", *what))["items"]}

    told = read("-A")
    assert told.keys() == {("Secret", "text"), (INSTANCE, "one"), (INSTANCE, "two"), ("VirtualMachine", "two")}
    assert told["Secret", "text"]["stringData"] == {"key": "---\n---\n"}
    assert told[INSTANCE, "one"]["status"]["phase"] == told[INSTANCE, "two"]["status"]["phase"] == "Running"
    assert told["VirtualMachine", "two"]["status"]["printableStatus"] == "Running"
    for (kind, name), item in told.items():
        stored = yaml.safe_load(service.call(object_path(kind, name), "Object", "GetManifest", "(a{sv})", {})[0])
        assert {**item, "status": None} == {**stored, "status": None}
        assert yaml.safe_load(run(service, "get", kind, name, "-o", "yaml"))["metadata"] == item["metadata"]
    assert read("vmis").keys() == {(INSTANCE, "one"), (INSTANCE, "two")}
    assert read("-n", "other") == {}


def test_names(service):
    assert run(service, "apply", "-o", "name", "-f", "-", input=vmi("one")) == "virtualmachineinstance/one\n"
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    assert run(service, "get", "-o", "name", "vmis") == "virtualmachineinstance/one\n"
    assert run(service, "delete", "-o", "name", "vmi", "one") == "virtualmachineinstance/one\n"
    assert run(service, "get", "-o", "name", "vmis") == ""


@pytest.mark.parametrize("verb", ["apply", "diff"])
def test_nothing_to_do_is_an_error(service, tmp_path, verb):
    """Unless the caller leaves out what is unknown."""
    told = service.barevirt(verb, "-f", "-", input="# nothing\n", check=False)
    assert (told.returncode, told.stdout, told.stderr) == (
        1, "", "barevirt: Standard input holds no object, such as a VirtualMachine.\n")
    empty, other = tmp_path / "empty.yaml", tmp_path / "other.yaml"
    empty.write_text("")
    other.write_text("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n")
    told = service.barevirt(verb, "-f", str(empty), check=False)
    assert told.returncode == 1 and f"There is no object, such as a VirtualMachine, in {empty}." in told.stderr
    told = service.barevirt(verb, "--skip-unknown", "-f", str(other))
    assert f"There is no object, such as a VirtualMachine, in {other}." in told.stderr
    service.barevirt(verb, "-f", str(empty), "-f", "-", input=vmi("one"))


def test_refused_apply_tells_what_was_done(service, tmp_path):
    (tmp_path / "1.yaml").write_text(vmi("one"))
    (tmp_path / "2.yaml").write_text(vmi("two").replace("guest:", "gest:"))
    result = service.barevirt("apply", "-o", "json", "-f", str(tmp_path), check=False)
    assert result.returncode == 1 and "gest" in result.stderr
    assert [o["object"] for o in json.loads(result.stdout)["objects"]] == ["virtualmachineinstance/one"]


@pytest.mark.parametrize("form", READERS)
def test_version_doctor_and_events(service, form):
    version = READERS[form](run(service, "version", "-o", form))
    assert version["barevirt"] == version["barevirtd"] and version["libvirt"]
    checks = READERS[form](run(service, "doctor", "-o", form, check=False))["checks"]
    assert {"check": "service", "verdict": "good", "finding": f"barevirtd {version['barevirtd']} answers."} in checks
    service.apply(vmi("one"))
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    events = READERS[form](run(service, "events", "-o", form))["events"]
    assert {event["name"] for event in events} == {"one"} and all(event["reason"] for event in events)


def test_description_of_a_guest(service):
    service.apply(vmi("one"))
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    lines = run(service, "describe", "vmi/one").splitlines()
    assert "CPUs:          1 (sockets: 1, cores: 1, threads: 1)" in lines
    titles = next(line for line in lines if line.startswith("INTERFACE "))
    interface = lines[lines.index(titles) + 1]
    assert interface.startswith("default ") and interface[titles.index("MAC"):].split()[0].count(":") == 5
    status = yaml.safe_load(run(service, "get", "vmi", "one", "-o", "yaml"))["status"]
    assert status["currentCPUTopology"] == {"sockets": 1, "cores": 1, "threads": 1}
    assert status["migrationMethod"] == "LiveMigration"


@pytest.mark.parametrize(
    "arguments",
    [("version", "-o", "name"), ("delete", "vmi", "one", "-o", "json"), ("events", "--watch", "-o", "json"),
     ("get", "-o", "wide"), ("doctor", "-o", "name"), ("apply", "-f", "-", "-o", "text")],
)
def test_no_such_output(service, arguments):
    result = service.barevirt(*arguments, check=False)
    assert result.returncode == 2 and result.stderr and not result.stdout
