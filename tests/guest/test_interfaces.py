# SPDX-License-Identifier: LGPL-2.1-or-later
"""Interfaces of a guest that runs: links that go down and up, interfaces that are plugged in and out."""
import json

import pytest

from host_service import IMAGES
from lab import wait_until
from service import object_path

INSTANCE = "VirtualMachineInstance"
PATH = object_path(INSTANCE, "web")
MAC = "02:00:00:5e:30:01"

DEFINITION = """\
apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata: {name: backend}
spec:
  config: '{"cniVersion": "0.3.1", "name": "backend", "type": "bridge", "bridge": "br-plug"}'
---
"""

MACHINE = f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: web}}
spec:
  runStrategy: Always
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: 128Mi}}
        devices:
          disks: [{{name: root, disk: {{bus: virtio}}}}]
          interfaces: INTERFACES
      networks: NETWORKS
      volumes: [{{name: root, hostDisk: {{path: {IMAGES}/web.img, type: Disk}}}}]
"""


def machine(link=None, plugged=None):
    """Its pod interface with a link as it is given, and the state of the plugged one, which may be absent."""
    default = {"name": "default", "masquerade": {}, **({"state": link} if link else {})}
    backend = {"name": "backend", "bridge": {}, "macAddress": MAC}
    if plugged == "absent":
        backend["state"] = plugged
    text = MACHINE.replace("INTERFACES", json.dumps([default, *([backend] if plugged else [])]))
    networks = [{"name": "default", "pod": {}}, *([{"name": "backend", "multus": {"networkName": "backend"}}] if plugged else [])]
    return text.replace("NETWORKS", json.dumps(networks))


@pytest.fixture(scope="module", name="web")
def fixture_web(service):
    service.image("web.img")
    service.apply(DEFINITION + machine())
    service.wait_for_property(PATH, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    return service


def wait_in_guest(service, command, answer):
    service.host.wait_in_guest("default_web", command, answer)


def restart_required(service):
    conditions = service.get(object_path("VirtualMachine", "web"), "VirtualMachine", "Conditions")
    return any(c["type"] == "RestartRequired" for c in conditions)


def told(service, name):
    return service.objects().get(f"{PATH}/interface/{name}", {}).get("org.barevirt1.Interface", {})


def effects(service, text):
    service.host.write("/tmp/changed.yaml", text)
    return service.barevirt("diff", "-f", "/tmp/changed.yaml", check=False).stdout


def test_link_goes_down_and_up(web):
    """As the guest sees it, and as it is told; the guest goes on running."""
    uid = web.get(PATH, "Object", "Uid")
    wait_in_guest(web, "cat /sys/class/net/eth0/carrier", "1")
    assert "at restart" not in effects(web, machine(link="down"))
    web.apply(machine(link="down"))
    wait_in_guest(web, "cat /sys/class/net/eth0/carrier", "0")
    wait_until(lambda: told(web, "default").get("LinkState") == "down", 60, "the link state")
    web.apply(machine(link="up"))
    wait_in_guest(web, "cat /sys/class/net/eth0/carrier", "1")
    wait_until(lambda: told(web, "default").get("LinkState") == "up", 60, "the link state")
    assert web.get(PATH, "Object", "Uid") == uid
    assert not restart_required(web)


def test_interface_is_plugged_in(web):
    assert "at restart" not in effects(web, machine(plugged="up"))
    web.apply(machine(plugged="up"))
    wait_in_guest(web, "cat /sys/class/net/eth1/address 2>/dev/null || true", MAC)
    assert web.host.run("ls", "/sys/class/net/br-plug/brif").stdout.strip()
    wait_until(lambda: told(web, "backend").get("MacAddress") == MAC, 60, "the interface")
    wait_until(lambda: "multus-status" in told(web, "backend").get("InfoSource", ""), 60, "where that is from")
    assert not restart_required(web)


def test_interface_is_unplugged_and_forgotten(web):
    """Its network goes with it, and the template may forget it."""
    web.apply(machine(plugged="absent"))
    wait_in_guest(web, "test -e /sys/class/net/eth1 || echo gone", "gone")
    wait_until(lambda: not told(web, "backend"), 60, "the end of the interface")
    wait_until(lambda: web.host.run("ip", "link", "show", "br-plug", check=False).returncode != 0, 60, "the end of its bridge")
    web.apply(machine())
    assert not restart_required(web)


def test_another_service_does_what_one_was_told(web):
    """A service that is killed after it was told is followed by one that finds the guest not as it should be."""
    web.host.run("virsh", "suspend", "default_web")
    web.apply(machine(link="down", plugged="up"))
    web.kill()
    web.start()
    web.host.run("virsh", "resume", "default_web", check=False)
    wait_in_guest(web, "cat /sys/class/net/eth0/carrier", "0")
    wait_in_guest(web, "cat /sys/class/net/eth1/address 2>/dev/null || true", MAC)


def test_other_changes_wait_for_a_restart(web):
    other = machine(link="down", plugged="up").replace(MAC, "02:00:00:5e:30:02")
    assert "at restart" in effects(web, other)
    web.apply(other)
    wait_until(lambda: restart_required(web), 60, "RestartRequired")
    web.apply(machine(plugged="up"))
    wait_until(lambda: not restart_required(web), 60, "the end of RestartRequired")


def test_nothing_stays_behind(web):
    web.call(object_path("VirtualMachine", "web"), "Object", "Delete", "(a{sv})", {})
    web.wait_for_gone(object_path("VirtualMachine", "web"), "Object")
    wait_until(lambda: web.host.run("ip", "link", "show", "br-plug", check=False).returncode != 0, 60, "the end of its bridge")
    wait_until(lambda: "barevirt" not in web.host.virsh("net-list", "--all", "--name"), 60, "the end of its network")
