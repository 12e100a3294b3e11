"""Both engines on one small shop: the Spark engine gives what the local one does, each step and the whole.

All of it is in one file, so that one cluster is started for it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import sparse

from recsvc.domain.catalogue import Item
from recsvc.files.facts import read_facts
from recsvc.files.items import read_items, to_items
from recsvc.files.rejects import Rejects
from recsvc.model import fold_in
from recsvc.model.artifact import read_manifest
from recsvc.model.fold_in import Regularizer
from recsvc.model.versions import current
from tests.journeys.servers import serve
from tests.training.shops import NOW, SMALL, Shop
from tests.training.spark.standalone import SETTINGS
from training import crossings, extract, facts, holdout, interactions, item_item, repeats, tables
from training.answers import Crossed
from training.attributes import affinities
from training.config import ConfidenceConfig, ItemItemConfig, SparkConfig, TrainingConfig
from training.fit.local import Penalty
from training.spark.cluster import Cluster, cluster
from training.synthetic import START, planted_world
from training.tables import Table

pytestmark = pytest.mark.java
CONFIG = TrainingConfig(
    numeric_facts=("age",),
    confidence=ConfidenceConfig(half_life_days=60.0),
    window_days=170.0,
    max_visitor_lines=30,
    spark=SparkConfig(settings=SETTINGS),
)


class Local(NamedTuple):
    extract: extract.Extract
    split: holdout.Split
    pairs: interactions.Interactions
    rejects: Rejects


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Purchases, views, returns, repeated and broken lines, in two files of different columns."""
    rng = np.random.default_rng(5)
    world = planted_world(visitors=400, items=60, baskets=3, seed=3).events
    size = world.height
    kinds = rng.choice(
        ["purchase", "view", "wishlist", "return", "search"], size, p=[0.7, 0.12, 0.1, 0.05, 0.03]
    )
    ids = [f"e{number}" for number in rng.integers(size * 20, size=size)]
    first = world.with_columns(
        kind=pl.Series(kinds),
        event_id=pl.Series(ids),
        visitor_id=pl.when(pl.Series(rng.random(size)) < 0.02)
        .then(pl.lit("v000001"))
        .otherwise("visitor_id"),
        quantity=pl.Series(rng.choice([1.0, 2.0, 3.0, -1.0], size, p=[0.6, 0.2, 0.19, 0.01])),
        occurred_at=pl.col("occurred_at") + pl.Series([timedelta(seconds=s) for s in range(size)]),
        order_id=pl.when(pl.Series(rng.random(size)) < 0.7).then("order_id"),
    ).unique("event_id", keep="first", maintain_order=True)
    repeated = pl.concat([first, first.head(50)])
    second = world.sample(600, seed=1).select(
        "visitor_id",
        "item_id",
        occurred_at=pl.col("occurred_at").dt.replace_time_zone(None).dt.cast_time_unit("ns"),
        kind=pl.when(pl.int_range(pl.len()) < 5).then(pl.lit("gift")),
    )
    folder = tmp_path_factory.mktemp("events")
    paths = [folder / "first.parquet", folder / "second.parquet"]
    for path, frame in zip(paths, (repeated, second), strict=True):
        frame.write_parquet(path)
    return paths


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A taste, a coin, an age that is a number and said twice, and words that are over or still to come."""
    facts = planted_world(visitors=400, items=60, baskets=3, seed=3).facts
    asked = facts.filter(pl.col("fact") == "coin").select("visitor_id")
    ages = np.random.default_rng(2).integers(18, 80, asked.height)
    soon, late = START + timedelta(days=10), START + timedelta(days=20)

    def said(fact: str, values: pl.Series, when: datetime, until: datetime | None = None) -> pl.DataFrame:
        return asked.with_columns(
            fact=pl.lit(fact),
            value=values.cast(pl.String),
            answered_at=pl.lit(when),
            expires_at=pl.lit(until),
        )

    parts = [
        facts.with_columns(answered_at=pl.lit(soon), expires_at=pl.lit(None, dtype=pl.Datetime("us", "UTC"))),
        said("age", pl.Series(ages), late),
        said("age", pl.Series(ages[::-1]), soon),
        said("over", pl.Series(ages % 2), soon, late),
        said("to come", pl.Series(ages % 2), NOW + timedelta(days=900)),
    ]
    path = tmp_path_factory.mktemp("told") / "facts.parquet"
    pl.concat(parts, how="vertical_relaxed").write_parquet(path)
    return path


@pytest.fixture(scope="module")
def here(events: list[Path]) -> Local:
    rejects = Rejects()
    found = extract.read(
        events, CONFIG, rejects=rejects, timezone="Asia/Tokyo", now=NOW + timedelta(days=400)
    )
    split = holdout.split(found, CONFIG.left_out, CONFIG.seed)
    return Local(found, split, interactions.aggregate(split.kept, CONFIG, found.as_of), rejects)


@pytest.fixture(scope="module")
def there(master: str, events: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator["There"]:
    with cluster(master, CONFIG.spark, tmp_path_factory.mktemp("exchange")) as running:
        yield There(running, events)


class There:
    """The same steps in the cluster."""

    def __init__(self, running: Cluster, events: list[Path]) -> None:
        from training.spark import left_out, lines, pairs  # noqa: PLC0415 (they need pyspark)

        self.cluster = running
        self.rejects = Rejects()
        self.lines = lines.read(
            running,
            events,
            CONFIG,
            rejects=self.rejects,
            timezone="Asia/Tokyo",
            now=NOW + timedelta(days=400),
        )
        self.left_out = left_out.split(running, self.lines, CONFIG)
        self.pairs = pairs.pairs(running, self.left_out.kept, CONFIG, self.lines.span.as_of)


def test_lines_that_count_are_the_same_and_so_is_what_was_left_aside(here: Local, there: There) -> None:
    assert there.lines.counts == here.extract.counts
    assert {"before the window", "beyond the cap a visitor", "kind without weight"} < set(here.extract.counts)
    assert there.lines.span.as_of == here.extract.as_of
    assert there.lines.span.first == here.extract.lines["occurred_at"].min()
    assert there.rejects.counts == here.rejects.counts
    assert set(here.rejects.counts) == {"unknown_kind", "bad_quantity"}
    assert (there.rejects.read, there.rejects.duplicates) == (here.rejects.read, here.rejects.duplicates)
    assert len(there.rejects.frame()) == 2


def test_visitors_left_out_and_their_windows_are_the_same(here: Local, there: There) -> None:
    ours, theirs = here.split, there.left_out.split
    assert (theirs.start, theirs.left_out, theirs.keep_seen) == (ours.start, ours.left_out, ours.keep_seen)
    for name in ("targets", "history"):
        columns = ["visitor_id", "item_id"]
        mine, other = (getattr(one, name).select(columns).sort(columns) for one in (ours, theirs))
        assert mine.equals(other)
    assert ours.targets.height > 20


def test_pairs_and_confidences_are_the_same(here: Local, there: There) -> None:
    from training.spark import pairs  # noqa: PLC0415

    found = there.cluster.fetch(there.pairs.frame).sort("visitor", "item")
    assert there.pairs.shape == here.pairs.shape
    assert there.pairs.item_ids == here.pairs.item_ids
    assert there.pairs.item_counts.tolist() == here.pairs.item_counts.tolist()
    assert there.pairs.repeats == pytest.approx(here.pairs.repeats)
    assert found["visitor"].to_numpy().tolist() == here.pairs.visitors.tolist()
    assert found["item"].to_numpy().tolist() == here.pairs.items.tolist()
    assert found["bought"].to_numpy().tolist() == here.pairs.bought.tolist()
    assert np.allclose(found["weight"].to_numpy(), here.pairs.weights, rtol=1e-6)
    assert np.allclose(found["age"].to_numpy(), here.pairs.ages, rtol=1e-5)
    confidence = CONFIG.confidence.with_alpha(interactions.choose_alpha(here.pairs))
    ours, normaliser = interactions.confidences(here.pairs, confidence)
    theirs, other = pairs.confidences(there.pairs, confidence)
    values = there.cluster.fetch(theirs).sort("visitor", "item")["confidence"].to_numpy()
    assert other == pytest.approx(normaliser)
    assert np.allclose(values, ours.data, rtol=1e-5)


def test_popularity_and_its_half_life_are_the_same(here: Local, there: There) -> None:
    from training.spark import counted  # noqa: PLC0415

    kept = here.extract._replace(lines=here.split.kept)
    span = holdout.span_of(kept)
    ours = tables.best_half_life(kept, keep_seen=False, seed=7)
    theirs = counted.best_half_life(there.cluster, there.left_out.kept, span, keep_seen=False, seed=7)
    assert theirs == ours
    for half_life in (None, 30.0):
        mine = np.asarray(here.pairs.matrix(tables.recency(here.pairs, half_life)).sum(axis=0)).ravel()
        assert np.allclose(counted.popularity(there.cluster, there.pairs, half_life), mine, rtol=1e-4)


def same(one: Table, other: Table) -> bool:
    """Equal weights, and equal rows wherever a weight stands alone in its row."""
    if not np.allclose(one.weights, other.weights, rtol=1e-4, atol=1e-6):
        return False
    alone = np.abs(np.diff(one.weights, axis=1)) > 1e-4 * one.weights[:, :-1]
    settled = np.pad(alone, ((0, 0), (1, 0)), constant_values=True) & np.pad(alone, ((0, 0), (0, 1)))
    return bool((one.rows == other.rows)[settled].all() and settled.sum() > one.rows.size / 3)


def test_products_bought_together_and_again_are_the_same(here: Local, there: There) -> None:
    from training.spark import counted  # noqa: PLC0415

    kept, ids = here.split.kept, here.pairs.item_ids
    assert same(
        tables.together(kept, ids, 8), counted.together(there.cluster, there.left_out.kept, there.pairs, 8)
    )
    ours = repeats.repeats(kept, ids, here.extract.as_of)
    theirs = counted.item_repeats(there.cluster, there.left_out.kept, ids, there.lines.span.as_of)
    assert ours.rates.max() > 0
    for mine, other in zip(ours, theirs, strict=True):
        assert np.allclose(mine, other, rtol=1e-6)


@pytest.mark.parametrize("method", ["visitors", "sequences", "attributes"])
def test_item_item_table_is_the_same(here: Local, there: There, method: str) -> None:
    from training.spark.item_item import item_item as in_cluster  # noqa: PLC0415

    config = ItemItemConfig(method=method, neighbours=10, visitor_exponent=0.5)
    items = {
        one: Item(item_id=one, category=str(row % 5), brand=str(row % 7))
        for row, one in enumerate(here.pairs.item_ids)
    }
    ours = item_item.item_item(here.pairs, config, 7, items, here.pairs.item_counts)
    theirs = in_cluster(there.cluster, there.pairs, config, 10**9, 7, items, here.pairs.item_counts)
    assert (ours.rows >= 0).any()
    assert same(ours, theirs)


def test_busy_visitors_are_thinned_where_pairs_cost_too_much(there: There) -> None:
    from training.spark.item_item import item_item as in_cluster  # noqa: PLC0415

    config, bare = ItemItemConfig(neighbours=10, visitor_exponent=0.0), ({}, np.empty(0))
    whole, thin = (in_cluster(there.cluster, there.pairs, config, most, 7, *bare) for most in (10**9, 4_000))
    assert 0 < thin.weights.sum() < whole.weights.sum() / 2


def alike(one: Crossed, other: Crossed, n: int) -> bool:
    """The same maps, tried on all items and on random weights."""
    weights = np.random.default_rng(0).normal(size=(len(one.mass), 3))
    tried = ((side.mass, side.block(slice(0, n)), side.mix(weights)) for side in (one, other))
    return all(np.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in zip(*tried, strict=True))


def test_what_answers_have_in_common_with_purchases_is_the_same(
    here: Local, there: There, told: Path
) -> None:
    from training.spark import crossings as sums  # noqa: PLC0415
    from training.spark import facts as in_cluster  # noqa: PLC0415

    rejects, numeric = Rejects(), frozenset(CONFIG.numeric_facts)
    declared = read_facts([told], Rejects(), numeric)
    answers = facts.answer_matrix(declared, here.pairs.visitor_ids, here.extract.as_of)
    ours = crossings.of_answers(crossings.Purchases(here.pairs, 90.0), answers)
    frame = in_cluster.read(there.cluster, told, numeric, "UTC", rejects)
    coded = in_cluster.code(there.cluster, frame, there.pairs.visitors, there.lines.span.as_of)
    bought = sums.purchases(there.cluster, there.pairs, 90.0)
    theirs = sums.of_answers(there.cluster, bought, coded)
    assert theirs.facts == ours.facts
    assert {fact.fact for fact in ours.facts} == {"age", "coin", "taste"}
    for name in ("means", "covariance", "gram"):
        assert np.allclose(getattr(theirs, name), getattr(ours, name), rtol=1e-4, atol=1e-4)
    n = len(here.pairs.item_ids)
    assert alike(theirs.crossed, ours.crossed, n)
    assert all(alike(one, other, n) for one, other in zip(theirs.halves, ours.halves, strict=True))
    some = pl.DataFrame({"visitor_id": here.pairs.visitor_ids[:3]})
    known = in_cluster.of_visitors(there.cluster, frame, there.cluster.send(some))
    assert known is not None
    assert known.height == declared.join(some, on="visitor_id", how="semi").height


def test_what_leanings_have_in_common_with_purchases_is_the_same(
    here: Local, there: There, tmp_path: Path
) -> None:
    from training.spark import crossings as sums  # noqa: PLC0415

    path = tmp_path / "items.parquet"
    planted_world(visitors=10, items=60).items.write_parquet(path)
    items = {item.item_id: item for item in to_items(read_items([path], Rejects()))}
    ours = crossings.of_affinities(crossings.Purchases(here.pairs, None), affinities(here.pairs, items))
    bought = sums.purchases(there.cluster, there.pairs, None)
    theirs = sums.of_affinities(there.cluster, bought, there.pairs, items, 10**9, 7)
    assert theirs.names == ours.names
    assert np.allclose(theirs.typical, ours.typical, rtol=1e-4)
    assert np.allclose(theirs.squares, ours.squares, rtol=1e-4)
    assert alike(theirs.crossed, ours.crossed, len(here.pairs.item_ids))
    some = sums.of_affinities(there.cluster, bought, there.pairs, items, 5_000, 7)
    assert np.allclose(some.squares, ours.squares, rtol=0.5)
    assert not np.allclose(some.squares, ours.squares, rtol=1e-4)


def test_last_sweep_solves_each_row_with_the_local_penalty(here: Local, there: There) -> None:
    """Visitors as serving folds them in, items likewise; three steps solve three equations exactly."""
    from training.spark import als, half_step, pairs  # noqa: PLC0415

    confidence, penalty = CONFIG.confidence.with_alpha(4.0), Penalty(5.0, 0.2, 0.5)
    matrix, _ = interactions.confidences(here.pairs, confidence)
    values, _ = pairs.confidences(there.pairs, confidence)
    rng, names = np.random.default_rng(1), ("visitor", "item")
    factors = {
        name: rng.normal(size=(n, 3)).astype(np.float32) for name, n in zip(names, matrix.shape, strict=True)
    }
    sent = {name: there.cluster.send(vectors(name, factors[name])) for name in names}
    regularizers = als.regularizers(there.cluster, there.pairs, penalty)
    for own, other, rows, found in zip(
        names, names[::-1], (matrix, matrix.T.tocsr()), regularizers, strict=True
    ):
        side, n_other = half_step.Side(own, other, found), rows.shape[1]
        solved = half_step.half_step(there.cluster, values, side, sent[own], sent[other])
        ours = there.cluster.fetch(solved).sort(own)["vector"].to_list()
        local = penalty.of(np.diff(rows.indptr), n_other)
        assert found.mean_scale == pytest.approx(local.mean_scale)
        assert np.allclose(ours, folded_in(rows, factors[other], local), atol=1e-4)


def vectors(name: str, factors: NDArray[np.float32]) -> pl.DataFrame:
    numbers = pl.int_range(len(factors), dtype=pl.Int32, eager=True)
    lists = pl.Series(factors.tolist(), dtype=pl.List(pl.Float32))
    return pl.DataFrame({name: numbers, "vector": lists})


def folded_in(
    rows: sparse.csr_matrix, fixed: NDArray[np.float32], regularizer: Regularizer
) -> list[NDArray[np.floating]]:
    """Each row as serving solves a visitor."""
    y = fixed.astype(np.float64)
    gram = fold_in.decompose(y.T @ y)
    return [
        fold_in.solve(
            fixed, gram, row.indices, row.data.astype(np.float64), np.ones(row.nnz),
            regularizer.of(row.nnz),
        )
        for row in rows
    ]  # fmt: skip


def judged(shop: Shop) -> float:
    """NDCG@10 of the current model on visitors that neither engine saw."""
    lines = planted_world(visitors=600, items=120, seed=11).events
    late = pl.col("occurred_at") > START + timedelta(days=120)
    for name, part in (("history", lines.filter(~late)), ("targets", lines.filter(late))):
        part.write_parquet(shop.path(name))
    found = shop.evaluate(
        "--history", str(shop.path("history")), "--targets", str(shop.path("targets")), "--keep-seen"
    )
    return float(json.loads(found.stdout.splitlines()[-1])["model"]["ndcg@10"])


def regularizer(shop: Shop) -> dict[str, float]:
    """What the current model is folded in with."""
    version = current(shop.models)
    assert version is not None
    return msgspec.structs.asdict(read_manifest(shop.models / version).parameters.regularizer)


@pytest.mark.server
def test_model_of_the_cluster_is_as_good_as_the_local_one_and_is_served(master: str, tmp_path: Path) -> None:
    shop = Shop(tmp_path, planted_world(visitors=900, items=120))
    assert shop.train().exit_code == 0
    ours, local = judged(shop), regularizer(shop)
    files = [part for name in ("events", "items", "facts") for part in (f"--{name}", str(shop.path(name)))]
    settings = [
        *SMALL,
        "spark.settings={" + ", ".join(f'"{name}" = "{value}"' for name, value in SETTINGS.items()) + "}",
    ]
    command = [sys.executable, "-m", "recsvc", "train", *files, "--models", str(shop.models), "--json"]
    command += [part for setting in settings for part in ("--set", setting)]
    command += ["--engine", "spark", "--master", master]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    assert summary["read"] == shop.world.events.height + shop.world.facts.height + shop.world.items.height
    assert not list((tmp_path / "spark").iterdir())
    theirs = judged(shop)
    assert theirs > 0.98 * ours
    assert regularizer(shop) == pytest.approx(local)
    with serve(tmp_path) as server:
        visitor = {"Recsvc-Visitor": f"id={shop.world.events['visitor_id'][0]}"}
        slate = server.get("/v1/slates/home?limit=5", **visitor)[1]
    assert (slate["model"], len(slate["items"])) == (summary["version"], 5)
