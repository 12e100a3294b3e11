import json
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.domain.errors import BadDataError, InputOutputError, UsageError
from recsvc.files.events import SCHEMA, read_events
from recsvc.files.rejects import Rejects

HEADER = "visitor_id,item_id,kind,occurred_at,quantity,price\n"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_absent_columns_get_their_defaults(tmp_path: Path) -> None:
    path = write(tmp_path / "events.csv", "visitor_id,item_id\nv,i\n")
    frame = read_events(path, rejects=Rejects())
    assert frame.schema == SCHEMA
    assert frame.row(0) == ("v", "i", "purchase", None, None, 1.0, None, None, None, None, None)


@pytest.mark.parametrize(
    ("line", "reason", "column", "value"),
    [
        ("v,i,buy,,,", "unknown_kind", "kind", "buy"),
        (",i,,,,", "null_id", "visitor_id", None),
        ("  ,i,,,,", "null_id", "visitor_id", None),
        ("v,,view,,,", "null_id", "item_id", None),
        ("v,,impression,,,", "null_id", "item_id", None),
        ("v,i,,yesterday,,", "unreadable_time", "occurred_at", None),
        ("v,i,,2024-02-30,,", "unreadable_time", "occurred_at", "2024-02-30"),
        ("v,i,,,0,", "bad_quantity", "quantity", "0"),
        ("v,i,,,-1,", "bad_quantity", "quantity", "-1"),
        ("v,i,,,nan,", "bad_quantity", "quantity", "nan"),
        ("v,i,,,inf,", "bad_quantity", "quantity", "inf"),
        ("v,i,,,two,", "bad_quantity", "quantity", "two"),
        ("v,i,,,,-0.5", "bad_price", "price", "-0.5"),
        ("v,i", "malformed_line", None, None),
        ("v,i,,,,,", "malformed_line", None, None),
    ],
)
def test_a_bad_line_is_rejected_with_its_number_and_the_rest_is_kept(
    tmp_path: Path, line: str, reason: str, column: str | None, value: str | None
) -> None:
    path = write(tmp_path / "events.csv", f"{HEADER}a,b,,,,\n{line}\nc,d,,,,\n")
    rejects = Rejects()
    assert read_events(path, rejects=rejects)["visitor_id"].to_list() == ["a", "c"]
    assert rejects.frame().rows() == [(str(path), 3, reason, column, value)]
    assert (rejects.read, rejects.counts, rejects.total) == (3, {reason: 1}, 1)


@pytest.mark.parametrize("kind", ["search", "identify", "consent", "quiz_started", "question_answered"])
def test_a_kind_without_products_needs_no_item(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / "events.csv", f"visitor_id,item_id,kind\nv,,{kind}\n")
    assert read_events(path, rejects=Rejects())["item_id"].to_list() == [None]


def test_unknown_columns_are_reported_and_ignored(tmp_path: Path) -> None:
    csv = write(tmp_path / "a.csv", "visitor_id,item_id,colour\nv,i,red\n")
    lines = write(tmp_path / "b.ndjson", '{"visitor_id": "v", "item_id": "i", "shape": {"x": 1}}\n')
    pl.DataFrame({"visitor_id": ["v"], "item_id": ["i"], "nested": [{"a": 1}]}).write_parquet(
        tmp_path / "c.parquet"
    )
    rejects = Rejects()
    assert read_events([csv, lines, tmp_path / "c.parquet"], rejects=rejects).height == 3
    assert rejects.ignored_columns == ["colour", "shape", "nested"]


def test_a_directory_means_all_supported_files_in_it(tmp_path: Path) -> None:
    write(tmp_path / "b.csv", "visitor_id,item_id\nb,i\n")
    write(tmp_path / "a.jsonl", '{"visitor_id": "a", "item_id": "i"}\n')
    write(tmp_path / "notes.txt", "nothing")
    assert read_events(tmp_path, rejects=Rejects())["visitor_id"].to_list() == ["a", "b"]


def test_repeated_event_ids_count_once_over_all_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / f"{name}.csv", "visitor_id,item_id,event_id\nv,i,e1\nv,i,e1\nv,i,\nv,i,\n")
    rejects = Rejects()
    assert read_events(tmp_path, rejects=rejects).height == 5
    assert (rejects.duplicates, rejects.total) == (3, 0)


def test_parquet_types_are_brought_to_text_and_times(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    pl.DataFrame(
        {
            "visitor_id": [1, 2],
            "item_id": [7.0, 8.5],
            "occurred_at": [date(2024, 1, 2), None],
            "order_id": pl.Series(["x", "x"], dtype=pl.Categorical),
            "quantity": [2, 3],
        }
    ).write_parquet(path)
    frame = read_events(path, timezone="Asia/Tokyo", rejects=Rejects())
    assert frame["visitor_id"].to_list() == ["1", "2"]
    assert frame["item_id"].to_list() == ["7", "8.5"]
    assert frame["occurred_at"].to_list() == [datetime(2024, 1, 1, 15, tzinfo=UTC), None]
    assert frame["order_id"].to_list() == ["x", "x"]
    assert frame["quantity"].to_list() == [2.0, 3.0]


def test_json_values_of_a_wrong_type_reject_their_line(tmp_path: Path) -> None:
    rows = [
        {"visitor_id": 1, "item_id": 2.0, "occurred_at": 1_700_000_000},
        {"visitor_id": [1], "item_id": "i"},
        {"visitor_id": True, "item_id": {"a": 1}},
        {"visitor_id": "v", "item_id": 2**70},
    ]
    path = write(tmp_path / "e.ndjson", "\n".join(map(json.dumps, rows)) + "\n[]\nnull\n{\n" + "[" * 100_000)
    rejects = Rejects()
    frame = read_events(path, rejects=rejects)
    assert frame.select("visitor_id", "item_id").rows() == [("1", "2")]
    assert frame["occurred_at"].to_list() == [datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)]
    assert rejects.counts == {"malformed_line": 4, "wrong_type": 3}
    assert rejects.read == 8


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("header.csv", b"visitor_id,item_id\n"),
        ("wrong.csv", b"user,product\n1,2\n"),
        ("all_bad.csv", b"visitor_id,item_id\n,\n"),
        ("empty.parquet", b""),
        ("broken.parquet", b"PAR1 this is no Parquet file PAR1"),
        ("empty.ndjson", b""),
        ("noise.ndjson", bytes(range(256))),
        ("noise.csv", bytes(range(256))),
    ],
)
def test_a_file_with_nothing_usable_says_what_was_expected(tmp_path: Path, name: str, content: bytes) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(BadDataError, match=r"Expected the columns visitor_id and item_id.*add_to_cart"):
        read_events(path, rejects=Rejects())


def test_a_nested_id_column_rejects_the_file_and_not_the_others(tmp_path: Path) -> None:
    pl.DataFrame({"visitor_id": [["v"]], "item_id": ["i"]}).write_parquet(tmp_path / "a.parquet")
    write(tmp_path / "b.csv", "visitor_id,item_id\nv,i\n")
    rejects = Rejects()
    assert read_events(tmp_path, rejects=rejects).height == 1
    assert rejects.frame().rows() == [
        (str(tmp_path / "a.parquet"), None, "wrong_type", "visitor_id", None),
    ]


def test_a_missing_path_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match="no such file"):
        read_events(tmp_path / "nowhere.csv", rejects=Rejects())
    with pytest.raises(InputOutputError, match="holds no file"):
        read_events(tmp_path, rejects=Rejects())


def test_an_unknown_time_zone_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Asia/Tokyo"):
        read_events(tmp_path, timezone="Mars/Olympus", rejects=Rejects())


@settings(max_examples=40)
@given(
    content=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
)
@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet"])
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{suffix}"
    path.write_bytes((b"visitor_id,item_id,kind\n" if suffix == "csv" else b"") + content)
    rejects = Rejects()
    try:
        frame = read_events(path, rejects=rejects)
    except BadDataError:
        return
    assert frame.height + rejects.total == rejects.read


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: bool(t.strip()))] * 2),
        min_size=1,
    )
)
def test_ids_of_any_text_survive_in_every_format(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    base = tmp_path_factory.getbasetemp()
    wanted = pl.DataFrame(rows, schema={"visitor_id": pl.String, "item_id": pl.String}, orient="row")
    wanted.write_parquet(base / "ids.parquet")
    wanted.write_ndjson(base / "ids.ndjson")
    wanted.write_csv(base / "ids.csv", quote_style="always")
    for suffix in ("parquet", "ndjson", "csv"):
        frame = read_events(base / f"ids.{suffix}", rejects=Rejects())
        assert frame.select("visitor_id", "item_id").rows() == rows


@settings(max_examples=40)
@given(cut=st.integers(1, 3_000), noise=st.binary(max_size=40))
def test_a_parquet_file_that_was_cut_off_is_refused(
    tmp_path_factory: pytest.TempPathFactory, cut: int, noise: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.parquet"
    pl.DataFrame({"visitor_id": ["v"] * 50, "item_id": ["i"] * 50}).write_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[: max(0, len(content) - cut)] + noise)
    with pytest.raises(BadDataError, match="malformed_file"):
        read_events(path, rejects=Rejects())


def some_rows(n: int) -> pl.DataFrame:
    """Rows whose every tenth has no quantity that could be, and whose every seventh repeats an event."""
    rows = pl.int_range(1, n + 1, eager=True)
    return pl.DataFrame(
        {
            "visitor_id": rows.cast(pl.String),
            "item_id": ["i"] * n,
            "event_id": (rows - (rows % 7 == 0).cast(pl.Int64)).cast(pl.String),
            "quantity": pl.select(pl.when(rows % 10 == 0).then(-1.0).otherwise(2.0)).to_series(),
        }
    )


@pytest.mark.parametrize("rows", [1, 7, 50, 100, 101])
def test_parquet_read_in_pieces_is_the_same_with_the_same_line_numbers(tmp_path: Path, rows: int) -> None:
    some_rows(100).write_parquet(tmp_path / "events.parquet", row_group_size=30)
    whole, parts = Rejects(), Rejects()
    expected = read_events(tmp_path, rejects=whole)
    assert read_events(tmp_path, rejects=parts, rows_at_once=rows).equals(expected)
    assert parts.frame().equals(whole.frame())
    assert parts.frame()["line"].to_list() == [*range(10, 101, 10)]
    assert (parts.read, parts.duplicates) == (whole.read, whole.duplicates) == (100, 11)


def test_parquet_that_breaks_off_after_some_row_groups_is_left_out_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    names = [sha256(bytes([row % 256, row // 256])).hexdigest() * 4 for row in range(1_000)]
    frame = pl.DataFrame({"visitor_id": names, "item_id": ["i"] * 1_000})
    frame.write_parquet(path, row_group_size=100, compression="zstd", statistics=False)
    write(tmp_path / "b.csv", "visitor_id,item_id\nv,i\n")
    content, zstd = bytearray(path.read_bytes()), b"\x28\xb5\x2f\xfd"
    place = content.index(zstd, len(content) // 2) + len(
        zstd
    )  # inside a page, between its header and its end
    content[place : place + 200] = bytes(200)
    path.write_bytes(content)
    rejects = Rejects()
    found = read_events(tmp_path, rejects=rejects, rows_at_once=100)
    assert 101 < rejects.read < 1_001
    assert found["visitor_id"].to_list() == ["v"]
    assert rejects.frame().rows() == [(str(tmp_path / "a.parquet"), None, "malformed_file", None, None)]
