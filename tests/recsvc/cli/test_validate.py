import json
from pathlib import Path

import pytest

from recsvc.__main__ import run

SOUND = "visitor_id,item_id\nv,a\n"
UNSOUND = "visitor_id,item_id,quantity\nv,a,1\nv,a,0\n"


def test_sound_files_end_with_0_and_write_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "events.csv"
    path.write_text(SOUND)
    assert run(["validate", str(path), "--json"]) == 0
    out, err = capsys.readouterr()
    summary = json.loads(out.splitlines()[-1])
    assert (summary["status"], summary["exit"], summary["read"], summary["rejected"]) == ("done", 0, 1, 0)
    assert f"{path}: events; 1 read, 1 accepted, 0 more than once, 0 rejected" in err
    assert list(tmp_path.iterdir()) == [path]


def test_what_would_be_rejected_is_said_with_lines_and_advice_and_ends_with_65(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, unsound = tmp_path / "sound.csv", tmp_path / "unsound.csv"
    sound.write_text(SOUND)
    unsound.write_text(UNSOUND)
    assert run(["validate", str(sound), str(unsound), "--json"]) == 65
    out, err = capsys.readouterr()
    summary = json.loads(out.splitlines()[-1])
    assert (summary["status"], summary["exit"], summary["read"], summary["rejected"]) == (
        "bad_data",
        65,
        3,
        1,
    )
    assert summary["metrics"]["files"][1]["reasons"] == [
        {"reason": "bad_quantity", "column": "quantity", "rows": 1, "lines": [2]}
    ]
    assert "1 bad_quantity in quantity, first in line 2: the quantity is not" in err
    assert "Write how many as a number" in err
    assert str(sound) not in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "code"), [(["nowhere.csv"], 74), ([], 64), (["nowhere.csv", "--dance"], 64)]
)
def test_a_command_that_cannot_be_ends_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["validate", *arguments]) == code
