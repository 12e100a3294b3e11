"""Choice: from candidates and rules to the places of a slate, in one order (docs/placements.md)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from recsvc.domain.placements import Placement, Strategy
from recsvc.domain.slates import Moves
from recsvc.serving.arrangement import POOL, arranged, is_plain
from recsvc.serving.candidates import Candidate, Sight, generate
from recsvc.serving.page import Page
from recsvc.serving.rules import Cap, Rule, Seats, Sieve


class Chosen(NamedTuple):
    """Who sits, and what was taken out."""

    candidates: list[Candidate]
    dropped: dict[str, int]  # rule → candidates
    sieve: Sieve
    seats: Seats
    moves: Mapping[int, Moves]  # row → what moved it, for whoever asks


def choose(
    page: Page,
    placement: Placement,
    sight: Sight,
    rules: Sequence[Rule],
    caps: Sequence[Cap],
    limit: int,
) -> Chosen:
    """Fill the places: pins first, then the share of new products, then the chain in its arrangement."""
    sieve = Sieve(rules, len(page.artifact.vocabulary))
    seats = Seats(limit, caps)
    missing = _seat_pins(page, placement, sieve, seats)
    if placement.explore:
        _seat_untried(page, placement, sieve, seats, limit)
    through = sieve.through(generate(sight._replace(left=sieve.left), placement.chain))
    ordered, moves = _in_order(page, placement, through, limit, seats.free)
    seats.fill(ordered)
    unknown = {"pin_unknown": missing} if missing else {}
    return Chosen(seats.chosen, sieve.dropped | seats.dropped | unknown, sieve, seats, moves)


def _in_order(
    page: Page, placement: Placement, through: Iterator[Candidate], limit: int, places: int
) -> tuple[Iterator[Candidate], Mapping[int, Moves]]:
    if is_plain(placement):
        return through, {}
    pool, seed = [*islice(through, POOL * limit)], page.seed(placement.id)
    best = arranged(placement, pool, page.artifact, page.offered, seed, places, is_told=page.request.explain)
    return chain(best.candidates, through), best.moves


def _seat_pins(page: Page, placement: Placement, sieve: Sieve, seats: Seats) -> int:
    """Seat what is pinned now; how many pins name a product that the model does not know."""
    if not placement.pins:
        return 0
    now, missing = datetime.fromtimestamp(page.now, UTC), 0
    for pin in sorted(placement.pins, key=lambda one: one.position):
        if (pin.start and now < pin.start) or (pin.end and now >= pin.end):
            continue
        rows = page.artifact.vocabulary.rows([pin.item])
        missing += len(rows) == 0
        for row in rows.tolist():
            for found in sieve.one(Candidate(row, 1.0, Strategy.FIXED, "pinned")):
                seats.seat(found, pin.position - 1)
    return missing


def _seat_untried(page: Page, placement: Placement, sieve: Sieve, seats: Seats, limit: int) -> None:
    """Seat new products, drawn anew every day, evenly over the slate."""
    places = max(1, round(placement.explore * limit))
    untried = page.standing.untried
    allowed = untried[sieve.against(untried) == 0]
    draws = np.random.default_rng(page.seed(placement.id))
    seated = 0
    for row in draws.permutation(allowed).tolist():
        if seated == places or not seats.free:
            break
        received = float(page.artifact.arrays["arrivals"][row])
        for found in sieve.one(Candidate(row, received, Strategy.NEW_ARRIVALS)):
            seated += seats.seat(found, (seated + 1) * limit // places - 1)
