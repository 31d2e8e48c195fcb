#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the service costs on the bus: reads, the whole picture, memory, the start, calls that fail.

    taskset -c 0 bench-bus.py [--build BUILD] [--vmis N] [--failures N] [PART...]

Everything runs on libvirt's test driver and a private bus, pinned to one processor by taskset. Reads are counted in
processor time of the service, the bus and the client together, so that other work on the machine does not show in
their ratios. With libvirt-dbus installed, the same domains are read from it too, in the same run.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path

from gi.repository import Gio, GLib

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import wait_until
from manifests import vmi
from service import NAME, ROOT, Bus, Service, end, object_path, wait_for_name

INSTANCE = "VirtualMachineInstance"
PROPERTIES = "org.freedesktop.DBus.Properties"
MANAGER = "org.freedesktop.DBus.ObjectManager"
POOL = "pool-barevirtd"  # the threads that libvirt is called in; its test driver does all its work there
PEER_NAME, PEER_ROOT = "org.libvirt", "/org/libvirt/Test"
ROUNDS, READS, FAILURES_AT_ONCE = 15, 400, 500


def processor_time(pid, without="nothing"):
    """In microseconds, of all threads, but for those of a name."""
    threads = [p for p in Path(f"/proc/{pid}/task").iterdir() if (p / "comm").read_text().strip() != without]
    return sum(int((p / "schedstat").read_text().split()[0]) for p in threads) / 1e3


def memory_kib(pid):
    status = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(status.split("Private_Dirty:")[1].split()[0])


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.bus = Bus()
        self.bus.allow("view", "view-secrets", "manage")
        self.service = Service(self.bus, arguments.build.resolve())
        self.peer = None

    def close(self):
        if self.peer:
            end(self.peer)
        self.service.close()
        self.bus.close()

    def call(self, path, interface, method, arguments=None, name=NAME):
        return self.bus.connection.call_sync(name, path, interface, method, arguments, None, 0, 300_000, None)

    def cost(self, task, *others):
        """Processor time of a task, with that of the processes that it has a part in."""
        pids = [os.getpid(), self.bus._daemon.pid, *others]
        before = sum(processor_time(pid) for pid in pids)
        task()
        return sum(processor_time(pid) for pid in pids) - before

    def make(self, count):
        """COUNT VMIs that run."""
        have = sum(1 for v in self.service.objects().values() if f"{NAME}.{INSTANCE}" in v)
        text = "".join(vmi(f"v-{i}") for i in range(have, count))
        self.call(ROOT, f"{NAME}.Manager", "Apply", GLib.Variant("(sa{sv})", (text, {})))
        wait_until(lambda: self.count_running() == count, 300, f"{count} VMIs to run")
        wait_until(lambda: not any("/job/" in path for path in self.service.objects()), 120, "the jobs to be gone")

    def count_running(self):
        objects = self.service.objects().values()
        return sum(1 for v in objects if v.get(f"{NAME}.{INSTANCE}", {}).get("Phase") == "Running")

    def start_peer(self):
        self.peer = subprocess.Popen(["libvirt-dbus", "--session"], env=self.bus.environment)
        wait_for_name(self.bus.connection, PEER_NAME)

    def median_cost(self, task, *pids, rounds=5):
        """In milliseconds, with this process's own and the bus's, and what each has of it."""
        rows = []
        for _ in range(rounds):
            alone = [processor_time(pid) for pid in pids]
            rows.append([self.cost(task, *pids)] + [processor_time(p) - a for p, a in zip(pids, alone)])
        return [statistics.median(column) / 1e3 for column in zip(*rows)]

    def bare(self, answer, times=1):
        """What GLib alone takes to write a message with the same body, and to read it, in milliseconds."""
        message = Gio.DBusMessage.new_signal(ROOT, MANAGER, "Bare")
        message.set_body(answer)
        message.set_serial(1)
        capabilities = Gio.DBusCapabilityFlags.NONE
        blob = message.to_blob(capabilities)
        tasks = (lambda: message.to_blob(capabilities), lambda: Gio.DBusMessage.new_from_blob(blob, capabilities))
        return [self.median_cost(lambda t=task: [t() for _ in range(times)], os.getpid())[1] / times for task in tasks]

    # The parts.

    def reads(self):
        self.make(1)
        path, interface = object_path(INSTANCE, "v-0"), f"{NAME}.{INSTANCE}"
        calls = {
            "Peer.Ping": ("org.freedesktop.DBus.Peer", "Ping", None),
            "Properties.Get": (PROPERTIES, "Get", GLib.Variant("(ss)", (interface, "Phase"))),
            "Properties.GetAll": (PROPERTIES, "GetAll", GLib.Variant("(s)", (interface,))),
        }

        def repeat(call):
            for _ in range(READS):
                self.call(path, *call)

        pid = self.service.process.pid
        rounds = [{name: self.cost(lambda c=c: repeat(c), pid) / READS for name, c in calls.items()}
                  for _ in range(ROUNDS)]
        for name in calls:
            own = statistics.median(r[name] for r in rounds)
            ratio = statistics.median(r[name] / r["Peer.Ping"] for r in rounds)
            print(f"| {name} | {own:.1f} µs | {ratio:.2f} |", flush=True)
        write, read = (1e3 * cost for cost in self.bare(self.call(path, *calls["Properties.GetAll"]), READS))
        least = 1 + (write + read) / statistics.median(r["Peer.Ping"] for r in rounds)
        print(f"| GLib alone, to write and to read that answer | {write:.1f} and {read:.1f} µs | {least:.2f} |", flush=True)

    def memory(self):
        """Of the service and, for the part of libvirt's test driver in it, of libvirt-dbus with the same domains."""
        self.make(1)
        self.start_peer_if_there()
        count = self.arguments.vmis
        before = memory_kib(self.service.process.pid)
        self.make(count)
        grown = memory_kib(self.service.process.pid) - before
        print(f"| {count} VMIs | {grown / (count - 1):.1f} KiB each |", flush=True)
        if self.peer:
            before = memory_kib(self.peer.pid)
            self.copy_domains()
            driver = memory_kib(self.peer.pid) - before
            print(f"| of that the test driver's domains | {driver / count:.1f} KiB each |", flush=True)

    def start_peer_if_there(self):
        if self.peer is None and shutil.which("libvirt-dbus"):
            self.start_peer()

    def domains(self):
        xml = self.call(object_path(INSTANCE, "v-0"), f"{NAME}.{INSTANCE}", "GetDomainXml",
                        GLib.Variant("(a{sv})", ({},))).unpack()[0]
        for path, interfaces in self.service.objects().items():
            if f"{NAME}.{INSTANCE}" in interfaces:
                yield path, re.sub(r" id='\d+'", "", xml, count=1), interfaces[f"{NAME}.Object"]["Name"]

    def copy_domains(self):
        for _path, xml, name in self.domains():
            machine = re.search("<uuid>(.*?)</uuid>", xml)[1]
            own = xml.replace(machine, str(uuid.uuid4())).replace("default_v-0", f"default_{name}")
            path = self.call(PEER_ROOT, "org.libvirt.Connect", "DomainDefineXML", GLib.Variant("(s)", (own,)),
                             PEER_NAME).unpack()[0]
            self.call(path, "org.libvirt.Domain", "Create", GLib.Variant("(u)", (0,)), PEER_NAME)

    def picture(self):
        """The whole picture of all VMIs, against libvirt-dbus's list and GetAll of each domain."""
        self.make(self.arguments.vmis)
        self.start_peer_if_there()
        ours, own = self.median_cost(lambda: self.call(ROOT, MANAGER, "GetManagedObjects"), self.service.process.pid)
        print(f"| GetManagedObjects of {self.arguments.vmis} VMIs | {ours:.0f} ms |")
        print(f"| of that the service | {own:.0f} ms |")
        write, read = self.bare(self.call(ROOT, MANAGER, "GetManagedObjects"))
        print(f"| GLib alone, to write the same message, and to read it | {write:.0f} and {read:.0f} ms |", flush=True)
        if not self.peer:
            return
        if len(self.list_domains()) < self.arguments.vmis:
            self.copy_domains()

        def read_all():
            for path in self.list_domains():
                self.call(path, PROPERTIES, "GetAll", GLib.Variant("(s)", ("org.libvirt.Domain",)), PEER_NAME)

        theirs, peer = self.median_cost(read_all, self.peer.pid, rounds=3)
        print(f"| libvirt-dbus: list and GetAll of as many | {theirs:.0f} ms |")
        print(f"| of that libvirt-dbus | {peer:.0f} ms |")
        print(f"| ratio, and that of the two services | {theirs / ours:.1f} and {peer / own:.1f} |", flush=True)

    def list_domains(self):
        return self.call(PEER_ROOT, "org.libvirt.Connect", "ListDomains", GLib.Variant("(u)", (0,)), PEER_NAME).unpack()[0]

    def start(self):
        """From the exec of the service to its name, and to the answer with all objects; the domains run meanwhile."""
        self.make(self.arguments.vmis)
        folder = self.service.folder
        (folder / "node.xml").write_text("<node>" + "".join(self.all_xml()) + "</node>")
        self.service.stop()
        self.service.uri = f"test://{folder}/node.xml"
        owned, pictures, used = [], [], []
        for _ in range(5):
            begin = time.perf_counter()
            with self.service.log.open("a") as log:
                self.service.process = subprocess.Popen(
                    self.service.arguments(), stdout=log, stderr=log, env=self.bus.environment)
            wait_for_name(self.bus.connection, NAME)
            owned.append((time.perf_counter() - begin) * 1e3)
            picture = self.call(ROOT, MANAGER, "GetManagedObjects")
            pictures.append((time.perf_counter() - begin) * 1e3)
            used.append([processor_time(self.service.process.pid, w) / 1e3 for w in ("nothing", POOL)])
            assert sum(1 for v in picture.unpack()[0].values() if f"{NAME}.{INSTANCE}" in v) == self.arguments.vmis
            wait_until(lambda: self.count_running() == self.arguments.vmis, 60, "the domains to be found")
            self.service.stop()
        print(f"| name owned with {self.arguments.vmis} VMIs | {min(owned):.0f} to {max(owned):.0f} ms |")
        whole, own = (statistics.median(column) for column in zip(*used))
        print(f"| all VMIs told | {min(pictures):.0f} to {max(pictures):.0f} ms; {whole:.0f} ms on the processor, "
              f"{own:.0f} ms without the test driver's |", flush=True)
        self.service.uri = "test:///default"
        self.service.start()
        self.peer_start()

    def all_xml(self):
        for path, _xml, _name in self.domains():
            xml = self.call(path, f"{NAME}.{INSTANCE}", "GetDomainXml", GLib.Variant("(a{sv})", ({},))).unpack()[0]
            yield re.sub(r" id='\d+'", "", xml, count=1)

    def peer_start(self):
        if not shutil.which("libvirt-dbus"):
            return
        if self.peer:
            end(self.peer)
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            self.start_peer()
            times.append((time.perf_counter() - begin) * 1e3)
            end(self.peer)
        self.peer = None
        print(f"| libvirt-dbus: name owned | {min(times):.0f} to {max(times):.0f} ms |", flush=True)

    def failures(self):
        """Memory over many calls that fail, of several kinds."""
        self.make(1)
        path = object_path(INSTANCE, "v-0")
        options = GLib.Variant("(a{sv})", ({},))
        calls = [
            (path, f"{NAME}.{INSTANCE}", "Unpause", options),
            (path, f"{NAME}.{INSTANCE}", "Pause", GLib.Variant("(a{sv})", ({"x": GLib.Variant("s", "y")},))),
            (ROOT, f"{NAME}.Manager", "Apply", GLib.Variant("(sa{sv})", ("a: [", {}))),
            (ROOT, f"{NAME}.Manager", "Apply", GLib.Variant("(sa{sv})", (vmi("v-0").replace("guest:", "gest:"), {}))),
            (path, PROPERTIES, "Get", GLib.Variant("(ss)", (f"{NAME}.{INSTANCE}", "Nothing"))),
            (path + "x", f"{NAME}.{INSTANCE}", "Pause", options),
        ]
        done = 0
        for share in (0.1, 0.4, 0.7, 1.0):
            while done < self.arguments.failures * share:
                self.fail(calls, FAILURES_AT_ONCE)
                done += FAILURES_AT_ONCE
            print(f"| {done} failed calls | {memory_kib(self.service.process.pid)} KiB |", flush=True)

    def fail(self, calls, count):
        left = [count]

        def answered(connection, result):
            left[0] -= 1
            try:
                connection.call_finish(result)
            except GLib.Error:
                return
            raise AssertionError("a call succeeded")

        for i in range(count):
            path, interface, method, arguments = calls[i % len(calls)]
            self.bus.connection.call(NAME, path, interface, method, arguments, None, 0, 300_000, None, answered)
        while left[0] > 0:
            GLib.MainContext.default().iteration(True)


def main():
    parts = ("reads", "failures", "memory", "picture", "start")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--vmis", type=int, default=1000)
    parser.add_argument("--failures", type=int, default=200_000)
    parser.add_argument("parts", nargs="*", choices=[[], *parts], metavar="PART", help=", ".join(parts))
    arguments = parser.parse_args()
    bench = Bench(arguments)
    try:
        bench.service.start()
        for part in arguments.parts or parts:
            getattr(bench, part)()
    finally:
        bench.close()


if __name__ == "__main__":
    main()
