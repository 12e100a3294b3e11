"""What answers settle of a recommendation, and which question is asked next because of it."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.definition import Quiz
from quizzes.engine import Answer, in_file_order, replay
from quizzes.order import Information, chooser, gains, informative_order
from tests.quizzes.parts import build, choice, question

NAMES = ("one", "two", "three", "four")


def information(seed: int, sizes: Sequence[int], *, apart: bool = False) -> Information:
    """Answers of 400 people with a hidden taste, one choice each; `apart`: no question knows another."""
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(400, 2))
    blocks = []
    for size in sizes:
        wants = np.exp(taste @ rng.normal(size=(2, size)))
        chances = np.cumsum(wants / wants.sum(axis=1, keepdims=True), axis=1)
        blocks.append(np.eye(size)[(chances > rng.random((400, 1))).argmax(axis=1)])
    answers = np.concatenate(blocks, axis=1)
    covariance = np.cov(answers, rowvar=False, bias=True)
    ends = np.cumsum(sizes).tolist()
    columns = {name: slice(first, end) for name, first, end in zip(NAMES, [0, *ends], ends, strict=False)}
    if apart:
        own = np.zeros_like(covariance)
        for block in columns.values():
            own[block, block] = covariance[block, block]
        covariance = own
    return Information(tuple(columns), columns, covariance, rng.normal(size=(sum(sizes), 5)))


worlds = st.builds(
    information, st.integers(0, 2**31), st.lists(st.integers(2, 5), min_size=1, max_size=len(NAMES))
)


@given(worlds, st.sets(st.sampled_from(NAMES)))
def test_no_answer_settles_less_than_nothing(world: Information, settled: set[str]) -> None:
    found = gains(world, settled)
    assert found.keys() == set(world.questions) - settled
    assert all(-1e-9 <= gain <= 1 + 1e-6 for gain in found.values())


@given(worlds, st.permutations(NAMES))
def test_along_any_order_everything_is_settled_once(world: Information, order: list[str]) -> None:
    asked = [name for name in order if name in world.questions]
    total = sum(gains(world, asked[:place])[name] for place, name in enumerate(asked))
    assert total == pytest.approx(1.0, abs=1e-5)


@given(worlds)
def test_first_question_settles_the_most(world: Information) -> None:
    found = gains(world, ())
    assert found[informative_order(world)[0]] == max(found.values())
    assert sorted(informative_order(world)) == sorted(world.questions)


@given(st.integers(0, 2**31))
def test_same_question_again_settles_nothing(seed: int) -> None:
    """Two questions with one and the same answer, as two quizzes may ask for one fact."""
    once = information(seed, (3,))
    twice = Information(
        ("one", "two"),
        {"one": slice(0, 3), "two": slice(3, 6)},
        np.tile(once.covariance, (2, 2)),
        np.concatenate([once.effects, once.effects]),
    )
    assert gains(twice, ())["two"] == pytest.approx(1.0)
    assert gains(twice, {"one"})["two"] == pytest.approx(0.0, abs=1e-6)


@given(st.integers(0, 2**31), st.sets(st.sampled_from(NAMES[:3])))
def test_questions_that_know_nothing_of_each_other_settle_the_same_in_any_order(
    seed: int, settled: set[str]
) -> None:
    world = information(seed, (2, 3, 4), apart=True)
    alone = gains(world, ())
    for name, gain in gains(world, settled).items():
        assert gain == pytest.approx(alone[name], abs=1e-9)


def test_conditioning_is_that_of_a_gaussian() -> None:
    world = information(3, (3, 4))
    own, other = world.columns["one"], world.columns["two"]
    c, e = world.covariance, world.effects
    left = c - c[:, own] @ np.linalg.pinv(c[own, own], rcond=1e-6, hermitian=True) @ c[own]
    after = left - left[:, other] @ np.linalg.pinv(left[other, other], rcond=1e-6) @ left[other]
    before = np.trace(e.T @ c @ e)
    assert gains(world, ())["one"] == pytest.approx(1 - np.trace(e.T @ left @ e) / before, abs=1e-6)
    fall = (np.trace(e.T @ left @ e) - np.trace(e.T @ after @ e)) / before
    assert gains(world, {"one"})["two"] == pytest.approx(fall, abs=1e-6)


def test_answers_that_move_nothing_settle_nothing() -> None:
    world = information(1, (2, 2))
    still = msgspec.structs.replace(world, effects=np.zeros_like(world.effects))
    assert gains(still, ()) == {"one": 0.0, "two": 0.0}
    assert informative_order(still) == ("one", "two")


def planted(**strengths: float) -> Information:
    """Independent questions of two choices that settle in proportion to their strengths."""
    names = tuple(strengths)
    columns = {name: slice(2 * place, 2 * place + 2) for place, name in enumerate(names)}
    block = np.array([[0.25, -0.25], [-0.25, 0.25]])
    effects = np.repeat([strength**0.5 for strength in strengths.values()], 2)[:, None]
    signs = np.tile([1.0, -1.0], len(names))[:, None]
    return Information(names, columns, np.kron(np.eye(len(names)), block), effects * signs)


def asked(quiz: Quiz, known: Information | None, first: str | None = None, skip: str = "") -> list[str]:
    """The questions in the order in which they are asked, answered `a` or skipped."""
    choose = chooser(quiz, lambda _: known, first)
    answers: list[tuple[str, Answer]] = []
    while (state := replay(quiz, answers, {}, choose)).question is not None:
        name = state.question.id
        answers.append(
            (name, Answer(skip=True) if name == skip or not state.question.choices else Answer("a"))
        )
    return [name for name, _ in answers]


def quiz_of(*questions: dict[str, Any], **pace: Any) -> Quiz:
    return build(*questions, pace={"order": "informative", **pace})


THREE = (question("one"), question("two"), question("three"))
WORLD = planted(one=1, two=8, three=4)


@pytest.mark.parametrize("order", ["informative", "adaptive"])
def test_most_informative_question_comes_first(order: str) -> None:
    assert asked(quiz_of(*THREE, order=order), WORLD) == ["two", "three", "one"]


def test_fixed_order_is_that_of_the_file() -> None:
    quiz = quiz_of(*THREE, order="fixed", stop_gain=0.5)
    assert chooser(quiz, lambda _: WORLD) is in_file_order
    assert asked(quiz, WORLD) == ["one", "two", "three"]


def test_without_information_the_order_is_that_of_the_file() -> None:
    assert asked(quiz_of(*THREE, stop_gain=0.5), None) == ["one", "two", "three"]


def test_first_of_an_arm_comes_before_all() -> None:
    assert asked(quiz_of(*THREE), WORLD, first="one") == ["one", "two", "three"]


def test_questions_that_cannot_be_measured_keep_their_places() -> None:
    quiz = quiz_of(question("hello", "info"), THREE[0], THREE[1], question("name", "text"), THREE[2])
    assert asked(quiz, WORLD) == ["hello", "two", "three", "name", "one"]


def test_question_waits_for_what_its_condition_names() -> None:
    later = question("two", when="one == 'a'")
    assert asked(quiz_of(THREE[0], later, THREE[2]), WORLD) == ["three", "one", "two"]


def test_quiz_stops_when_one_more_answer_would_change_little() -> None:
    assert asked(quiz_of(*THREE, stop_gain=0.1), WORLD) == ["two", "three"]
    assert asked(quiz_of(*THREE, stop_gain=0.99), WORLD) == []
    assert asked(quiz_of(*THREE, stop_gain=0.99, min=1), WORLD) == ["two"]


def test_skipped_question_settles_nothing() -> None:
    twins = Information(
        ("one", "two"),
        {"one": slice(0, 2), "two": slice(2, 4)},
        np.tile([[0.25, -0.25], [-0.25, 0.25]], (2, 2)),
        np.array([[1.0], [-1.0], [1.0], [-1.0]]),
    )
    quiz = quiz_of(question("one"), question("two"), stop_gain=0.1)
    assert asked(quiz, twins) == ["one"]
    assert asked(quiz, twins, skip="one") == ["one", "two"]


@pytest.mark.parametrize(
    "last",
    [
        question("three", required=True),
        question("three", must="item.price < 9"),
        question("three", choices=[choice("a", must="item.price < 9"), choice("b")]),
        question("other", "text"),
    ],
)
def test_question_with_another_reason_is_asked_before_the_quiz_stops(last: dict[str, Any]) -> None:
    assert asked(quiz_of(THREE[0], THREE[1], last, stop_gain=0.9), WORLD) == [last["id"]]


def test_quiz_goes_on_while_a_filter_may_still_come_up() -> None:
    gate = question("one", choices=[choice("a"), choice("b")])
    allergy = question("allergy", must="item.nuts == 'no'", when="one == 'a'")
    assert asked(quiz_of(gate, allergy, stop_gain=0.9), planted(one=1, two=1)) == ["one", "allergy"]


def test_quiz_goes_on_while_a_better_question_may_still_come_up() -> None:
    gate, better = question("one"), question("two", when="one == 'a'")
    assert asked(quiz_of(gate, better, stop_gain=0.3), planted(one=1, two=8)) == ["one", "two"]


def test_adaptive_order_follows_what_is_known_now() -> None:
    quiz = quiz_of(*THREE, order="adaptive")
    after = planted(one=8, two=1, three=4)
    choose = chooser(quiz, lambda state: after if state.path else WORLD)
    first = replay(quiz, [], {}, choose).question
    then = replay(quiz, [("two", Answer("a"))], {}, choose).question
    assert (first and first.id, then and then.id) == ("two", "one")
