"""Every test begins with the limits of a run, whatever the one before has set."""

import pytest

from forensic_cli.imaging.decode import configure
from forensic_cli.settings import DEFAULT_MAX_PIXELS


@pytest.fixture(autouse=True)
def limits_of_a_run() -> None:
    configure(DEFAULT_MAX_PIXELS)
