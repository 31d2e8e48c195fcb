# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that stand still: by a user's wish, or because their storage is full."""
import time

import pytest
from gi.repository import Gio, GLib

from host_service import IMAGES
from lab import wait_until
from service import NAME, ROOT, object_path

INSTANCE = "VirtualMachineInstance"
VMI = object_path(INSTANCE, "still")
DOMAIN = "default_still"
VOLUMES = "/var/lib/barevirt/volumes"

GUEST = f"""\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {{name: still}}
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory: {{guest: 256Mi}}
    devices:
      disks:
        - {{name: root, bootOrder: 1, disk: {{bus: virtio}}}}
        - {{name: scratch, disk: {{bus: virtio}}}}
  volumes:
    - {{name: root, hostDisk: {{path: {IMAGES}/still.img, type: Disk}}}}
    - {{name: scratch, emptyDisk: {{capacity: 48Mi}}}}
"""


def paused(service):
    """The reason of the condition Paused, or None."""
    conditions = service.objects().get(VMI, {}).get(f"{NAME}.{INSTANCE}", {}).get("Conditions", [])
    return next((c["reason"] for c in conditions if c["type"] == "Paused"), None)


@pytest.fixture(scope="module", name="guest")
def fixture_guest(service):
    """A guest whose empty disk is on a file system of 8 MiB."""
    service.image("still.img")
    service.host.run("mkdir", "-p", VOLUMES)
    service.host.run("mount", "-t", "tmpfs", "-o", "size=8m,mode=711", "volumes", VOLUMES)
    service.apply(GUEST)
    service.wait_for_property(VMI, "GuestAgent", "OsInfo", lambda info: "prettyName" in info)
    yield service
    service.call(VMI, "Object", "Delete", "(a{sv})", {})
    service.wait_for_gone(VMI, INSTANCE)
    service.host.unmount(VOLUMES)


@pytest.fixture(name="events")
def fixture_events(guest):
    told = []
    subscription = guest.connection.signal_subscribe(
        NAME, f"{NAME}.{INSTANCE}", "Event", VMI, None, Gio.DBusSignalFlags.NONE,
        lambda *arguments: told.append(arguments[5].unpack()),
    )
    yield told
    guest.connection.signal_unsubscribe(subscription)


def test_guest_goes_on_when_there_is_space_again(guest, events):
    begun = time.monotonic()
    write = "dd if=/dev/urandom of=/dev/vdb bs=1M count=32 oflag=direct; sync; echo written >/run/told"
    guest.host.in_guest(DOMAIN, f"({write}) >/dev/null 2>&1 </dev/null &")
    context = GLib.MainContext.default()
    errors = lambda: [message for kind, reason, message in events if (kind, reason) == ("Warning", "IOerror")]
    # It is tried at once, stops again, and is tried ten seconds later.
    wait_until(lambda: context.iteration(False) or len(errors()) >= 2, 120, "a second error")
    wait_until(lambda: paused(guest) == "PausedIOError", 60, "the pause")
    assert guest.get(VMI, INSTANCE, "Phase") == "Running"
    guest.host.run("mount", "-o", "remount,size=96m", VOLUMES)
    wait_until(lambda: paused(guest) is None, 60, "the end of the pause")
    guest.host.wait_in_guest(DOMAIN, "cat /run/told", "written", 120)
    wait_until(lambda: context.iteration(False) or any(e[1] == "Unpaused" for e in events), 60, "the event")
    assert all("scratch has no space left" in message for message in errors())
    # One that is let go on all the time would give hundreds.
    assert len(errors()) <= 6 + (time.monotonic() - begun) / 10


def wait_for_users_pause(guest):
    wait_until(lambda: paused(guest) == "PausedByUser", 60, "the pause")


def test_user_pause_outlives_service_and_libvirt(guest):
    guest.call(VMI, INSTANCE, "Pause", "(a{sv})", {})
    wait_for_users_pause(guest)
    with pytest.raises(GLib.Error, match="Error.Conflict.*paused already"):
        guest.call(VMI, INSTANCE, "Pause", "(a{sv})", {})
    guest.kill()
    guest.start()
    guest.wait_for_property(ROOT, "Manager", "Ready", bool)
    wait_for_users_pause(guest)
    guest.host.end_libvirtd()
    wait_until(lambda: guest.get(ROOT, "Manager", "HypervisorState") != "connected", 60, "the loss of libvirt")
    guest.host.start_libvirtd()
    guest.wait_for_property(ROOT, "Manager", "Ready", bool)
    wait_for_users_pause(guest)
    assert guest.host.virsh("domstate", DOMAIN) == "paused"
    assert guest.barevirt("unpause", "still").stdout == "virtualmachineinstance/still goes on\n"
    wait_until(lambda: paused(guest) is None, 60, "the end of the pause")
    # All that the agent tells, too, as soon as the guest goes on: the next time that it is asked for some of it is in minutes.
    for name in ("Hostname", "Version", "Filesystems"):
        guest.wait_for_property(VMI, "GuestAgent", name, bool, timeout=60)
    again = guest.barevirt("unpause", "still", check=False)
    assert again.returncode == 1 and "is not paused" in again.stderr
