# SPDX-License-Identifier: LGPL-2.1-or-later
"""./try, as a person runs it."""
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from lab import wait_until

SOURCE = Path(__file__).resolve().parents[2]
OS_NAME = "Barevirt lab guest 1"


def record(build_folder):
    return build_folder / "try.state"


@pytest.fixture(name="nothing_left", autouse=True)
def fixture_nothing_left(build_folder):
    """However ./try ends, it takes its record with it, and the folder that the record names."""
    folders = []
    yield folders
    assert not record(build_folder).exists()
    assert not [folder for folder in folders if os.path.exists(folder)]


def test_once(build_folder, nothing_left):
    """Without a terminal it ends by itself, with the guest's phase, address and OS shown."""
    result = subprocess.run(
        [SOURCE / "try"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False,
        env={**os.environ, "BAREVIRT_BUILD_DIR": str(build_folder)},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    nothing_left += re.findall(r"/var/tmp/barevirt-try\.\w+", result.stdout)
    assert nothing_left
    assert OS_NAME in result.stdout
    assert "10.0.2." in result.stdout
    assert "Running" in result.stdout
    assert "busctl introspect org.barevirt1" in result.stdout


def test_container_disk(build_folder, nothing_left, tmp_path):
    """What a manifest names on localhost:5000 is there; a namespace is no hindrance."""
    manifest = tmp_path / "web.yaml"
    manifest.write_text("""\
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: web, namespace: shop}
spec:
  runStrategy: Always
  template:
    spec:
      domain:
        memory: {guest: 128Mi}
        devices: {disks: [{name: root, disk: {bus: virtio}}]}
      volumes:
      - {name: root, containerDisk: {image: "localhost:5000/barevirt/guest:1"}}
""")
    result = subprocess.run(
        [SOURCE / "try", manifest], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False,
        env={**os.environ, "BAREVIRT_BUILD_DIR": str(build_folder)},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    nothing_left += re.findall(r"/var/tmp/barevirt-try\.\w+", result.stdout)
    assert "Starting a registry" in result.stdout
    assert OS_NAME in result.stdout
    assert "console -n shop web" in result.stdout


def test_wrong_manifest(build_folder, tmp_path):
    manifest = tmp_path / "wrong.yaml"
    manifest.write_text("apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: wrong}\nspec: {runStratgy: Always}\n")
    result = subprocess.run(
        [SOURCE / "try", manifest], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False,
        env={**os.environ, "BAREVIRT_BUILD_DIR": str(build_folder)},
    )
    assert result.returncode != 0
    assert "wrong.yaml:4:" in result.stderr and "runStratgy" in result.stderr


def test_stop_from_another_shell(build_folder, nothing_left):
    """On a terminal it holds until it is stopped."""
    environment = {**os.environ, "BAREVIRT_BUILD_DIR": str(build_folder)}
    outer, inner = pty.openpty()
    output = Path(build_folder / "try-output")
    try:
        with output.open("w") as log:
            process = subprocess.Popen([SOURCE / "try"], stdin=inner, stdout=log, stderr=log, env=environment)
        wait_until(lambda: "ends all of it" in output.read_text() or process.poll() is not None, 400, "the guest")
        assert process.poll() is None, output.read_text()
        nothing_left.append(record(build_folder).read_text().split()[2])
        subprocess.run([SOURCE / "try", "--stop"], env=environment, check=True, timeout=60)
        process.wait(60)
    finally:
        os.close(outer)
        os.close(inner)
        output.unlink()
