"""Tuning: how strong the prior and the item-item table are, by how much is known of a visitor."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from recsvc.model.artifact import BUCKETS, Artifact, Strengths
from training.cases import Case, newest
from training.evaluate import Rival, evaluate, with_strengths

TAUS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
RHOS = (0.0, 0.25, 0.5, 1.0, 2.0)
SIZES = (0, 1, 3, 6, None)
"""Known items a visitor is cut to for each bucket; the last keeps the whole history."""
FEWEST = 50
MOST = 300
DEFAULT = Strengths(tau=(1.0, 1.0, 1.0, 1.0, 1.0), rho=(0.0, 0.5, 0.5, 0.5, 0.5))
K = 10


class Trial(NamedTuple):
    """One pair of strengths tried on one bucket."""

    bucket: int
    tau: float
    rho: float
    visitors: int
    ndcg: float


class Tuned(NamedTuple):
    """Strengths, and everything tried while they were sought."""

    strengths: Strengths
    trials: tuple[Trial, ...]


def tune(
    artifact: Artifact,
    cases: Sequence[Case],
    *,
    keep_seen: bool,
    now: float,
    advance: Callable[[int], None] = lambda _: None,
) -> Tuned:
    """Choose τ, then ρ, for each bucket of known interactions, on visitors that do not judge.

    Histories are cut to a bucket's size, so that a visitor speaks for each bucket up to their own. A bucket
    with fewer than FEWEST visitors takes what the bucket below it found: its own best would be chance.
    Without interactions neither strength changes the order of a ranking.
    """
    taus, rhos = list(DEFAULT.tau), list(DEFAULT.rho)
    trials: list[Trial] = []
    for bucket in range(1, len(BUCKETS)):
        cut = cut_to(cases, bucket)
        if len(cut) >= FEWEST:
            found = _search(artifact, cut, bucket, keep_seen=keep_seen, now=now)
            best = max(found, key=lambda trial: trial.ndcg)
            taus[bucket], rhos[bucket] = best.tau, best.rho
            trials += found
        elif trials:
            taus[bucket], rhos[bucket] = taus[bucket - 1], rhos[bucket - 1]
        advance(1)
    return Tuned(Strengths(tuple(taus), tuple(rhos)), tuple(trials))


def cut_to(cases: Sequence[Case], bucket: int) -> list[Case]:
    """The visitors that know at least as much as a bucket asks, cut to its size; at most MOST."""
    size = SIZES[bucket]
    enough = [case for case in cases if len(set(case.history.item_ids)) >= BUCKETS[bucket]][:MOST]
    if size is None:
        return enough
    return [case._replace(history=newest(case.history, size)) for case in enough]


def _search(
    artifact: Artifact, cases: Sequence[Case], bucket: int, *, keep_seen: bool, now: float
) -> list[Trial]:
    """τ without the table first, then ρ beside the best τ, then τ again: the two hardly interact."""

    def attempt(tau: float, rho: float) -> Trial:
        model = with_strengths(artifact, Strengths((tau,) * len(BUCKETS), (rho,) * len(BUCKETS)))
        judged = evaluate(model, cases, ks=(K,), keep_seen=keep_seen, now=now, rivals=(Rival.MODEL,))
        return Trial(bucket, tau, rho, len(cases), float(judged.ndcg(Rival.MODEL, K).mean()))

    found = [attempt(tau, 0.0) for tau in TAUS]
    tau = max(found, key=lambda trial: trial.ndcg).tau
    found += [attempt(tau, rho) for rho in RHOS[1:]]
    return found
