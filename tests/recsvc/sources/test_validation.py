"""What is said of a file before it is imported is what the import then does."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.files.rejects import ADVICE, REASONS
from recsvc.sources.recognised import FileKind
from recsvc.sources.validation import Reason, Validated, Validation
from tests.recsvc.sources.feeds import INVENTORY, JSON, TSV, XML

NOW = datetime(2026, 4, 1, tzinfo=UTC)
FILES = {
    "events.csv": ("visitor_id,item_id\nv,a\n", FileKind.EVENTS),
    "events.ndjson": ('{"visitor_id": "v", "item_id": "a"}\n', FileKind.EVENTS),
    "till.csv": ("伝票番号,明細番号,品番,数量\n1,1,tea,1\n", FileKind.POS),
    "facts.csv": ("visitor_id,fact,value\nv,likes,tea\n", FileKind.FACTS),
    "items.csv": ('"item_id","title"\na,"Tea"\n', FileKind.ITEMS),
    "stock.csv": ("item_id,store_id,quantity\na,b,1\n", FileKind.STOCK),
    "feed.xml": (XML, FileKind.MERCHANT),
    "feed.tsv": (TSV, FileKind.MERCHANT),
    "feed.csv": ("id,title,price\na,Tea,1 EUR\n", FileKind.MERCHANT),
    "feed.json": (JSON, FileKind.MERCHANT),
}


def validate_file(path: Path, timezone: str, now: datetime) -> Validated:
    (found,) = Validation(timezone, now).of([path])
    return found


def put(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", FILES)
def test_sound_file_of_every_kind_is_recognised_and_accepted(tmp_path: Path, name: str) -> None:
    text, kind = FILES[name]
    found = validate_file(put(tmp_path, name, text), "UTC", NOW)
    assert (found.kind, found.is_sound, found.error) == (kind, True, None)
    assert found.read == found.accepted > 0


def test_parquet_is_recognised_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"visitor_id": ["v"], "item_id": ["a"], "colour": ["red"]}).write_parquet(path)
    found = validate_file(path, "UTC", NOW)
    assert (found.kind, found.accepted, found.ignored_columns) == (FileKind.EVENTS, 1, ("colour",))


def test_reasons_come_with_their_first_lines_the_most_frequent_first(tmp_path: Path) -> None:
    rows = ["v,a,1", ",a,1", *["v,a,0"] * 7, "v,a,1"]
    found = validate_file(
        put(tmp_path, "e.csv", "\n".join(["visitor_id,item_id,quantity", *rows])), "UTC", NOW
    )
    assert (found.read, found.accepted, found.is_sound) == (10, 2, False)
    assert found.reasons == (
        Reason("bad_quantity", "quantity", 7, (4, 5, 6, 7, 8)),
        Reason("null_id", "visitor_id", 1, (3,)),
    )


def test_encoding_that_is_not_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "till.csv"
    path.write_bytes("伝票番号,明細番号,品番,数量\n1,1,tea,1\n".encode("euc_jp"))
    found = validate_file(path, "UTC", NOW)
    assert found.error is not None
    assert "is in EUC-JP" in found.error


def test_local_inventory_is_judged_without_a_catalogue(tmp_path: Path) -> None:
    found = validate_file(put(tmp_path, "stores.tsv", INVENTORY), "UTC", NOW)
    assert (found.kind, found.accepted) == (FileKind.LOCAL_INVENTORY, 3)
    assert {one.reason for one in found.reasons} == {"missing_value", "bad_number"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "colour,size\nred,1\n"),
        ("a.csv", ""),
        ("a.xml", "<rss>"),
        ("a.json", "[1]"),
        ("a.ndjson", "{"),
        ("a.parquet", "no parquet"),
        ("a.zip", "PK"),
        ("events.csv", "visitor_id,item_id\n,a\n"),
    ],
)
def test_file_of_which_nothing_can_be_used_says_why(tmp_path: Path, name: str, text: str) -> None:
    found = validate_file(put(tmp_path, name, text), "UTC", NOW)
    assert not found.is_sound
    assert found.error is not None
    assert found.accepted == 0


def test_file_that_is_missing_and_a_zone_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError):
        validate_file(tmp_path / "none.csv", "UTC", NOW)
    with pytest.raises(UsageError):
        validate_file(put(tmp_path, "events.csv", "visitor_id,item_id\nv,a\n"), "Mars", NOW)


def test_every_reason_has_its_advice() -> None:
    assert ADVICE.keys() == REASONS.keys()
