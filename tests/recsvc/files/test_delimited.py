from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.domain.errors import BadDataError
from recsvc.files.delimited import LINE, MOST_COLUMNS, decode, read_csv
from recsvc.files.rejects import Rejects

JAPANESE = "item_id,title\n1,牛乳\n2,食パン\n3,ﾃﾞﾘ惣菜①\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(JAPANESE.encode(encoding))
    frame = read_csv(path, "items.csv", Rejects())
    assert frame["title"].to_list() == ["牛乳", "食パン", "ﾃﾞﾘ惣菜①"]


@pytest.mark.parametrize("encoding", ["UTF-16", "EUC-JP", "ISO-2022-JP"])
def test_another_encoding_is_refused_by_its_name(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes("品番,品名\n1,牛乳\n2,食パン\n".encode(encoding))
    with pytest.raises(BadDataError, match=rf"items\.csv is in {encoding}; .*iconv -f {encoding} -t UTF-8"):
        read_csv(path, "items.csv", Rejects())


def test_a_broken_byte_in_utf8_rejects_its_line_only(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes("item_id,title\n1,牛乳\n2,食".encode() + b"\xe9\n" + "3,卵\n4,\ufffd\n".encode())
    rejects = Rejects()
    assert read_csv(path, "items.csv", rejects)["item_id"].to_list() == ["1", "3"]
    assert rejects.frame()["line"].to_list() == [3, 5]


def test_the_replacement_character_is_text_like_any_other_in_a_sound_file() -> None:
    assert decode("a\ufffdb".encode(), "a.csv") == ("a\ufffdb", None)


def test_blank_lines_are_no_records_and_keep_the_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\r\n1,2\r\n\r\n3\r\n4,5\r\n\r\n")
    rejects = Rejects()
    assert read_csv(path, "a.csv", rejects).rows() == [(2, "1", "2"), (5, "4", "5")]
    assert rejects.frame()["line"].to_list() == [4]
    assert rejects.read == 3


def test_an_open_quote_costs_the_lines_it_swallows_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    filler = "x" * 200 + ",y\n"
    path.write_text('a,b\n1,2\n3,"open\n' + filler * 1_000)
    rejects = Rejects()
    frame = read_csv(path, "a.csv", rejects)
    assert frame.row(0) == (2, "1", "2")
    assert 100 < frame.height < 1_000
    assert rejects.counts == {"malformed_line": 1}


def test_a_repeated_column_name_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a, b ,a\n1,2,3\n")
    assert read_csv(path, "a.csv", Rejects()).columns == [LINE, "a", "b", "a#3"]


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(st.sampled_from("ab,1 "), max_size=3), min_size=2, max_size=4), max_size=5))
def test_quoting_changes_nothing_but_the_way_through_the_code(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "either.csv"
    plain = "a,b,c\n" + "\n".join(",".join(field.replace(",", "") for field in row) for row in rows)
    path.write_text(plain)
    unquoted, first = read_csv(path, "f", Rejects()), Rejects()
    path.write_text(plain.replace("a,b,c", '"a",b,c', 1))
    quoted, second = read_csv(path, "f", Rejects()), Rejects()
    assert unquoted.rows() == quoted.rows()
    assert first.counts == second.counts


@pytest.mark.parametrize("quote", ["", '"'])
def test_header_of_too_many_columns_is_refused_with_the_number(tmp_path: Path, quote: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(f"{quote}a{quote}" + "," * 1_000_000 + "\n")
    with pytest.raises(BadDataError, match=r"wide\.csv: .*1,000,001 columns; at most 1,000"):
        read_csv(path, "wide.csv", Rejects())


def test_header_of_the_most_columns_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(["a"] * MOST_COLUMNS) + "\n" + ",".join(["1"] * MOST_COLUMNS) + "\n")
    assert read_csv(path, "wide.csv", Rejects()).shape == (1, MOST_COLUMNS + 1)
