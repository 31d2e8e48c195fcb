# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people read when a verb cannot be done: which object, why, and what to do; and the exit status."""
import subprocess

import pytest
from gi.repository import Gio, GLib

from manifests import vm, vmi
from service import NAME, Bus, Service, object_path

INSTANCE = "VirtualMachineInstance"
MACHINE = "VirtualMachine"
ACTIONS = ("view", "view-secrets", "manage", "console", "exec", "migrate", "receive")
NOT_RUN = 255  # of verbs that run a program, whose own status may be any other
CLAIMED = """---
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata: {name: waiting}
spec:
  domain: {memory: {guest: 64Mi}, devices: {disks: [{name: root, disk: {}}]}}
  volumes: [{name: root, persistentVolumeClaim: {claimName: missing}}]
"""
# The verb, as it is typed for an object @: the method behind it, its arguments, its polkit action.
VERBS = {
    "pause @": (INSTANCE, "Pause", "", [], "manage"),
    "unpause @": (INSTANCE, "Unpause", "", [], "manage"),
    "reset @": (INSTANCE, "Reset", "", [], "manage"),
    "soft-reboot @": (INSTANCE, "SoftReboot", "", [], "manage"),
    "freeze @": (INSTANCE, "Freeze", "", [], "manage"),
    "unfreeze @": (INSTANCE, "Unfreeze", "", [], "manage"),
    "console @": (INSTANCE, "OpenConsole", "", [], "console"),
    "logs @": (INSTANCE, "OpenConsoleLog", "", [], "console"),
    "vnc --proxy-only @": (INSTANCE, "OpenVnc", "", [], "console"),
    "port-forward --stdio @ 22": (INSTANCE, "OpenPort", "u", [22], "console"),
    "screenshot @ {folder}/picture.png": (INSTANCE, "Screenshot", "", [], "view-secrets"),
    "memory-dump @ {folder}/memory": (INSTANCE, "DumpMemory", "h", [0], "view-secrets"),
    "migrate @": (INSTANCE, "Migrate", "", [], "migrate"),
    "start @": (MACHINE, "Start", "", [], "manage"),
    "stop @": (MACHINE, "Stop", "", [], "manage"),
    "restart @": (MACHINE, "Restart", "", [], "manage"),
    "memory-dump @ --claim-name claim": (MACHINE, "DumpMemory", "s", ["claim"], "view-secrets"),
    "addvolume @ --volume-name claim": (INSTANCE, "AddVolume", "s", ["claim"], "manage"),
    "removevolume @ --volume-name claim": (INSTANCE, "RemoveVolume", "s", ["claim"], "manage"),
    "delete vmi @": (INSTANCE, "Delete", "", [], "manage"),
}
# The command finds the guest's agent on the bus, or tells itself why there is none; ssh is told to dial nobody.
OF_COMMAND = ["exec @ -- /bin/true", "set-password @ root", "ssh-keys @ root", "ssh @"]
GUESTS = [verb for verb, method in VERBS.items() if method[0] == INSTANCE and method[1] != "Delete"]
# The guest: the verbs that it refuses, by which error, and what the sentence must name beside it.
ONES_THAT_LOG = [verb for verb in GUESTS if verb != "logs @"]
SITUATIONS = {
    "over": [(ONES_THAT_LOG, "NotRunning", ["phase is Succeeded", "“barevirt delete vmi over -n default”"]),
             (["logs @"], "NotFound", ["log of the console", "has ended"])],
    "waiting": [(ONES_THAT_LOG, "NotRunning", ["phase is Pending", "“barevirt describe vmi waiting -n default”"]),
                (["logs @"], "NotFound", ["log of the console", "not run yet"])],
    "paused": [(["pause @"], "Conflict", ["paused already", "“barevirt unpause”"]),
               (["soft-reboot @", "freeze @", "unfreeze @", "port-forward --stdio @ 22"], "Conflict",
                ["is paused", "“barevirt unpause paused -n default”"])],
    "running": [(["unpause @"], "Conflict", ["is not paused"]),
                (["freeze @", "unfreeze @"], "AgentUnavailable", ["qemu-guest-agent"]),
                (["migrate @"], "Conflict", ["cannot move", "masquerade"]),
                (["removevolume @ --volume-name claim"], "NotFound", ["no volume claim", "hotpluggable"])],
    "headless": [(["vnc --proxy-only @", "screenshot @ {folder}/picture.png"], "NotSupported",
                  ["no display", "spec.domain.devices.autoattachGraphicsDevice"])],
    "mute": [(["console @"], "NotSupported", ["no serial console", "spec.domain.devices.autoattachSerialConsole"]),
             (["logs @"], "NotFound", ["no log", "spec.domain.devices.autoattachSerialConsole"])],
    "unlogged": [(["logs @"], "NotFound", ["no log", "spec.domain.devices.logSerialConsole"])],
    "alone": [(["port-forward --stdio @ 22"], "NotSupported", ["spec.networks", "autoattachVSOCK: true"])],
    "halted": [(["stop @"], "NotRunning", ["not running"]),
               (["restart @"], "Conflict", ["run strategy Halted", "Start it", "spec.runStrategy"]),
               (["memory-dump @ --claim-name claim"], "NotFound", ["PersistentVolumeClaim claim", "apply"])],
    "always": [(["start @"], "Conflict", ["already running"])],
}
# Refused before anything is asked: what is wrong with the line, and how it is right.
MISUSES = {
    "pause": ["Name one VMI", "“barevirt get vmi”"],
    "pause one two": ["“two” is one argument too many", "“barevirt pause --help”"],
    "pause --quickly one": ["--quickly"],
    "freeze --unfreeze-timeout=-5 running": ["--unfreeze-timeout", "-5", "0 seconds or more"],
    "stop --grace-period=-4 always": ["--grace-period", "-4", "0 seconds or more"],
    "delete --grace-period=-4 vm always": ["--grace-period", "-4", "0 seconds or more"],
    "exec --timeout=0 running -- /bin/true": ["--timeout", "1 seconds or more"],
    "exec running": ["a program in its guest"],
    "set-password running": ["a user of its guest"],
    "port-forward running": ["the ports to forward"],
    "port-forward running 99999:22": ["99999:22", "65535"],
    "ssh -p 0 running": ["from 1 to 65535"],
    "vnc --port 99999 running": ["99999", "65535"],
    "migrate running --set fast": ["“fast”", "--set NAME=VALUE"],
    "addvolume running": ["--volume-name", "“barevirt get pvc”"],
    "describe vmi": ["kind and name"],
    "describe gadget one": ["“gadget”", "virtualmachines"],
    "get gadgets": ["“gadgets”", "virtualmachines"],
    "delete gadget one": ["“gadget”", "virtualmachines"],
    "export gadgets": ["“gadgets”", "virtualmachines"],
    "top --delay=0": ["1 to 3600 seconds"],
}


def rows():
    for guest, refusals in SITUATIONS.items():
        for verbs, error, words in refusals:
            for verb in verbs:
                yield pytest.param(guest, verb, error, words, id=f"{verb.replace('@', guest)}-{error}")


def devices(name, text):
    return vmi(name).replace("devices: {}", f"devices: {{{text}}}")


@pytest.fixture(scope="module", name="guests")
def fixture_guests(bus, build_folder):
    """One service with a guest of each kind; no test changes one."""
    bus.allow(*ACTIONS)
    service = Service(bus, build_folder)
    try:
        service.start()
        service.apply(
            vmi("running") + vmi("paused") + vmi("over") + CLAIMED + vm("halted") + vm("always", "Always")
            + devices("headless", "autoattachGraphicsDevice: false") + devices("mute", "autoattachSerialConsole: false")
            + devices("unlogged", "logSerialConsole: false") + devices("alone", "autoattachPodInterface: false"))
        for name in ("running", "paused", "over", "always", "headless", "mute", "unlogged", "alone"):
            service.wait_for(object_path(INSTANCE, name), INSTANCE, "Phase", "Running")
        for name, method in (("paused", "Pause"), ("over", "Kill")):
            service.call(object_path(INSTANCE, name), INSTANCE, method, "(a{sv})", {})
        service.wait_for(object_path(INSTANCE, "over"), INSTANCE, "Phase", "Succeeded")
        service.wait_for(object_path(INSTANCE, "waiting"), INSTANCE, "Phase", "Pending")
        yield service
    finally:
        service.close()


def call(service, guest, verb):
    """The D-Bus error of the method behind a verb: its name and its sentence."""
    kind, method, signature, arguments, _action = VERBS[verb]
    interface = "Object" if method == "Delete" else kind
    files = Gio.UnixFDList()
    with open("/dev/null", "wb") as nothing:
        files.append(nothing.fileno())
    with pytest.raises(GLib.Error) as caught:
        service.connection.call_with_unix_fd_list_sync(
            NAME, object_path(kind, guest), f"{NAME}.{interface}", method,
            GLib.Variant(f"({signature}a{{sv}})", [*arguments, {}]), None, 0, 60_000, files, None)
    name = Gio.dbus_error_get_remote_error(caught.value)
    return name, caught.value.message.removeprefix(f"GDBus.Error:{name}: ")


def run(service, verb, guest, tmp_path, **options):
    words = [word.replace("@", guest).format(folder=tmp_path) for word in verb.split()]
    return service.barevirt(*words, check=False, stdin=subprocess.DEVNULL, **options)


def failure_of(verb):
    return NOT_RUN if verb.split()[0] in ("exec", "ssh") else 1


def said(ran, status):
    """The one sentence on standard error."""
    assert (ran.returncode, ran.stdout) == (status, ""), ran
    assert ran.stderr.startswith("barevirt: ") and ran.stderr.endswith(".\n"), ran.stderr
    return ran.stderr.removeprefix("barevirt: ").removesuffix("\n")


@pytest.mark.parametrize("guest, verb, error, words", rows())
def test_state_of_the_guest(guests, tmp_path, guest, verb, error, words):
    """The bus and the command say the same, of this object, and what to do."""
    name, sentence = call(guests, guest, verb)
    assert name == f"{NAME}.Error.{error}"
    for word in (f"{VERBS[verb][0]} default/{guest}", *words):
        assert word in sentence
    assert said(run(guests, verb, guest, tmp_path), 1) == sentence
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("guest, verb, words", [(guest, verb, words) for guest, words in [
    ("over", ["does not run", "phase is Succeeded", "“barevirt describe vmi over -n default”"]),
    ("waiting", ["does not run", "phase is Pending", "“barevirt describe vmi waiting -n default”"]),
    ("paused", ["is paused", "“barevirt unpause paused -n default”"]),
    ("running", ["no agent that answers", "qemu-guest-agent", "“barevirt describe vmi running -n default”"]),
] for verb in OF_COMMAND if (guest, verb) != ("running", "ssh @")])  # that one would be dialled
def test_what_the_command_tells_itself(guests, tmp_path, guest, verb, words):
    sentence = said(run(guests, verb, guest, tmp_path), failure_of(verb))
    for word in (f"{INSTANCE} default/{guest}", *words):
        assert word in sentence


@pytest.mark.parametrize("verb", VERBS)
def test_polkit_refuses(guests, tmp_path, verb):
    """Who is refused is told by which action, for which object, and what helps."""
    kind, _method, _signature, _arguments, action = VERBS[verb]
    guest = "running" if kind == INSTANCE else "halted"
    guests.bus.allow("view")
    try:
        name, sentence = call(guests, guest, verb)
        ran = run(guests, verb, guest, tmp_path)
    finally:
        guests.bus.allow(*ACTIONS)
    assert name == f"{NAME}.Error.NotAuthorized"
    for word in (f"{kind} default/{guest}", f"{NAME}.{action}.", "root (sudo)", "rule", "barevirtd(8)"):
        assert word in sentence
    assert said(ran, 1) == sentence
    assert guests.get(object_path(INSTANCE, "running"), INSTANCE, "Phase") == "Running"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("answer, words", [
    ("challenge", ["needs a password", "root (sudo)", "pkttyagent"]), ("failure", ["could not be asked", "systemctl status polkit"]),
])
def test_polkit_that_cannot_ask(guests, tmp_path, answer, words):
    """A terminal without an agent, and a host without polkit."""
    guests.bus.answer_by(answer)
    try:
        sentence = said(run(guests, "pause @", "running", tmp_path), 1)
    finally:
        guests.bus.answer_by("")
    for word in (f"{INSTANCE} default/running", f"{NAME}.manage", *words):
        assert word in sentence


@pytest.mark.parametrize("verb", [*VERBS, *OF_COMMAND])
def test_no_such_guest(guests, tmp_path, verb):
    of_machine = VERBS.get(verb, [INSTANCE])[0] == MACHINE or "volume" in verb
    kind = MACHINE if of_machine else INSTANCE
    sentence = said(run(guests, verb, "nobody", tmp_path), failure_of(verb))
    for word in (f"{kind} “nobody” in the namespace “default”", f"“barevirt get {kind} -A”"):
        assert word in sentence
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", [v for v in [*VERBS, *OF_COMMAND] if VERBS.get(v, [INSTANCE])[0] == INSTANCE and "volume" not in v])
def test_vm_that_does_not_run(guests, tmp_path, verb):
    """Its VMI is not there; what starts it is told."""
    sentence = said(run(guests, verb, "halted", tmp_path), failure_of(verb))
    for word in ("VirtualMachine “halted” in the namespace “default” does not run", "“barevirt start halted -n default”"):
        assert word in sentence


@pytest.mark.parametrize("line, words", MISUSES.items())
def test_wrong_command_line(guests, line, words):
    guests.bus.asked()
    sentence = guests.barevirt(*line.split(), check=False, stdin=subprocess.DEVNULL)
    assert (sentence.returncode, sentence.stdout) == (2, "")
    assert sentence.stderr.startswith("barevirt: ")
    for word in words:
        assert word in sentence.stderr
    assert guests.bus.asked() == []


@pytest.fixture(scope="module", name="other_bus")
def fixture_other_bus():
    bus = Bus()
    yield bus
    bus.close()


@pytest.fixture(name="gated")
def fixture_gated(other_bus, build_folder):
    """A service with a feature gate off that is on by default."""
    other_bus.allow(*ACTIONS)
    service = Service(other_bus, build_folder)
    try:
        service.config.write_text("[features]\nDeclarativeHotplugVolumes=false\n")
        service.start()
        yield service
    finally:
        service.close()


def test_feature_gate_that_is_off(gated):
    """The gate is named, and where it is set."""
    service = gated
    service.apply(vmi("one") + vm("two"))
    service.wait_for(object_path(INSTANCE, "one"), INSTANCE, "Phase", "Running")
    for kind, guest in ((INSTANCE, "one"), (MACHINE, "two")):
        for verb in ("addvolume", "removevolume"):
            sentence = said(service.barevirt(verb, guest, "--volume-name", "claim", check=False), 1)
            for word in (f"{kind} default/{guest}", "DeclarativeHotplugVolumes=true", "[features] of barevirt.conf"):
                assert word in sentence
    refused = service.barevirt("apply", "-f", "-", input=devices("three", "autoattachVSOCK: true"), check=False)
    assert refused.returncode == 1
    for word in ("spec.domain.devices.autoattachVSOCK", "VSOCK"):
        assert word in refused.stderr


@pytest.fixture(name="absent")
def fixture_absent(other_bus, build_folder):
    """A service that nobody started, on a bus that does not start it either."""
    service = Service(other_bus, build_folder)
    yield service
    service.close()


@pytest.mark.parametrize("verb", [*VERBS, *OF_COMMAND])
def test_no_service(absent, tmp_path, verb):
    sentence = said(run(absent, verb, "one", tmp_path), failure_of(verb))
    for word in ("No barevirtd answers", "systemctl start barevirtd", "--session"):
        assert word in sentence
