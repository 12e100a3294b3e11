"""The small shop, open and closed."""

from pathlib import Path

import pytest

from tests.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with a model, a catalogue and a quiz."""
    return Shop(tmp_path).open()


@pytest.fixture
def empty_shop(tmp_path: Path) -> Shop:
    """A shop with nothing."""
    return Shop(tmp_path)
