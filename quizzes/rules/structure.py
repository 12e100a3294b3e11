"""Structure: ids that name one thing, and fields that fit the kind of their question."""

from collections.abc import Iterable, Iterator

from quizzes.definition import NUMERIC, WITH_CHOICES, Basis, Kind, Question
from quizzes.parser import RESERVED
from quizzes.rules.rule import Level, Problem, Rule, Subject

NEEDS = {
    **dict.fromkeys(WITH_CHOICES, "choices"),
    Kind.SLIDER: "range",
    Kind.SCALE: "scale",
    Kind.CONTACT: "channels",
}
FITS = {
    "choices": WITH_CHOICES,
    "pick": {Kind.MULTI, Kind.IMAGE, Kind.RANK},
    "range": {Kind.SLIDER, Kind.NUMBER},
    "scale": {Kind.SCALE},
    "channels": {Kind.CONTACT},
    "fact": WITH_CHOICES | NUMERIC,
    "must": WITH_CHOICES | NUMERIC,
}


def duplicate_ids(subject: Subject) -> Iterator[Problem]:
    """An id names two things."""
    quiz = subject.quiz
    yield from _repeated(("questions",), "question", (one.id for one in quiz.questions))
    yield from _repeated(("touchpoints",), "touchpoint", (one.id for one in quiz.touchpoints))
    for place, question in subject.questions():
        label = f"in question `{question.id}` the choice"
        yield from _repeated((*place, "choices"), label, (one.id for one in question.choices))


def reserved_ids(subject: Subject) -> Iterator[Problem]:
    """A question or a fact is called like a word of the expression language."""
    for place, question in subject.questions():
        for field, name in (("id", question.id), ("fact", question.fact)):
            if name in RESERVED:
                yield Problem(
                    place, field, f"`{name}` is a word of the expression language; choose another {field}."
                )


def kind_fields(subject: Subject) -> Iterator[Problem]:
    """A field is missing for the kind of its question, does not fit it, or contradicts another."""
    for place, question in subject.questions():
        for field, message in _misfits(question):
            yield Problem(place, field, f"question `{question.id}`: {message}")
        purpose = subject.quiz.purpose_of(question)
        if question.required and purpose is not None and purpose.basis is Basis.OPT_IN:
            yield Problem(
                place,
                "required",
                f"question `{question.id}` has an opt_in purpose, so it may always be skipped; "
                "remove `required`.",
            )


def _repeated(place: tuple[str | int, ...], label: str, ids: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for row, name in enumerate(ids):
        if name in seen:
            yield Problem((*place, row), "id", f"{label} `{name}` is there twice; rename one of them.")
        seen.add(name)


def _misfits(question: Question) -> Iterator[tuple[str, str]]:
    needed = NEEDS.get(question.kind)
    if needed and not getattr(question, needed):
        yield needed, f"kind `{question.kind}` needs `{needed}`; add it."
    for field, kinds in FITS.items():
        if getattr(question, field) and question.kind not in kinds:
            fitting = ", ".join(sorted(kinds))
            yield field, f"`{field}` means nothing to kind `{question.kind}`, only to {fitting}; remove it."
    yield from _limits(question)
    if question.kind is Kind.IMAGE:
        for choice in question.choices:
            if choice.image is None:
                yield "choices", f"choice `{choice.id}` has no `image`; add one, or make the kind single."


def _limits(question: Question) -> Iterator[tuple[str, str]]:
    if question.pick is not None and question.choices:
        fewest, most = question.pick
        if not fewest <= most <= len(question.choices) or most == 0:
            there = len(question.choices)
            yield "pick", f"[{fewest}, {most}] of {there} choices cannot be picked; correct `pick`."
    field = "scale" if question.kind is Kind.SCALE else "range"
    lowest, highest = question.bounds
    if lowest >= highest:
        yield field, f"min {lowest:g} is not below max {highest:g}; correct `{field}`."
    if question.range and question.range.start is not None and not lowest <= question.range.start <= highest:
        yield "range", f"start {question.range.start:g} lies outside {lowest:g} to {highest:g}; correct it."
    if question.scale and len(question.scale.labels) not in {
        0,
        2,
        question.scale.max - question.scale.min + 1,
    }:
        yield "scale", "`labels` are two words for the ends, or one for every step; correct them."


RULES = (
    Rule("id-duplicate", Level.ERROR, duplicate_ids),
    Rule("id-reserved", Level.ERROR, reserved_ids),
    Rule("type-kind", Level.ERROR, kind_fields),
)
