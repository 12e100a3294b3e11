"""Strengths: how much prior, table and repeats count, by how much is known of a visitor."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.known import NO_HISTORY
from recsvc.model.parameters import BUCKETS, Strengths
from recsvc.model.scoring import Solved, solve, table_sum
from recsvc.model.vocabulary import Rows
from training.cases import Case, newest
from training.rivals import with_strengths

Floats = NDArray[np.floating]
ANSWERS = (0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
TAUS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
RHOS = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)
OMEGAS = (0.0, 1.0, 5.0, 30.0, 200.0)
SIZES = (0, 1, 3, 6, None)
"""Known items a visitor is cut to for each bucket; the last keeps the whole history."""
FEWEST = 25
CELLS = 5_000_000
"""Visitors × items held for a bucket, three float32 each: 60 MB."""
MOST = 2_000
DEFAULT = Strengths(tau=(1.0, 1.0, 1.0, 0.3, 0.3), rho=(0.0, 0.5, 0.5, 0.5, 0.5))
"""What a bucket keeps unless the visitors that tune show better beyond noise."""
DEFAULT_REPEATS = Strengths(tau=DEFAULT.tau, rho=DEFAULT.rho, omega=(0.0, 5.0, 30.0, 30.0, 30.0))
"""The same where people buy the same again."""
NEAR_ZERO = np.array([0.0, 0.03, 0.1, 0.3])
"""Beside answers, τ, ρ and ω: makes a step from 0 to the first value about as long as the other steps."""
K = 10
DISCOUNTS = 1.0 / np.log2(np.arange(2, K + 2))


class Trial(NamedTuple):
    """Strengths tried on one bucket."""

    bucket: int
    answers: float
    tau: float
    rho: float
    omega: float
    visitors: int
    ndcg: Floats  # (b,) NDCG@10 of each visitor

    def summary(self) -> dict[str, float]:
        """For the manifest."""
        return self._asdict() | {"ndcg": float(self.ndcg.mean())}


class Tuned(NamedTuple):
    """Strengths, and everything tried while they were sought."""

    strengths: Strengths
    trials: tuple[Trial, ...]


class Parts(NamedTuple):
    """The score of one visitor apart: s = evidence + τ·surprise + θ·table + ω·own.

    The vector of fold-in is linear in τ, so that one solve serves every strength.
    """

    evidence: Floats  # (n,) Y δ of the known items alone
    surprise: Floats  # (n,) p(a), less Y δ of what it says of the known items
    table: Floats  # (n,) Σ w_j S_j
    covariance: Floats  # (2, 2) of the first two over all items
    spread: float  # of the table
    rows: Rows  # (m,) the known items
    own: Floats  # (m,) their habits
    hidden: Rows  # what is not to be ranked
    case: Case


def tune(
    artifact: Artifact,
    cases: Sequence[Case],
    *,
    keep_seen: bool,
    now: float,
    advance: Callable[[int], None] = lambda _: None,
) -> Tuned:
    """Choose how much answers count, then τ, ρ and ω for each bucket, on visitors that do not judge.

    Answers are weighed on those who gave some, without their history. Then histories are cut to a bucket's
    size, so that a visitor speaks for each bucket up to their own. A bucket with fewer than FEWEST visitors
    takes what the bucket below it found: its own best would be chance. Without interactions τ, ρ and ω do
    not change the order of a ranking; ω does nothing where known items are not ranked.
    """
    most = min(MOST, CELLS // len(artifact.popularity))
    answers, trials = _weigh_answers(artifact, cases, most, keep_seen=keep_seen, now=now)
    artifact = with_strengths(artifact, Strengths(answers=answers))
    default = DEFAULT_REPEATS if keep_seen else DEFAULT
    chosen = [_at(default, bucket) for bucket in range(len(BUCKETS))]
    advance(1)
    for bucket in range(1, len(BUCKETS)):
        cut = cut_to(cases, bucket, most)
        if len(cut) >= FEWEST:
            parts = split(artifact, cut, keep_seen=keep_seen, now=now)
            *tried, best = _search(parts, bucket, answers, chosen[bucket], keep_seen=keep_seen)
            chosen[bucket] = best.tau, best.rho, best.omega
            trials += tried
        elif any(trial.bucket > 0 for trial in trials):
            chosen[bucket] = chosen[bucket - 1]
        advance(1)
    taus, rhos, omegas = zip(*chosen, strict=True)
    return Tuned(Strengths(taus, rhos, omegas, answers), tuple(trials))


def cut_to(cases: Sequence[Case], bucket: int, most: int = MOST) -> list[Case]:
    """The visitors that know at least as much as a bucket asks, cut to its size; the first `most` of them."""
    size = SIZES[bucket]
    enough = [case for case in cases if len(set(case.history.item_ids)) >= BUCKETS[bucket]][:most]
    if size is None:
        return enough
    return [case._replace(history=newest(case.history, size)) for case in enough]


def _weigh_answers(
    artifact: Artifact, cases: Sequence[Case], most: int, *, keep_seen: bool, now: float
) -> tuple[float, list[Trial]]:
    """How much answers count beside popularity, and what was tried; 1 where too few gave any."""
    told = [case for case in cases if case.answers.facts][:most]
    if len(told) < FEWEST:
        return 1.0, []
    told = [case._replace(history=NO_HISTORY) for case in told]
    trials = []
    for answers in ANSWERS:
        model = with_strengths(artifact, Strengths(answers=answers))
        parts = split(model, told, keep_seen=keep_seen, now=now)
        trials.append(_attempt(parts, 0, answers, (1.0, 0.0, 0.0)))
    return prudent(trials, (1.0, 1.0, 0.0, 0.0)).answers, trials


def split(artifact: Artifact, cases: Sequence[Case], *, keep_seen: bool, now: float) -> list[Parts]:
    """Take scores apart; `combine` puts them together as `recsvc.model.scoring` does."""
    solved = solve(artifact, [(case.history, case.answers) for case in cases], now=now)
    vectors = np.array([(one.evidence, one.prior - one.explained) for one in solved])
    popularity = np.array([0.0, artifact.parameters.popularity_scale])[:, None]
    scores = vectors.astype(np.float32) @ artifact.factors.T
    scores += popularity.astype(np.float32) * artifact.popularity
    whole = np.concatenate([vectors, np.broadcast_to(popularity, (len(cases), 2, 1))], axis=2)
    covariances = whole @ artifact.covariance @ whole.transpose(0, 2, 1)
    parts = zip(cases, solved, scores, covariances, strict=True)
    return [_parts(artifact, *one, keep_seen=keep_seen) for one in parts]


def _parts(
    artifact: Artifact, case: Case, solved: Solved, scores: Floats, covariance: Floats, *, keep_seen: bool
) -> Parts:
    known, table = solved.known, table_sum(artifact, solved.known)
    return Parts(
        evidence=scores[0],
        surprise=scores[1],
        covariance=covariance,
        table=table.astype(np.float32),
        spread=float(table.std()),
        rows=known.rows,
        own=known.habits,
        hidden=artifact.vocabulary.rows([] if keep_seen else case.history.item_ids),
        case=case,
    )


def combine(parts: Parts, tau: float, rho: float, omega: float) -> Floats:
    """(n,) the score with these strengths."""
    scores = np.float32(tau) * parts.surprise
    scores += parts.evidence
    if rho and parts.spread > 0:
        both = np.array([1.0, tau])
        deviation = max(float(both @ parts.covariance @ both), 0.0) ** 0.5
        scores += np.float32(rho * deviation / parts.spread) * parts.table
    scores[parts.rows] += omega * parts.own
    return scores


def prudent(trials: Sequence[Trial], default: Sequence[float]) -> Trial:
    """The trial nearest to the default among those that are no worse than the best beyond noise.

    With fifty visitors the best of eleven is mostly luck; one paired standard error is the margin.

    Args:
        trials: at least one.
        default: answers, τ, ρ and ω.
    """
    best = max(trials, key=lambda trial: float(trial.ndcg.mean()))

    def within_noise(trial: Trial) -> bool:
        losses = best.ndcg - trial.ndcg
        return bool(losses.mean() <= losses.std() / len(losses) ** 0.5)

    def distance(trial: Trial) -> tuple[float, float]:
        tried = np.array([trial.answers, trial.tau, trial.rho, trial.omega]) + NEAR_ZERO
        steps = np.abs(np.log(tried / (np.array(default) + NEAR_ZERO))).sum()
        return float(steps), -float(trial.ndcg.mean())

    return min(filter(within_noise, trials), key=distance)


def _search(
    parts: Sequence[Parts],
    bucket: int,
    answers: float,
    default: tuple[float, float, float],
    *,
    keep_seen: bool,
) -> list[Trial]:
    """One strength after the other, each beside the others' best so far; the last trial is the choice."""
    found: list[Trial] = []
    best = default
    for place, values in enumerate((TAUS, RHOS, OMEGAS) if keep_seen else (TAUS, RHOS)):
        trials = [
            _attempt(parts, bucket, answers, (*best[:place], value, *best[place + 1 :])) for value in values
        ]
        choice = prudent(trials, (answers, *default))
        best = choice.tau, choice.rho, choice.omega
        found += trials
    return [*found, choice]


def _attempt(parts: Sequence[Parts], bucket: int, answers: float, strengths: Sequence[float]) -> Trial:
    tau, rho, omega = strengths
    ndcg = np.array([_ndcg(one, combine(one, tau, rho, omega)) for one in parts])
    return Trial(bucket, answers, tau, rho, omega, len(parts), ndcg)


def _ndcg(parts: Parts, scores: Floats) -> float:
    """NDCG@10 by counting what stands above each target, the best first, until one is too low.

    A sort of all items took ten times as long.
    """
    scores[parts.hidden] = -np.inf
    targets = parts.case.targets
    gained = 0.0
    for row in targets[np.argsort(-scores[targets], kind="stable")]:
        place = np.count_nonzero(scores > scores[row]) + np.count_nonzero(scores[:row] == scores[row])
        if place >= K or scores[row] == -np.inf:
            break
        gained += DISCOUNTS[place]
    return float(gained / DISCOUNTS[: min(K, parts.case.n_targets)].sum())


def _at(strengths: Strengths, bucket: int) -> tuple[float, float, float]:
    return strengths.tau[bucket], strengths.rho[bucket], strengths.omega[bucket]
