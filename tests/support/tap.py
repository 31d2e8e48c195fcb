# SPDX-License-Identifier: LGPL-2.1-or-later
"""A pytest plugin that reports as TAP, which meson reads: pytest -p tap"""
import sys

import pytest


class TapReporter:
    def __init__(self):
        self.count = 0

    def line(self, text):
        print(text, file=sys.__stdout__, flush=True)

    def comment(self, text):
        for line in text.rstrip().split("\n"):
            self.line("# " + line)

    def result(self, word, report, directive=""):
        self.count += 1
        self.line(f"{word} {self.count} - {report.nodeid.split('/')[-1]}{directive}")

    def pytest_runtest_logreport(self, report):
        """One line a test; a fixture that fails to end is a failure of its own."""
        if report.failed:
            self.result("not ok", report, "" if report.when == "call" else f" ({report.when})")
            self.comment(report.longreprtext)
            for title, content in report.sections:
                self.comment(f"{title}:\n{content}")
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "expected to fail"
            self.result("ok", report, f" # SKIP {reason}")
        elif report.when == "call":
            self.result("ok", report)

    def pytest_collectreport(self, report):
        if report.failed:
            self.result("not ok", report, " (collection)")
            self.comment(report.longreprtext)

    def pytest_warning_recorded(self, warning_message, nodeid):
        """What a test puts up with, and people should know."""
        if issubclass(warning_message.category, UserWarning):
            self.comment(f"WARNING: {nodeid.split('/')[-1]}: {warning_message.message}")

    def pytest_sessionfinish(self):
        self.line(f"1..{self.count}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.pluginmanager.unregister(name="terminalreporter")
    # The workers of pytest-xdist report to the process that started them.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(TapReporter())
