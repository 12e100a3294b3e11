"""Trials: the cases of a quiz, written and generated, played through its engine and its result.

Questions are asked in file order, whatever `pace.order` says: what a model would ask first changes with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from quizzes.answers import Answer, Fact
from quizzes.cases.written import Case
from quizzes.catalogue import Catalogue
from quizzes.definition import Place, Question, Quiz
from quizzes.engine import State, check_answer, replay
from quizzes.errors import AnswerError
from quizzes.expression import Scope, evaluate
from quizzes.lint import shown_path
from quizzes.parser import parse
from quizzes.proofs.paths import played
from quizzes.proofs.trails import Route
from quizzes.result import SHOWN, Chosen, choose, shop_scores
from quizzes.signals import Because, carried, item_filters, reasons


class Shop(NamedTuple):
    """The items that results are chosen from."""

    catalogue: Catalogue
    item_ids: Sequence[str]  # of each row


class Failure(msgspec.Struct, frozen=True):
    """Something that is not as expected."""

    what: str  # field of the case, or what every path has to keep
    expected: str
    got: str


class Outcome(msgspec.Struct, frozen=True):
    """How a case went."""

    name: str
    generated: bool
    failures: tuple[Failure, ...]
    path: tuple[str, ...]  # questions before the result that were answered or skipped, in file order
    picked: frozenset[tuple[str, str]]  # question and choice
    reasons: frozenset[str]  # entries of `result.because` that were shown


def try_case(quiz: Quiz, case: Case, shop: Shop | None) -> Outcome:
    """Play a written case; every expectation that fails is named, not just the first."""
    walk = _walk(quiz, case)
    failures = [*walk.failures]
    if not failures:
        failures += _path_failures(case, walk)
        if shop is not None:
            failures += _result_failures(quiz, case, walk.state, shop)
        elif case.looks_at_items:
            got = "no items; name them by --catalogue, or put NAME.items.csv beside the definition"
            failures.append(Failure("items", "items to choose a result from", got))
    return _outcome(quiz, case.name, walk.state, failures, shop, [case.locale] if case.locale else [])


def try_route(quiz: Quiz, route: Route, shop: Shop | None) -> Outcome:
    """Play a generated path: it ends, with enough items, none of them ruled out, and with reasons to read."""
    state = played(quiz, route)
    failures = []
    if not state.finished:
        last = state.question.id if state.question else ""
        failures.append(Failure("end", "the path leads to the result", f"`{last}` is still asked"))
    elif shop is not None:
        chosen = _chosen(quiz, state, shop)
        failures += _too_few(quiz, chosen)
        failures += _ruled_out(quiz, state, chosen, shop)
    known = f" (known before: {', '.join(fact for fact, _ in route.known)})" if route.known else ""
    return _outcome(
        quiz,
        (shown_path(route.answers) or "nothing asked") + known,
        state,
        failures,
        shop,
        [],
        generated=True,
    )


class _Walk(NamedTuple):
    """What was asked, and where it led."""

    state: State
    asked: tuple[str, ...]
    failures: tuple[Failure, ...]


def _walk(quiz: Quiz, case: Case) -> _Walk:
    """Give the answers of a case as the engine asks for them; other questions are skipped."""
    known = {name: _fact(value) for name, value in case.known.items()}
    given: list[tuple[str, Answer]] = []
    left, asked = dict(case.answers), list[str]()
    state = replay(quiz, given, known)
    while (question := _next(quiz, state, left)) is not None:
        raw = left.pop(question.id, None)
        try:
            answer = check_answer(quiz, state, question.id, _raw(raw))
        except AnswerError as error:
            expected = f"{question.id} = {_shown(raw)} is accepted"
            if question.id not in case.answers:
                expected = f"`{question.id}` can be skipped; the case has no answer to it"
            return _Walk(
                state, tuple(asked), (Failure("answers", expected, f"{error.code}: {error.message}"),)
            )
        asked.append(question.id)
        given.append((question.id, answer))
        state = replay(quiz, given, known)
    return _Walk(state, tuple(asked), tuple(_not_asked(state, name) for name in left))


def _next(quiz: Quiz, state: State, left: Mapping[str, Any]) -> Question | None:
    """What is asked next, else what is offered beside the result and the case answers."""
    if state.question is not None:
        return state.question
    offered = (name for name in state.reachable if name in left and name not in state.live)
    return quiz.question(next(offered, ""))


def _not_asked(state: State, name: str) -> Failure:
    got = "a known fact answers it" if name in state.known else "it is not asked on this path"
    return Failure("answers", f"`{name}` is asked, as the case answers it", got)


def _raw(value: Any) -> dict[str, Any]:
    if value is None:
        return {"skip": True}
    return value if isinstance(value, dict) and "skip" in value else {"value": value}


def _fact(value: str | float | tuple[str, ...]) -> Fact:
    return (value,) if isinstance(value, str) else value if isinstance(value, tuple) else float(value)


def _path_failures(case: Case, walk: _Walk) -> Iterator[Failure]:
    if case.asked is not None and case.asked != walk.asked:
        yield Failure("asked", _listed(case.asked), _listed(walk.asked))
    for name in case.off:
        if name in walk.state.live:
            how = "known" if name in walk.state.known else "asked"
            yield Failure("off", f"`{name}` is not on the path", f"it was {how}")


def _result_failures(quiz: Quiz, case: Case, state: State, shop: Shop) -> Iterator[Failure]:
    chosen = _chosen(quiz, state, shop)
    if case.never is not None:
        yield from _forbidden(case.never, state, chosen, shop)
    for name in case.top_attrs:
        yield from _first_lacks(name, chosen, shop)
    filled = sum(slot is not None for slot in chosen.slots)
    if case.slots_filled is not None and filled != case.slots_filled:
        empty = [slot for slot in quiz.result.slots if slot not in chosen.slots]
        got = f"{filled}; empty: {_listed(empty)}" if empty else f"{filled}"
        yield Failure("slots_filled", f"{case.slots_filled}", got)
    relaxed = list(dict.fromkeys(one.question for one in chosen.relaxed))
    if case.relaxed is not None and set(case.relaxed) != set(relaxed):
        yield Failure("relaxed", _listed(case.relaxed), _listed(relaxed))


def _forbidden(never: str, state: State, chosen: Chosen, shop: Shop) -> Iterator[Failure]:
    values = {
        name: one.value for name, one in state.live.items() if isinstance(one.value, str | float | tuple)
    }
    condition = parse(never)
    found = [
        shop.item_ids[row]
        for row in chosen.rows
        if evaluate(condition, Scope(values, item=shop.catalogue.items[row]))
    ]
    if found:
        yield Failure("never", f"no item of the result with {never}", _listed(found))


def _first_lacks(name: str, chosen: Chosen, shop: Shop) -> Iterator[Failure]:
    attribute, _, value = name.partition(".")
    if not chosen.rows:
        yield Failure("top_attrs", f"the first item carries {name}", "the result is empty")
    elif not shop.catalogue.carries(attribute, value)[chosen.rows[0]]:
        there = shop.catalogue.items[chosen.rows[0]].get(attribute)
        has = f"{attribute} {'|'.join(there) if isinstance(there, tuple) else there}"
        got = f"{shop.item_ids[chosen.rows[0]]} has {has if there else f'no {attribute}'}"
        yield Failure("top_attrs", f"the first item carries {name}", got)


def _too_few(quiz: Quiz, chosen: Chosen) -> Iterator[Failure]:
    if len(chosen.rows) < quiz.result.min:
        yield Failure("items", f"at least {quiz.result.min} (`result.min`)", f"{len(chosen.rows)}")


def _ruled_out(quiz: Quiz, state: State, chosen: Chosen, shop: Shop) -> Iterator[Failure]:
    for one in item_filters(quiz, state.live):
        found = [
            shop.item_ids[row]
            for row in chosen.rows
            if not one.relax and not one.accepts(shop.catalogue.items[row])
        ]
        if found:
            yield Failure("must", f"every item passes {one.expression} of `{one.question}`", _listed(found))


def _chosen(quiz: Quiz, state: State, shop: Shop) -> Chosen:
    scores = shop_scores(quiz, state.live, shop.catalogue)
    return choose(quiz, state.live, shop.catalogue, scores, limit=SHOWN)


def _outcome(
    quiz: Quiz,
    name: str,
    state: State,
    failures: Sequence[Failure],
    shop: Shop | None,
    locales: Sequence[str],
    *,
    generated: bool = False,
) -> Outcome:
    unreadable = [
        Failure("reasons", f"`{one.attribute}` reads in `{locale}`", one.text or "no words")
        for locale in locales or quiz.locales
        for one in reasons(quiz, state.live, locale)
        if not one.text or "{" in one.text or "}" in one.text
    ]
    before = {question.id for question in quiz.questions if question.place is Place.BEFORE_RESULT}
    return Outcome(
        name,
        generated,
        (*failures, *unreadable),
        tuple(one for one in state.path if one in before),
        frozenset(
            (question, choice)
            for question, answer in state.live.items()
            for choice in _picks(quiz, question, answer)
        ),
        frozenset(one.attribute for one in _shown_reasons(quiz, state, shop)) if shop else frozenset(),
    )


def _shown_reasons(quiz: Quiz, state: State, shop: Shop) -> Iterator[Because]:
    found = reasons(quiz, state.live, quiz.locales[0])
    for row in _chosen(quiz, state, shop).rows:
        yield from carried(found, shop.catalogue.items[row])[: max(quiz.result.why, 1)]


def _picks(quiz: Quiz, question_id: str, answer: Answer) -> tuple[str, ...]:
    question, value = quiz.question(question_id), answer.value
    if question is None or not question.choices:
        return ()
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _shown(value: Any) -> str:
    return msgspec.json.encode(value).decode()
