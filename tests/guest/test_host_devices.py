# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices of the host that a guest which runs is to get. No machine for tests has one to give away: libvirt is shown a
PCI device that is bound to vfio-pci, so that all is real up to what libvirt answers when it is to plug it in."""
from pathlib import Path

import pytest

from host_service import IMAGES, SETTINGS, HostService
from lab import wait_until
from service import NAME, ROOT, object_path

INSTANCE = "VirtualMachineInstance"
VM = object_path("VirtualMachine", "taker")
VMI = object_path(INSTANCE, "taker")
DOMAIN = "default_taker"
STICK = "{name: stick, deviceName: example.org/stick}"
CARD = "{name: card, deviceName: example.org/card}"
PRETEND = """\
new=$(mktemp -d)
for file in vendor device class config revision subsystem_vendor subsystem_device irq numa_node resource; do
  cat "$1/$file" >"$new/$file"
done
{ echo DRIVER=vfio-pci; grep -v DRIVER "$1/uevent"; } >"$new/uevent"
mkdir -p /run/drivers/vfio-pci
ln -s ../../../bus/pci "$new/subsystem"
ln -s /run/drivers/vfio-pci "$new/driver"
mount -t tmpfs tmpfs "$1" && cp -a "$new/." "$1" && rm -r "$new"
"""


def machine(*devices):
    return f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: taker}}
spec:
  runStrategy: Always
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: 64Mi}}
        devices:
          disks: [{{name: root, disk: {{bus: virtio}}}}]
          hostDevices: [{", ".join(devices)}]
      volumes: [{{name: root, hostDisk: {{path: {IMAGES}/taker.img, type: Disk}}}}]
"""


@pytest.fixture(scope="module", name="device")
def fixture_device(host):
    """A PCI device that a guest may have, for all that libvirt and the service can see of this host."""
    found = sorted(Path("/sys/bus/pci/devices").glob("*"))
    if not found:
        pytest.skip("this machine has no PCI devices")
    folder = found[-1].resolve()
    host.run("sh", "-c", PRETEND, "sh", str(folder))
    host.end_libvirtd()
    host.start_libvirtd(SYSTEMD_DEVICE_VERIFY_SYSFS="0")
    name = f"pci_{folder.name.replace(':', '_').replace('.', '_')}"
    wait_until(lambda: "vfio-pci" in host.virsh("nodedev-dumpxml", name, check=False), 60, "a device for guests")
    return ":".join((folder / part).read_text().strip().removeprefix("0x") for part in ("vendor", "device"))


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder, device):
    settings = (
        f"{SETTINGS}HostDevices=true\n[host-device example.org/card]\npci-vendor-selector={device}\n"
        "[host-device example.org/stick]\nusb-selector=ffff:fffe\n"
    )
    service = HostService(host, build_folder, settings)
    service.start()
    service.image("taker.img")
    service.apply(machine())
    service.wait_for_property(VMI, INSTANCE, "Phase", lambda phase: phase == "Running")
    yield service
    service.close()


def condition(service, path, kind, name):
    found = service.objects().get(path, {}).get(f"{NAME}.{kind}", {}).get("Conditions", [])
    return next((c for c in found if c["type"] == name), None)


def wait_for_refusal(service, *parts):
    def told():
        found = condition(service, VMI, INSTANCE, "Synchronized")
        return found and all(part in found["message"] for part in parts) and found

    return wait_until(told, 60, f"what tells of {parts}")


def change(service, *devices):
    """Applies the VM with these devices, of which nothing waits for a restart; the guest runs on."""
    before = service.host.virsh("domid", DOMAIN)
    text = machine(*devices)
    (item,) = service.call(ROOT, "Manager", "Diff", "(sa{sv})", text, {})[0]
    assert {field["effect"] for field in item["fields"]} == {"live"}
    service.apply(text)
    assert condition(service, VM, "VirtualMachine", "RestartRequired") is None
    assert service.host.virsh("domid", DOMAIN) == before


def test_device_that_is_not_there(service):
    change(service, STICK)
    told = wait_for_refusal(service, "stick needs a example.org/stick, and this host has none")
    assert told["status"] == "False"
    assert service.get(VMI, INSTANCE, "Phase") == "Running"


def test_device_that_libvirt_refuses(service):
    """It is reserved and libvirt is asked for it; what it says is told, and the device is free again."""
    change(service, CARD)
    told = wait_for_refusal(service, "The host device card cannot be plugged in: ")
    assert any(word in told["message"] for word in ("VFIO", "passthrough", "vfio"))
    service.wait_for_property(VMI, INSTANCE, "Resources", lambda resources: "devices" not in resources)
    wait_until(lambda: "hostdev" not in service.host.virsh("dumpxml", DOMAIN), 60, "a domain without it")


def test_device_that_is_wanted_no_more(service):
    change(service)
    wait_until(lambda: condition(service, VMI, INSTANCE, "Synchronized") is None, 60, "the end of the refusal")
    assert service.host.virsh("domstate", DOMAIN) == "running"
