#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a scrape of the metrics costs, and who waits for it.

    bench-scrape.py [--build BUILD] [--vmis N...] [--seconds S]

Everything runs on libvirt's test driver and a private bus, where the service, being a session's, asks no polkit. For each
number of VMIs: ten scrapes by themselves, and then the time of three calls, alone and beside five scrapers that never
rest: a method of the service's main loop, one of its worker threads, and one of a service that does nothing. The last
tells what of it is the machine's and the bus's.
"""
import argparse
import http.client
import multiprocessing
import os
import socket
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import idle_service
from lab import wait_until
from latency import Latency, percentile
from manifests import vmi
from service import NAME, ROOT, Bus, Service, object_path

INSTANCE = "VirtualMachineInstance"
SCRAPES, SCRAPERS = 10, 5
FRESH_SECONDS = 1.1  # what libvirt told is kept for a second


def processor_ms(pid):
    """Of all threads."""
    return sum(int(p.read_text().split()[0]) for p in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


def scrape(path):
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request("GET", "/metrics")
    text = connection.getresponse().read()
    connection.close()
    return text


def scrape_for_ever(path):
    while True:
        scrape(path)


def make(service, count):
    """COUNT VMIs that run."""
    have = len(running(service))
    service.call(ROOT, "Manager", "Apply", "(sa{sv})", "".join(vmi(f"v-{i}") for i in range(have, count)), {},
                 timeout_ms=300_000)
    wait_until(lambda: len(running(service)) == count, 300, f"{count} VMIs to run")
    wait_until(lambda: not any("/job/" in path for path in service.objects()), 120, "the jobs to be gone")


def running(service):
    return [path for path, has in service.objects().items() if has.get(f"{NAME}.{INSTANCE}", {}).get("Phase") == "Running"]


def measure_scrapes(service, path, count):
    took, used = [], []
    for _ in range(SCRAPES):
        time.sleep(FRESH_SECONDS)
        before, begin = processor_ms(service.process.pid), time.perf_counter()
        text = scrape(path)
        took.append((time.perf_counter() - begin) * 1e3)
        used.append(processor_ms(service.process.pid) - before)
    print(f"| {count} | {statistics.median(took):.0f} ms | {statistics.median(used):.0f} ms | {len(text) // 1000} KB |", flush=True)


def measure_calls(bus, idle, path, count, seconds, scrapers):
    processes = [multiprocessing.Process(target=scrape_for_ever, args=(path,), daemon=True) for _ in range(scrapers)]
    for process in processes:
        process.start()
    latency = Latency(bus.address, [
        ("main loop", NAME, object_path(INSTANCE, "v-0"), f"{NAME}.Object", "GetEvents", "(@a{sv} {},)"),
        ("worker", NAME, ROOT, f"{NAME}.Manager", "Validate", "('', @a{sv} {})"),
        ("idle service", idle.name, idle_service.PATH, idle_service.INTERFACE, "Nothing", ""),
    ])
    time.sleep(seconds)
    took = latency.stop()
    for process in processes:
        process.terminate()
        process.join()
    for name, times in took.items():
        print(f"| {count} | {scrapers} | {name} | {len(times)} | {statistics.median(times) * 1e3:.2f} | "
              f"{percentile(times) * 1e3:.1f} | {times[-1] * 1e3:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--vmis", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    multiprocessing.set_start_method("spawn")
    bus = Bus()
    service = Service(bus, arguments.build.resolve(), mode="--session")
    path = service.folder / "metrics.sock"
    service.config.write_text(f"[metrics]\nlisten={path}\n", encoding="utf-8")
    idle = idle_service.IdleService(bus.address)
    try:
        service.start()
        print(f"load {os.getloadavg()[0]:.0f}, {os.cpu_count()} processors")
        for count in arguments.vmis:
            make(service, count)
            measure_scrapes(service, path, count)
            for scrapers in (0, SCRAPERS):
                measure_calls(bus, idle, path, count, arguments.seconds, scrapers)
    finally:
        service.close()
        idle.close()
        bus.close()


if __name__ == "__main__":
    main()
