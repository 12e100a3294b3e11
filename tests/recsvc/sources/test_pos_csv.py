"""Lines of a till, as Japanese and English systems write them, are rows of the events file."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from recsvc.files.events import SCHEMA
from recsvc.files.rejects import Rejects
from recsvc.sources.event_files import read_event_files
from recsvc.sources.pos_csv import is_pos, read_pos

JAPANESE = """店舗,伝票番号,明細番号,取引日時,会員番号,品番,ＪＡＮ コード,商品名,数量,単価,通貨
ginza,R-1001,1,2026/04/01 10:15:30,M-17,TEA-50,4900000000001,ジャスミン茶,2,"1,280",JPY
ginza,R-1001,2,2026/04/01 10:15:30,M-17,,4900000000002,急須,1,￥３２００,jpy
ginza,R-1002,1,2026/04/01 11:00,,TEA-50,4900000000001,ジャスミン茶,1,1280円,JPY
ginza,R-1003,1,2026/04/02,M-17,TEA-50,4900000000001,ジャスミン茶,△1,-1280,JPY
"""
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
    assert frame.schema == SCHEMA
    assert frame.select(
        "visitor_id", "item_id", "kind", "event_id", "quantity", "price", "currency"
    ).rows() == [
        ("card:M-17", "TEA-50", "purchase", "pos:ginza:R-1001:1", 2.0, 1280.0, "JPY"),
        ("card:M-17", "4900000000002", "purchase", "pos:ginza:R-1001:2", 1.0, 3200.0, "JPY"),
        ("anon:pos:ginza:R-1002", "TEA-50", "purchase", "pos:ginza:R-1002:1", 1.0, 1280.0, "JPY"),
        ("card:M-17", "TEA-50", "return", "pos:ginza:R-1003:1:return", 1.0, 1280.0, "JPY"),
    ]
    assert frame["occurred_at"][0] == datetime(2026, 4, 1, 1, 15, 30, tzinfo=UTC)
    assert set(frame["channel"]) == {"pos"}
    assert (rejects.read, rejects.total, rejects.ignored_columns) == (4, 0, ["商品名"])


def test_english_lines_are_events_whose_own_zone_holds(tmp_path: Path) -> None:
    frame, rejects = read(tmp_path, ENGLISH, zone="America/New_York")
    assert frame.select("kind", "quantity", "order_id", "store_id").rows() == [
        ("purchase", 2.0, "7", "tokyo"),
        ("return", 1.0, "7", "tokyo"),
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
    assert frame["event_id"].to_list() == ["pos::1:1", "pos::1:2"]


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        ("tokyo,,1,2026-04-01,tea,1,1,EUR", "null_id", "order_id"),
        ("tokyo,7,,2026-04-01,tea,1,1,EUR", "null_id", "line_no"),
        ("tokyo,7,1,2026-04-01,,1,1,EUR", "null_id", "item_id"),
        (",7,1,2026-04-01,tea,1,1,EUR", "null_id", "store_id"),
        ("tokyo,7,1,soon,tea,1,1,EUR", "unreadable_time", "occurred_at"),
        ("tokyo,7,1,2026-04-01,tea,0,1,EUR", "bad_quantity", "quantity"),
        ("tokyo,7,1,2026-04-01,tea,,1,EUR", "bad_quantity", "quantity"),
        ("tokyo,7,1,2026-04-01,tea,many,1,EUR", "bad_quantity", "quantity"),
        ("tokyo,7,1,2026-04-01,tea,1e999,1,EUR", "bad_quantity", "quantity"),
        ("tokyo,7,1,2026-04-01,tea,1,-1,EUR", "bad_price", "price"),
        (f"tokyo,7,1,2026-04-01,tea,1,{'9' * 400},EUR", "bad_price", "price"),
        ("tokyo,7,1,2026-04-01,tea,1,1,EURO", "unknown_currency", "currency"),
        ("tokyo,7,1,2026-04-01,tea,1", "malformed_line", None),
    ],
)
def test_faulty_line_is_rejected_alone(tmp_path: Path, line: str, reason: str, column: str | None) -> None:
    header = "store_id,order_id,line_no,occurred_at,product_id,quantity,unit_price,currency"
    frame, rejects = read(tmp_path, f"{header}\n{line}\ntokyo,8,1,2026-04-01,tea,1,1,EUR\n")
    assert frame["order_id"].to_list() == ["8"]
    assert rejects.frame().select("line", "reason", "column").rows() == [(1, reason, column)]


def test_member_in_the_form_of_an_anonymous_visitor_is_rejected(tmp_path: Path) -> None:
    _, rejects = read(tmp_path, "order_id,line_no,customer_id,sku,quantity\n1,1,anon:x,tea,1\n")
    assert rejects.counts == {"reserved_id": 1}


def test_line_that_contradicts_an_earlier_one_is_rejected_and_a_repeated_one_is_not(tmp_path: Path) -> None:
    text = "order_id,line_no,sku,quantity\n1,1,tea,1\n1,1,tea,1\n1,1,pot,1\n1,1,tea,-1\n"
    path, rejects = tmp_path / "pos.csv", Rejects()
    path.write_text(text, "utf-8")
    frame = read_event_files([path], timezone="UTC", rejects=rejects)
    assert frame.select("kind", "item_id").rows() == [("purchase", "tea"), ("return", "tea")]
    assert (rejects.counts, rejects.duplicates) == ({"conflicting_line": 1}, 1)
    assert rejects.frame()["line"].to_list() == [3]


@pytest.mark.parametrize(
    ("headers", "is_one"),
    [
        (["order_id", "line_no", "sku", "quantity"], True),
        ([" 伝票番号 ", "明細番号", "JAN コード", "数量"], True),
        (["order_id", "line_no", "quantity"], False),
        (["visitor_id", "item_id", "order_id", "line_no", "quantity"], False),
        (["visitor_id", "item_id"], False),
        ([], False),
    ],
)
def test_file_is_recognised_by_its_headers(headers: Collection[str], *, is_one: bool) -> None:
    assert is_pos(headers) == is_one
