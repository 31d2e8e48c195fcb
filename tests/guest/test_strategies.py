# SPDX-License-Identifier: LGPL-2.1-or-later
"""The run strategies with real guests: through reboot, restarts of service and libvirtd, crash, shutdown and stop.

A guest of each strategy runs all the time; each test leaves them running."""
import time

import pytest
from gi.repository import GLib

from lab import wait_until
from service import NAME, ROOT, object_path

INSTANCE = "VirtualMachineInstance"
STRATEGIES = ("Always", "RerunOnFailure", "Manual", "Once")

VM = """---
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: {name}}}
spec:
  runStrategy: {strategy}
  template:
    spec:
      terminationGracePeriodSeconds: 30
      domain:
        memory: {{guest: 128Mi}}
        devices:
          disks:
            - {{name: root, disk: {{bus: virtio}}}}
      volumes:
        - {{name: root, hostDisk: {{path: /var/lib/barevirt/images/{name}.img, type: Disk}}}}
"""


class Guest:
    """The VM of one strategy."""

    def __init__(self, service, strategy):
        self.service = service
        self.strategy = strategy
        self.name = strategy.lower()
        self.path = object_path("VirtualMachine", self.name)
        self.vmi = object_path(INSTANCE, self.name)
        service.image(f"{self.name}.img")
        self.apply()

    def apply(self):
        return self.service.apply(VM.format(name=self.name, strategy=self.strategy))

    def property(self, interface, name):
        """Of the VM, or of its VMI; None where that is not there."""
        path = self.vmi if interface in (INSTANCE, "Object", "GuestAgent") else self.path
        return self.service.objects().get(path, {}).get(f"{NAME}.{interface}", {}).get(name)

    def uid(self):
        return self.property("Object", "Uid")

    def status(self):
        return self.property("VirtualMachine", "PrintableStatus")

    def call(self, path, interface, method, **options):
        return self.service.call(path, interface, method, "(a{sv})", options)

    def tell(self, method, **options):
        return self.call(self.path, "VirtualMachine", method, **options)

    def wait_until_up(self, not_uid=None):
        """Until a VMI runs, another than NOT_UID, and the guest's agent answers."""
        wait_until(
            lambda: self.uid() not in (None, not_uid) and self.property("GuestAgent", "OsInfo"), 240, f"{self.name} up"
        )
        self.wait_for("Running")
        return self.uid()

    def wait_for(self, *states):
        return wait_until(lambda: (state := self.status()) in states and state, 120, f"{self.name}: {states}")

    def phase(self):
        return self.property(INSTANCE, "Phase")

    def run(self, command):
        return self.service.host.in_guest(f"default_{self.name}", command).strip()

    def begin(self, command):
        self.service.host.begin_in_guest(f"default_{self.name}", command)

    def deafen(self):
        """Whether nobody in the guest heeds its power button any more."""
        script = "printf '#!/bin/sh\\nexit 0\\n' >/run/deaf; chmod +x /run/deaf; mount --bind /run/deaf /sbin/shutdown"
        return self.run(f"{script}; head -n 2 /sbin/shutdown | tail -n 1") == "exit 0"

    def boot(self):
        return self.run("cat /proc/sys/kernel/random/boot_id")

    def bring_back(self):
        """From whatever end, as one does who wants the guest back."""
        if self.strategy == "Once" and self.phase() is not None:
            self.call(self.vmi, "Object", "Delete")
        elif self.status() == "Stopped" and self.strategy != "Once":
            self.tell("Start")
        elif self.property("VirtualMachine", "RunStrategy") != self.strategy:
            self.service.apply(VM.format(name=self.name, strategy="Manual"))
            self.apply()

    def failures(self):
        return self.property("VirtualMachine", "StartFailure")


@pytest.fixture(scope="module", name="guests")
def fixture_guests(service):
    guests = [Guest(service, strategy) for strategy in STRATEGIES]
    guests[STRATEGIES.index("Manual")].tell("Start")
    for guest in guests:
        guest.wait_until_up()
    return guests


@pytest.fixture(name="ups", autouse=True)
def fixture_ups(guests):
    """Each guest with the uid of the VMI that runs."""
    return [(guest, guest.wait_until_up()) for guest in guests]


def all_back(guests):
    for guest in guests:
        guest.bring_back()
    for guest in guests:
        guest.wait_until_up()


def test_reboot_of_the_guest(ups):
    boots = [guest.boot() for guest, _uid in ups]
    for guest, _uid in ups:
        guest.begin("sleep 1; reboot -f")
    for (guest, uid), boot in zip(ups, boots):

        def rebooted(guest=guest, boot=boot):
            try:
                return guest.boot() != boot
            except AssertionError:  # its agent does not answer yet
                return False

        wait_until(rebooted, 240, f"the reboot of {guest.name}")
        guest.wait_until_up()
        assert guest.uid() == uid and guest.phase() == "Running"


def test_restart_of_the_service(service, ups):
    boots = [guest.boot() for guest, _uid in ups]
    service.kill()
    service.start()
    for (guest, uid), boot in zip(ups, boots):
        assert guest.wait_until_up() == uid
        assert guest.boot() == boot
        assert "RestartRequired" not in [c["type"] for c in guest.property("VirtualMachine", "Conditions")]


def test_restart_of_libvirtd(service, ups):
    boots = [guest.boot() for guest, _uid in ups]
    service.host.end_libvirtd()
    wait_until(lambda: service.get(ROOT, "Manager", "HypervisorState") != "connected", 60, "the loss of libvirt")
    service.host.start_libvirtd()
    wait_until(lambda: service.get(ROOT, "Manager", "Ready"), 120, "libvirt")
    for (guest, uid), boot in zip(ups, boots):
        assert guest.wait_until_up() == uid
        assert guest.boot() == boot


def test_crash(service, ups):
    for guest, _uid in ups:
        service.host.run("sh", "-c", f"kill -KILL $(cat /run/libvirt/qemu/default_{guest.name}.pid)")
    for guest, uid in ups:
        if guest.strategy in ("Always", "RerunOnFailure"):
            assert guest.wait_until_up(not_uid=uid) != uid
            wait_until(lambda guest=guest: guest.failures() == {}, 60, "no back-off: it ran")
        else:
            assert guest.wait_for("Stopped")
            assert guest.phase() == "Failed" and guest.uid() == uid
    events = lambda: [(e["reason"], e["type"]) for e in service.call(ROOT, "Manager", "GetEvents", "(a{sv})", {})[0]]
    wait_until(lambda: ("Stopped", "Warning") in events(), 60, "the event")
    all_back([guest for guest, _uid in ups])


def test_shutdown_by_the_guest(ups):
    for guest, _uid in ups:
        guest.begin("sleep 1; poweroff -f")
    for guest, uid in ups:
        if guest.strategy == "Always":
            assert guest.wait_until_up(not_uid=uid) != uid
            continue
        guest.wait_for("Stopped")
        if guest.strategy == "RerunOnFailure":
            wait_until(lambda guest=guest: guest.uid() is None, 60, "the end of its VMI")
        else:
            assert guest.phase() == "Succeeded" and guest.uid() == uid
    all_back([guest for guest, _uid in ups])


def test_restart(ups):
    for guest, _uid in ups:
        if guest.strategy == "Once":
            with pytest.raises(GLib.Error, match="Once does not support manual restart requests"):
                guest.tell("Restart")
        else:
            guest.tell("Restart")
    for guest, uid in ups:
        if guest.strategy != "Once":
            guest.wait_until_up(not_uid=uid)
            assert guest.property("VirtualMachine", "RunStrategy") == guest.strategy


def test_stop(ups):
    """A wanted stop is no failure, and nothing starts again."""
    for guest, _uid in ups:
        guest.tell("Stop")
    for guest, _uid in ups:
        guest.wait_for("Stopped")
        wait_until(lambda guest=guest: guest.uid() is None, 60, "the end of its VMI")
        changed = guest.strategy in ("Always", "Once")
        assert guest.property("VirtualMachine", "RunStrategy") == ("Halted" if changed else guest.strategy)
        assert guest.failures() == {}
        # It had its time, and shut down by itself.
        events = lambda guest=guest: guest.service.call(guest.path, "Object", "GetEvents", "(a{sv})", {})[0]
        wait_until(lambda: events()[-1]["reason"] == "SuccessfulDelete", 60, "the event")
    all_back([guest for guest, _uid in ups])


def test_stop_with_force(service, ups):
    guest, _uid = ups[STRATEGIES.index("Manual")]
    assert service.barevirt("stop", "--force", "manual").stdout == "virtualmachine/manual has stopped\n"
    wait_until(lambda: guest.uid() is None, 60, "the end of its VMI")
    assert service.barevirt("start", "manual").stdout == "virtualmachine/manual runs\n"


def test_start_paused(service, ups):
    guest, _uid = ups[STRATEGIES.index("Manual")]
    service.barevirt("stop", "--force", "manual")
    service.barevirt("start", "--paused", "--no-wait", "manual")
    guest.wait_for("Paused")
    assert service.host.virsh("domstate", "default_manual") == "paused"
    guest.call(guest.vmi, INSTANCE, "Unpause")


def test_halted(service, ups):
    """It stays so, also with the next service, until somebody starts it."""
    guest, _uid = ups[STRATEGIES.index("Manual")]
    service.apply(VM.format(name=guest.name, strategy="Halted"))
    wait_until(lambda: guest.uid() is None, 60, "the end of its VMI")
    service.kill()
    service.start()
    wait_until(lambda: service.get(ROOT, "Manager", "Ready"), 60, "the service")
    assert (guest.status(), guest.uid()) == ("Stopped", None)
    guest.tell("Start")
    guest.wait_until_up()
    assert guest.property("VirtualMachine", "RunStrategy") == "Always"
    guest.apply()


def test_shutdown_of_the_host(service, ups):
    """Each guest has its own time: one heeds the power button, one does not, and is killed when its own is over."""
    heeding, deaf = (ups[STRATEGIES.index(strategy)][0] for strategy in ("Once", "Manual"))
    service.apply(VM.format(name=deaf.name, strategy="Manual").replace("PeriodSeconds: 30", "PeriodSeconds: 5"))
    deaf.tell("Restart")
    deaf.wait_until_up(not_uid=ups[STRATEGIES.index("Manual")][1])
    wait_until(lambda: deaf.deafen(), 60, "a guest without power button")
    began = time.monotonic()
    service.host.run("barevirt", "guests", "stop", timeout=200)
    assert time.monotonic() - began >= 5
    wait_until(lambda: (heeding.phase(), deaf.phase()) == ("Succeeded", "Failed"), 60, "KubeVirt's final phases")
    events = service.call(deaf.vmi, "Object", "GetEvents", "(a{sv})", {})[0]
    assert "its time to shut down being over" in events[-1]["message"]
    service.kill()
    service.start()
    wait_until(lambda: service.get(ROOT, "Manager", "Ready"), 60, "the service")
    deaf.apply()
    all_back([guest for guest, _uid in ups])
