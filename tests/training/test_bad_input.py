"""What shops send by mistake is handled as documented, or refused with the number that is wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import Result

from recsvc.domain.placements import Strategy
from recsvc.domain.profile import Profile
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact
from recsvc.model.known import NO_HISTORY, History
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.scoring import build_query, score
from recsvc.model.tables import Standing
from recsvc.serving.candidates import Sight, generate
from recsvc.serving.queries import Ranked
from tests.training.shops import NOW, Shop, days_ago, lines
from training.cases import cases
from training.config import TrainingConfig
from training.evaluate import evaluate
from training.extract import select
from training.rivals import Rival
from training.synthetic import START, World

MakeShop = Callable[[World], Shop]


def summary(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])


def published(shop: Shop, *arguments: str, files: tuple[str, ...] = ("items", "facts")) -> Artifact:
    """The model that a shop trains, once it is seen to be sound and to answer with its own items."""
    result = shop.train(*arguments, files=files)
    assert result.exit_code == 0, result.stderr
    model = artifacts.read(versions.resolve(str(shop.models)))  # refuses what is not finite
    for strategy in Strategy:
        answers_with_items(model, strategy)
    return model


def answers_with_items(model: Artifact, strategy: Strategy) -> None:
    """Every candidate is an item of the model, with a score that is a number."""
    ids = model.vocabulary.ids
    bought = [*ids[:3], "unheard of"]
    history = History(bought, ["purchase"] * 4, [NOW.timestamp()] * 4, [1.0] * 4, [1.0] * 4)
    ranked = Ranked(model, build_query(model, history, now=NOW.timestamp()))
    sight = Sight(model, Standing(model), ranked, Profile("v"), bought, bought)
    found = [*generate(sight, (strategy, Strategy.PERSONAL))]
    rows = np.concatenate([block.rows for block in found])
    assert np.isfinite(np.concatenate([block.scores for block in found])).all()
    assert set(rows.tolist()) == set(range(len(ids)))


def more_events(world: World, rows: pl.DataFrame) -> World:
    return world._replace(events=pl.concat([world.events, rows], how="diagonal_relaxed"))


def robot(visits: int, item_ids: pl.Series, kind: str = "view") -> pl.DataFrame:
    """One visitor who comes by once a second."""
    each = pl.int_range(visits, eager=True)
    return pl.DataFrame(
        {
            "visitor_id": ["robot"] * visits,
            "item_id": item_ids.gather(each % len(item_ids)),
            "kind": [kind] * visits,
            "occurred_at": START + each * timedelta(seconds=1),
            "quantity": [1.0] * visits,
        }
    )


def test_ids_of_any_text_come_back_as_they_were(make_shop: MakeShop, world: World) -> None:
    odd = [
        "",
        " ",
        "a b",
        "ÿ\n\t",
        "'; --",
        "None",
        "-1",
        "日本語",
        "🫖",
        "x" * 5_000,
        "\u202eabc",
        "i\x00d",
        "NaN",
        "../up",
    ]
    ids = world.events["item_id"].unique().sort().to_list()
    renamed = dict(zip(ids, [f"{text}{row}" for row, text in enumerate(odd * 10)], strict=False))
    events, items = (
        frame.with_columns(pl.col("item_id").replace(renamed), **more)
        for frame, more in (
            (world.events, {"visitor_id": "🧑\n" + pl.col("visitor_id")}),
            (world.items, {}),
        )
    )
    facts = world.facts.with_columns(visitor_id="🧑\n" + pl.col("visitor_id"))
    model = published(make_shop(World(events, items, facts)))
    assert set(model.vocabulary.ids) <= set(renamed.values())
    assert len(model.vocabulary) > 100


def test_visitor_with_a_million_events_is_capped_and_said_so(make_shop: MakeShop, world: World) -> None:
    items = world.items["item_id"]
    shop = make_shop(more_events(world, robot(1_000_000, items)))
    result = shop.train()
    assert result.exit_code == 0, result.stderr
    assert "990,000 beyond the cap a visitor, 1 visitors capped" in " ".join(result.stderr.split())
    training = artifacts.read(versions.resolve(str(shop.models))).manifest.training
    assert training["lines"]["visitors capped"] == 1
    assert training["lines"]["beyond the cap a visitor"] == 990_000


@pytest.mark.parametrize("method", ["visitors", "sequences", "regression", "attributes"])
def test_robot_that_views_everything_owns_no_table(make_shop: MakeShop, world: World, method: str) -> None:
    tastes = dict(world.items.select("item_id", "attr:taste").iter_rows())
    shop = make_shop(more_events(world, robot(12_000, world.items["item_id"])))
    model = published(shop, "--set", f"item_item.method={method}")
    ids = model.vocabulary.ids
    best = model.arrays["table_rows"][:60, 0]  # of the items that sell
    alike = [tastes[ids[row]] == tastes[ids[other]] for row, other in enumerate(best) if other >= 0]
    assert np.mean(alike) > 0.8


def test_constant_answers_change_nothing(make_shop: MakeShop, world: World) -> None:
    facts = world.facts.with_columns(value=pl.lit("yes"))
    model = published(make_shop(world._replace(facts=facts)))
    for answers in (NO_ANSWERS, Answers({"taste": ("yes",), "coin": ("yes",)})):
        scores = score(model, build_query(model, NO_HISTORY, answers, now=NOW.timestamp()))
        assert np.allclose(scores, model.parameters.popularity_scale * model.popularity, atol=1e-6)


def test_fact_with_a_thousand_values_keeps_those_that_some_share(make_shop: MakeShop, world: World) -> None:
    number = pl.int_range(pl.len())
    facts = world.facts.with_columns(
        fact=pl.lit("colour"), value=pl.when(number % 2 == 0).then(number % 1_000).otherwise(number % 7)
    ).with_columns(pl.col("value").cast(pl.String))
    model = published(make_shop(world._replace(facts=facts)))
    (colour,) = model.parameters.facts
    assert 0 < len(colour.values) <= 200


def test_prices_that_are_no_numbers_leave_items_out_and_are_counted(
    make_shop: MakeShop, world: World
) -> None:
    number = pl.int_range(pl.len())
    prices = pl.when(number % 10 == 0).then(float("nan")).when(number % 10 == 1).then(float("inf"))
    shop = make_shop(world._replace(items=world.items.with_columns(price=prices.otherwise(9.9))))
    published(shop)
    assert "24 bad_price" in shop.train("--dry-run").stderr


@pytest.mark.parametrize("settings", [("factors=121",), ("factors=1000", "residual_rank=1000")])
def test_more_factors_than_items_are_refused_with_both_numbers(
    make_shop: MakeShop, world: World, settings: tuple[str, ...]
) -> None:
    result = make_shop(world).train(*(part for one in settings for part in ("--set", one)))
    assert result.exit_code == 65
    items = world.events["item_id"].n_unique()
    assert f"{settings[0].removeprefix('factors=')} factors" in summary(result)["message"]
    assert f"{items} items" in summary(result)["message"]


def test_more_columns_of_answers_than_there_are_items_are_only_as_many_as_there_are(
    make_shop: MakeShop, world: World
) -> None:
    model = published(make_shop(world), "--set", "residual_rank=1000")
    assert model.factors.shape[1] <= 2 * len(model.vocabulary)


def test_one_line_a_thousand_times_is_refused(make_shop: MakeShop, world: World) -> None:
    same = pl.DataFrame({"visitor_id": ["v"] * 1_000, "item_id": ["i"] * 1_000})
    result = make_shop(world._replace(events=same)).train(files=())
    assert result.exit_code == 65
    assert "min_item_visitors" in summary(result)["message"]


def test_clock_far_in_the_future_is_left_aside_and_counted(make_shop: MakeShop, world: World) -> None:
    late = world.events.head(50).with_columns(occurred_at=datetime(2190, 1, 1, tzinfo=UTC))
    shop = make_shop(more_events(world, late))
    model = published(shop)
    assert model.manifest.training["lines"]["in the future"] == 50
    assert datetime.fromtimestamp(model.parameters.as_of, UTC) < datetime(2030, 1, 1, tzinfo=UTC)
    every = make_shop(world._replace(events=late)).train()
    assert every.exit_code == 65
    assert "'in the future': 50" in summary(every)["message"]


def test_clock_that_stood_at_zero_counts_next_to_nothing(make_shop: MakeShop, world: World) -> None:
    early = world.events.head(300).with_columns(
        occurred_at=datetime(1970, 1, 1, tzinfo=UTC), visitor_id=pl.lit("early") + pl.col("visitor_id")
    )
    published(make_shop(more_events(world, early)))


def test_history_without_weight_left_is_ranked_without_a_warning(trained: Shop) -> None:
    model = artifacts.read(versions.resolve(str(trained.models)))
    rows = [
        (v, f"i{i:05}", "purchase", datetime(1901, 1, 1, tzinfo=UTC), 1.0) for v in "ab" for i in range(3)
    ]
    targets = pl.DataFrame({"visitor_id": ["a", "b"], "item_id": ["i00007", "i00008"]})
    judged, _ = cases(model.vocabulary, targets, lines(*rows))
    found = evaluate(model, judged, ks=(10,), keep_seen=True, now=NOW.timestamp())
    for rival in Rival:
        shown = found.ranked(rival, found.everybody).shown
        assert (shown >= 0).all()
        assert all(len(set(one)) == len(one) for one in shown.tolist())


def test_nobody_is_shown_what_they_had_not_even_who_had_everything(trained: Shop) -> None:
    model = artifacts.read(versions.resolve(str(trained.models)))
    ids = model.vocabulary.ids
    had = {"everything": ids, "almost": ids[:-2], "little": ids[:2]}
    rows = [(v, item_id, "purchase", NOW, 1.0) for v, theirs in had.items() for item_id in theirs]
    targets = pl.DataFrame({"visitor_id": [*had], "item_id": [ids[-1]] * 3})
    judged, _ = cases(model.vocabulary, targets, lines(*rows))
    found = evaluate(model, judged, ks=(10,), keep_seen=False, now=NOW.timestamp())
    for rival in Rival:
        shown = dict(zip(sorted(had), found.ranked(rival, found.everybody).shown.tolist(), strict=True))
        assert set(shown["everything"]) == {-1}
        assert set(shown["almost"]) == {-1, len(ids) - 1, len(ids) - 2}
        assert not {0, 1, -1} & set(shown["little"])


def test_robot_keeps_the_newest_lines_and_others_all(world: World) -> None:
    frame = robot(100, world.items["item_id"]).with_columns(order_id=pl.lit(None, dtype=pl.String))
    both = pl.concat([frame, lines(("a", "i00001", "view", days_ago(500), 1.0))], how="diagonal_relaxed")
    found = select(both, TrainingConfig(max_visitor_lines=10), now=NOW).lines
    assert found.filter(visitor_id="robot")["occurred_at"].min() == START + timedelta(seconds=90)
    assert found.filter(visitor_id="a").height == 1
