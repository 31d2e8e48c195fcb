# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that counts, and remembers, while it moves."""
from gi.repository import GLib

from lab import wait_until
from pair import Counter
from service import NAME, object_path

MACHINE = "VirtualMachine"
INSTANCE = "VirtualMachineInstance"

GUEST = """\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: {name}}}
spec:
  runStrategy: Always
  template:
    spec:
      terminationGracePeriodSeconds: 5
      domain:
        {size}
        devices:
          disks:
            - {{name: system, disk: {{bus: virtio}}}}
            - {{name: counter, disk: {{bus: virtio}}}}
          interfaces: [{{name: default, masquerade: {{}}}}]
      networks: [{{name: default, pod: {{}}}}]
      volumes:
        - {{name: system, hostDisk: {{path: {disk}, type: Disk, shared: true}}}}
        - {{name: counter, hostDisk: {{path: {counter}, type: Disk, shared: true}}}}
"""

SIZE = "memory: {guest: 128Mi}"

# A counter that is on the disk with each tick, and something to remember.
WORK = """\
head -c 8388608 /dev/urandom >/tmp/memory; md5sum </tmp/memory >/tmp/sum; : >/data/ticks
(n=0; while :; do n=$((n+1)); echo $n >>/data/ticks; echo $n >/dev/vdb; sync; sleep 0.05; done) >/dev/null 2>&1 </dev/null &
"""
CHECK = """\
[ -e /tmp/sum ] || { echo new; exit; }
[ "$(md5sum </tmp/memory)" = "$(cat /tmp/sum)" ] && awk '$1 != NR {exit 1}' /data/ticks && echo right || echo wrong
"""


def manifest(name, disk, counter, size=SIZE):
    return GUEST.format(name=name, disk=disk, counter=counter, size=size)


class Mover:
    """The guest, and where it is."""

    def __init__(self, pair, name, disk, counter, size=SIZE):
        self.pair = pair
        self.name = name
        self.domain = f"default_{name}"
        self.machine = object_path(MACHINE, name)
        self.instance = object_path(INSTANCE, name)
        self.home = "a"
        self.path = None  # of the newest migration, on both hosts
        self.watch = None
        self.count = Counter(counter)
        self.is_held = False  # the source's service stands still
        self.manifest = manifest(name, disk, counter, size)
        self.make()

    def make(self):
        self.service.apply(self.manifest)
        self.work()

    @property
    def service(self):
        return self.pair.services[self.home]

    @property
    def away(self):
        return self.pair.other(self.home)

    def close(self):
        self.count.close()

    def work(self):
        """Waits until it is up, and lets it count."""
        self.service.wait_for_property(self.instance, "GuestAgent", "Hostname", lambda _: True)
        self.service.host.in_guest(self.domain, WORK)

    def slow_down(self, megabytes):
        """So that there is time to break a move: so much of it travels in a second, and no less is worth a pause."""
        self.service.host.virsh("migrate-setspeed", self.domain, str(megabytes))

    def hurry(self):
        """The rest at once, if there is anything left to travel."""
        self.service.host.virsh("migrate-setspeed", self.domain, "1000", check=False)

    def begin(self, **configuration):
        """Asks for the move, once the target of an earlier one knows of its end, and waits for nothing."""
        self.path = None
        options = {"configuration": GLib.Variant("a{sv}", configuration)}
        job, = wait_until(lambda: self.ask(options), 60, "the begin of a move")
        self.path = self.service.get(job, "Job", "Object")

    def ask(self, options):
        try:
            return self.service.call(self.instance, INSTANCE, "Migrate", "(a{sv})", options)
        except GLib.Error as error:
            if "Error.Busy" not in error.message:
                raise
            return None

    def hosts(self):
        """Those that have the VM."""
        return [name for name, service in self.pair.services.items() if self.machine in service.objects()]

    def status(self, name):
        """What a host says of the VM."""
        return self.pair.services[name].objects().get(self.machine, {}).get(f"{NAME}.{MACHINE}", {}).get("PrintableStatus")

    def is_over(self):
        """Whether both hosts are done with the newest migration; a target may never have heard of it."""
        phases = [self.migration(name).get("Phase") for name in self.pair.services]
        return any(phases) and all(phase in (None, "Succeeded", "Failed") for phase in phases)

    def migration(self, name):
        """The properties of the newest migration on a host."""
        return self.pair.services[name].objects().get(self.path, {}).get(f"{NAME}.Migration", {})

    def settle(self, timeout=150):
        """Waits until nothing moves, and the guest runs on one host; which is its home from now on."""
        self.wait_for_end(timeout)
        wait_until(lambda: len(self.hosts()) == 1, 60, "one host with the VM")
        self.home, = self.hosts()
        self.service.wait_for_property(
            self.machine, "VirtualMachine", "PrintableStatus", lambda status: status == "Running")

    def wait_for_end(self, timeout=150):
        wait_until(self.is_over, timeout, "the end of the migration")

    def answer(self):
        """Whether it is "right", "wrong", or a guest that has begun anew, "new"; nothing while its agent is away."""
        if f"{NAME}.GuestAgent" not in self.service.objects().get(self.instance, {}):
            return None  # libvirt would wait for it for ever
        try:
            return self.service.host.in_guest(self.domain, CHECK).strip()
        except AssertionError:
            return None

    def check(self, may_begin_anew=False):
        """It goes on, remembers, and has written each number once and in order. If it may have begun anew, it works
        again."""
        try:
            answer = wait_until(self.answer, 120, "the agent")
        except TimeoutError as error:
            printed = self.service.barevirt("logs", self.name, check=False).stdout
            raise AssertionError(f"{error}; the guest's console ends with\n{printed[-3000:]}") from error
        assert answer == "right" or (answer == "new" and may_begin_anew), answer
        if answer == "new":
            self.work()
        assert self.counts()
        self.wait_for_nothing_left(self.away)

    def counts(self, timeout=60):
        """Whether it goes on."""
        before = self.count.read()
        try:
            return wait_until(lambda: self.count.read() != before, timeout, "the next number")
        except TimeoutError:
            return False

    def revive(self):
        """Begins it anew, if its kernel has crashed: a round that fails takes no other with it."""
        self.settle()
        if not self.counts(20):
            self.service.call(self.machine, MACHINE, "Restart", "(a{sv})", {"grace-period": GLib.Variant("x", 0)})
            wait_until(lambda: self.answer() == "new", 120, "the new guest")
            self.work()

    def wait_for_nothing_left(self, name):
        wait_until(lambda: self.pair.services[name].host.virsh("list", "--all", "--name") == "", 60, f"an empty host {name}")

    def doubt(self, name):
        """What a host says of the newest migration, where it cannot tell who owns the guest."""
        newest = self.migration(name)
        return newest["Message"] if newest.get("HandoverUnknown") else ""

    def wait_for_doubt(self, timeout=120):
        """Until both hosts say that nobody can tell, and why."""
        for name in self.pair.services:
            wait_until(lambda name=name: self.doubt(name), timeout, f"the doubt of {name}")
