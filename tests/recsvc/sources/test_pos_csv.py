"""Lines of a till, as Japanese and English systems write them, are rows of the events file."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from recsvc.domain.errors import BadDataError
from recsvc.files.events import PLACED
from recsvc.files.rejects import Rejects
from recsvc.sources.event_files import read_event_files
from recsvc.sources.pos_csv import is_pos, read_pos

JAPANESE = """店舗,伝票番号,明細番号,取引日時,会員番号,品番,ＪＡＮ コード,商品名,数量,単価,通貨
ginza,R-1001,1,2026/04/01 10:15:30,M-17,TEA-50,4900000000001,ジャスミン茶,2,"1,280",JPY
ginza,R-1001,2,2026/04/01 10:15:30,M-17,,4900000000002,急須,1,￥３２００,jpy
ginza,R-1002,1,2026/04/01 11:00,,TEA-50,4900000000001,ジャスミン茶,1,1280円,JPY
ginza,R-1003,1,2026/04/02,M-17,TEA-50,4900000000001,ジャスミン茶,△1,-1280,JPY
"""
NOW = datetime(2026, 5, 1, tzinfo=UTC)
ENGLISH = """order_id,line_no,occurred_at,store_id,member_id,product_id,quantity,unit_price,currency,staff_id
7,1,2026-04-01T10:15:30+09:00,tokyo,M-1,tea,2,4.50,EUR,s1
7,2,2026-04-01T10:15:30+09:00,tokyo,M-1,pot,-1,30,EUR,s1
"""


def read(
    tmp_path: Path, text: str, encoding: str = "utf-8", zone: str = "UTC"
) -> tuple[pl.DataFrame, Rejects]:
    path, rejects = tmp_path / "pos.csv", Rejects()
    path.write_bytes(text.encode(encoding))
    return read_pos(path, rejects, zone), rejects


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_japanese_lines_are_events(tmp_path: Path, encoding: str) -> None:
    frame, rejects = read(tmp_path, JAPANESE, encoding, "Asia/Tokyo")
    assert frame.schema == PLACED
    assert frame.select(
        "visitor_id", "item_id", "kind", "event_id", "quantity", "price", "currency"
    ).rows() == [
        ("card:M-17", "TEA-50", "purchase", "pos:ginza:2026-04-01:R-1001:1", 2.0, 1280.0, "JPY"),
        ("card:M-17", "4900000000002", "purchase", "pos:ginza:2026-04-01:R-1001:2", 1.0, 3200.0, "JPY"),
        (
            "anon:pos:ginza:2026-04-01:R-1002",
            "TEA-50",
            "purchase",
            "pos:ginza:2026-04-01:R-1002:1",
            1.0,
            1280.0,
            "JPY",
        ),
        ("card:M-17", "TEA-50", "return", "pos:ginza:2026-04-02:R-1003:1:return", 1.0, 1280.0, "JPY"),
    ]
    assert frame["occurred_at"][0] == datetime(2026, 4, 1, 1, 15, 30, tzinfo=UTC)
    assert set(frame["channel"]) == {"pos"}
    assert (rejects.read, rejects.total, rejects.ignored_columns) == (4, 0, ["商品名"])


def test_english_lines_are_events_whose_own_zone_holds(tmp_path: Path) -> None:
    frame, rejects = read(tmp_path, ENGLISH, zone="America/New_York")
    assert frame.select("kind", "quantity", "order_id", "store_id").rows() == [
        ("purchase", 2.0, "2026-04-01:7", "tokyo"),
        ("return", 1.0, "2026-04-01:7", "tokyo"),
    ]
    assert frame["occurred_at"][0] == datetime(2026, 4, 1, 1, 15, 30, tzinfo=UTC)
    assert rejects.ignored_columns == ["staff_id"]


def test_day_and_time_may_stand_apart(tmp_path: Path) -> None:
    header = "伝票番号,明細番号,取引日,取引時刻,商品コード,数量"
    text = f"{header}\n1,1,2026/04/01,10:15,tea,1\n1,2,2026-04-02,,tea,1\n"
    frame, _ = read(tmp_path, text)
    assert frame["occurred_at"].to_list() == [
        datetime(2026, 4, 1, 10, 15, tzinfo=UTC),
        datetime(2026, 4, 2, tzinfo=UTC),
    ]
    assert frame["event_id"].to_list() == ["pos::2026-04-01:1:1", "pos::2026-04-02:1:2"]


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        ("tokyo,,1,2026-04-01,tea,1,1,EUR", "null_id", "order_id"),
        ("tokyo,7,,2026-04-01,tea,1,1,EUR", "null_id", "line_no"),
        ("tokyo,7,1,2026-04-01,,1,1,EUR", "null_id", "item_id"),
        (",7,1,2026-04-01,tea,1,1,EUR", "null_id", "store_id"),
        ("tokyo,7,1,soon,tea,1,1,EUR", "unreadable_time", "occurred_at"),
        ("tokyo,7,1,2026-04-01,tea,0,1,EUR", "bad_till_quantity", "quantity"),
        ("tokyo,7,1,2026-04-01,tea,,1,EUR", "bad_till_quantity", "quantity"),
        ("tokyo,7,1,2026-04-01,tea,many,1,EUR", "bad_till_quantity", "quantity"),
        ("tokyo,7,1,2026-04-01,tea,1e999,1,EUR", "bad_till_quantity", "quantity"),
        ("tokyo,7,1,2026-04-01,tea,1,-1,EUR", "bad_price", "price"),
        (f"tokyo,7,1,2026-04-01,tea,1,{'9' * 400},EUR", "bad_price", "price"),
        ("tokyo,7,1,2026-04-01,tea,1,1,EURO", "unknown_currency", "currency"),
        ("tokyo,7,1,2026-04-01,tea,1", "malformed_line", None),
    ],
)
def test_faulty_line_is_rejected_alone(tmp_path: Path, line: str, reason: str, column: str | None) -> None:
    header = "store_id,order_id,line_no,occurred_at,product_id,quantity,unit_price,currency"
    frame, rejects = read(tmp_path, f"{header}\n{line}\ntokyo,8,1,2026-04-01,tea,1,1,EUR\n")
    assert frame["order_id"].to_list() == ["2026-04-01:8"]
    assert rejects.frame().select("line", "reason", "column").rows() == [(2, reason, column)]


def test_member_in_the_form_of_an_anonymous_visitor_is_rejected(tmp_path: Path) -> None:
    _, rejects = read(tmp_path, "order_id,line_no,customer_id,sku,quantity\n1,1,anon:x,tea,1\n")
    assert rejects.counts == {"reserved_id": 1}


def test_line_that_contradicts_an_earlier_one_is_rejected_and_a_repeated_one_is_not(tmp_path: Path) -> None:
    text = "order_id,line_no,sku,quantity\n1,1,tea,1\n1,1,tea,1\n1,1,pot,1\n1,1,tea,-1\n"
    path, rejects = tmp_path / "pos.csv", Rejects()
    path.write_text(text, "utf-8")
    frame = read_event_files([path], timezone="UTC", rejects=rejects, now=NOW)
    assert frame.select("kind", "item_id").rows() == [("purchase", "tea"), ("return", "tea")]
    assert (rejects.counts, rejects.duplicates) == ({"conflicting_line": 1}, 1)
    assert rejects.frame()["line"].to_list() == [4]


@pytest.mark.parametrize(
    ("headers", "is_one"),
    [
        (["order_id", "line_no", "sku", "quantity"], True),
        ([" 伝票番号 ", "明細番号", "JAN コード", "数量"], True),
        (["伝票Ｎｏ．", "行NO", "商品ｺｰﾄﾞ", "数量（個）"], True),
        (["Receipt No.", "Line No", "SKU", "Qty"], True),
        (["order_id", "line_no", "quantity"], True),
        (["item_id", "store_id", "quantity"], False),
        (["visitor_id", "item_id", "order_id", "line_no", "quantity"], False),
        (["visitor_id", "item_id"], False),
        ([], False),
    ],
)
def test_file_is_recognised_by_its_headers(headers: Collection[str], *, is_one: bool) -> None:
    assert is_pos(headers) == is_one


def test_numbers_that_start_again_every_day_are_as_many_orders(tmp_path: Path) -> None:
    header = "店舗,伝票番号,明細番号,取引日時,会員番号,品番,数量"
    paths = [tmp_path / "1.csv", tmp_path / "2.csv"]
    paths[0].write_text(f"{header}\nginza,0001,1,2026/04/01 10:15,,tea,1\n", "utf-8")
    paths[1].write_text(f"{header}\nginza,0001,1,2026/04/02 10:15,,pot,2\n", "utf-8")
    rejects = Rejects()
    frame = read_event_files(paths, timezone="Asia/Tokyo", rejects=rejects, now=NOW)
    assert frame.select("visitor_id", "order_id", "item_id").rows() == [
        ("anon:pos:ginza:2026-04-01:0001", "2026-04-01:0001", "tea"),
        ("anon:pos:ginza:2026-04-02:0001", "2026-04-02:0001", "pot"),
    ]
    assert (rejects.total, rejects.duplicates) == (0, 0)


def test_the_tills_own_day_and_its_register_tell_orders_apart(tmp_path: Path) -> None:
    header = "営業日,レジ番号,取引日時,レシートNo,行No,品番,数量"
    lines = (
        "2026/4/1,1,2026/04/02 00:10,7,1,tea,1",
        "2026/4/1,2,2026/04/01 23:50,7,1,pot,1",
        ",,2026/04/01 9:00,7,1,cup,1",
    )
    frame, rejects = read(tmp_path, "\n".join([header, *lines]))
    assert frame["order_id"].to_list() == ["2026-04-01:1:7", "2026-04-01:2:7", "2026-04-01:7"]
    assert rejects.total == 0


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_zone_of_the_call_makes_no_other_order_of_a_line(tmp_path: Path, zone: str) -> None:
    text = "order_id,line_no,occurred_at,sku,quantity\n1,1,2026-04-01 00:30,tea,1\n"
    frame, _ = read(tmp_path, text, zone=zone)
    assert frame["event_id"].to_list() == ["pos::2026-04-01:1:1"]


def test_line_of_another_file_that_says_something_else_is_rejected_with_its_place(tmp_path: Path) -> None:
    header = "order_id,line_no,occurred_at,sku,quantity"
    paths, rejects = [tmp_path / "1.csv", tmp_path / "2.csv"], Rejects()
    paths[0].write_text(f"{header}\n1,1,2026-04-01 10:00,tea,1\n1,2,2026-04-01 10:00,pot,1\n")
    paths[1].write_text(f"{header}\n1,1,2026-04-01 10:00,tea,1\n1,2,2026-04-01 10:00,pot,3\n")
    frame = read_event_files(paths, timezone="UTC", rejects=rejects, now=NOW)
    assert frame["quantity"].to_list() == [1.0, 1.0]
    assert rejects.frame().select("file", "line", "reason", "column").rows() == [
        (str(paths[1]), 3, "conflicting_line", "quantity")
    ]
    assert rejects.duplicates == 1


def test_times_to_come_are_rejected_and_those_without_a_zone_counted(tmp_path: Path) -> None:
    path, rejects = tmp_path / "till.csv", Rejects()
    times = ("2026-05-01 00:04", "2026-05-01T09:04+09:00", "2026-05-01 00:06", "2027年4月1日")
    lines = [f"{number},1,{time},tea,1" for number, time in enumerate(times)]
    path.write_text("\n".join(["order_id,line_no,occurred_at,sku,quantity", *lines]), "utf-8")
    frame = read_event_files([path], timezone="UTC", rejects=rejects, now=NOW)
    assert (frame.height, rejects.counts, rejects.zoneless) == (2, {"future_time": 2}, 3)


@pytest.mark.parametrize(
    ("header", "missing", "named"),
    [
        ("日付,行番号,品番,数量", "its order", "伝票番号"),
        ("日付,伝票番号,品番,数量", "its line within the order", "明細番号"),
        ("日付,伝票番号,行番号,数量", "its item", "JANコード|janコード"),
        ("日付,伝票番号,行番号,品番", "its quantity", "点数"),
    ],
)
def test_file_that_looks_like_a_till_is_told_what_it_lacks(
    tmp_path: Path, header: str, missing: str, named: str
) -> None:
    with pytest.raises(
        BadDataError, match=f"looks like lines of a till, but no column is {missing}.*({named})"
    ):
        read(tmp_path, f"{header}\n2026-04-01,1,1,1\n")


def test_till_without_a_line_is_told_what_a_till_has(tmp_path: Path) -> None:
    path = tmp_path / "till.csv"
    path.write_text("伝票番号,行番号,品番,数量\n", "utf-8")
    with pytest.raises(BadDataError, match=r"no usable lines of a till \(no rows\).*伝票番号"):
        read_event_files([path], timezone="UTC", rejects=Rejects(), now=NOW)
