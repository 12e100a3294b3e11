import numpy as np
import polars as pl

from tests.training.shops import lines, plain_artifact
from training.cases import Case, cases
from training.strengths import DEFAULT, Trial, cut_to, prudent, tune


def some_cases(visitors: int, known: int) -> list[Case]:
    model = plain_artifact(np.eye(12, dtype=np.float32), strength=1.0)
    history = lines(
        *[(f"v{v:03}", f"i{i:03}", "purchase", None, 1.0) for v in range(visitors) for i in range(known)]
    )
    targets = pl.DataFrame(
        {"visitor_id": [f"v{v:03}" for v in range(visitors)], "item_id": ["i011"] * visitors}
    )
    return cases(model.vocabulary, targets, history)[0]


def trial(tau: float, gains: list[float]) -> Trial:
    return Trial(1, 1.0, tau, 0.5, 0.0, len(gains), np.array(gains))


def test_few_visitors_leave_the_defaults() -> None:
    model = plain_artifact(np.eye(12, dtype=np.float32), strength=1.0)
    tuned = tune(model, some_cases(5, 9), keep_seen=False, now=0.0)
    assert tuned.strengths == DEFAULT
    assert tuned.trials == ()


def test_histories_are_cut_to_the_size_of_a_bucket() -> None:
    found = some_cases(30, 5)
    assert {len(case.history.item_ids) for case in cut_to(found, 1)} == {1}
    assert {len(case.history.item_ids) for case in cut_to(found, 2)} == {3}
    assert {len(case.history.item_ids) for case in cut_to(found, 3)} == {5}
    assert cut_to(found, 4) == []


def test_a_gain_within_noise_stays_at_the_default_and_a_clear_one_does_not() -> None:
    default, lucky = trial(1.0, [0.5, 0.1, 0.4, 0.3]), trial(10.0, [0.1, 0.6, 0.3, 0.4])
    assert prudent([default, lucky], (1.0, 1.0, 0.5, 0.0)) is default
    clear = trial(10.0, [0.7, 0.3, 0.6, 0.5])
    assert prudent([default, clear], (1.0, 1.0, 0.5, 0.0)) is clear
