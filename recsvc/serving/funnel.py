"""Funnel: how far visitors came in a quiz, question by question, and what they did with its result."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

import msgspec

from recsvc.domain.events import TAKE_BACK, Event, EventKind, EventLine
from recsvc.model.confidence import DAY_S

SPLITS = ("touchpoint", "device", "locale", "source", "revision", "arm")
"""What a funnel may be split by."""
STEPS = frozenset(
    {
        EventKind.QUIZ_SEEN,
        EventKind.QUIZ_STARTED,
        EventKind.QUESTION_SHOWN,
        EventKind.QUESTION_ANSWERED,
        EventKind.QUESTION_SKIPPED,
        EventKind.QUIZ_LEFT,
        EventKind.QUIZ_COMPLETED,
        EventKind.RESULT_SHOWN,
    }
)
SEEING = frozenset({EventKind.QUIZ_SEEN, EventKind.QUIZ_STARTED})
"""Who begins has seen it: pages tell of nobody without consent, and of a stranger nothing is kept before."""
OUTCOMES = frozenset({EventKind.CLICK, EventKind.VIEW, EventKind.ADD_TO_CART, EventKind.PURCHASE}) | TAKE_BACK
"""What may follow a result."""

OutcomesOf = Callable[[str], Iterable[Event]]
"""visitor_id → what the visitor did."""


class QuestionFunnel(msgspec.Struct, frozen=True):
    """What became of one question, in sessions."""

    question: str
    shown: int
    answered: int
    skipped: int
    left: int  # the last thing seen in a session that never came to its end
    seconds: float | None  # median from shown to the first reaction


class Funnel(msgspec.Struct, frozen=True):
    """How far visitors came; sessions but for `seen`, which counts visitors who saw the quiz or began it."""

    part: str  # the value of the split, "all" without one
    seen: int
    started: int
    questions: tuple[QuestionFunnel, ...]
    completed: int
    clicked: int  # looked at an item of the result afterwards
    carted: int
    bought: int
    revenue: dict[str, float]  # currency → paid for items of the result, net of returns


class _Session:
    """What the log says about one session."""

    def __init__(self, first: Event) -> None:
        self.visitor_id = first.visitor_id
        self.said: dict[str, str] = {}
        self.shown: dict[str, float] = {}
        self.answered: dict[str, float] = {}
        self.skipped: dict[str, float] = {}
        self.completed = False
        self.result_at: float | None = None
        self.items: frozenset[str] = frozenset()
        self.seen_at = 0.0
        self.outcomes: set[EventKind] = set()
        self.units: defaultdict[str, float] = defaultdict(float)
        self.paid: defaultdict[tuple[str, str], float] = defaultdict(float)  # (item, currency) → sum

    def take(self, event: Event) -> None:
        at = event.occurred_at.timestamp()
        step, question = event.step, event.step.question if event.step else None
        self.seen_at = max(self.seen_at, at)
        if event.kind is EventKind.QUIZ_STARTED or "revision" not in self.said:
            self.said |= {name: str(value) for name in SPLITS if (value := getattr(step, name)) is not None}
        places = {
            EventKind.QUESTION_SHOWN: self.shown,
            EventKind.QUESTION_ANSWERED: self.answered,
            EventKind.QUESTION_SKIPPED: self.skipped,
        }
        if event.kind in places and question is not None:
            places[event.kind].setdefault(question, at)
            self.shown.setdefault(question, at)
        elif event.kind is EventKind.QUIZ_COMPLETED:
            self.completed = True
        elif event.kind is EventKind.RESULT_SHOWN:
            self.result_at, self.items = at, frozenset(line.item_id for line in event.lines)

    def follow(self, event: Event, line: EventLine) -> None:
        """Count what happened to an item of the result; what was taken back was not bought."""
        self.outcomes.add(event.kind)
        key = (line.item_id, event.currency or "")
        if event.kind is EventKind.PURCHASE:
            self.units[line.item_id] += line.quantity
            self.paid[key] += line.quantity * (line.price or 0.0)
        elif event.kind in TAKE_BACK and self.units[line.item_id] > 0:
            left = max(0.0, self.units[line.item_id] - line.quantity) / self.units[line.item_id]
            self.units[line.item_id] *= left
            for item_id, currency in self.paid:
                if item_id == line.item_id:
                    self.paid[item_id, currency] *= left

    @property
    def reacted(self) -> dict[str, float]:
        """The first reaction to each question."""
        return {**self.skipped, **self.answered}

    def left_at(self, idle_before: float) -> str | None:
        """The question at which it was left; None where it came to its end, or may still go on."""
        waiting = {name: at for name, at in self.shown.items() if name not in self.reacted}
        if self.completed or not waiting or self.seen_at >= idle_before:
            return None
        return max(waiting, key=waiting.__getitem__)


def funnels(
    steps: Iterable[Event],
    outcomes_of: OutcomesOf,
    *,
    quiz: str,
    questions: Sequence[str] = (),
    by: str | None = None,
    window_days: float,
    idle_before: float,
) -> list[Funnel]:
    """The funnel of a quiz, whole or in parts, the largest part first.

    Args:
        steps: events of the kinds STEPS in the order of their arrival, of any quiz.
        outcomes_of: the events of the kinds OUTCOMES of one visitor.
        quiz: which quiz.
        questions: their order; others follow as they were met.
        by: one of SPLITS.
        window_days: how long after a result a click, a cart or a purchase counts.
        idle_before: Unix seconds; a session without an event since then is over.
    """
    seen: defaultdict[str, set[str]] = defaultdict(set)
    sessions: dict[str, _Session] = {}
    for event in steps:
        if event.step is None or event.step.quiz != quiz:
            continue
        if event.kind in SEEING:
            seen[_part({name: getattr(event.step, name) for name in SPLITS}, by)].add(event.visitor_id)
        if event.step.session_id is not None:
            sessions.setdefault(event.step.session_id, _Session(event)).take(event)
    _attribute(sessions.values(), outcomes_of, window_days * DAY_S)
    parts: defaultdict[str, list[_Session]] = defaultdict(list)
    for session in sessions.values():
        parts[_part(session.said, by)].append(session)
    order = dict.fromkeys([*questions, *(name for one in sessions.values() for name in one.shown)])
    found = [_funnel(part, len(seen[part]), parts[part], [*order], idle_before) for part in {**parts, **seen}]
    return sorted(found, key=lambda one: (-one.started, -one.seen, one.part))


def _part(said: Mapping[str, Any], by: str | None) -> str:
    return "all" if by is None else str(said.get(by) or "(none)")


def _attribute(sessions: Iterable[_Session], outcomes_of: OutcomesOf, window_s: float) -> None:
    """Give each later event to the newest result that showed its item: nothing counts twice."""
    results: defaultdict[str, list[_Session]] = defaultdict(list)
    for session in sessions:
        if session.result_at is not None:
            results[session.visitor_id].append(session)
    for visitor_id, own in results.items():
        own.sort(key=lambda one: -(one.result_at or 0.0))
        for event in sorted(outcomes_of(visitor_id), key=lambda one: one.occurred_at):
            for line in event.lines:
                newest = next((one for one in own if _follows(one, event, line, window_s)), None)
                if newest is not None:
                    newest.follow(event, line)


def _follows(session: _Session, event: Event, line: EventLine, window_s: float) -> bool:
    """Whether an event is about the result; goods come back later than they are bought."""
    after_s = event.occurred_at.timestamp() - (session.result_at or 0.0)
    within = after_s <= window_s or event.kind in TAKE_BACK
    return line.item_id in session.items and after_s >= 0 and within


def _funnel(
    part: str, seen: int, sessions: Sequence[_Session], order: Sequence[str], idle_before: float
) -> Funnel:
    left = [session.left_at(idle_before) for session in sessions]
    revenue: defaultdict[str, float] = defaultdict(float)
    for session in sessions:
        for (_, currency), paid in session.paid.items():
            revenue[currency] += paid
    return Funnel(
        part=part,
        seen=seen,
        started=len(sessions),
        questions=tuple(_question(name, sessions, left.count(name)) for name in order),
        completed=sum(one.completed for one in sessions),
        clicked=sum(bool(one.outcomes & {EventKind.CLICK, EventKind.VIEW}) for one in sessions),
        carted=sum(EventKind.ADD_TO_CART in one.outcomes for one in sessions),
        bought=sum(any(one.units.values()) for one in sessions),
        revenue={currency: round(paid, 2) for currency, paid in sorted(revenue.items())},
    )


def _question(name: str, sessions: Sequence[_Session], left: int) -> QuestionFunnel:
    return QuestionFunnel(
        name,
        shown=sum(name in one.shown for one in sessions),
        answered=sum(name in one.answered for one in sessions),
        skipped=sum(name in one.skipped and name not in one.answered for one in sessions),
        left=left,
        seconds=_median(_waits(name, sessions)),
    )


def _waits(name: str, sessions: Sequence[_Session]) -> Iterator[float]:
    for one in sessions:
        if name in one.reacted and name in one.shown:
            yield max(0.0, one.reacted[name] - one.shown[name])


def _median(values: Iterable[float]) -> float | None:
    found = [*values]
    return round(median(found), 1) if found else None
