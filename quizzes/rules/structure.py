"""Structure: ids that name one thing, and fields that fit the kind of their question."""

import re
from collections.abc import Iterable, Iterator

from quizzes.definition import NUMERIC, WITH_CHOICES, Basis, Experiment, Kind, Place, Question
from quizzes.parser import RESERVED
from quizzes.rules.rule import Level, Problem, Rule, Subject

SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
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
    yield from _touchpoint_misfits(subject)
    if subject.quiz.experiment is not None:
        for field, message in _arm_misfits(subject, subject.quiz.experiment):
            yield Problem(("experiment",), field, message)


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
    for choice in question.choices:
        if question.kind is Kind.IMAGE and choice.image is None:
            yield "choices", f"choice `{choice.id}` has no `image`; add one, or make the kind single."
        if choice.image is not None and SCHEME.match(choice.image):
            yield (
                "choices",
                f"the image of choice `{choice.id}` is no picture of the web; use https, or a file.",
            )
        if choice.unsure and choice.must is not None:
            yield (
                "choices",
                f"choice `{choice.id}` is unsure, so its `must` never applies; remove one of the two.",
            )


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


def _touchpoint_misfits(subject: Subject) -> Iterator[Problem]:
    """A touchpoint asks while a fact is unknown; an address is no fact."""
    for row, touchpoint in enumerate(subject.quiz.touchpoints):
        for name in touchpoint.ask:
            question = subject.quiz.question(name)
            if question is not None and question.fact is None and question.kind is not Kind.CONTACT:
                yield Problem(
                    ("touchpoints", row),
                    "ask",
                    f"touchpoint `{touchpoint.id}` asks `{name}`, which has no `fact`: the answer would be "
                    f"forgotten and asked for again; give `{name}` a fact, or take it out of `ask`.",
                )


def _arm_misfits(subject: Subject, experiment: Experiment) -> Iterator[tuple[str, str]]:
    if not experiment.arms:
        yield "arms", "an experiment needs arms with their shares; add them, or remove [experiment]."
    for arm, share in experiment.arms.items():
        if share <= 0:
            message = f"arm `{arm}` has a share of {share:g}; give it one above 0, or remove the arm."
            yield f"arms.{arm}", message
    for arm, patch in experiment.set.items():
        question = subject.quiz.question(patch.first) if patch.first is not None else None
        obstacle = _obstacle(subject, question) if question is not None else None
        if obstacle:
            yield (
                f"set.{arm}.first",
                f"`{patch.first}` cannot be asked first: {obstacle}; name another question.",
            )
        if patch.max is not None and patch.max < subject.quiz.pace.min:
            message = f"`max` {patch.max} is below `pace.min` {subject.quiz.pace.min}; correct one of them."
            yield f"set.{arm}.max", message


def _obstacle(subject: Subject, question: Question) -> str | None:
    """Why a question cannot come before all others."""
    earlier = subject.quiz.questions[: subject.quiz.questions.index(question)]
    gate = next((one.id for one in earlier if one.may_end), None)
    if question.place is Place.AFTER_RESULT:
        return "it comes after the result"
    if question.when is not None:
        return "it has a `when`"
    if question.piped - {question.id}:
        return f"it shows the answer to {', '.join(f'`{name}`' for name in sorted(question.piped))}"
    return f"a choice of `{gate}` before it closes the quiz" if gate else None


RULES = (
    Rule("id-duplicate", Level.ERROR, duplicate_ids),
    Rule("id-reserved", Level.ERROR, reserved_ids),
    Rule("type-kind", Level.ERROR, kind_fields),
)
