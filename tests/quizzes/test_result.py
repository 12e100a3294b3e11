from typing import Any

import numpy as np
import pytest

from quizzes.answers import Answer
from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.result import Chosen, choose, concerned, shop_scores
from tests.quizzes.parts import build, choice, question

ITEMS = Catalogue(
    [
        {"category": "soap", "price": 10.0, "scent": ("rose",)},
        {"category": "soap", "price": 30.0, "scent": ("mint", "rose")},
        {"category": "oil", "price": 20.0, "scent": ("mint",)},
        {"category": "oil", "price": 40.0, "scent": ()},
        {"category": "towel", "price": 50.0},
        {"category": "towel", "price": 5.0},
    ],
    [True, True, True, True, True, False],
)
SCORES = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
LIVE = {"scent": Answer("mint"), "safe": Answer("yes"), "budget": Answer(25.0)}


def quiz(**result: Any) -> Quiz:
    return build(
        question(
            "scent", choices=[choice("mint", must="'mint' in item.scent", relax=2, w={"scent": {"mint": 3}})]
        ),
        question("safe", choices=[choice("yes", must="'rose' not in item.scent")]),
        question("budget", "slider", range={"min": 0, "max": 99}, must="item.price <= budget", relax=1),
        result=result,
    )


def chosen(live: dict[str, Answer], limit: int = 3, **result: Any) -> Chosen:
    made = quiz(**result)
    return choose(made, live, ITEMS, SCORES, limit=limit)


def test_best_in_stock_come_first() -> None:
    found = chosen({})
    assert found.rows == (4, 3, 2)
    assert (found.slots, found.relaxed, found.dropped) == ((None,) * 3, (), {"unavailable": 1})


def test_ties_go_by_row() -> None:
    made = quiz()
    assert choose(made, {}, ITEMS, np.zeros(6), limit=3).rows == (0, 1, 2)


@pytest.mark.parametrize(
    ("least", "rows", "relaxed"),
    [(1, (2,), []), (2, (2,), ["budget", "scent"]), (0, (2,), [])],
)
def test_filters_give_way_in_their_order_and_safety_never(
    least: int, rows: tuple[int, ...], relaxed: list[str]
) -> None:
    found = chosen(LIVE, min=least)
    assert found.rows == rows
    assert sorted(one.question for one in found.relaxed) == relaxed


def test_only_as_many_filters_give_way_as_must() -> None:
    live = {"scent": Answer("mint"), "budget": Answer(25.0)}
    found = chosen(live, min=2)
    assert found.rows == (2, 1)
    assert [one.question for one in found.relaxed] == ["budget"]
    assert found.dropped == {"unavailable": 1, "answer:scent": 2}


def test_too_short_a_result_is_nothing_where_the_shop_wants_so() -> None:
    assert chosen(LIVE, min=2, empty="nothing").rows == ()


def test_slots_are_filled_with_the_best_of_each_category() -> None:
    found = chosen({}, slots=["soap", "towel", "soap", "lamp"], min=3)
    assert found.rows == (1, 4, 0)
    assert found.slots == ("soap", "towel", "soap")


def test_empty_slots_are_made_up_for_by_other_items() -> None:
    found = chosen({}, slots=["lamp", "soap"], min=3)
    assert found.rows == (1, 4, 3)
    assert found.slots == ("soap", None, None)


def test_empty_catalogue_gives_nothing() -> None:
    made = quiz(min=2)
    assert choose(made, {}, Catalogue([]), np.zeros(0), limit=3).rows == ()


def test_shop_scores_sum_the_weights_of_what_an_item_carries() -> None:
    assert shop_scores(quiz(), LIVE, ITEMS).tolist() == [0, 3, 3, 0, 0, 0]


AISLES = ("fish", "tea", "milk", "soap")
AISLE_QUIZ = build(
    question(
        "aisles",
        "multi",
        choices=[choice(name, w={"category": {name: weight}}) for weight, name in enumerate(AISLES, 1)],
    )
)
STAPLES = Catalogue([{"category": ("milk",)}] * 6 + [{"category": (name,)} for name in AISLES])


def shelves(*aisles: str, limit: int = 4) -> list[str]:
    """The categories of a result whose scores put milk first whatever is answered."""
    found = choose(AISLE_QUIZ, {"aisles": Answer(aisles)}, STAPLES, -np.arange(10.0), limit=limit)
    return [str(STAPLES.items[row]["category"][0]) for row in found.rows]  # type: ignore[index]


@pytest.mark.parametrize(
    ("aisles", "categories"),
    [
        ((), ["milk"] * 4),
        (("fish",), ["milk", "milk", "milk", "fish"]),
        (("milk",), ["milk"] * 4),
        (("fish", "soap"), ["milk", "milk", "fish", "soap"]),
        (("fish", "tea", "soap"), ["milk", "fish", "tea", "soap"]),
        (("fish", "tea", "milk", "soap"), ["milk", "fish", "tea", "soap"]),
    ],
)
def test_every_answer_is_met_by_an_item_as_far_as_there_is_room(
    aisles: tuple[str, ...], categories: list[str]
) -> None:
    assert shelves(*aisles) == categories


def test_strongest_wishes_come_first_and_the_best_item_stays() -> None:
    assert shelves("fish", "tea", "soap", limit=2) == ["milk", "soap"]
    assert shelves("fish", limit=1) == ["milk"]


@pytest.mark.parametrize(
    ("result", "rows"), [({"slots": ["oil", "towel"]}, [2, 3, 4]), ({}, [1, 2])], ids=["slots", "wishes"]
)
def test_quiz_is_about_its_slots_or_what_it_wishes_for(result: dict[str, Any], rows: list[int]) -> None:
    assert np.flatnonzero(concerned(quiz(**result), ITEMS)).tolist() == rows


def test_quiz_without_wishes_is_about_everything_in_stock() -> None:
    assert concerned(build(question("one")), ITEMS).tolist() == ITEMS.in_stock.tolist()


def test_item_that_meets_two_wishes_is_shown_once() -> None:
    names = ("fish", "tea")
    asked = build(question("w", "multi", choices=[choice(name, w={name: {"yes": 1}}) for name in names]))
    items = Catalogue([{"fish": ("no",)}] * 5 + [{"fish": ("yes",), "tea": ("yes",)}])
    found = choose(asked, {"w": Answer(names)}, items, -np.arange(6.0), limit=4)
    assert found.rows == (0, 1, 2, 5)


def test_filters_give_way_for_a_slot_that_only_they_keep_empty() -> None:
    found = chosen({"budget": Answer(15.0)}, slots=["soap", "oil"], min=1)
    assert found.slots == ("soap", "oil")
    assert [one.question for one in found.relaxed] == ["budget"]


def test_slot_that_nothing_can_fill_loosens_nothing() -> None:
    found = chosen({"budget": Answer(15.0)}, slots=["soap", "lamp"], min=1)
    assert (found.slots, found.relaxed) == (("soap",), ())
