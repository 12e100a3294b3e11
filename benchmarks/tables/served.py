"""Served: the tables of a trained model as they are served, judged by what visitors then bought."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
import polars as pl
from quality.measure import run_recsvc
from scipy import sparse
from tables.lists import Judged, hits, judge
from tables.shops import Cut, Shop

from recsvc.model import artifact, versions
from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S
from recsvc.model.known import History, known_items
from recsvc.model.scoring import top
from recsvc.model.tables import again, near
from training.cases import histories_of
from training.rows import rows_of

K, K_AGAIN = 10, 20
CASES = 2_000
BEST_SELLERS = 100
SHRINK = 10.0
HALF_LIVES = (14.0, 30.0, 60.0, 90.0, 120.0, 240.0)
Cases = TypeVar("Cases", pl.Series, pl.DataFrame)
Rank = Callable[[int], list[int]]


def train(shop: Shop, cut: Cut) -> Artifact:
    """A model of what came before the cut, by the command that users run."""
    with TemporaryDirectory(prefix="recsvc-tables-") as name:
        folder = Path(name)
        cut.before.write_parquet(folder / "events.parquet")
        items = []
        if shop.items is not None:
            shop.items.write_parquet(folder / "items.parquet")
            items = ["--items", folder / "items.parquet"]
        run_recsvc(
            "train", "--events", folder / "events.parquet", *items, "--models", folder, "--state", folder,
            "--set", "new_items.at_most=0", "--force",
        )  # fmt: skip
        return artifact.read(versions.resolve(name))


def judge_again(model: Artifact, cut: Cut) -> Judged:
    """A visitor's own products, by which of them they bought again."""
    bought = _rows(model, cut.after)
    visitors = _some(bought["visitor_id"].unique().sort())
    histories = histories_of(cut.before, visitors)
    wanted = dict(bought.group_by("visitor_id").agg("row").iter_rows())
    now = cut.moment.timestamp()
    values: dict[str, list[float]] = {}
    for visitor_id, history in histories.items():
        known = known_items(model, history, now)
        targets = set(wanted[visitor_id]) & set(known.rows.tolist())
        if not targets:
            continue
        lists = {"buy again": again(known).rows.tolist()} | _own_rivals(model, history, now)
        for name, rows in lists.items():
            values.setdefault(name, []).append(hits(rows, targets, K_AGAIN))
    decays = {name: one for name, one in values.items() if name.startswith("decay")}
    best = max(decays, key=lambda name: np.mean(decays[name]))
    kept = {name: one for name, one in values.items() if name == best or name not in decays}
    return judge("buy again", f"ndcg@{K_AGAIN}", kept)


def _own_rivals(model: Artifact, history: History, now: float) -> dict[str, list[int]]:
    rows = model.vocabulary.rows_or_minus_one(history.item_ids)
    ages = (now - np.asarray(history.occurred_at)) / DAY_S
    there = rows >= 0
    found, inverse = np.unique(rows[there], return_inverse=True)
    newest = np.full(len(found), np.inf)
    np.minimum.at(newest, inverse, ages[there])
    scores = {"plain counts": np.bincount(inverse) - newest * 1e-6, "most recent first": -newest}
    for days in HALF_LIVES:
        scores[f"decay, half-life {days:g} days"] = np.bincount(inverse, np.exp2(-ages[there] / days))
    return {name: found[np.argsort(-one, kind="stable")].tolist() for name, one in scores.items()}


def judge_together(model: Artifact, cut: Cut) -> list[Judged]:
    """Given one product of a later basket, its other ones; once more without the best-sellers."""
    baskets = _rows(model, cut.after).group_by("order_id").agg(pl.col("row").unique().sort())
    baskets = baskets.filter(pl.col("row").list.len() > 1).explode("row").sort("order_id", "row")
    sets = dict(baskets.group_by("order_id").agg("row").iter_rows())
    cases = [
        (row, set(sets[order_id]) - {row})
        for order_id, row in _some(baskets).select("order_id", "row").iter_rows()
    ]
    rivals = {"bought together": _near(model, "together"), "similar": _near(model, "similar")}
    rivals |= _counted(_matrix(model, cut.before, "order_id"))
    rivals["popularity"] = _fixed(model.arrays["item_counts"])
    staples = set(top(model.arrays["item_counts"], BEST_SELLERS).tolist())
    rarer = [(row, wanted - staples) for row, wanted in cases if wanted - staples]
    return [
        judge("bought together", f"ndcg@{K}", _values(cases, rivals)),
        judge(
            "bought together", f"ndcg@{K}, without the {BEST_SELLERS} best-sellers", _values(rarer, rivals)
        ),
    ]


def judge_similar(model: Artifact, shop: Shop, cut: Cut) -> Judged:
    """Given a product of a visitor's last order, what they then first bought: of its category, if known."""
    before, after = _rows(model, cut.before), _rows(model, cut.after)
    newest = before.filter(pl.col("occurred_at") == pl.col("occurred_at").max().over("visitor_id"))
    last = newest.select("visitor_id", seed=pl.col("row")).unique()
    first = after.join(before, on=["visitor_id", "row"], how="anti").unique(["visitor_id", "row"])
    categories = _categories(model, shop)
    pairs = first.join(last, on="visitor_id")
    same = categories[pairs["row"].to_numpy()] == categories[pairs["seed"].to_numpy()]
    grouped = (
        pairs.filter(pl.Series(same)).group_by("visitor_id", "seed").agg("row").sort("visitor_id", "seed")
    )
    cases = [(seed, set(rows)) for seed, rows in _some(grouped).select("seed", "row").iter_rows()]
    popularity = model.arrays["item_counts"]
    rivals = {
        "similar": _near(model, "similar"),
        "same category by popularity": _within(popularity, categories),
        "bought by the same visitors": _counted(_matrix(model, cut.before, "visitor_id"))["raw counts"],
        "bought together": _near(model, "together"),
        "popularity": _fixed(popularity),
    }
    return judge("similar", f"ndcg@{K}", _values(cases, rivals))


def _values(cases: list[tuple[int, set[int]]], rivals: Mapping[str, Rank]) -> dict[str, list[float]]:
    return {name: [hits(rank(row), wanted, K) for row, wanted in cases] for name, rank in rivals.items()}


def _near(model: Artifact, table: str) -> Rank:
    return lambda row: near(model, table, np.array([row], dtype=np.int32)).rows.tolist()  # type: ignore[arg-type]


def _fixed(scores: np.ndarray) -> Rank:
    best = top(scores, K + 1).tolist()
    return lambda row: [one for one in best if one != row]


def _within(scores: np.ndarray, categories: np.ndarray) -> Rank:
    order = np.lexsort((-scores,))

    def rank(row: int) -> list[int]:
        kin = order[categories[order] == categories[row]][: K + 1]
        return [one for one in kin.tolist() if one != row]

    return rank


def _counted(matrix: sparse.csr_matrix) -> dict[str, Rank]:
    """Products by how many rows of the matrix hold both, and by lift that is the same both ways."""
    columns, sizes = matrix.tocsc(), np.asarray(matrix.sum(axis=0)).ravel()

    def both(row: int) -> np.ndarray:
        counts = np.asarray(
            matrix[columns.indices[columns.indptr[row] : columns.indptr[row + 1]]].sum(axis=0)
        ).ravel()
        counts[row] = 0.0
        return counts

    def lift(row: int) -> np.ndarray:
        return both(row) / (sizes * sizes[row] / matrix.shape[0] + SHRINK)

    return {
        "raw counts": lambda row: top(both(row), K).tolist(),
        "symmetric lift, shrunk": lambda row: top(lift(row), K).tolist(),
    }


def _matrix(model: Artifact, lines: pl.DataFrame, by: str) -> sparse.csr_matrix:
    pairs = _rows(model, lines).unique([by, "row"])
    rows = pairs[by].rank("dense").to_numpy().astype(np.int64) - 1
    shape = (int(rows.max()) + 1, len(model.vocabulary))
    return sparse.csr_matrix((np.ones(len(rows)), (rows, pairs["row"].to_numpy())), shape=shape)


def _rows(model: Artifact, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of products that the model knows, with their rows."""
    rows = pl.Series(rows_of(lines["item_id"], model.vocabulary.ids))
    return lines.with_columns(row=rows).filter(pl.col("row") >= 0)


def _categories(model: Artifact, shop: Shop) -> np.ndarray:
    """(n,) a number a category; without a catalogue everything is of one."""
    if shop.items is None:
        return np.zeros(len(model.vocabulary), dtype=np.int64)
    named = dict(shop.items.select("item_id", "category").iter_rows())
    return np.unique([named.get(one) or "" for one in model.vocabulary.ids], return_inverse=True)[1]


def _some(cases: Cases) -> Cases:
    """As many as are judged: the same ones in every run."""
    return cases.sample(min(CASES, len(cases)), seed=7)
