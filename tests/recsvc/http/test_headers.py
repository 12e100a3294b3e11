"""A header is found by its name written small, and the first of several is taken."""

from typing import Any

from recsvc.http.headers import header

SCOPE: Any = {"headers": [(b"origin", b"https://b\xfccher.example"), (b"x-of", b"1"), (b"x-of", b"2")]}


def test_the_first_header_of_a_name_is_read_as_latin_1() -> None:
    assert header(SCOPE, b"origin") == "https://bücher.example"
    assert header(SCOPE, b"x-of") == "1"


def test_a_header_that_was_not_sent_is_none() -> None:
    assert header(SCOPE, b"authorization") is None
