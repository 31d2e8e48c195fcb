# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running guest moves to another host: all of it, and once."""

import pytest

from lab import wait_until
from service import NAME, object_path

MACHINE = "VirtualMachine"
INSTANCE = "VirtualMachineInstance"
MIGRATION = "VirtualMachineInstanceMigration"

GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: {name}}}
spec:
  runStrategy: Always
  template:
    spec:
      terminationGracePeriodSeconds: 5
      domain:
        memory: {{guest: 128Mi}}
        devices:
          disks:
            - {{name: system, disk: {{bus: virtio}}}}
          interfaces: [{{name: default, masquerade: {{}}}}]
      networks: [{{name: default, pod: {{}}}}]
      volumes:
        - {{name: system, hostDisk: {{path: {disk}, type: Disk, shared: true}}}}
"""

# What the guest does while it moves: a counter that is on the disk with each tick; and what it is to remember.
WORK = """\
head -c 8388608 /dev/urandom >/tmp/memory; md5sum </tmp/memory >/tmp/sum
(n=0; while :; do n=$((n+1)); echo $n >/tmp/tick; echo $n >>/data/ticks; sync; sleep 0.05; done) >/dev/null 2>&1 </dev/null &
"""

def domain(name):
    return f"default_{name}"

def migrations(service):
    """name -> properties of the migrations on a host."""
    return {
        interfaces[f"{NAME}.Object"]["Name"]: interfaces[f"{NAME}.Migration"]
        for interfaces in service.objects().values() if f"{NAME}.Migration" in interfaces
    }

def only_migration(service):
    found = list(migrations(service).values())
    assert len(found) == 1, found
    return found[0]

def start(service, name, disk):
    """A guest that works."""
    service.apply(GUEST.format(name=name, disk=disk))
    service.wait_for_property(object_path(INSTANCE, name), "GuestAgent", "Hostname", lambda _: True)
    service.host.in_guest(domain(name), WORK)

def test_moves(pair, disk):
    """All of it is there afterwards, and nothing is left behind."""
    start(pair.a, "mover", disk)
    uid = pair.a.get(object_path(MACHINE, "mover"), "Object", "Uid")
    before = int(pair.a.host.in_guest(domain("mover"), "cat /tmp/tick"))
    pair.a.barevirt("migrate", "mover", "--to", "b", timeout=120)
    assert pair.b.get(object_path(MACHINE, "mover"), "Object", "Uid") == uid
    pair.b.wait_for_property(object_path(MACHINE, "mover"), "VirtualMachine", "PrintableStatus", lambda it: it == "Running")
    wait_until(lambda: int(pair.b.host.in_guest(domain("mover"), "cat /tmp/tick")) > before + 20, 30, "ticks")
    check = "[ \"$(md5sum </tmp/memory)\" = \"$(cat /tmp/sum)\" ] && awk '$1 != NR {exit 1}' /data/ticks && echo right"
    assert pair.b.host.in_guest(domain("mover"), check).strip() == "right"
    assert pair.a.host.virsh("list", "--all", "--name") == ""
    assert object_path(MACHINE, "mover") not in pair.a.objects()
    here, there = only_migration(pair.a), only_migration(pair.b)
    assert (here["Role"], here["Phase"], here["Target"]) == ("source", "Succeeded", "b")
    assert (there["Role"], there["Phase"], there["Source"]) == ("target", "Succeeded", "a")
