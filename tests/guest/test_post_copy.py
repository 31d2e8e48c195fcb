# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that writes faster than its memory is sent goes on at the target before all of it is there, and never on both."""
import json
import subprocess
from pathlib import Path

import pytest

from lab import wait_until
from mover import MACHINE, Mover
from pair import Watch
from service import object_path

pytestmark = pytest.mark.skipif(
    Path("/proc/sys/vm/unprivileged_userfaultfd").read_text(encoding="ascii").strip() != "1",
    reason="vm.unprivileged_userfaultfd is not 1, so that QEMU cannot do post-copy")

ORDER = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstanceMigration
metadata:
  name: {name}
  annotations: {{barevirt.org/migration-configuration: '{options}'}}
spec: {{vmiName: writer}}
"""

DIRT = "(while :; do head -c 16777216 /dev/urandom >/tmp/dirt; done) >/dev/null 2>&1 </dev/null &"


class Writer(Mover):
    """Writes to its memory all the time."""

    def __init__(self, pair, disk, counter, build_folder):
        super().__init__(pair, "writer", disk, counter)
        self.build_folder = build_folder
        self.orders = 0

    def work(self):
        super().work()
        self.service.host.in_guest(self.domain, DIRT)

    def order(self):
        """Asks for a move that is to be switched after a second, and takes some seconds more."""
        self.orders += 1
        name = f"order-{self.orders}"
        options = {"allowPostCopy": True, "completionTimeoutPerGiB": 1, "bandwidthPerMigration": "8Mi"}
        self.watch = Watch(self.pair, self.domain, self.build_folder)
        self.path = object_path("VirtualMachineInstanceMigration", name)
        self.service.apply(ORDER.format(name=name, options=json.dumps(options)))

    def decisions(self):
        """How often its host decided to switch."""
        return self.service.log.read_text(encoding="utf-8").count("before all of its memory is there. ")

    def wait_for_switch(self):
        """Until it goes on there, while it stands still here."""
        wait_until(lambda: (self.watch.state(self.home), self.watch.state(self.away)) == ("paused", "running"), 120,
                   "the switch")

    def arrive(self, mode="PostCopy"):
        """All of it is there, it never ran twice, and how it moved is told."""
        source = self.home
        self.settle(180)
        over = self.migration(source)
        assert (over["Phase"], self.home) == ("Succeeded", self.pair.other(source)), over["Message"]
        assert over["MigrationState"]["mode"] == mode
        self.check()
        self.end_watch()

    def end_watch(self):
        assert not self.watch.overlaps()
        self.watch.close()


@pytest.fixture(scope="module", name="writer")
def fixture_writer(pair, disk, counter, build_folder):
    writer = Writer(pair, disk, counter, build_folder)
    yield writer
    writer.close()


def test_goes_on_before_it_is_whole(pair, writer):
    """The target's barevirtd, killed meanwhile, finds it."""
    writer.order()
    writer.wait_for_switch()
    target = pair.services[writer.away]
    with pytest.raises(Exception, match="too far to be cancelled"):
        writer.service.call(writer.path, "Migration", "Cancel", "(a{sv})", {})
    target.kill()
    target.start()
    writer.arrive()


def test_link_cut_in_post_copy(pair, writer):
    """It stands still where it needs the rest, both hosts can tell, and the link's return ends that. Who stops or deletes
    it meanwhile where it came from is told to ask the other host, which has it."""
    writer.order()
    source = writer.home
    writer.wait_for_switch()
    pair.cut()
    wait_until(lambda: "broke while the guest went on" in writer.doubt(source), 150, "the doubt of the source")
    here = writer.service
    late = here.host.popen("barevirt", "stop", "writer", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    here.wait_for_property(writer.machine, MACHINE, "RunStrategy", lambda strategy: strategy == "Halted")
    here.call(writer.machine, "Object", "Delete", "(a{sv})", {})
    pair.mend()
    writer.arrive()
    assert f"moved to the host {writer.home} before that was done" in late.communicate(timeout=60)[1]
    assert late.returncode == 1
    assert writer.service.get(writer.machine, MACHINE, "RunStrategy") == "Always"


def test_link_cut_before_the_switch(pair, writer):
    """It stays, and runs on where it is."""
    decisions = writer.decisions()
    writer.order()
    source = writer.home
    wait_until(lambda: writer.decisions() > decisions, 120, "the decision")
    pair.cut()
    wait_until(lambda: writer.migration(source).get("Phase") == "Failed", 120, "the end of the move")
    pair.mend()
    writer.settle()
    assert writer.home == source
    writer.check()
    writer.end_watch()


def test_target_lost_in_post_copy(pair, writer):
    """What neither host has is lost: the guest fails, and its run strategy starts it anew."""
    writer.order()
    source, target = writer.home, writer.away
    writer.wait_for_switch()
    pair.services[target].host.virsh("destroy", writer.domain, check=False)  # the guest may end before libvirt ends it
    wait_until(lambda: "is lost" in writer.migration(source).get("Message", ""), 150, "the end of the move")
    writer.settle()
    assert writer.home == source
    writer.service.wait_for_property(writer.instance, "GuestAgent", "Hostname", lambda _: True)
    writer.service.wait_for_property(writer.machine, MACHINE, "PrintableStatus", lambda status: status == "Running")
    pair.services[target].wait_for_gone(writer.machine, MACHINE)
    writer.end_watch()
