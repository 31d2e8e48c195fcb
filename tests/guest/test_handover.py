# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that moves never runs twice, whatever breaks meanwhile: the link is cut, and the services are killed, at each
step of the hand-over.

BAREVIRT_FAULTS says how often each is done; without it, three are, once."""
import os

import pytest

from lab import wait_until
from mover import INSTANCE, Mover
from pair import Watch
from service import NAME

ROUNDS = int(os.environ.get("BAREVIRT_FAULTS", "0"))
STEPS = ("Prepare", "prepared", "moving", "Finish", "finished")
SHORT = [("link", "Finish"), ("source", "moving"), ("target", "Finish")]
LONG = [(what, step) for what in ("link", "source", "target") for step in STEPS] + [
    (what, step) for what in ("link", "source-libvirt", "target-libvirt") for step in ("moving", "paused")
    if (what, step) != ("link", "moving")
]
CASES = LONG * ROUNDS or SHORT


@pytest.fixture(scope="module", name="mover")
def fixture_mover(pair, disk):
    return Mover(pair, "mover", disk)


@pytest.fixture(name="watch")
def fixture_watch(pair, mover, build_folder):
    watch = Watch(pair, mover.domain, build_folder)
    wait_until(lambda: all(watch.state(name) != "-" for name in pair.services), 30, "the first sight")
    yield watch
    watch.close()


class Fault:
    """Something that breaks, and is mended."""

    def __init__(self, pair, mover, what):
        self.pair = pair
        self.what = what
        self.victim = pair.services[mover.away if what.startswith("target") else mover.home]
        self.pid = self.victim.pid()

    def strike(self):
        if self.what == "link":
            self.pair.cut()
        elif self.what.endswith("libvirt"):
            self.victim.host.run("sh", "-c", "p=$(cat /run/libvirtd.pid); kill -KILL $p; while kill -0 $p 2>/dev/null; do sleep 0.01; done")
        else:
            self.victim.host.run("kill", "-KILL", self.pid)

    def owner(self):
        """The process that serves there, if any."""
        answer = self.victim.host.run(
            "busctl", "--system", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "GetConnectionUnixProcessID", "s", NAME, check=False).stdout.split()
        return answer[1] if answer else None

    def mend(self):
        if self.what == "link":
            self.pair.mend()
        elif self.what.endswith("libvirt"):
            self.victim.host.run("libvirtd", "--listen", "--daemon")
        else:
            self.victim.process.wait(10)
            wait_until(lambda: self.owner() != self.pid, 10, "the end of the service")
            self.victim.start()  # unless the bus has done so, for who asked it meanwhile


def strike_at(pair, mover, watch, fault, step):
    """Begins a move, and breaks it at that step."""
    source = mover.home
    struck = []
    if step not in ("moving", "paused"):
        pair.relays[source].at(step, lambda: (fault.strike(), struck.append(True)))
        mover.begin()
        wait_until(lambda: struck, 60, step)
        return
    mover.slow_down(8)
    if step == "paused":  # what is left travels while the guest stands still
        mover.service.host.virsh("qemu-monitor-command", mover.domain, "--hmp", "migrate_set_parameter downtime-limit 9000")
    mover.begin()
    wait_until(lambda: mover.migration(source)["Phase"] == "Running" if step == "moving" else watch.state(source) == "moving", 60, step)
    fault.strike()


@pytest.mark.parametrize("what,step", CASES)
def test_fault(pair, mover, watch, what, step):
    fault = Fault(pair, mover, what)
    strike_at(pair, mover, watch, fault, step)
    if (what, step) == ("link", "Finish"):
        mover.wait_for_doubt()
        assert not {watch.state(name) for name in pair.services} & {"running"}
    fault.mend()
    mover.settle()
    mover.check()
    assert not watch.overlaps(), watch.overlaps()


def test_operator_decides(pair, mover, watch):
    """While the link is cut, the target may be told that the guest is its own; the source learns that later."""
    source, target = mover.home, mover.away
    fault = Fault(pair, mover, "link")
    strike_at(pair, mover, watch, fault, "Finish")
    mover.wait_for_doubt()
    refused = pair.services[target].barevirt("migration", "resolve", "mover", "--owner", "elsewhere", check=False)
    assert refused.returncode == 1 and "elsewhere" in refused.stderr
    pair.services[target].barevirt("migration", "resolve", "mover", "--owner", target)
    wait_until(lambda: watch.state(target) == "running", 30, "the guest at the target")
    assert mover.doubt(source)
    deleted = pair.services[source].barevirt("delete", "vm", "mover", check=False)
    assert deleted.returncode == 1 and f"was given to the host {target}" in deleted.stderr
    fault.mend()
    mover.settle()
    assert mover.home == target
    mover.check()
    assert not watch.overlaps()


def test_record_remains(pair, mover):
    """Where it came from knows where it went, and starts no second one."""
    before = pair.services[mover.away]
    assert "Succeeded" in before.barevirt("get", "vmim").stdout
    manifest = pair.services[mover.home].barevirt("export", "vm", "mover").stdout
    again = before.barevirt("apply", "-f", "-", input=manifest, check=False)
    assert again.returncode == 1 and f"moved to the host {mover.home}" in again.stderr
    assert INSTANCE not in before.barevirt("get", "vmi").stdout
