# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library as Python sees it, over GObject introspection."""
import os
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]


@pytest.fixture(name="python")
def python_fixture():
    build = Path(os.environ["BAREVIRT_BUILD_DIR"]) / "src"
    # Preloaded sanitizers would want to be first in the interpreter, too.
    environment = {**os.environ, "GI_TYPELIB_PATH": str(build), "LD_LIBRARY_PATH": str(build)}

    def run(*arguments):
        return subprocess.run(["/usr/bin/python3", *arguments], env=environment, capture_output=True, text=True, timeout=60)

    return run


def test_example_builds_a_vmi(python):
    result = python(str(SOURCE / "examples/python/build_vmi.py"))
    assert result.returncode == 0, result.stderr
    domain = ET.fromstring(result.stdout)
    assert domain.findtext("name") == "default_from-python"
    assert domain.find("devices/disk/source").get("file") == "/var/lib/libvirt/images/root.img"
    assert "disk root on virtio" in result.stderr


def test_manifest_to_domain(python):
    case = SOURCE / "tests/conformance/cases/disk-many-buses"
    program = f"""
import gi
gi.require_version("Barevirt", "1.0")
from gi.repository import Barevirt, GLib
manifest = Barevirt.Manifest.new_from_file({str(case / "vmi.yaml")!r}, Barevirt.ManifestFlags.NONE)
assert manifest.is_valid()
vmi = manifest.get_objects()[0]
assert [disk.props.bus for disk in vmi.get_disks()] == ["virtio", "sata", "scsi", "virtio", "sata"]
policy = Barevirt.Policy.new()
assert not [c for c in vmi.admit(policy) if c.get_severity() == Barevirt.Severity.ERROR]
context = Barevirt.Context.new_from_json(open({str(case / "context.json")!r}).read())
assert "<disk" in vmi.convert_to_xml(context)
try:
    vmi.set_field("spec.domain.cpu.cores", GLib.Variant("s", "two"))
except GLib.Error as error:
    assert error.matches(Barevirt.error_quark(), Barevirt.Error.INVALID_ARGUMENT)
else:
    raise AssertionError("a string was taken for a number")
"""
    result = python("-c", program)
    assert result.returncode == 0, result.stderr
