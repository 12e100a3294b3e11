from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.shops import Shop
from training.synthetic import World, planted_world


@pytest.fixture
def make_shop(tmp_path: Path) -> Callable[[World], Shop]:
    return lambda world: Shop(tmp_path, world)


@pytest.fixture(scope="session")
def world() -> World:
    return planted_world(visitors=900, items=120)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, world: World) -> Shop:
    """A published model of the planted world; tests only read it."""
    shop = Shop(tmp_path_factory.mktemp("trained"), world)
    assert shop.train().exit_code == 0
    return shop
