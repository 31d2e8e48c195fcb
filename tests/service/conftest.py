# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures for tests of barevirtd with libvirt's test driver, on a private bus."""
import pytest

from service import Bus, Service


@pytest.fixture(scope="module", name="bus")
def fixture_bus():
    bus = Bus()
    yield bus
    bus.close()


@pytest.fixture(name="service")
def fixture_service(bus, build_folder):
    """A service that runs, with nothing stored, and a polkit that allows everything."""
    bus.allow("view", "view-secrets", "manage", "console", "exec", "migrate", "receive")
    service = Service(bus, build_folder)
    try:
        service.start()
        yield service
    finally:
        service.close()
