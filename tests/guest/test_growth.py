# SPDX-License-Identifier: LGPL-2.1-or-later
"""CPUs and memory that come while the guest runs, as the guest itself sees them."""
import pytest

from host_service import IMAGES, SETTINGS, HostService
from lab import wait_until
from service import NAME, ROOT, object_path

INSTANCE = "VirtualMachineInstance"
VM = object_path("VirtualMachine", "grow")
VMI = object_path(INSTANCE, "grow")
DOMAIN = "default_grow"
MIB = 1024 * 1024


def machine(sockets=1, memory="1Gi", maximum="maxSockets: 3, "):
    return f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: grow}}
spec:
  runStrategy: Always
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        cpu: {{{maximum}sockets: {sockets}}}
        memory: {{guest: {memory}, maxGuest: 3Gi}}
        devices:
          disks:
          - {{name: root, disk: {{bus: virtio}}}}
      volumes:
      - {{name: root, hostDisk: {{path: {IMAGES}/grow.img, type: Disk}}}}
"""


@pytest.fixture(scope="module", name="guest")
def fixture_guest(host, build_folder):
    """A guest of 1 GiB on a host that has room for 2 GiB more, but not for 3."""
    host_mib = int(host.run("awk", "/^MemTotal/ {print int($2 / 1024)}", "/proc/meminfo").stdout)
    service = HostService(host, build_folder, SETTINGS + f"[memory]\nreserved={host_mib - 3000}Mi\n")
    service.start()
    service.image("grow.img")
    service.apply(machine())
    service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    yield service
    service.close()


def in_guest(service, command):
    return service.host.in_guest(DOMAIN, command).strip()


def seen_memory(service):
    """In MiB, with what the kernel keeps for itself."""
    return int(in_guest(service, "awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo"))


def condition(service, path, interface, name):
    conditions = service.objects().get(path, {}).get(f"{NAME}.{interface}", {}).get("Conditions", [])
    return next((c for c in conditions if c["type"] == name), None)


def restart_required(service):
    found = condition(service, VM, "VirtualMachine", "RestartRequired")
    return found and found["message"]


def plan(service, text):
    """Each field that TEXT would change, and when."""
    (item,) = service.call(ROOT, "Manager", "Diff", "(sa{sv})", text, {})[0]
    return {field["field"].removeprefix("spec.template.spec.domain."): field["effect"] for field in item["fields"]}


def test_sockets(guest):
    assert in_guest(guest, "nproc") == "1"
    assert guest.get(VMI, INSTANCE, "CurrentCPUTopology") == {"sockets": 1, "cores": 1, "threads": 1}
    text = machine(sockets=3)
    assert plan(guest, text) == {"cpu.sockets": "live"}
    guest.apply(text)
    guest.host.wait_in_guest(DOMAIN, "nproc", "3", 120)
    guest.wait_for_property(VMI, INSTANCE, "CurrentCPUTopology", lambda topology: topology["sockets"] == 3)
    wait_until(lambda: condition(guest, VMI, INSTANCE, "HotVCPUChange") is None, 60, "the end of the change")
    assert restart_required(guest) is None


def test_memory(guest):
    before = seen_memory(guest)
    text = machine(sockets=3, memory="2Gi")
    assert plan(guest, text) == {"memory.guest": "live"}
    reserved = guest.get(VMI, INSTANCE, "Resources")["memory"]
    guest.apply(text)
    wait_until(lambda: seen_memory(guest) == before + 1024, 120, "the memory")
    memory = guest.wait_for_property(VMI, INSTANCE, "Memory", lambda now: now["guestCurrent"] == 2048 * MIB)
    assert memory == {"guestAtBoot": 1024 * MIB, "guestRequested": 2048 * MIB, "guestCurrent": 2048 * MIB}
    wait_until(lambda: condition(guest, VMI, INSTANCE, "HotMemoryChange") is None, 60, "the end of the change")
    guest.wait_for_property(VMI, INSTANCE, "Resources", lambda now: now["memory"] >= reserved + 1024 * MIB)
    # The same device shrinks; how much the guest can give back is up to its kernel.
    guest.apply(machine(sockets=3, memory="1536Mi"))
    wait_until(lambda: seen_memory(guest) < before + 1024, 120, "less memory")
    guest.wait_for_property(VMI, INSTANCE, "Memory", lambda now: now["guestRequested"] == 1536 * MIB)
    guest.wait_for_property(VMI, INSTANCE, "Resources", lambda now: now["memory"] < reserved + 1024 * MIB)


def test_lack_of_room(guest):
    """What the host has not got is told and waited for; less is taken at once."""
    guest.apply(machine(sockets=3, memory="3Gi"))
    told = wait_until(lambda: condition(guest, VMI, INSTANCE, "Synchronized"), 60, "the lack of memory")
    assert told["status"] == "False" and "of the" in told["message"] and "for guests are left" in told["message"]
    wait_until(lambda: (condition(guest, VMI, INSTANCE, "HotMemoryChange") or {}).get("status") == "True", 60, "the change")
    guest.apply(machine(sockets=3, memory="1792Mi"))
    guest.wait_for_property(VMI, INSTANCE, "Memory", lambda now: now["guestRequested"] == 1792 * MIB)
    wait_until(lambda: condition(guest, VMI, INSTANCE, "Synchronized") is None, 60, "the end of the lack")


def test_what_waits_for_a_restart(guest):
    assert restart_required(guest) is None
    for text, field, reason in (
        (machine(sockets=2, memory="1792Mi"), "cpu.sockets", "cannot be taken"),
        (machine(sockets=3, memory="1792Mi", maximum=""), "cpu.maxSockets", "cannot change while"),
        (machine(sockets=3, memory="1020Mi").replace(", maxGuest: 3Gi", ""), "memory.guest", "less memory than it was"),
    ):
        assert plan(guest, text)[field] == "at restart"
        guest.apply(text)
        message = wait_until(lambda: restart_required(guest), 60, "RestartRequired")
        assert "Restart the VirtualMachine" in message and reason in message
        # Taken back: nothing is left to do.
        guest.apply(machine(sockets=3, memory="1792Mi"))
        wait_until(lambda: restart_required(guest) is None, 60, "the end of it")


def test_after_kill(guest):
    """A service that comes after one that was killed finds the guest as it is, and goes on."""
    uid = guest.get(VMI, "Object", "Uid")
    guest.kill()
    guest.start()
    guest.wait_for_property(ROOT, "Manager", "Ready", bool)
    guest.wait_for_property(VMI, INSTANCE, "Memory", lambda now: now.get("guestAtBoot") == 1024 * MIB)
    assert guest.get(VMI, "Object", "Uid") == uid
    guest.apply(machine(sockets=3, memory="1Gi"))
    guest.wait_for_property(VMI, INSTANCE, "Memory", lambda now: now["guestRequested"] == 1024 * MIB)
    assert restart_required(guest) is None


def test_restart(guest):
    uid = guest.get(VMI, "Object", "Uid")
    guest.apply(machine(sockets=2, memory="1Gi"))
    wait_until(lambda: restart_required(guest), 60, "RestartRequired")
    guest.call(VM, "VirtualMachine", "Restart", "(a{sv})", {})
    guest.wait_for_property(VMI, "Object", "Uid", lambda now: now != uid)
    guest.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    guest.host.wait_in_guest(DOMAIN, "nproc", "2")
    wait_until(lambda: restart_required(guest) is None, 60, "the end of RestartRequired")


def online(service):
    """What udev does in a guest that has it: a kernel takes on new memory when it is told to."""
    in_guest(service, "for s in /sys/devices/system/memory/memory*/state; do "
                      "[ $(cat $s) = online ] || echo online >$s || true; done")
    return seen_memory(service)


def test_memory_without_virtio_mem(guest):
    """Each time that the guest grows it gets a DIMM; what is plugged in stays until it starts again."""
    guest.stop()
    guest.host.write("/etc/barevirt/barevirt.conf.d/zz-dimm.conf", "[hypervisor]\nvirtio-mem=false\n")
    guest.start()
    guest.apply(machine())
    guest.wait_for_property(VM, "VirtualMachine", "PrintableStatus", lambda status: status == "Running")
    guest.call(VM, "VirtualMachine", "Restart", "(a{sv})", {})
    wait_until(lambda: "slots='16'" in guest.host.virsh("dumpxml", DOMAIN, check=False), 120, "a guest with slots")
    guest.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    before = seen_memory(guest)
    for memory, more in [("1280Mi", 256), ("1536Mi", 512)]:
        assert plan(guest, machine(memory=memory)) == {"memory.guest": "live"}
        guest.apply(machine(memory=memory))
        wait_until(lambda: online(guest) == before + more, 120, f"{memory} of memory")
        guest.wait_for_property(VMI, INSTANCE, "Memory", lambda now: now["guestCurrent"] == (1024 + more) * MIB)
    assert guest.host.virsh("dumpxml", DOMAIN).count("<memory model='dimm'") == 2
    assert restart_required(guest) is None
    for memory, reason in [("1600Mi", "in steps of 128Mi"), ("1Gi", "cannot be taken")]:
        guest.apply(machine(memory=memory))
        wait_until(lambda: reason in (restart_required(guest) or ""), 60, f"the condition for {memory}")
    assert online(guest) == before + 512
