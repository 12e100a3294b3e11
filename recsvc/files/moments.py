"""Times as files write them, made aware UTC: ISO 8601, dates, datetimes of any zone, Unix seconds."""

from datetime import UTC, datetime
from typing import Final

import polars as pl

from recsvc.domain.errors import UsageError

MOMENT: Final = pl.Datetime("us", "UTC")

_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_ISO: Final = (
    r"^\s*(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})"
    r"(?:[Tt ]\s*(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?"
    r"\s*(?<zone>[Zz]|UTC|[+-]\d{2}(?::?\d{2})?)?)?\s*$"
)
_WRITTEN: Final = (
    (r"\s*\([月火水木金土日]\)", " "),
    (r"[年月]\s*", "-"),
    (r"日\s*", " "),
    (r"時\s*", ":"),
    (r"(\d)分\s*(\d)", "${1}:${2}"),
    (r"[分秒]", ""),
    (r"^\s*(\d{4})(\d{2})(\d{2})([Tt\s]|$)", "${1}-${2}-${3}${4}"),
    (r"^\s*(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?\s*$", "${1}-${2}-${3} ${4}:${5}:${6}"),
    (r"([Tt\s])(\d{1,2})(\d{2})(\d{2})?\s*$", "${1}${2}:${3}:${4}"),
    (r"[:\s]+$", ""),
)
"""How else times are written, after NFKC → what _ISO reads: `2026年4月1日(水) 9時05分`, `20260401090500`."""
_ZONED: Final = r":\d{2}.*(?:[Zz]|UTC|[+-]\d{2}(?::?\d{2})?)\s*$"
_FAR_S: Final = 1e11  # beyond the year 5000; keeps microseconds within 64 bits
_UNIX: Final = r"^\s*(-?\d{1,12}(?:\.\d+)?)\s*$"


def check_zone(timezone: str) -> None:
    """Raise UsageError for a name that is not in the time zone database."""
    try:
        if not timezone:
            raise pl.exceptions.ComputeError("empty")
        pl.Series([datetime(2020, 1, 1)], dtype=pl.Datetime("us")).dt.replace_time_zone(timezone)  # noqa: DTZ001
    except pl.exceptions.PolarsError as error:
        raise UsageError(
            f"--timezone {timezone}: no such time zone; give a name such as Asia/Tokyo or UTC."
        ) from error


def parse_moments(column: pl.Series, timezone: str) -> pl.Series:
    """Read a column of times.

    Args:
        column: text, dates, datetimes of any unit, or numbers (Unix seconds).
        timezone: of times that name none.

    Returns:
        Aware UTC in microseconds, aligned with column; null where it cannot be read or lies outside the
        years 1900 to 2199.
    """
    dtype = column.dtype
    if is_absent(column):
        return pl.repeat(None, len(column), dtype=MOMENT, eager=True).alias(column.name)
    if dtype == pl.Date:
        moments = _local(column.cast(pl.Datetime("us")), timezone)
    elif isinstance(dtype, pl.Datetime):
        moments = _datetimes(column, timezone)
    elif dtype.is_numeric():
        moments = _unix(column.cast(pl.Float64, strict=False))
    elif dtype in (pl.String, pl.Categorical, pl.Enum):
        moments = _texts(column.cast(pl.String), timezone)
    else:
        return pl.Series(column.name, [None] * len(column), dtype=MOMENT)
    return _within(moments)


def is_absent(column: pl.Series) -> bool:
    """Whether nothing stands in it, as in a column that the file lacks: there is nothing to parse then."""
    return column.null_count() == len(column)


def days(column: pl.Series) -> pl.Series:
    """The days of times as they are written, `2026-04-01`, whatever the zone; null where none is.

    Args:
        column: text; Unix seconds count in UTC.
    """
    frame = pl.DataFrame({"text": column.cast(pl.String)})
    each = frame.unique()
    parts = each.select(_rewritten("text").str.extract_groups(_ISO).struct.unnest())
    moments = pl.select(
        pl.coalesce(parts.select(_naive()).to_series(), _unix_of(each["text"]).dt.replace_time_zone(None))
    )
    found = each.with_columns(moments.to_series().dt.strftime("%Y-%m-%d").alias("day"))
    return frame.join(found, on="text", how="left", maintain_order="left")["day"]


def zoneless(column: pl.Series) -> int:
    """How many times of a column name no zone, and are read in that of the call."""
    dtype = column.dtype
    if dtype == pl.Date or (isinstance(dtype, pl.Datetime) and dtype.time_zone is None):
        return len(column) - column.null_count()
    if dtype != pl.String or is_absent(column):
        return 0
    digits = column.str.contains(_UNIX) & ~column.str.contains(r"^\s*\d{8}(\d{4})?\s*$")
    return int((~column.str.contains(_ZONED) & ~digits).sum())


def _rewritten(name: str) -> pl.Expr:
    text = pl.col(name).str.normalize("NFKC")
    for pattern, into in _WRITTEN:
        text = text.str.replace_all(pattern, into)
    return text


def _unix_of(column: pl.Series) -> pl.Series:
    text = pl.DataFrame({"text": column.cast(pl.String)})
    return _unix(text.select(pl.col("text").str.extract(_UNIX).cast(pl.Float64, strict=False)).to_series())


def _within(moments: pl.Series) -> pl.Series:
    inside = (moments >= _EARLIEST) & (moments < _LATEST)
    return moments.zip_with(inside.fill_null(value=False), pl.Series([None], dtype=MOMENT))


def _datetimes(column: pl.Series, timezone: str) -> pl.Series:
    if column.dtype.time_zone is None:  # type: ignore[attr-defined]
        return _local(column.cast(pl.Datetime("us")), timezone)
    return column.dt.convert_time_zone("UTC").cast(MOMENT)


def _unix(seconds: pl.Series) -> pl.Series:
    """Whole numbers written like 20240131 are dates without dashes, not an August night of 1970."""
    frame = pl.DataFrame({"s": seconds})
    s, day, month, year = pl.col("s"), pl.col("s") % 100, pl.col("s") // 100 % 100, pl.col("s") // 10_000
    like_date = (
        year.is_between(1900, 2199) & month.is_between(1, 12) & day.is_between(1, 31) & (s == s.floor())
    )
    fits = s.is_finite() & (s.abs() < _FAR_S) & ~like_date
    return frame.select(
        pl.when(fits)
        .then(s * 1e6)
        .cast(pl.Int64, strict=False)
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC")
    ).to_series()


def _texts(column: pl.Series, timezone: str) -> pl.Series:
    """RFC 3339 in one vectorised step; whatever else there is, once per distinct text."""
    plain = column.str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC")
    rest = column.filter(plain.is_null()).drop_nulls().unique()
    if rest.is_empty():
        return plain
    slow = pl.DataFrame({"text": rest, "slow": _other_texts(rest, timezone)})
    frame = pl.DataFrame({"text": column, "plain": plain}).join(
        slow, on="text", how="left", maintain_order="left"
    )
    return frame.select(pl.coalesce("plain", "slow")).to_series()


def _other_texts(column: pl.Series, timezone: str) -> pl.Series:
    frame = pl.DataFrame({"text": column})
    parts = frame.select(_rewritten("text").str.extract_groups(_ISO).struct.unnest())
    naive = parts.select(_naive()).to_series()
    shift = parts.select(_offset()).to_series()
    zoned = (naive - shift).dt.replace_time_zone("UTC")
    local = _local(naive, timezone)
    unix = _unix_of(column)
    has_zone = parts["zone"].is_not_null()
    return pl.select(pl.coalesce(pl.when(has_zone).then(zoned).otherwise(local), unix)).to_series()


def _naive() -> pl.Expr:
    def two(name: str) -> pl.Expr:
        return pl.col(name).fill_null("00").str.zfill(2)

    text = pl.concat_str(
        pl.col("year"), two("month"), two("day"), two("hour"), two("minute"), two("second"), separator="-"
    )
    micros = pl.col("fraction").str.slice(0, 6).str.pad_end(6, "0").cast(pl.Int64).fill_null(0)
    return text.str.to_datetime("%Y-%m-%d-%H-%M-%S", strict=False, time_unit="us") + pl.duration(
        microseconds=micros
    )


def _offset() -> pl.Expr:
    digits = pl.col("zone").str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    hours, minutes = (digits.str.slice(start, 2).cast(pl.Int64, strict=False) for start in (0, 2))
    sign = pl.when(pl.col("zone").str.starts_with("-")).then(-1).otherwise(1)
    return pl.when(hours.is_between(0, 23) & minutes.is_between(0, 59)).then(
        pl.duration(minutes=sign * (hours * 60 + minutes))
    )


def _local(naive: pl.Series, timezone: str) -> pl.Series:
    """Place naive times in a zone; those that a change of the clock skipped count from the hour before."""
    frame = pl.DataFrame({"naive": naive})

    def place(times: pl.Expr) -> pl.Expr:
        return times.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")

    hour = pl.duration(hours=1)
    placed = pl.coalesce(place(pl.col("naive")), place(pl.col("naive") - hour) + hour)
    return frame.select(placed.dt.convert_time_zone("UTC").cast(MOMENT)).to_series()
