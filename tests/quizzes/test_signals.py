from typing import Any

from quizzes.engine import Answer
from quizzes.signals import carried, fact_wishes, item_filters, reasons, wishes
from tests.quizzes.parts import build, choice, question, words


def weighted(kind: str = "single", **fields: Any) -> dict[str, Any]:
    choices = [
        choice("a", w={"colour": {"red": 2, "blue": -1}}),
        choice("b", w={"category": {"SOFT DRINKS": 1}}),
        choice("dunno", w={"colour": {"red": 9}}, unsure=True, must="item.price < 0"),
        choice("none"),
    ]
    return question("one", kind, choices=choices, **fields)


def test_wishes_name_fact_or_question_and_attribute() -> None:
    with_fact = build(weighted("multi", fact="f"))
    assert wishes(with_fact, {"one": Answer(("a", "b"))}) == [
        ("f=a", "f", "colour.red", 2.0),
        ("f=a", "f", "colour.blue", -1.0),
        ("f=b", "f", "category.SOFT DRINKS", 1.0),
    ]
    without = build(weighted())
    assert wishes(without, {"one": Answer("b")}) == [("one=b", None, "category.SOFT DRINKS", 1.0)]


def test_unsure_skipped_and_unknown_answers_wish_for_nothing() -> None:
    quiz = build(weighted())
    for answer in (Answer("dunno"), Answer(skip=True), Answer("gone"), Answer(3.0)):
        assert wishes(quiz, {"one": answer}) == []
        assert item_filters(quiz, {"one": answer}) == []


def test_later_of_a_ranking_counts_less() -> None:
    quiz = build(weighted("rank"))
    ranked = wishes(quiz, {"one": Answer(("b", "a"))})
    assert [(name, weight) for _, _, name, weight in ranked][:2] == [
        ("category.SOFT DRINKS", 1.0),
        ("colour.red", 1.0),
    ]


def test_fact_wishes_list_every_sure_value() -> None:
    quiz = build(weighted(fact="f"))
    assert fact_wishes(quiz) == {
        ("f", "a"): (("colour.red", 2.0), ("colour.blue", -1.0)),
        ("f", "b"): (("category.SOFT DRINKS", 1.0),),
    }
    assert fact_wishes(build(weighted())) == {}


def budget(**fields: Any) -> dict[str, Any]:
    limits = {"min": 0, "max": 9}
    return question("budget", "slider", range=limits, must="item.price <= budget", **fields)


def test_must_applies_once_its_question_is_answered() -> None:
    quiz = build(budget())
    assert item_filters(quiz, {}) == []
    (only,) = item_filters(quiz, {"budget": Answer(5.0)})
    assert only.accepts({"price": 5.0})
    assert not only.accepts({"price": 5.5})


def test_item_that_lacks_a_named_attribute_fails() -> None:
    choices = [choice("x", must="'x' not in item.ingredient")]
    quiz = build(question("avoid", "multi", choices=choices))
    (only,) = item_filters(quiz, {"avoid": Answer(("x",))})
    assert only.accepts({"ingredient": ("y",)})
    assert not only.accepts({"ingredient": ("x", "y")})
    assert not only.accepts({"ingredient": ()})
    assert not only.accepts({})


def test_filters_stand_in_the_order_in_which_they_hold_longest() -> None:
    quiz = build(
        question("one", choices=[choice("a", must="item.a == 'x'", relax=2)]),
        question("two", choices=[choice("a", must="item.b == 'x'")]),
        budget(relax=1),
    )
    filters = item_filters(quiz, {"one": Answer("a"), "two": Answer("a"), "budget": Answer(1.0)})
    assert [one.question for one in filters] == ["two", "one", "budget"]


def test_reason_needs_a_positive_sum_and_an_item_that_carries_it() -> None:
    texts = {"colour": {"red": words("red for {one|you}"), "blue": words("blue")}}
    quiz = build(weighted(), result={"because": texts})
    live = {"one": Answer("a")}
    (only,) = found = reasons(quiz, live, "en")
    assert (only.attribute, only.weight, only.text) == ("colour.red", 2.0, "red for a")
    assert carried(found, {"colour": ("red", "blue")}) == carried(found, {"colour": "red"}) == [only]
    assert carried(found, {"colour": ("green",)}) == carried(found, {}) == []
    assert reasons(quiz, {"one": Answer("b")}, "en") == []
