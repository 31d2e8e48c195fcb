#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds a VMI from nothing, checks it, and prints the libvirt domain that it becomes."""
import sys

import gi

gi.require_version("Barevirt", "1.0")
from gi.repository import Barevirt, GLib  # noqa: E402


def build():
    vmi = Barevirt.Vmi.new("from-python")
    vmi.set_field("spec.domain.memory.guest", GLib.Variant("s", "512Mi"))
    vmi.set_field("spec.domain.cpu.cores", GLib.Variant("i", 2))
    vmi.set_field("spec.domain.devices.disks[0]", GLib.Variant("a{sv}", {"name": GLib.Variant("s", "root")}))
    vmi.set_field("spec.domain.devices.disks[0].disk.bus", GLib.Variant("s", "virtio"))
    vmi.set_field("spec.volumes[0].name", GLib.Variant("s", "root"))
    vmi.set_field("spec.volumes[0].persistentVolumeClaim.claimName", GLib.Variant("s", "root-claim"))
    return vmi


def facts():
    """What a host would have found out: KVM, and where the claim's image is."""
    return Barevirt.Context.new_from_json(
        """{
          "architecture": "amd64",
          "hypervisorDeviceAvailable": true,
          "runtimeDirectory": "/run/barevirt/example",
          "volumes": {"root": {"path": "/var/lib/libvirt/images/root.img", "format": "raw"}},
          "networks": {"default": {"attachment": "network", "network": "default"}}
        }"""
    )


def main():
    vmi = build()
    causes = vmi.admit(Barevirt.Policy.new())
    for cause in causes:
        print(cause.to_string(), file=sys.stderr)
    if any(cause.get_severity() == Barevirt.Severity.ERROR for cause in causes):
        return 1
    for disk in vmi.get_disks():
        print(f"disk {disk.props.name} on {disk.props.bus}", file=sys.stderr)
    print(vmi.convert_to_xml(facts()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
