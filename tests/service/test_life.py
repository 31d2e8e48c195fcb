# SPDX-License-Identifier: LGPL-2.1-or-later
"""The life of VMIs and VMs, as the bus tells it."""
import pytest
from gi.repository import Gio, GLib

from manifests import vm, vmi
from service import NAME, ROOT, iterate_until, object_path

INSTANCE = "VirtualMachineInstance"
VMI = object_path(INSTANCE, "one")
VM = object_path("VirtualMachine", "one")


class Record:
    """The signals and replies of a service, in the order in which they come."""

    def __init__(self, service):
        self.service = service
        self.items = []
        self._id = service.connection.signal_subscribe(
            NAME, None, None, None, None, Gio.DBusSignalFlags.NONE,
            lambda _c, _s, path, _i, name, arguments: self.items.append((name, path, arguments.unpack())),
        )

    def call(self, path, interface, method, signature="(a{sv})", *arguments):
        def replied(connection, result):
            try:
                self.items.append(("reply", method, connection.call_finish(result).unpack()))
            except GLib.Error as error:
                self.items.append(("error", method, error.message))

        self.service.connection.call(
            NAME, path, f"{NAME}.{interface}", method, GLib.Variant(signature, arguments or ({},)), None, 0, 10_000,
            None, replied,
        )
        iterate_until(lambda: any(i[0] in ("reply", "error") and i[1] == method for i in self.items), method)

    def index(self, test):
        return next(i for i, item in enumerate(self.items) if test(item))

    def close(self):
        self.service.connection.signal_unsubscribe(self._id)


@pytest.fixture(name="record", autouse=True)
def fixture_record(service):
    record = Record(service)
    yield record
    record.close()


def conditions(service, path=VMI, interface=INSTANCE):
    return {c["type"]: (c["status"], c["reason"]) for c in service.get(path, interface, "Conditions")}


def gone(service, path):
    iterate_until(lambda: path not in service.objects(), f"{path} to be gone")


def running(service):
    service.apply(vmi("one"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")


def test_phases(service, record):
    running(service)
    assert [phase for phase, _time in service.get(VMI, INSTANCE, "PhaseTransitions")] == [
        "Pending", "Scheduling", "Scheduled", "Running",
    ]
    iterate_until(lambda: any(i[0] == "PhaseChanged" and i[2][1] == "Running" for i in record.items), "PhaseChanged")
    told = [item[2][:2] for item in record.items if item[0] == "PhaseChanged"]
    assert told == [("Pending", "Scheduling"), ("Scheduling", "Scheduled"), ("Scheduled", "Running")]
    assert conditions(service)["Ready"] == ("True", "")


def test_start_job(service, record):
    _objects, jobs = service.apply(vmi("one"))
    iterate_until(lambda: any(i[0] == "Completed" for i in record.items), "the job's end")
    assert ("Completed", jobs[0], (True, "", "")) in record.items
    assert service.get(jobs[0], "Job", "State") == "succeeded"
    assert service.get(jobs[0], "Job", "Object") == VMI
    with pytest.raises(GLib.Error, match="Error.Conflict"):
        service.call(jobs[0], "Job", "Cancel", "(a{sv})", {})


def test_pause_is_told_before_the_reply(service, record):
    running(service)
    record.call(VMI, INSTANCE, "Pause")
    reply = record.index(lambda i: i[0] == "reply")
    assert record.index(
        lambda i: i[0] == "PropertiesChanged" and any(c["type"] == "Paused" for c in i[2][1].get("Conditions", []))
    ) < reply
    assert record.index(lambda i: i[0] == "Event" and i[2][1] == "Paused") < reply
    assert conditions(service)["Paused"] == ("True", "PausedByUser")
    assert service.get(VMI, INSTANCE, "Phase") == "Running"
    record.call(VMI, INSTANCE, "Unpause")
    assert "Paused" not in conditions(service)


def test_credentials_wait_for_an_agent(service):
    """Which this guest will never have; that they are not set is no news to tell an event of."""
    credential = "sshPublicKey: {source: {secret: {secretName: keys}}, propagationMethod: {qemuGuestAgent: {users: [root]}}}"
    service.apply(vmi("one", extra=f"  accessCredentials: [{{{credential}}}]\n"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")
    found = {c["type"]: c for c in service.get(VMI, INSTANCE, "Conditions")}["AccessCredentialsSynchronized"]
    assert (found["status"], found["message"]) == ("False", "The guest's agent, which sets them, has not answered yet.")
    events = service.call(VMI, "Object", "GetEvents", "(a{sv})", {})[0]
    assert not [event for event in events if "AccessCredentials" in event["reason"]]


def test_kill(service, record):
    running(service)
    record.call(VMI, INSTANCE, "Kill")
    assert service.get(VMI, INSTANCE, "Phase") == "Succeeded"  # it has no grace period that was cut
    assert record.index(lambda i: i[0] == "PhaseChanged" and i[2][1] == "Succeeded") < record.index(
        lambda i: i[0] == "reply"
    )
    record.items.clear()
    record.call(VMI, INSTANCE, "Pause")
    assert "org.barevirt1.Error.NotRunning" in record.items[-1][2]


def test_shutdown(service):
    service.apply(vmi("one").replace("Seconds: 0", "Seconds: 30"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")
    service.call(VMI, INSTANCE, "Shutdown", "(a{sv})", {})
    service.wait_for(VMI, INSTANCE, "Phase", "Succeeded")
    assert VMI in service.objects()


def test_console_where_there_is_none(service):
    service.apply(vmi("one", extra="").replace("devices: {}", "devices: {autoattachSerialConsole: false}"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")
    with pytest.raises(GLib.Error, match="has no serial console"):
        service.call(VMI, INSTANCE, "OpenConsole", "(a{sv})", {})


def test_display_where_there_is_none(service):
    service.apply(vmi("one", extra="").replace("devices: {}", "devices: {autoattachGraphicsDevice: false}"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")
    for method in ("OpenVnc", "Screenshot"):
        with pytest.raises(GLib.Error, match="Error.NotSupported.*has no display"):
            service.call(VMI, INSTANCE, method, "(a{sv})", {})


def test_delete(service, record):
    running(service)
    record.call(VMI, "Object", "Delete")
    gone(service, VMI)
    iterate_until(lambda: any(i[0] == "Completed" for i in record.items), "the job's end")
    with pytest.raises(GLib.Error):
        service.get(VMI, INSTANCE, "Phase")
    service.apply(vmi("one"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")


def test_vm_starts_stops_and_restarts(service):
    service.apply(vm("one", "Always"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    assert service.get(VMI, INSTANCE, "Owner") == VM
    first = service.get(VMI, "Object", "Uid")
    service.call(VM, "VirtualMachine", "Restart", "(a{sv})", {})
    iterate_until(lambda: service.objects().get(VMI, {}).get(f"{NAME}.Object", {}).get("Uid", first) != first, "a new VMI")
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    service.call(VM, "VirtualMachine", "Stop", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Stopped")
    assert service.get(VM, "VirtualMachine", "RunStrategy") == "Halted"
    gone(service, VMI)
    service.call(VM, "VirtualMachine", "Start", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")


def test_always_means_always(service):
    service.apply(vm("one", "Always"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    first = service.get(VMI, "Object", "Uid")
    service.call(VMI, INSTANCE, "Kill", "(a{sv})", {})
    iterate_until(lambda: service.objects().get(VMI, {}).get(f"{NAME}.Object", {}).get("Uid", first) != first, "a new VMI")


@pytest.mark.parametrize("strategy", ["Manual", "Once", "RerunOnFailure"])
def test_other_strategies(service, strategy):
    service.apply(vm("one", strategy))
    if strategy == "Manual":
        assert service.get(VM, "VirtualMachine", "PrintableStatus") == "Stopped"
        service.call(VM, "VirtualMachine", "Start", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    service.call(VMI, INSTANCE, "Shutdown", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Stopped")
    if strategy == "RerunOnFailure":
        gone(service, VMI)
    else:
        assert service.get(VMI, INSTANCE, "Phase") == "Succeeded"
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Stopped")


def refusal(service, method, options=None):
    with pytest.raises(GLib.Error) as caught:
        service.call(VM, "VirtualMachine", method, "(a{sv})", options or {})
    return caught.value.message


def test_what_a_run_strategy_refuses(service):
    service.apply(vm("one", "Always"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    assert "Error.Conflict: VirtualMachine default/one: VM is already running." in refusal(service, "Start")
    service.call(VM, "VirtualMachine", "Stop", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Stopped")
    assert "Error.NotRunning: VirtualMachine default/one: VM is not running." in refusal(service, "Stop")
    assert "Halted does not support manual restart requests" in refusal(service, "Restart")


def test_restart_required(service):
    service.apply(vm("one", "Always"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    own = lambda: conditions(service, VM, "VirtualMachine")
    assert "RestartRequired" not in own()
    # A label of the VM is no matter of its guest.
    service.apply(vm("one", "Always").replace("  name: one", "  name: one\n  labels: {a: b}"))
    assert "RestartRequired" not in own()
    service.apply(vm("one", "Always", memory="128Mi"))
    assert own()["RestartRequired"] == ("True", "")
    service.apply(vm("one", "Always"))
    assert "RestartRequired" not in own()
    service.apply(vm("one", "Always", memory="128Mi"))
    first = service.get(VMI, "Object", "Uid")
    service.call(VM, "VirtualMachine", "Restart", "(a{sv})", {})
    iterate_until(lambda: service.objects().get(VMI, {}).get(f"{NAME}.Object", {}).get("Uid", first) != first, "a new VMI")
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    assert "RestartRequired" not in own()


def test_restart_required_goes_with_the_guest(service):
    service.apply(vm("one", "Always"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    service.apply(vm("one", "Always", memory="128Mi"))
    service.call(VM, "VirtualMachine", "Stop", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Stopped")
    assert "RestartRequired" not in conditions(service, VM, "VirtualMachine")


def test_start_paused(service):
    """libvirt's test driver cannot start a guest paused: the VMI's manifest tells."""
    service.apply(vm("one", "Manual"))
    service.call(VM, "VirtualMachine", "Start", "(a{sv})", {"paused": GLib.Variant("b", True)})
    iterate_until(lambda: VMI in service.objects(), "the VMI")
    assert "startStrategy: Paused" in service.call(VMI, "Object", "GetManifest", "(a{sv})", {})[0]
    assert "RestartRequired" not in conditions(service, VM, "VirtualMachine")


def test_conditions_are_those_of_the_vmi(service):
    service.apply(vm("one", "Always"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    service.call(VMI, INSTANCE, "Pause", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Paused")
    assert conditions(service, VM, "VirtualMachine") == conditions(service)


def test_what_keeps_a_guest_from_moving_is_told_in_full(service):
    """Without interfaces it gets a bridge on the pod network, with which KubeVirt does not move it either."""
    service.apply(vm("one", "Always").replace("devices: {}", "features: {hyperv: {reenlightenment: {enabled: true}}}\n"
                                              "        devices: {}"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    found = {c["type"]: c for c in service.get(VMI, INSTANCE, "Conditions")}
    live, storage = found["LiveMigratable"], found["StorageLiveMigratable"]
    assert (live["status"], live["reason"]) == ("False", "InterfaceNotLiveMigratable")
    assert (storage["status"], storage["reason"]) == ("False", "NotMigratable")
    for condition in (live, storage):
        assert "InterfaceNotLiveMigratable: The interface default" in condition["message"]
        assert "NoTSCFrequencyNotLiveMigratable: The guest counts" in condition["message"]
    of_vm = {c["type"]: c for c in service.get(VM, "VirtualMachine", "Conditions")}
    assert of_vm["LiveMigratable"] == live
    service.call(VM, "VirtualMachine", "Stop", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Stopped")
    assert "LiveMigratable" not in conditions(service, VM, "VirtualMachine")


def test_a_guest_that_can_move(service):
    service.apply(vmi("one").replace("devices: {}", "devices: {autoattachPodInterface: false}"))
    service.wait_for(VMI, INSTANCE, "Phase", "Running")
    assert conditions(service)["LiveMigratable"] == conditions(service)["StorageLiveMigratable"] == ("True", "")
    assert service.get(VMI, INSTANCE, "MigrationMethod") == "LiveMigration"
    service.call(VMI, INSTANCE, "Kill", "(a{sv})", {})
    service.wait_for(VMI, INSTANCE, "MigrationMethod", "")


def events(service, path=VM):
    return service.call(path, "Object", "GetEvents", "(a{sv})", {})[0]


def test_events_are_kept_counted_and_outlive_the_service(service, record):
    service.apply(vm("one", "Manual"))
    service.call(VM, "VirtualMachine", "Start", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    for method in ("Pause", "Unpause", "Pause", "Unpause"):
        service.call(VMI, INSTANCE, method, "(a{sv})", {})
    service.call(VM, "VirtualMachine", "Stop", "(a{sv})", {})
    gone(service, VMI)
    assert [(e["reason"], e["type"], e["count"]) for e in events(service)] == [
        ("SuccessfulCreate", "Normal", 1), ("SuccessfulDelete", "Normal", 1),
    ]
    assert ("Event", VM) in {(i[0], i[1]) for i in record.items}
    everything = service.call(ROOT, "Manager", "GetEvents", "(a{sv})", {"kind": GLib.Variant("s", INSTANCE)})[0]
    told = {e["reason"]: e for e in everything}
    assert {"Created", "Started", "Paused", "Unpaused", "Stopped"} <= set(told)
    assert told["Paused"]["count"] == 2
    assert told["Paused"]["firstTimestamp"] < told["Paused"]["lastTimestamp"]
    assert service.stop() == 0
    service.start()
    assert service.call(ROOT, "Manager", "GetEvents", "(a{sv})", {"kind": GLib.Variant("s", INSTANCE)})[0] == everything
    described = service.barevirt("describe", "vm", "one").stdout
    assert "SuccessfulCreate" in described and "Started the virtual machine by creating" in described
    listed = service.barevirt("events").stdout
    assert "virtualmachineinstance/one" in listed and "virtualmachine/one" in listed
    assert "Paused" in listed
    assert "Paused" not in service.barevirt("events", "-n", "other").stdout


def test_vm_takes_its_vmi_with_it(service):
    service.apply(vm("one", "Always"))
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")
    service.call(VM, "Object", "Delete", "(a{sv})", {})
    gone(service, VM)
    assert VMI not in service.objects()


def test_reads_agree(service):
    """GetAll, Get and GetManagedObjects tell the same."""
    running(service)
    for path, interfaces in service.objects().items():
        for interface, properties in interfaces.items():
            reply = service.connection.call_sync(
                NAME, path, "org.freedesktop.DBus.Properties", "GetAll", GLib.Variant("(s)", (interface,)), None, 0,
                10_000, None,
            )
            assert reply.unpack()[0] == properties
            for name, value in properties.items():
                assert service.get(path, interface.removeprefix(f"{NAME}."), name) == value
    assert service.get(ROOT, "Manager", "Ready") is True
    assert service.get(ROOT, "Manager", "HypervisorState") == "connected"
