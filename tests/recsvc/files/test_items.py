from pathlib import Path

import polars as pl
import pytest

from recsvc.domain.catalogue import Availability, Item
from recsvc.domain.errors import BadDataError
from recsvc.files.items import read_items, to_items
from recsvc.files.rejects import Rejects

COLUMNS = "item_id,title,title:ja,price,attr:taste,availability,age_limit,available_from,margin"


def read(path: Path, content: str, rejects: Rejects | None = None) -> list[Item]:
    path.write_text(content)
    return list(to_items(read_items(path, rejects or Rejects())))


def test_all_columns_reach_the_item(tmp_path: Path) -> None:
    (item,) = read(
        tmp_path / "items.csv",
        f"{COLUMNS},item_group_id,category,brand,sale_price,currency,image_link,link\n"
        "1,Tea,茶,1.5,green| mild ||green,preorder,18,2024-01-01,0.3,g,drinks,own,1.2,JPY,/a.svg,/a\n",
    )
    assert item == Item(
        item_id="1",
        item_group_id="g",
        title="Tea",
        titles={"ja": "茶"},
        category="drinks",
        brand="own",
        price=1.5,
        sale_price=1.2,
        currency="JPY",
        margin=0.3,
        availability=Availability.PREORDER,
        available_from="2024-01-01T00:00:00+00:00",
        age_limit=18,
        image_link="/a.svg",
        link="/a",
        attributes={"taste": ("green", "mild")},
    )


def test_an_item_is_only_its_id_where_nothing_else_is_given(tmp_path: Path) -> None:
    assert read(tmp_path / "items.csv", "item_id\n7\n") == [Item(item_id="7")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",T,,,,,,,", "null_id"),
        ("1,,,-1,,,,,", "bad_price"),
        ("1,,,cheap,,,,,", "bad_price"),
        ("1,,,,,sold,,,", "unknown_availability"),
        ("1,,,,,,old,,", "bad_number"),
        ("1,,,,,,17.5,,", "bad_number"),
        ("1,,,,,,,soon,", "unreadable_time"),
        ("1,,,,,,,,inf", "bad_number"),
    ],
)
def test_a_bad_item_is_rejected(tmp_path: Path, line: str, reason: str) -> None:
    rejects = Rejects()
    items = read(tmp_path / "items.csv", f"{COLUMNS}\n{line}\n2,,,,,,,,\n", rejects)
    assert [item.item_id for item in items] == ["2"]
    assert rejects.counts == {reason: 1}


def test_of_an_item_that_comes_twice_the_last_row_holds(tmp_path: Path) -> None:
    rejects = Rejects()
    items = read(tmp_path / "items.csv", "item_id,title\n1,old\n2,x\n1,new\n", rejects)
    assert {item.item_id: item.title for item in items} == {"1": "new", "2": "x"}
    assert rejects.duplicates == 1


def test_attributes_may_be_lists_or_text_in_the_other_formats(tmp_path: Path) -> None:
    pl.DataFrame(
        {"item_id": ["1"], "attr:a": [["x", "y", None]], "attr:b": ["p|q"], "attr:n": [3]}
    ).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "b.ndjson").write_text(
        '{"item_id": "2", "attr:a": ["x", 1], "attr:b": "p|q", "attr:n": null}\n'
    )
    first, second = to_items(read_items(tmp_path, Rejects()))
    assert first.attributes == {"a": ("x", "y"), "b": ("p|q",), "n": ("3",)}
    assert second.attributes == {"a": ("x", "1"), "b": ("p|q",)}


def test_a_file_without_ids_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(BadDataError, match="Expected the column item_id"):
        read(tmp_path / "items.csv", "id,title\n1,T\n")
