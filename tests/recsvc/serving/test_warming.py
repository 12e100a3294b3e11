"""After warming no request passes over the catalogue for what placements and quizzes name."""

from pathlib import Path

import pytest

from recsvc.serving.warming import warm
from tests.calls import calls_of
from tests.shop import TEA_QUIZ, Shop

PLACEMENTS = """
[[placements]]
id = "home"
strategy = "personal"
filter = "item.category == 'tea' and item.price < 9"
boosts = [{ where = "item.brand == 'b'", by = 0.5 }]

[[placements]]
id = "item"
strategy = "similar"
same = ["category"]
near_price = 0.5
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path, placements=PLACEMENTS).open()
    found.publish(TEA_QUIZ)
    return found


def test_what_placements_and_quizzes_name_is_searched_for_before_the_first_request(shop: Shop) -> None:
    warm(shop.pages, shop.recommender, shop.quizzes)
    artifact = shop.recommender.artifact
    assert artifact is not None
    offered = shop.recommender.offered(artifact)
    columns = offered.columns

    def ask() -> None:
        offered.accepted("item.category == 'tea' and item.price < 9")
        offered.accepted("item.brand == 'b'")
        columns.number("price")
        for attribute in ("category", *shop.quizzes.attributes):
            columns.carries(attribute, "anything")

    assert shop.quizzes.attributes
    assert calls_of(ask)["patterns_of"] == 0
    assert calls_of(lambda: columns.carries("colour", "red"))["patterns_of"] == 1


def test_without_a_model_there_is_nothing_to_warm(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    assert calls_of(lambda: warm(shop.pages, shop.recommender, shop.quizzes))["patterns_of"] == 0
