#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sums up test runs, down to each case of a program that speaks TAP or ends with a sum of its own.

    tally.py [--broken WHAT]... LOG...
    tally.py --failed LOG

Each LOG is what meson writes to meson-logs/*.json; WHAT names a step that ended before it could write one. Prints what failed with the end of its output, and one closing
line: N passed, N failed. Exits 1 if anything failed or nothing passed. A test of NAME.json that is in NAME-again1.json too was run again: its last run counts, and the one
before is told as unsteady. What a test warned of (# WARNING: in TAP) is told, too. With --failed it prints the names of the tests that failed, and nothing else.
"""
import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

TAP_LINE = re.compile(r"^(ok|not ok)\b[ \d]*(?:- )?([^#\n]*)(?:# *(\w+))?", re.MULTILINE)
SUM_LINE = re.compile(r"^(\d+) passed, (\d+) failed$")
WARNING_LINE = re.compile(r"^# WARNING: (.*)$", re.MULTILINE)
TAIL_LINES = 40


def cases(output):
    """Yields (name, result) of a program's own cases."""
    for word, name, directive in TAP_LINE.findall(output):
        if directive.upper().startswith("SKIP"):
            yield name.strip(), "skipped"
        else:
            yield name.strip(), "passed" if word == "ok" else "failed"


def summed_up(output):
    """The results of a program whose last line is a sum like ours, or nothing."""
    match = SUM_LINE.match((output.rstrip().splitlines() or [""])[-1])
    return [("", "passed")] * int(match[1]) + [("a case", "failed")] * int(match[2]) if match else []


def warnings_of(test):
    """What a test says that it put up with."""
    return WARNING_LINE.findall(test.get("stdout") or "")


def results_of(test):
    """(Counter of results, names of failed cases) of one entry in meson's log."""
    output = test.get("stdout") or ""
    found = list(cases(output)) or summed_up(output)
    count = Counter(result for _, result in found)
    failed = [name for name, result in found if result == "failed"]
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        if not found:
            count["passed"] += 1
    elif test["result"] == "SKIP":
        if not found:
            count["skipped"] += 1
    elif not failed:
        # It crashed, or hung, or complained at its end: that is a failure beside its cases.
        count["failed"] += 1
        failed.append(f"({test['result'].lower()}, exit status {test['returncode']})")
    return count, failed


def report(word, test, failed):
    print(f"\n{word} {test['name']} in {test['build']}: {', '.join(failed)}")
    output = (test.get("stdout") or "") + (test.get("stderr") or "")
    for line in output.rstrip().split("\n")[-TAIL_LINES:]:
        print("    " + line)


def read(log):
    """The tests of a log, in its order."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        yield {**json.loads(line), "build": log.parent.parent.name}


def failed_names(log):
    """As `meson test` takes them: the log has the project and the suites before a name."""
    return [test["name"].rpartition(" / ")[2] for test in read(log) if results_of(test)[1]]


def runs(logs):
    """The runs of each test, in order: the setups of a build are runs of their own kind."""
    found = {}
    for log in logs:
        again = re.sub(r"-again\d*$", "", log.stem)
        for test in read(log):
            found.setdefault((log.parent, again, test["name"]), []).append(test)
    return found.values()


def main():
    parser = argparse.ArgumentParser(description="Sums up test runs.")
    parser.add_argument("--broken", action="append", default=[], metavar="WHAT")
    parser.add_argument("--failed", action="store_true")
    parser.add_argument("logs", nargs="*", type=Path, metavar="LOG")
    arguments = parser.parse_args()
    if arguments.failed:
        for name in (name for log in arguments.logs for name in failed_names(log)):
            print(name)
        return 0
    return sum_up(arguments.broken, arguments.logs)


def sum_up(broken, logs):
    total = Counter(failed=len(broken))
    for what in broken:
        print(f"\nFAILED {what}")
    for *before, last in runs(logs):
        count, failed = results_of(last)
        total += count
        if failed:
            report("FAILED", last, failed)
        for test in before:
            report("UNSTEADY", test, results_of(test)[1])
        for warning in warnings_of(last):
            print(f"\nWARNING {last['name']} in {last['build']}: {warning}")
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    return 0 if total["passed"] and not total["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
