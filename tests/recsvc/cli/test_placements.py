"""`recsvc placements check`: files of placements are judged as at load, and everything is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from recsvc.__main__ import run
from recsvc.cli.demo import PLACEMENTS
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


def check(capsys: pytest.CaptureFixture[str], *files: Path) -> tuple[int, dict[str, Any]]:
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
    (tmp_path / "c.toml").write_text("[[placements]]\nid = 7\n")
    code, summary = check(capsys, tmp_path)
    findings = summary["metrics"]["findings"]
    assert (code, summary["status"], summary["rejected"]) == (65, "bad_data", 5)
    assert [one.partition(":")[0] for one in findings] == [
        "b.toml, line 6", "b.toml, line 5", "b.toml, line 9", "c.toml, line 2", "c.toml, line 1",
    ]  # fmt: skip
    with pytest.raises(UsageError) as refused:
        read_placements(tmp_path)
    assert str(refused.value) == findings[0]


def test_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    assert run(["placements", "check", str(tmp_path / "none.toml")]) == 64


def test_file_that_cannot_be_read_ends_with_74(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    assert run(["placements", "check", str(tmp_path / "a.toml")]) == 74


def test_mail_of_the_demo_is_discreet() -> None:
    assert parse_placements(PLACEMENTS, "placements.toml")["mail"].discreet
