#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/tally.py counts each case, and no failure gets lost in the sum."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

TALLY = Path(__file__).resolve().parents[1] / "tally.py"
CASES = {
    "cases of TAP": ([("OK", 0, "1..2\nok 1 /a\nok 2 /b # SKIP no KVM\n")], [], "1 passed, 0 failed, 1 skipped", 0),
    "plain program": ([("OK", 0, "all is well\n")], [], "1 passed, 0 failed", 0),
    "sum of its own": ([("FAIL", 1, "FAIL x\n3 passed, 2 failed\n")], [], "3 passed, 2 failed", 1),
    "failed case": ([("FAIL", 1, "ok 1 a\nnot ok 2 b\n")], [], "1 passed, 1 failed", 1),
    "crash after good cases": ([("ERROR", -6, "ok 1 a\n")], [], "1 passed, 1 failed", 1),
    "timeout": ([("TIMEOUT", -15, "")], [], "0 passed, 1 failed", 1),
    "skipped program": ([("OK", 0, ""), ("SKIP", 77, "")], [], "1 passed, 0 failed, 1 skipped", 0),
    "broken step": ([("OK", 0, "")], ["the build"], "1 passed, 1 failed", 1),
    "nothing at all": ([], [], "0 passed, 0 failed", 1),
}


def run(tests, broken):
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "build" / "meson-logs" / "log.json"
        log.parent.mkdir(parents=True)
        keys = ("result", "returncode", "stdout")
        entries = [json.dumps({"name": "a test", "stderr": "", **dict(zip(keys, test))}) for test in tests]
        log.write_text("\n".join(entries), encoding="utf-8")
        options = [option for what in broken for option in ("--broken", what)]
        return subprocess.run([sys.executable, TALLY, *options, log], capture_output=True, text=True, check=False)


def main():
    print(f"1..{len(CASES)}")
    failed = False
    for number, (name, (tests, broken, line, status)) in enumerate(CASES.items(), 1):
        result = run(tests, broken)
        good = result.returncode == status and result.stdout.splitlines()[-1:] == [line]
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            print("# " + (result.stdout + result.stderr).strip().replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
