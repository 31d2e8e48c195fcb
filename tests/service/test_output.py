# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the command prints for programs: -o yaml, json and name."""
import json

import pytest
import yaml

from manifests import vmi
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


def test_names(service):
    assert run(service, "apply", "-o", "name", "-f", "-", input=vmi("one")) == "virtualmachineinstance/one\n"
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    assert run(service, "get", "-o", "name", "vmis") == "virtualmachineinstance/one\n"
    assert run(service, "delete", "-o", "name", "vmi", "one") == "virtualmachineinstance/one\n"
    assert run(service, "get", "-o", "name", "vmis") == ""


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
