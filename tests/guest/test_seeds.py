# SPDX-License-Identifier: LGPL-2.1-or-later
"""First-boot data of each kind: the labels as blkid reads them on the host, the contents as a guest reads them."""
import base64
import json
import struct
import time
from xml.etree import ElementTree

import pytest

from host_service import IMAGES, HostService
from lab import wait_until
from service import object_path

VMI = object_path("VirtualMachineInstance", "sown")
DOMAIN = "default_sown"
IGNITION = '{"ignition": {"version": "3.4.0"}, "storage": {}}'

OBJECTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: answers}
data: {Autounattend.xml: "<unattend/>"}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData: {me: ssh-ed25519 AAAA me}
---
apiVersion: v1
kind: Secret
metadata: {name: robot-token}
stringData: {token: t0k3n, ca.crt: CA}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
secrets: [{name: robot-token}]
"""

GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: sown
  labels: {tier: front}
  annotations: {kubevirt.io/ignitiondata: 'IGNITION'}
spec:
  hostname: rows
  terminationGracePeriodSeconds: 10
  accessCredentials:
    - sshPublicKey:
        source: {secret: {secretName: keys}}
        propagationMethod: {configDrive: {}}
  domain:
    firmware: {uuid: 5d307ca9-b3ef-428c-8861-06e72d69f223}
    memory: {guest: 256Mi}
    devices:
      downwardMetrics: {}
      interfaces:
        - {name: default, model: virtio, bridge: {}, tag: backup}
      disks:
        - {name: root, bootOrder: 1, disk: {bus: virtio}}
        - {name: drive, serial: DRIVE, disk: {bus: virtio}}
        - {name: answers, serial: ANSWERS, disk: {bus: virtio}}
        - {name: about, serial: ABOUT, disk: {bus: virtio}}
        - {name: robot, serial: ROBOT, disk: {bus: virtio}}
        - {name: metrics, disk: {bus: virtio}}
        - {name: labelled, serial: LABELLED, disk: {bus: virtio}}
  networks:
    - {name: default, pod: {}}
  volumes:
    - {name: root, hostDisk: {path: IMAGE, type: Disk}}
    - {name: drive, cloudInitConfigDrive: {userData: "#cloud-config", networkData: '{"links": []}'}}
    - {name: answers, sysprep: {configMap: {name: answers}}}
    - {name: about, downwardAPI: {fields: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
    - {name: robot, serviceAccount: {serviceAccountName: robot}}
    - {name: metrics, downwardMetrics: {}}
    - {name: labelled, secret: {secretName: keys, volumeLabel: My_Keys-1}}
""".replace("IMAGE", f"{IMAGES}/sown.img").replace("IGNITION", IGNITION)

SETTINGS = f"""\
[hypervisor]
allow-emulation=true
[host-disk]
folders={IMAGES}
[features]
HostDisk=true
ExperimentalIgnitionSupport=true
DownwardMetrics=true
"""


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    service = HostService(host, build_folder, SETTINGS)
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="module", name="guest")
def fixture_guest(service):
    service.image("sown.img")
    service.apply(OBJECTS)
    service.apply(GUEST)
    service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 240)
    return service


def in_guest(service, command):
    return service.host.in_guest(DOMAIN, command)


def image(service, volume):
    return f"/run/barevirt/{service.get(VMI, 'Object', 'Uid')}.volumes/{volume}.iso"


def mount(service, serial):
    """Mounts the disk of that serial number in the guest, and returns the files on it."""
    device = f"/dev/$(grep -lx {serial} /sys/block/vd*/serial | cut -d / -f 4)"
    mounted = f"mkdir -p /mnt/{serial}; mountpoint -q /mnt/{serial} || mount -t iso9660 -o ro {device} /mnt/{serial} || exit"
    return sorted(service.host.wait_in_guest(DOMAIN, f"{mounted}; cd /mnt/{serial}; find . -type f", bool).split())


@pytest.mark.parametrize("volume, label", [
    ("drive", "config-2"), ("answers", "unattendCD"), ("about", "cfgdata"), ("robot", "cfgdata"),
    ("labelled", "My_Keys-1"),
])
def test_label(guest, volume, label):
    """cloud-init looks for its labels in these very letters."""
    output = guest.host.run("blkid", "-p", "-o", "export", image(guest, volume)).stdout
    facts = dict(line.split("=", 1) for line in output.splitlines())
    assert facts["TYPE"] == "iso9660"
    assert facts["LABEL"].replace("\\", "") == label


def test_guest_finds_the_config_drive(guest):
    """By its label, as cloud-init does."""
    assert in_guest(guest, "hostname").strip() == "rows"
    assert in_guest(guest, "findfs LABEL=config-2").startswith("/dev/vd")
    assert mount(guest, "DRIVE") == ["./openstack/latest/meta_data.json", "./openstack/latest/network_data.json",
                                     "./openstack/latest/user_data"]
    folder = "/mnt/DRIVE/openstack/latest"
    metadata = json.loads(in_guest(guest, f"cat {folder}/meta_data.json"))
    assert metadata["hostname"] == "rows"
    assert metadata["uuid"] == "5d307ca9-b3ef-428c-8861-06e72d69f223"
    assert metadata["instance_id"] == "sown.default"
    assert metadata["public_keys"] == {"0": "ssh-ed25519 AAAA me"}
    assert in_guest(guest, f"cat {folder}/user_data").strip() == "#cloud-config"
    assert json.loads(in_guest(guest, f"cat {folder}/network_data.json")) == {"links": []}


def test_guest_finds_the_device_with_a_tag(guest):
    """At the address that its config drive tells, with the card that is there."""
    metadata = json.loads(in_guest(guest, "cat /mnt/DRIVE/openstack/latest/meta_data.json"))
    [device] = metadata["devices"]
    assert (device["type"], device["bus"], device["tags"]) == ("nic", "pci", ["backup"])
    assert device["mac"] in guest.host.virsh("domiflist", DOMAIN)
    found = in_guest(guest, "grep -l " + device["mac"] + " /sys/class/net/*/address | cut -d / -f 5").strip()
    assert device["address"] in in_guest(guest, f"readlink -f /sys/class/net/{found}")


def test_guest_reads_its_answers(guest):
    assert mount(guest, "ANSWERS") == ["./Autounattend.xml"]
    assert in_guest(guest, "cat /mnt/ANSWERS/Autounattend.xml").strip() == "<unattend/>"


def test_guest_reads_about_itself(guest):
    assert mount(guest, "ABOUT") == ["./labels"]
    assert in_guest(guest, "cat /mnt/ABOUT/labels").strip() == 'tier="front"'


def test_guest_reads_its_service_account(guest):
    assert mount(guest, "ROBOT") == ["./ca.crt", "./namespace", "./token"]
    assert in_guest(guest, "cat /mnt/ROBOT/token /mnt/ROBOT/namespace").strip() == "t0k3ndefault"


def test_firmware_hands_over_ignition_data(guest):
    raw = guest.host.wait_in_guest(
        DOMAIN, "modprobe qemu_fw_cfg; cat /sys/firmware/qemu_fw_cfg/by_name/opt/com.coreos/config/raw", bool)
    assert json.loads(raw) == json.loads(IGNITION)
    path = f"/run/barevirt/{guest.get(VMI, 'Object', 'Uid')}.volumes/data.ign"
    assert guest.host.run("stat", "-c", "%a", path).stdout.strip() == "640"


def read_metrics_disk(service):
    """The disk of metrics as a reader in the guest finds it: its text, once it is whole, else nothing."""
    found = in_guest(service, "for d in /dev/vd?; do [ \"$(head -c 4 $d)\" = mvbd ] && dd if=$d bs=4096 count=2 "
                              "iflag=direct 2>/dev/null | base64; done; true").strip()
    raw = base64.b64decode(found)
    if len(raw) < 16:
        return None
    signature, locked, checksum, length = struct.unpack(">4sIII", raw[:16])
    body = raw[16:16 + length]
    assert signature == b"mvbd"
    return None if locked or checksum != sum(body) else body.decode()


def figures(text):
    """What it tells: (context, name) -> (value, unit)."""
    return {(m.get("context"), m.find("name").text): (m.find("value").text, m.get("unit"))
            for m in ElementTree.fromstring(text)}


def check_figures(service, found):
    assert found["host", "HostName"][0] == service.host.run("hostname").stdout.strip()
    assert found["host", "VirtProductInfo"][0].startswith("QEMU ")
    assert found["vm", "PhysicalMemoryAllocatedToVirtualSystem"] == (str(256 * 1024), "KiB")
    assert found["vm", "ResourceProcessorLimit"] == ("1", None)
    assert float(found["vm", "TotalCPUTime"][0]) > 0
    assert int(found["host", "FreePhysicalMemory"][0]) > 0


def test_guest_reads_its_metrics_from_a_disk(guest):
    """They are new every five seconds."""
    first = wait_until(lambda: "HostName" in (read_metrics_disk(guest) or "") and read_metrics_disk(guest), 30,
                       "the figures")
    check_figures(guest, figures(first))

    def newer():
        text = read_metrics_disk(guest)
        return text and int(figures(text)["host", "Time"][0]) > int(figures(first)["host", "Time"][0])

    wait_until(newer, 60, "newer figures")


def ask(service, request):
    """What the metrics' serial port answers in the guest, to the empty line at its end. It hears nobody for a moment where
    the service has just begun."""
    command = (f"exec 3<>/dev/virtio-ports/org.github.vhostmd.1; printf '{request}' >&3; "
               "while read -r -t 10 l <&3 && [ -n \"$l\" ]; do echo \"$l\"; done")
    return service.host.wait_in_guest(DOMAIN, command, bool)


def test_guest_asks_for_its_metrics(guest):
    check_figures(guest, figures(ask(guest, "GET /metrics/XML\\n\\n")))
    assert ask(guest, "GET /etc/shadow\\n\\n").strip() == "INVALID REQUEST"
    check_figures(guest, figures(ask(guest, "GET /metrics/XML\\r\\n\\r\\n")))


def test_metrics_go_on_after_a_restart_of_the_service(guest):
    guest.kill()
    guest.start()
    guest.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    before = int(time.time())

    def newer():
        text = read_metrics_disk(guest)
        return text and int(figures(text)["host", "Time"][0]) > before

    wait_until(newer, 60, "newer figures")
    check_figures(guest, figures(ask(guest, "GET /metrics/XML\\n\\n")))
