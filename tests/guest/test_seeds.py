# SPDX-License-Identifier: LGPL-2.1-or-later
"""First-boot data of each kind: the labels as blkid reads them on the host, the contents as a guest reads them."""
import json

import pytest

from host_service import IMAGES, HostService
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
      disks:
        - {name: root, bootOrder: 1, disk: {bus: virtio}}
        - {name: drive, serial: DRIVE, disk: {bus: virtio}}
        - {name: answers, serial: ANSWERS, disk: {bus: virtio}}
        - {name: about, serial: ABOUT, disk: {bus: virtio}}
        - {name: robot, serial: ROBOT, disk: {bus: virtio}}
        - {name: labelled, serial: LABELLED, disk: {bus: virtio}}
  volumes:
    - {name: root, hostDisk: {path: IMAGE, type: Disk}}
    - {name: drive, cloudInitConfigDrive: {userData: "#cloud-config", networkData: '{"links": []}'}}
    - {name: answers, sysprep: {configMap: {name: answers}}}
    - {name: about, downwardAPI: {fields: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
    - {name: robot, serviceAccount: {serviceAccountName: robot}}
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
    service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    return service


def in_guest(service, command):
    return service.host.in_guest(DOMAIN, command)


def image(service, volume):
    return f"/run/barevirt/{service.get(VMI, 'Object', 'Uid')}.volumes/{volume}.iso"


def mount(service, serial):
    """Mounts the disk of that serial number in the guest, and returns the files on it."""
    in_guest(service, f"mkdir -p /mnt/{serial}; mount -t iso9660 -o ro "
                      f"/dev/$(grep -lx {serial} /sys/block/vd*/serial | cut -d / -f 4) /mnt/{serial}")
    return sorted(in_guest(service, f"cd /mnt/{serial}; find . -type f").split())


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
    raw = in_guest(guest, "modprobe qemu_fw_cfg; cat /sys/firmware/qemu_fw_cfg/by_name/opt/com.coreos/config/raw")
    assert json.loads(raw) == json.loads(IGNITION)
    path = f"/run/barevirt/{guest.get(VMI, 'Object', 'Uid')}.volumes/data.ign"
    assert guest.host.run("stat", "-c", "%a", path).stdout.strip() == "640"
