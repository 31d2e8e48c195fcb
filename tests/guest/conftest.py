# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures for tests with real guests on a private libvirt host."""
import pytest

from host_service import IMAGES, SETTINGS, HostService
from lab import Lab, run
from pair import Pair
from registry import FileServer, Registry


@pytest.fixture(scope="module", name="lab")
def fixture_lab():
    with Lab() as lab:
        yield lab


@pytest.fixture(scope="module", name="host")
def fixture_host(lab):
    """A libvirt host, without a service of ours."""
    return lab.host("a")


@pytest.fixture(scope="module", name="service")
def fixture_service(host, build_folder):
    """That host with barevirtd on its system bus."""
    service = HostService(host, build_folder)
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="module", name="registry")
def fixture_registry(host):
    """A registry on the host's loopback that serves localhost:5000/barevirt/guest:1, a disk that boots."""
    registry = Registry(host)
    registry.push_disk(host.lab.guest() / "disk.qcow2")
    yield registry
    registry.stop()


@pytest.fixture(scope="module", name="files")
def fixture_files(host):
    """http://localhost:8000/guest.qcow2 on the host: the same disk as a file."""
    server = FileServer(host)
    server.add(host.lab.guest() / "disk.qcow2", "guest.qcow2")
    yield server
    server.stop()


@pytest.fixture(scope="module", name="disk")
def fixture_disk(lab):
    """A disk that boots, as a block device that all hosts see; made before the hosts are up."""
    copy = lab.folder / "shared.img"
    run(["cp", "--sparse=always", str(lab.guest() / "disk.img"), str(copy)])
    device = run(["losetup", "-f", "--show", str(copy)]).stdout.strip()
    yield device
    run(["losetup", "-d", device])


@pytest.fixture(scope="module", name="counter")
def fixture_counter(lab):
    """A disk for a guest to count on, likewise."""
    file = lab.folder / "counter.img"
    file.write_bytes(bytes(1 << 20))
    device = run(["losetup", "-f", "--show", str(file)]).stdout.strip()
    yield device
    run(["losetup", "-d", device])


@pytest.fixture(scope="module", name="pair")
def fixture_pair(lab, disk, counter, build_folder):
    """Two hosts, a and b, with barevirtd."""
    pair = Pair(lab, build_folder, SETTINGS.replace(IMAGES, f"{IMAGES};/dev"))
    pair.start()
    yield pair
    pair.close()
