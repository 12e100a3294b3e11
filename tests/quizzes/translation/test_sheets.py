import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.errors import TranslationError
from quizzes.loader import load_quiz
from quizzes.translation.offers import accept, entries
from quizzes.translation.sheets import from_sheet, to_sheet
from tests.quizzes.parts import build, kept

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


@settings(max_examples=60)
@given(TEXTS, st.one_of(TEXTS, st.from_regex(r"'{0,2}[=+\-@\t＋][a-z'\"\n,;]{0,5}", fullmatch=True)))
def test_every_cell_comes_back_as_it_was(source: str, target: str) -> None:
    quiz = build(kept("one", title={"ja": source, "en": target}))
    found = {one.address: one for one in from_sheet(to_sheet(quiz), "x.csv")}
    assert len(found) == len(entries(quiz))
    back = found["questions.one.title"]
    assert (back.locale, back.source, back.words) == ("en", source, target)


@pytest.mark.parametrize("cell", ["=1+1", "+81", "-1", "@sum", "\t=1", "\r=1", "＝1", "'=1"])
def test_cells_that_look_like_formulas_are_guarded(cell: str) -> None:
    sheet = to_sheet(build(kept("one"), title={"ja": cell, "en": cell})).decode("utf-8-sig")
    assert f"'{cell}" in sheet
    assert not any(one.startswith(("=", "+", "-", "@", "＝")) for one in sheet.split(","))


def test_example_opens_in_japanese_and_comes_back_unchanged(example: bytes) -> None:
    quiz = load_quiz(example, "s.toml")
    sheet = to_sheet(quiz)
    assert sheet.startswith(b"\xef\xbb\xbfaddress,ja (source),en\r\n")
    assert accept(quiz, from_sheet(sheet, "s.csv")) == ({}, [])


def test_line_of_a_row_is_where_it_begins() -> None:
    sheet = b'address,ja (source),en\r\ntitle,"a\r\nb","c\r\nd"\r\n\r\n,,\r\nnext,e\r\n'
    first, second = from_sheet(sheet, "x.csv")
    assert (first.line, first.words) == (2, "c\r\nd")
    assert (second.line, second.address, second.words) == (7, "next", "")


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_other_delimiters_and_the_encoding_of_japanese_programs_are_read(
    delimiter: str, encoding: str
) -> None:
    sheet = f"address{delimiter}en{delimiter}ja (source)\ntitle{delimiter}x{delimiter}題\n".encode(encoding)
    (only,) = from_sheet(sheet, "x.csv")
    assert only == (2, "title", "en", "題", "x")


def test_sheet_without_its_source_is_taken() -> None:
    (only,) = from_sheet(b"address,en\ntitle,x\n", "x.csv")
    assert only.source is None


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        (b"", "x.csv:1: the first column is not `address`"),
        (b"key,ja,en\n", "the first column is not `address`"),
        (b"address\x81", "neither UTF-8 nor CP932"),
        (b'address,en\ntitle,"x\n', "not CSV"),
        (b'address,en\ntitle,"x"y\n', "x.csv:2: not CSV"),
    ],
)
def test_other_files_are_refused(sheet: bytes, message: str) -> None:
    with pytest.raises(TranslationError, match=message):
        from_sheet(sheet, "x.csv")
