"""The flaws of a placement: all by which it could never be answered as it says, and what to do."""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from quizzes.errors import ExpressionError
from quizzes.parser import names_in
from recsvc.domain.placements import FROM_PAGE, Placement, Strategy
from recsvc.serving.arms import HOLDOUT, STANDARD

MOST_IN_ARMS = 0.99
"""Share of the visitors who may see something else than the placement as it is written."""


class Flaw(NamedTuple):
    """What is wrong with a placement, and what to do."""

    field: str  # "" for the whole placement
    sentence: str
    word: str = ""  # what stands, at or after the field, on the line that is meant


def flaws_of(placement: Placement, unsound: Collection[str] = ()) -> list[Flaw]:
    """Everything by which a placement could never be answered as it says.

    Args:
        placement: what is sound of it.
        unsound: fields that are not, and of which nothing that rests on them is asked.
    """
    return [
        flaw for flaws, fields in _RESTS_ON.items() if fields.isdisjoint(unsound) for flaw in flaws(placement)
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
            yield Flaw(field, f"`{text}`: {sentence}", text)


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


_CHAIN = {"strategy", "fallbacks", "arms"}
_RESTS_ON: dict[Callable[[Placement], Iterator[Flaw]], frozenset[str]] = {
    _flaws_of_chains: frozenset(
        {*_CHAIN, "items", "same", "near_price", "max_per_category", "max_per_brand"}
    ),
    _flaws_of_filters: frozenset(),
    _flaws_of_pins: frozenset({"limit"}),
    _flaws_of_arms: frozenset({*_CHAIN, "holdout", "experiment"}),
}
"""The fields on which what is asked of a placement rests, beside the one that it is about."""
