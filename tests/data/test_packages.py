# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/install-packages: what it has apt install, and what it keeps from starting. apt and its like are stand-ins."""
import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "contrib" / "install-packages"
STAND_INS = {
    "dpkg-query": "exit 1",
    "dpkg": "echo /lib/systemd/system/prometheus.service; echo /lib/systemd/system/prometheus@.service; echo /usr/bin/promtool",
    "apt-get": 'echo "apt-get $*" >>"$SAID"; [ ! -e "$POLICY_RC_D" ] || echo "nothing starts" >>"$SAID"',
    "systemctl": 'echo "systemctl $*" >>"$SAID"',
    "sudo": '"$@"',
}


@pytest.fixture(name="run")
def fixture_run(tmp_path):
    for name, body in STAND_INS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
        (tmp_path / name).chmod(0o755)
    said, policy = tmp_path / "said", tmp_path / "policy"

    def run(*sections, check=True):
        said.write_text("")
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SAID": str(said), "POLICY_RC_D": str(policy)}
        subprocess.run([SCRIPT, *sections], env=environment, capture_output=True, check=check)
        return said.read_text().splitlines()

    run.policy = policy
    run.folder = tmp_path
    return run


def test_services_that_are_not_wanted_do_not_start(run):
    update, tools, idle, quiet, disable = run("test")
    assert update.endswith(" update")
    assert " curl " in tools and "prometheus" not in tools
    assert idle.endswith(" prometheus") and quiet == "nothing starts"
    assert disable == "systemctl --quiet --no-reload disable prometheus.service"
    assert not run.policy.exists()


def test_services_that_are_wanted_start(run):
    _update, all_of_them = run("run")
    assert " libvirt-daemon-system " in all_of_them


def test_policy_of_the_machine_stays(run):
    run.policy.write_text("its own")
    assert "nothing starts" in run("test")
    assert run.policy.read_text() == "its own"


def test_failure_leaves_nothing_behind(run):
    """What is tried is the packages with services: the others are there."""
    (run.folder / "dpkg-query").write_text('#!/bin/sh\n[ "$4" = prometheus ] && exit 1; printf installed\n', encoding="ascii")
    (run.folder / "apt-get").write_text('#!/bin/sh\ncase $* in *prometheus) exit 100 ;; esac\n', encoding="ascii")
    assert run("test", check=False) == []
    assert not run.policy.exists()
