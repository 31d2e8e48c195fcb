# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests whose agents hang hold up nobody else."""
import time

import pytest

from manifests import guest
from service import object_path

HANGING = [f"hanging{number}" for number in range(6)]
# An agent that hangs is given up after 5 seconds; what waits for one takes that long, or where a machine is so slow that
# it says little, several times what it took before.
PATIENCE = 4
TIMES = 5


def vmi(name):
    return object_path("VirtualMachineInstance", name)


def manifest(service, name):
    return guest(name, service.image(f"{name}.img"))


def timed(call, *arguments):
    start = time.monotonic()
    call(*arguments)
    return time.monotonic() - start


def measure(service, name):
    """How long each thing takes that is asked of a guest from its start on."""
    text = manifest(service, name)
    took = {"Apply": timed(service.apply, text)}
    start = time.monotonic()
    service.wait_for_property(vmi(name), "VirtualMachineInstance", "Phase", lambda phase: phase == "Running")
    took["to Running"] = time.monotonic() - start
    for method in ["Pause", "Unpause", "GetDomainXml", "Reset"]:
        took[method] = timed(service.call, vmi(name), "VirtualMachineInstance", method, "(a{sv})", {})
    service.wait_for_property(vmi(name), "GuestAgent", "Hostname", bool, timeout=240)
    took["Ping"] = timed(service.call, vmi(name), "GuestAgent", "Ping", "(a{sv})", {})
    return took


@pytest.fixture(scope="module", name="usual")
def fixture_usual(service):
    """What the first guest took, when there was no other."""
    return measure(service, HANGING[0])


@pytest.fixture(scope="module", name="hanging")
def fixture_hanging(service, usual):
    """The service with six guests, each with an agent that was there and answers no more."""
    service.apply("---\n".join(manifest(service, name) for name in HANGING[1:]))
    for name in HANGING:
        service.wait_for_property(vmi(name), "GuestAgent", "Hostname", bool, timeout=240)
        service.host.begin_in_guest(f"default_{name}", "sleep 1; kill -STOP $(pidof qemu-ga)")
    yield service


def test_seventh_guest_is_not_delayed(hanging, usual):
    # From here on each question to an agent is one that hangs.
    hanging.wait_for_gone(vmi(HANGING[0]), "GuestAgent", timeout=120)
    took = measure(hanging, "seventh")
    assert not [what for what in took if took[what] >= max(PATIENCE, TIMES * usual[what])], (took, usual)


def test_hanging_agents_lose_their_interface(hanging):
    for name in HANGING:
        hanging.wait_for_gone(vmi(name), "GuestAgent", timeout=120)
        assert hanging.get(vmi(name), "VirtualMachineInstance", "Phase") == "Running"


def test_hanging_guests_can_be_deleted(hanging, usual):
    took = max(timed(hanging.call, vmi(name), "Object", "Delete", "(a{sv})", {}) for name in HANGING)
    assert took < max(PATIENCE, TIMES * max(usual.values())), (took, usual)
