# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the agent does in a guest when it is told to."""
import pytest
from gi.repository import GLib

from service import object_path

VMI = object_path("VirtualMachineInstance", "told")
MANIFEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: told
spec:
  terminationGracePeriodSeconds: 0
  domain:
    memory:
      guest: 128Mi
    devices:
      disks:
        - name: root
          disk:
            bus: virtio
  volumes:
    - name: root
      hostDisk:
        path: {path}
        type: Disk
"""


@pytest.fixture(scope="module", name="told")
def fixture_told(service):
    """The service with a guest whose agent answers."""
    service.apply(MANIFEST.format(path=service.image("told.img")))
    service.wait_for_property(VMI, "GuestAgent", "Hostname", bool, timeout=240)
    yield service


def run(service, *command, timeout_ms=60_000, **options):
    """Exit status, output and errors."""
    status, output, errors = service.call(
        VMI, "GuestAgent", "Exec", "(asa{sv})", list(command), options, timeout_ms=timeout_ms,
    )
    return status, bytes(output), bytes(errors)


def refused(service, error, *command, **options):
    with pytest.raises(GLib.Error, match=f"org.barevirt1.Error.{error}") as caught:
        run(service, *command, **options)
    return caught.value.message


def seconds(number):
    return {"timeout": GLib.Variant("x", number)}


def test_exec_returns_output_errors_and_status(told):
    assert run(told, "/bin/sh", "-c", "printf 'a\\0b'; echo wrong >&2; exit 7") == (7, b"a\0b", b"wrong\n")
    assert run(told, "/bin/sh", "-c", "kill -KILL $$") == (137, b"", b"")


def test_exec_keeps_arguments_apart(told):
    assert run(told, "/bin/printf", "[%s]", "a b", "$HOME", '"', "é")[1] == '[a b][$HOME]["][é]'.encode()


def test_exec_hands_over_input(told):
    data = bytes(range(256)) * 400
    assert run(told, "/bin/cat", stdin=GLib.Variant("ay", data)) == (0, data, b"")


def test_exec_ends_its_wait(told):
    message = refused(told, "TimedOut", "/bin/sleep", "100000", **seconds(1))
    assert "/bin/sleep has not ended within 1 seconds" in message
    assert run(told, "/bin/echo", "on")[1] == b"on\n"


def test_exec_limits(told):
    refused(told, "InvalidArgument")
    refused(told, "InvalidArgument", "")
    refused(told, "InvalidArgument", "/bin/true", **seconds(0))
    refused(told, "InvalidArgument", "/bin/true", **seconds(3601))
    refused(told, "LimitExceeded", "/bin/cat", stdin=GLib.Variant("ay", bytes(1 << 20)))
    size = 600 * 1024
    assert len(run(told, "/bin/head", "-c", str(size), "/dev/zero")[1]) == size
    refused(told, "LimitExceeded", "/bin/head", "-c", str(720 * 1024), "/dev/zero")
    refused(told, "LimitExceeded", "/bin/head", "-c", str(2 << 20), "/dev/zero")
    assert run(told, "/bin/echo", "well")[1] == b"well\n"


def test_exec_of_what_is_not_there(told):
    assert "guest-exec" in refused(told, "Failed", "/no/such/program")


def test_exec_and_an_agent_that_goes(told):
    """Last: the agent is gone then."""
    refused(told, "AgentUnavailable", "/bin/sh", "-c", "sleep 1; kill -KILL $(pidof qemu-ga); sleep 100")
