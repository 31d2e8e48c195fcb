# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests whose agents hang hold up nobody else."""
import time

import pytest

from manifests import guest
from service import object_path

HANGING = [f"hanging{number}" for number in range(6)]
# An agent that hangs is given up after 5 seconds; what waits for one takes that long.
PATIENCE = 4


def vmi(name):
    return object_path("VirtualMachineInstance", name)


def manifest(service, name):
    return guest(name, service.image(f"{name}.img"))


def timed(call, *arguments):
    start = time.monotonic()
    call(*arguments)
    return time.monotonic() - start


@pytest.fixture(scope="module", name="hanging")
def fixture_hanging(service):
    """The service with six guests, each with an agent that was there and answers no more."""
    service.apply("---\n".join(manifest(service, name) for name in HANGING))
    for name in HANGING:
        service.wait_for_property(vmi(name), "GuestAgent", "Hostname", bool, timeout=240)
        stop = "(sleep 0.5; kill -STOP $(pidof qemu-ga)) >/dev/null 2>&1 &"
        service.host.in_guest(f"default_{name}", stop)
    yield service


def test_seventh_guest_is_not_delayed(hanging):
    # From here on each question to an agent is one that hangs.
    hanging.wait_for_gone(vmi(HANGING[0]), "GuestAgent", timeout=60)
    text = manifest(hanging, "seventh")
    took = {"Apply": timed(hanging.apply, text)}
    start = time.monotonic()
    hanging.wait_for_property(vmi("seventh"), "VirtualMachineInstance", "Phase", lambda phase: phase == "Running")
    took["to Running"] = time.monotonic() - start
    for method in ["Pause", "Unpause", "GetDomainXml", "Reset"]:
        took[method] = timed(hanging.call, vmi("seventh"), "VirtualMachineInstance", method, "(a{sv})", {})
    hanging.wait_for_property(vmi("seventh"), "GuestAgent", "Hostname", bool, timeout=120)
    took["Ping"] = timed(hanging.call, vmi("seventh"), "GuestAgent", "Ping", "(a{sv})", {})
    assert max(took.values()) < PATIENCE, took


def test_hanging_agents_lose_their_interface(hanging):
    for name in HANGING:
        hanging.wait_for_gone(vmi(name), "GuestAgent", timeout=60)
        assert hanging.get(vmi(name), "VirtualMachineInstance", "Phase") == "Running"


def test_hanging_guests_can_be_deleted(hanging):
    took = max(timed(hanging.call, vmi(name), "Object", "Delete", "(a{sv})", {}) for name in HANGING)
    assert took < PATIENCE
