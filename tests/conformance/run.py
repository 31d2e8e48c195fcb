#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Conformance: does `barevirt` answer each VMI spec as KubeVirt's own admission and converter do?

    run.py BAREVIRT [--cases DIR] [--verbose] [NAME...]

A case is a folder with vmi.yaml (the spec), context.json (the facts about the host, see CONTEXT.md) and what is
expected: domain.xml, or refusal.json where the spec must be refused. Two command lines are exercised:

    barevirt convert --context context.json vmi.yaml        exit 0, the domain XML on stdout
    barevirt validate --output json vmi.yaml                exit 1 and {"causes": [{"reason", "field", "message"}...]}

A good spec must pass `validate` too (exit 0). A bad one must be refused by `validate` (exit 1, causes with line and
column), or, where only the host's facts tell, by `convert` (exit 1, a message, nothing on stdout); and one of the causes
must be about the field that refusal.json names: the same one, its parent or child, or, since KubeVirt's own paths are
often muddled, one that shares its telling names. Domains are compared as trees: sibling order counts only between elements of
the same name, sizes are compared in KiB, and empty carriers that mean nothing to libvirt are left out.
"""
import argparse, json, os, re, subprocess, sys
import xml.etree.ElementTree as ET

UNITS = {"b": 1, "bytes": 1, "KB": 10**3, "k": 2**10, "KiB": 2**10, "MB": 10**6, "M": 2**20, "MiB": 2**20, "GB": 10**9, "G": 2**30, "GiB": 2**30}
SIZES = {"memory", "currentMemory", "maxMemory"}
NOISE = {"bios", "baseBoard", "chassis", "source", "address", "system", "tune", "blockio", "driver"}  # only when empty
IGNORED = {"metadata", "title", "description"}


def canonical(element):
    """(tag, sorted attributes, text, children grouped by tag) with units and noise levelled out."""
    tag = element.tag.split("}")[-1]
    attributes = dict(element.attrib)
    text = (element.text or "").strip()
    if tag in SIZES and text.isdigit():
        scale = UNITS[attributes.pop("unit", "KiB")]
        text = str(-(-int(text) * scale // 1024))
    if tag == "cell" and attributes.get("memory", "").isdigit():
        scale = UNITS[attributes.pop("unit", "KiB")]
        attributes["memory"] = str(-(-int(attributes["memory"]) * scale // 1024))
    attributes = {k: v for k, v in attributes.items() if v != ""}
    children = [canonical(c) for c in element if c.tag.split("}")[-1] not in IGNORED]
    children = [c for c in children if not (c[0] in NOISE and not c[1] and not c[2] and not c[3])]
    children.sort(key=lambda c: c[0])  # stable: keeps the order of same-named siblings
    return tag, tuple(sorted(attributes.items())), text, tuple(children)


def differences(want, got, path=""):
    here = f"{path}/{want[0]}"
    out = []
    if want[1] != got[1]:
        out.append(f"{here}: want {dict(want[1])}, got {dict(got[1])}")
    if want[2] != got[2]:
        out.append(f"{here}: want text {want[2]!r}, got {got[2]!r}")
    tags = sorted({c[0] for c in want[3]} | {c[0] for c in got[3]})
    for tag in tags:
        a = [c for c in want[3] if c[0] == tag]
        b = [c for c in got[3] if c[0] == tag]
        for x, y in zip(a, b):
            out += differences(x, y, here)
        out += [f"{here}: lacks {show(x)}" for x in a[len(b):]]
        out += [f"{here}: has extra {show(y)}" for y in b[len(a):]]
    return out


def show(tree):
    attributes = "".join(f' {k}="{v}"' for k, v in tree[1])
    return f"<{tree[0]}{attributes}>{tree[2]}" + "".join(show(c) for c in tree[3]) + f"</{tree[0]}>"


def call(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


GENERIC = {"spec", "domain", "devices", "name", "metadata", ""}


def telling(field):
    return {n for n in re.split(r"[.\[\]\d]+", field) if n not in GENERIC}


def about(field, expected):
    """Is a cause at `field` about what KubeVirt says of `expected`?"""
    want = expected["field"]
    if "reason" not in expected:  # a path of ours: exact
        return field == want or field.startswith((want + ".", want + "[")) or want.startswith((field + ".", field + "["))
    return not telling(want) or bool(telling(want) & telling(field))


def refused_well(case, causes):
    if not causes:
        return ["validate exited 1 without causes"]
    bad = [c for c in causes if not (c.get("field") and c.get("message") and c.get("reason"))
           or not (isinstance(c.get("line"), int) and isinstance(c.get("column"), int))]
    if bad:
        return [f"cause without reason, field, message, line or column: {bad[0]}"]
    expected = json.load(open(f"{case}/refusal.json"))["causes"]
    if expected and not any(about(c["field"], e) for c in causes for e in expected):
        return [f"refused for another reason: {[c['field'] for c in causes]}, expected {[e['field'] for e in expected]}"]
    return []


def check(barevirt, case):
    """The list of what is wrong with this case; empty when it conforms."""
    spec, context = f"{case}/vmi.yaml", f"{case}/context.json"
    if os.path.exists(f"{case}/domain.xml"):
        p = call(barevirt, "validate", "--output", "json", spec)
        if p.returncode != 0:
            return [f"validate exited {p.returncode} for a good spec: {(p.stdout + p.stderr).strip()[:300]}"]
        p = call(barevirt, "convert", "--context", context, spec)
        if p.returncode != 0:
            return [f"convert exited {p.returncode}: {p.stderr.strip()[:300]}"]
        try:
            got = canonical(ET.fromstring(p.stdout))
        except ET.ParseError as error:
            return [f"convert printed no XML: {error}"]
        return differences(canonical(ET.parse(f"{case}/domain.xml").getroot()), got)
    p = call(barevirt, "validate", "--output", "json", spec)
    if p.returncode == 1:
        try:
            causes = json.loads(p.stdout)["causes"]
        except (ValueError, KeyError, TypeError):
            return [f"validate printed no causes: {p.stdout[:200]!r}"]
        return refused_well(case, causes)
    if p.returncode != 0:
        return [f"validate exited {p.returncode}: {p.stderr.strip()[:300]}"]
    p = call(barevirt, "convert", "--context", context, spec)
    if p.returncode == 1 and p.stderr.strip() and not p.stdout.strip():
        return []
    return [f"not refused (convert exited {p.returncode}); expected: {open(f'{case}/refusal.json').read()[:300]}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("barevirt")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--cases", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases"))
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    passed = failed = 0
    kinds = {"domain": [0, 0], "refusal": [0, 0]}
    for name in options.names or sorted(os.listdir(options.cases)):
        try:
            wrong = check(options.barevirt, os.path.join(options.cases, name))
        except subprocess.TimeoutExpired:
            wrong = ["ran past 30 s"]
        passed, failed = passed + (not wrong), failed + bool(wrong)
        kind = kinds["domain" if os.path.exists(os.path.join(options.cases, name, "domain.xml")) else "refusal"]
        kind[0], kind[1] = kind[0] + (not wrong), kind[1] + 1
        if wrong:
            print(f"FAIL {name}")
            for line in wrong if options.verbose else wrong[:4]:
                print(f"     {line}")
    print(", ".join(f"{kind}s {good} of {total}" for kind, (good, total) in kinds.items()))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
