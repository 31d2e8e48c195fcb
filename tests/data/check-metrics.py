#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the names, types and labels of our metrics with KubeVirt's, and docs/metrics.md with both.

    check-metrics.py [--update] TABLE PAGE LIST_METRICS

TABLE has KubeVirt's metrics: name, type, labels and, where we differ, why. --update writes the page.
"""
import argparse
import subprocess
import sys
import textwrap
from pathlib import Path

# Ours alone.
OWN = {"barevirt_build_info", "barevirt_libvirt_connected", "barevirt_vmi_phases"}
HEAD = """\
# Metrics

What the endpoint (`[metrics] listen=` in barevirt.conf) tells at `/metrics`, to Prometheus or as OpenMetrics. Written by
`tests/data/check-metrics.py --update` from the service's own table. Names, labels and units are KubeVirt's; a label whose value is
empty is left out. What libvirt or the guest's agent does not tell of a guest is left out too. The figures of libvirt and
the agent (CPU, memory, storage, network, file systems, load) have a guest's own labels besides, as `kubernetes_vmi_label_NAME`, and
`kubevirt_vm_labels` has those of a virtual machine and its template as `label_NAME`. Histograms count since the service began.

"""
MISSING = """
## KubeVirt's that are not told

Nor are its recording rules, which Prometheus makes itself of the above.

"""


def read_table(path):
    """{name: (type, labels, note)}"""
    table = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, kind, labels, note = (line.split("\t") + [""])[:4]
            assert name not in table, f"{name} is in {path} twice"
            table[name] = (kind, labels, note)
    return table


def read_own(program):
    """{name: (type, labels, help)}"""
    text = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    return {name: (kind, labels, told) for name, kind, labels, told in (line.split("\t") for line in text.splitlines())}


def find_faults(theirs, own):
    for name, (kind, labels, note) in theirs.items():
        if note.startswith("- "):
            if name in own:
                yield f"{name} is told, but the table says that it is not: {note}"
        elif name not in own:
            yield f"{name} is KubeVirt's, and neither told nor has a reason in the table"
        else:
            same = (kind, set(labels.split(","))) == (own[name][0], set(own[name][1].split(",")))
            if same == note.startswith("~ "):
                yield f"{name}: KubeVirt has {kind} {labels}, we have {' '.join(own[name][:2])}; the table: {note or 'same'}"
    for name in own.keys() - theirs.keys() - OWN:
        yield f"{name} is not KubeVirt's"
    for name in OWN - own.keys():
        yield f"{name} is not told any more"


def render(theirs, own):
    lines = ["| name | type | labels | |", "| --- | --- | --- | --- |"]
    for name, (kind, labels, told) in own.items():
        note = theirs.get(name, ("", "", "- "))[2]
        told += f" ({note[2:]})" if note.startswith("~ ") else ""
        told += " (not of KubeVirt's)" if name in OWN else ""
        shown = " ".join(f"`{label}`" for label in labels.split(",") if label)
        lines.append(f"| `{name}` | {kind} | {shown} | {told} |")
    missing = {}
    for name, (_kind, _labels, note) in theirs.items():
        if note.startswith("- "):
            missing.setdefault(note[2:], []).append(f"`{name}`")
    items = [textwrap.fill(f"- {', '.join(names)}: {why}.", 120, subsequent_indent="  ", break_on_hyphens=False)
             for why, names in missing.items()]
    return HEAD + "\n".join(lines) + "\n" + MISSING + "\n".join(items) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("table", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("program", type=Path)
    arguments = parser.parse_args()
    theirs, own = read_table(arguments.table), read_own(arguments.program)
    faults = list(find_faults(theirs, own))
    if faults:
        sys.exit("\n".join(faults))
    text = render(theirs, own)
    if arguments.update:
        arguments.page.write_text(text, encoding="utf-8")
    elif arguments.page.read_text(encoding="utf-8") != text:
        sys.exit(f"{arguments.page} is old; run tests/data/check-metrics.py --update {arguments.table} {arguments.page} "
                 f"{arguments.program}")


if __name__ == "__main__":
    main()
