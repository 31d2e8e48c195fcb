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
# What a test warned of is told, whatever became of it.
WARNED = "1..1\nok 1 a\n# WARNING: a: libvirtd crashed\n"
GOOD, BAD = ("OK", 0, "ok 1 a\n"), ("FAIL", 1, "not ok 1 a\n")
# The first run, the second, the closing line, exit status, and whether a test is told as unsteady.
RUN_AGAIN = {
    "good the second time": ([GOOD, BAD], {1: GOOD}, "2 passed, 0 failed", 0, True),
    "bad twice": ([GOOD, BAD], {1: BAD}, "1 passed, 1 failed", 1, True),
    "never run again": ([GOOD, BAD], {}, "1 passed, 1 failed", 1, False),
}


def write_log(path, tests):
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = ("result", "returncode", "stdout")
    entries = [{"name": f"project:suite / test-{n}", "stderr": "", **dict(zip(keys, test))} for n, test in tests.items()]
    path.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    return path


def tally(*arguments):
    return subprocess.run([sys.executable, TALLY, *arguments], capture_output=True, text=True, check=False)


def run(tests, broken):
    with tempfile.TemporaryDirectory() as folder:
        log = write_log(Path(folder) / "build" / "meson-logs" / "log.json", dict(enumerate(tests)))
        return tally(*[option for what in broken for option in ("--broken", what)], log)


def run_again(first, second):
    """The result, and the names of what failed at first."""
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "build" / "meson-logs"
        before = write_log(logs / "guest.json", dict(enumerate(first)))
        return tally(before, write_log(logs / "guest-again1.json", second)), tally("--failed", before).stdout


def results():
    """Yields (name, result, whether it is as it should be)."""
    for name, (tests, broken, line, status) in CASES.items():
        result = run(tests, broken)
        yield name, result, (result.returncode, result.stdout.splitlines()[-1:]) == (status, [line])
    result = run([("OK", 0, WARNED)], [])
    told = "WARNING project:suite / test-0 in build: a: libvirtd crashed\n"
    yield "warning", result, result.returncode == 0 and told in result.stdout and result.stdout.endswith("1 passed, 0 failed\n")
    for name, (first, second, line, status, unsteady) in RUN_AGAIN.items():
        result, names = run_again(first, second)
        good = (result.returncode, result.stdout.splitlines()[-1:], names) == (status, [line], "test-1\n")
        yield name, result, good and ("UNSTEADY project:suite / test-1" in result.stdout) == unsteady


def main():
    print(f"1..{len(CASES) + 1 + len(RUN_AGAIN)}")
    failed = False
    for number, (name, result, good) in enumerate(results(), 1):
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            print("# " + (result.stdout + result.stderr).strip().replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
