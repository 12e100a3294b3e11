"""Properties of the engine over quizzes that are sound by construction."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quizzes.definition import NUMERIC, Kind, Question, Quiz
from quizzes.engine import Answer, State, check_answer, replay
from quizzes.lint import lint
from quizzes.rules.rule import Level
from quizzes.signals import item_filters, wishes

KINDS = ("single", "multi", "image", "slider", "scale", "rank", "number", "text", "info")
COMPARED = {
    "single": ("{0} == 'a'", "{0} != 'b'", "{0} in ['a', 'c']"),
    "image": ("{0} == 'a'", "not {0} == 'b'"),
    "multi": ("'a' in {0}", "'b' not in {0}"),
    "rank": ("'c' in {0}",),
    "slider": ("{0} < 5", "{0} >= 2 and {0} != 7"),
    "scale": ("{0} > 3",),
    "number": ("{0} <= 0",),
    "text": ("{0} == 'x' or known(other)",),
}

Draw = Callable[[st.SearchStrategy[Any]], Any]
few = settings(max_examples=50)


def words(text: str) -> dict[str, str]:
    return {"en": text}


@st.composite
def raw_choices(draw: st.DrawFn, *, lonely: bool) -> list[dict[str, Any]]:
    flag = st.booleans()
    unsure = draw(flag)
    return [
        {
            "id": one,
            "text": words(one),
            "alt": words(one),
            "image": "x.svg",
            "w": {"colour": {one: float(draw(st.integers(-3, 3)))}},
            "ends": one == "b" and draw(st.sampled_from((True, False, False))),
            "unsure": one == "c" and unsure,
            "alone": lonely and one == "c" and draw(flag),
            **(
                {"must": f"item.colour == '{one}'", "relax": 1}
                if _may_filter(draw, one, unsure=unsure)
                else {}
            ),
        }
        for one in "abc"
    ]


def _may_filter(draw: st.DrawFn, choice_id: str, *, unsure: bool) -> bool:
    return draw(st.booleans()) and not (unsure and choice_id == "c")


@st.composite
def raw_questions(draw: st.DrawFn, row: int, earlier: list[dict[str, Any]]) -> dict[str, Any]:
    kind = draw(st.sampled_from(KINDS))
    made: dict[str, Any] = {"id": f"q{row}", "kind": kind, "title": words("Which?")}
    if kind in {"single", "image", "multi", "rank"}:
        made["choices"] = draw(raw_choices(lonely=kind == "multi"))
    made |= {"slider": {"range": {"min": 0, "max": 9}}, "scale": {"scale": {"min": 1, "max": 5}}}.get(
        kind, {}
    )
    if kind not in {"text", "info"} and draw(st.booleans()):
        made["fact"] = f"f{row}"
    comparable = [one for one in earlier if one["kind"] in COMPARED]
    if comparable and draw(st.booleans()):
        named = draw(st.lists(st.sampled_from(comparable), min_size=1, max_size=2))
        parts = [draw(st.sampled_from(COMPARED[one["kind"]])).format(one["id"]) for one in named]
        made["when"] = draw(st.sampled_from((" and ", " or "))).join(parts)
    if comparable and draw(st.booleans()):
        made["title"] = words(f"You said {{{draw(st.sampled_from(comparable))['id']}|it}}?")
    made["required"] = draw(st.booleans())
    return made


@st.composite
def quizzes(draw: st.DrawFn) -> Quiz:
    questions: list[dict[str, Any]] = []
    for row in range(draw(st.sampled_from((6, 5, 4, 3, 2, 1)))):
        questions.append(draw(raw_questions(row, questions)))
    reasons = {"colour": {one: words(one) for one in "abc"}}
    raw = {
        "schema": 1,
        "id": "made",
        "revision": 1,
        "locales": ["en"],
        "title": words("Made"),
        "purpose": "p",
        "purposes": {"p": {"basis": "notice", "policy": "1", "keep": "9d", "text": words("Why")}},
        "questions": questions,
        "pace": {"max": draw(st.sampled_from((None, None, None, 2, 4)))},
        "result": {"because": reasons},
    }
    return msgspec.convert(raw, Quiz)


def raw_answer(draw: Draw, question: Question) -> dict[str, Any]:
    if question.kind is Kind.INFO or (not question.required and draw(st.integers(0, 4)) == 0):
        return {"skip": True}
    if question.kind in NUMERIC:
        return {"value": draw(st.integers(1, 5))}
    if question.kind is Kind.TEXT:
        return {"value": draw(st.sampled_from(("x", "y")))}
    ids = [choice.id for choice in question.choices]
    if not question.takes_many:
        return {"value": draw(st.sampled_from(ids))}
    picks = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    alone = [choice.id for choice in question.choices if choice.excludes_others and choice.id in picks]
    return {"value": alone[:1] or picks}


Given = list[tuple[str, Answer]]


def play(draw: Draw, quiz: Quiz) -> tuple[Given, list[State]]:
    """Answer a question that may be asked until there is none; every answer is accepted."""
    answers: Given = []
    states = [replay(quiz, answers)]
    while not states[-1].finished:
        state = states[-1]
        open_now = [name for name in state.reachable if name not in state.live]
        name = draw(st.sampled_from(open_now[::-1]))
        question = quiz.question(name)
        assert question is not None
        answers.append((name, check_answer(quiz, state, name, raw_answer(draw, question))))
        states.append(replay(quiz, answers))
    return answers, states


def effects(quiz: Quiz, state: State) -> tuple[Any, ...]:
    filters = [one[:4] for one in item_filters(quiz, state.live)]
    return state.live, state.path, state.facts, wishes(quiz, state.live), filters, state.question


@few
@given(quizzes())
def test_made_quizzes_have_no_errors_but_unreachable_questions(quiz: Quiz) -> None:
    assert {one.code for one in lint(quiz) if one.level is Level.ERROR} <= {
        "unreachable-question",
        "empty-result",
    }


@few
@given(quizzes(), st.data())
def test_every_sound_quiz_finishes_within_its_promise(quiz: Quiz, data: st.DataObject) -> None:
    answers, states = play(data.draw, quiz)
    assert len(answers) <= len(quiz.questions)
    assert all(earlier.at_most >= later.at_most for earlier, later in pairwise(states))
    assert states[-1].answered == states[-1].at_most
    assert not states[-1].inert


@few
@given(quizzes(), st.data())
def test_accepted_orders_give_the_same_state(quiz: Quiz, data: st.DataObject) -> None:
    given_answers, states = play(data.draw, quiz)
    left = dict(given_answers)
    other: Given = []
    while left:
        state = replay(quiz, other)
        accepted = [one for one in left if one in state.reachable]
        assume(accepted)  # information is no longer shown once `pace.max` is reached
        name = data.draw(st.sampled_from(accepted))
        other.append((name, left.pop(name)))
    assert effects(quiz, replay(quiz, other)) == effects(quiz, states[-1])
    assert replay(quiz, other) == states[-1]


@few
@given(quizzes(), st.data())
def test_taking_back_equals_never_having_given(quiz: Quiz, data: st.DataObject) -> None:
    answers, _ = play(data.draw, quiz)
    gone = data.draw(st.sampled_from([name for name, _ in answers]))
    without = [(name, answer) for name, answer in answers if name != gone]
    state = replay(quiz, without)
    on_path = [(name, answer) for name, answer in without if name in state.live]
    assert effects(quiz, state) == effects(quiz, replay(quiz, on_path))
    assert set(state.inert) == {name for name, _ in without} - set(state.live)


@few
@given(quizzes(), st.data())
def test_left_branch_has_no_effect(quiz: Quiz, data: st.DataObject) -> None:
    answers, states = play(data.draw, quiz)
    name = data.draw(st.sampled_from([name for name, _ in answers]))
    question = quiz.question(name)
    assert question is not None
    changed = check_answer(quiz, states[-1], name, raw_answer(data.draw, question))
    state = replay(quiz, [*answers, (name, changed)])
    direct = [(one, answer) for one, answer in [*answers, (name, changed)] if one in state.live]
    assert effects(quiz, state) == effects(quiz, replay(quiz, direct))


@few
@given(quizzes(), st.data())
def test_known_fact_counts_as_its_answer(quiz: Quiz, data: st.DataObject) -> None:
    _, states = play(data.draw, quiz)
    final = states[-1]
    known = {fact: value for fact, value in final.facts.items() if data.draw(st.booleans())}
    by_fact = {one.id for one in quiz.questions if one.fact in known}
    asked = [(name, answer) for name, answer in final.live.items() if name not in by_fact]
    state = replay(quiz, asked, known)
    unsure = {name for name, answer in final.live.items() if state.live.get(name) != answer}
    assert unsure <= by_fact
    if not unsure:
        assert (state.live, state.facts) == (final.live, final.facts)
    assert state.question is None or state.question.fact not in known
