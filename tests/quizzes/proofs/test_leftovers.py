import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizzes.catalogue import Catalogue
from quizzes.definition import Question, Quiz
from quizzes.engine import Answer, State, replay
from quizzes.expression import Value
from quizzes.proofs.filtering import live_filters
from quizzes.proofs.leftovers import Minimum, bits_of, confirmed, fewest_items
from tests.quizzes.parts import Raw, choice, question, raw_quiz

TEXTS = st.sampled_from("abc")
ITEMS = st.lists(
    st.fixed_dictionaries(
        {"price": st.sampled_from((1.0, 2.0, 3.0, 4.0))},
        optional={"colour": st.lists(TEXTS, min_size=1, max_size=2).map(tuple), "category": TEXTS},
    ),
    min_size=1,
    max_size=7,
)
MUSTS = st.sampled_from(
    (
        "'a' in item.colour",
        "'b' not in item.colour",
        "item.category == 'a'",
        "item.category in ['b', 'c']",
        "item.price < 3",
        "item.price >= 2",
    )
)
OWN = st.sampled_from(
    ("item.price <= {0}", "item.price > {0}", "not (item.price == {0})", "item.price == {0}")
)
LISTED = st.sampled_from(("item.category in {0}", "not (item.category in {0})"))


@st.composite
def choices(draw: st.DrawFn) -> list[Raw]:
    made = []
    for one in "abc":
        flags: dict[str, Any] = {}
        if draw(st.booleans()):
            flags["must"] = draw(MUSTS)
            flags["relax"] = draw(st.sampled_from((0, 0, 0, 1)))
        for flag in ("alone", "unsure", "ends"):
            if draw(st.integers(0, 9)) == 0:
                flags[flag] = True
        made.append(choice(one, **flags))
    return made


@st.composite
def quizzes(draw: st.DrawFn) -> Quiz:
    questions: list[Raw] = []
    for name in ("one", "two", "three"):
        kind = draw(st.sampled_from(("single", "multi", "scale")))
        fields: dict[str, Any] = {"required": draw(st.booleans())}
        if kind == "scale":
            fields["scale"] = {"min": 1, "max": 4}
            fields["must"] = draw(st.none() | OWN.map(lambda must, name=name: must.format(name)))
        else:
            fields["choices"] = draw(choices())
        if kind == "multi":
            together = sum(not (one.get("alone") or one.get("unsure")) for one in fields["choices"])
            picks = ([1, 1], [1, 2], [1, 3], *([[2, 3]] if together > 1 else []))  # some answer is allowed
            fields["pick"] = draw(st.sampled_from(picks))
            fields["must"] = draw(st.none() | LISTED.map(lambda must, name=name: must.format(name)))
        if questions and draw(st.booleans()):
            fields["when"] = draw(st.sampled_from(_whens(questions[-1])))
        if questions and questions[-1]["kind"] == "scale" and draw(st.booleans()):
            fields["must"] = f"item.price < {questions[-1]['id']}"
        questions.append(
            question(name, kind, **{key: value for key, value in fields.items() if value is not None})
        )
    return msgspec.convert(raw_quiz(*questions, result={"min": 3}), Quiz)


def _whens(before: Raw) -> tuple[str, ...]:
    name = before["id"]
    if before["kind"] == "scale":
        return (f"{name} > 2", f"{name} == 3")
    return (f"'a' in {name}", f"'b' not in {name}") if before["kind"] == "multi" else (f"{name} != 'a'",)


def _answers(one: Question) -> Iterator[Answer]:
    if not one.required:
        yield Answer(skip=True)
    if one.scale:
        yield from (Answer(float(number)) for number in (1, 2, 3, 4))
    elif one.takes_many:
        fewest, most = one.picks
        for size in range(fewest, most + 1):
            for chosen in itertools.combinations(one.choices, size):
                if size == 1 or not any(each.excludes_others for each in chosen):
                    yield Answer(tuple(each.id for each in chosen))
    else:
        yield from (Answer(each.id) for each in one.choices)


def every_end(quiz: Quiz, given_: tuple[tuple[str, Answer], ...] = ()) -> Iterator[State]:
    state = replay(quiz, given_)
    if state.question is None:
        yield state
        return
    for answer in _answers(state.question):
        yield from every_end(quiz, (*given_, (state.question.id, answer)))


def left(quiz: Quiz, catalogue: Catalogue, state: State) -> int:
    bits = bits_of(catalogue.in_stock)
    for one in live_filters(quiz, state.live):
        bits &= bits_of(catalogue.accepted(one))
    return bits


def smallest(found: set[int]) -> set[int]:
    return {one for one in found if not any(other != one and other & one == other for other in found)}


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(quizzes(), ITEMS)
def test_fewest_items_are_those_of_trying_every_answer(quiz: Quiz, items: list[dict[str, Value]]) -> None:
    catalogue = Catalogue(items)
    ends = {left(quiz, catalogue, state) for state in every_end(quiz)}
    found = fewest_items(quiz, catalogue, lambda _: False)
    assert found.exact
    assert smallest({one.bits for one in found.ends}) == smallest(ends)


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(quizzes(), ITEMS)
def test_paths_that_are_not_followed_leave_enough(quiz: Quiz, items: list[dict[str, Value]]) -> None:
    catalogue = Catalogue(items)
    minimum = Minimum(quiz, catalogue)
    short = {left(quiz, catalogue, state) for state in every_end(quiz)}
    found = fewest_items(quiz, catalogue, minimum.enough)
    assert smallest({one.bits for one in found.ends}) == {
        one for one in smallest(short) if not minimum.enough(one)
    }
    for one in found.ends:
        route = confirmed(quiz, one.route, lambda state, bits=one.bits: left(quiz, catalogue, state) == bits)
        assert route is not None
