"""Snapshots read back as what they were made of, and say the same in the same bytes."""

from pathlib import Path

from recsvc.domain.catalogue import Availability, Item
from recsvc.domain.profile import FactValue
from recsvc.files.facts import read_facts
from recsvc.files.items import read_items, to_items
from recsvc.files.rejects import Rejects
from recsvc.files.snapshots import write_facts, write_items

TEA = Item(
    item_id="tea",
    item_group_id="teas",
    title="Tea",
    titles={"ja": "緑茶"},
    category="drinks",
    brand="Leaf",
    price=3.5,
    sale_price=3.0,
    currency="EUR",
    margin=0.4,
    availability=Availability.PREORDER,
    available_from="2026-05-01T00:00:00+00:00",
    age_limit=16,
    image_link="tea.svg",
    link="/tea",
    attributes={"leaf": ("green", "black")},
)
CUP = Item(item_id="cup", attributes={"glaze": ("celadon",)})


def test_items_come_back_as_they_were(tmp_path: Path) -> None:
    assert write_items(tmp_path, [TEA, CUP]) == 2
    rejects = Rejects()
    found = {item.item_id: item for item in to_items(read_items(tmp_path, rejects))}
    assert found == {"cup": CUP, "tea": TEA}
    assert (rejects.total, rejects.ignored_columns) == (0, [])


def test_an_empty_catalogue_is_no_file(tmp_path: Path) -> None:
    write_items(tmp_path, [TEA])
    assert write_items(tmp_path, []) == 0
    assert list(tmp_path.iterdir()) == []


def test_facts_come_back_words_as_words_and_numbers_as_numbers(tmp_path: Path) -> None:
    words = FactValue(("10", "20"), 1_750_000_000.25, "personalise", 1_760_000_000.0)
    number = FactValue(42.5, 1_750_000_001.0, "fitting")
    assert write_facts(tmp_path, [("客", "sizes", words), ("客", "height", number)]) == 3
    found = read_facts(tmp_path, Rejects()).select("visitor_id", "fact", "value", "number", "purpose")
    assert sorted(found.rows(), key=str) == [
        ("客", "height", None, 42.5, "fitting"),
        ("客", "sizes", "10", None, "personalise"),
        ("客", "sizes", "20", None, "personalise"),
    ]
    times = read_facts(tmp_path, Rejects()).filter(fact="sizes").select("answered_at", "expires_at").row(0)
    assert [at.timestamp() for at in times] == [1_750_000_000.25, 1_760_000_000.0]


def test_a_fact_that_is_gone_is_gone_from_the_files(tmp_path: Path) -> None:
    write_facts(tmp_path, [("v", "height", FactValue(42.5, 0.0, "fitting"))])
    assert write_facts(tmp_path, []) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    def written(order: list[Item]) -> bytes:
        write_items(tmp_path, order)
        return (tmp_path / "items.parquet").read_bytes()

    assert written([TEA, CUP]) == written([CUP, TEA])
