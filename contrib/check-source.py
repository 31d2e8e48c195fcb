#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the rules of the house that no other tool knows.

    check-source.py [FILE...]

Without files: all that git tracks. Prints FILE:LINE: what is wrong, and exits 1 if anything is.
"""
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
MAX_FUNCTION_LINES = 80
MAX_FILE_LINES = 800
LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"
C = {".c", ".h"}
SCRIPTS = {".py", ".sh", ".build"}
# Taken over as they are: what they hold is not ours to change.
FOREIGN = ("tests/conformance/", "po/", "docs/")

# What the files of a folder of src/ must not include: what lies above it (docs/architecture.md).
SERVICE = ("runtime", "agent", "stats", "migration", "daemon")
ABOVE = {"host": SERVICE, **dict.fromkeys(("model", "admit", "convert", "adapt", "volume", "network"), ("host", *SERVICE))}

# Spelled so that this file does not match itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(home/[a-z]|root/|wor" r"k/|Users/)")
INCLUDE = re.compile(r'#include "(\w+)/')
FUNCTION_NAME = re.compile(r"^(\w+) \(")
VOID_WITH_ERROR = re.compile(r"^(?:static )?void\s+\w+ \([^;{}]*?GError \*\*error\)\s*[;{]", re.MULTILINE)


def is_script(path, text):
    return path.suffix in SCRIPTS or path.name == "meson_options.txt" or text.startswith("#!")


def long_functions(lines):
    """Yields (line, name, length) of bodies that are too long; a body's braces stand alone in column 0."""
    start = name = None
    for number, line in enumerate(lines, 1):
        if match := FUNCTION_NAME.match(line):
            name = match[1]
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start + 1 > MAX_FUNCTION_LINES and name:
                yield start, name, number - start + 1
            start = name = None


def check_c(text, lines):
    for line, name, length in long_functions(lines):
        yield line, f"{name} () has {length} lines, the limit is {MAX_FUNCTION_LINES}"
    for number, line in enumerate(lines, 1):
        if re.match(r"\s+goto \w+;", line):
            yield number, "goto: return early, and let g_autoptr clean up"
    for match in VOID_WITH_ERROR.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, "a function that sets a GError returns gboolean or a pointer"


def check_layers(path, lines):
    parts = path.parts
    above = ABOVE.get(parts[parts.index("src") + 1], ()) if "src" in parts[:-2] else ()
    for number, line in enumerate(lines, 1):
        if (match := INCLUDE.match(line)) and match[1] in above:
            yield number, f"src/{match[1]} lies above this folder, which must not know of it"


def check(path):
    text = (TOP / path).read_text(encoding="utf-8")
    lines = text.split("\n")
    ours = not str(path).startswith(FOREIGN)
    is_source = path.suffix in C or is_script(path, text)
    if ours and is_source:
        if LICENCE not in "\n".join(lines[:4]):
            yield 1, f"the first lines lack '{LICENCE}'"
        if len(lines) - 1 > MAX_FILE_LINES:
            yield 1, f"{len(lines) - 1} lines, the limit is {MAX_FILE_LINES}"
        for number, line in enumerate(lines, 1):
            if UNFINISHED.search(line):
                yield number, "a mark of unfinished work"
            if "\t" in line and "<<-" not in text:
                yield number, "a tab"
    if ours and path.suffix == ".h" and "\n#pragma once\n" not in text:
        yield 1, "a header begins with #pragma once"
    if ours and path.suffix in C:
        yield from check_c(text, lines)
        yield from check_layers(path, lines)
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield number, "a path of one machine"


def main():
    tracked = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True)
    names = sys.argv[1:] or [name for name in tracked.stdout.split("\0") if name]
    failed = False
    for name in names:
        path = Path(name)
        try:
            found = list(check(path)) if (TOP / path).is_file() else []
        except UnicodeDecodeError:
            continue  # not a text
        for line, message in found:
            print(f"{path}:{line}: {message}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
