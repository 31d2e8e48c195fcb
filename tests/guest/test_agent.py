# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest's agent tells, and what else it is asked for: each answer against what the guest prints of itself."""
import re
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from gi.repository import Gio, GLib

from host_service import SETTINGS, HostService
from lab import wait_until
from manifests import guest
from service import NAME, object_path

INTERFACES = Path(__file__).resolve().parents[2] / "introspection"
VMI = object_path("VirtualMachineInstance", "telling")
INSTANCE = "VirtualMachineInstance"
AGENT = "GuestAgent"
OFTEN = """
[agent]
version-seconds=2
filesystems-seconds=2
system-seconds=2
users-seconds=2
fsfreeze-seconds=1
"""


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    service = HostService(host, build_folder, SETTINGS.replace("[features]", f"{OFTEN}[features]"))
    service.start()
    service.apply(guest("telling", service.image("telling.img")))
    service.wait_for_property(VMI, AGENT, "SupportedCommands", bool, timeout=240)
    yield service
    service.close()


def in_guest(service, command):
    return service.in_guest(VMI, command)


def wait_for(service, name, holds, interface=AGENT, timeout=60):
    return service.wait_for_property(VMI, interface, name, holds, timeout)


def call(service, method, **options):
    service.call(VMI, INSTANCE, method, "(a{sv})", options, timeout_ms=90_000)


def wait_for_description(service, lines):
    """Until it has them: of an agent that has not answered in time it has nothing, for a moment."""

    def has_them():
        return re.search(lines, service.barevirt("describe", "vmi", "telling").stdout, re.MULTILINE)

    wait_until(has_them, 60, f"{lines} in the description")


def conditions(service):
    return {c["type"]: c for c in service.get(VMI, INSTANCE, "Conditions")}


def test_system_is_as_the_guest_says(service):
    hostname = in_guest(service, "hostname")
    wait_for(service, "Hostname", lambda told: told == hostname)
    os = wait_for(service, "OsInfo", bool)
    assert os["kernelRelease"] == in_guest(service, "uname -r")
    assert os["machine"] == in_guest(service, "uname -m")
    wait_for(service, "GuestOsInfo", lambda told: told == os, INSTANCE)
    assert wait_for(service, "Timezone", bool) == in_guest(service, "date +%Z")
    wait_for(service, "TimezoneOffset", lambda offset: offset == 0)
    in_guest(service, "hostname renamed")
    wait_for(service, "Hostname", lambda name: name == "renamed")


def test_what_stays_is_not_told_again(service):
    """While one thing changes, all others are asked for many times."""
    told = []
    subscription = service.connection.signal_subscribe(
        NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", VMI, f"{NAME}.{AGENT}", Gio.DBusSignalFlags.NONE,
        lambda *arguments: told.append(arguments[5].unpack()[1]))
    # A name that comes with the whole interface, of an agent that had not answered in time, is no change of it.
    for turn in range(12):
        in_guest(service, f"hostname turn-{turn}")
        wait_for(service, "Hostname", lambda found, name=f"turn-{turn}": found == name)
        while GLib.MainContext.default().iteration(False):
            pass
        if len(told) >= 3:
            break
    service.connection.signal_unsubscribe(subscription)
    assert len(told) >= 3
    last = {}
    for changed in told:
        assert not [name for name in changed if name in last and last[name] == changed[name]], told
        last.update(changed)


def test_filesystems_with_their_disks(service):
    found = wait_for(service, "Filesystems", lambda found: any(f["mountPoint"] == "/data" for f in found))
    told = {f["mountPoint"]: f for f in found}
    data = told["/data"]
    assert data["fileSystemType"] == "ext4"
    assert data["diskName"] == in_guest(service, "sed -n 's,^/dev/\\([^ ]*\\) /data .*,\\1,p' /proc/mounts")
    assert data["totalBytes"] > data["usedBytes"] > 0
    # An agent learns serial numbers from udev, which this guest has none of.
    wait_for_description(service, r"^/data +ext4 +\S+ +\S+\s[KM]iB +\S+\sMiB$")
    assert data["disk"] == [{"target": "vda", "busType": "virtio", "serial": ""}]
    in_guest(service, "head -c 3000000 /dev/zero >/data/filled; sync")
    wait_for(service, "Filesystems", lambda found: any(f["usedBytes"] > data["usedBytes"] + 2_000_000 for f in found))


def test_users(service):
    users = wait_for(service, "Users", bool)
    assert users[0]["userName"] == "root"
    assert abs(users[0]["loginTime"] - time.time()) < 600
    wait_for_description(service, r"^USER +DOMAIN +LOGGED IN\nroot +- +\d{4}-\d\d-\d\dT\S+Z$")


def test_commands_and_version(service):
    commands = wait_for(service, "SupportedCommands", bool)
    assert {"guest-ping", "guest-exec", "guest-fsfreeze-freeze"} <= set(commands)
    wait_for(service, "Version", lambda version: version[:1].isdigit())
    wait_for(service, "Load", lambda load: (load == []) == ("guest-get-load" not in commands))
    assert "AgentVersionNotSupported" not in conditions(service)
    wait_until(lambda: conditions(service).get("AgentConnected", {}).get("status") == "True", 60, "AgentConnected")


def test_status_has_it(service):
    wait_for(service, "GuestOsInfo", lambda told: told.get("kernelRelease"), INSTANCE)
    text = service.barevirt("get", "vmi", "telling", "-o", "yaml").stdout
    assert "guestOSInfo:" in text and "kernelRelease:" in text


def test_clock_is_set_after_a_pause(service):
    in_guest(service, "date -s '2001-02-03 04:05:06'")
    assert in_guest(service, "date +%Y") == "2001"
    call(service, "Pause")
    call(service, "Unpause")
    wait_until(lambda: abs(int(in_guest(service, "date +%s")) - time.time()) < 30, 120, "the time")


def frozen(service):
    return wait_for(service, "FsFreezeStatus", lambda status: status == "frozen", INSTANCE)


def thawed(service, timeout=60):
    return wait_for(service, "FsFreezeStatus", lambda status: status == "", INSTANCE, timeout)


def test_freeze_holds_up_writes_until_unfreeze(service):
    before = wait_for(service, "SupportedCommands", bool)
    call(service, "Freeze")
    frozen(service)
    assert "fsFreezeStatus: frozen" in service.barevirt("get", "vmi", "telling", "-o", "yaml").stdout
    # The agent refuses most of what it can do else, and says so.
    with pytest.raises(GLib.Error, match="guest-exec"):
        service.in_guest(VMI, "true")
    call(service, "Freeze")
    assert service.host.virsh("qemu-agent-command", "default_telling", '{"execute":"guest-fsfreeze-status"}') == \
        '{"return":"frozen"}'
    # Time for several questions after the version: that it knows little now is none of its faults.
    service.call(VMI, AGENT, "Ping", "(a{sv})", {})
    call(service, "Unfreeze")
    thawed(service)
    assert in_guest(service, "echo on >/data/on && sync && cat /data/on") == "on"
    wait_for(service, "SupportedCommands", lambda commands: commands == before)
    assert "AgentVersionNotSupported" not in conditions(service)
    call(service, "Unfreeze")


def test_freeze_ends_by_itself(service):
    start = time.monotonic()
    call(service, "Freeze", **{"unfreeze-timeout": GLib.Variant("x", 8)})
    frozen(service)
    thawed(service)
    assert time.monotonic() - start >= 7.9
    assert in_guest(service, "echo on >/data/on && sync && cat /data/on") == "on"
    wait_until(lambda: "Unfrozen" in service.barevirt("describe", "vmi", "telling").stdout, 60, "the event")


def test_freeze_ends_although_the_service_was_killed(service):
    call(service, "Freeze", **{"unfreeze-timeout": GLib.Variant("x", 8)})
    frozen(service)
    service.kill()
    service.start()
    wait_for(service, "FsFreezeStatus", lambda status: status == "")
    assert in_guest(service, "echo on >/data/on && sync && cat /data/on") == "on"


def test_freeze_is_refused(service):
    with pytest.raises(GLib.Error, match="InvalidArgument"):
        call(service, "Freeze", **{"unfreeze-timeout": GLib.Variant("x", -1)})
    call(service, "Pause")
    for method in ("Freeze", "Unfreeze"):
        with pytest.raises(GLib.Error, match="Error.Conflict.* paused"):
            call(service, method)
    call(service, "Unpause")


def test_commands_of_the_command(service):
    """exec passes on what a program reads, writes and exits with."""
    wait_for(service, "Hostname", bool)
    ran = service.barevirt("exec", "-i", "telling", "--", "/bin/sh", "-c", "cat; echo wrong >&2; exit 7", check=False,
                           input="typed\n")
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, "typed\n", "wrong\n")
    ran = service.barevirt("exec", "telling", "--", "/no/such/program", check=False)
    assert ran.returncode == 255 and "guest-exec" in ran.stderr
    ran = service.barevirt("exec", "--timeout", "1", "telling", "--", "/bin/sleep", "1000", check=False)
    assert ran.returncode == 255 and "has not ended within 1 seconds" in ran.stderr
    service.barevirt("freeze", "telling", "--unfreeze-timeout", "60")
    frozen(service)
    assert service.barevirt("unfreeze", "telling").stdout == "virtualmachineinstance/telling is thawed\n"
    service.barevirt("ssh-keys", "telling", "root", input="# mine\n\nkey a\nkey b\n")
    assert in_guest(service, "cat ~root/.ssh/authorized_keys") == "key a\nkey b"
    service.barevirt("set-password", "telling", "root", input="hush-hush\n")
    salt, digest = in_guest(service, "sed -n 's/^root:[$]6[$]//; T; s/:.*//; p' /etc/shadow").split("$")
    assert in_guest(service, f"mkpasswd -m sha512 -S '{salt}' hush-hush").endswith(digest)
    ran = service.barevirt("set-password", "telling", "root", input="", check=False)
    assert ran.returncode == 1 and "no password" in ran.stderr
    assert service.barevirt("exec", "telling", check=False).returncode == 2
    assert "hush" not in service.log.read_text()


def methods():
    for method in ElementTree.parse(INTERFACES / f"{NAME}.{AGENT}.xml").iter("method"):
        yield method.get("name"), [a.get("type") for a in method.findall("arg") if a.get("direction") == "in"]


VALUES = {"s": ["x"], "as": ["1", "/bin/true"], "a{sv}": ["1", "no-such-option", "b", "true"]}


@pytest.mark.parametrize("method, arguments", methods())
def test_every_method_checks_options_and_caller(service, method, arguments):
    """As the service's own tests have it for the interfaces that libvirt's test driver has."""
    assert arguments[-1] == "a{sv}"
    values = [text for kind in arguments for text in VALUES[kind]]
    command = ["busctl", "call", NAME, VMI, f"{NAME}.{AGENT}", method, "".join(arguments)]
    wrong = service.host.run(*command, *values, check=False)
    assert "no option" in wrong.stderr or "no-such-option" in wrong.stderr, wrong.stderr
    refused = service.host.run("setpriv", "--reuid=65534", "--clear-groups", *command, *values[:-4], "0", check=False)
    # Who may look at a guest may ping its agent, and by default that is everybody.
    assert (refused.returncode == 0) == (method == "Ping"), refused.stderr


def test_reboot_by_the_agent(service):
    in_guest(service, "touch /run/before")
    call(service, "SoftReboot")
    service.wait_for_gone(VMI, AGENT, timeout=120)
    wait_for(service, "Hostname", bool, timeout=240)
    wait_until(lambda: in_guest(service, "ls /run/before || echo gone") == "gone", 120, "the guest to be up again")


def test_agent_that_hangs(service):
    """Last: the agent hangs then. The guest can be shut down all the same."""
    service.host.begin_in_guest("default_telling", "sleep 1; kill -STOP $(pidof qemu-ga)")
    service.wait_for_gone(VMI, AGENT, timeout=120)
    with pytest.raises(GLib.Error, match="AgentUnavailable|TimedOut"):
        call(service, "Freeze")
    wait_until(lambda: "FreezeError" in service.barevirt("describe", "vmi", "telling").stdout, 60, "the event")
    ran = service.barevirt("exec", "telling", "--", "/bin/true", check=False)
    assert ran.returncode == 255 and "no agent that answers" in ran.stderr
    call(service, "Shutdown", **{"grace-period": GLib.Variant("x", 120)})
    wait_for(service, "Phase", lambda phase: phase == "Succeeded", INSTANCE, timeout=180)
