"""Results: no path of answers ends empty, no two filters exclude each other, and the items get their turn.

What stays empty or starved is shown by a path that the engine confirms; what cannot be proven is not said.
"""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.engine import State
from quizzes.parser import names_in, parse
from quizzes.proofs.conceivable import conceivable
from quizzes.proofs.descent import Left
from quizzes.proofs.enumeration import Route
from quizzes.proofs.filtering import Hard, hard_filters, live_filters
from quizzes.proofs.leftovers import Minimum, bits_of, confirmed, live_together
from quizzes.proofs.paths import played
from quizzes.proofs.ranking import never_first
from quizzes.result import SHOWN, SLOT
from quizzes.rules.rule import Level, Problem, Rule, Subject
from quizzes.signals import ItemFilter

EXAMPLES = 3


def empty_results(subject: Subject) -> Iterator[Problem]:
    """A path ends with fewer items than the minimum, though every filter that gives way was loosened."""
    yield from _cut_gates(subject)
    catalogue, result = subject.catalogue, subject.quiz.result
    if catalogue is None:
        return
    minimum = Minimum(subject.quiz, catalogue)
    sized = [(minimum.size(left.bits), left) for left in subject.leftovers.ends]
    for size, left in sorted(sized, key=lambda one: (one[0], len(one[1].route.known))):
        shown = _shown(subject, catalogue, left) if size < result.min else None
        if shown is not None:
            yield _empty(subject, catalogue, shown, size)
            return


def _cut_gates(subject: Subject) -> Iterator[Problem]:
    """An early end before a question that decides what may be shown: then nothing is."""
    ending = None
    for place, question in subject.questions():
        if question.is_gate and ending is not None:
            yield Problem(
                place,
                "required",
                f"question `{ending.id}` may end the quiz before `{question.id}`, which is required and "
                f"filters items: the result is empty then; ask `{question.id}` first.",
            )
        ending = ending or (question if question.may_end and not question.is_gate else None)


def starved_slots(subject: Subject) -> Iterator[Problem]:
    """A path leaves no item for a slot that there are items for, though enough for the result."""
    catalogue = subject.catalogue
    if catalogue is None:
        return
    minimum = Minimum(subject.quiz, catalogue)
    full = [left for left in subject.leftovers.ends if minimum.size(left.bits) >= subject.quiz.result.min]
    for slot, bits in minimum.slots.items():
        starved = [left for left in full if not left.bits & bits]
        for left in sorted(starved, key=lambda one: len(one.route.known)):
            shown = _shown(subject, catalogue, left)
            if shown is not None:
                yield _starved(subject, catalogue, shown, slot)
                break


def contradictions(subject: Subject) -> Iterator[Problem]:
    """A filter that nothing can pass, or two that exclude each other and apply together."""
    quiz = subject.quiz
    asked = {question.id for question in quiz.questions}
    sound = {must for _, must, _ in _musts(quiz) if names_in(must).questions <= asked}
    impossible = {must for must in sound if not conceivable(quiz, [parse(must)])}
    for place, must, relaxed in _musts(quiz):
        if must in impossible:
            way = "; it is always loosened" if relaxed else ""
            yield Problem(place, "must", f"no item can pass `{must}`{way}; correct it, or remove it.")
    pairs = _pairs(quiz, sound - impossible)
    kept = list(dict.fromkeys(one.kept for pair in pairs for one in pair))
    both = [1 << kept.index(one.kept) | 1 << kept.index(other.kept) for one, other in pairs]

    def apart(bits: int) -> bool:
        return all(bits & pair for pair in both)

    ends = live_together(quiz, kept, apart).ends if pairs else ()
    for (one, other), pair in zip(pairs, both, strict=True):
        routes = (
            _together(quiz, left.route, {one.kept, other.kept}) for left in ends if not left.bits & pair
        )
        route = next((route for route in routes if route is not None), None)
        if route is not None:
            yield _contradiction(quiz, one, other, route)


def items_never_first(subject: Subject) -> Iterator[Problem]:
    """More than half of the items never come among the first by the shop's weights."""
    quiz, catalogue = subject.quiz, subject.catalogue
    if catalogue is None:
        return
    first = max(quiz.result.min, SHOWN)
    rows = np.flatnonzero(never_first(quiz, catalogue, first))
    total = int(np.count_nonzero(catalogue.in_stock))
    if 2 * len(rows) > total:
        examples = "; ".join(_described(quiz, catalogue, int(row)) for row in rows[:EXAMPLES])
        yield Problem(
            ("result",),
            "",
            f"{len(rows)} of {total} items in stock ({len(rows) / total:.0%}) are never among the first "
            f"{first} by the weights, whatever is answered, such as those with {examples}; weigh values that "
            "they carry, or ask what tells them apart.",
        )


def _shown(subject: Subject, catalogue: Catalogue, left: Left) -> Route | None:
    """The path as plain as can be; None where the engine does not confirm it."""
    quiz = subject.quiz

    def same(state: State) -> bool:
        return _left(quiz, catalogue, state) == left.bits

    return confirmed(quiz, left.route, same)


def _left(quiz: Quiz, catalogue: Catalogue, state: State) -> int:
    bits = bits_of(catalogue.in_stock)
    for one in live_filters(quiz, state.live):
        bits &= bits_of(catalogue.accepted(one))
    return bits


def _empty(subject: Subject, catalogue: Catalogue, route: Route, size: int) -> Problem:
    result, total = subject.quiz.result, int(np.count_nonzero(catalogue.in_stock))
    filters = _filters(subject.quiz, route)
    slots = len(result.slots) if result.slots and result.empty == "nothing" else 0
    there = f"{size} of {slots} slots" if slots else f"{size} of {total} items in stock"
    led = f"{_led(route)} the result has {there}, and `result.min` is {result.min}"
    advice = "give one of the filters a `relax`, or lower `result.min`" if filters else "lower `result.min`"
    return Problem(
        _place(subject.quiz, filters),
        "must" if filters else "min",
        f"{led}{_counts(filters, catalogue)}; {advice}.",
        route.answers,
    )


def _starved(subject: Subject, catalogue: Catalogue, route: Route, slot: str) -> Problem:
    filters = _filters(subject.quiz, route)
    there = int(np.count_nonzero(catalogue.carries(SLOT, slot) & catalogue.in_stock))
    return Problem(
        _place(subject.quiz, filters),
        "must",
        f"{_led(route)} none of the {there} in stock is left for slot `{slot}`"
        f"{_counts(filters, catalogue)}; give one of them a `relax`, or drop the slot.",
        route.answers,
    )


def _led(route: Route) -> str:
    facts = ", ".join(f"`{fact}`" for fact, _ in route.known)
    if not route.answers:
        return "whatever is answered,"
    return f"after these answers{f', with {facts} known before,' if facts else ''}"


def _filters(quiz: Quiz, route: Route) -> list[ItemFilter]:
    return live_filters(quiz, played(quiz, route).live)


def _counts(filters: Sequence[ItemFilter], catalogue: Catalogue) -> str:
    """How many items each filter leaves by itself."""
    counts = {
        one.question + one.expression: f"`{one.expression}` of `{one.question}` alone leaves "
        f"{int(np.count_nonzero(catalogue.accepted(one) & catalogue.in_stock))}"
        for one in filters
    }
    loosened = ", though every filter that gives way was loosened"
    return f"{loosened} ({', '.join(counts.values())})" if counts else ""


def _place(quiz: Quiz, filters: Sequence[ItemFilter]) -> tuple[str | int, ...]:
    """The last question that filters."""
    names = {one.question for one in filters}
    rows = [row for row, question in enumerate(quiz.questions) if question.id in names]
    return ("questions", rows[-1]) if rows else ("result",)


def _musts(quiz: Quiz) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
    for row, question in enumerate(quiz.questions):
        if question.must is not None:
            yield ("questions", row), question.must, bool(question.relax)
        for number, choice in enumerate(question.choices):
            if choice.must is not None:
                yield ("questions", row, "choices", number), choice.must, bool(choice.relax)


def _pairs(quiz: Quiz, musts: Collection[str]) -> list[tuple[Hard, Hard]]:
    """Filters that no item passes together, though it may pass each."""
    hard = [one for one in hard_filters(quiz) if one.must in musts]
    return [
        (one, other)
        for row, one in enumerate(hard)
        for other in hard[row + 1 :]
        if _meet(one, other) and not conceivable(quiz, [parse(one.must), parse(other.must)])
    ]


def _meet(one: Hard, other: Hard) -> bool:
    """Whether two filters speak of the same attribute, and are not the two sides of one choice."""
    if one.question is other.question and not one.question.takes_many and None not in (one.row, other.row):
        return False
    return bool(names_in(one.must).attributes & names_in(other.must).attributes)


def _together(quiz: Quiz, route: Route, kept: set[tuple[str, str]]) -> Route | None:
    def same(state: State) -> bool:
        return kept <= {(one.question, one.expression) for one in live_filters(quiz, state.live)}

    return confirmed(quiz, route, same)


def _contradiction(quiz: Quiz, one: Hard, other: Hard, route: Route) -> Problem:
    place: tuple[str | int, ...] = ("questions", quiz.questions.index(other.question))
    if other.row is not None:
        place = (*place, "choices", other.row)
    return Problem(
        place,
        "must",
        f"{_led(route)} no item can pass both `{one.must}` of `{one.question.id}` and `{other.must}` of "
        f"`{other.question.id}`; make them one filter with `or`, let `when` keep the questions apart, or "
        "give one a `relax`.",
        route.answers,
    )


def _described(quiz: Quiz, catalogue: Catalogue, row: int) -> str:
    """What an item carries of the attributes that the quiz weighs."""
    weighed = {name for question in quiz.questions for choice in question.choices for name in choice.w}
    item = catalogue.items[row]
    parts = [f"{name} {_words(item[name])}" for name in sorted(weighed) if item.get(name)]
    return ", ".join(parts) or "no value that is weighed"


def _words(value: object) -> str:
    return "|".join(map(str, value)) if isinstance(value, tuple) else str(value)


RULES = (
    Rule("empty-result", Level.ERROR, empty_results),
    Rule("slot-starved", Level.WARNING, starved_slots),
    Rule("filter-contradiction", Level.ERROR, contradictions),
    Rule("item-never-first", Level.WARNING, items_never_first),
)
