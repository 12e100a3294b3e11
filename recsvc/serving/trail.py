"""Trail: everything that one slate rested on, for whoever asks why."""

from collections.abc import Iterator, Sequence

from recsvc.domain.placements import Placement
from recsvc.domain.profile import Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.domain.slates import Considered, Trail
from recsvc.serving.choice import Chosen
from recsvc.serving.page import Page
from recsvc.serving.rules import Cap, Rule

MOST_CONSIDERED = 200
"""Candidates that are told one by one; `considered` counts them all."""


def trail_of(
    page: Page,
    placement: Placement,
    arm: str | None,
    chosen: Chosen,
    rules: Sequence[Rule],
    caps: Sequence[Cap],
) -> Trail:
    """What the sources gave, what each rule said of it, and what the visitor's own score was made of."""
    query = page.ranked.query
    told = [*_considered(page, chosen)]
    return Trail(
        arm=arm,
        chain=placement.chain,
        rules=(*(rule.name for rule in rules), *(cap.name for cap in caps)),
        considered=len(told),
        candidates=tuple(told[:MOST_CONSIDERED]),
        known_items=len(query.known.rows),
        answers=tuple(query.answer_parts),
        tau=query.tau,
        theta=query.theta,
        seed=page.seed(placement.id),
        profile_revision=page.profile.revision,
        consent=_consent(page.profile),
        at=page.now,
    )


def _consent(profile: Profile) -> str:
    """The visitor's last word about the use of their history; without one it rests on the notice."""
    if not profile.visitor_id:
        return "nobody"
    said = profile.consents.get(PERSONALISE)
    return "notice" if said is None else "granted" if said.granted else "withdrawn"


def _considered(page: Page, chosen: Chosen) -> Iterator[Considered]:
    shown = {one.row for one in chosen.candidates}
    for candidate, rule in chosen.sieve.looked_at():
        row = candidate.row
        verdict = rule or ("shown" if row in shown else chosen.seats.refused.get(row, "not_reached"))
        moves = chosen.moves.get(row)
        yield Considered(page.offered.item_id(row), candidate.score, candidate.source, verdict, moves)
