from datetime import UTC, date, datetime, time, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.domain.errors import UsageError
from recsvc.files.moments import check_zone, days, parse_moments


def parse(text: str, zone: str = "UTC") -> datetime | None:
    return parse_moments(pl.Series([text]), zone)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2024-01-02T03:04:05.123456+09:00", datetime(2024, 1, 1, 18, 4, 5, 123456, tzinfo=UTC)),
        ("2024-01-02 03:04:05.5", datetime(2024, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)),
        ("2024-01-02T03:04-0330", datetime(2024, 1, 2, 6, 34, tzinfo=UTC)),
        ("2024/1/2 3:04", datetime(2024, 1, 2, 3, 4, tzinfo=UTC)),
        ("2024-01-02", datetime(2024, 1, 2, tzinfo=UTC)),
        (" 2024-01-02 ", datetime(2024, 1, 2, tzinfo=UTC)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000.25", datetime(2023, 11, 14, 22, 13, 20, 250000, tzinfo=UTC)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("20240131", datetime(2024, 1, 31, tzinfo=UTC)),
        ("20240131213005", datetime(2024, 1, 31, 21, 30, 5, tzinfo=UTC)),
        ("202401312130", datetime(2024, 1, 31, 21, 30, tzinfo=UTC)),
        ("20240131 93005", datetime(2024, 1, 31, 9, 30, 5, tzinfo=UTC)),
        ("2024.1.31 9:30", datetime(2024, 1, 31, 9, 30, tzinfo=UTC)),
        ("2024年1月31日", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024年1月31日(水) 9時30分", datetime(2024, 1, 31, 9, 30, tzinfo=UTC)),
        ("2024年01月31日21時30分05秒", datetime(2024, 1, 31, 21, 30, 5, tzinfo=UTC)),
        ("２０２４／０１／３１　２１：３０", datetime(2024, 1, 31, 21, 30, tzinfo=UTC)),
        ("2024/01/31（水） 21:30", datetime(2024, 1, 31, 21, 30, tzinfo=UTC)),
    ],
)
def test_a_text_is_read(text: str, expected: datetime) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2024-13-01",
        "2024-02-30",
        "2024-01-01T25:00",
        "2024-01-01T00:00:00+99:00",
        "20240231",
        "2024年13月1日",
        "21時30分",
        "1700000000000",
        "0001-01-01",
        "9999-12-31T23:59:59Z",
        "١٢٣٤",
        "2024-01-01T",
    ],
)
def test_a_text_that_is_no_time_is_null(text: str) -> None:
    assert parse(text) is None


def test_a_naive_time_stands_in_the_zone_named() -> None:
    assert parse("2024-01-02 09:00", "Asia/Tokyo") == datetime(2024, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-31 23:30", "2024-01-31"),
        ("2024-01-31T23:30:00-05:00", "2024-01-31"),
        ("2024年1月31日21時30分", "2024-01-31"),
        ("20240131093005", "2024-01-31"),
        ("1700000000", "2023-11-14"),
        ("soon", None),
    ],
)
def test_a_day_is_the_one_that_is_written(text: str, day: str | None) -> None:
    assert days(pl.Series([text])).to_list() == [day]


def test_a_change_of_the_clock_loses_no_time() -> None:
    skipped, repeated = "2024-03-10 02:30", "2024-11-03 01:30"
    assert parse(skipped, "America/New_York") == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)
    assert parse(repeated, "America/New_York") == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)


def test_typed_columns_are_read() -> None:
    moment = datetime(2024, 1, 2, 3, tzinfo=UTC)
    seconds = [moment.timestamp(), None, float("nan"), 1e300]
    assert parse_moments(pl.Series(seconds), "UTC").to_list() == [moment, None, None, None]
    assert parse_moments(pl.Series([int(moment.timestamp())]), "UTC").to_list() == [moment]
    assert parse_moments(pl.Series([date(2024, 1, 2)]), "UTC").to_list() == [datetime(2024, 1, 2, tzinfo=UTC)]
    assert parse_moments(pl.Series([moment]).dt.cast_time_unit("ms"), "UTC").to_list() == [moment]
    assert parse_moments(pl.Series([time(3)]), "UTC").to_list() == [None]
    assert parse_moments(pl.Series([None]), "UTC").to_list() == [None]


@settings(max_examples=40)
@given(
    st.datetimes(datetime.fromisoformat("1900-01-02"), datetime.fromisoformat("2199-12-30")),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_every_iso_time_is_read_back(naive: datetime, zone: timezone) -> None:
    moment = naive.replace(tzinfo=zone)
    assert parse(moment.isoformat()) == moment
    assert parse(naive.isoformat(sep=" ")) == naive.replace(tzinfo=UTC)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=25)))
def test_any_text_is_a_time_or_null(texts: list[str]) -> None:
    assert len(parse_moments(pl.Series("t", texts, dtype=pl.String), "Europe/Berlin")) == len(texts)


@pytest.mark.parametrize("name", ["", "Nowhere/City"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_zone(name)
