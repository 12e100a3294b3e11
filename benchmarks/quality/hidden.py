"""Hidden products: how well those without a single event are ranked among themselves."""

from pathlib import Path

import numpy as np
import polars as pl
from quality.files import JudgeFiles, PartFiles
from quality.goals import Figures

from recsvc.files.events import read_events
from recsvc.files.rejects import Rejects
from recsvc.model import artifact, versions
from recsvc.model.scoring import build_query, score_many
from training.cases import histories_of
from training.metrics import Ranked, intervals, ndcg

BATCH = 128


def judge(models: Path, part: PartFiles, files: JudgeFiles, k: int) -> Figures:
    """NDCG@k among the hidden products, beside the popularity of their category: the shape of an evaluation.

    A product that the model does not know cannot be shown; where it knows none, the figure is 0.
    """
    model = artifact.read(versions.resolve(str(models)))
    ids = pl.read_parquet(part.hidden)["item_id"].to_list()  # type: ignore[arg-type]
    wanted = dict(
        pl.read_parquet(files.targets).group_by("visitor_id").agg("item_id").sort("visitor_id").iter_rows()
    )
    lines = read_events([files.history], rejects=Rejects())  # type: ignore[list-item]
    histories = histories_of(lines, pl.Series(list(wanted)))
    now = model.parameters.as_of
    rows = model.vocabulary.rows_or_minus_one(ids)
    orders = []
    visitors = list(wanted)
    for first in range(0, len(visitors), BATCH):
        batch = visitors[first : first + BATCH]
        queries = [
            build_query(model, *([histories[one]] if one in histories else []), now=now) for one in batch
        ]
        scores = np.where(rows >= 0, score_many(model, queries)[:, rows], -np.inf)
        orders.append(np.argsort(-scores, axis=1, kind="stable")[:, :k])
    ours = _ranked(np.concatenate(orders), (rows >= 0), ids, wanted, k)
    by_category = np.argsort(-_category_buyers(part, ids), kind="stable")[:k]
    theirs = _ranked(np.tile(by_category, (len(visitors), 1)), np.ones(len(ids), dtype=bool), ids, wanted, k)
    found = {
        "visitors": len(visitors),
        "model": {f"ndcg@{k}": float(ndcg(ours, k).mean())},
        "popularity": {f"ndcg@{k}": float(ndcg(theirs, k).mean())},
        "ci": intervals({f"ndcg@{k}": ndcg(ours, k)}),
    }
    return {"known_to_the_model": int((rows >= 0).sum()), "hidden": len(ids), "segments": {"all": found}}


def _ranked(
    orders: np.ndarray, known: np.ndarray, ids: list[str], wanted: dict[str, list[str]], k: int
) -> Ranked:
    places = {item_id: place for place, item_id in enumerate(ids)}
    hits = np.array(
        [np.isin(order, [places[one] for one in items]) & known[order]
         for order, items in zip(orders, wanted.values(), strict=True)]
    )  # fmt: skip
    return Ranked(hits[:, :k], orders.astype(np.int32), np.array([len(items) for items in wanted.values()]))


def _category_buyers(part: PartFiles, ids: list[str]) -> np.ndarray:
    """Buyers of a typical product of each product's category."""
    items = pl.read_parquet(part.items).select("item_id", "category")  # type: ignore[arg-type]
    buyers = pl.read_parquet(part.events).group_by("item_id").agg(pl.col("visitor_id").n_unique())
    mean = buyers.join(items, on="item_id").group_by("category").agg(pl.col("visitor_id").mean())
    named = pl.DataFrame({"item_id": ids}).join(items, on="item_id", how="left", maintain_order="left")
    scores = named.join(mean, on="category", how="left", maintain_order="left")["visitor_id"].fill_null(0.0)
    return scores.to_numpy()
