# SPDX-License-Identifier: LGPL-2.1-or-later
"""Access credentials that a guest's agent sets, and probes."""
import subprocess
import time

import pytest
from gi.repository import GLib

from host_service import IMAGES, SETTINGS, HostService
from lab import wait_until
from service import end, object_path

INSTANCE = "VirtualMachineInstance"
WATCHED = object_path(INSTANCE, "watched")
PINGED = object_path(INSTANCE, "pinged")
SPEC = """\
terminationGracePeriodSeconds: 5
domain:
  memory: {guest: 128Mi}
  devices:
    disks: [{name: root, disk: {bus: virtio}}]
    interfaces: [{name: default, masquerade: {}, ports: [{name: web, port: 8080}]}]
networks: [{name: default, pod: {}}]
volumes: [{name: root, hostDisk: {path: IMAGE, type: Disk}}]
"""
BRIDGED = SPEC.replace("masquerade: {}", "bridge: {}")
# On the host, at an address that a guest can say it has: it tells when anybody comes.
LURE = """\
import socket
lure = socket.create_server(("127.0.0.5", 8080))
print("ready", flush=True)
lure.accept()
print("taken", flush=True)
"""
CREDENTIALS = """\
accessCredentials:
  - sshPublicKey:
      source: {secret: {secretName: keys}}
      propagationMethod: {qemuGuestAgent: {users: [root]}}
  - userPassword:
      source: {secret: {secretName: words}}
      propagationMethod: {qemuGuestAgent: {}}
"""
PROBES = """\
readinessProbe:
  httpGet: {port: web, path: /ready}
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 2
livenessProbe:
  exec: {command: [/bin/sh, -c, "! test -e /run/dead"]}
  periodSeconds: 1
  timeoutSeconds: 10
  failureThreshold: 8
  initialDelaySeconds: 80
"""
PING = """\
readinessProbe:
  tcpSocket: {port: web}
  periodSeconds: 1
  timeoutSeconds: 5
livenessProbe:
  guestAgentPing: {}
  periodSeconds: 2
  timeoutSeconds: 10
  initialDelaySeconds: 90
"""
SECRET = """---
apiVersion: v1
kind: Secret
metadata: {{name: {name}}}
stringData: {data}
"""


def indent(text, width):
    return "".join(f"{' ' * width}{line}\n" for line in text.splitlines())


def write_vm(name, spec):
    head = f"---\napiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {{name: {name}}}\n"
    return f"{head}spec:\n  runStrategy: Always\n  template:\n    spec:\n{indent(spec, 6)}"


def write_vmi(name, spec):
    return f"---\napiVersion: kubevirt.io/v1\nkind: {INSTANCE}\nmetadata: {{name: {name}}}\nspec:\n{indent(spec, 2)}"


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    """Which hears soon of a guest's addresses."""
    service = HostService(host, build_folder, f"{SETTINGS}[agent]\nsystem-seconds=2\n")
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="module", name="watched")
def fixture_watched(service):
    texts = {"watched": SPEC, "pinged": BRIDGED}
    specs = {name: text.replace("IMAGE", f"{IMAGES}/{name}.img") for name, text in texts.items()}
    for name in specs:
        service.image(f"{name}.img")
    service.apply(
        SECRET.format(name="keys", data="{b: key b, a: key a}")
        + write_vm("watched", specs["watched"] + CREDENTIALS + PROBES) + write_vmi("pinged", specs["pinged"] + PING)
    )
    for path in (WATCHED, PINGED):
        service.wait_for_property(path, "GuestAgent", "Hostname", bool, timeout=240)
    return service


def condition(service, path, kind):
    found = service.objects().get(path, {}).get(f"org.barevirt1.{INSTANCE}", {}).get("Conditions", [])
    return next((c for c in found if c["type"] == kind), None)


def wait_for_condition(service, path, kind, status, words=""):
    """Until it has that status, with these words in its reason or message."""

    def holds():
        found = condition(service, path, kind)
        return found and found["status"] == status and words in f"{found['reason']}: {found['message']}"

    wait_until(holds, 120, f"{kind} {status} {words} of {path}")


def in_guest(service, command, path=WATCHED):
    return service.in_guest(path, command)


KEYS = "cat ~root/.ssh/authorized_keys"


def wait_for_event(service, words):
    wait_until(lambda: words in service.barevirt("describe", "vmi", "watched").stdout, 60, words)


def test_credentials_are_set_as_far_as_their_secrets_are_there(watched):
    wait_for_condition(watched, WATCHED, "AccessCredentialsSynchronized", "False", "no Secret words")
    watched.host.wait_in_guest("default_watched", KEYS, "key a\nkey b")
    wait_for_event(watched, "AccessCredentialsSyncFailed")


def test_credentials_follow_their_secrets(watched):
    watched.apply(SECRET.format(name="words", data="{root: hush-hush}"))
    wait_for_condition(watched, WATCHED, "AccessCredentialsSynchronized", "True")
    salt, digest = in_guest(watched, "sed -n 's/^root:[$]6[$]//; T; s/:.*//; p' /etc/shadow").split("$")
    assert in_guest(watched, f"mkpasswd -m sha512 -S '{salt}' hush-hush").endswith(digest)
    wait_for_event(watched, "AccessCredentialsSyncSuccess")
    watched.apply(SECRET.format(name="keys", data="{c: key c}"))
    watched.host.wait_in_guest("default_watched", KEYS, "key c")
    assert "hush" not in watched.log.read_text()
    assert "hush" not in str(watched.objects())


def test_guest_is_ready_when_its_server_says_so(watched):
    wait_for_condition(watched, WATCHED, "Ready", "False", "readiness probe fails")
    assert condition(watched, WATCHED, "Ready")["reason"] == "ContainersNotReady"
    assert not watched.get(object_path("VirtualMachine", "watched"), "VirtualMachine", "Ready")
    in_guest(watched, "mkdir -p /run/www && touch /run/www/ready && httpd -p 8080 -h /run/www")
    wait_for_condition(watched, WATCHED, "Ready", "True")
    watched.wait_for_property(object_path("VirtualMachine", "watched"), "VirtualMachine", "Ready", bool)
    in_guest(watched, "rm /run/www/ready")
    wait_for_condition(watched, WATCHED, "Ready", "False", "status 404")


@pytest.fixture(name="lure")
def fixture_lure(watched):
    lure = watched.host.popen("/usr/bin/python3", "-c", LURE, stdout=subprocess.PIPE, text=True)
    assert lure.stdout.readline() == "ready\n"
    yield lure
    end(lure)
    lure.stdout.close()


def wait_for_addresses(service, wanted):
    service.wait_for_property(PINGED, INSTANCE, "Addresses", lambda addresses: wanted(addresses[0] if addresses else ""))


def test_guest_is_ready_when_its_port_is_open(watched, lure):
    """And not when that of another is whose address it says it has: nobody with its MAC address answers there. Of its own
    address, which nobody leased, this host is told by the table of its neighbours."""
    wait_for_addresses(watched, lambda address: address.startswith("192.168.122."))
    in_guest(watched, "kill -USR2 $(pidof udhcpc)", PINGED)
    wait_until(lambda: watched.host.virsh("net-dhcp-leases", "default") == "", 60, "the end of the lease")
    in_guest(watched, "ip addr flush dev eth0; ip addr add 127.0.0.5/8 dev eth0", PINGED)
    watched.host.run("ip", "neigh", "flush", "dev", "virbr0")
    wait_for_addresses(watched, lambda address: address == "127.0.0.5")
    wait_for_condition(watched, PINGED, "Ready", "False", "this host knows no address of the guest yet")
    in_guest(watched, "ip addr add 192.168.122.77/24 dev eth0", PINGED)
    wait_for_condition(watched, PINGED, "Ready", "False", "192.168.122.77: Connection refused")
    in_guest(watched, "(nc -lk -p 8080 -e /bin/true || httpd -p 8080) >/dev/null 2>&1 &", PINGED)
    wait_for_condition(watched, PINGED, "Ready", "True")
    end(lure)
    assert lure.stdout.read() == ""


def test_paused_guest_is_not_asked(watched):
    in_guest(watched, "touch /run/www/ready")
    wait_for_condition(watched, WATCHED, "Ready", "True")
    watched.call(WATCHED, INSTANCE, "Pause", "(a{sv})", {})
    wait_for_condition(watched, WATCHED, "Ready", "False", "ReadinessGatesNotReady")
    end = time.monotonic() + 4
    while time.monotonic() < end:
        assert watched.get(WATCHED, INSTANCE, "Phase") == "Running"
    watched.call(WATCHED, INSTANCE, "Unpause", "(a{sv})", {})
    wait_for_condition(watched, WATCHED, "Ready", "True")
    assert not any("Liveness" in text for text in events(watched, WATCHED))


def test_frozen_guest_runs_no_program_and_lives(watched):
    """For longer than its liveness probe bears failures; nobody has to thaw it."""
    freeze = {"unfreeze-timeout": GLib.Variant("x", 14)}
    watched.call(WATCHED, INSTANCE, "Freeze", "(a{sv})", freeze, timeout_ms=90_000)
    watched.wait_for_property(WATCHED, INSTANCE, "FsFreezeStatus", bool)
    watched.wait_for_property(WATCHED, INSTANCE, "FsFreezeStatus", lambda status: status == "")
    assert not any("Liveness" in text for text in events(watched, WATCHED))


def events(service, path):
    """Reason and message of each."""
    found = service.call(path, "Object", "GetEvents", "(a{sv})", {})[0]
    return [f"{event['reason']}: {event['message']}" for event in found]


def test_guest_that_does_not_live_is_started_anew(watched):
    uid = watched.get(WATCHED, "Object", "Uid")
    watched.host.begin_in_guest("default_pinged", "sleep 1; kill -STOP $(pidof qemu-ga)")
    in_guest(watched, "touch /run/dead")
    watched.wait_for_property(WATCHED, "Object", "Uid", lambda found: found != uid, timeout=180)
    watched.wait_for_property(WATCHED, "GuestAgent", "Hostname", bool, timeout=240)
    assert in_guest(watched, "ls /run/dead || echo gone") == "gone"
    wait_for_condition(watched, WATCHED, "AccessCredentialsSynchronized", "True")
    watched.host.wait_in_guest("default_watched", KEYS, "key c")
    failed = "Liveness probe failed: the program ended with the status 1"
    wait_until(lambda: "Unhealthy" in (text := watched.barevirt("events").stdout) and failed in text, 60, "the event")


def test_guest_is_shut_down_by_its_agent(watched):
    """Nobody hears its power button any more, and its time is longer than this waits."""
    in_guest(watched, "kill $(pidof dd)")
    watched.barevirt("stop", "watched", "--grace-period", "600", timeout=300)


def test_guest_whose_agent_is_silent_is_stopped(watched):
    """It was made to be silent by a test before."""
    watched.wait_for_property(PINGED, INSTANCE, "Phase", lambda phase: phase in ("Succeeded", "Failed"), timeout=240)
    wait_until(lambda: any("GuestAgentPingFailed" in text for text in events(watched, PINGED)), 60, "the event")
