# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library from Python, by GObject introspection."""
import json

import gi

gi.require_version("Barevirt", "1.0")
from gi.repository import Barevirt, GLib  # pylint: disable=wrong-import-position

MANIFEST = """
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: guest}
spec:
  domain:
    memory: {guest: 128Mi}
    devices:
      disks:
      - {name: root, bootOrder: 1, disk: {bus: virtio}}
      - {name: data, serial: SN-1, disk: {}}
      - {name: seed, cdrom: {bus: sata}}
  volumes:
  - {name: root, containerDisk: {image: "registry.example/image:1"}}
  - {name: data, persistentVolumeClaim: {claimName: claim}}
  - {name: seed, cloudInitNoCloud: {userData: "#cloud-config"}}
"""
FACTS = {
    "hypervisorDeviceAvailable": True,
    "volumes": {
        "root": {"path": "/root.qcow2", "backing": {"path": "/image.qcow2", "format": "qcow2"}},
        "data": {"path": "/dev/data", "block": True},
        "seed": {"path": "/seed.iso"},
    },
}


def load(text=MANIFEST):
    manifest = Barevirt.Manifest.new_from_bytes(GLib.Bytes.new(text.encode()), "guest.yaml", Barevirt.ManifestFlags.NONE)
    assert manifest.is_valid()
    return manifest.get_objects()[0]


def admit(vmi):
    return [(cause.get_field(), cause.get_message()) for cause in vmi.admit(Barevirt.Policy.new())]


def test_disks():
    disks = load().get_disks()
    assert [(d.props.name, d.props.device, d.props.bus, d.props.read_only) for d in disks] == [
        ("root", "disk", "virtio", False),
        ("data", "disk", None, False),
        ("seed", "cdrom", "sata", True),
    ]
    assert [d.props.boot_order for d in disks] == [1, 0, 0]
    assert [d.get_serial() for d in disks] == [None, "SN-1", None]


def test_defaults_show_in_disks():
    vmi = load()
    assert admit(vmi) == []
    assert vmi.get_disks()[1].props.bus == "sata"


def test_volumes():
    volumes = load().get_volumes()
    assert all(isinstance(v, Barevirt.Volume) for v in volumes)
    assert [(v.props.name, v.props.source, v.props.claim_name) for v in volumes] == [
        ("root", "containerDisk", None),
        ("data", "persistentVolumeClaim", "claim"),
        ("seed", "cloudInitNoCloud", None),
    ]


def test_causes_live_as_long_as_they_are_used():
    text = MANIFEST.replace("name: data, serial", "name: date, serial")
    for _ in range(200):
        causes = load(text).admit(Barevirt.Policy.new())
        junk = ["x" * size for size in range(64)]
        assert "spec.domain.devices.disks[1].name" in [cause.get_field() for cause in causes]
        del causes, junk


def test_convert():
    vmi = load()
    assert admit(vmi) == []
    xml = vmi.convert_to_xml(Barevirt.Context.new_from_json(json.dumps(FACTS)))
    assert '<source dev="/dev/data" name="data"/>' in xml
