# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running guest moves to another host: all of it, and once."""
import errno
import re
import socket
import threading
import time

import pytest
from gi.repository import GLib

from lab import wait_until
from metrics import check_against_table, check_with_promtool, find_sample, scrape
from mover import INSTANCE, MACHINE, Mover
from pair import METRICS, Watch
from service import NAME, ROOT, object_path

LOST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstanceMigration
metadata: {name: lost}
spec: {vmiName: nobody}
"""

SQUATTER = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: squatter}}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {{guest: 32Mi}}
    devices:
      interfaces: [{{name: default, masquerade: {{}}, macAddress: "{mac}"}}]
  networks: [{{name: default, pod: {{}}}}]
"""

TWIN = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings}}
data: {{key: {value}}}
---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: twin}}
spec:
  runStrategy: {strategy}
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: 32Mi}}
        devices:
          disks: [{{name: settings, disk: {{bus: virtio}}}}]
          interfaces: [{{name: default, masquerade: {{}}}}]
      networks: [{{name: default, pod: {{}}}}]
      volumes: [{{name: settings, configMap: {{name: settings}}}}]
"""


MIB = 1024 * 1024


def size(sockets, mebibytes, most=4):
    return f"cpu: {{sockets: {sockets}, maxSockets: {most}}}\n        memory: {{guest: {mebibytes}Mi, maxGuest: 2Gi}}"


@pytest.fixture(scope="module", name="mover")
def fixture_mover(pair, disk, counter):
    mover = Mover(pair, "mover", disk, counter, size(1, 1024))
    yield mover
    mover.close()


def migrations(service):
    """The paths of those that a host knows."""
    return [path for path, interfaces in service.objects().items() if f"{NAME}.Migration" in interfaces]


def mac_with(address):
    """One whose guest gets that address, if it is free: as bv-address-book chooses where to begin."""
    place = int(address.split(".")[3]) - 2
    for n in range(1 << 16):
        mac = f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}"
        code = 5381
        for byte in mac.encode():
            code = (code * 33 + byte) & 0xFFFFFFFF
        if code % 253 == place:
            return mac
    raise AssertionError(f"no MAC address has {address}")


def addresses(service):
    """MAC addresses and addresses of the guest, once it has one."""
    return service.wait_for_property(
        object_path(INSTANCE, "mover"), INSTANCE, "Interfaces", lambda found: found and found[0].get("ipAddress"))


def test_address_is_taken(pair, mover):
    """A guest keeps its address; where another runs with that, it does not move."""
    address = addresses(pair.a)[0]["ipAddress"]
    pair.b.apply(SQUATTER.format(mac=mac_with(address)))
    there = object_path(INSTANCE, "squatter")
    pair.b.wait_for_property(there, INSTANCE, "Addresses", lambda found: address in found)
    refused = pair.a.barevirt("migrate", "mover", "--to", "b", check=False, timeout=240)
    assert refused.returncode == 1
    assert f"The address {address} of the guest is that of a guest that runs there" in refused.stderr, refused.stderr
    pair.b.barevirt("delete", "vmi", "squatter")
    pair.b.wait_for_gone(there, INSTANCE)


def look_around(mover):
    """What people use of a guest works where it is now."""
    service, host = mover.service, mover.service.host
    address = addresses(service)[0]["ipAddress"]
    host.run("ip", "neigh", "flush", "all")
    wait_until(lambda: answers(host, address), 60, f"an answer from {address}")
    kept = host.in_guest(mover.domain, "cat /tmp/sum")
    # Where it has just come to, the service may not have heard of its agent yet.
    wait_until(lambda: service.barevirt("exec", "mover", "--", "/bin/cat", "/tmp/sum", check=False).stdout == kept, 60, "the sum")
    wait_until(lambda: abs(int(host.in_guest(mover.domain, "date +%s")) - time.time()) < 30, 120, "the guest's clock")
    reply, fds = service.connection.call_with_unix_fd_list_sync(
        NAME, mover.instance, f"{NAME}.{INSTANCE}", "OpenConsole", GLib.Variant("(a{sv})", ({},)), None, 0, 60_000, None, None)
    with socket.socket(fileno=fds.get(reply.unpack()[0])) as console:
        console.settimeout(60)
        console.sendall(b"\necho on con''sole\n")
        seen = b""
        while b"on console" not in seen:
            part = console.recv(4096)
            assert part, seen
            seen += part


def answers(host, address):
    """Whether the guest's kernel answers on HOST's network: it refuses a connection."""
    script = f"import socket; s = socket.socket(); s.settimeout(5); print(s.connect_ex(('{address}', 9)))"
    return host.run("python3", "-c", script).stdout.strip() == str(errno.ECONNREFUSED)


def test_moves(pair, mover, build_folder):
    """All of it is there afterwards, and nothing is left behind; and back again."""
    watch = Watch(pair, mover.domain, build_folder)
    addresses(pair.a)
    look_around(mover)
    identity = {name: pair.a.get(path, "Object", "Uid") for name, path in (("vm", mover.machine), ("vmi", mover.instance))}
    interfaces = pair.a.get(mover.instance, INSTANCE, "Interfaces")
    for target in "ba":
        source = mover.home
        pair.services[source].host.in_guest(mover.domain, "date -s '2001-02-03 04:05:06'")
        pair.services[source].barevirt("migrate", "mover", "--to", target, timeout=120)
        mover.path, = migrations(pair.services[target])  # older words about where it is do not count any more
        mover.settle()
        assert mover.home == target
        mover.check()
        assert identity == {"vm": mover.service.get(mover.machine, "Object", "Uid"),
                            "vmi": mover.service.get(mover.instance, "Object", "Uid")}
        pair.services[source].wait_for_gone(mover.machine, "Object")
        here, there = mover.migration(source), mover.migration(target)
        assert (here["Role"], here["Phase"], here["Target"]) == ("source", "Succeeded", target)
        assert (there["Role"], there["Phase"], there["Source"]) == ("target", "Succeeded", source)
        assert here["Progress"]["total"] > 0 and here["Progress"]["handover"] > 0
        mover.service.wait_for_property(mover.machine, MACHINE, "Ready", lambda ready: ready)
        state = mover.service.wait_for_property(mover.instance, INSTANCE, "MigrationState", lambda told: "failed" in told)
        assert (state["sourceNode"], state["targetNode"], state["failed"]) == (source, target, False)
        assert f"targetNode: {target}" in mover.service.barevirt("get", "vmi", "mover", "-o", "yaml").stdout
        gone = pair.services[source].barevirt("describe", "vm", "mover", check=False)
        assert gone.returncode == 1 and f"it moved to the host {target}" in gone.stderr, gone.stderr
        told = pair.services[source].barevirt("get", "vmim").stdout
        assert "mover" in told and target in told
        now = addresses(mover.service)
        look_around(mover)
        assert [(one["mac"], one.get("ipAddress")) for one in now] == [
            (one["mac"], one.get("ipAddress")) for one in interfaces]
    assert not watch.overlaps()
    watch.close()


def test_moves_are_told_by_the_metrics(pair, mover, build_folder):
    """By the test before, a had it, then b, then a again: each was the source of one move, and forgets that one when the
    guest comes back."""
    texts = {name: scrape(service.host, METRICS) for name, service in pair.services.items()}
    for text in texts.values():
        check_against_table(text, build_folder)
        check_with_promtool(text)
        assert find_sample(text, "kubevirt_vmi_migration_failed", vmi="mover") is None
        took = "kubevirt_vmi_migration_phase_transition_time_from_creation_seconds"
        assert find_sample(text, took + "_count", phase="Succeeded") == 1
        assert 0 < find_sample(text, took + "_sum", phase="Running") <= find_sample(text, took + "_sum", phase="Succeeded")
    assert find_sample(texts["b"], "kubevirt_vmi_migration_succeeded", vmi="mover", namespace="default") == 1
    assert find_sample(texts["a"], "kubevirt_vmi_migration_succeeded", vmi="mover") is None
    state = mover.service.get(mover.instance, INSTANCE, "MigrationState")
    guest = {"name": "mover", "node": mover.service.get(ROOT, "Manager", "HostName")}
    assert find_sample(texts["a"], "kubevirt_vmi_migration_start_time_seconds", **guest) == state["startTimestamp"] // 10**6
    assert find_sample(texts["a"], "kubevirt_vmi_migration_end_time_seconds", status="succeeded", **guest) == (
        state["endTimestamp"] // 10**6)
    assert find_sample(texts["b"], "kubevirt_vmi_migration_end_time_seconds", name="mover") is None


def resize(mover, sockets, mebibytes, most=4):
    """The manifest from now on."""
    mover.manifest = re.sub(r"cpu: .*\n *memory: .*", size(sockets, mebibytes, most), mover.manifest)
    mover.service.apply(mover.manifest)


def wait_for_size(mover, sockets, memory):
    """Until the guest sees it, and its host tells the same."""
    def has_all():
        try:
            seen = mover.service.host.in_guest(
                mover.domain, "ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l; awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo")
        except AssertionError:
            return False
        cpus, mebibytes = map(int, seen.split())
        return cpus == sockets and memory - 200 < mebibytes <= memory

    wait_until(has_all, 90, f"{sockets} CPUs and {memory} MiB")
    mover.service.wait_for_property(
        mover.instance, INSTANCE, "CurrentCPUTopology", lambda now: now == {"sockets": sockets, "cores": 1, "threads": 1})
    mover.service.wait_for_property(
        mover.instance, INSTANCE, "Memory", lambda now: now == {
            "guestAtBoot": 1024 * MIB, "guestRequested": memory * MIB, "guestCurrent": memory * MIB})
    mover.service.wait_for_property(
        mover.instance, INSTANCE, "Conditions",
        lambda found: not {"HotVCPUChange", "HotMemoryChange"} & {condition["type"] for condition in found})


def restart_required(mover, wanted):
    mover.service.wait_for_property(
        mover.machine, MACHINE, "Conditions",
        lambda found: wanted == any(condition["type"] == "RestartRequired" for condition in found))


def test_size_goes_with_it(mover):
    """What was plugged in is there; what waits for a restart waits on; what is asked for as the move begins comes."""
    resize(mover, 2, 1280)
    wait_for_size(mover, 2, 1280)
    resize(mover, 2, 1280, most=3)
    restart_required(mover, True)
    mover.begin()
    mover.settle()
    assert mover.home == "b", mover.migration("a")
    wait_for_size(mover, 2, 1280)
    restart_required(mover, True)
    resize(mover, 3, 1536)
    mover.begin()
    mover.settle()
    assert mover.home == "a", mover.migration("b")
    wait_for_size(mover, 3, 1536)
    restart_required(mover, False)
    mover.check()


def test_refusals(pair):
    """What cannot be is said before anything moves."""
    for arguments, reason in (
        (("migrate", "mover", "--to", "nowhere"), "[host nowhere]"),
        (("migrate", "nobody"), "nobody"),
        (("migration", "cancel", "mover"), "No migration"),
        (("migration", "resolve", "mover", "--owner", "b"), "No migration"),
    ):
        refused = pair.a.barevirt(*arguments, check=False)
        assert refused.returncode == 1 and reason in refused.stderr, refused.stderr
    pair.a.apply(LOST)
    lost = pair.a.wait_for_property(
        object_path("VirtualMachineInstanceMigration", "lost"), "Migration", "Phase", lambda phase: phase == "Failed")
    assert lost == "Failed"


def test_target_says_why(pair):
    """All that keeps a host from taking a guest, before it moves."""
    pair.b.apply(TWIN.format(strategy="Halted", value="there"))
    pair.a.apply(TWIN.format(strategy="Always", value="here"))
    pair.a.wait_for_property(object_path(INSTANCE, "twin"), INSTANCE, "Phase", lambda phase: phase == "Running")
    refused = pair.a.barevirt("migrate", "twin", check=False, timeout=120)
    assert refused.returncode == 1
    assert "There is another VirtualMachine default/twin there already." in refused.stderr
    assert "The ConfigMap default/settings there differs" in refused.stderr
    wait_until(lambda: pair.b.host.virsh("list", "--all", "--name") == "", 60, "no domain there")
    for service in pair.services.values():
        service.barevirt("delete", "vm", "twin")


def wait_for_status(service, path, wanted):
    service.wait_for_property(path, MACHINE, "PrintableStatus", lambda status: status == wanted)


def test_waiting_machine_stays(pair):
    """One that waits for a guest takes no other, is not changed under it, and waits on when the guest stays away."""
    path = object_path(MACHINE, "twin")
    pair.b.apply(TWIN.format(strategy="WaitAsReceiver", value="here").replace("32Mi", "48Mi"))
    wait_for_status(pair.b, path, "WaitingForReceiver")
    pair.a.apply(TWIN.format(strategy="Always", value="here"))
    pair.a.wait_for_property(object_path(INSTANCE, "twin"), INSTANCE, "Phase", lambda phase: phase == "Running")
    refused = pair.a.barevirt("migrate", "twin", check=False, timeout=120)
    assert refused.returncode == 1
    assert "waits there for another guest: spec.template.spec.domain.memory.guest" in refused.stderr, refused.stderr
    pair.b.apply(TWIN.format(strategy="WaitAsReceiver", value="here"))
    identity = pair.b.get(path, "Object", "Uid")
    told = threading.Event()
    pair.relays["a"].at("prepared", lambda: told.wait(120))  # the target is ready, and the source does not know yet
    (job,) = pair.a.call(object_path(INSTANCE, "twin"), INSTANCE, "Migrate", "(a{sv})", {})
    wait_for_status(pair.b, path, "Migrating")
    for arguments, options in (
        (("apply", "-f", "-"), {"input": TWIN.format(strategy="Halted", value="here")}),
        (("delete", "vm", "twin"), {}),
    ):
        refused = pair.b.barevirt(*arguments, check=False, **options)
        assert refused.returncode == 1 and "about to" in refused.stderr, refused.stderr
    pair.a.call(pair.a.get(job, "Job", "Object"), "Migration", "Cancel", "(a{sv})", {})
    told.set()
    wait_for_status(pair.b, path, "WaitingForReceiver")
    wait_until(lambda: pair.b.host.virsh("list", "--all", "--name") == "", 60, "the end of the domain")
    assert pair.b.get(path, "Object", "Uid") == identity
    pair.b.wait_for_property(path, MACHINE, "RunStrategy", lambda strategy: strategy == "WaitAsReceiver")


def forget_twin(service):
    """Where it went before: until then its name is taken there."""
    def records():
        return [path for path, interfaces in service.objects().items()
                if interfaces.get(f"{NAME}.Migration", {}).get("VmiName") == "twin"]

    for path in records():
        service.call(path, "Object", "Delete", "(a{sv})", {})
    wait_until(lambda: not records(), 60, "the end of the records")


def take_over(pair, source, moment, strategy):
    """Moves the twin to where a machine waits for it; the service there is killed at that moment. It has that run strategy
    then."""
    here, there = pair.services[source], pair.services[pair.other(source)]
    machine, instance = object_path(MACHINE, "twin"), object_path(INSTANCE, "twin")
    wait_for_status(there, machine, "WaitingForReceiver")
    identity = {path: here.get(path, "Object", "Uid") for path in (machine, instance)}
    here.host.virsh("migrate-setspeed", "default_twin", "1000")
    killed = threading.Event()
    pair.relays[source].at(moment, lambda: (there.kill(), killed.set()))
    (job,) = here.call(instance, INSTANCE, "Migrate", "(a{sv})", {})
    path = here.get(job, "Job", "Object")
    assert killed.wait(120), here.get(path, "Migration", "Message")
    there.start()
    here.wait_for_property(path, "Migration", "Phase", lambda phase: phase == "Succeeded")
    wait_for_status(there, machine, "Running")
    assert identity == {path: there.get(path, "Object", "Uid") for path in (machine, instance)}
    wait_until(lambda: "default_twin" not in here.host.virsh("list", "--all", "--name"), 60, "the end of the domain")
    wait_until(lambda: there.host.virsh("domstate", "default_twin") == "running", 60, "the domain there")
    there.wait_for_property(machine, MACHINE, "RunStrategy", lambda found: found == strategy)


def test_waiting_machine_takes_over(pair):
    """The guest is that of the machine that waited, even if the service there ends when it is told so, or has just taken
    it; with the run strategy of the machine that came, or the one that the waiting one says."""
    take_over(pair, "a", "Finish", "Always")
    forget_twin(pair.a)
    waiting = TWIN.format(strategy="WaitAsReceiver", value="here")
    pair.a.apply(waiting.replace("{name: twin}", "{name: twin, annotations: {kubevirt.io/restore-run-strategy: Manual}}"))
    take_over(pair, "b", "finished", "Manual")
    pair.a.barevirt("delete", "vm", "twin")
    for service in pair.services.values():
        forget_twin(service)


def test_cancel(pair, mover):
    """The guest stays where it is, and runs; nothing of it is left at the target."""
    mover.slow_down(2)
    mover.begin()
    wait_until(lambda: mover.migration("a").get("Phase") == "Running", 60, "the move")
    wait_until(lambda: mover.migration("a")["Progress"].get("total"), 60, "the progress")
    text = scrape(pair.a.host, METRICS)
    assert find_sample(text, "kubevirt_vmi_migrations_in_running_phase") == 1
    assert find_sample(text, "kubevirt_vmi_migration_data_bytes_total", name="mover") > 32 * 2**20
    remaining = find_sample(text, "kubevirt_vmi_migration_data_remaining_bytes", name="mover")
    assert 0 < remaining <= find_sample(text, "kubevirt_vmi_migration_data_bytes_total", name="mover")
    assert find_sample(text, "kubevirt_vmi_migration_memory_transfer_rate_bytes", name="mover") is not None
    check_with_promtool(text)
    changed = mover.manifest.replace("terminationGracePeriodSeconds: 5", "terminationGracePeriodSeconds: 6")
    refused = pair.a.barevirt("apply", "-f", "-", input=changed, check=False)
    assert refused.returncode == 1 and "moves to another host" in refused.stderr, refused.stderr
    pair.a.apply(LOST.replace("name: lost", "name: late").replace("nobody", "mover"))
    late = object_path("VirtualMachineInstanceMigration", "late")
    assert "moving already" in pair.a.wait_for_property(late, "Migration", "Message", bool)
    assert mover.status("a") == "Migrating" and mover.migration("a")["Phase"] == "Running", mover.migration("a")
    pair.a.call(late, "Object", "Delete", "(a{sv})", {})
    pair.a.wait_for_gone(late, "Migration")
    pair.a.barevirt("migration", "cancel", "mover")
    mover.settle()
    assert mover.home == "a"
    assert "cancelled" in mover.migration("a")["Message"]
    failed = lambda: find_sample(scrape(pair.a.host, METRICS), "kubevirt_vmi_migration_failed", vmi="mover")
    wait_until(lambda: failed() == 1, 60, "the failure to be counted")
    mover.check()


def count_memory_connections(host):
    """QEMU's to the ports that libvirt gives to migrations."""
    return len(host.run("ss", "-tnH", "state", "established", "( dport >= 49152 and dport <= 49215 )").stdout.splitlines())


@pytest.mark.parametrize("way", ["there", "back"])
def test_moves_by_several_connections(pair, mover, way):
    """As many as are asked for, and the one that is always there."""
    source = mover.home
    mover.slow_down(2)
    mover.begin(parallelMigrationThreads=GLib.Variant("x", 3))
    wait_until(lambda: count_memory_connections(pair.services[source].host) == 1 + 3, 60, "the connections")
    mover.hurry()
    mover.settle()
    assert mover.home != source, mover.migration(source)
    mover.check()


def test_by_ssh(pair, mover):
    """The other service by ssh://: what ssh runs there is systemd-stdio-bridge. Here a script is ssh, which checks how it
    is called, and is on the other host at once."""
    bus = pair.b.host.bus_address
    checks = '[ "$1" = -T ] || exit 2; while [ "$1" != -- ]; do shift; done; [ "$2 $3" = "root@b systemd-stdio-bridge" ] || exit 3'
    pair.a.host.write("/usr/local/bin/ssh", f"#!/bin/sh\n{checks}\nexec systemd-stdio-bridge --bus-path={bus}\n", mode="0755")
    pair.a.host.run("sed", "-i", "s|^address=.*|address=ssh://root@b|", "/etc/barevirt/barevirt.conf.d/test.conf")
    pair.a.stop()
    pair.a.start()
    mover.service.host.virsh("migrate-setspeed", mover.domain, "1000")
    mover.begin()
    mover.settle()
    assert mover.home == "b", mover.migration("a")
    mover.check()
    mover.begin()
    mover.settle()
    assert mover.home == "a"


def test_run_strategy_acts_there(pair, mover):
    """It has come from another host, and is this one's in all: Always starts it anew when it ends."""
    before = mover.service.get(mover.instance, "Object", "Uid")
    mover.service.host.begin_in_guest(mover.domain, "sleep 1; poweroff -f")
    mover.service.wait_for_property(mover.instance, "Object", "Uid", lambda uid: uid != before)
    mover.service.wait_for_property(mover.instance, INSTANCE, "Phase", lambda phase: phase == "Running")


def test_stop_ends_move(pair, mover):
    """Who stops the guest does not want it to move."""
    mover.slow_down(8)
    mover.begin()
    wait_until(lambda: mover.migration("a").get("Phase") == "Running", 60, "the move")
    pair.a.barevirt("stop", "mover", timeout=120)
    wait_until(mover.is_over, 120, "the end of the move")
    wait_until(lambda: mover.hosts() == ["a"], 60, "one host with the VM")
    pair.a.wait_for_property(mover.machine, MACHINE, "PrintableStatus", lambda status: status == "Stopped")
    wait_until(lambda: pair.b.host.virsh("list", "--all", "--name") == "", 60, "the end of the domain")
