# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running guest moves to another host: all of it, and once."""
import pytest

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


@pytest.fixture(scope="module", name="mover")
def fixture_mover(pair, disk, counter):
    mover = Mover(pair, "mover", disk, counter)
    yield mover
    mover.close()


def migrations(service):
    """The paths of those that a host knows."""
    return [path for path, interfaces in service.objects().items() if f"{NAME}.Migration" in interfaces]


def test_moves(pair, mover, build_folder):
    """All of it is there afterwards, and nothing is left behind; and back again."""
    watch = Watch(pair, mover.domain, build_folder)
    identity = {name: pair.a.get(path, "Object", "Uid") for name, path in (("vm", mover.machine), ("vmi", mover.instance))}
    interfaces = pair.a.get(mover.instance, INSTANCE, "Interfaces")
    for target in "ba":
        source = mover.home
        pair.services[source].barevirt("migrate", "mover", "--to", target, timeout=120)
        mover.path, = migrations(pair.services[target])  # older words about where it is do not count any more
        mover.settle()
        assert mover.home == target
        mover.check()
        assert identity == {"vm": mover.service.get(mover.machine, "Object", "Uid"),
                            "vmi": mover.service.get(mover.instance, "Object", "Uid")}
        assert mover.machine not in pair.services[source].objects()
        here, there = mover.migration(source), mover.migration(target)
        assert (here["Role"], here["Phase"], here["Target"]) == ("source", "Succeeded", target)
        assert (there["Role"], there["Phase"], there["Source"]) == ("target", "Succeeded", source)
        assert here["Progress"]["total"] > 0 and here["Progress"]["handover"] > 0
        mover.service.wait_for_property(mover.machine, MACHINE, "Ready", lambda ready: ready)
        state = mover.service.get(mover.instance, INSTANCE, "MigrationState")
        assert (state["sourceNode"], state["targetNode"], state["failed"]) == (source, target, False)
        assert f"targetNode: {target}" in mover.service.barevirt("get", "vmi", "mover", "-o", "yaml").stdout
        now = mover.service.get(mover.instance, INSTANCE, "Interfaces")
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
    assert pair.b.host.virsh("list", "--all", "--name") == ""
    pair.a.barevirt("delete", "vm", "twin")


def test_cancel(pair, mover):
    """The guest stays where it is, and runs; nothing of it is left at the target."""
    mover.slow_down(4)
    mover.begin()
    wait_until(lambda: mover.migration("a")["Phase"] == "Running", 30, "the move")
    wait_until(lambda: mover.migration("a")["Progress"].get("total"), 30, "the progress")
    text = scrape(pair.a.host, METRICS)
    assert find_sample(text, "kubevirt_vmi_migrations_in_running_phase") == 1
    assert find_sample(text, "kubevirt_vmi_migration_data_bytes_total", name="mover") > 32 * 2**20
    remaining = find_sample(text, "kubevirt_vmi_migration_data_remaining_bytes", name="mover")
    assert 0 < remaining <= find_sample(text, "kubevirt_vmi_migration_data_bytes_total", name="mover")
    assert find_sample(text, "kubevirt_vmi_migration_memory_transfer_rate_bytes", name="mover") is not None
    check_with_promtool(text)
    pair.a.barevirt("migration", "cancel", "mover")
    mover.settle()
    assert mover.home == "a"
    assert "cancelled" in mover.migration("a")["Message"]
    assert find_sample(scrape(pair.a.host, METRICS), "kubevirt_vmi_migration_failed", vmi="mover") == 1
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


def test_stop_ends_move(pair, mover):
    """Who stops the guest does not want it to move."""
    mover.begin()
    wait_until(lambda: mover.migration("a")["Phase"] == "Running", 30, "the move")
    pair.a.barevirt("stop", "mover", timeout=120)
    wait_until(mover.is_over, 30, "the end of the move")
    assert mover.hosts() == ["a"]
    assert pair.a.get(mover.machine, MACHINE, "PrintableStatus") == "Stopped"
    wait_until(lambda: pair.b.host.virsh("list", "--all", "--name") == "", 30, "the end of the domain")
