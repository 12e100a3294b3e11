import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.picture.lettering import clean, width, wrap


def test_words_are_kept_whole_and_japanese_is_broken_anywhere() -> None:
    assert wrap("one two three", 10, 60) == ["one two", "three"]
    assert wrap("これは長い質問です", 10, 45) == ["これは長", "い質問で", "す"]


def test_no_line_begins_with_a_mark_that_may_not_begin_one() -> None:
    assert wrap("これは、長い", 10, 30) == ["これ", "は、長", "い"]
    assert wrap("い「あ」い", 10, 30) == ["い", "「あ」", "い"]


def test_word_that_is_too_wide_is_broken() -> None:
    lines = wrap("a" * 30, 10, 60)
    assert len(lines) > 1
    assert "".join(lines) == "a" * 30


def test_nothing_is_one_empty_line() -> None:
    assert wrap("  \n ", 10, 60) == [""]


@pytest.mark.parametrize(("text", "cleaned"), [("a\0b", "a b"), (" a \n b ", "a b"), ("\ufffe", "")])
def test_text_is_one_line_that_xml_can_hold(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(max_size=60), st.integers(40, 200))
def test_lines_fit_and_hold_every_letter(text: str, limit: int) -> None:
    lines = wrap(text, 10, limit)
    assert "".join("".join(lines).split()) == "".join(clean(text).split())
    assert all(width(line, 10) <= limit for line in lines)
