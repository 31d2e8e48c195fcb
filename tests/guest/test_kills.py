# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 of the service at random moments of apply, start, stop and delete, and starts that are cancelled at random
moments, with real libvirt and QEMU.

BAREVIRT_KILLS says how many; BAREVIRT_SEED repeats a run."""
import os
import random
import shlex
import subprocess
import time

import pytest
from gi.repository import GLib

from lab import wait_until
from service import NAME, ROOT, object_path

KILLS = int(os.environ.get("BAREVIRT_KILLS", "10"))
SEED = int(os.environ.get("BAREVIRT_SEED", random.SystemRandom().randrange(1 << 32)))
INSTANCE = "VirtualMachineInstance"
OPERATIONS = ("apply", "start", "stop", "delete")

# It never boots: what is tested is the host's side. It has something of each folder that a start makes.
GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: {name}}}
spec:
  runStrategy: {strategy}
  template:
    spec:
      terminationGracePeriodSeconds: 0
      domain:
        memory: {{guest: 32Mi}}
        devices:
          disks:
            - {{name: seed, disk: {{bus: virtio}}}}
            - {{name: scratch, disk: {{bus: virtio}}}}
      volumes:
        - {{name: seed, cloudInitNoCloud: {{userData: "#!/bin/sh"}}}}
        - {{name: scratch, emptyDisk: {{capacity: 4Mi}}}}
"""


class Case:
    """One VM through one kill."""

    def __init__(self, service, number, operation):
        self.service = service
        self.operation = operation
        self.name = f"vm{number}"
        self.path = object_path("VirtualMachine", self.name)
        self.vmi = object_path(INSTANCE, self.name)

    def status(self):
        return self.service.objects().get(self.path, {}).get(f"{NAME}.VirtualMachine", {}).get("PrintableStatus")

    def wait_for(self, *states):
        try:
            return wait_until(lambda: (state := (self.status(),))[0] in states and state, 60, f"{self.name} {states}")[0]
        except TimeoutError as error:
            raise AssertionError(f"{error}; it is {self.status()}:\n{self.service.log.read_text()[-4000:]}") from error

    def manifest(self):
        return GUEST.format(name=self.name, strategy="Always" if self.operation == "apply" else "Manual")

    def prepare(self):
        if self.operation == "apply":
            return
        self.service.apply(self.manifest())
        self.wait_for("Stopped")
        if self.operation != "start":
            self.service.call(self.path, "VirtualMachine", "Start", "(a{sv})", {})
            self.wait_for("Running")

    def arguments(self):
        """What is asked of the bus: path, interface, method, arguments."""
        if self.operation == "apply":
            return ROOT, "Manager", "Apply", GLib.Variant("(sa{sv})", (self.manifest(), {}))
        if self.operation == "delete":
            return self.path, "Object", "Delete", GLib.Variant("(a{sv})", ({},))
        return self.path, "VirtualMachine", self.operation.capitalize(), GLib.Variant("(a{sv})", ({},))

    def ask(self, callback=None):
        path, interface, method, arguments = self.arguments()
        self.service.connection.call(
            NAME, path, f"{NAME}.{interface}", method, arguments, None, 0, 60_000, None, callback
        )
        self.service.connection.flush_sync(None)

    def try_again(self):
        """What was asked for can be had, whatever became of the first try."""
        wanted = {"apply": ("Running",), "start": ("Running",), "stop": ("Stopped",), "delete": (None,)}[self.operation]
        # A start or stop that is on record goes on by itself.
        if self.wait_for("Running", "Stopped", None) not in wanted:
            path, interface, method, arguments = self.arguments()
            try:
                self.service.connection.call_sync(
                    NAME, path, f"{NAME}.{interface}", method, arguments, None, 0, 60_000, None
                )
            except GLib.Error as error:
                # It went on by itself just now.
                if not any(name in error.message for name in ("UnknownMethod", "NotFound", "Conflict", "NotRunning", "Busy")):
                    raise
        self.wait_for(*wanted)


def kill_while(case, moment):
    """Asks, and kills the service MOMENT seconds later; what waits for that runs on the host already."""
    service = case.service
    killer = service.host.popen(
        "sh", "-c", f"echo; read -r go; sleep {moment:.4f}; kill -KILL {shlex.quote(service.pid())}",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    killer.stdout.readline()
    killer.stdin.write("go\n")
    killer.stdin.flush()
    case.ask()
    assert killer.wait(60) == 0
    service.process.wait(60)
    killer.stdin.close()
    killer.stdout.close()


def list_folder(service, path):
    return service.host.run("sh", "-c", f"ls -A {path} 2>/dev/null || true").stdout.split()


def check_nothing_left(service):
    """Each VMI has one domain, one QEMU and its folders; nothing else has any, once no job is under way any more."""
    wait_until(lambda: not any(i.get(f"{NAME}.Job", {}).get("State") == "running" for i in service.objects().values()), 60, "jobs")
    seen = []
    try:
        wait_until(lambda: all(one == other for one, other in compare(service, seen)), 60, "nothing left")
    except TimeoutError as error:
        raise AssertionError(f"{error}: {seen}") from error


def compare(service, seen):
    """What is there beside what should be."""
    instances = [i for i in service.objects().values() if f"{NAME}.{INSTANCE}" in i]
    living = {interfaces[f"{NAME}.Object"]["Uid"] for interfaces in instances}
    names = {interfaces[f"{NAME}.{INSTANCE}"]["DomainName"] for interfaces in instances}
    # pgrep counts itself out.
    qemus = service.host.run("pgrep", "-c", "-f", "^/usr/bin/qemu-system", check=False).stdout.strip()
    folders = {name.removesuffix(".volumes") for name in list_folder(service, "/run/barevirt")}
    find = "find /run/barevirt /var/lib/barevirt -name '*.new'"
    seen[:] = [
        (set(service.host.virsh("list", "--all", "--name").split()), names),
        (int(qemus), len(names)),
        ({folder for folder in folders if len(folder) == 36}, living),
        (set(list_folder(service, "/var/lib/barevirt/volumes")), living),
        (service.host.run("sh", "-c", find, check=False).stdout, ""),
    ]
    return seen


@pytest.fixture(scope="module", name="moments")
def fixture_moments(service):
    """How long each operation takes when it is left alone: the span that the moments are drawn from."""
    spans = {}
    for number, operation in enumerate(OPERATIONS):
        case = Case(service, f"-span{number}", operation)
        case.prepare()
        begin = time.monotonic()
        case.ask()
        wanted = {"apply": "Running", "start": "Running", "stop": "Stopped", "delete": None}[operation]
        case.wait_for(wanted)
        spans[operation] = time.monotonic() - begin
        if operation != "delete":
            service.call(case.path, "Object", "Delete", "(a{sv})", {})
            case.wait_for(None)
    return spans


def test_kills(service, moments):
    chance = random.Random(SEED)
    print(f"# seed {SEED}, spans {moments}")
    for number in range(KILLS):
        case = Case(service, number, OPERATIONS[number % len(OPERATIONS)])
        case.prepare()
        moment = chance.uniform(0, moments[case.operation])
        what = f"{case.operation} of {case.name}, killed after {moment:.4f} s (BAREVIRT_SEED={SEED})"
        try:
            kill_while(case, moment)
            service.start()
            service.wait_for_property(ROOT, "Manager", "Ready", bool)
            case.try_again()
            check_nothing_left(service)
        except (AssertionError, TimeoutError, GLib.Error) as error:
            raise AssertionError(f"{what}: {error}") from error
        if case.status() is not None and number % 3 != 2:
            service.call(case.path, "Object", "Delete", "(a{sv})", {})
            case.wait_for(None)
            check_nothing_left(service)


def test_cancels(service, moments):
    """Cancelled at a random moment of its start, a VM is stopped and leaves nothing; or it ran already."""
    chance = random.Random(SEED)
    cancelled, span = 0, moments["start"] * 0.8
    for number in range(KILLS):
        case = Case(service, f"-cancel{number}", "start")
        case.prepare()
        moment = chance.uniform(0, span)
        what = f"{case.name}, cancelled after {moment:.4f} s (BAREVIRT_SEED={SEED})"
        (job,) = service.call(case.path, "VirtualMachine", "Start", "(a{sv})", {})
        time.sleep(moment)
        try:
            service.call(job, "Job", "Cancel", "(a{sv})", {})
        except GLib.Error as error:
            assert "Error.Conflict" in error.message, what
            span = moment  # a start takes less than what was measured, while the machine had more to do
            case.wait_for("Running")
        else:
            service.wait_for_property(job, "Job", "State", "running".__ne__)
            assert service.get(job, "Job", "State") == "cancelled", what
            cancelled += 1
            case.wait_for("Stopped")
        check_nothing_left(service)
        if case.status() == "Stopped":
            service.call(case.path, "VirtualMachine", "Start", "(a{sv})", {})
        case.wait_for("Running")
        service.call(case.path, "Object", "Delete", "(a{sv})", {})
        case.wait_for(None)
    check_nothing_left(service)
    assert cancelled > 0
