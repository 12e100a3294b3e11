"""`recsvc placements check`: files of placements are judged as at load, and everything is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from recsvc.__main__ import run
from recsvc.cli.demo_files import PLACEMENTS
from recsvc.domain.errors import UsageError
from recsvc.serving.placement_file import parse_placements, read_placements

SOUND = '[[placements]]\nid = "home"\nstrategy = "personal"\n'
FLAWED = """[[placements]]
id = "pins"
strategy = "popular"
limit = 2
pins = [{ item = "a", position = 3 }]
filter = "item.brand ="

[[placements]]
id = "home"
strategy = "popular"
"""


def check(capsys: pytest.CaptureFixture[str], *files: Path | str) -> tuple[int, dict[str, Any]]:
    code = run(["placements", "check", *map(str, files), "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_sound_file_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.toml").write_text(SOUND)
    code, summary = check(capsys, tmp_path / "a.toml")
    assert (code, summary["status"]) == (0, "done")
    assert summary["metrics"] == {"placements": ["home"], "findings": []}


def test_everything_wrong_is_named_and_the_first_is_what_stops_the_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.toml").write_text(SOUND)
    (tmp_path / "b.toml").write_text(FLAWED)
    odd = '[[placements]]\nid = "odd"\nstrategy = "psychic"\n'
    (tmp_path / "c.toml").write_text(f"[[placements]]\nid = 7\n{odd}")
    code, summary = check(capsys, tmp_path)
    findings = summary["metrics"]["findings"]
    assert (code, summary["status"], summary["rejected"]) == (65, "bad_data", 6)
    assert [one.partition(":")[0] for one in findings] == [
        "b.toml, line 6", "b.toml, line 5", "b.toml, line 9", "c.toml, line 2", "c.toml, line 1",
        "c.toml, line 5",
    ]  # fmt: skip
    with pytest.raises(UsageError) as refused:
        read_placements(tmp_path)
    assert str(refused.value) == findings[0]


MISNAMED = """[[placements]]
id = "home"
strategy = "personal"
filter = "item.prise <= 2000"

[[placements.pins]]
item = "TEA-01O"
position = 1
"""
ITEMS = "item_id,price,category\nTEA-010,1200,tea\nTEA-200,2400,tea\n"


def test_names_that_no_item_has_are_named_beside_a_catalogue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.toml").write_text(MISNAMED)
    (tmp_path / "items.csv").write_text(ITEMS)
    state = str(tmp_path / "state")
    assert run(["import", "items", str(tmp_path / "items.csv"), "--state", state]) == 0
    capsys.readouterr()
    assert check(capsys, tmp_path / "a.toml")[0] == 0
    for beside in (["--catalogue", str(tmp_path / "items.csv")], ["--state", state]):
        code, summary = check(capsys, tmp_path / "a.toml", *beside)
        assert (code, summary["status"]) == (65, "bad_data")
        home = "placement 'home': "
        assert summary["metrics"]["findings"] == [
            f"a.toml, line 4: {home}`item.prise <= 2000`: no item has `prise`; did you mean `price`?",
            f"a.toml, line 7: {home}no item is called `TEA-01O`; did you mean `TEA-010`?",
        ]


def test_names_are_looked_at_where_other_things_are_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = MISNAMED.replace("personal", "personl") + FLAWED
    (tmp_path / "a.toml").write_text(wrong)
    (tmp_path / "items.csv").write_text(ITEMS)
    findings = check(capsys, tmp_path / "a.toml", "--catalogue", str(tmp_path / "items.csv"))[1]["metrics"]
    assert [one.split(":")[0] for one in findings["findings"]] == [
        f"a.toml, line {line}" for line in (3, 14, 13, 4, 7, 13)
    ]


def test_catalogue_without_items_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(SOUND)
    assert run(["migrate", "--state", str(tmp_path)]) == 0
    assert run(["placements", "check", str(tmp_path / "a.toml"), "--state", str(tmp_path)]) == 64


def test_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    assert run(["placements", "check", str(tmp_path / "none.toml")]) == 64


def test_file_that_cannot_be_read_ends_with_74(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    assert run(["placements", "check", str(tmp_path / "a.toml")]) == 74


def test_mail_of_the_demo_is_discreet() -> None:
    assert parse_placements(PLACEMENTS, "placements.toml")["mail"].discreet
