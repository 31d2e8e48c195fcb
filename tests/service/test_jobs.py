# SPDX-License-Identifier: LGPL-2.1-or-later
"""Jobs: what they tell while they run, and how they are cancelled."""
import pytest
from gi.repository import Gio, GLib

from service import NAME, object_path, iterate_until

INSTANCE = "VirtualMachineInstance"
VMI = object_path(INSTANCE, "one")
VM = object_path("VirtualMachine", "one")

# Each is a qemu-img of its own, so that preparing them all takes a while.
N_DISKS = 40


def slow_spec(indent):
    lines = ["terminationGracePeriodSeconds: 0", "domain:", "  memory:", "    guest: 64Mi", "  devices: {}", "volumes:"]
    for number in range(N_DISKS):
        lines += [f"- name: disk{number}", "  emptyDisk:", "    capacity: 1Mi"]
    lines.insert(5, "")
    lines[4:6] = ["  devices:", "    disks:"] + [f"    - {{name: disk{n}, disk: {{bus: scsi}}}}" for n in range(N_DISKS)]
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def slow_vmi():
    return f"apiVersion: kubevirt.io/v1\nkind: {INSTANCE}\nmetadata:\n  name: one\nspec:\n{slow_spec(2)}"


def slow_vm(strategy):
    return (
        "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata:\n  name: one\n"
        f"spec:\n  runStrategy: {strategy}\n  template:\n    spec:\n{slow_spec(6)}"
    )


@pytest.fixture(name="completed")
def fixture_completed(service):
    """The arguments of each Completed, by the job."""
    told = {}
    subscription = service.connection.signal_subscribe(
        NAME, f"{NAME}.Job", "Completed", None, None, Gio.DBusSignalFlags.NONE,
        lambda _c, _s, path, _i, _n, arguments: told.setdefault(path, arguments.unpack()),
    )
    yield told
    service.connection.signal_unsubscribe(subscription)


def wait_for_step(service, job):
    """Waits until the job prepares a volume."""
    subscription = service.connection.signal_subscribe(
        NAME, None, None, job, None, Gio.DBusSignalFlags.NONE, lambda *_: None
    )
    iterate_until(lambda: service.get(job, "Job", "Step").startswith("Preparing the volume disk"), "a step")
    service.connection.signal_unsubscribe(subscription)


def left_behind(service):
    return sorted(
        str(path.relative_to(service.folder))
        for folder in ("run", "state/volumes")
        for path in (service.folder / folder).glob("*")
    )


def test_cancel_of_a_vmi(service, completed):
    _objects, jobs = service.apply(slow_vmi())
    wait_for_step(service, jobs[0])
    assert service.get(jobs[0], "Job", "Cancellable")
    assert service.get(VMI, INSTANCE, "Phase") == "Scheduling"
    service.call(jobs[0], "Job", "Cancel", "(a{sv})", {})
    iterate_until(lambda: jobs[0] in completed, "the job's end")
    assert completed[jobs[0]][:2] == (False, f"{NAME}.Error.Cancelled")
    assert service.get(jobs[0], "Job", "State") == "cancelled"
    assert not service.get(jobs[0], "Job", "Cancellable")
    service.wait_for(VMI, INSTANCE, "Phase", "Failed")
    assert service.get(VMI, INSTANCE, "Reason") == "Cancelled"
    # It goes without a trace, and a second try works.
    service.call(VMI, "Object", "Delete", "(a{sv})", {})
    iterate_until(lambda: VMI not in service.objects(), "the VMI to be gone")
    assert not left_behind(service)
    service.apply(slow_vmi())
    service.wait_for(VMI, INSTANCE, "Phase", "Running")


@pytest.mark.parametrize("strategy", ["Always", "Manual", "RerunOnFailure", "Once"])
def test_cancel_of_a_vm(service, completed, strategy):
    service.apply(slow_vm("Halted" if strategy == "Always" else strategy))
    if strategy in ("Always", "Manual"):
        (job,) = service.call(VM, "VirtualMachine", "Start", "(a{sv})", {})
    else:
        job = next(p for p, i in service.objects().items() if i.get(f"{NAME}.Job", {}).get("Object") == VM)
    wait_for_step(service, job)
    service.call(job, "Job", "Cancel", "(a{sv})", {})
    iterate_until(lambda: job in completed, "the job's end")
    assert completed[job][:2] == (False, f"{NAME}.Error.Cancelled")
    iterate_until(lambda: VMI not in service.objects(), "the VMI to be gone")
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Stopped")
    assert service.get(VM, "VirtualMachine", "RunStrategy") == (
        "Halted" if strategy in ("Always", "Once") else strategy
    )
    assert not left_behind(service)
    service.call(VM, "VirtualMachine", "Start", "(a{sv})", {})
    service.wait_for(VM, "VirtualMachine", "PrintableStatus", "Running")


def test_delete_ends_the_preparing(service, completed):
    _objects, jobs = service.apply(slow_vmi())
    wait_for_step(service, jobs[0])
    service.call(VMI, "Object", "Delete", "(a{sv})", {})
    iterate_until(lambda: VMI not in service.objects(), "the VMI to be gone")
    assert completed[jobs[0]][1] == f"{NAME}.Error.Cancelled"
    assert not left_behind(service)


def test_start_goes_on_in_another_service(service, completed):
    """Also that one has its job."""
    _objects, jobs = service.apply(slow_vmi())
    wait_for_step(service, jobs[0])
    service.kill()
    service.start()
    job = next(p for p, i in service.objects().items() if i.get(f"{NAME}.Job", {}).get("Object") == VMI)
    service.call(job, "Job", "Cancel", "(a{sv})", {})
    iterate_until(lambda: job in completed, "the job's end")
    assert completed[job][1] == f"{NAME}.Error.Cancelled"
    service.call(VMI, "Object", "Delete", "(a{sv})", {})
    iterate_until(lambda: VMI not in service.objects(), "the VMI to be gone")
    assert not left_behind(service)


def test_what_cannot_be_cancelled(service):
    service.apply(slow_vmi())
    service.wait_for(VMI, INSTANCE, "Phase", "Running")
    (job,) = service.call(VMI, "Object", "Delete", "(a{sv})", {})
    assert not service.get(job, "Job", "Cancellable")
    with pytest.raises(GLib.Error, match="Error.NotSupported|Error.Conflict"):
        service.call(job, "Job", "Cancel", "(a{sv})", {})


def test_command(service):
    _objects, jobs = service.apply(slow_vmi())
    wait_for_step(service, jobs[0])
    listed = service.barevirt("get", "jobs").stdout.splitlines()
    assert listed[0].split() == ["JOB", "OPERATION", "OBJECT", "AGE", "STATE", "STEP"]
    number, operation, what, _age, state, *step = listed[1].split()
    assert [operation, what, state] == ["start", "virtualmachineinstance/one", "running"]
    assert " ".join(step).startswith("Preparing the volume disk")
    assert service.barevirt("cancel", number).stdout == f"The job {number} is being cancelled.\n"
    service.wait_for(VMI, INSTANCE, "Phase", "Failed")
    again = service.barevirt("cancel", number, check=False)
    assert again.returncode == 1 and "has ended already" in again.stderr
    none = service.barevirt("cancel", "999", check=False)
    assert none.returncode == 1 and "barevirt get jobs" in none.stderr
