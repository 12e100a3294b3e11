"""The panel at the foot of every page: what the service knew, what it answered, and on what terms."""

from collections.abc import Sequence
from typing import NamedTuple

from quizzes.texts import in_locale
from recsvc.domain.profile import FactValue, Profile
from recsvc.serving.consent import usable
from recsvc.storefront.demo.parts import DemoParts
from recsvc.storefront.demo.shelf import Shelf
from recsvc.storefront.demo.texts import Texts
from recsvc.storefront.formats import day


class Known(NamedTuple):
    """One fact as a visitor reads it."""

    question: str
    words: str
    wording: str  # the purpose as it was shown
    answered: str
    until: str | None


class Panel(NamedTuple):
    """How a page was answered."""

    model: str | None
    revision: int  # of the profile
    interactions: int
    shelves: tuple[tuple[str, str, tuple[str, ...]], ...]  # heading, basis, what was dropped
    known: tuple[Known, ...]
    wordings: tuple[str, ...]


class Panels:
    """Makes panels in one language."""

    def __init__(self, parts: DemoParts, texts: Texts) -> None:
        self._parts = parts
        self._texts = texts

    def panel(self, profile: Profile, shelves: Sequence[Shelf]) -> Panel:
        """The panel of a page that shows these shelves."""
        known = self.known(profile)
        return Panel(
            model=next((shelf.slate.model for shelf in shelves), None),
            revision=profile.revision,
            interactions=len(profile.recent) + sum(count.lines for count in profile.older),
            shelves=tuple((shelf.heading, shelf.basis, self._dropped(shelf)) for shelf in shelves),
            known=known,
            wordings=tuple(dict.fromkeys(one.wording for one in known if one.wording)),
        )

    def known(self, profile: Profile) -> tuple[Known, ...]:
        """The facts that may be used now, in words."""
        now = self._parts.clock().timestamp()
        opt_in = self._parts.journey.quizzes.opt_in
        facts = [(name, one) for name, one in profile.facts.items() if usable(profile, one, now, opt_in)]
        return tuple(self._known(name, value) for name, value in facts)

    def _dropped(self, shelf: Shelf) -> tuple[str, ...]:
        return tuple(
            f"{self._texts(f'dropped.{rule}') if self._texts.has(f'dropped.{rule}') else rule}: {count}"
            for rule, count in shelf.slate.dropped.items()
            if count
        )

    def _known(self, name: str, value: FactValue) -> Known:
        locale = self._texts.locale
        title, wording = self._asked(name, value)
        if isinstance(value.values, tuple):
            words = self._parts.journey.quizzes.answer_text(f"{name}={'|'.join(value.values)}", locale)
            said = words or ", ".join(value.values)
        else:
            said = f"{value.values:g}"
        return Known(
            question=title or name,
            words=said,
            wording=wording,
            answered=day(value.answered_at, locale),
            until=day(value.expires_at, locale) if value.expires_at else None,
        )

    def _asked(self, name: str, value: FactValue) -> tuple[str, str]:
        """The question that asks for a fact and the wording of its purpose, "" where no quiz knows them."""
        quizzes, locale = self._parts.journey.quizzes, self._texts.locale
        for quiz in map(quizzes.get, quizzes.ids()):
            question = next((one for one in quiz.questions if one.fact == name), None)
            if question is not None:
                purpose = quiz.purposes.get(value.purpose)
                wording = in_locale(quiz, purpose.text, locale) if purpose else ""
                return in_locale(quiz, question.title, locale), wording
        return "", ""
