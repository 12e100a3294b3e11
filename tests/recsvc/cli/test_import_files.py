import json
from pathlib import Path
from typing import Any

import pytest

from recsvc.__main__ import run
from recsvc.stores import open_store

EVENTS = "visitor_id,item_id,kind,order_id,colour\nv,a,,o,red\nv,b,,o,red\nw,a,view,,red\nw,a,dance,,red\n"


def import_(
    capsys: pytest.CaptureFixture[str], state: Path, *arguments: object
) -> tuple[int, dict[str, Any], str]:
    code = run(["import", *map(str, arguments), "--state", str(state), "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out.splitlines()[-1]), err


def test_events_reach_the_profiles_and_twice_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, state = tmp_path / "events.csv", tmp_path / "state"
    path.write_text(EVENTS)
    code, summary, err = import_(capsys, state, "events", path)
    assert code == 0
    assert summary["metrics"] == {"accepted": 2, "duplicate": 0, "ignored_columns": ["colour"]}
    assert (summary["status"], summary["exit"], summary["read"], summary["rejected"]) == ("done", 0, 4, 1)
    assert {"version", "gate", "seconds", "peak_mb"} < summary.keys()
    assert "colour" in err
    assert json.loads((state / "rejects" / "events.ndjson").read_text())["value"] == "dance"
    _, again, _ = import_(capsys, state, "events", path)
    assert again["metrics"]["accepted"] == 0
    assert again["metrics"]["duplicate"] == 2
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    recent = store.read_visitor("v").profile.recent
    store.close()
    assert sorted(interaction.item_id for interaction in recent) == ["a", "b"]


def test_lines_of_a_till_are_recognised_and_count_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    till, own, state = tmp_path / "till.csv", tmp_path / "own.csv", tmp_path / "state"
    header = "店舗,伝票番号,明細番号,会員番号,商品コード,数量"
    till.write_bytes(f"{header}\nginza,1,2,M-1,tea,-1\nginza,1,1,M-1,tea,3\n".encode("cp932"))
    own.write_text("visitor_id,item_id\ncard:M-1,pot\n")
    _, summary, err = import_(capsys, state, "events", till, own)
    assert (summary["metrics"]["accepted"], summary["rejected"]) == (3, 0)
    assert f"{till}: read as lines of a point of sale" in err
    assert str(own) not in err
    _, again, _ = import_(capsys, state, "events", till, own)
    assert (again["metrics"]["accepted"], again["metrics"]["duplicate"]) == (0, 3)
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    recent = store.read_visitor("card:M-1").profile.recent
    store.close()
    assert sorted((one.kind, one.item_id, one.quantity) for one in recent) == [
        ("purchase", "pot", 1.0),
        ("purchase", "tea", 3.0),
        ("return", "tea", 1.0),
    ]


TILL = "店舗,伝票番号,明細番号,取引日時,会員番号,商品コード,数量"


def bought(state: Path, visitor_id: str) -> list[tuple[str, float]]:
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    recent = store.read_visitor(visitor_id).profile.recent
    store.close()
    return sorted((one.item_id, one.quantity) for one in recent)


def test_receipts_that_start_again_every_day_are_all_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "day1.csv", tmp_path / "day2.csv"
    first.write_text(f"{TILL}\nginza,0001,1,2026/04/01 10:00,M-1,tea,1\n", "utf-8")
    second.write_text(f"{TILL}\nginza,0001,1,2026/04/02 10:00,M-1,pot,2\n", "utf-8")
    for path in (first, second):
        code, summary, _ = import_(capsys, tmp_path, "events", path)
        assert (code, summary["metrics"]["accepted"]) == (0, 1)
    _, again, _ = import_(capsys, tmp_path, "events", second, first, "--timezone", "UTC")
    assert (again["metrics"]["accepted"], again["metrics"]["duplicate"], again["rejected"]) == (0, 2, 0)
    assert bought(tmp_path, "card:M-1") == [("pot", 2.0), ("tea", 1.0)]


@pytest.mark.parametrize(
    ("header", "before", "after", "column"),
    [
        (TILL, "ginza,1,1,2026/04/01 10:00,M-1,tea,1", "ginza,1,1,2026/04/01 10:00,M-1,pot,1", "item_id"),
        (TILL, "ginza,1,1,2026/04/01 10:00,M-1,tea,1", "ginza,1,1,2026/04/01 10:00,M-1,tea,3", "quantity"),
        (TILL, "ginza,1,1,2026/04/01 10:00,M-1,tea,1", "ginza,1,1,2026/04/01 11:00,M-1,tea,1", "occurred_at"),
        (TILL, "ginza,1,1,2026/04/01 10:00,M-1,tea,1", "ginza,1,1,2026/04/01 10:00,M-2,tea,1", "visitor_id"),
        ("visitor_id,item_id,event_id,price", "v,tea,e1,2", "v,tea,e1,3", "price"),
        ("visitor_id,item_id,order_id", "v,tea,o1", "v,pot,o1", "item_id"),
    ],
)
def test_line_that_contradicts_an_earlier_import_is_told_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], header: str, before: str, after: str, column: str
) -> None:
    path = tmp_path / "day.csv"
    path.write_text(f"{header}\n{before}\n", "utf-8")
    import_(capsys, tmp_path, "events", path)
    other = after.replace("ginza,1,1", "ginza,2,1").replace(",e1", ",e2").replace("o1", "o2")
    path.write_text(f"{header}\n{other}\n{after}\n", "utf-8")
    code, summary, err = import_(capsys, tmp_path, "events", path)
    assert (code, summary["exit"], summary["status"]) == (65, 65, "bad_data")
    assert (summary["metrics"]["accepted"], summary["metrics"]["duplicate"], summary["rejected"]) == (1, 0, 1)
    assert "1 events say something else than what came before" in err
    rejected = json.loads((tmp_path / "rejects" / "events.ndjson").read_text("utf-8"))
    assert (rejected["line"], rejected["reason"], rejected["column"]) == (3, "conflicting_line", column)


def test_another_zone_than_that_of_an_earlier_import_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "day.csv"
    path.write_text(f"{TILL}\nginza,1,1,2026/04/01 10:00,M-1,tea,1\n", "utf-8")
    _, _, err = import_(capsys, tmp_path, "events", path)
    assert "1 times name no zone and are read as UTC" in err
    code, summary, err = import_(capsys, tmp_path, "events", path, "--timezone", "Asia/Tokyo")
    assert (code, summary["metrics"]["accepted"], summary["metrics"]["duplicate"]) == (65, 0, 0)
    assert "name no zone" not in err


def test_times_to_come_without_a_zone_keep_the_whole_import_back_until_one_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "day.csv"
    path.write_text(
        f"{TILL}\nginza,1,1,2026/04/01 10:00,M-1,tea,1\nginza,2,1,2199/04/01 10:00,M-1,tea,1\n", "utf-8"
    )
    code, summary, err = import_(capsys, tmp_path, "events", path)
    assert (code, summary["metrics"], summary["rejected"]) == (65, None, 1)
    assert "1 rows lie ahead of now" in err
    assert not (tmp_path / "recsvc.sqlite").exists()
    code, summary, _ = import_(capsys, tmp_path, "events", path, "--timezone", "UTC")
    assert (code, summary["metrics"]["accepted"], summary["rejected"]) == (0, 1, 1)


def test_ids_that_only_look_like_those_of_the_catalogue_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items, till = tmp_path / "items.csv", tmp_path / "till.csv"
    items.write_text("item_id\nTEA-005\nPOT-1\n")
    till.write_text("visitor_id,item_id\nv,ＴＥＡ－００５\nv,POT-1\n", "utf-8")
    _, _, err = import_(capsys, tmp_path, "items", items)
    assert "differ only" not in err
    code, summary, err = import_(capsys, tmp_path, "events", till)
    assert (code, summary["metrics"]["accepted"]) == (0, 2)
    assert "1 item ids differ only in width or capitals from another one (ＴＥＡ－００５ and TEA-005)" in err
    items.write_text("item_id\npot-1\n")
    assert "pot-1 and POT-1" in import_(capsys, tmp_path, "items", items)[2]


def test_rows_and_the_events_they_make_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events.csv"
    path.write_text("visitor_id,item_id,order_id\nv,a,o\nv,b,o\nv,c,p\n")
    _, _, err = import_(capsys, tmp_path, "events", path)
    assert "events: 3 rows read as 2 events, 2 accepted, 0 there already, 0 rows rejected" in err


def test_items_reach_the_catalogue_of_the_database_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, url = tmp_path / "items.ndjson", f"sqlite:///{tmp_path / 'other.sqlite'}"
    path.write_text('{"item_id": "a", "title": "Tea"}\n{"item_id": "a", "title": "Green tea"}\n')
    code, summary, _ = import_(capsys, tmp_path, "items", path, "--database", url)
    assert (code, summary["metrics"]["accepted"], summary["metrics"]["duplicate"]) == (0, 1, 1)
    store = open_store(url)
    items, _, _ = store.read_items()
    store.close()
    assert [item.title for item in items] == ["Green tea"]


def test_feed_and_local_inventory_reach_the_catalogue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed, stores = tmp_path / "feed.tsv", tmp_path / "stores.tsv"
    feed.write_text("id\ttitle\tprice\na\tTea\t1 EUR\n")
    stores.write_text("store_code\tid\tquantity\nberlin\ta\t3\nberlin\tb\t1\n")
    code, summary, err = import_(capsys, tmp_path, "items", feed, stores)
    assert (code, summary["metrics"]["accepted"], summary["rejected"]) == (0, 1, 1)
    assert f"{feed}: read as a Google Merchant feed" in err
    assert "1 unknown_item" in err
    _, again, _ = import_(capsys, tmp_path, "items", feed)
    assert again["metrics"]["accepted"] == 1
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    ((item,), _, _) = store.read_items()
    store.close()
    assert (item.title, item.currency, item.stock) == ("Tea", "EUR", {"berlin": 3.0})


def test_facts_reach_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("visitor_id,fact,value,purpose\nv,likes,tea,quiz\nv,likes,milk,quiz\n")
    code, summary, _ = import_(capsys, tmp_path, "facts", path)
    assert (code, summary["metrics"]["accepted"]) == (0, 1)
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    fact = store.read_visitor("v").profile.facts["likes"]
    store.close()
    assert (fact.values, fact.purpose, fact.source) == (("milk", "tea"), "quiz", "import")


def test_nothing_usable_ends_with_65_and_writes_the_rejects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, rejects = tmp_path / "events.csv", tmp_path / "bad.ndjson"
    path.write_text("visitor_id,item_id\n,a\n")
    code, summary, err = import_(capsys, tmp_path, "events", path, "--rejects", rejects)
    assert (code, summary["exit"], summary["status"], summary["rejected"]) == (65, 65, "bad_data", 1)
    assert summary["metrics"] is None
    assert "Expected the columns visitor_id" in err
    assert json.loads(rejects.read_text())["line"] == 2


def test_rejects_of_an_earlier_import_do_not_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "events.csv"
    for content in ("visitor_id,item_id\n,a\n", "visitor_id,item_id\nv,a\n"):
        path.write_text(content)
        import_(capsys, tmp_path, "events", path)
    assert not (tmp_path / "rejects" / "events.ndjson").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["events", "nowhere.csv"], 74),
        (["events"], 64),
        (["dances", "x.csv"], 64),
        (["events", "nowhere.csv", "--timezone", "Mars"], 64),
    ],
)
def test_a_command_that_cannot_be_ends_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["import", *arguments]) == code
    assert list(tmp_path.iterdir()) == []
