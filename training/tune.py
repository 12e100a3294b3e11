"""Tuning: how strong the prior and the item-item table are, by how much is known of a visitor."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.parameters import BUCKETS, Strengths
from training.cases import Case, newest
from training.evaluate import evaluate
from training.rivals import Rival, with_strengths

Floats = NDArray[np.floating]
TAUS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
RHOS = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)
SIZES = (0, 1, 3, 6, None)
"""Known items a visitor is cut to for each bucket; the last keeps the whole history."""
FEWEST = 25
MOST = 150
DEFAULT = Strengths(tau=(1.0, 1.0, 1.0, 0.3, 0.3), rho=(0.0, 0.5, 0.5, 0.5, 0.5))
"""What a bucket keeps unless the visitors that tune show better beyond noise."""
K = 10


class Trial(NamedTuple):
    """One pair of strengths tried on one bucket."""

    bucket: int
    tau: float
    rho: float
    visitors: int
    ndcg: Floats  # (b,) NDCG@10 of each visitor

    def summary(self) -> dict[str, float]:
        """For the manifest."""
        return self._asdict() | {"ndcg": float(self.ndcg.mean())}


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
            best = prudent(found, taus[bucket], rhos[bucket])
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


def prudent(trials: Sequence[Trial], tau: float, rho: float) -> Trial:
    """The trial nearest to the defaults among those that are no worse than the best beyond noise.

    With fifty visitors the best of eleven is mostly luck; one paired standard error is the margin.
    """
    best = max(trials, key=lambda trial: float(trial.ndcg.mean()))

    def within_noise(trial: Trial) -> bool:
        losses = best.ndcg - trial.ndcg
        return bool(losses.mean() <= losses.std() / len(losses) ** 0.5)

    def distance(trial: Trial) -> tuple[float, float]:
        steps = abs(np.log((trial.tau + 0.03) / (tau + 0.03))) + abs(np.log((trial.rho + 0.1) / (rho + 0.1)))
        return float(steps), -float(trial.ndcg.mean())

    return min(filter(within_noise, trials), key=distance)


def _search(
    artifact: Artifact, cases: Sequence[Case], bucket: int, *, keep_seen: bool, now: float
) -> list[Trial]:
    """τ beside the default ρ first, then ρ beside the τ chosen: the two hardly interact."""

    def attempt(tau: float, rho: float) -> Trial:
        model = with_strengths(artifact, Strengths((tau,) * len(BUCKETS), (rho,) * len(BUCKETS)))
        judged = evaluate(model, cases, ks=(K,), keep_seen=keep_seen, now=now, rivals=(Rival.MODEL,))
        return Trial(bucket, tau, rho, len(cases), judged.ndcg(Rival.MODEL, K))

    tau, rho = DEFAULT.tau[bucket], DEFAULT.rho[bucket]
    found = [attempt(candidate, rho) for candidate in TAUS]
    tau = prudent(found, tau, rho).tau
    return found + [attempt(tau, candidate) for candidate in RHOS if candidate != rho]
