"""Placement files: TOML to placements; what cannot be is refused with the line, and what to do."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from quizzes.errors import ExpressionError
from quizzes.parser import names_in
from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.domain.placements import FROM_PAGE, Arm, Boost, Pin, Placement, Strategy
from recsvc.serving.arms import HOLDOUT, STANDARD

HEADER = re.compile(r"^\s*\[\[\s*placements\s*\]\]", re.MULTILINE)
AT = re.compile(r" - at `\$\.?(\w*)")
UNKNOWN = re.compile(r"unknown field `(\w+)`")
FIELDS: Final = sorted({field for kind in (Placement, Pin, Boost, Arm) for field in kind.__struct_fields__})
"""All that may be written."""
MOST_IN_ARMS = 0.99
"""Share of the visitors who may see something else than the placement as it is written."""


class PlacementFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file holds."""

    placements: tuple[dict[str, Any], ...]


class Flaw(NamedTuple):
    """What is wrong with a placement, and what to do."""

    field: str  # "" for the whole placement
    sentence: str


class Judged(NamedTuple):
    """The placements of some files, and everything against them."""

    placements: dict[str, Placement]  # those that can be, by id
    findings: list[str]  # sentences with file, line and fix


def read_placements(place: Path) -> dict[str, Placement]:
    """The placements of a file, or of every `*.toml` of a directory, by id.

    Raises:
        UsageError: a placement cannot be; the sentence names file, line and fix.
        InputOutputError: a file cannot be read.
    """
    return _sound(judge_placements([place]))


def judge_placements(places: Iterable[Path]) -> Judged:
    """The same of several places, with all that is against their placements.

    Raises:
        InputOutputError: a file cannot be read.
    """
    found = Judged({}, [])
    for place in places:
        for path in sorted(place.glob("*.toml")) if place.is_dir() else [place]:
            try:
                text = path.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise InputOutputError(f"The placements {path} cannot be read: {error}.") from error
            _judge(text, path.name, found)
    return found


def recipes() -> dict[str, Placement]:
    """The ready-made placements, by id."""
    return parse_placements(
        files("recsvc.serving").joinpath("recipes.toml").read_text("utf-8"), "recipes.toml"
    )


def parse_placements(text: str, name: str) -> dict[str, Placement]:
    """The placements of one text, by id.

    Args:
        text: TOML with tables `[[placements]]`.
        name: of the file, for the sentence.

    Raises:
        UsageError: as `read_placements`.
    """
    found = Judged({}, [])
    _judge(text, name, found)
    return _sound(found)


def _sound(found: Judged) -> dict[str, Placement]:
    if found.findings:
        raise UsageError(found.findings[0])
    return found.placements


def _judge(text: str, name: str, found: Judged) -> None:
    """Add what a text holds."""
    try:
        decoded = msgspec.toml.decode(text, type=PlacementFile)
    except msgspec.ValidationError as error:
        sentence = str(error).partition(" - at `")[0]
        what = "docs/placements.md lists what a file of placements holds"
        found.findings.append(f"{name}, line 1: {sentence}; {what}.")
        return
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        found.findings.append(f"{name} is not TOML: {str(error)[:200]}.")
        return
    for row, written in enumerate(decoded.placements):
        for flaw in _add(written, found.placements):
            line = _line(text, row, flaw.field)
            found.findings.append(f"{name}, line {line}: placement {written.get('id')!r}: {flaw.sentence}.")


def _add(written: dict[str, Any], placements: dict[str, Placement]) -> list[Flaw]:
    """Add one placement to the others; what is against it, if it cannot be."""
    try:
        placement = msgspec.convert(written, Placement, builtin_types=(datetime,))
    except msgspec.ValidationError as error:
        return [_flaw_of_value(str(error))]
    if placement.id in placements:
        return [Flaw("id", "another placement has this id; rename one")]
    flaws = flaws_of(placement)
    if not flaws:
        placements[placement.id] = placement
    return flaws


def revision_of(placement: Placement) -> str:
    """Twelve hexadecimal digits that change with anything a placement says."""
    return hashlib.blake2b(msgspec.json.encode(placement), digest_size=6).hexdigest()


def flaws_of(placement: Placement) -> list[Flaw]:
    """Everything by which a placement could never be answered as it says."""
    return [
        *_flaws_of_chains(placement),
        *_flaws_of_filters(placement),
        *_flaws_of_pins(placement),
        *_flaws_of_arms(placement),
    ]


def _flaws_of_chains(placement: Placement) -> Iterator[Flaw]:
    written = [("fallbacks", placement.strategy, placement.fallbacks)]
    written += [("arms", arm.strategy, arm.fallbacks) for arm in placement.arms]
    for field, _, fallbacks in written:
        if len(set(fallbacks)) < len(fallbacks):
            yield Flaw(field, "a strategy is named twice; the second time it has nothing new to give")
        for strategy in fallbacks:
            if strategy in FROM_PAGE and not placement.needs_item:
                yield Flaw(field, f"`{strategy}` needs the product of the page; make it the strategy")
    is_fixed = any(Strategy.FIXED in (strategy, *fallbacks) for _, strategy, fallbacks in written)
    if is_fixed != bool(placement.items):
        yield Flaw("items", "`items` and the strategy `fixed` go together; write both or neither")
    if placement.max_per_category and "category" in placement.same:
        yield Flaw("max_per_category", "contradicts `same`, by which all are of one category; remove one")
    if placement.max_per_brand and "brand" in placement.same:
        yield Flaw("max_per_brand", "contradicts `same`, by which all are of one brand; remove one")


def _flaws_of_filters(placement: Placement) -> Iterator[Flaw]:
    written = [("filter", placement.filter)] if placement.filter is not None else []
    for field, text in written + [("boosts", boost.where) for boost in placement.boosts]:
        sentence = flaw_of_filter(text)
        if sentence:
            yield Flaw(field, f"`{text}`: {sentence}")


def flaw_of_filter(text: str) -> str | None:
    """What is wrong with an expression over items; None where nothing is."""
    try:
        named = names_in(text)
    except ExpressionError as error:
        return str(error)
    strange = sorted(named.questions | named.facts)
    if strange:
        return f"`{strange[0]}` is no attribute of an item; write `item.{strange[0]}`"
    return None


def flaw_of_request(text: str) -> str | None:
    """The same of a filter in a request, which may come from a browser: it may not ask for margins."""
    flaw = flaw_of_filter(text)
    if flaw is None and "margin" in names_in(text).attributes:
        return "`item.margin` is nobody's business but the shop's; filter by it in the file of the placement"
    return flaw


def _flaws_of_pins(placement: Placement) -> Iterator[Flaw]:
    for number, pin in enumerate(placement.pins):
        if any(at is not None and at.tzinfo is None for at in (pin.start, pin.end)):
            yield Flaw("pins", f"the times of {pin.item!r} name no zone; write 2026-04-01T00:00:00Z")
        elif pin.start and pin.end and pin.start >= pin.end:
            yield Flaw("pins", f"{pin.item!r} ends before it starts; swap `start` and `end`")
        elif pin.position > placement.limit:
            yield Flaw("pins", f"position {pin.position} lies beyond the limit of {placement.limit}")
        elif any(_clash(placement, pin_row, number) for pin_row in range(number)):
            yield Flaw("pins", f"{pin.item!r} stands where, or is, another pin of the same time; move one")


def _flaws_of_arms(placement: Placement) -> Iterator[Flaw]:
    names = [arm.name for arm in placement.arms]
    taken = next((name for name in names if name in {HOLDOUT, STANDARD} or names.count(name) > 1), None)
    if taken is not None:
        yield Flaw("arms", f"the name {taken!r} is taken; choose another one")
    if placement.holdout + sum(arm.share for arm in placement.arms) > MOST_IN_ARMS:
        yield Flaw(
            "arms" if names else "holdout",
            "hardly anybody is left to see the placement as written; lower the shares",
        )
    if placement.holdout and placement.chain == (Strategy.POPULAR,):
        yield Flaw("holdout", "it would see the same as everybody; name another strategy, or no holdout")
    if placement.experiment is not None and not (placement.holdout or names):
        yield Flaw("experiment", "there is nothing to draw; name a `holdout` or `arms`, or remove it")


def _clash(placement: Placement, first: int, second: int) -> bool:
    one, other = placement.pins[first], placement.pins[second]
    ends = [(one.end, other.start), (other.end, one.start)]
    apart = any(end is not None and start is not None and end <= start for end, start in ends)
    return not apart and (one.position == other.position or one.item == other.item)


def _flaw_of_value(complaint: str) -> Flaw:
    """A field that is none, or whose value cannot be; of several the first."""
    sentence, at = complaint.partition(" - at `")[0], AT.search(complaint)
    field = at[1] if at else ""
    unknown = UNKNOWN.search(sentence)
    if unknown:
        near = get_close_matches(unknown[1], FIELDS, 1)
        hint = f"perhaps it is `{near[0]}`" if near else "docs/placements.md lists those there are"
        return Flaw(field or unknown[1], f"unknown field `{unknown[1]}`; {hint}")
    if sentence.startswith("Invalid enum value"):
        return Flaw(field, f"`{field}`: {sentence[8:]}; it is one of {', '.join(Strategy)}")
    return Flaw(field, f"`{field}`: {sentence}; docs/placements.md lists the fields and their ranges")


def _line(text: str, row: int, field: str) -> int:
    """The line of a field of the placement in a row, else where that placement begins; counted from 1."""
    starts: Sequence[int] = [match.start() for match in HEADER.finditer(text)]
    if row >= len(starts):
        return 1
    end = starts[row + 1] if row + 1 < len(starts) else len(text)
    pattern = rf"^\s*(?:\[\[?\s*placements\.)?{re.escape(field)}\b" if field else r"\["
    there = re.compile(pattern, re.MULTILINE).search(text, starts[row], end)
    at = there.end() if there else text.index("[", starts[row])
    return text.count("\n", 0, at) + 1
