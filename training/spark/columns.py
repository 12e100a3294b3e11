"""Columns of Parquet files as the readers of `recsvc.files` see them, as expressions of Spark."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

import polars as pl
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 (its name everywhere)

from recsvc.domain.errors import BadDataError
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Layout, find_files
from training.spark.cluster import Cluster

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FAR_S = 1e11  # beyond the year 5000; keeps microseconds within 64 bits


def schemas(paths: Sequence[Path], layout: Layout, rejects: Rejects) -> dict[Path, pl.Schema]:
    """The columns that a layout reads of each file, from its footer.

    Raises:
        BadDataError: a file is no Parquet, or lacks a column.
        InputOutputError: a path does not exist.
    """
    found = {}
    for path in find_files(list(paths)):
        schema = _footer(path)
        missing = [name for name in layout.required if name not in schema]
        if missing:
            raise BadDataError(f"{path} lacks {' and '.join(missing)}. Expected {layout.expects}.")
        rejects.ignore_columns(name for name in schema if not layout.reads(name))
        found[path] = pl.Schema({name: dtype for name, dtype in schema.items() if layout.reads(name)})
    return found


def _footer(path: Path) -> pl.Schema:
    if path.suffix.lower() != ".parquet":
        raise BadDataError(
            f"{path}: --engine spark reads Parquet only. `recsvc export` writes it, and so does polars "
            "(read_csv(…).write_parquet(…)); or leave --engine spark away."
        )
    try:
        return pl.Schema(pl.read_parquet_schema(path))
    except pl.exceptions.PolarsError as error:
        raise BadDataError(f"{path} ends in .parquet and is no Parquet file ({error}).") from error


def read(
    cluster: Cluster, found: Mapping[Path, pl.Schema], typed: Callable[[pl.Schema], Mapping[str, Column]]
) -> DataFrame:
    """All files in one frame: what `typed` makes of the columns of each, and `file`."""
    alike: dict[tuple[tuple[str, pl.DataType], ...], list[str]] = {}
    for path, schema in found.items():
        alike.setdefault(tuple(schema.items()), []).append(path.resolve().as_uri())
    frames = [
        cluster.session.read.parquet(*files).select(
            *(column.alias(name) for name, column in typed(pl.Schema(schema)).items()),
            F.col("_metadata.file_path").alias("file"),
        )
        for schema, files in alike.items()
    ]
    return reduce(DataFrame.unionByName, frames)


def raw(name: str, schema: pl.Schema) -> Column:
    """A column as the file has it, nulls where it has none."""
    return F.col(name) if name in schema else F.lit(None).cast("string")


def text(name: str, schema: pl.Schema) -> Column:
    """Text of a column as `files.columns.text` has it; numbers with a fraction are no ids here."""
    dtype = schema.get(name, pl.String())
    if not (dtype.is_integer() or dtype in (pl.String, pl.Categorical, pl.Enum)):
        raise BadDataError(
            f"The column {name} is {dtype} in Parquet; --engine spark reads text and whole numbers."
        )
    text = raw(name, schema).cast("string")
    return F.when(F.trim(text) != "", text)


def number(name: str, schema: pl.Schema) -> Column:
    """Float64, null where there is no finite number."""
    number = raw(name, schema).try_cast("double")
    return F.when(~F.isnan(number) & (F.abs(number) < float("inf")), number)


def moment(name: str, schema: pl.Schema, timezone: str) -> Column:
    """Timestamps of any unit and zone, dates, and Unix seconds, as `files.moments` reads them."""
    dtype = schema.get(name, pl.Datetime("us", "UTC"))
    column = raw(name, schema)
    if isinstance(dtype, pl.Datetime):
        # Spark knows no nanoseconds; the session reads them as whole numbers.
        micros = F.timestamp_micros(F.floor(column / 1000).cast("bigint"))
        moment = micros if dtype.time_unit == "ns" else column.cast("timestamp")
        moment = moment if dtype.time_zone else F.to_utc_timestamp(moment, timezone)
    elif dtype == pl.Date:
        moment = F.to_utc_timestamp(column.cast("timestamp"), timezone)
    elif dtype.is_numeric():
        moment = _unix(column.cast("double"))
    else:
        raise BadDataError(
            f"The column {name} is {dtype} in Parquet; --engine spark reads timestamps, dates and Unix "
            "seconds."
        )
    return F.when((moment >= F.lit(EARLIEST)) & (moment < F.lit(LATEST)), moment)


def _unix(seconds: Column) -> Column:
    """Whole numbers written like 20240131 are dates without dashes, not an August night of 1970."""
    day, month, year = seconds % 100, F.floor(seconds / 100) % 100, F.floor(seconds / 10_000)
    like_date = year.between(1900, 2199) & month.between(1, 12) & day.between(1, 31)
    fits = (F.abs(seconds) < FAR_S) & ~(like_date & (seconds == F.floor(seconds)))
    return F.when(fits, F.timestamp_micros((seconds * 1e6).cast("bigint")))
