"""A trial is what `recsvc train` and `recsvc evaluate` come to, and does no step twice."""

import json
from pathlib import Path

import msgspec
import pytest

from recsvc.files.rejects import Rejects
from recsvc.model.parameters import Strengths
from tests.training.shops import SMALL, Shop
from training.config import TrainingConfig, load_config
from training.inputs import Inputs
from training.metrics import Metric
from training.moments import Split
from training.tune import validation
from training.tune.validation import Judges
from training.tune.workbench import Workbench

STRENGTHS = Strengths(
    tau=(1.0, 0.8, 0.6, 0.4, 0.2), rho=(0.0, 0.3, 0.6, 0.9, 1.2), omega=(0.0, 1.0, 2.0, 3.0, 4.0), answers=1.4
)


def bench(shop: Shop, judges: Judges, *, described: bool = True) -> tuple[Workbench, TrainingConfig]:
    config = msgspec.structs.replace(load_config(None, SMALL), strengths=STRENGTHS)
    paths = (shop.path("items"), shop.path("facts")) if described else (None, None)
    inputs = Inputs([shop.path("events")], *paths)
    return Workbench(validation.read(inputs, judges, config, Rejects()), config, Metric("ndcg", 10)), config


def test_a_trial_has_the_figure_that_train_and_evaluate_come_to(
    trained: Shop, tmp_path: Path
) -> None:  # fmt: skip
    late = trained.world.events.sort("occurred_at").tail(300).select("visitor_id", "item_id")
    late.write_parquet(tmp_path / "targets.parquet")
    given = f"strengths={msgspec.json.encode(STRENGTHS).decode().replace(':', '=')}"
    shop = Shop(tmp_path, trained.world)
    assert shop.train("--force", "--set", "left_out.share=0", "--set", given).exit_code == 0
    files = ("--targets", tmp_path / "targets.parquet", "--history", shop.path("events"))
    ended = shop.evaluate(*map(str, files), "--facts", str(shop.path("facts")), "--keep-seen")
    judged = json.loads(ended.stdout.splitlines()[-1])
    workbench, config = bench(shop, Judges(tmp_path / "targets.parquet"))
    assert workbench.material.keep_seen
    assert workbench.judge(config).mean == pytest.approx(judged["model"]["ndcg@10"], rel=1e-6)


def test_only_the_steps_that_a_key_hangs_on_are_done_again(trained: Shop) -> None:
    workbench, config = bench(trained, Judges(split=Split(last=2)))
    model = workbench.model(config)
    other = Strengths((9.0,) * 5, (9.0,) * 5)
    assert workbench.model(msgspec.structs.replace(config, strengths=other)) is model
    ridged = workbench.model(msgspec.structs.replace(config, answer_ridge=3.0))
    assert (ridged.item_factors == model.item_factors).all()
    assert (ridged.arrays["answers"] != model.arrays["answers"]).any()
    sparser = workbench.model(load_config(None, [*SMALL, "item_item.neighbours=5"]))
    assert sparser.arrays["table_rows"].shape[1] < model.arrays["table_rows"].shape[1]
    refitted = workbench.model(msgspec.structs.replace(config, regularization=500.0))
    assert (refitted.item_factors != model.item_factors).any()
    assert (refitted.arrays["table_weights"] == model.arrays["table_weights"]).all()


def test_every_key_that_a_step_hangs_on_reaches_it(trained: Shop) -> None:
    workbench, config = bench(trained, Judges(split=Split(last=2)))
    model = workbench.model(config)
    learnt = workbench.model(msgspec.structs.replace(config, answer_half_life_days=5.0))
    assert (learnt.arrays["answers"] != model.arrays["answers"]).any()
    refitted = workbench.model(msgspec.structs.replace(config, frequency_exponent=1.0))
    assert (refitted.item_factors != model.item_factors).any()
    faded = msgspec.structs.replace(config.item_item, history_half_life_steps=1.0)
    other = workbench.model(msgspec.structs.replace(config, item_item=faded))
    assert other.parameters.half_life_steps == 1.0
    assert (other.arrays["table_weights"] == model.arrays["table_weights"]).all()


def test_a_strength_counts_for_the_visitors_of_its_bucket(trained: Shop) -> None:
    workbench, config = bench(trained, Judges(split=Split(last=2)), described=False)
    groups = workbench.cases(config)
    before = workbench.judge(config).values
    changed = msgspec.structs.replace(STRENGTHS, rho=(*STRENGTHS.rho[:4], 50.0))
    after = workbench.judge(msgspec.structs.replace(config, strengths=changed)).values
    fewer = sum(len(group) for group in groups[:4])
    assert len(groups[4]) > 25
    assert (before[:fewer] == after[:fewer]).all()
    assert (before[fewer:] != after[fewer:]).any()


def test_no_more_visitors_judge_than_asked_for(trained: Shop) -> None:
    workbench, config = bench(trained, Judges(split=Split(last=1), at_most=40))
    assert workbench.visitors == len(workbench.judge(config).values) == 40
