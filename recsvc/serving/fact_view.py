"""Fact view: what the visitor sees of a fact, in words, with why it is kept and until when."""

from datetime import UTC, datetime

import msgspec

from quizzes.definition import Question, Quiz
from quizzes.texts import fill, in_locale
from recsvc.domain.profile import FactValue


class PurposeView(msgspec.Struct, frozen=True):
    """Why a fact is kept; without words where the quiz that showed them is no longer published."""

    id: str
    policy: str | None  # version of the wording
    basis: str | None  # notice | opt_in
    text: str | None


class FactView(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that is known and has not expired."""

    values: tuple[str, ...] | float  # choice ids, or a number
    words: tuple[str, ...]  # what each value is called in the locale
    title: str | None  # of the question
    purpose: PurposeView
    used: bool  # false while its purpose is withdrawn
    answered_at: datetime
    expires_at: datetime | None
    source: str  # quiz | import | visitor
    quiz: str | None
    revision: int | None
    question: str | None
    touchpoint: str | None


class FactsView(msgspec.Struct, frozen=True):
    """What is known about a visitor, by the names of the facts."""

    facts: dict[str, FactView]


def fact_view(value: FactValue, asked: tuple[Quiz, Question] | None, locale: str, *, used: bool) -> FactView:
    """Show one fact.

    Args:
        value: as the profile keeps it.
        asked: the question that it answers; None where no published quiz has one.
        locale: of the words.
        used: whether it has a part in what is recommended.
    """
    return FactView(
        values=value.values,
        words=_words(value, asked, locale),
        title=fill(asked[0], asked[1].title, {}, locale) if asked else None,
        purpose=_purpose(value, asked, locale),
        used=used,
        answered_at=_moment(value.answered_at),
        expires_at=_moment(value.expires_at) if value.expires_at is not None else None,
        source=value.source,
        quiz=value.quiz,
        revision=value.revision,
        question=value.question,
        touchpoint=value.touchpoint,
    )


def _words(value: FactValue, asked: tuple[Quiz, Question] | None, locale: str) -> tuple[str, ...]:
    if not isinstance(value.values, tuple):
        return (_number(value.values, asked, locale),)
    return tuple(_choice(choice_id, asked, locale) for choice_id in value.values)


def _choice(choice_id: str, asked: tuple[Quiz, Question] | None, locale: str) -> str:
    choice = asked[1].choice(choice_id) if asked else None
    return fill(asked[0], choice.text, {}, locale) if asked and choice else choice_id


def _number(number: float, asked: tuple[Quiz, Question] | None, locale: str) -> str:
    own = asked[1].range if asked else None
    unit = in_locale(asked[0], own.unit, locale) if asked and own else ""
    return f"{number:.15g} {unit}".strip()


def _purpose(value: FactValue, asked: tuple[Quiz, Question] | None, locale: str) -> PurposeView:
    """The purpose in the words that were agreed to, never in others."""
    quiz = asked[0] if asked else None
    purpose = quiz.purposes.get(value.purpose) if quiz else None
    if quiz is None or purpose is None or value.policy not in {None, purpose.policy}:
        return PurposeView(value.purpose, value.policy, None, None)
    words = in_locale(quiz, purpose.text, locale)
    return PurposeView(value.purpose, value.policy, purpose.basis.value, words)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
