"""The gate: whether a model is good enough to be published. Pure."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.config import GateConfig
from training.metrics import Ranked, ndcg

Floats = NDArray[np.floating]
K = 10
WORSE_ERRORS = 2.0
"""Standard errors that a loss against the live model must exceed: of models that are just as good one in
forty-four is refused, and the next run has another chance; with one error it would be one in six."""
BRAND_EXCESS = 2.0  # times a brand's share of purchases


class Live(NamedTuple):
    """What the live model showed for on the same visitors."""

    version: str
    ndcg: Floats  # (m,) NDCG@10 of the judges that it did not know either; empty: not compared
    unknown: NDArray[np.bool_]  # (b,) which of all judges these are
    problem: str = ""  # why it is not compared


class Evidence(NamedTuple):
    """What the gate looks at; the lists are those of the visitors who judge."""

    model: Ranked
    popularity: Ranked
    buyers: Floats  # (n,) popularity: each item's share of what is bought, up to a factor
    live: Live | None = None  # None: nothing is published yet
    brands: list[str | None] | None = None  # (n,); None: there is no catalogue


class Check(NamedTuple):
    """One question of the gate."""

    name: str
    passed: bool
    figure: float | None  # None: there was nothing to check
    limit: float | None
    sentence: str


class Verdict(NamedTuple):
    """What the gate says, with its numbers."""

    checks: tuple[Check, ...]
    model: float = 0.0  # NDCG@10 of the visitors who judge
    popularity: float = 0.0
    error: float = 0.0  # standard error of the difference
    visitors: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against publishing."""
        return all(check.passed for check in self.checks)

    @property
    def reason(self) -> str:
        """What speaks against it; else what the first check found."""
        against = [check.sentence for check in self.checks if not check.passed]
        return " ".join(against) or self.checks[0].sentence

    def summary(self) -> dict[str, Any]:
        """For the manifest and the summary of a run."""
        checks = [check._asdict() for check in self.checks]
        return {"passed": self.passed, **self._asdict(), "reason": self.reason, "checks": checks}


def judge(evidence: Evidence, config: GateConfig) -> Verdict:
    """Decide on the top 10 of each visitor who judges, model and rivals aligned."""
    visitors = len(evidence.model.targets)
    if not visitors:
        sentence = (
            "No visitor left out bought anything in the last window, so nothing can be judged: give events "
            "of a longer time or of more visitors."
        )
        return Verdict((Check("popularity", passed=False, figure=None, limit=None, sentence=sentence),))
    model, popularity = ndcg(evidence.model, K), ndcg(evidence.popularity, K)
    checks = (
        beats_popularity(model, popularity),
        holds_against_live(model, evidence.live, config),
        covers(evidence, config),
        is_no_brand_list(evidence, config),
    )
    error = standard_error(model - popularity) if visitors > 1 else 0.0
    return Verdict(checks, float(model.mean()), float(popularity.mean()), error, visitors)


def beats_popularity(model: Floats, popularity: Floats) -> Check:
    """The gain has to exceed its own standard error.

    Of models trained on shuffled purchases half are above popularity by luck, one in six is by an error.
    """
    gain, error = float((model - popularity).mean()), standard_error(model - popularity)
    passed = gain > 0 and gain >= error
    end = (
        "it beats popularity." if passed
        else "it does not beat popularity beyond noise; give more events or other options."
    )  # fmt: skip
    return Check("popularity", passed, gain, error, f"{_versus(model, popularity, 'popularity')}: {end}")


def holds_against_live(model: Floats, live: Live | None, config: GateConfig) -> Check:
    """A loss has to stay within noise: of who judges (its standard error), and of the fit (`max_loss`)."""
    if live is None or not len(live.ndcg):
        sentence = live.problem if live else "No model is live, so there is none to be compared with."
        return Check("live", passed=True, figure=None, limit=None, sentence=sentence)
    model = model[live.unknown]
    gain, error = float((model - live.ndcg).mean()), standard_error(model - live.ndcg)
    limit = -max(WORSE_ERRORS * error, config.max_loss * float(live.ndcg.mean()))
    passed = gain >= limit
    end = (
        "not worse beyond noise." if passed
        else f"worse than the {limit:+.4f} that noise and gate.max_loss explain, so the live model stays. "
        "See what changed in the events since."
    )  # fmt: skip
    figures = _versus(model, live.ndcg, f"the live model {live.version}")
    return Check("live", passed, gain, limit, f"{figures}: {end}")


def covers(evidence: Evidence, config: GateConfig) -> Check:
    """The lists have to show some share of what they could show, and no fewer items than popularity's.

    A model that gives everybody the same list is popularity under another name, whatever its NDCG.
    """
    shown, popular = (_distinct(one) for one in (evidence.model, evidence.popularity))
    visitors = len(evidence.model.targets)
    possible = min(len(evidence.buyers), K * visitors)
    limit = max(config.min_coverage, popular / possible)
    passed = shown / possible >= limit
    end = "" if passed else ": lists so alike come of too few factors or too much regularization"
    sentence = (
        f"The first {K} places of {visitors} visitors show {shown} of {possible} products that fit "
        f"({shown / possible:.1%}); {limit:.1%} are asked for (gate.min_coverage {config.min_coverage:.1%}, "
        f"popularity shows {popular}){end}."
    )
    return Check("coverage", passed, shown / possible, limit, sentence)


def is_no_brand_list(evidence: Evidence, config: GateConfig) -> Check:
    """No brand may fill the lists far beyond its share of purchases, or of what popularity shows."""
    names = sorted({brand for brand in evidence.brands or () if brand})
    if len(names) < 2:  # noqa: PLR2004 (one brand dominates nothing)
        sentence = "The catalogue names no two brands, so none can dominate."
        return Check("brand", passed=True, figure=None, limit=None, sentence=sentence)
    places = {brand: place for place, brand in enumerate(names)}
    codes = np.array([places.get(brand or "", -1) for brand in evidence.brands or ()])
    shown, popular = (_shares(codes[_rows(one)], len(names)) for one in (evidence.model, evidence.popularity))
    bought = _shares(codes, len(names), evidence.buyers)
    limits = np.maximum(np.maximum(BRAND_EXCESS * bought, popular), config.max_brand_share)
    worst = int(np.argmax(shown - limits))
    figure, limit = float(shown[worst]), float(limits[worst])
    end = "." if figure <= limit else "; look for events of it that are no purchases, or allow more."
    sentence = (
        f"{names[worst]} fills {figure:.1%} of the first {K} places, with {bought[worst]:.1%} of purchases "
        f"and {popular[worst]:.1%} of popularity's places; up to {limit:.1%} is let through "
        f"(gate.max_brand_share {config.max_brand_share:.1%}){end}"
    )
    return Check("brand", figure <= limit, figure, limit, sentence)


def standard_error(gains: Floats) -> float:
    """Of the mean; one visitor alone says nothing."""
    return float(gains.std(ddof=1) / len(gains) ** 0.5) if len(gains) > 1 else float("inf")


def _versus(model: Floats, rival: Floats, name: str) -> str:
    gains = model - rival
    return (
        f"NDCG@{K} {model.mean():.4f} against {rival.mean():.4f} of {name} on {len(model)} visitors left out "
        f"(difference {gains.mean():+.4f}, standard error {standard_error(gains):.4f})"
    )


def _rows(ranked: Ranked) -> NDArray[np.int32]:
    shown = ranked.shown[:, :K]
    return shown[shown >= 0]


def _distinct(ranked: Ranked) -> int:
    return len(np.unique(_rows(ranked)))


def _shares(codes: NDArray[np.integer], n: int, weights: Floats | None = None) -> Floats:
    """(n,) the share of each code; -1 counts only among all."""
    counts = np.bincount(codes + 1, weights=weights, minlength=n + 1)
    return counts[1:] / max(float(counts.sum()), np.finfo(np.float64).tiny)
