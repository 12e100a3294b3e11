"""Canary: a few questions that every model has to answer with finite numbers before it serves."""

import numpy as np

from recsvc.domain.errors import ArtifactError
from recsvc.domain.events import EventKind
from recsvc.model.artifact import Artifact
from recsvc.model.known import NO_HISTORY, History
from recsvc.model.parameters import BUCKETS
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.scoring import build_queries, score_many

FEW = 4
"""Questions that are scored in one pass: each takes 4 MB of a million items, and another 4 on the way."""


def prove(artifact: Artifact) -> None:
    """Ask as strangers, people with one answer, and people with a few and with many purchases would.

    Raises:
        ArtifactError: an answer is no finite number.
    """
    now = artifact.parameters.as_of
    histories = [_history(artifact, n) for n in BUCKETS]
    answers = [_answer(artifact, place) for place in range(len(artifact.parameters.facts))]
    try:
        artifact.prepare()
        asked = [(history, NO_ANSWERS) for history in histories]
        asked += [(NO_HISTORY, answer) for answer in (NO_ANSWERS, *answers)]
        queries = build_queries(artifact, asked, now=now)
        portions = (queries[first : first + FEW] for first in range(0, len(queries), FEW))
        finite = all(np.isfinite(score_many(artifact, some)).all() for some in portions)
    except (ValueError, TypeError, LookupError, ArithmeticError, np.linalg.LinAlgError, Warning) as error:
        raise ArtifactError(f"{artifact.version} cannot answer ({error}); train again.") from error
    if not finite:
        raise ArtifactError(f"{artifact.version} answers with numbers that are not finite; train again.")


def _history(artifact: Artifact, n: int) -> History:
    ids = artifact.vocabulary.ids[:n]
    now, many = artifact.parameters.as_of, len(ids)
    return History(ids, [str(EventKind.PURCHASE)] * many, [now] * many, [1.0] * many, [1.0] * many)


def _answer(artifact: Artifact, place: int) -> Answers:
    columns = artifact.parameters.facts[place]
    value = columns.edges[0] if columns.edges else columns.values[:1]
    return Answers({columns.fact: value})
