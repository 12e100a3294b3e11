"""Feeds in every format are items, local inventories are stock; nothing hostile is unpacked."""

from pathlib import Path
from typing import Any

import pytest

from recsvc.domain.catalogue import Availability, Count, Item
from recsvc.domain.errors import BadDataError, InputOutputError
from recsvc.files.rejects import Rejects
from recsvc.sources.item_files import made_items, read_item_files
from recsvc.sources.recognised import FileKind
from tests.recsvc.sources.feeds import ATOM, INVENTORY, JSON, TSV, XML

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def put(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def read(*paths: Path, catalogue: tuple[Item, ...] = ()) -> tuple[dict[str, Item], Rejects, list[FileKind]]:
    rejects, kinds = Rejects(), []
    found = read_item_files(
        paths, timezone="UTC", rejects=rejects, recognised=lambda _, kind: kinds.append(kind)
    )
    return {item.item_id: item for item in made_items(found, catalogue, rejects)}, rejects, kinds


def test_xml_feed_is_items(tmp_path: Path) -> None:
    items, rejects, kinds = read(put(tmp_path, "feed.xml", XML))
    assert kinds == [FileKind.MERCHANT]
    assert items["jasmine-50"] == Item(
        item_id="jasmine-50",
        item_group_id="jasmine",
        title="Jasmine & Pearls",
        category="Tea > Green",
        brand="Hillside",
        price=1008.5,
        sale_price=7.0,
        currency="EUR",
        image_link="https://shop.example/jasmine.jpg",
        link="https://shop.example/jasmine",
        attributes={"color": ("green",), "product_type": ("Tea", "Green")},
    )
    pot = items["pot-1"]
    assert (pot.title, pot.price, pot.currency) == ("急須", 3200.0, "JPY")
    assert pot.availability is Availability.OUT_OF_STOCK
    assert (rejects.read, rejects.total, rejects.ignored_columns) == (2, 0, ["description"])


def test_atom_feed_keeps_its_link_in_an_attribute(tmp_path: Path) -> None:
    items, _, _ = read(put(tmp_path, "feed.xml", ATOM))
    assert (items["pot-1"].title, items["pot-1"].link) == ("Pot", "https://shop.example/pot")


@pytest.mark.parametrize(("name", "text"), [("feed.tsv", TSV), ("feed.txt", TSV), ("feed.json", JSON)])
def test_other_formats_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    items, rejects, kinds = read(put(tmp_path, name, text))
    jasmine = items["jasmine-50"]
    assert kinds == [FileKind.MERCHANT]
    assert (jasmine.item_group_id, jasmine.category, jasmine.price) == ("jasmine", "Tea > Green", 8.5)
    assert items["pot-1"].price == 30.0
    assert items["pot-1"].availability in {Availability.PREORDER, Availability.BACKORDER}
    assert rejects.total == 0


def test_object_around_the_list_of_a_json_feed_is_opened(tmp_path: Path) -> None:
    assert set(read(put(tmp_path, "feed.json", f'{{"kind": "x", "resources": {JSON}}}'))[0]) == {
        "jasmine-50",
        "pot-1",
    }


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        ("\tTea\t1 EUR\tin_stock", "null_id", "item_id"),
        ("a\tTea\tcheap\tin_stock", "bad_price", "price"),
        ("a\tTea\t-1 EUR\tin_stock", "bad_price", "price"),
        (f"a\tTea\t{'9' * 400} EUR\tin_stock", "bad_price", "price"),
        ("a\tTea\t1 EUR\tsometimes", "unknown_availability", "availability"),
        ("a\tTea\t1 XXQ\tin_stock", "unknown_currency", "currency"),
        ("a\tTea", "malformed_line", None),
    ],
)
def test_faulty_row_is_rejected_alone(tmp_path: Path, row: str, reason: str, column: str | None) -> None:
    text = f"id\ttitle\tprice\tavailability\n{row}\nb\tPot\t2 EUR\tin_stock\n"
    items, rejects, _ = read(put(tmp_path, "feed.tsv", text))
    assert set(items) == {"b"}
    assert rejects.frame().select("line", "reason", "column").rows() == [(2, reason, column)]


def test_local_inventory_is_stock_of_what_is_known(tmp_path: Path) -> None:
    feed, inventory = put(tmp_path, "feed.tsv", TSV), put(tmp_path, "stores.tsv", INVENTORY)
    items, rejects, kinds = read(feed, inventory)
    assert kinds == [FileKind.MERCHANT, FileKind.LOCAL_INVENTORY]
    assert items["jasmine-50"].stock == {"berlin": 14.0, "bonn": 0.0}
    assert items["pot-1"].stock == {}
    assert sorted(rejects.frame().select("line", "reason").rows()) == [
        (4, "unknown_item"),
        (5, "missing_value"),
        (6, "bad_number"),
    ]


def test_stock_file_changes_the_stores_it_names_and_nothing_else(tmp_path: Path) -> None:
    known = Item(item_id="tea", title="Tea", stock={"a": 1.0, "b": 2.0})
    path = put(tmp_path, "stock.csv", "item_id,store_id,quantity\ntea,b,5\ntea,c,1\ntea,c,7\n")
    items, _, kinds = read(path, catalogue=(known,))
    assert kinds == [FileKind.STOCK]
    assert items == {"tea": Item(item_id="tea", title="Tea", stock={"a": 1.0, "b": 5.0, "c": 7.0})}


def test_item_that_is_described_anew_keeps_its_stock(tmp_path: Path) -> None:
    counts = {"v": {"a": Count(1.0, 5.0)}}
    known = Item(item_id="tea", title="Tea", stock={"a": 1.0}, counts=counts)
    items, _, kinds = read(put(tmp_path, "items.csv", "item_id,title\ntea,Green tea\n"), catalogue=(known,))
    assert kinds == []
    assert items["tea"] == Item(item_id="tea", title="Green tea", stock={"a": 1.0}, counts=counts)


@pytest.mark.parametrize(
    "text",
    [
        XML.replace("<rss", f"{BOMB}<rss", 1).replace("Tea shop", "&b;"),
        XML.replace("<rss", f"{OUTSIDE}<rss", 1).replace("Tea shop", "&a;"),
        XML[:-40],
        XML.replace("UTF-8", "nonsense"),
        XML.replace("Tea shop", "\x00"),
        "",
        "<x>" * 20_000,
    ],
    ids=["bomb", "outside", "cut", "encoding", "nul", "empty", "deep"],
)
def test_hostile_xml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadDataError):
        read(put(tmp_path, "feed.xml", text))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 200_000,
        b'{"a": 1}',
        b"[1]",
        b'[{"id": "\xff", "title": "x"}]',
        b'[{"id": "\\ud800"}]',
        b"[]",
    ],
)
def test_hostile_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed.json"
    path.write_bytes(content)
    with pytest.raises(BadDataError):
        read(path)


def test_number_of_400_digits_is_no_price(tmp_path: Path) -> None:
    text = f'[{{"id": "a", "title": "A", "price": {"9" * 400}}}, {{"id": "b", "title": "B", "price": 2.5}}]'
    items, rejects, _ = read(put(tmp_path, "feed.json", text))
    assert (set(items), rejects.counts) == ({"b"}, {"bad_price": 1})


def test_missing_feed_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError):
        read(tmp_path / "none.xml")


def test_directory_is_searched_for_our_own_formats(tmp_path: Path) -> None:
    put(tmp_path, "items.csv", "item_id\ntea\n")
    put(tmp_path, "stock.csv", "item_id,store_id,quantity\ntea,a,5\n")
    items: dict[str, Any] = read(tmp_path)[0]
    assert items["tea"].stock == {"a": 5.0}
