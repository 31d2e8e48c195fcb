#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the service costs on the bus: reads against Peer.Ping, memory per VMI, the time to the first picture.

    taskset -c 0 bench-bus.py [--build BUILD] [--vmis N]

Everything runs on libvirt's test driver and a private bus, pinned to one processor by taskset.
"""
import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from gi.repository import GLib

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import wait_until
from manifests import vmi
from service import NAME, ROOT, Bus, Service, object_path, wait_for_name

INSTANCE = "VirtualMachineInstance"
ROUNDS, READS = 15, 400


def call(service, path, interface, method, arguments=None):
    return service.connection.call_sync(NAME, path, interface, method, arguments, None, 0, 30_000, None)


def time_calls(service, path, interface, method, arguments):
    begin = time.perf_counter()
    for _ in range(READS):
        call(service, path, interface, method, arguments)
    return (time.perf_counter() - begin) / READS * 1e6


def measure_reads(service, path):
    """The median of rounds in which the three take turns, in microseconds."""
    properties, interface = "org.freedesktop.DBus.Properties", f"{NAME}.{INSTANCE}"
    calls = {
        "Peer.Ping": ("org.freedesktop.DBus.Peer", "Ping", None),
        "Properties.Get": (properties, "Get", GLib.Variant("(ss)", (interface, "Phase"))),
        "Properties.GetAll": (properties, "GetAll", GLib.Variant("(s)", (interface,))),
    }
    rounds = [{name: time_calls(service, path, *c) for name, c in calls.items()} for _ in range(ROUNDS)]
    for name in calls:
        own = statistics.median(r[name] for r in rounds)
        print(f"| {name} | {own:.1f} | {statistics.median(r[name] / r['Peer.Ping'] for r in rounds):.2f} |")


def memory_kib(service):
    status = Path(f"/proc/{service.process.pid}/smaps_rollup").read_text(encoding="ascii")
    return int(status.split("Private_Dirty:")[1].split()[0])


def count_running(service):
    return sum(1 for v in service.objects().values() if v.get(f"{NAME}.{INSTANCE}", {}).get("Phase") == "Running")


def measure_vmis(service, count):
    """Private memory of the service with ever more VMIs that run."""
    before, have = memory_kib(service), count_running(service)
    for end in (count // 2, count):
        service.apply("".join(vmi(f"v-{i}") for i in range(have, end)))
        wait_until(lambda end=end: count_running(service) == end, 120, f"{end} VMIs to run")
        wait_until(lambda: not any("/job/" in path for path in service.objects()), 90, "the jobs to be gone")
        now = memory_kib(service)
        print(f"| {have} to {end} VMIs | {(now - before) / (end - have):.1f} KiB each |")
        before, have = now, end


def measure_start(service):
    """From the exec of the service to the answer with all objects."""
    begin = time.perf_counter()
    with service.log.open("a") as log:
        service.process = subprocess.Popen(service.arguments(), stdout=log, stderr=log, env=service.bus.environment)
    wait_for_name(service.connection, NAME)
    owned = time.perf_counter()
    count = len(service.objects())
    print(f"| name owned | {(owned - begin) * 1e3:.0f} ms |")
    print(f"| GetManagedObjects of {count} objects answered | {(time.perf_counter() - begin) * 1e3:.0f} ms |")
    begin = time.perf_counter()
    service.objects()
    print(f"| GetManagedObjects again | {(time.perf_counter() - begin) * 1e3:.0f} ms |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--vmis", type=int, default=1000)
    arguments = parser.parse_args()
    bus = Bus()
    service = Service(bus, arguments.build.resolve())
    try:
        bus.allow("view", "manage")
        service.start()
        service.apply(vmi("v-0"))
        path = object_path(INSTANCE, "v-0")
        service.wait_for(path, INSTANCE, "Phase", "Running")
        assert service.get(ROOT, "Manager", "Ready")
        measure_reads(service, path)
        measure_vmis(service, arguments.vmis)
        service.kill()
        measure_start(service)
    finally:
        service.close()
        bus.close()


if __name__ == "__main__":
    main()
