import numpy as np
import polars as pl
import pytest

from recsvc.model.known import NO_HISTORY
from recsvc.model.parameters import Strengths
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.scoring import build_query, score, top
from recsvc.model.vocabulary import Vocabulary
from tests.artifacts import item_ids, make_artifact
from tests.training.shops import NOW, days_ago, lines, plain_artifact
from training.cases import Case, cases, newest
from training.evaluate import Evaluation, Segment, evaluate
from training.fit import local
from training.metrics import Ranked
from training.rivals import PLAIN, Rival, with_strengths
from training.synthetic import checkerboard

ITEMS = 12


def targets(*pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema=["visitor_id", "item_id"], orient="row")


def factors() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(ITEMS, 4)).astype(np.float32)


def ranked(judged: Evaluation, rival: Rival, segment: Segment = Segment.ALL) -> Ranked:
    return judged.ranked(rival, judged.audience(segment))


@pytest.mark.parametrize("keep_seen", [True, False])
def test_what_was_seen_is_ranked_only_when_kept(keep_seen: bool) -> None:  # noqa: FBT001 (a parameter)
    model = plain_artifact(factors(), strength=1.0)
    history = lines(("a", "i003", "purchase", None, 1), ("a", "i004", "purchase", None, 1))
    found, _ = cases(model.vocabulary, targets(("a", "i003"), ("a", "i005")), history)
    judged = evaluate(model, found, ks=(ITEMS,), keep_seen=keep_seen, now=0.0)
    everything = ranked(judged, Rival.MODEL)
    assert (3 in everything.shown[0]) is keep_seen
    assert everything.targets.tolist() == [2]
    assert everything.hits.sum() == (2 if keep_seen else 1)
    assert 3 in ranked(judged, Rival.MODEL, Segment.REPEAT).shown[0]
    fresh = ranked(judged, Rival.MODEL, Segment.NEW)
    assert 3 not in fresh.shown[0]
    assert fresh.targets.tolist() == [1]


def test_own_counts_put_the_most_and_newest_bought_first() -> None:
    model = plain_artifact(factors(), strength=1.0)
    history = lines(*[("a", "i007", "purchase", None, 1.0)] * 3, ("a", "i002", "purchase", None, 1.0))
    found, _ = cases(model.vocabulary, targets(("a", "i002")), history)
    judged = evaluate(model, found, ks=(2,), keep_seen=True, now=0.0)
    assert ranked(judged, Rival.OWN_COUNTS).shown[0].tolist() == [7, 2]


def mixed() -> list[Case]:
    """Sixty visitors: some bought, some said, some did both or neither."""
    history = lines(
        *[(f"v{v:02}", item_ids(12)[(v * 5 + i) % 12], "purchase", days_ago(i), 1.0)
          for v in range(0, 60, 2) for i in range(1 + v % 9)]
    )  # fmt: skip
    said = {f"v{v:02}": Answers({"skin": ("dry",), "age": 20.0 + v}) for v in range(0, 60, 3)}
    wanted = targets(*((f"v{v:02}", item_ids(12)[v % 12]) for v in range(60)))
    return cases(Vocabulary(item_ids(12)), wanted, history, said)[0]


def test_each_rival_is_what_the_service_would_show_of_what_it_knows() -> None:
    model = make_artifact(strengths=Strengths(rho=(0.5,) * 5, omega=(1.0,) * 5))
    plain, found = with_strengths(model, PLAIN), mixed()
    judged = evaluate(model, found, ks=(4,), keep_seen=True, now=NOW.timestamp())
    asked = {
        Rival.MODEL: [(model, case.history, case.answers) for case in found],
        Rival.FOLD_IN: [(plain, case.history, NO_ANSWERS) for case in found],
        Rival.ANSWERS: [(model, NO_HISTORY, case.answers) for case in found],
        Rival.POPULARITY: [(model, NO_HISTORY, NO_ANSWERS)] * len(found),
    }
    for rival, theirs in asked.items():
        shown = [
            top(score(one, build_query(one, history, answers, now=NOW.timestamp())), 4)
            for one, history, answers in theirs
        ]
        assert np.array_equal(judged.lists[rival].every, shown), rival


def test_a_visitor_whose_targets_are_unknown_is_a_miss() -> None:
    model = plain_artifact(factors(), strength=1.0)
    found, _ = cases(model.vocabulary, targets(("a", "nowhere")))
    summary = evaluate(model, found, ks=(3,), keep_seen=False, now=0.0).summary()
    assert (summary["visitors"], summary["model"]["recall@3"]) == (1, 0.0)


def test_targets_said_twice_count_once() -> None:
    found, _ = cases(Vocabulary(["x"]), targets(("a", "x"), ("a", "x")))
    assert found[0].n_targets == 1


def test_the_newest_items_of_a_history_keep_all_their_lines() -> None:
    history = lines(
        ("a", "x", "purchase", days_ago(9), 1), ("a", "y", "purchase", days_ago(8), 1),
        ("a", "x", "purchase", days_ago(2), 1), ("a", "z", "purchase", days_ago(1), 1),
    )  # fmt: skip
    found, _ = cases(Vocabulary(["x"]), targets(("a", "x")), history)
    assert newest(found[0].history, 2).item_ids == ["x", "x", "z"]


def test_the_checkerboard_gives_back_what_was_withheld() -> None:
    events, withheld = checkerboard(40)
    ids = sorted(set(events["item_id"]))
    visitors = sorted(set(events["visitor_id"]))
    matrix = np.zeros((len(visitors), len(ids)), dtype=np.float32)
    for visitor, item in events.iter_rows():
        matrix[visitors.index(visitor), ids.index(item)] = 5.0
    from scipy import sparse  # noqa: PLC0415 (only this oracle needs it)

    penalty = local.Penalty(1.0)
    fitted = local.fit(sparse.csr_matrix(matrix), factors=2, penalty=penalty, iterations=10, seed=1)
    model = plain_artifact(fitted.item_factors, strength=1.0)
    history = events.with_columns(kind=pl.lit("purchase"), occurred_at=pl.lit(NOW), quantity=pl.lit(1.0))
    found, _ = cases(model.vocabulary, withheld, history)
    judged = evaluate(model, found, ks=(1,), keep_seen=False, now=NOW.timestamp())
    assert judged.ndcg(Rival.MODEL, 1).mean() == 1.0
