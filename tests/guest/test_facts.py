# SPDX-License-Identifier: LGPL-2.1-or-later
"""What guests take of the host: CPUs of their own, firmware, memory, devices; and what happens where it is not there."""
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gi.repository import GLib

from host_service import IMAGES, SETTINGS, HostService
from lab import wait_until
from service import ROOT, object_path

INSTANCE = "VirtualMachineInstance"
CPU = max(int(part) for part in re.split("[,-]", Path("/sys/devices/system/cpu/online").read_text().strip()))
FACTS = f"""{SETTINGS}
HostDevices=true
VSOCK=true
[cpu]
pinning={CPU}
[memory]
reserved=512Mi
[host-device example.org/nic]
pci-vendor-selector=1af4:1041
[host-device example.org/stick]
usb-selector=ffff:fffe
"""

GUEST = """---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: {name}}}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {memory}
    {domain}
    devices:
      disks: [{{name: root, disk: {{bus: virtio}}}}]
      {devices}
  volumes: [{{name: root, hostDisk: {{path: {image}, type: Disk}}}}]
"""
HUGE = "{guest: 128Mi, hugepages: {pageSize: 2Mi}}"
PINNED = "cpu: {cores: 1, dedicatedCpuPlacement: true}"


def manifest(name, memory="{guest: 128Mi}", domain="", devices=""):
    return GUEST.format(name=name, memory=memory, domain=domain, devices=devices, image=f"{IMAGES}/{name}.img")


def path(name):
    return object_path(INSTANCE, name)


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    service = HostService(host, build_folder, FACTS)
    service.start()
    yield service
    service.close()


@pytest.fixture(name="guests")
def fixture_guests(service):
    """Applies guests of this test, which end with it."""
    names = []

    def apply(name, **what):
        service.image(f"{name}.img")
        service.apply(manifest(name, **what))
        names.append(name)

    yield apply
    for name in names:
        if path(name) in service.objects():
            service.call(path(name), "Object", "Delete", "(a{sv})", {})
    for name in names:
        service.wait_for_gone(path(name), "Object")


def wait_for_phase(service, name, phase):
    service.wait_for_property(path(name), INSTANCE, "Phase", lambda found: found == phase)


def wait_for_lack(service, name):
    """The message of the condition that says that the host lacks something."""

    def lacks(conditions):
        return any(c["type"] == "PodScheduled" and c["status"] == "False" for c in conditions)

    conditions = service.wait_for_property(path(name), INSTANCE, "Conditions", lacks)
    found = next(c for c in conditions if c["type"] == "PodScheduled")
    assert found["reason"] == "Unschedulable"
    return found["message"]


def read_affinities(service, name):
    """The name of each of QEMU's threads, and the CPUs that it may run on, as the kernel tells."""
    script = (
        f"for task in /proc/$(cat /run/libvirt/qemu/default_{name}.pid)/task/*; do "
        "sed -n 's/^Name:\\t//p; s/^Cpus_allowed_list:\\t//p' $task/status; done"
    )
    lines = service.host.run("sh", "-c", script).stdout.split("\n")
    return list(zip(lines[0::2], lines[1::2]))


def read_domain(service, name):
    return ElementTree.fromstring(service.host.virsh("dumpxml", f"default_{name}"))


def count_domains(service):
    return len(service.host.virsh("list", "--all", "--name").split())


def test_pinned_guest_sits_on_its_cpu(service, guests):
    guests("first", domain=PINNED)
    wait_for_phase(service, "first", "Running")
    affinities = read_affinities(service, "first")
    vcpus = [cpus for thread, cpus in affinities if thread.startswith("CPU 0/")]
    assert vcpus == [str(CPU)]
    assert {cpus for thread, cpus in affinities if thread.startswith("qemu-system")} == {str(CPU)}
    resources = service.wait_for_property(path("first"), INSTANCE, "Resources", bool)
    assert resources["cpus"] == str(CPU)
    assert resources["memory"] > 128 * 2**20


def test_other_guests_keep_off_those_cpus(service, guests):
    guests("shared")
    wait_for_phase(service, "shared", "Running")
    allowed = {cpus for thread, cpus in read_affinities(service, "shared") if thread.startswith("CPU 0/")}
    if CPU > 0:
        assert not any(re.search(rf"\b{CPU}\b", cpus) for cpus in allowed)


def test_no_two_guests_share_a_cpu_of_their_own(service, guests):
    """The second waits, and starts once the first has ended."""
    guests("first", domain=PINNED)
    wait_for_phase(service, "first", "Running")
    guests("second", domain=PINNED)
    message = wait_for_lack(service, "second")
    assert f"needs 1 CPUs of its own, and 0 of those set aside ({CPU}) are free" in message
    assert count_domains(service) == 1
    service.call(path("first"), "Object", "Delete", "(a{sv})", {})
    wait_for_phase(service, "second", "Running")
    assert {cpus for thread, cpus in read_affinities(service, "second") if thread.startswith("CPU 0/")} == {str(CPU)}


def test_what_a_guest_has_outlives_the_service(service, guests):
    guests("first", domain=PINNED)
    wait_for_phase(service, "first", "Running")
    service.kill()
    service.start()
    wait_for_phase(service, "first", "Running")
    guests("second", domain=PINNED)
    assert "0 of those set aside" in wait_for_lack(service, "second")


def test_all_that_is_lacking_is_told_before_anything_starts(service, guests):
    devices = (
        "hostDevices: [{name: nic, deviceName: example.org/nic}, {name: stick, deviceName: example.org/stick}, "
        "{name: other, deviceName: example.org/other}]\n      autoattachVSOCK: true"
    )
    guests("greedy", memory="{guest: 1Gi, hugepages: {pageSize: 1Gi}}", devices=devices,
           domain="cpu: {cores: 64, dedicatedCpuPlacement: true}\n    machine: {type: pc-q35-rhel9.2.0}")
    message = wait_for_lack(service, "greedy")
    for part in (
        "no machine type pc-q35-rhel9.2.0",
        "64 CPUs of its own",
        "1 huge pages of 1048576 KiB",
        "stick needs a example.org/stick, and this host has none",
        "no section [host-device example.org/other]",
    ):
        assert part in message
    assert ("no vhost-vsock" in message) == (service.host.run("test", "-e", "/dev/vhost-vsock", check=False).returncode != 0)
    assert count_domains(service) == 0
    wait_for_phase(service, "greedy", "Scheduling")
    assert service.host.run("sh", "-c", "find /var/lib/barevirt/volumes -name '*.img' | wc -l").stdout.strip() == "0"


def test_conversion_goes_by_the_same_facts(service):
    """What would be refused is refused; what would run shows the CPUs and the firmware that it would have."""
    text = manifest("asked", domain=f"{PINNED}\n    firmware: {{bootloader: {{efi: {{secureBoot: false}}}}}}")
    xml = ElementTree.fromstring(service.call(ROOT, "Manager", "Convert", "(sa{sv})", text, {})[0])
    assert xml.find("cputune/vcpupin").get("cpuset") == str(CPU)
    assert "OVMF_CODE" in xml.findtext("os/loader")
    with pytest.raises(GLib.Error, match="64 CPUs of its own"):
        service.call(ROOT, "Manager", "Convert", "(sa{sv})", manifest("asked", domain=PINNED.replace("1", "64")), {})


def test_doctor_tells_what_guests_may_have(service):
    text = service.barevirt("doctor", check=False).stdout
    assert f"CPUs {CPU} are set aside for pinning" in text
    assert re.search(r"^ok +firmware +EFI guests boot with /\S+, with secure boot /\S+\.$", text, re.MULTILINE)
    assert service.get(ROOT, "Manager", "HostFacts")["pinning"] == str(CPU)


def test_device_that_the_host_uses_itself_is_not_given_away(service, guests):
    nodes = service.host.virsh("nodedev-list", "--cap", "pci").split()
    texts = [service.host.virsh("nodedev-dumpxml", node) for node in nodes]
    if not any("id='0x1041'" in text and "id='0x1af4'" in text for text in texts):
        pytest.skip("this machine has no virtio network card")
    guests("greedy", devices="hostDevices: [{name: nic, deviceName: example.org/nic}]")
    assert "vfio-pci" in wait_for_lack(service, "greedy")


def test_guest_larger_than_the_host_is_refused_and_a_smaller_one_runs(service, guests):
    kib = int(service.host.run("awk", "/^MemTotal/ {print $2}", "/proc/meminfo").stdout)
    guests("large", domain=f"resources: {{requests: {{memory: {kib}Ki}}}}")
    assert "of memory with what goes with a guest" in wait_for_lack(service, "large")
    guests("small")
    wait_for_phase(service, "small", "Running")


def test_pages_that_are_not_there_refuse_and_fewer_run(service, guests):
    pool = Path("/proc/sys/vm/nr_hugepages")
    before = pool.read_text()
    try:
        pool.write_text("80")
        if int(pool.read_text()) < 80:
            guests("large", memory=HUGE)
            assert "64 huge pages of 2048 KiB, and 0 are left" in wait_for_lack(service, "large")
            pytest.skip("the kernel gives no huge pages here; guests without them were refused")
        guests("small", memory=HUGE)
        wait_for_phase(service, "small", "Running")
        guests("large", memory=HUGE)
        assert "64 huge pages of 2048 KiB, and 16 are left" in wait_for_lack(service, "large")
        service.call(path("small"), "Object", "Delete", "(a{sv})", {})
        wait_for_phase(service, "large", "Running")
    finally:
        pool.write_text(before)


FIRMWARE_VM = f"""---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: uefi}}
spec:
  runStrategy: Always
  template:
    spec:
      terminationGracePeriodSeconds: 10
      domain:
        memory: {{guest: 256Mi}}
        firmware: {{bootloader: {{efi: {{secureBoot: false, persistent: true}}}}}}
        devices:
          tpm: {{persistent: true}}
          disks: [{{name: root, disk: {{bus: virtio}}}}]
      volumes: [{{name: root, hostDisk: {{path: {IMAGES}/uefi.img, type: Disk}}}}]
"""
NVRAM = "/var/lib/barevirt/nvram"
TPM = "/var/lib/libvirt/swtpm"


def wait_for_agent(service, name):
    service.wait_for_property(path(name), "GuestAgent", "OsInfo", lambda info: "prettyName" in info, 300)


def read_nvram(service):
    """Which file it is, and what is in it."""
    inode, checksum = service.host.run("sh", "-c", f"stat -c %i {NVRAM}/*; sha256sum <$(echo {NVRAM}/*)").stdout.split("\n")[:2]
    return inode, checksum


def delete_vm(service, name):
    vm = object_path("VirtualMachine", name)
    service.call(vm, "Object", "Delete", "(a{sv})", {})
    service.wait_for_gone(vm, "Object")


def test_firmware_is_found_and_its_variables_outlive_the_guest(service):
    """The descriptors tell which image; what the firmware and the TPM hold is there after a restart, and goes with the VM."""
    vm = object_path("VirtualMachine", "uefi")
    service.image("uefi.img")
    service.apply(FIRMWARE_VM)
    wait_for_agent(service, "uefi")
    os_element = read_domain(service, "uefi").find("os")
    assert "OVMF_CODE" in os_element.findtext("loader")
    assert service.host.in_guest("default_uefi", "test -d /sys/firmware/efi && echo by EFI").strip() == "by EFI"
    template = os_element.find("nvram").get("template")
    inode, checksum = read_nvram(service)
    assert checksum != service.host.run("sh", "-c", f"sha256sum <{template}").stdout.strip()
    held = service.host.run("sh", "-c", f"echo {TPM}/*/tpm2/tpm2-00.permall").stdout.strip()
    service.host.run("touch", held + ".not-made-anew")
    uid = service.get(path("uefi"), "Object", "Uid")
    service.call(vm, "VirtualMachine", "Restart", "(a{sv})", {})
    service.wait_for_property(path("uefi"), "Object", "Uid", lambda found: found != uid)
    wait_for_agent(service, "uefi")
    assert read_nvram(service)[0] == inode
    service.host.run("test", "-f", held, "-a", "-f", held + ".not-made-anew")
    delete_vm(service, "uefi")
    wait_until(lambda: service.host.run("ls", NVRAM, TPM).stdout.split() == [NVRAM + ":", TPM + ":"], 60, "the end of it")


def test_what_a_tpm_holds_goes_also_where_the_service_died_then(service):
    """It is on record, and the next service removes it."""
    service.image("uefi.img")
    efi = "firmware: {bootloader: {efi: {secureBoot: false, persistent: true}}}"
    service.apply(FIRMWARE_VM.replace(efi, "").replace("Seconds: 10", "Seconds: 0"))
    service.wait_for_property(path("uefi"), INSTANCE, "Phase", lambda phase: phase == "Running")
    service.call(object_path("VirtualMachine", "uefi"), "VirtualMachine", "Stop", "(a{sv})", {})
    service.wait_for_gone(path("uefi"), "Object")
    assert service.host.run("ls", TPM).stdout != ""
    service.kill()
    lost = "00000000-0000-0000-0000-000000000001"
    service.host.run("sh", "-c", f"mv /var/lib/barevirt/tpm/* /var/lib/barevirt/tpm/{lost}; mkdir -p {NVRAM}; touch {NVRAM}/{lost}_VARS.fd")
    service.start()
    wait_until(lambda: service.host.run("ls", TPM).stdout == "", 60, "the end of what the TPM held")
    wait_until(lambda: lost not in service.host.run("ls", NVRAM, "/var/lib/barevirt/tpm").stdout, 60, "the end of its record")
    delete_vm(service, "uefi")


GROUPS = """set -e
umount /sys/fs/cgroup
mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
for controller in cpu memory; do
  mkdir /sys/fs/cgroup/$controller
  mount -t cgroup -o $controller cgroup /sys/fs/cgroup/$controller
done
sed -i 's/^cgroup_controllers.*/cgroup_controllers = [ "cpu", "memory" ]/' /etc/libvirt/qemu.conf
"""


@pytest.fixture(scope="module", name="limited")
def fixture_limited(lab, build_folder):
    """A host on which libvirt puts guests into control groups of the first version, for CPU and memory."""
    host = lab.host("b")
    if host.run("sh", "-c", GROUPS, check=False).returncode != 0:
        pytest.skip("the kernel has no control groups of the first version here")
    host.end_libvirtd()
    host.start_libvirtd()
    service = HostService(host, build_folder)
    service.start()
    yield service
    service.close()
    host.run("rmdir", "/sys/fs/cgroup/cpu/machine", "/sys/fs/cgroup/memory/machine", check=False)


def test_limit_holds_by_a_control_group(limited):
    limited.image("slow.img")
    limited.apply(manifest("slow", domain="resources: {limits: {cpu: 500m}}"))
    wait_for_phase(limited, "slow", "Running")
    tune = read_domain(limited, "slow").find("cputune")
    assert (tune.findtext("global_quota"), tune.findtext("shares")) == ("50000", "512")
    group = "/sys/fs/cgroup/cpu/machine/qemu-*-defaultslow.libvirt-qemu"
    assert limited.host.run("sh", "-c", f"cat {group}/cpu.cfs_quota_us {group}/cpu.shares").stdout.split() == ["50000", "512"]
    limited.call(path("slow"), "Object", "Delete", "(a{sv})", {})
    limited.wait_for_gone(path("slow"), "Object")


def test_memory_limit_holds_by_a_control_group(limited):
    """The kernel's figure is what the domain says: what the manifest allows, with what QEMU takes beside it."""
    limited.image("small.img")
    limited.apply(manifest("small", domain="resources: {limits: {memory: 160Mi}}"))
    wait_until(lambda: "default_small" in limited.host.virsh("list", "--all", "--name"), 120, "the domain")
    text = limited.host.virsh("dumpxml", "--inactive", "default_small")
    hard = int(ElementTree.fromstring(text).findtext("memtune/hard_limit"))
    assert hard >= 160 * 1024
    # libvirt raises QEMU's limit of locked memory with it, which a container may not be allowed to.
    if limited.host.run("prlimit", f"--memlock={hard * 1024}", "true", check=False).returncode == 0:
        wait_for_phase(limited, "small", "Running")
        group = "/sys/fs/cgroup/memory/machine/qemu-*-defaultsmall.libvirt-qemu"
        assert int(limited.host.run("sh", "-c", f"cat {group}/memory.limit_in_bytes").stdout) == hard * 1024
        processes = limited.host.run("sh", "-c", f"cat {group}/cgroup.procs {group}/*/cgroup.procs").stdout.split()
        assert limited.host.run("cat", "/run/libvirt/qemu/default_small.pid").stdout.strip() in processes
    limited.call(path("small"), "Object", "Delete", "(a{sv})", {})
    limited.wait_for_gone(path("small"), "Object")
