# SPDX-License-Identifier: LGPL-2.1-or-later
"""What breaks, or is asked for, while a guest moves; and the steps of a move at which that can be."""
import contextlib
import signal
import threading

from gi.repository import GLib

from lab import wait_until
from mover import MACHINE
from service import NAME

LIBVIRTD = "p=$(cat /run/libvirtd.pid); kill -{} $p"

# Those at which a message between the services passes, and those at which libvirt is at work.
CALLS = ("Prepare", "prepared", "Finish", "finished")
MOVES = ("moving", "paused", "moved")
STEPS = ("Prepare", "prepared", *MOVES, "Finish", "finished")


class Link:
    """Nothing passes between the hosts any more."""

    def __init__(self, mover, _):
        self.pair = mover.pair

    def strike(self):
        self.pair.cut()

    def mend(self):
        self.pair.mend()


class Part:
    """Something of one host."""

    def __init__(self, mover, side):
        self.mover = mover
        self.name = mover.away if side == "target" else mover.home
        self.victim = mover.pair.services[self.name]


class Service(Part):
    """barevirtd, by kill -9."""

    def __init__(self, mover, side):
        super().__init__(mover, side)
        self.pid = self.victim.pid()

    def strike(self):
        self.victim.host.run("kill", "-KILL", self.pid)

    def owner(self):
        """The process that serves there, if any."""
        answer = self.victim.host.run(
            "busctl", "--system", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "GetConnectionUnixProcessID", "s", NAME, check=False).stdout.split()
        return answer[1] if answer else None

    def mend(self):
        self.victim.process.wait(60)
        wait_until(lambda: self.owner() != self.pid, 60, "the end of the service")
        self.victim.start()  # unless the bus has done so, for who asked it meanwhile


class Libvirt(Part):
    """libvirtd, by kill -9."""

    def strike(self):
        self.victim.host.end_libvirtd()

    def mend(self):
        self.victim.host.start_libvirtd()


class Power(Part):
    """The whole host: what it runs is gone at once, and what it has on disk is there after its next start."""

    def strike(self):
        if self.mover.is_held and self.victim is self.mover.service:  # what stands still outside keeps the host from its end
            self.victim.kill_held()
        self.mover.watch.power_is_off(self.name)
        self.victim.host.cut_power()

    def mend(self):
        self.victim.start_host()
        self.mover.watch.follow(self.name)


class Request(Part):
    """Somebody asks for something else while it moves. It may be refused, and then says why."""

    def __init__(self, mover, side):
        super().__init__(mover, side)
        self.refusal = None
        self.job = None
        self.thread = threading.Thread(target=self._ask, daemon=True)

    def call(self):
        raise NotImplementedError

    def _ask(self):
        try:
            answer = self.call()
        except GLib.Error as error:
            self.refusal = error.message
        else:
            self.job = answer[0] if answer else None

    def outcome(self):
        """Why it was not done, once that is known; or nothing."""
        if self.job:
            job = wait_until(self._ended, 120, "the end of the job")
            self.refusal = job["Message"]
        return self.refusal

    def _ended(self):
        job = self.victim.objects()[self.job][f"{NAME}.Job"]
        return job if job["State"] != "running" else None

    def strike(self):
        self.thread.start()
        if not self.mover.is_held:  # else it is heard later
            self.thread.join(20)

    def mend(self):
        self.thread.join(120)
        assert not self.thread.is_alive()


class Cancel(Request):
    def call(self):
        path = wait_until(lambda: self.mover.path, 60, "the migration's name")
        return self.victim.call(path, "Migration", "Cancel", "(a{sv})", {})


class Stop(Request):
    def call(self):
        return self.victim.call(self.mover.machine, MACHINE, "Stop", "(a{sv})", {})


class Restart(Request):
    def call(self):
        return self.victim.call(self.mover.machine, MACHINE, "Restart", "(a{sv})", {})


class Delete(Request):
    def call(self):
        return self.victim.call(self.mover.machine, "Object", "Delete", "(a{sv})", {})


KINDS = {
    "link": (Link, ""), "source": (Service, "source"), "target": (Service, "target"),
    "source-libvirt": (Libvirt, "source"), "target-libvirt": (Libvirt, "target"),
    "source-host": (Power, "source"), "target-host": (Power, "target"),
    "cancel": (Cancel, "source"), "stop": (Stop, "source"),
    "restart": (Restart, "source"), "delete": (Delete, "source"),
}
# After most of these the guest has to boot, which takes its time.
RARE = ("source-host", "cancel", "stop", "restart", "delete")


def make(mover, what):
    kind, side = KINDS[what]
    return kind(mover, side)


def strike_call(mover, fault, step):
    """As the message passes."""
    struck = []
    mover.pair.relays[mover.home].at(step, lambda: (fault.strike(), struck.append(True)))
    mover.begin()
    wait_until(lambda: struck, 120, step)


@contextlib.contextmanager
def standing_still(host, stop, go_on, starter=None):
    """A process of HOST stands still, and nsenter, STARTER, with it; it may be gone at the end."""
    host.run("sh", "-c", stop)
    try:
        yield
    finally:
        host.run("sh", "-c", go_on, check=False)
        if starter:
            starter.send_signal(signal.SIGCONT)


def strike_move(mover, fault, step):
    """While libvirt is at work: the memory is on its way; it is all there, and libvirt's target is not heard; or libvirt
    is done, and the source's service has not seen that yet."""
    source, target = mover.service, mover.pair.services[mover.away]
    mover.slow_down(8)
    mover.begin()
    wait_until(lambda: mover.migration(mover.home)["Progress"].get("total"), 120, "the first of the memory")
    if step == "moving":
        fault.strike()
        return
    pid = source.pid()
    if step == "paused":
        still = standing_still(target.host, LIBVIRTD.format("STOP"), LIBVIRTD.format("CONT"))
    else:
        still = standing_still(source.host, f"kill -STOP {pid}", f"kill -CONT {pid}", source.process)
    with still:
        mover.is_held = step == "moved"
        mover.hurry()
        wanted = "moving" if step == "paused" else "off"
        wait_until(lambda: mover.watch.state(mover.home) == wanted, 120, step)
        fault.strike()
    mover.is_held = False


def strike_at(mover, fault, step):
    """Begins a move, and breaks it at that step."""
    if step in CALLS:
        strike_call(mover, fault, step)
    else:
        strike_move(mover, fault, step)
