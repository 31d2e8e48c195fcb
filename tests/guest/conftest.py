# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures for tests with real guests on a private libvirt host."""
import pytest

from host_service import HostService
from lab import Lab


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
