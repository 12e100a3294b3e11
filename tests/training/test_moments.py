from datetime import UTC, datetime

import pytest

from training.moments import parse_lengths, parse_moment


@pytest.mark.parametrize("text", ["2026-03-01", "2026-03-01T00:00:00Z", "2026-03-01T09:00:00+09:00"])
def test_a_moment_is_in_utc_whatever_its_zone(text: str) -> None:
    moment = parse_moment(text)
    assert moment == datetime(2026, 3, 1, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "soon", ""])
def test_what_is_no_moment_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_moment(text)


def test_lengths_rise_and_count_once() -> None:
    assert parse_lengths("20,10,1000,10") == (10, 20, 1_000)


@pytest.mark.parametrize("text", ["1001", "10,1000000", "99999999999999999999"])
def test_lists_longer_than_anybody_reads_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than 1,000"):
        parse_lengths(text)


@pytest.mark.parametrize("text", ["0", "-3,10", "ten", "", "9" * 5_000])
def test_what_is_no_list_of_lengths_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a list of lengths"):
        parse_lengths(text)
