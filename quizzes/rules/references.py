"""References: what `when`, `must` and piping name exists, and comes earlier."""

from collections.abc import Iterator

from quizzes.rules.rule import Level, Problem, Rule, Spoken, Subject, nearest
from quizzes.texts import all_texts, pipes


def unknown_references(subject: Subject) -> Iterator[Problem]:
    """A name stands for nothing."""
    for spoken in subject.conditions:
        for name in sorted(spoken.names.questions - subject.order.keys()):
            yield _unknown(subject, spoken.place, spoken.field, name)
        if spoken.field == "when" and spoken.names.attributes:
            named = ", ".join(f"item.{name}" for name in sorted(spoken.names.attributes))
            yield Problem(
                spoken.place,
                "when",
                f"{named}: a question is asked of a visitor, not of an item; use `must` for items.",
            )
    for place, field, name in _piped(subject):
        if name not in subject.order:
            yield _unknown(subject, place, field, name)
    experiment = subject.quiz.experiment
    for arm, patch in experiment.set.items() if experiment else ():
        if patch.first is not None and patch.first not in subject.order:
            yield _unknown(subject, ("experiment",), f"set.{arm}.first", patch.first)


def forward_references(subject: Subject) -> Iterator[Problem]:
    """A condition names a question that comes later."""
    for spoken in subject.conditions:
        own = subject.quiz.questions[spoken.row].id
        for name in sorted(spoken.names.questions):
            if name in subject.order and subject.order[name] > subject.order[own]:
                yield Problem(spoken.place, spoken.field, _later(own, spoken.field, f"`{name}`, which"))
        for fact, binder in _bound_facts(subject, spoken):
            if subject.order[binder] > subject.order[own]:
                later = f"known({fact}), which `{binder}` asks for and which"
                yield Problem(spoken.place, spoken.field, _later(own, spoken.field, later))


def self_references(subject: Subject) -> Iterator[Problem]:
    """A question is asked, or worded, by its own answer."""
    for spoken in subject.conditions:
        own = subject.quiz.questions[spoken.row].id
        if spoken.field != "when":
            continue
        if own in spoken.names.questions:
            message = f"question `{own}` waits for its own answer; name an earlier question."
            yield Problem(spoken.place, "when", message)
        for fact, binder in _bound_facts(subject, spoken):
            if binder == own:
                yield Problem(
                    spoken.place,
                    "when",
                    f"question `{own}` asks for `{fact}` and vanishes once it is known; a known fact is "
                    "never asked, so remove the condition.",
                )
    for place, field, name in _piped(subject):
        if place[:1] == ("questions",) and subject.quiz.questions[int(place[1])].id == name:
            yield Problem(place, field, f"question `{name}` shows its own answer; pipe an earlier question.")


def later_pipes(subject: Subject) -> Iterator[Problem]:
    """A text shows an answer that is not given yet."""
    for place, field, name in _piped(subject):
        if place[:1] != ("questions",) or name not in subject.order:
            continue
        own = subject.quiz.questions[int(place[1])].id
        if subject.order[name] > subject.order[own]:
            yield Problem(
                place, field, f"question `{own}` shows the answer of the later `{name}`; move `{name}` up."
            )


def _bound_facts(subject: Subject, spoken: Spoken) -> list[tuple[str, str]]:
    """The known(fact) of a condition with each question that asks for the fact."""
    return [
        (fact, question.id)
        for fact in sorted(spoken.names.facts)
        for question in subject.quiz.questions
        if question.fact == fact
    ]


def _piped(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    for spot in all_texts(subject.quiz):
        for name in sorted({name for words in spot.text.values() for name in pipes(words)}):
            yield spot.place, spot.field, name


def _unknown(subject: Subject, place: tuple[str | int, ...], field: str, name: str) -> Problem:
    return Problem(place, field, f"there is no question `{name}`; {nearest(name, subject.order)}")


def _later(own: str, field: str, named: str) -> str:
    return f"the `{field}` of `{own}` names {named} comes later; move that up, or `{own}` down."


RULES = (
    Rule("ref-unknown", Level.ERROR, unknown_references),
    Rule("ref-forward", Level.ERROR, forward_references),
    Rule("ref-self", Level.ERROR, self_references),
    Rule("pipe-later", Level.ERROR, later_pipes),
)
