"""Both languages say everything."""

import re
from string import Formatter

import pytest

from recsvc.domain.catalogue import Item
from recsvc.files.rejects import REASONS
from recsvc.reports import LOCALES
from training.evaluate import Rival, Segment
from training.report import words
from training.report.words import Words

ENTRIES = [
    (f"{section}.{key}", entry) for section, keys in words.table().items() for key, entry in keys.items()
]


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_entry_says_the_same_places_in_every_language(name: str, entry: dict[str, str]) -> None:
    assert tuple(entry) == LOCALES, name
    places = [
        {place.split(".")[0] for _, place, _, _ in Formatter().parse(text) if place}
        for text in entry.values()
    ]
    assert places[0] == places[1], name
    assert (
        re.search(r"[ぁ-んァ-ヶ一-龠]", entry["ja"])
        or "〜" in entry["ja"]
        or name.startswith(("format.", "metric."))
    ), name


@pytest.mark.parametrize(
    ("section", "keys"), [("reject", list(REASONS)), ("rival", list(Rival)), ("segment", list(Segment))]
)
def test_words_cover_whatever_a_run_may_name(section: str, keys: list[str]) -> None:
    assert [key for key in keys if str(key) not in words.table()[section]] == []


def test_unknown_key_speaks_for_itself() -> None:
    assert Words("ja", {}).of("rival", "last_week") == "last week"


def test_titles_are_told_apart_in_the_language_of_the_page() -> None:
    items = {
        "a": Item(item_id="a", title="Tea", titles={"ja": "お茶"}),
        "b": Item(item_id="b", title="Tea", titles={"ja": "お茶"}),
        "c": Item(item_id="c", title="Cake"),
    }
    assert Words("ja", items).titles(["a", "b", "c", "d"], 3) == ["お茶", "Cake", "d"]
    assert Words("en", items).titles(["b", "c", "d"], 1, but="a") == ["Cake"]


def test_durations_and_days_are_written_for_people() -> None:
    assert Words("en", {}).seconds(75.4) == "1 min 15 s"
    assert Words("ja", {}).date("2026-03-09T10:00:00Z") == "2026年3月9日"
