"""Inputs: the files a run is given, beside the events."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.domain.catalogue import Availability, Item
from recsvc.domain.errors import BadDataError
from recsvc.files.facts import read_facts
from recsvc.files.items import read_items, to_items
from recsvc.files.rejects import Rejects
from recsvc.files.tables import SUFFIXES


class Inputs(NamedTuple):
    """Paths of a run; items and facts may be absent."""

    events: list[Path]
    items: Path | None = None
    facts: Path | None = None
    timezone: str = "UTC"

    def paths(self) -> list[Path]:
        """All of them, in a fixed order."""
        return [*self.events, *(path for path in (self.items, self.facts) if path)]


@contextmanager
def hinting(paths: Sequence[Path], rejects: Rejects, kind: str) -> Iterator[None]:
    """Say what comes before training where a file is of a kind that only imports read."""
    try:
        yield
    except BadDataError as error:
        foreign = any(path.is_file() and path.suffix.lower() not in SUFFIXES for path in paths)
        if not foreign and "missing_column" not in rejects.counts:
            raise
        raise BadDataError(
            f"{error} Training reads our own files; what a till or a Merchant feed says is imported first: "
            f"`recsvc import {kind} FILE`, then `recsvc retrain`, which trains from the store."
        ) from error


def read_catalogue(inputs: Inputs, rejects: Rejects) -> pl.DataFrame | None:
    """The items file; None without one."""
    if inputs.items is None:
        return None
    with hinting([inputs.items], rejects, "items"):
        return read_items([inputs.items], rejects, inputs.timezone)


def items_of(catalogue: pl.DataFrame | None, item_ids: Sequence[str] | None = None) -> dict[str, Item]:
    """The described items of a catalogue by their ids, all or some; without a catalogue there are none."""
    if catalogue is None:
        return {}
    wanted = catalogue if item_ids is None else catalogue.filter(pl.col("item_id").is_in(item_ids))
    return {item.item_id: item for item in to_items(wanted)}


def out_of_stock(catalogue: pl.DataFrame | None, item_ids: Sequence[str]) -> NDArray[np.bool_] | None:
    """(n,) the items that the catalogue says cannot be bought; None without a catalogue."""
    if catalogue is None:
        return None
    gone = catalogue.filter(pl.col("availability") == Availability.OUT_OF_STOCK)["item_id"]
    return pl.Series(list(item_ids), dtype=pl.String).is_in(gone.implode()).to_numpy()


def brands_of(catalogue: pl.DataFrame | None, item_ids: Sequence[str]) -> list[str | None] | None:
    """(n,) the brand of each item; None without a catalogue."""
    if catalogue is None:
        return None
    wanted = pl.DataFrame({"item_id": list(item_ids)})
    return wanted.join(catalogue, on="item_id", how="left", maintain_order="left")["brand"].to_list()


def read_declared(inputs: Inputs, rejects: Rejects, numeric: frozenset[str]) -> pl.DataFrame | None:
    """The facts file; None without one."""
    if inputs.facts is None:
        return None
    return read_facts([inputs.facts], rejects, numeric, inputs.timezone)
