"""The panel at the foot of every page: what the service knew, what it answered, and why."""

from collections.abc import Sequence
from typing import NamedTuple

from recsvc.domain.profile import Interaction, Profile
from recsvc.domain.slates import Because
from recsvc.serving.fact_view import FactView
from recsvc.storefront.demo.parts import DemoParts
from recsvc.storefront.demo.shelf import Shelf
from recsvc.storefront.demo.texts import Texts
from recsvc.storefront.formats import day, percent

STEPS = 20
"""Widths of a bar that the stylesheet knows."""
NEWEST = 5
EXPLAINED = 4


class Contribution(NamedTuple):
    """One part of a reason."""

    words: str
    share: str
    width: int  # 1 to STEPS, for the bar beside the words


class ExplainedItem(NamedTuple):
    """One product with what brought it."""

    title: str
    reason: str
    because: tuple[Contribution, ...]


class ExplainedShelf(NamedTuple):
    """How one list came about."""

    heading: str
    basis: str
    sources: str  # strategies, in their order
    looked_at: int
    dropped: tuple[str, ...]
    items: tuple[ExplainedItem, ...]


class Panel(NamedTuple):
    """How a page was answered."""

    model: str | None
    revision: int  # of the profile
    interactions: int
    newest: tuple[str, ...]
    facts: tuple[FactView, ...]
    shelves: tuple[ExplainedShelf, ...]

    @property
    def is_about_somebody(self) -> bool:
        """Whether anything is known about the visitor."""
        return bool(self.interactions or self.facts)


class Panels:
    """Makes panels in one language."""

    def __init__(self, parts: DemoParts, texts: Texts) -> None:
        self._parts = parts
        self._texts = texts

    def panel(self, profile: Profile, facts: Sequence[FactView], shelves: Sequence[Shelf]) -> Panel:
        """The panel of a page that shows these shelves to somebody of whom these facts may be used."""
        return Panel(
            model=next((shelf.slate.model for shelf in shelves), None),
            revision=profile.revision,
            interactions=len(profile.recent) + sum(count.lines for count in profile.older),
            newest=tuple(self._did(line) for line in reversed(profile.recent[-NEWEST:])),
            facts=tuple(facts),
            shelves=tuple(map(self._explained, shelves)),
        )

    def _did(self, line: Interaction) -> str:
        when = day(line.occurred_at, self._texts.locale)
        return self._texts(f"did.{line.kind}", title=self._title(line.item_id), day=when)

    def _explained(self, shelf: Shelf) -> ExplainedShelf:
        trail = shelf.slate.trail
        return ExplainedShelf(
            heading=shelf.heading,
            basis=shelf.basis,
            sources=" → ".join(self._word("source", str(one)) for one in trail.chain) if trail else "",
            looked_at=trail.considered if trail else 0,
            dropped=tuple(
                f"{self._word('dropped', rule)}: {count}"
                for rule, count in shelf.slate.dropped.items()
                if count
            ),
            items=tuple(
                ExplainedItem(
                    self._title(one.id),
                    one.reason.text,
                    tuple(map(self._contribution, one.reason.because)),
                )
                for one in shelf.slate.items[:EXPLAINED]
            ),
        )

    def _word(self, section: str, name: str) -> str:
        """What the shop calls something of the service, its own name where it has no word for it."""
        key = f"{section}.{name}"
        return self._texts(key) if self._texts.has(key) else name

    def _contribution(self, because: Because) -> Contribution:
        width = min(STEPS, max(1, round(STEPS * because.share)))
        return Contribution(self._named(because), percent(because.share), width)

    def _named(self, because: Because) -> str:
        if because.kind == "item":
            return self._title(because.id)
        if because.kind == "answer":
            words = self._parts.quizzes.answer_text(because.id, self._texts.locale)
            return self._texts("why.answer", words=words or because.id)
        return self._texts("why.popularity")

    def _title(self, item_id: str) -> str:
        item = self._parts.catalogue.get(item_id)
        return item.title_in(self._texts.locale) if item else item_id
