"""Bad and sound definitions for what filters and weights leave of a catalogue."""

from typing import Any

import msgspec
import pytest

from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.expression import Value
from quizzes.lint import Finding, lint
from quizzes.rules.rule import Level
from tests.quizzes.parts import Raw, choice, raw_quiz, words
from tests.quizzes.parts import kept as question

ITEMS: list[dict[str, Value]] = [
    {"category": "tea", "price": 3.0, "taste": ("mild",), "free_of": ("milk", "nuts")},
    {"category": "tea", "price": 5.0, "taste": ("mild", "sweet"), "free_of": ("milk",)},
    {"category": "tea", "price": 8.0, "taste": ("bold",), "free_of": ("nuts",)},
    {"category": "cup", "price": 9.0, "taste": ("none",), "free_of": ("milk", "nuts")},
    {"category": "pot", "price": 20.0, "taste": ("none",), "size": ("big",), "free_of": ("nuts",)},
    {"category": "cup", "price": 7.0, "taste": ("bitter",), "free_of": ("milk",), "origin": ("far",)},
]
CATALOGUE = Catalogue(ITEMS, [True] * 5 + [False])
DOZEN = Catalogue([{"taste": "mild", "number": float(row)} for row in range(6)] + [{"taste": "bold"}] * 14)
LIMITS = {"min": 1, "max": 30}
AVOID = [
    choice("nuts", must="'nuts' in item.free_of"),
    choice("milk", must="'milk' in item.free_of"),
    choice("none", alone=True),
]
TEA = choice("tea", must="item.category == 'tea'")
CUP = choice("cup", must="item.category == 'cup'")
ALLERGY = question("allergy", "multi", choices=AVOID)
BUDGET = question("budget", "slider", range=LIMITS, must="item.price <= budget")
OF_TEA = [TEA, choice("cup", must="item.category == 'cup'"), choice("any", unsure=True)]


def asking(**needs: Any) -> Raw:
    return {"result": {"min": 1, **needs}}


def weighing(taste: str) -> Raw:
    because = {"taste": {taste: words(taste)}}
    one = question("one", choices=[choice("a", w={"taste": {taste: 2}}), choice("b")])
    return raw_quiz(one, result={"because": because}, title=words("dozen"))


BAD: dict[str, list[Raw]] = {
    "attr-unused": [
        raw_quiz(question("one", choices=[choice("a", w={"taste": {"bitter": -1}})])),
        raw_quiz(question("one", choices=[choice("a", w={"origin": {"far": -1}})])),
        raw_quiz(question("one", choices=[choice("a", must="'bitter' not in item.taste")])),
    ],
    "attr-sparse": [raw_quiz(question("one", choices=[choice("a", must="item.size == 'big'")]))],
    "empty-result": [
        raw_quiz(ALLERGY, **asking(min=3)),
        raw_quiz(BUDGET, **asking()),
        raw_quiz(ALLERGY, question("kind", choices=OF_TEA), **asking(min=2)),
        raw_quiz(ALLERGY, question("kind", choices=OF_TEA, when="'milk' in allergy"), **asking(min=2)),
        raw_quiz(ALLERGY, question("kind", choices=OF_TEA), pace={"max": 2}, **asking(min=2)),
        raw_quiz(ALLERGY, **asking(min=6)),
        raw_quiz(**asking(min=6)),
        raw_quiz(question("one", choices=[TEA]), **asking(slots=["cup", "tea"], min=2, empty="nothing")),
    ],
    "slot-starved": [
        raw_quiz(ALLERGY, **asking(slots=["tea", "pot"])),
        raw_quiz(question("one", choices=[TEA]), **asking(slots=["cup", "tea"])),
    ],
    "filter-contradiction": [
        raw_quiz(question("one", choices=[choice("a", must="item.price < 3 and item.price > 5")])),
        raw_quiz(question("one", must="item.category == 'tea' and 'cup' in item.category", relax=1)),
        raw_quiz(question("one", "multi", choices=[TEA, CUP])),
        raw_quiz(question("one", choices=[TEA]), question("two", choices=[CUP])),
        raw_quiz(question("one", choices=[TEA], must="item.category in ['cup', 'pot']")),
        raw_quiz(BUDGET, question("two", choices=[choice("dear", must="item.price > 30")])),
    ],
    "item-never-first": [weighing("mild")],
}

SOUND: dict[str, Raw] = {
    "one is enough": raw_quiz(ALLERGY, **asking()),
    "as many as there are": raw_quiz(ALLERGY, **asking(min=2)),
    "no more picks": raw_quiz({**ALLERGY, "pick": [1, 1]}, **asking(min=3)),
    "loosened": raw_quiz({**BUDGET, "relax": 1}, **asking(min=5)),
    "lowest budget": raw_quiz({**BUDGET, "range": {"min": 3, "max": 9}}, **asking()),
    "sides of one choice": raw_quiz(question("one", choices=[TEA, CUP]), **asking()),
    "kept apart": raw_quiz(
        question("one", choices=[TEA, choice("b")]),
        question("two", choices=[CUP, choice("d")], when="one != 'tea'"),
    ),
    "one gives way": raw_quiz(question("one", "multi", choices=[TEA, {**CUP, "relax": 1}]), **asking()),
    "sets meet": raw_quiz(
        question(
            "one",
            "multi",
            choices=[choice(taste, must=f"'{taste}' in item.taste") for taste in ("mild", "sweet")],
        ),
        **asking(),
    ),
    "slot on every path": raw_quiz(ALLERGY, **asking(slots=["tea", "cup"])),
    "early end": raw_quiz(
        question("one", choices=[choice("a", ends=True), choice("b")], required=True),
        question("two", "multi", choices=AVOID),
        **asking(min=2),
    ),
    "weighed by half": weighing("bold"),
}


def made(raw: Raw) -> Quiz:
    return msgspec.convert(raw, Quiz)


def findings(raw: Raw) -> list[Finding]:
    return lint(made(raw), DOZEN if raw["title"] == words("dozen") else CATALOGUE)


def only(raw: Raw) -> Finding:
    (found,) = findings(raw)
    return found


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        pytest.param(code, raw, id=f"{code}-{row}")
        for code, raws in BAD.items()
        for row, raw in enumerate(raws)
    ],
)
def test_bad_definition_is_found_by_its_rule_alone(code: str, raw: Raw) -> None:
    found = findings(raw)
    assert {one.code for one in found} == {code}
    assert all(one.message.endswith(".") for one in found)


@pytest.mark.parametrize("raw", SOUND.values(), ids=SOUND)
def test_sound_definition_has_no_finding(raw: Raw) -> None:
    assert findings(raw) == []


def test_empty_result_names_the_path_and_what_each_filter_leaves() -> None:
    found = only(BAD["empty-result"][2])
    assert found.level is Level.ERROR
    assert found.path == "allergy=nuts|milk, kind=tea"
    assert "has 1 of 5 items in stock, and `result.min` is 2" in found.message
    assert "`'nuts' in item.free_of` of `allergy` alone leaves 4" in found.message
    assert "`item.category == 'tea'` of `kind` alone leaves 3" in found.message


def test_answers_without_a_part_in_it_are_skipped_on_the_path() -> None:
    found = only(raw_quiz(question("zero"), ALLERGY, question("last"), **asking(min=3)))
    assert found.path == "zero skipped, allergy=nuts|milk, last skipped"


def test_lowest_number_is_tried_and_gaps_between_items_too() -> None:
    assert only(BAD["empty-result"][1]).path == "budget=1"
    found = only(raw_quiz(question("n", "slider", range=LIMITS, must="item.price == n"), **asking()))
    assert "has 0 of 5" in found.message


def test_known_facts_filter_where_pace_leaves_no_room_to_ask() -> None:
    raw = raw_quiz(ALLERGY, question("kind", choices=OF_TEA), pace={"max": 1}, **asking(min=2))
    (found,) = (one for one in findings(raw) if one.code == "empty-result")
    assert "with `of_kind` known before" in found.message


def test_more_answers_than_pace_allows_are_no_path_in_an_order_by_information() -> None:
    allergy = {**ALLERGY, "pick": [1, 1], "fact": None}
    kind = question("kind", choices=[TEA, choice("any", unsure=True)], fact=None)

    def codes(most: int) -> set[str]:
        pace = {"order": "informative", "max": most}
        return {one.code for one in findings(raw_quiz(allergy, kind, pace=pace, **asking(min=3)))}

    assert "empty-result" not in codes(1)
    assert "empty-result" in codes(2)


def test_gift_is_no_way_around_a_filter() -> None:
    gift = question("one", choices=[choice("me"), choice("friend", gift=True)])
    assert {one.code for one in findings(raw_quiz(gift, ALLERGY, **asking(min=3)))} == {"empty-result"}


def test_contradiction_names_both_filters_and_a_path() -> None:
    found = only(BAD["filter-contradiction"][3])
    assert found.path == "one=tea, two=cup"
    assert "`item.category == 'tea'` of `one` and `item.category == 'cup'` of `two`" in found.message


def test_contradiction_needs_no_catalogue() -> None:
    raw = BAD["filter-contradiction"][2]
    assert [one.code for one in lint(made(raw))] == ["filter-contradiction"]


def test_sparse_attribute_is_counted_once() -> None:
    big = [
        choice(one, must=f"item.size == 'big' and item.price < {price}")
        for one, price in (("a", 9), ("b", 30))
    ]
    found = only(raw_quiz(question("one", choices=big)))
    assert "4 of 5 items in stock (80.0%) lack `size`" in found.message


def test_items_that_no_answer_lifts_are_counted_with_examples() -> None:
    found = only(BAD["item-never-first"][0])
    assert "14 of 20 items in stock (70%) are never among the first 6" in found.message
    assert "taste bold" in found.message


def test_too_many_answers_say_nothing() -> None:
    wide = [choice(f"c{row}", must=f"item.price != {row}") for row in range(14)]
    heard = question("one", "multi", choices=wide)
    named = " or ".join(f"'c{row}' in one" for row in range(14))
    assert findings(raw_quiz(heard, question("two", when=named), **asking(min=5))) == []
