"""Basis: what a slate rests on, by where its items came from."""

from collections.abc import Sequence

from recsvc.domain.placements import FROM_CONTEXT, FROM_HISTORY, FROM_SCORE
from recsvc.domain.slates import Basis
from recsvc.model.scoring import Query
from recsvc.serving.candidates import Candidate


def basis_of(query: Query, chosen: Sequence[Candidate]) -> Basis:
    """The basis of a slate.

    Args:
        query: what is known of the visitor.
        chosen: what is shown.
    """
    sources = {candidate.source for candidate in chosen}
    if sources & FROM_CONTEXT:
        return Basis.CONTEXT
    history, quiz = len(query.known.rows) > 0, bool(query.answer_parts) and query.tau != 0
    if not sources & FROM_SCORE and chosen:
        return Basis.HISTORY if sources & FROM_HISTORY else Basis.POPULAR
    if history and quiz:
        return Basis.BOTH
    return Basis.HISTORY if history else Basis.QUIZ if quiz else Basis.POPULAR
