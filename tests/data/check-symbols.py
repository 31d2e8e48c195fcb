#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds the public library against its list of symbols, and both against the GIR.

    check-symbols.py [--update] LIST LIBRARY GIR

The ABI changes only with the list; what is exported is introspectable, and the other way round.
"""
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

CORE = "{http://www.gtk.org/introspection/core/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"


def exported(library):
    output = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1] for line in output.splitlines()}


def introspected(gir):
    names = set()
    for element in ET.parse(gir).iter():
        if element.tag in {CORE + t for t in ("function", "method", "constructor")}:
            names.add(element.get(C + "identifier"))
        get_type = element.get(GLIB + "get-type")
        if get_type not in (None, "intern"):
            names.add(get_type)
    return names


def report(what, names):
    for name in sorted(names):
        print(f"{name}: {what}")
    return bool(names)


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments
    path, library, gir = [a for a in arguments if a != "--update"]
    have = exported(library)
    if update:
        Path(path).write_text("".join(f"{name}\n" for name in sorted(have)), encoding="utf-8")
    listed = set(Path(path).read_text(encoding="utf-8").split())
    described = introspected(gir)
    wrong = report("exported, but not in the list", have - listed)
    wrong |= report("in the list, but not exported", listed - have)
    wrong |= report("exported, but not in the GIR", have - described)
    wrong |= report("in the GIR, but not exported", described - have)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
