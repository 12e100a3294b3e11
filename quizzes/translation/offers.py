"""Offers: what translators send for the texts of a quiz, and which of it fits."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from quizzes.definition import PIPE, Quiz, Text
from quizzes.texts import Spot, all_texts, arm_texts, nearest_address


class Entry(NamedTuple):
    """One text as a translator gets it."""

    address: str
    text: Text


class Offer(NamedTuple):
    """What a translator sends for one text in one locale."""

    line: int  # of the translator's file
    address: str
    locale: str
    source: str | None  # the words that it was made from; None where the file does not say
    words: str


class Refusal(NamedTuple):
    """An offer that was not taken, and why."""

    line: int
    address: str
    locale: str
    reason: str


def entries(quiz: Quiz) -> list[Entry]:
    """Every text of a quiz, those of its arms last."""
    return [Entry(spot.address, spot.text) for spot in _spots(quiz)]


def accept(quiz: Quiz, offers: Iterable[Offer]) -> tuple[dict[str, Text], list[Refusal]]:
    """Take what fits: address → words by locale, without those that the quiz has already."""
    spots = {spot.address: spot for spot in _spots(quiz)}
    taken: dict[tuple[str, str], str] = {}
    refused: list[Refusal] = []
    for raw in offers:
        offer = _with_own_newlines(quiz, raw, spots.get(raw.address))
        reason = _unfit(quiz, offer, spots)
        if reason is None and taken.get((offer.address, offer.locale), offer.words) != offer.words:
            reason = "stands there twice with different words; keep one of them."
        if reason:
            refused.append(Refusal(offer.line, offer.address, offer.locale, reason))
        else:
            taken[offer.address, offer.locale] = offer.words
    texts: dict[str, Text] = {}
    for (address, locale), words in taken.items():
        if spots[address].text.get(locale) != words:
            texts.setdefault(address, {})[locale] = words
    return texts, refused


def with_sources(quiz: Quiz, offers: Iterable[Offer]) -> list[Offer]:
    """The same offers, and the words of their source as offers of its locale."""
    found: dict[Offer, None] = {}
    for offer in offers:
        if offer.source is not None:
            found[Offer(offer.line, offer.address, quiz.locales[0], None, offer.source)] = None
        found[offer._replace(source=None)] = None
    return [*found]


def _spots(quiz: Quiz) -> Iterator[Spot]:
    return chain(all_texts(quiz), arm_texts(quiz))


def _with_own_newlines(quiz: Quiz, offer: Offer, spot: Spot | None) -> Offer:
    """Undo the line ends that a spreadsheet program put in the place of the definition's."""
    if spot is None:
        return offer
    own = spot.text.get(quiz.locales[0], "") + spot.text.get(offer.locale, "")
    if "\r" in own:
        return offer
    source = offer.source.replace("\r\n", "\n") if offer.source else offer.source
    return offer._replace(source=source, words=offer.words.replace("\r\n", "\n"))


def _unfit(quiz: Quiz, offer: Offer, spots: dict[str, Spot]) -> str | None:
    """Why an offer is not taken, and what to do."""
    spot = spots.get(offer.address)
    if spot is None:
        return f"the quiz has no text `{offer.address}`; {nearest_address(offer.address, spots)}"
    if offer.locale not in quiz.locales:
        return f"the quiz has no locale `{offer.locale}`; add it to `locales` first."
    source = spot.text.get(quiz.locales[0], "")
    if offer.source is not None and offer.source != source:
        return (
            "the source has other words here than in the definition; if you changed them here, import "
            "`--with-source`, else export again and translate those."
        )
    if offer.words.strip() and offer.words == spot.text.get(offer.locale):
        return None
    if not source.strip():
        return f"there are no words in `{quiz.locales[0]}` to translate; write them first."
    return _misworded(source, offer.words)


def _misworded(source: str, words: str) -> str | None:
    if not words.strip():
        return "there is no translation; write one."
    wanted, there = _pipes(source), _pipes(words)
    if wanted == there:
        return None
    lacking, surplus = (", ".join(sorted(one)) or "none" for one in (wanted - there, there - wanted))
    return f"the placeholders differ: {lacking} missing, {surplus} too many; write them as in the source."


def _pipes(words: str) -> set[str]:
    """The placeholders of a text; a fallback is translated, but whether there is one is not up to taste."""
    return {f"{{{m[1]}}}" if m[2] is None else f"{{{m[1]}|…}}" for m in PIPE.finditer(words)}
