# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that boot from container images out of a real registry."""
import hashlib

import pytest

import oci
from host_service import SETTINGS, HostService
from lab import wait_until
from registry import GUEST, Registry
from service import object_path

INSTANCE = "VirtualMachineInstance"
STATE = "/var/lib/barevirt"
FILES = f"{STATE}/image-cache/files"


def manifest(name, image, more="", firmware=""):
    return f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: {name}}}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {{guest: 128Mi}}
    devices:
      disks:
        - {{name: root, disk: {{bus: virtio}}}}
{firmware}  volumes:
    - name: root
      containerDisk: {{image: "{image}"{more}}}
"""


def path(name):
    return object_path(INSTANCE, name)


def wait_for_agent(service, name):
    service.wait_for_property(path(name), "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 240)


def failure(service, name, words):
    """Waits until the VMI waits with these words, and returns the reason."""

    def told(conditions):
        return any(c["type"] == "Synchronized" and words in c["message"] for c in conditions)

    conditions = service.wait_for_property(path(name), INSTANCE, "Conditions", told)
    return [c["reason"] for c in conditions if c["type"] == "Synchronized"][0]


def delete(service, name):
    service.call(path(name), "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: path(name) not in service.objects(), 60, f"the end of {name}")


def test_two_guests_share_a_disk(service, registry):
    """What they write is theirs; the disk below is root's, and as it was."""
    expected = hashlib.sha256((service.host.lab.guest() / "disk.qcow2").read_bytes()).hexdigest()
    for name in ("one", "two"):
        service.apply(manifest(name, registry.name(GUEST)))
    for name in ("one", "two"):
        wait_for_agent(service, name)
        service.host.in_guest(f"default_{name}", f"echo {name} >/data/whose; sync")
    for name in ("one", "two"):
        assert service.host.in_guest(f"default_{name}", "cat /data/whose").strip() == name
    (line,) = service.host.run("find", FILES, "-type", "f", "-printf", "%p %n %u %m\n").stdout.splitlines()
    file, *facts = line.split()
    assert facts == ["3", "root", "440"]
    assert service.host.run("sha256sum", file).stdout.split()[0] == expected
    for name in ("one", "two"):
        delete(service, name)
    links = ("find", FILES, "-type", "f", "-printf", "%n %u")
    wait_until(lambda: service.host.run(*links).stdout == "1 root", 60, "the end of the guests' disks")
    wait_until(lambda: service.host.run("ls", f"{STATE}/volumes").stdout == "", 60, "the end of the guests' folders")


def test_raw_disk_and_archive(service):
    """From an archive on the host, too."""
    layout = oci.disk_layout(service.host.lab.folder / "raw", service.host.lab.guest() / "disk.img", compress=True)
    service.host.run("mkdir", "-p", f"{STATE}/archives")
    service.host.run("skopeo", "copy", "-q", f"oci:{layout.folder}", f"docker-archive:{STATE}/archives/raw.tar:raw:1")
    layout.close()
    service.apply(manifest("raw", f"docker-archive:{STATE}/archives/raw.tar"))
    wait_for_agent(service, "raw")
    assert "<format type='raw'/>" in service.host.virsh("dumpxml", "default_raw")
    delete(service, "raw")


def test_kernel_boot(service, registry):
    """The guest's kernel, initial RAM disk and command line; its disk is only there."""
    folder = service.host.lab.guest()
    layout = oci.Layout(
        service.host.lab.folder / "kernel",
        [[oci.entry("boot/vmlinuz", folder / "vmlinuz"), oci.entry("boot/initrd", folder / "initrd")]],
    )
    image = registry.push(layout, "barevirt/kernel:1")
    layout.close()
    line = (folder / "cmdline").read_text().strip() + " barevirt.test=yes"
    firmware = f"""\
    firmware:
      kernelBoot:
        kernelArgs: "{line}"
        container: {{image: "{image}", kernelPath: /boot/vmlinuz, initrdPath: /boot/initrd}}
"""
    for name in ("direct", "again"):  # libvirt gives each its own files
        service.apply(manifest(name, registry.name(GUEST), firmware=firmware))
    for name in ("direct", "again"):
        wait_for_agent(service, name)
        assert "barevirt.test=yes" in service.host.in_guest(f"default_{name}", "cat /proc/cmdline")
        delete(service, name)


def test_registry_elsewhere_needs_tls(service):
    """Plain HTTP to another address than loopback is for the administrator to allow."""
    other = Registry(service.host, 5002, address="192.168.122.1")
    try:
        layout = oci.disk_layout(service.host.lab.folder / "elsewhere", service.host.lab.guest() / "disk.qcow2")
        image = f"192.168.122.1:{other.port}/{GUEST}"
        service.host.run("skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{layout.folder}", f"docker://{image}")
        layout.close()
        service.apply(manifest("elsewhere", image))
        assert failure(service, "elsewhere", "insecure=yes") in ("ErrImagePull", "ImagePullBackOff")
        service.stop()
        allowed = f"[registry 192.168.122.1:{other.port}]\ninsecure=yes\n"
        service.host.write("/etc/barevirt/barevirt.conf.d/registry.conf", allowed)
        service.start()
        wait_for_agent(service, "elsewhere")
        delete(service, "elsewhere")
    finally:
        other.stop()


@pytest.mark.parametrize("megabytes, words", [(10, "file system of the cache is full"), (30, "No space left")],
                         ids=["while it is pulled", "while it is unpacked"])
def test_full_disk(service, registry, megabytes, words):
    """The error says so, nothing is left, and once there is room it goes on by itself."""
    service.stop()
    service.host.run("mount", "-t", "tmpfs", "-o", f"size={megabytes}M,mode=755", "none", STATE)
    try:
        service.start()
        service.apply(manifest("full", registry.name(GUEST)))
        failure(service, "full", words)
        left = ["find", f"{STATE}/image-cache/staging", FILES, f"{STATE}/volumes", "-type", "f"]
        wait_until(lambda: service.host.run(*left, check=False).stdout == "", 60, "the end of what was begun")
        service.host.run("mount", "-o", "remount,size=200M", STATE)
        wait_for_agent(service, "full")
        delete(service, "full")
    finally:
        if service.process.poll() is None:
            service.stop()
        service.host.unmount(STATE)
        service.start()


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    service = HostService(host, build_folder, f"{SETTINGS}[images]\nfolders={STATE}/archives\n")
    service.start()
    yield service
    service.close()
