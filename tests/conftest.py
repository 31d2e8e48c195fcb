# SPDX-License-Identifier: LGPL-2.1-or-later
"""What all tests in Python share."""
import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))


def pytest_configure():
    # Asked to end, as by meson after a timeout, fixtures still end what they started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session", name="build_folder")
def fixture_build_folder():
    """The build that is tested: BAREVIRT_BUILD_DIR, which meson sets."""
    source = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("BAREVIRT_BUILD_DIR", source / "build")).resolve()
