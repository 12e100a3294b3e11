import itertools

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizzes.answers import Answer
from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.expression import Value
from quizzes.proofs.ranking import never_first
from quizzes.result import shop_scores
from quizzes.signals import item_filters
from tests.quizzes.parts import build, choice, question

TEXTS = st.sampled_from("abc")
ITEMS = st.lists(
    st.fixed_dictionaries({"colour": st.lists(TEXTS, max_size=2).map(tuple), "taste": TEXTS}),
    min_size=3,
    max_size=9,
)
WEIGHTS = st.dictionaries(
    st.sampled_from(("colour", "taste")),
    st.dictionaries(TEXTS, st.sampled_from((-1, 1, 2)), max_size=2),
    max_size=2,
)
MUST = st.sampled_from((None, None, None, "item.taste == 'a'", "'b' not in item.colour"))


@st.composite
def quizzes(draw: st.DrawFn) -> Quiz:
    made = []
    for name in ("one", "two"):
        choices = []
        for one in "ab":
            must = draw(MUST)
            choices.append(choice(one, w=draw(WEIGHTS), **({"must": must} if must else {})))
        made.append(question(name, choices=choices))
    slots = draw(st.sampled_from(((), ("a",), ("a", "b"))))
    return build(*made, result={"slots": slots})


def reached(quiz: Quiz, catalogue: Catalogue, first: int) -> set[int]:
    """Items that are among the first, and above the last, after some answers; ties count."""
    found: set[int] = set()
    for values in itertools.product(("a", "b", None), repeat=2):
        live = {
            name: Answer(value, value is None) for name, value in zip(("one", "two"), values, strict=True)
        }
        allowed = catalogue.in_stock.copy()
        for one in item_filters(quiz, live):
            allowed &= catalogue.accepted(one)
        scores = shop_scores(quiz, live, catalogue)
        rows = np.flatnonzero(allowed)
        ground = scores[catalogue.in_stock].min(initial=np.inf)
        found |= {
            int(row)
            for row in rows
            if scores[row] > ground and np.count_nonzero(scores[rows] > scores[row]) < first
        }
    return found


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(quizzes(), ITEMS, st.integers(1, 3))
def test_item_that_answers_bring_to_the_front_is_never_called_behind(
    quiz: Quiz, items: list[dict[str, Value]], first: int
) -> None:
    catalogue = Catalogue([{**item, "category": str(item["taste"])} for item in items])
    behind = set(np.flatnonzero(never_first(quiz, catalogue, first)).tolist())
    if not quiz.result.slots:
        assert not behind & reached(quiz, catalogue, first)


def test_item_without_a_weighed_value_is_behind_those_that_have_one() -> None:
    quiz = build(question("one", choices=[choice("a", w={"taste": {"a": 1}})]))
    catalogue = Catalogue(
        [{"taste": "a"}, {"taste": "a"}, {"taste": "b"}, {"taste": "b"}], [True] * 3 + [False]
    )
    assert never_first(quiz, catalogue, 2).tolist() == [False, False, True, False]
    assert not never_first(quiz, catalogue, 3).any()


def test_items_of_a_slot_compete_with_each_other_alone() -> None:
    choices = [choice("a", w={"taste": {"a": 1}})]
    items = [{"taste": "a", "category": "tea"}] * 2 + [{"taste": "b", "category": "cup"}]
    quiz = build(question("one", choices=choices), result={"slots": ["tea", "cup"]})
    assert not never_first(quiz, Catalogue(items), 2).any()


def test_quiz_without_weights_puts_nothing_behind() -> None:
    assert not never_first(build(question("one")), Catalogue([{"taste": "a"}] * 9), 1).any()


def test_filter_may_bring_to_the_front_what_weights_do_not() -> None:
    choices = [choice("a", w={"taste": {"a": 1}}), choice("b", must="item.size == 'small'")]
    items: list[dict[str, Value]] = [{"taste": ("a", "b"), "size": "big"}] * 3
    small: dict[str, Value] = {"taste": ("b",), "size": "small"}
    quiz = build(
        question("one", choices=choices),
        question("two", choices=[choice("c", w={"taste": {"b": 1}})]),
    )
    assert never_first(quiz, Catalogue([*items, small, {}]), 2).tolist() == [False] * 4 + [True]
