"""The parts of an evaluation: each is the evaluation that its visitors and targets would give alone."""

import numpy as np
import polars as pl
import pytest

from recsvc.model.prior import Answers
from tests.training.shops import days_ago, lines, plain_artifact
from training import breakdown
from training.cases import Case, cases, newest
from training.evaluate import Evaluation, evaluate

MODEL = plain_artifact(np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32), strength=1.0)
IDS = [f"v{row:02}" for row in range(60)]


def judge(found: list[Case]) -> Evaluation:
    return evaluate(MODEL, found, ks=(3,), keep_seen=True, now=0.0)


def known(*, items: int = 6) -> list[Case]:
    """Sixty visitors with their history; the first forty said that they like tea."""
    history = lines(
        *[(v, f"i{(row + i) % 12:03}", "purchase", days_ago(9 - i), 1.0)
          for row, v in enumerate(IDS) for i in range(items)]
    )  # fmt: skip
    said = {visitor_id: Answers({"likes": ("tea",), "age": 30.0}) for visitor_id in IDS[:40]}
    return cases(MODEL.vocabulary, bought(), history, said)[0]


def bought() -> pl.DataFrame:
    """Two products each, one in the store, one on the web."""
    rows = [(v, f"i{(row + far) % 12:03}", where) for row, v in enumerate(IDS)
            for far, where in ((2, "store"), (9, "web"))]  # fmt: skip
    return pl.DataFrame(rows, schema=["visitor_id", "item_id", "channel"], orient="row")


def test_newcomers_are_cut_to_their_newest_products_and_keep_their_answers() -> None:
    asked: list[list[Case]] = []

    def noted(found: list[Case]) -> Evaluation:
        asked.append(found)
        return judge(found)

    tables = breakdown.newcomers(known(items=3), noted)
    assert {size: table["visitors"] for size, table in tables.items()} == {"0": 40, "1": 60, "3": 60, "5": 0}
    strangers, one_known = asked[0], asked[1]
    assert {len(case.history.item_ids) for case in strangers} == {0}
    assert one_known[0].history.item_ids == ["i002"]
    assert one_known[0].answers.facts["likes"] == ("tea",)
    assert tables["1"]["model"] == judge(one_known).summary()["model"]


def test_of_many_newcomers_some_are_judged_evenly_drawn() -> None:
    tables = breakdown.newcomers(known(items=3), judge, most=25)
    assert {size: table["visitors"] for size, table in tables.items()} == {"0": 20, "1": 20, "3": 20, "5": 0}
    every_third = [case._replace(history=newest(case.history, 1)) for case in known(items=3)[::3]]
    assert tables["1"]["model"] == judge(every_third).summary()["model"]


def test_a_channel_counts_its_own_targets_alone() -> None:
    everybody = judge(known())
    found = breakdown.channels(everybody, MODEL, bought())
    assert list(found) == ["store", "web"]
    alone = cases(MODEL.vocabulary, bought().filter(channel="web"))[0]
    histories = {case.visitor_id: case.history for case in known()}
    expected = judge([case._replace(history=histories[case.visitor_id]) for case in alone])
    assert found["web"]["own_counts"] == expected.summary()["segments"]["all"]["own_counts"]
    assert found["store"]["own_counts"]["hit_rate@3"] != found["web"]["own_counts"]["hit_rate@3"]


def test_unknown_and_rare_channels_have_no_table() -> None:
    named = pl.when(pl.int_range(pl.len()) < 10).then(pl.lit("rare"))
    assert breakdown.channels(judge(known()), MODEL, bought().with_columns(channel=named)) == {}


def test_a_group_holds_those_who_said_so() -> None:
    everybody = judge(known())
    found = breakdown.groups(everybody, MODEL)
    assert list(found) == ["likes=tea"]
    alone = judge(known()[:40]).summary()
    assert found["likes=tea"]["model"] == pytest.approx(alone["model"])
    assert found["likes=tea"]["visitors"] == 40
