"""References: what `when`, `must` and piping name exists, and comes earlier."""

from collections.abc import Iterator

from quizzes.nearest import nearest
from quizzes.rules.rule import Level, Problem, Rule, Spoken, Subject
from quizzes.texts import all_texts, nearest_address, pipes


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
    for place, field, _, name in _piped(subject):
        if name not in subject.order:
            yield _unknown(subject, place, field, name)
    yield from _of_arms(subject)


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
    for place, field, row, name in _piped(subject):
        if row is not None and subject.quiz.questions[row].id == name:
            yield Problem(place, field, f"question `{name}` shows its own answer; pipe an earlier question.")


def later_pipes(subject: Subject) -> Iterator[Problem]:
    """A text shows an answer that is not given yet."""
    for place, field, row, name in _piped(subject):
        if row is None or name not in subject.order:
            continue
        own = subject.quiz.questions[row].id
        if subject.order[name] > subject.order[own]:
            yield Problem(
                place, field, f"question `{own}` shows the answer of the later `{name}`; move `{name}` up."
            )


def _of_arms(subject: Subject) -> Iterator[Problem]:
    experiment, place = subject.quiz.experiment, ("experiment",)
    addresses = {spot.address: spot for spot in all_texts(subject.quiz)}
    for arm, patch in experiment.set.items() if experiment else ():
        if experiment and arm not in experiment.arms:
            message = f"`set` patches the arm `{arm}`, which has no share; {nearest(arm, experiment.arms)}"
            yield Problem(place, f"set.{arm}", message)
        if patch.first is not None and patch.first not in subject.order:
            yield _unknown(subject, place, f"set.{arm}.first", patch.first)
        for address in patch.texts:
            if address not in addresses:
                message = f"arm `{arm}`: there is no text `{address}`; {nearest_address(address, addresses)}"
                yield Problem(place, f"set.{arm}.texts", message)


def _bound_facts(subject: Subject, spoken: Spoken) -> list[tuple[str, str]]:
    """The known(fact) of a condition with each question that asks for the fact."""
    return [
        (fact, question.id)
        for fact in sorted(spoken.names.facts)
        for question in subject.quiz.questions
        if question.fact == fact
    ]


def _piped(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], str, int | None, str]]:
    """Every pipe: its place, its field, the number of the question that shows it, and what it names."""
    for worded in subject.texts:
        for name in sorted({name for words in worded.text.values() for name in pipes(words)}):
            yield worded.place, worded.field, worded.row, name


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
