"""How far an answer moves the items of a value: by weight, by what was learnt, and as it is served."""

from typing import Any

import numpy as np
import pytest

from quizzes.definition import Question
from recsvc.domain.catalogue import Availability, Item
from recsvc.model.artifact import Artifact
from recsvc.serving.answer_worth import Shelf, ValueWorth, learnt_vector, worth
from tests.artifacts import arrays_of, item_ids, make_artifact
from tests.quizzes.parts import build, choice, question

TEA = {"category": {"tea": 2.0}}


def shop() -> Artifact:
    """Items 0 to 5 are tea and lie along the first number, which is all that answers and tea mean."""
    arrays = arrays_of(12)
    for name in ("factors", "answers", "directions"):
        arrays[name][:] = 0
    arrays["factors"][:6, 0] = 1
    arrays["directions"][0, 0] = 0.5
    arrays["answers"][:2, 0] = 0.2, -0.2
    return make_artifact(arrays=arrays)


ITEMS = [
    Item(item_id=name, category="tea" if row < 6 else "coffee", attributes={"shop": ("ours",)})
    for row, name in enumerate(item_ids(12))
]
ARTIFACT = shop()
SHELF = Shelf(ARTIFACT, ITEMS)
SPREAD = float(np.std(0.6 * ARTIFACT.popularity))


def one(**fields: Any) -> Question:
    return build(question("q", **fields)).questions[0]


def only(found: list[ValueWorth]) -> ValueWorth:
    assert len(found) == 1
    return found[0]


def test_weight_and_learnt_stand_side_by_side_and_are_blended() -> None:
    asked = one(fact="skin", choices=[choice("dry", w=TEA), choice("oily")])
    found = only(worth(ARTIFACT, SHELF, asked, asked.choices[0]))
    assert (found.attribute, found.w, found.items) == ("category.tea", 2.0, 6)
    assert found.by_w == pytest.approx(2.0 * 0.5 * 0.5 / SPREAD, rel=1e-5)  # 1 for tea, 0.5 for all
    assert found.learnt == pytest.approx(0.2 * 0.5 / SPREAD, rel=1e-5)
    assert found.now == pytest.approx(found.by_w * 200 / 600 + found.learnt * 400 / 600, rel=1e-5)


def test_without_a_fact_the_weight_is_all() -> None:
    asked = one(choices=[choice("yes", w=TEA), choice("no")])
    found = only(worth(ARTIFACT, SHELF, asked, asked.choices[0]))
    assert found.learnt is None
    assert found.now == found.by_w
    assert worth(ARTIFACT, SHELF, asked, asked.choices[1]) == []


def test_learnt_answer_without_weights_shows_what_it_moves_most() -> None:
    asked = one(fact="skin", choices=[choice("dry"), choice("oily")])
    dry, oily = (only(worth(ARTIFACT, SHELF, asked, each)) for each in asked.choices)
    assert (dry.attribute, oily.attribute) == ("category.tea", "category.coffee")
    assert (dry.w, dry.by_w) == (None, None)
    assert dry.now == pytest.approx((dry.learnt or 0) * 400 / 600)


def test_value_that_no_item_in_stock_carries_has_no_worth() -> None:
    asked = one(choices=[choice("yes", w={"brand": {"gone": 1.0}}), choice("no")])
    found = only(worth(ARTIFACT, SHELF, asked, asked.choices[0]))
    assert (found.w, found.by_w, found.learnt, found.now, found.items) == (1.0, None, None, None, 0)


def test_items_out_of_stock_and_unknown_to_the_model_are_not_on_the_shelf() -> None:
    gone = Item(item_id="item-00", category="tea", availability=Availability.OUT_OF_STOCK)
    shelf = Shelf(ARTIFACT, [gone, *ITEMS[1:7], Item(item_id="new", category="tea")])
    assert (len(shelf), shelf.items_of("category.tea")) == (6, 5)


def test_empty_shelf_answers_nothing() -> None:
    shelf = Shelf(ARTIFACT, [])
    asked = one(fact="skin", choices=[choice("dry", w=TEA), choice("oily")])
    assert only(worth(ARTIFACT, shelf, asked, asked.choices[0])).now is None
    assert worth(ARTIFACT, shelf, asked, asked.choices[1]) == []


def test_number_is_learnt_by_its_bin() -> None:
    asked = one(kind="number", fact="age", range={"min": 1, "max": 99})
    assert learnt_vector(make_artifact(), asked, 35.0) is not None
    assert learnt_vector(make_artifact(), one(kind="number", range={"min": 1, "max": 9}), 3.0) is None
