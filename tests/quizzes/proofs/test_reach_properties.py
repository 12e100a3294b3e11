"""Properties of the enumeration: what play finds, it finds, and the engine agrees with what it says."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.answers import Fact, fact_value
from quizzes.definition import Kind, Question, Quiz
from quizzes.engine import Answer, State, check_answer, replay
from quizzes.proofs.partition import lists_with
from quizzes.proofs.paths import paths, played
from quizzes.proofs.reach import Reach, reach
from quizzes.proofs.trails import Route
from tests.quizzes.test_engine_properties import Draw, quizzes, raw_answer

few = settings(max_examples=50)


@st.composite
def tangled(draw: st.DrawFn) -> Quiz:
    """Quizzes whose questions name facts, share them, are about gifts or come after the result."""
    quiz: Quiz = draw(quizzes())
    made: list[Question] = []
    for question in quiz.questions:
        facts = [one.fact for one in made if one.fact] + ["other"]
        changes: dict[str, Any] = {}
        if draw(st.integers(0, 3)) == 0:
            known = f"{draw(st.sampled_from(('', 'not ')))}known({draw(st.sampled_from(facts))})"
            changes["when"] = f"({question.when}) and {known}" if question.when else known
        same = [one.fact for one in made if one.fact and one.kind is question.kind]
        if question.fact and same and draw(st.booleans()):
            changes["fact"] = draw(st.sampled_from(same))
        if question.choices and draw(st.integers(0, 3)) == 0:
            first = msgspec.structs.replace(question.choices[0], gift=True)
            changes["choices"] = (first, *question.choices[1:])
        made.append(msgspec.structs.replace(question, **changes))
    if len(made) > 1 and draw(st.booleans()):
        made[-1] = msgspec.structs.replace(made[-1], place="after_result")
    return msgspec.convert(msgspec.to_builtins(msgspec.structs.replace(quiz, questions=tuple(made))), Quiz)


def known_facts(draw: Draw, quiz: Quiz) -> dict[str, Fact]:
    """What the profile may know: values that the questions of a fact have."""
    known: dict[str, Fact] = {"other": ("yes",)} if draw(st.booleans()) else {}
    for question in quiz.questions:
        if question.fact and draw(st.integers(0, 2)) == 0:
            raw = raw_answer(draw, question)
            value = None if "skip" in raw else fact_value(question, check_answer_of(quiz, question, raw))
            if value is not None:
                known[question.fact] = value
    return known


def check_answer_of(quiz: Quiz, question: Question, raw: dict[str, Any]) -> Answer:
    state = msgspec.structs.replace(replay(quiz, []), reachable=(question.id,))
    return check_answer(quiz, state, question.id, raw)


def play_in_order(draw: Draw, quiz: Quiz, known: dict[str, Fact]) -> State:
    """Answer what is asked, then what is offered, until there is nothing more."""
    answers: list[tuple[str, Answer]] = []
    state = replay(quiz, answers, known)
    while (question := state.question or state.offer) is not None:
        answers.append((question.id, check_answer(quiz, state, question.id, raw_answer(draw, question))))
        state = replay(quiz, answers, known)
    return state


@few
@given(tangled(), st.data())
def test_enumeration_reaches_every_question_that_play_does(quiz: Quiz, data: st.DataObject) -> None:
    found = reach(quiz)
    assert found.exact
    state = play_in_order(data.draw, quiz, known_facts(data.draw, quiz))
    assert set(state.path) <= set(found.routes)


@few
@given(tangled(), st.data())
def test_enumeration_sees_what_the_whens_of_play_say(quiz: Quiz, data: st.DataObject) -> None:
    found = reach(quiz)
    state = play_in_order(data.draw, quiz, known_facts(data.draw, quiz))
    conditional = {question.id for question in quiz.questions if question.when}
    assert set(state.path) & conditional <= found.held
    ended = any(name for name in state.live if _ends(quiz, state, name))
    if quiz.pace.max is None and not ended:
        assert conditional - set(state.live) <= found.failed


def _ends(quiz: Quiz, state: State, name: str) -> bool:
    question, value = quiz.question(name), state.live[name].value
    assert question is not None
    ids = value if isinstance(value, tuple) else (value,)
    return any(choice.ends for choice in question.choices if choice.id in ids)


@few
@given(tangled())
def test_routes_lead_to_their_questions(quiz: Quiz) -> None:
    for name, route in reach(quiz).routes.items():
        state = played(quiz, route)
        assert name in state.reachable
        assert name not in state.path
        assert state.path == tuple(one for one in _in_file_order(quiz, route))


def _in_file_order(quiz: Quiz, route: Route) -> list[str]:
    asked = {name for name, _ in route.answers}
    return [question.id for question in quiz.questions if question.id in asked]


@few
@given(tangled(), st.data())
def test_play_is_never_shorter_or_longer_than_what_was_found(quiz: Quiz, data: st.DataObject) -> None:
    found = reach(quiz)
    assert found.shortest is not None
    assert found.longest is not None
    state = play_in_order(data.draw, quiz, {})
    assert found.shortest.counted <= state.answered <= found.longest.counted
    for walked, pace in ((found.shortest, quiz.pace), (found.longest, type(quiz.pace)())):
        final = played(msgspec.structs.replace(quiz, pace=pace), walked.route)
        assert final.finished
        assert final.answered == walked.counted


@few
@given(tangled(), st.integers(5, 60))
def test_groups_say_nothing_else_than_the_whole(quiz: Quiz, limit: int) -> None:
    whole, parts = reach(quiz), reach(quiz, limit=limit)
    if parts.exact:
        assert _said(parts) == _said(whole)
    for name, route in parts.routes.items() if parts.exact else ():
        assert name in played(quiz, route).reachable


def _said(found: Reach) -> tuple[object, ...]:
    assert found.shortest is not None
    assert found.longest is not None
    return set(found.routes), found.held, found.failed, found.shortest.counted, found.longest.counted


@few
@given(tangled())
def test_paths_are_finished_and_show_every_choice_that_can_be_picked(quiz: Quiz) -> None:
    found = paths(quiz)
    assert not found.truncated
    seen = set()
    for route in found.routes:
        state = played(quiz, route)
        assert state.finished
        assert state.offer is None
        assert not state.inert
        seen |= {(name, one) for name, value in route.answers for one in _ids(value)}
        for name, value in route.answers:
            question = quiz.question(name)
            assert question is not None
            if value is not None and question.kind is not Kind.INFO:
                raw = {"value": list(value) if isinstance(value, tuple) else value}
                assert check_answer_of(quiz, question, raw) == Answer(value)
    assert seen >= {pair for name in reach(quiz).routes for pair in _pickable(quiz, name)}
    assert paths(quiz) == found


def _ids(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def _pickable(quiz: Quiz, name: str) -> set[tuple[str, str]]:
    question = quiz.question(name)
    assert question is not None
    return {
        (name, choice.id)
        for choice in question.choices
        if not question.takes_many or lists_with(question, choice) is not None
    }


@few
@given(tangled(), st.data())
def test_what_is_asked_of_a_new_visitor_is_what_some_path_asks(quiz: Quiz, data: st.DataObject) -> None:
    other = {"other": ("yes",)} if data.draw(st.booleans()) else {}
    state = play_in_order(data.draw, quiz, dict(other))
    asked = {tuple(sorted(name for name, _ in route.answers)) for route in paths(quiz).routes}
    assert tuple(sorted(state.path)) in asked


@few
@given(tangled(), st.integers(1, 3))
def test_paths_that_are_cut_say_so(quiz: Quiz, limit: int) -> None:
    whole, cut = paths(quiz), paths(quiz, limit=limit)
    assert len(cut.routes) <= limit
    assert cut.truncated == (len(whole.routes) > limit)
    assert paths(quiz, steps=0).truncated
