"""Consent: every answer has a purpose, sensitive ones an opt-in, and each an end."""

from collections.abc import Iterator

from quizzes.definition import Basis, Kind
from quizzes.rules.rule import Level, Problem, Rule, Subject, nearest

SENSITIVE_KEEP_DAYS = 180


def missing_purposes(subject: Subject) -> Iterator[Problem]:
    """An answer would be kept for a purpose that nobody was told."""
    quiz = subject.quiz
    for place, question in subject.questions():
        if question.kind is Kind.INFO:
            continue
        for number, channel in enumerate(question.channels):
            if channel.purpose not in quiz.purposes:
                hint = nearest(channel.purpose, quiz.purposes)
                message = (
                    f"channel `{channel.via}` names no purpose of this quiz: `{channel.purpose}`; {hint}"
                )
                yield Problem(place, f"channels[{number}].purpose", message)
        name = question.purpose or quiz.purpose
        if name is None and not question.channels:
            message = f"question `{question.id}` has no purpose; name one, or give the quiz one."
            yield Problem(place, "purpose", message)
        elif name is not None and name not in quiz.purposes:
            hint = nearest(name, quiz.purposes)
            message = f"question `{question.id}`: [purposes] does not define `{name}`; {hint}"
            yield Problem(place, "purpose", message)


def careless_sensitive(subject: Subject) -> Iterator[Problem]:
    """A sensitive answer is kept without being asked for, or for too long."""
    for place, question in subject.questions():
        purpose = subject.quiz.purpose_of(question)
        if not question.sensitive or purpose is None:
            continue
        if purpose.basis is not Basis.OPT_IN:
            message = f"sensitive question `{question.id}` has a purpose by notice; give it one by opt_in."
            yield Problem(place, "purpose", message)
        elif purpose.keep_days is None or purpose.keep_days > SENSITIVE_KEEP_DAYS:
            kept = purpose.keep or "for ever"
            yield Problem(
                place,
                "purpose",
                f"sensitive question `{question.id}` is kept {kept}; set `keep` of its purpose to at most "
                f"{SENSITIVE_KEEP_DAYS}d.",
            )


def endless_purposes(subject: Subject) -> Iterator[Problem]:
    """Answers are kept for ever."""
    for name, purpose in subject.quiz.purposes.items():
        if purpose.keep is None:
            message = f'purpose `{name}` keeps answers for ever; add `keep`, such as keep = "365d".'
            yield Problem(("purposes", name), "keep", message)


RULES = (
    Rule("purpose-missing", Level.ERROR, missing_purposes),
    Rule("sensitive-without-opt-in", Level.ERROR, careless_sensitive),
    Rule("keep-missing", Level.WARNING, endless_purposes),
)
