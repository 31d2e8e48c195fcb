# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the agent does in a guest when it is told to."""
import pytest
from gi.repository import GLib

from manifests import guest
from service import object_path

VMI = object_path("VirtualMachineInstance", "told")


@pytest.fixture(scope="module", name="told")
def fixture_told(service):
    """The service with a guest whose agent answers."""
    service.apply(guest("told", service.image("told.img")))
    service.wait_for_property(VMI, "GuestAgent", "Hostname", bool, timeout=240)
    yield service


def run(service, *command, timeout_ms=60_000, **options):
    """Exit status, output and errors. An agent that has not answered in time is taken for gone, for a moment."""
    service.wait_for_property(VMI, "GuestAgent", "Hostname", bool)
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


def test_password_is_set_and_told_nobody(told):
    told.call(VMI, "GuestAgent", "SetUserPassword", "(ssa{sv})", "root", "hush-hush", {})
    salt, digest = run(told, "/bin/sed", "-n", "s/^root:[$]6[$]//; T; s/:.*//; p", "/etc/shadow")[1].decode().split("$")
    assert run(told, "/bin/mkpasswd", "-m", "sha512", "-S", salt, "hush-hush")[1].decode().strip().endswith(digest.strip())
    encrypted = {"encrypted": GLib.Variant("b", True)}
    told.call(VMI, "GuestAgent", "SetUserPassword", "(ssa{sv})", "root", "$6$salt$hushed", encrypted)
    assert run(told, "/bin/grep", "-c", "^root:[$]6[$]salt[$]hushed:", "/etc/shadow")[1] == b"1\n"
    with pytest.raises(GLib.Error, match="user nobody-there") as caught:
        told.call(VMI, "GuestAgent", "SetUserPassword", "(ssa{sv})", "nobody-there", "hush-hush", {})
    assert "hush-hush" not in caught.value.message
    with pytest.raises(GLib.Error, match="InvalidArgument"):
        told.call(VMI, "GuestAgent", "SetUserPassword", "(ssa{sv})", "", "hush-hush", {})
    too_much = "hush" * 2**18
    for method, signature, value in [("SetUserPassword", "(ssa{sv})", too_much), ("SetUserSshKeys", "(sasa{sv})", [too_much])]:
        with pytest.raises(GLib.Error, match="LimitExceeded"):
            told.call(VMI, "GuestAgent", method, signature, "root", value, {})
    assert "hush" not in told.log.read_text()


def test_ssh_keys_are_set(told):
    for keys, append, expected in [(["key a"], False, "key a"), (["key b"], True, "key a\nkey b"), (["c"], False, "c")]:
        options = {"append": GLib.Variant("b", append)}
        told.call(VMI, "GuestAgent", "SetUserSshKeys", "(sasa{sv})", "root", keys, options)
        assert run(told, "/bin/sh", "-c", "cat ~root/.ssh/authorized_keys")[1].decode().strip() == expected


def test_exec_and_an_agent_that_goes(told):
    """Last: the agent is gone then."""
    refused(told, "AgentUnavailable", "/bin/sh", "-c", "sleep 1; kill -KILL $(pidof qemu-ga); sleep 100")
