# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest's agent that lies, hangs, floods and dies harms nobody but its guest."""
import time

import idle_service
import pytest
from gi.repository import GLib

from host_service import SETTINGS, HostService
from idle_service import IdleService
from lab import wait_until
from latency import Latency, percentile
from service import NAME, ROOT, object_path

INSTANCE = "VirtualMachineInstance"
HOSTILE = object_path(INSTANCE, "hostile")
SECONDS = 12
KINDS = ["garbage", "types", "deep", "silent", "late", "flood", "big"]
# So that as much as possible is asked meanwhile.
EAGER = """[agent]
version-seconds=1
filesystems-seconds=1
system-seconds=1
users-seconds=1
fsfreeze-seconds=1
ping-seconds=1
[features]"""
MANIFEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: hostile}}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {{guest: 192Mi}}
    devices:
      disks: [{{name: root, disk: {{bus: virtio}}}}]
  volumes: [{{name: root, hostDisk: {{path: {path}, type: Disk}}}}]
"""
# In the agent's place; each time that it is started, which the guest does whenever it has ended, it is another one. The
# last is a good one again that lacks a command.
AGENT = r"""#!/bin/busybox sh
# Libvirt asks for a number first, and talks to nobody who does not know it.
answer() {
  while read -r line <&3; do
    case $line in
      *guest-sync*)
        id=${line##*\"id\":}
        printf '{"return": %s}\n' "${id%%\}*}" >&3 ;;
      *) "$@" >&3 ;;
    esac
  done
}
say() { printf '%s\n' "$1"; }
deep() { printf '{"return": '; head -c 200000 /dev/zero | tr '\0' '['; echo; }
big() { printf '{"return": "'; head -c 100000000 /dev/zero | tr '\0' x; printf '"}\n'; }
late() { sleep 8; say '{"return": {}}'; }
run() {
  exec 3<>/dev/virtio-ports/org.qemu.guest_agent.0
  echo "$1" >>/run/kinds
  case $1 in
    garbage) answer say ']]garbage{' ;;
    types) answer say '{"return": [{"supported_commands": 7}, -1e999, null]}' ;;
    deep) answer deep ;;
    silent) cat <&3 >/dev/null ;;
    late) answer late ;;
    flood) head -c 100000000 /dev/zero | tr '\0' x >&3 ;;
    big) answer big ;;
  esac
}
case $1 in
  run) run "$2"; exit ;;
esac
turn=$(cat /run/turn 2>/dev/null || echo 1)
echo $((turn + 1)) >/run/turn
kind=$(echo KINDS | cut -d ' ' -f $turn)
[ -n "$kind" ] || exec /sbin/qemu-ga.real -b guest-get-users "$@"
setsid "$0" run "$kind" &
sleep SECONDS
kill -KILL -$!
wait
"""


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    service = HostService(host, build_folder, SETTINGS.replace("[features]", EAGER))
    service.start()
    service.apply(MANIFEST.format(path=service.image("hostile.img")))
    service.wait_for_property(HOSTILE, "GuestAgent", "Hostname", bool, timeout=240)
    yield service
    service.close()


def watch(service, idle):
    """The service's bus, which a thread of GLib's serves, and its main loop; that is what refuses an option nobody knows,
    and asks nobody before. And both of a service that does nothing, which is as slow where the machine is."""
    refused = ("Pause", "({'nobody-knows': <true>},)")
    peer = ("org.freedesktop.DBus.Peer", "Ping", "")
    return Latency(service.host.bus_address, [
        ("ping", NAME, ROOT, *peer), ("loop", NAME, HOSTILE, f"{NAME}.{INSTANCE}", *refused),
        ("idle ping", idle.name, idle_service.PATH, *peer),
        ("idle loop", idle.name, idle_service.PATH, idle_service.INTERFACE, "Nothing", ""),
    ], service.outer_pid())


@pytest.fixture(name="idle")
def fixture_idle(service):
    idle = IdleService(service.host.bus_address)
    yield idle
    idle.close()


def is_last_agent(service):
    """The good one came back, after all the others."""
    agent = service.objects().get(HOSTILE, {}).get(f"{NAME}.GuestAgent", {})
    command = ["/bin/sh", "-c", "cat /run/kinds"]
    try:
        answer = agent.get("Hostname") and service.call(
            HOSTILE, "GuestAgent", "Exec", "(asa{sv})", command, {}, timeout_ms=90_000)
    except GLib.Error:
        return False
    return answer and bytes(answer[1]).decode().splitlines() == KINDS


def read_status(service, field):
    text = service.host.run("cat", f"/proc/{service.pid()}/status").stdout
    return int(text.split(f"{field}:")[1].split()[0])


def test_service_bears_hostile_agents(service, idle):
    script = AGENT.replace("SECONDS", str(SECONDS)).replace("KINDS", " ".join(KINDS)).encode()
    service.in_guest(HOSTILE, "[ -e /sbin/qemu-ga.real ] || mv /sbin/qemu-ga /sbin/qemu-ga.real; cat >/sbin/qemu-ga && chmod 755 /sbin/qemu-ga",
                     stdin=GLib.Variant("ay", script))
    latency = watch(service, idle)
    end = time.monotonic() + 6
    wait_until(lambda: time.monotonic() > end, 60, "what is usual")
    usual = latency.stop()

    latency = watch(service, idle)
    try:
        service.host.begin_in_guest("default_hostile", "sleep 1; kill -KILL $(pidof qemu-ga)")
        # What anybody asks meanwhile is answered, or refused in time.
        service.wait_for_gone(HOSTILE, "GuestAgent", timeout=120)
        wait_until(lambda: is_last_agent(service), SECONDS * 7 + 240, "the last agent")
    finally:
        hostile = latency.stop()
    peak = read_status(service, "VmHWM")
    for label, times in hostile.items():
        print(f"{label}: {len(times)} calls, 95 % within {percentile(times) * 1000:.1f} ms "
              f"(before: {percentile(usual[label]) * 1000:.1f} ms), the worst {times[-1] * 1000:.1f} ms "
              f"(before: {usual[label][-1] * 1000:.1f} ms), {latency.held[label] * 1000:.1f} ms without the wait for a "
              f"processor; the service ran {latency.busy[label] * 1000:.1f} ms at most")
    print(f"peak memory {peak} KiB")
    # Where the machine has much else to do, calls take long before, and of one that does nothing, too.
    for label in ("ping", "loop"):
        allowed = max(0.05, 4 * percentile(usual[label]), 4 * percentile(hostile[f"idle {label}"]))
        assert percentile(hostile[label]) < allowed, label
        # Whatever the machine does, the service itself holds nobody up.
        assert latency.held[label] < max(0.05, 2 * latency.held[f"idle {label}"]), label
        assert latency.busy[label] < 0.05, label
    if "libasan" not in service.host.run("cat", f"/proc/{service.pid()}/maps").stdout:
        assert peak < 64 * 1024


def test_agent_that_lacks_a_command_is_told(service):
    def find(conditions):
        return [c for c in conditions if c["type"] == "AgentVersionNotSupported" and c["status"] == "True"]

    told, = find(service.wait_for_property(HOSTILE, INSTANCE, "Conditions", find))
    assert told["reason"] == "This guest agent doesn't support required basic commands"
    assert "does not know guest-get-users" in told["message"]


def test_guest_is_well_afterwards(service):
    assert service.get(HOSTILE, INSTANCE, "Phase") == "Running"
    assert service.in_guest(HOSTILE, "echo well") == "well"
    service.wait_for_property(
        HOSTILE, "GuestAgent", "SupportedCommands", lambda commands: "guest-ping" in commands)
