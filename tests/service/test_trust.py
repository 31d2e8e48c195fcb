# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what, and that every method is there."""
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from gi.repository import Gio, GLib

from lab import wait_until
from manifests import migration, vm, vmi
from service import NAME, ROOT, Service, iterate_until, object_path

INSTANCE = "VirtualMachineInstance"
VMI = object_path(INSTANCE, "one")
VM = object_path("VirtualMachine", "two")
INTERFACES = Path(__file__).resolve().parents[2] / "introspection"
MIGRATION = object_path("VirtualMachineInstanceMigration", "away")
# On objects that the test driver has none of; those of GuestAgent are tested with a guest (test_agent.py).
ELSEWHERE = {"DataVolume", "GuestAgent"}
OPEN = {("Manager", "Validate"), ("Manager", "Convert"), ("Manager", "GetEvents"),
        ("Manager", "GetImages"), ("Manager", "GetAllStats"), ("Object", "GetEvents"), (INSTANCE, "GetStats")}


def methods():
    for path in sorted(INTERFACES.glob("*.xml")):
        interface = path.stem.removeprefix(f"{NAME}.")
        for method in ElementTree.parse(path).iter("method"):
            arguments = [a.get("type") for a in method.findall("arg") if a.get("direction") == "in"]
            if interface not in ELSEWHERE:
                yield interface, method.get("name"), arguments


@pytest.fixture(name="populated")
def fixture_populated(service):
    _objects, jobs = service.apply(vmi("one") + vm("two"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")
    service.apply(migration("away", "one"))
    service.paths = {
        "Manager": ROOT, "Receiver": ROOT, "Object": VMI, INSTANCE: VMI, "VirtualMachine": VM,
        "Migration": MIGRATION, "Job": jobs[0],
    }
    service.bus.asked()
    return service


def call(service, interface, method, arguments, options):
    values = {"s": vm("three"), "h": 0, "u": 22, "a{sv}": options}
    files = Gio.UnixFDList()
    with open("/dev/null", "wb") as nothing:
        files.append(nothing.fileno())
    service.connection.call_with_unix_fd_list_sync(
        NAME, service.paths[interface], f"{NAME}.{interface}", method,
        GLib.Variant(f"({''.join(arguments)})", [values[kind] for kind in arguments]), None, 0, 30000, files, None)


@pytest.mark.parametrize("interface, method, arguments", methods())
def test_every_method_is_there_and_checks_its_options(populated, interface, method, arguments):
    assert arguments[-1] == "a{sv}"
    with pytest.raises(GLib.Error, match="org.barevirt1.Error.InvalidArgument"):
        call(populated, interface, method, arguments, {"no-such-option": GLib.Variant("b", True)})


@pytest.mark.parametrize("interface, method, arguments", [m for m in methods() if m[:2] not in OPEN])
def test_ordinary_users_are_refused(populated, interface, method, arguments):
    populated.bus.allow("view")
    with pytest.raises(GLib.Error, match="org.barevirt1.Error.NotAuthorized"):
        call(populated, interface, method, arguments, {})
    (action, details), = populated.bus.asked()
    assert action != f"{NAME}.view"
    if interface in (INSTANCE, "Object"):
        assert details == {"kind": INSTANCE, "namespace": "default", "name": "one"}
    assert populated.get(VMI, INSTANCE, "Phase") == "Running"
    assert object_path("VirtualMachine", "three") not in populated.objects()


def test_command_lets_polkit_ask_for_a_password(populated):
    """A program on the bus decides for itself; who sits at a terminal is asked."""
    populated.bus.allow()
    with pytest.raises(GLib.Error, match="NotAuthorized"):
        populated.call(VMI, "VirtualMachineInstance", "Pause", "(a{sv})", {})
    assert not populated.bus.may_ask()
    refused = populated.barevirt("pause", "one", check=False)
    assert refused.returncode == 1 and "not authorized" in refused.stderr
    assert populated.bus.may_ask()


def test_view_may_be_refused_too(populated):
    populated.bus.allow()
    for method in ("Validate", "Convert"):
        with pytest.raises(GLib.Error, match="org.barevirt1.Error.NotAuthorized"):
            populated.call(ROOT, "Manager", method, "(sa{sv})", vm("three"), {})


def test_properties_hold_no_secret(populated):
    text = vmi("three").replace("metadata:", "metadata:\n  annotations: {note: hush-hush}")
    populated.apply(text)
    assert "hush-hush" not in str(populated.objects())
    assert "hush-hush" not in populated.log.read_text()


def test_silent_polkit_holds_up_nobody(populated):
    """The question is asked while others are served."""
    populated.bus.silence(True)
    pending = []
    populated.connection.call(
        NAME, VMI, f"{NAME}.{INSTANCE}", "Pause", GLib.Variant("(a{sv})", ({},)), None, 0, 10_000, None,
        lambda connection, result: pending.append(result),
    )
    assert populated.get(VMI, INSTANCE, "Phase") == "Running"
    assert not pending
    populated.bus.silence(False)


def apply_later(service, *manifests):
    """Applies without waiting for answers: a list that gets them, each with the number of its call."""
    answers = []

    def done(connection, result, number):
        try:
            answers.append((number, connection.call_finish(result).unpack()[0][0][1]))
        except GLib.Error as error:
            answers.append((number, error.message))

    for number, manifest in enumerate(manifests):
        service.connection.call(
            NAME, ROOT, f"{NAME}.Manager", "Apply", GLib.Variant("(sa{sv})", (manifest, {})), None, 0, 10_000, None,
            done, number,
        )
    return answers


def wait_for_questions(service, n_questions):
    asked = []
    wait_until(lambda: asked.extend(service.bus.asked()) or len(asked) >= n_questions, 10, "the questions")


def test_calls_of_one_caller_keep_their_order(service):
    """Whatever polkit answers first."""
    texts = [vm("ordered", memory=memory) for memory in ("64Mi", "96Mi", "128Mi")]
    service.bus.asked()
    service.bus.silence(True)
    try:
        answers = apply_later(service, *texts)
        wait_for_questions(service, 3)
        service.bus.allow_backwards()
        iterate_until(lambda: len(answers) == 3, "the answers")
        assert sorted(answers) == [(0, "created"), (1, "changed"), (2, "changed")]
    finally:
        service.bus.silence(False)
    manifest, = service.call(object_path("VirtualMachine", "ordered"), "Object", "GetManifest", "(a{sv})", {})
    assert "128Mi" in manifest


def test_refused_call_holds_up_none_after_it(service):
    service.bus.asked()
    service.bus.silence(True)
    answers = apply_later(service, vm("first"), vm("second"))
    wait_for_questions(service, 2)
    service.bus.allow_backwards(last=True)
    service.bus.silence(False)  # which refuses the first
    iterate_until(lambda: len(answers) == 2, "the answers")
    # The first two questions may go to polkit in either order: whose answer is whose is not known.
    assert sorted(str("not authorized" in answer or answer) for _, answer in answers) == ["True", "created"]


def ask_often(client, n_calls, manifest=None):
    """Calls that wait for polkit; the errors that came at once, and the number of answers."""
    answers = []

    def done(connection, result):
        try:
            answers.append(connection.call_finish(result).unpack())
        except GLib.Error as error:
            answers.append(error.message)

    for _ in range(n_calls):
        where = (VMI, f"{NAME}.{INSTANCE}", "Pause", GLib.Variant("(a{sv})", ({},)))
        if manifest:
            where = (ROOT, f"{NAME}.Manager", "Apply", GLib.Variant("(sa{sv})", (manifest, {})))
        client.call(NAME, *where, None, 0, 60_000, None, done)
    return answers


def test_silent_polkit_and_a_flood_of_calls(populated):
    """A caller has a thousand calls waiting, or 64 MiB of them, and no more; others have theirs."""
    populated.bus.silence(True)
    first, second = populated.bus.connect(), populated.bus.connect()
    answers = ask_often(first, 1010)
    iterate_until(lambda: len(answers) >= 10, "the refusals")
    big = ask_often(second, 20, manifest="# " + "x" * (4 << 20))
    iterate_until(lambda: len(big) >= 5, "the refusals")
    assert all("Error.LimitExceeded" in a for a in answers + big)
    assert (len(answers), len(big)) == (10, 5)
    third = ask_often(populated.connection, 1)
    assert populated.get(VMI, INSTANCE, "Phase") == "Running"
    assert not third
    populated.bus.silence(False)
    iterate_until(lambda: len(answers) == 1010 and len(big) == 20 and third, "all answers")
    assert sum("Error.LimitExceeded" in str(a) for a in answers) == 10
    assert populated.get(VMI, INSTANCE, "Phase") == "Running"
    # And from now on it has all of them again.
    again = ask_often(first, 1000)
    iterate_until(lambda: len(again) == 1000, "all answers")
    assert not any("Error.LimitExceeded" in str(a) for a in again)


def test_judging_large_texts_holds_up_nobody(populated):
    """Anybody may have texts judged; who pauses a guest meanwhile does not wait for that."""
    text = "".join(vmi(f"vm{n}").replace("memory", "memry") for n in range(1500))
    client = populated.bus.connect()
    answers = []

    def done(connection, result):
        try:
            answers.append(len(connection.call_finish(result).unpack()[0]))
        except GLib.Error as error:
            answers.append(error.message)

    for method in ("Validate", "Convert") * 4:
        arguments = GLib.Variant("(sa{sv})", (text, {}))
        client.call(NAME, ROOT, f"{NAME}.Manager", method, arguments, None, 0, 60_000, None, done)
    client.flush_sync(None)
    populated.call(VMI, INSTANCE, "Pause", "(a{sv})", {})
    while GLib.MainContext.default().iteration(False):
        pass
    assert len(answers) < 8
    iterate_until(lambda: len(answers) == 8, "all answers", 60_000)
    assert sum("Error.InvalidManifest" in str(answer) for answer in answers) == 4
    assert all(answer >= 1500 for answer in answers if isinstance(answer, int))


def test_owner_of_the_session_is_trusted(bus, build_folder):
    bus.allow()
    service = Service(bus, build_folder, mode="--session")
    try:
        service.start()
        bus.asked()
        assert service.apply(vm("one")) == ([(object_path("VirtualMachine", "one"), "created")], [])
        assert bus.asked() == []
    finally:
        service.close()
