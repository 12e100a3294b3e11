"""Wording: every text in every locale, an alternative for every picture, a reason for every wish."""

from collections.abc import Iterator, Mapping

from quizzes.definition import PIPE, WITH_CHOICES, Kind, Place, Question
from quizzes.expression import ORDERINGS, And, Compare, Condition, Literal, Name, Operand
from quizzes.nearest import nearest
from quizzes.parser import parse
from quizzes.rules.rule import Level, Problem, Rule, Subject, Worded
from quizzes.texts import pipes

LABEL_LENGTH = 60
DENSE_LABEL_LENGTH = 28
DENSE = frozenset({"ja", "ko", "zh"})
"""Languages whose characters are about twice as wide and say about twice as much."""
POSITIVE = frozenset({"==", "in", *ORDERINGS})
"""Comparisons that a missing answer never makes true."""


def missing_texts(subject: Subject) -> Iterator[Problem]:
    """A text lacks a locale of the quiz."""
    for spot in subject.texts:
        lacking = [locale for locale in subject.quiz.locales if not spot.text.get(locale, "").strip()]
        if lacking:
            missing = ", ".join(f"`{locale}`" for locale in lacking)
            yield Problem(spot.place, spot.field, f"`{spot.field}` has no words in {missing}; add them.")


def missing_alternatives(subject: Subject) -> Iterator[Problem]:
    """A picture says nothing to whoever cannot see it."""
    for place, question, choice in subject.choices():
        if choice.image is not None and not choice.alt:
            message = f"the picture of choice `{choice.id}` of `{question.id}` has no `alt`; describe it."
            yield Problem(place, "alt", message)


def missing_reasons(subject: Subject) -> Iterator[Problem]:
    """A wish can put an item first, and nothing says why."""
    seen: set[tuple[str, str]] = set()
    because = subject.quiz.result.because
    for place, question, choice in subject.choices():
        for attribute, values in choice.w.items():
            for value, weight in values.items():
                if weight <= 0 or value in because.get(attribute, {}) or (attribute, value) in seen:
                    continue
                seen.add((attribute, value))
                yield Problem(
                    place,
                    "w",
                    f"choice `{choice.id}` of `{question.id}` wishes for {attribute}.{value}, which has no "
                    "words in [result.because]; add them.",
                )


def unused_reasons(subject: Subject) -> Iterator[Problem]:
    """Words for a wish that no answer makes are never shown."""
    wished: dict[str, dict[str, None]] = {}
    for _, _, choice in subject.choices():
        for attribute, values in choice.w.items():
            positive = (value for value, weight in values.items() if weight > 0)
            wished.setdefault(attribute, {}).update(dict.fromkeys(positive))
    for attribute, texts in subject.quiz.result.because.items():
        place, there = ("result", "because", attribute), wished.get(attribute, {})
        if not there.keys() & texts.keys():
            yield Problem(place, "", _unused(subject, attribute, wished))
            continue
        for value in texts.keys() - there.keys():
            message = f"no answer wishes for {attribute}.{value}; {nearest(value, there)}"
            yield Problem(place, value, message)


def _unused(subject: Subject, attribute: str, wished: Mapping[str, Mapping[str, None]]) -> str:
    """What to say of a whole table of reasons that is never shown."""
    if attribute in wished:
        return f"no answer wishes for any of these; wished for are {', '.join(wished[attribute]) or 'none'}."
    question = subject.quiz.question(attribute)
    meant = dict.fromkeys(name for one in (question.choices if question else ()) for name in one.w)
    if meant:
        names = ", ".join(f"`{name}`" for name in meant)
        return (
            f"`{attribute}` is a question, and tables of [result.because] are called like the attributes of "
            f"items that answers wish for; those to `{attribute}` wish for {names}."
        )
    return f"no answer wishes for `{attribute}`, so these words are never shown; {nearest(attribute, wished)}"


def long_labels(subject: Subject) -> Iterator[Problem]:
    """A choice does not fit on its button."""
    for worded in subject.texts:
        for locale, words in worded.text.items() if worded.labels else ():
            dense = locale.partition("-")[0] in DENSE
            limit = DENSE_LABEL_LENGTH if dense else LABEL_LENGTH
            length = len(PIPE.sub(lambda pipe: pipe[2] or "", words))
            if length > limit:
                yield Problem(
                    worded.place,
                    worded.field,
                    f"a choice has {length} characters in `{locale}`, more than the {limit} that fit on a "
                    "button; shorten it, and move the rest to `help`.",
                )


def mismatching_placeholders(subject: Subject) -> Iterator[Problem]:
    """One locale shows an answer that another does not."""
    for worded in subject.texts:
        shown = {locale: set(pipes(words)) for locale, words in worded.text.items() if words.strip()}
        every = set().union(*shown.values())
        for locale, names in shown.items():
            lacking = ", ".join(f"{{{name}}}" for name in sorted(every - names))
            if lacking:
                message = (
                    f"`{worded.field}` shows {lacking} in another locale, but not in `{locale}`; add it."
                )
                yield Problem(worded.place, worded.field, message)


def empty_pipes(subject: Subject) -> Iterator[Problem]:
    """A text has a hole where somebody gave no answer."""
    for worded in subject.texts:
        bare = {m[1] for words in worded.text.values() for m in PIPE.finditer(words) if m[2] is None}
        for name in sorted(bare):
            question = subject.quiz.question(name)
            if question is None or not _may_be_empty(subject, worded, question):
                continue
            yield Problem(
                worded.place,
                worded.field,
                f"`{{{name}}}` is empty where `{name}` has no answer; write what stands there then: "
                f"`{{{name}|…}}`.",
            )


def _may_be_empty(subject: Subject, worded: Worded, question: Question) -> bool:
    """Whether somebody reads a text without an answer to a question that it shows."""
    if question.kind in {Kind.INFO, Kind.CONTACT}:
        return True
    if worded.keys[:2] == ("result", "because"):
        return not _wished_by_alone(subject, worded, question)
    if worded.row is None:
        return True
    reader = subject.quiz.questions[worded.row]
    if subject.order[question.id] >= subject.order[reader.id]:
        return False  # pipe-later and ref-self speak of it
    if reader.when is not None and _implies_answer(parse(reader.when), question):
        return False
    return not _always_answered(subject, reader, question)


def _wished_by_alone(subject: Subject, worded: Worded, question: Question) -> bool:
    """Whether only answers to the question bring a reason about."""
    attribute, value = map(str, worded.keys[2:4])
    wishing = {
        one.id
        for _, one, choice in subject.choices()
        if not choice.unsure and choice.w.get(attribute, {}).get(value, 0.0) > 0
    }
    return wishing == {question.id}


def _implies_answer(condition: Condition, question: Question) -> bool:
    """Whether a `when` holds only where the question has an answer with words."""
    if isinstance(condition, And):
        return any(_implies_answer(part, question) for part in condition.parts)
    if not isinstance(condition, Compare) or condition.op not in POSITIVE:
        return False
    pairs = ((condition.left, condition.right), (condition.right, condition.left))
    return any(_is_sure(side, other, question) for side, other in pairs)


def _is_sure(side: Operand, other: Operand, question: Question) -> bool:
    if side != Name(question.id) or not isinstance(other, Literal):
        return False
    values = other.value if isinstance(other.value, tuple) else (other.value,)
    choices = [question.choice(value) for value in values if isinstance(value, str)]
    return not any(choice is None or choice.unsure for choice in choices) or question.kind not in WITH_CHOICES


def _always_answered(subject: Subject, reader: Question, question: Question) -> bool:
    if not question.required or question.when is not None or any(one.unsure for one in question.choices):
        return False
    before = question.place is Place.BEFORE_RESULT
    earlier = subject.quiz.questions[: subject.quiz.questions.index(question)]
    left_out = before and reader.place is Place.AFTER_RESULT and any(one.may_end for one in earlier)
    return not left_out and question.picks[0] > 0


RULES = (
    Rule("text-missing", Level.ERROR, missing_texts),
    Rule("alt-missing", Level.ERROR, missing_alternatives),
    Rule("reason-missing", Level.WARNING, missing_reasons),
    Rule("reason-unused", Level.WARNING, unused_reasons),
    Rule("label-too-long", Level.WARNING, long_labels),
    Rule("placeholder-mismatch", Level.ERROR, mismatching_placeholders),
    Rule("pipe-may-be-empty", Level.WARNING, empty_pipes),
)
