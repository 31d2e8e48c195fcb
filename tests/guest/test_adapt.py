# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adapted domains on the real libvirt and QEMU: accepted, started, and shown back with nothing lost."""
import json
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CASES = TESTS / "conformance" / "cases"
UNITS = {"b": 1, "bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, None: 2**10}

# What a domain needs that a host without hardware of its own does not have: an element, and an attribute's value in it.
HARDWARE = (
    ("hostdev", None, None, "a host device"),
    ("memoryBacking/hugepages", None, None, "huge pages"),
    ("cputune/vcpupin", None, None, "CPUs set aside"),
    ("launchSecurity", None, None, "a confidential processor"),
    ("devices/vsock", None, None, "vhost-vsock"),
    ("devices/filesystem", None, None, "a virtiofs daemon"),
    ("devices/disk/source/reservations", None, None, "a SCSI device with reservations"),
    ("devices/disk", "device", "lun", "a SCSI device"),
    ("os/acpi", None, None, "an ACPI table"),
    ("os/loader", None, None, "firmware where the facts say"),
    ("os/kernel", None, None, "a kernel where the facts say"),
    ("cpu/feature", "name", "vmx", "nested virtualization"),
    ("devices/channel/source", None, None, "a socket of downward metrics"),
)


def exceptions():
    """Cases that do not pass `define --validate`, each with its reason; checked in."""
    lines = (TESTS / "guest" / "adapt-exceptions").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def version(text, name):
    return re.search(rf"{name} ([0-9.]+)", text)[1]


class Bench:
    """Converts the cases for a host without KVM, with files of its own in place of those of the facts."""

    def __init__(self, host, build_folder):
        self.host, self.barevirt = host, build_folder / "src" / "cli" / "barevirt"
        self.folder = host.lab.folder / "adapt"
        self.folder.mkdir(mode=0o755)
        versions = host.run("virsh", "version").stdout
        self.versions = ["--libvirt", version(versions, "Using library: libvirt"),
                         "--qemu", version(versions, "Running hypervisor: QEMU")]

    def image(self, path, image_format, backing=None):
        """A file in place of PATH."""
        file = self.folder / re.sub(r"\W", "_", path)
        if not file.exists():
            command = ["qemu-img", "create", "-q", "-f", image_format]
            if backing:
                below = backing.get("format", "raw")
                command += ["-F", below, "-b", self.image(backing["path"], below)]
            subprocess.run([*command, file, *([] if backing else ["1M"])], check=True)
            file.chmod(0o666)
        return file

    def facts(self, case, real):
        facts = json.loads((case / "context.json").read_text(encoding="utf-8"))
        facts["hypervisorDeviceAvailable"], facts["allowEmulation"] = False, True
        if not real:
            return facts
        runtime = self.folder / f"run-{case.name}"
        runtime.mkdir(mode=0o777)
        runtime.chmod(0o777)
        facts["runtimeDirectory"] = str(runtime)
        for volume in facts.get("volumes", {}).values():
            if "path" not in volume or "acpiTable" in volume:
                continue
            backing = volume.get("backing")
            volume["block"] = False
            volume["path"] = str(self.image(volume["path"], volume.get("format", "raw"), backing))
            if backing:
                backing["block"] = False
                backing["path"] = str(self.image(backing["path"], backing.get("format", "raw")))
        return facts

    def convert(self, case, real=False):
        """The adapted domain's XML, or None and the refusal."""
        context = self.folder / "context.json"
        context.write_text(json.dumps(self.facts(case, real)), encoding="utf-8")
        command = [self.barevirt, "convert", *self.versions, "--context", context, case / "vmi.yaml"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return result.stdout if result.returncode == 0 else None, result.stderr


def amd64_cases():
    return [c.parent for c in sorted(CASES.glob("*/domain.xml")) if 'arch="x86_64"' in c.read_text(encoding="utf-8")]


def name_of(xml):
    return ET.fromstring(xml).findtext("name")


def needs(domain):
    """What hardware the domain needs, or None."""
    for path, attribute, value, what in HARDWARE:
        for element in domain.findall(path) + domain.findall(f"devices/{path}"):
            if attribute is None or element.get(attribute) == value:
                return what
    return None


@pytest.fixture(scope="module", name="bench")
def fixture_bench(host, build_folder):
    return Bench(host, build_folder)


def test_domains_validate(bench):
    """Every amd64 domain passes `virsh define --validate`, or stands in the list with its reason."""
    listed, failed = exceptions(), {}
    for case in amd64_cases():
        xml, refusal = bench.convert(case)
        if xml is None:
            failed[case.name] = refusal
            continue
        file = bench.folder / "domain.xml"
        file.write_text(xml, encoding="utf-8")
        result = bench.host.run("virsh", "-q", "define", "--validate", str(file), check=False)
        if result.returncode != 0:
            failed[case.name] = result.stderr
        else:
            bench.host.run("virsh", "-q", "undefine", name_of(xml), "--nvram")
    assert not {name: why for name, why in failed.items() if name not in listed}
    assert not set(listed) - set(failed), "these pass now: take them out of adapt-exceptions"


def sizes(element):
    """Attributes and text, with memory in KiB."""
    attributes, text = dict(element.attrib), (element.text or "").strip()
    if text.isdigit() and ("unit" in attributes or "emory" in element.tag):
        text = str(-(-int(text) * UNITS[attributes.pop("unit", None)] // 1024))
    if element.tag == "cell" and "memory" in attributes:
        attributes["memory"] = str(-(-int(attributes["memory"]) * UNITS[attributes.pop("unit", None)] // 1024))
    return attributes, text


# What libvirt writes in another way or leaves to be what it would be anyway: the alias of a machine becomes the machine, a
# host model the model with its features, the first console follows the first serial port; an empty drive has no type,
# the tray is a state, one queue is what an interface has, and no controller has no address.
REWRITTEN = {
    ("/domain/os/type", "machine"), ("/domain/cpu", "mode"), ("/domain/cpu/feature", "policy"),
    ("/domain/devices/console", "type"), ("/domain/devices/disk/target", "tray"),
}


def is_default(element, name):
    """Whether an attribute says what holds without it."""
    if element.tag == "disk" and element.find("source") is None:
        return name == "type"
    return (element.tag, name, element.get(name)) in {("driver", "queues", "1"), ("driver", "type", "raw")}


def rounded(want, got):
    """libvirt rounds memory up to whole MiB."""
    return want.isdigit() and got.isdigit() and 0 <= int(got) - int(want) < 1024


def lost(want, got, path=""):
    """What of WANT is not in GOT."""
    here = f"{path}/{want.tag}"
    attributes, text = sizes(want)
    shown, shown_text = sizes(got)
    out = [f"{here}/@{k}={v!r}, shown {shown.get(k)!r}" 
           for k, v in attributes.items() if v and shown.get(k) != v and (here, k) not in REWRITTEN and not is_default(want, k)]
    if text and text != shown_text and not rounded(text, shown_text):
        out.append(f"{here}: {text!r}, shown {shown_text!r}")
    rest = list(got)
    for child in want:
        same = [c for c in rest if c.tag == child.tag]
        if not same:
            if want.get("model") != "none" and (child.attrib or len(child) or (child.text or "").strip()):
                out.append(f"{here}/{child.tag} is gone")
            continue
        best = min(same, key=lambda c: len(lost(child, c, here)))
        out += lost(child, best, here)
        rest.remove(best)
    return out


def test_domains_start_whole(bench):
    """Every one that needs no hardware starts, paused, and libvirt shows all of it."""
    listed, failed, started = exceptions(), {}, 0
    for case in amd64_cases():
        if case.name in listed or needs(ET.parse(case / "domain.xml").getroot()):
            continue
        xml, refusal = bench.convert(case, real=True)
        assert xml, refusal
        domain = ET.fromstring(xml)
        file = bench.folder / "domain.xml"
        file.write_text(xml, encoding="utf-8")
        result = bench.host.run("virsh", "-q", "create", "--paused", str(file), check=False)
        if result.returncode != 0:
            failed[case.name] = result.stderr
            continue
        started += 1
        shown = bench.host.run("virsh", "-q", "dumpxml", "--inactive", name_of(xml)).stdout
        bench.host.run("virsh", "-q", "destroy", name_of(xml))
        gone = lost(domain, ET.fromstring(shown))
        if gone:
            failed[case.name] = gone
    assert not failed, json.dumps(failed, indent=1)
    assert started > 100
