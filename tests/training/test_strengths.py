import msgspec
import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S
from recsvc.model.known import NO_HISTORY, History
from recsvc.model.parameters import Strengths
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.scoring import build_query, score
from tests.artifacts import arrays_of, item_ids, make_artifact
from tests.training.shops import lines, plain_artifact
from training.cases import Case, cases
from training.evaluate import evaluate
from training.rivals import Rival, with_strengths
from training.strengths import DEFAULT, DEFAULT_REPEATS, Trial, combine, cut_to, prudent, split, tune


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


WHOLE = make_artifact(
    arrays=arrays_of(12) | {"repeats": np.linspace(0.9, 0.0, 12, dtype="f4")}, half_life_steps=3.0
)
"""A model with every part of the score."""
some_strength = st.floats(0, 40)


@given(
    st.lists(st.tuples(st.sampled_from(item_ids(12)), st.floats(0, 400)), max_size=12),
    st.sampled_from([NO_ANSWERS, Answers({"skin": ("dry",), "age": 42.0})]),
    st.tuples(some_strength, some_strength, some_strength, st.floats(0.1, 4)),
)
def test_parts_put_together_are_the_score_of_the_service(
    bought: list[tuple[str, float]], answers: Answers, found: tuple[float, float, float, float]
) -> None:
    tau, rho, omega, weight = found
    model = with_strengths(WHOLE, Strengths((tau,) * 5, (rho,) * 5, (omega,) * 5, weight))
    n = len(bought)
    times = [-age * DAY_S for _, age in bought]
    history = History([one for one, _ in bought], ["purchase"] * n, times, [1.0] * n, [1.0] * n)
    (parts,) = split(model, [Case("v", history, answers, np.array([0]), 1)], keep_seen=True, now=0.0)
    served = score(model, build_query(model, history, answers, now=0.0))
    assert np.allclose(combine(parts, tau, rho, omega), served, rtol=1e-3, atol=1e-3)


def test_a_trial_has_the_figures_of_an_evaluation_with_its_strengths() -> None:
    found = [
        case._replace(targets=np.array([v % 12, (v + 5) % 12]), n_targets=3)
        for v, case in enumerate(some_cases(40, 9))
    ]
    model = plain_artifact(np.random.default_rng(1).normal(size=(12, 3)).astype(np.float32), strength=1.0)
    *_, last = [one for one in tune(model, found, keep_seen=True, now=0.0).trials if one.bucket == 4]
    strengths = Strengths((last.tau,) * 5, (last.rho,) * 5, (last.omega,) * 5)
    judged = evaluate(with_strengths(model, strengths), found, ks=(10,), keep_seen=True, now=0.0)
    assert last.ndcg.min() < last.ndcg.max()
    assert np.allclose(last.ndcg, judged.ndcg(Rival.MODEL, 10))


def quiet_artifact(n: int, **arrays: np.ndarray) -> Artifact:
    """A model whose factors say next to nothing, of n items that are popular in their order."""
    model = plain_artifact(np.full((n, 2), 1e-3, dtype=np.float32), strength=1.0)
    falling = np.linspace(1.0, 0.5, n, dtype=np.float32)
    model = Artifact(model.manifest, model.vocabulary.ids, model.arrays | {"popularity": falling} | arrays)
    model.parameters = msgspec.structs.replace(model.parameters, popularity_scale=1.0)
    return model


def declaring(targets_of: dict[str, list[int]], visitors: int) -> list[Case]:
    """Visitors who said dry or oily in turns, each with a target out of those of the answer."""
    found = []
    for v in range(visitors):
        skin = ("dry", "oily")[v % 2]
        rows = targets_of[skin]
        target = rows[v // 2 % len(rows)]
        found.append(Case(f"v{v}", NO_HISTORY, Answers({"skin": (skin,)}), np.array([target]), 1))
    return found


def answered_artifact() -> Artifact:
    """Answers that move two items of little popularity up, and two others down."""
    factors = np.zeros((30, 2), dtype=np.float32)
    factors[28:, 0], factors[26:28, 1] = 1.0, 1.0
    model = quiet_artifact(30, factors=factors)
    model.arrays |= {
        "answers": np.array([[0.3, -0.3], [-0.3, 0.3]], dtype=np.float32),
        "answer_means": np.array([0.5, 0.5], dtype=np.float32),
    }
    facts = tuple(msgspec.structs.replace(one, visitors=10_000) for one in WHOLE.parameters.facts[:1])
    model.parameters = msgspec.structs.replace(model.parameters, facts=facts)
    return model


def test_answers_count_more_where_they_tell_what_is_bought() -> None:
    honest = declaring({"dry": [28, 29], "oily": [26, 27]}, 60)
    tuned = tune(answered_artifact(), honest, keep_seen=False, now=0.0)
    assert tuned.strengths.answers > 1.0
    assert {trial.bucket for trial in tuned.trials} == {0}


def test_answers_count_no_more_than_before_where_they_tell_nothing() -> None:
    noise = declaring({"dry": [*range(10)], "oily": [*range(10)]}, 60)
    assert tune(answered_artifact(), noise, keep_seen=False, now=0.0).strengths.answers <= 1.0


def returning(targets: slice, visitors: int = 40) -> list[Case]:
    """Visitors who had the last nine of thirty items yesterday, in one order or another."""
    found = []
    for v in range(visitors):
        known = np.roll(np.arange(21, 30), v)
        ids, ones = [f"i{row:03}" for row in known], [1.0] * 9
        history = History(ids, ["purchase"] * 9, [-DAY_S] * 9, ones, ones)
        wanted = np.arange(30)[targets]
        found.append(Case(f"v{v}", history, NO_ANSWERS, wanted, len(wanted)))
    return found


def test_own_repeats_count_where_people_buy_the_same_again() -> None:
    model = quiet_artifact(30, repeats=np.full(30, 0.5, dtype=np.float32))
    again, others = (
        tune(model, returning(targets), keep_seen=True, now=0.0).strengths.omega
        for targets in (slice(21, 30), slice(0, 9))
    )
    assert again[0] == others[0] == 0.0  # nothing is known there
    assert min(again[2:]) >= DEFAULT_REPEATS.omega[2] > max(others[2:])


def test_own_repeats_count_nothing_where_what_was_seen_is_not_shown() -> None:
    model = quiet_artifact(30, repeats=np.full(30, 0.5, dtype=np.float32))
    tuned = tune(model, returning(slice(0, 9)), keep_seen=False, now=0.0)
    assert tuned.strengths.omega == (0.0,) * 5
    assert {trial.omega for trial in tuned.trials} == {0.0}
