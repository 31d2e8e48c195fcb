#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the cost of a conversion grows with disks, interfaces and CPUs.

    scale.py BENCH_CONVERT [--iterations N]

Prints a Markdown table: nanoseconds for 1, 10, 100 and 1,000 of each, and what one more costs.
"""
import argparse
import json
import subprocess
import tempfile
from pathlib import Path

HEAD = """apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  name: testvmi
  uid: 5d307ca9-b3ef-428c-8861-06e72d69f223
spec:
  domain:
    firmware: {uuid: 6a1a24a1-4061-4607-8bf4-a3963d0c5895}
    memory: {guest: 128Mi}
"""
FACTS = {"architecture": "amd64", "hypervisorDeviceAvailable": True, "runtimeDirectory": "/run/barevirt/bench"}


def disks(n):
    """N claims on the virtio bus."""
    text = HEAD + "    devices:\n      autoattachPodInterface: false\n      disks:\n"
    text += "".join(f"      - name: d{i}\n        disk:\n          bus: virtio\n" for i in range(n))
    text += "  volumes:\n"
    text += "".join(f"  - name: d{i}\n    persistentVolumeClaim:\n      claimName: claim{i}\n" for i in range(n))
    return text, {"volumes": {f"d{i}": {"path": f"/dev/d{i}", "block": True} for i in range(n)}}


def interfaces(n):
    """N interfaces on networks of their own."""
    text = HEAD + "    devices:\n      interfaces:\n"
    text += "".join(f"      - name: n{i}\n        bridge: {{}}\n" for i in range(n))
    text += "  networks:\n"
    text += "".join(f"  - name: n{i}\n    multus:\n      networkName: net{i}\n" for i in range(n))
    return text, {"networks": {f"n{i}": {"attachment": "tap"} for i in range(n)}}


def cpus(n):
    """N sockets, none of which waits to be plugged."""
    text = HEAD + f"    cpu: {{sockets: {n}, maxSockets: {n}}}\n    devices: {{autoattachPodInterface: false}}\n"
    return text, {}


def measure(bench, iterations, text, facts):
    with tempfile.TemporaryDirectory() as folder:
        vmi, context = Path(folder, "vmi.yaml"), Path(folder, "context.json")
        vmi.write_text(text, encoding="utf-8")
        context.write_text(json.dumps({**FACTS, **facts}), encoding="utf-8")
        command = [bench, "--iterations", str(iterations), str(vmi), str(context)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["ns_per_op"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench")
    parser.add_argument("--iterations", type=int, default=1000)
    options = parser.parse_args()
    sizes = (1, 10, 100, 1000)
    print("| | 1 | 10 | 100 | 1,000 | each from 10 to 100 | each from 100 to 1,000 |\n| --- |" + " --- |" * 6)
    for name, make in (("disks", disks), ("interfaces", interfaces), ("CPUs", cpus)):
        times = [measure(options.bench, max(options.iterations // n, 20), *make(n)) for n in sizes]
        each = [(b - a) / (m - n) for a, b, n, m in zip(times[1:], times[2:], sizes[1:], sizes[2:])]
        print(f"| {name} | " + " | ".join(f"{t:,}" for t in times) + " | " + " | ".join(f"{e:,.0f}" for e in each) + " |")


if __name__ == "__main__":
    main()
