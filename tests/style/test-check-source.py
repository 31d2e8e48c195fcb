#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each rule of contrib/check-source.py finds its fault, and nothing in a file that has none."""
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKER = Path(__file__).resolve().parents[2] / "contrib" / "check-source.py"
HEAD = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"
BODY = "static void\nlong_one (void)\n{\n" + "  work ();\n" * 100 + "}\n"
CASES = {
    "clean": ("a.c", HEAD + "static gboolean\nload (GError **error)\n{\n  return TRUE;\n}\n", None),
    "licence": ("a.c", "int x;\n", "the first lines lack"),
    "long function": ("a.c", HEAD + BODY, "long_one () has 102 lines"),
    "long file": ("a.c", HEAD + "int x;\n" * 900, "the limit is 800"),
    "goto": ("a.c", HEAD + "static void\nf (void)\n{\n  goto out;\n}\n", "goto: return early"),
    "mark": ("a.c", HEAD + "/* TO" + "DO: later */\n", "unfinished"),
    "tab": ("a.py", "# SPDX-License-Identifier: LGPL-2.1-or-later\nif x:\n\ty = 1\n", "a tab"),
    "path": ("a.md", "See /home/" + "somebody/notes.\n", "a path of one machine"),
    "pragma": ("a.h", HEAD + "int x;\n", "#pragma once"),
    "void with GError": ("a.c", HEAD + "static void\nf (int a,\n   GError **error)\n{\n}\n", "returns gboolean"),
    "layer": ("src/host/a.c", HEAD + '#include "runtime/b.h"\n', "src/runtime lies above"),
    "layer below": ("src/runtime/a.c", HEAD + '#include "host/b.h"\n', None),
}


def run(name, text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, CHECKER, path], capture_output=True, text=True, check=False)


def main():
    print(f"1..{len(CASES)}")
    failed = False
    for number, (name, (file, text, expected)) in enumerate(CASES.items(), 1):
        result = run(file, text)
        good = result.returncode == (1 if expected else 0) and (expected or "") in result.stdout
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            print("# " + (result.stdout + result.stderr).strip().replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
