"""The quality table: what is judged was never fitted on, and a test part is opened once."""

from pathlib import Path

import polars as pl
import pytest
from quality import openings
from quality.files import JudgeFiles, PartFiles, prepare, sources
from quality.goals import Row, protocols, reached
from quality.openings import Opening
from quality.page import lines, markdown
from quality.sets import PREPARE

PAIR = ["visitor_id", "item_id"]


@pytest.fixture(scope="module", params=PREPARE)
def prepared(
    request: pytest.FixtureRequest, data_sets: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, PartFiles]]:
    name, there = request.param, sources(data_sets)
    if name not in there:
        pytest.skip(f"{data_sets} has no {name}")
    return name, prepare(name, there[name], tmp_path_factory.mktemp(name))


def pairs(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path).select(PAIR)


@pytest.mark.data
def test_judges_are_judged_on_what_was_never_fitted(prepared: tuple[str, dict[str, PartFiles]]) -> None:
    name, parts = prepared
    for part in parts.values():
        events = pairs(part.events)
        for judges in part.judges.values():
            targets = pairs(judges.targets)
            assert targets.height == targets.unique().height > 0
            if name != "complete_journey":  # where people buy the same again
                assert targets.join(events, on=PAIR, how="semi").is_empty()
            if judges.facts:
                told = pl.read_parquet(judges.facts)["visitor_id"]
                assert not set(told) & set(events["visitor_id"])


@pytest.mark.data
def test_validation_sees_nothing_that_the_test_judges(prepared: tuple[str, dict[str, PartFiles]]) -> None:
    name, parts = prepared
    valid, test = parts["valid"], parts["test"]

    def seen(judges: JudgeFiles) -> list[Path]:
        return [path for path in (judges.targets, judges.history) if path]

    known = pl.concat(
        [pairs(valid.events), *(pairs(path) for j in valid.judges.values() for path in seen(j))]
    )
    judged = pl.concat([pairs(j.targets) for j in test.judges.values()])
    again = judged.join(known, on=PAIR, how="semi").height
    if name.startswith("complete_journey"):
        later = pl.read_parquet(test.events)["occurred_at"].max()
        assert pl.read_parquet(valid.events)["occurred_at"].max() < later
    else:
        assert again == 0


def test_every_set_has_a_protocol() -> None:
    assert set(protocols()) == set(PREPARE)


def opening(code: str = "now", value: float = 0.2) -> Opening:
    segment = {
        "model": {"ndcg@10": value}, "popularity": {"ndcg@10": 0.1}, "ci": {"ndcg@10": [0.19, 0.21]},
    }  # fmt: skip
    return Opening(
        times=0, code=code, seconds=9.0, peak_mb=99.0, judged={"all": {"segments": {"all": segment}}}
    )


def test_a_test_part_is_opened_once_for_each_configuration_unless_again(tmp_path: Path) -> None:
    everything: openings.Openings = {}
    calls: list[str] = []

    def see(key: str, *, again: bool = False) -> int:
        def judge() -> Opening:
            calls.append(key)
            return opening()

        return openings.see(everything, "films", key, judge, again=again)[0].times

    assert [see("a"), see("a"), see("b"), see("a", again=True)] == [1, 1, 1, 2]
    assert calls == ["a", "b", "a"]
    assert openings.total(everything, "films") == (2, 3)
    openings.save(everything, tmp_path / "opened.json")
    assert openings.load(tmp_path / "opened.json") == everything


def test_a_ratio_is_to_the_rival_of_the_same_run() -> None:
    judged = opening().judged
    assert reached(Row(metric="ndcg@10", goal=1.0), judged) == (0.2, 0.19, 0.21)
    ratio = reached(Row(metric="ndcg@10", goal=1.0, against="popularity"), judged)
    assert ratio == pytest.approx((2.0, 1.9, 2.1))
    judged["all"]["segments"]["all"]["ci"]["ndcg@10_vs_popularity"] = [0.05, 0.15]
    ratio = reached(Row(metric="ndcg@10", goal=1.0, against="popularity"), judged)
    assert ratio == pytest.approx((2.0, 1.5, 2.5))
    assert reached(Row(metric="ndcg@10", goal=1.0, segment="repeat"), judged) is None


def test_the_page_marks_what_was_reached_and_how_often_the_test_was_opened() -> None:
    protocol = protocols()["ml1m"]
    rows = [Row(metric="ndcg@10", goal=0.19, rivals={"LightGCN": 0.15}), Row(metric="ndcg@10", goal=0.3)]
    protocol = type(protocol)(title="Films", lengths=[10], rows=rows)
    page = markdown(lines(protocol, opening(), (2, 5), stale=True))
    assert "| Films | ndcg@10 | LightGCN 0.1500 | **0.2000** | 0.1900–0.2100 | ≥ 0.19 |" in page
    assert "5 ×, 2 configurations, by earlier code" in page
    assert "| 0.2000 | 0.1900–0.2100 | ≥ 0.3 |" in page
