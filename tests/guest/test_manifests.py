# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manifests of examples/, as a cluster's users write them: applied unchanged, each finds its disks, images and
networks on the host."""
from pathlib import Path

import pytest
from gi.repository import GLib

from host_service import SETTINGS, HostService
from lab import wait_until
from registry import FileServer, Registry
from service import object_path

INSTANCE = "VirtualMachineInstance"
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    """What a cluster's administrator allowed these manifests; a hook and a share want more than the unit's rights."""
    service = HostService(host, build_folder, settings=SETTINGS + "Sidecar=true\nVSOCK=true\n", confined=False)
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="module", name="disk")
def fixture_disk(host):
    """A guest with the drivers of Debian's full kernel: e1000 and SATA among them."""
    return host.lab.guest("generic") / "disk.qcow2"


@pytest.fixture(scope="module", name="images", autouse=True)
def fixture_images(host, disk):
    """What the manifests name on loopback."""
    registry, files = Registry(host), FileServer(host)
    registry.push_disk(disk)
    files.add(disk, "guest.qcow2")
    yield
    files.stop()
    registry.stop()


def apply(service, name):
    service.apply((EXAMPLES / f"{name}.yaml").read_text())


def wait_for_agent(service, path):
    def state():
        info = service.objects().get(path, {}).get("org.barevirt1.GuestAgent", {}).get("OsInfo", {})
        return "prettyName" in info

    try:
        wait_until(state, 300, f"the agent of {path}")
    except TimeoutError as error:
        raise AssertionError(f"{error}\n{service.log.read_text()}") from error


def delete(service, *paths):
    for path in paths:
        service.call(path, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: not any(path in service.objects() for path in paths), 60, f"the end of {paths}")


def test_web_server(service):
    apply(service, "web-server")
    path = object_path(INSTANCE, "web", "shop")
    wait_for_agent(service, path)
    service.host.wait_in_guest("shop_web", "hostname", "web")
    delete(service, object_path("VirtualMachine", "web", "shop"))


def test_database(service):
    """Its root is imported over HTTP, and its claim has the size that was asked for."""
    apply(service, "database")
    wait_for_agent(service, object_path(INSTANCE, "db"))
    wanted = {str(512 * 1024 * 1024 // 512), str(256 * 1024 * 1024 // 512)}
    service.host.wait_in_guest("default_db", "cat /sys/block/*/size", lambda sizes: wanted <= set(sizes.split()))
    delete(service, object_path("VirtualMachine", "db"))


def test_two_networks(service):
    apply(service, "two-networks")
    paths = [object_path(INSTANCE, name, "lab") for name in ("left", "right")]
    for path in paths:
        wait_for_agent(service, path)
    wait_until(
        lambda: "ok" in service.host.in_guest("lab_left", "ping -c 1 -W 1 10.55.0.2 >/dev/null && echo ok || true"),
        60, "an answer of the other machine",
    )
    delete(service, *paths)


def test_hook_sidecar(service):
    apply(service, "hook-sidecar")
    path = object_path(INSTANCE, "hooked")
    wait_for_agent(service, path)
    service.host.wait_in_guest("default_hooked", "cat /sys/class/dmi/id/board_vendor", "Example Works")
    delete(service, path)


def test_windows_style(service):
    """Without KVM it runs under emulation, which these settings allow, without what Hyper-V guests want of KVM."""
    apply(service, "windows-style")
    service.call(object_path("VirtualMachine", "win"), "VirtualMachine", "Start", "(a{sv})", {})
    path = object_path(INSTANCE, "win")
    assert service.wait_for_property(path, INSTANCE, "Phase", lambda phase: phase in ("Running", "Failed")) == "Running"
    service.call(object_path("VirtualMachine", "win"), "VirtualMachine", "Stop", "(a{sv})", {"grace-period": GLib.Variant("x", 0)})
    delete(service, object_path("VirtualMachine", "win"))


def test_pinned(service):
    """These settings set no CPUs aside: that is told, with what else this host lacks and nothing else, before anything starts."""
    causes = ["It needs 1 CPUs of its own, and this host sets none aside; name them as “pinning=” in [cpu] of barevirt.conf."]
    if service.host.run("test", "-e", "/dev/vhost-vsock", check=False).returncode != 0:
        causes.append("It wants a vsock device, and this host has no vhost-vsock; load the kernel's module of that name.")
    apply(service, "pinned")
    path = object_path(INSTANCE, "pinned")

    def told():
        conditions = service.get(path, INSTANCE, "Conditions")
        return [c["message"].partition("cannot run on this host: ")[2] for c in conditions if c.get("reason") == "Unschedulable"]

    assert wait_until(told, 60, "the causes")[0] == " ".join(causes)
    assert "default_pinned" not in service.host.virsh("list", "--all", "--name").split()
    delete(service, path)
