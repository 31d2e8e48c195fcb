# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pacemaker runs a guest on one of two hosts: it moves it, fails it over, and never runs it twice."""
from pathlib import Path

import pytest

from cluster import Cluster
from lab import wait_until
from mover import INSTANCE, MACHINE, Mover, manifest
from pair import Counter, Watch
from service import object_path

RESOURCE = Path(__file__).parents[2] / "examples" / "pacemaker.xml"


class Resource(Mover):
    """The guest that only the cluster starts."""

    def __init__(self, pair, cluster, counter):
        self.pair = pair
        self.cluster = cluster
        self.name = "web"
        self.domain = "default_web"
        self.machine = object_path(MACHINE, "web")
        self.instance = object_path(INSTANCE, "web")
        self.home = ""
        self.count = Counter(counter)

    def wait_for(self, node, timeout=150):
        """Until the cluster and the service there agree that it runs there."""
        self.cluster.wait_for(node, "web", node, timeout)
        self.home = node
        self.service.wait_for_property(self.instance, INSTANCE, "Phase", lambda phase: phase == "Running")


@pytest.fixture(scope="module", name="cluster")
def fixture_cluster(pair, disk, counter):
    cluster = Cluster(pair)
    for service in pair.services.values():
        service.host.write("/etc/barevirt/web.yaml", manifest("web", disk, counter).replace("Always", "Manual"))
    cluster.up("a", "b")
    yield cluster
    cluster.close()


@pytest.fixture(scope="module", name="web")
def fixture_web(pair, cluster, counter):
    """Runs where the cluster started it."""
    web = Resource(pair, cluster, counter)
    cluster.configure("a", RESOURCE.read_text(encoding="utf-8"))
    node = wait_until(lambda: cluster.where("a", "web"), 150, "the start of web")
    web.wait_for(node)
    web.work()
    yield web
    web.close()


def test_moves(pair, cluster, web, build_folder):
    """As an administrator moves it, and because its node is to be free: live each time."""
    watch = Watch(pair, web.domain, build_folder)
    first = web.home
    for command, back in (
        (["crm_resource", "--resource", "web", "--move", "--node", web.away],
         ["crm_resource", "--resource", "web", "--clear"]),
        (["crm_standby", "--node", web.away, "--update", "on"], ["crm_standby", "--node", web.away, "--delete"]),
    ):
        target = web.away
        pair.a.host.run(*command)
        web.wait_for(target)
        web.check()
        pair.a.host.run(*back)
        wait_until(lambda: web.hosts() == [target], 60, "one host with it")
    assert web.home == first
    assert not watch.overlaps()
    watch.close()


def check_restart(web, written):
    """It began anew, with all that was on its disk."""
    web.service.wait_for_property(web.instance, "GuestAgent", "Hostname", lambda _: True)
    ticks = web.service.host.wait_in_guest(web.domain, "awk '$1 != NR {exit 1} END {print NR}' /data/ticks", bool)
    assert int(ticks) >= written - 1  # the other disk may be one ahead


def test_fails_over(pair, cluster, web, build_folder):
    """A node that nobody hears of still runs its guest; the other node has its power cut first, and starts it then."""
    lost, left = web.home, web.away
    watch = Watch(pair, web.domain, build_folder)
    wait_until(lambda: watch.state(lost) == "running", 60, "the sight of the guest")
    written = web.count.read()
    cluster.signal(lost, "corosync", "KILL")
    wait_until(lambda: cluster.power.cuts == [lost], 120, "the cut of the power")
    web.wait_for(left, timeout=150)
    check_restart(web, written)
    wait_until(lambda: watch.running(left), 60, "the sight of the guest")
    assert watch.running(lost)[-1][1] < watch.running(left)[0][0]
    assert not watch.overlaps()
    watch.close()


def test_comes_back(pair, cluster, web):
    """The node that was lost forgets what it had, so that the guest can move there again; and if the other's power is cut at
    the hand-over, the guest begins anew where it went."""
    lost, left = web.home, web.away
    web.work()
    pair.services[left].restart_host()
    cluster.up(left)
    wait_until(lambda: web.hosts() == [lost], 60, "the end of what the node had")
    written = web.count.read()

    def cut_power():
        pair.relays[lost].cut()
        pair.services[lost].host.cut_power()

    pair.relays[lost].at("Finish", cut_power)
    pair.services[left].host.run("crm_resource", "--resource", "web", "--move", "--node", left)
    wait_until(lambda: cluster.power.cuts[1:] == [lost], 120, "the cut of the power")
    web.wait_for(left, timeout=150)
    check_restart(web, written)
