# SPDX-License-Identifier: LGPL-2.1-or-later
"""ocf:barevirt:VirtualMachine, as a cluster calls it."""
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from manifests import vm
from service import object_path

AGENT = Path(__file__).resolve().parents[2] / "data" / "ocf" / "VirtualMachine"
SUCCESS, GENERIC, UNIMPLEMENTED, INSTALLED, CONFIGURED, NOT_RUNNING = 0, 1, 3, 5, 6, 7
INSTANCE = object_path("VirtualMachineInstance", "one")
MACHINE = object_path("VirtualMachine", "one")


class Agent:
    """The agent with the command that speaks to the service of this test."""

    def __init__(self, service, folder):
        self.folder = folder
        self.environment = {}
        self.bus = service.bus.environment
        self.set(command=service.command, vm="one")

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def set(self, **parameters):
        self.environment |= {f"OCF_RESKEY_{name}": str(value) for name, value in parameters.items()}

    def call(self, action, **more):
        result = subprocess.run(
            [AGENT, action], check=False, capture_output=True, text=True, timeout=60,
            env=self.bus | {"OCF_ROOT": "/usr/lib/ocf"} | self.environment | more,
        )
        self.output = result.stdout + result.stderr
        return result.returncode


@pytest.fixture(name="agent")
def fixture_agent(service, tmp_path):
    return Agent(service, tmp_path)


def test_metadata(agent):
    assert agent.call("meta-data") == SUCCESS
    root = ElementTree.fromstring(agent.output)
    assert root.get("name") == "VirtualMachine"
    actions = {action.get("name") for action in root.iter("action")}
    assert actions == {"start", "stop", "monitor", "migrate_to", "migrate_from", "validate-all", "meta-data"}
    for action in actions | {"usage"}:
        assert agent.call(action) != UNIMPLEMENTED, action
    assert agent.call("reload") == UNIMPLEMENTED


def test_life(agent, service):
    """Each action twice: the second finds that nothing is to be done."""
    service.apply(vm("one", "Manual"))
    assert agent.call("monitor") == NOT_RUNNING
    assert agent.call("stop") == SUCCESS
    for _ in range(2):
        assert agent.call("start") == SUCCESS, agent.output
        assert service.get(INSTANCE, "VirtualMachineInstance", "Phase") == "Running"
        assert agent.call("monitor") == SUCCESS
    for _ in range(2):
        assert agent.call("stop") == SUCCESS, agent.output
        assert agent.call("monitor") == NOT_RUNNING
    assert MACHINE in service.objects()


def test_guest_that_ended_by_itself(agent, service):
    service.apply(vm("one", "Manual"))
    assert agent.call("start") == SUCCESS, agent.output
    service.call(INSTANCE, "VirtualMachineInstance", "Kill", "(a{sv})", {})
    assert agent.call("monitor") == NOT_RUNNING
    assert agent.call("start") == SUCCESS, agent.output
    assert agent.call("monitor") == SUCCESS


def test_manifest(agent, service):
    """What a node has to know of the VM, it knows while the VM is there."""
    agent.set(manifest=agent.write("vm.yaml", vm("one", "Manual")))
    assert agent.call("validate-all") == SUCCESS, agent.output
    assert agent.call("start") == SUCCESS, agent.output
    assert service.get(INSTANCE, "VirtualMachineInstance", "Phase") == "Running"
    assert agent.call("stop") == SUCCESS, agent.output
    assert MACHINE not in service.objects()
    assert agent.call("stop") == SUCCESS, agent.output


def test_a_node_that_comes_back(agent, service):
    """What it knew of the VM goes at the cluster's first look, unless the guest runs here."""
    agent.set(manifest=agent.write("vm.yaml", vm("one", "Manual")))
    assert agent.call("start") == SUCCESS, agent.output
    assert agent.call("monitor", OCF_RESKEY_CRM_meta_interval="0") == SUCCESS
    service.call(INSTANCE, "VirtualMachineInstance", "Kill", "(a{sv})", {})
    assert agent.call("monitor", OCF_RESKEY_CRM_meta_interval="10000") == NOT_RUNNING
    assert MACHINE in service.objects()
    assert agent.call("monitor", OCF_RESKEY_CRM_meta_interval="0") == NOT_RUNNING
    assert MACHINE not in service.objects()


@pytest.mark.parametrize("change, status, says", [
    ({"vm": ""}, CONFIGURED, "must name a VirtualMachine"),
    ({"command": "/nonexistent"}, INSTALLED, "no command"),
    ({"manifest": "/nonexistent"}, INSTALLED, "cannot be read"),
])
def test_wrong_parameters(agent, change, status, says):
    agent.set(**change)
    for action in ("validate-all", "start", "monitor"):
        assert agent.call(action) == status
        assert says in agent.output


@pytest.mark.parametrize("text, says", [
    ("kind: nothing\n", "is wrong"),
    (vm("one", "Always"), "must be Manual"),
    (vm("one", "Manual").replace("  template:", "  dataVolumeTemplates: [{metadata: {name: d}, spec: {source: {blank: {}}, "
                                 "storage: {resources: {requests: {storage: 1Gi}}}}}]\n  template:"), "dataVolumeTemplates"),
])
def test_wrong_manifests(agent, text, says):
    agent.set(manifest=agent.write("vm.yaml", text))
    assert agent.call("validate-all") == CONFIGURED
    assert says in agent.output


def test_a_vm_that_starts_by_itself_is_refused(agent, service):
    """It would run on two nodes after one was away."""
    service.apply(vm("one", "Always"))
    assert agent.call("validate-all") == CONFIGURED
    assert "must be Manual" in agent.output


def test_no_answer_is_not_stopped(agent):
    """Where nobody can tell whether the guest runs, the cluster must not start it elsewhere."""
    agent.bus = agent.bus | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={agent.folder}/nothing"}
    assert agent.call("monitor") == GENERIC
    assert agent.call("stop") == GENERIC


def test_migration_needs_a_guest_and_a_target(agent, service):
    service.apply(vm("one", "Manual"))
    assert agent.call("migrate_to", OCF_RESKEY_CRM_meta_migrate_target="b") == GENERIC
    assert agent.call("migrate_from") == GENERIC
    assert agent.call("migrate_to") == CONFIGURED
    assert agent.call("start") == SUCCESS
    assert agent.call("migrate_from") == SUCCESS


def test_hosts_of_nodes(agent, service):
    """Which host of barevirt.conf is a node of the cluster."""
    wrapper = agent.write("logging", f"#!/bin/sh\necho \"$@\" >>{agent.folder}/log\n"
                                     f"[ \"$1\" = migrate ] || exec {service.command} \"$@\"\n")
    wrapper.chmod(0o755)
    service.apply(vm("one", "Manual"))
    assert agent.call("start") == SUCCESS, agent.output
    agent.set(command=wrapper, host_map="node1:a;node2:b.example")
    for node in ("node2", "node3"):
        assert agent.call("migrate_to", OCF_RESKEY_CRM_meta_migrate_target=node) == SUCCESS, agent.output
    log = (agent.folder / "log").read_text(encoding="utf-8")
    assert "migrate one --to b.example -n default" in log
    assert "migrate one --to node3 -n default" in log


TESTER = shutil.which("ocf-tester", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.mark.skipif(TESTER is None, reason="ocf-tester, of the package resource-agents, is not installed")
def test_ocf_tester(agent, service):
    service.apply(vm("one", "Manual"))
    result = subprocess.run(
        [TESTER, "-n", "one", "-o", "vm=one", "-o", f"command={service.command}", AGENT],
        check=False, capture_output=True, text=True, timeout=100,
        env=agent.bus | {"OCF_ROOT": os.environ.get("OCF_ROOT", "/usr/lib/ocf")},
    )
    assert result.returncode == 0, result.stdout + result.stderr
