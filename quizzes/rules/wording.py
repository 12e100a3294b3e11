"""Wording: every text in every locale, an alternative for every picture, a reason for every wish."""

from collections.abc import Iterator

from quizzes.rules.rule import Level, Problem, Rule, Subject
from quizzes.texts import all_texts


def missing_texts(subject: Subject) -> Iterator[Problem]:
    """A text lacks a locale of the quiz."""
    for spot in all_texts(subject.quiz):
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


RULES = (
    Rule("text-missing", Level.ERROR, missing_texts),
    Rule("alt-missing", Level.ERROR, missing_alternatives),
    Rule("reason-missing", Level.WARNING, missing_reasons),
)
