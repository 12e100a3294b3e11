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
        {"reason": "bad_quantity", "column": "quantity", "rows": 1, "lines": [3]}
    ]
    assert "1 bad_quantity in quantity, first in line 3: the quantity is not" in err
    assert "Write how many as a number" in err
    assert str(sound) not in err.splitlines()[-1]


def test_files_are_judged_beside_each_other_and_a_directory_means_those_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "order_id,line_no,occurred_at,sku,quantity"
    (tmp_path / "1.csv").write_text(f"{header}\n1,1,2026-04-01 10:00,tea,1\n")
    (tmp_path / "2.csv").write_text(f"{header}\n1,1,2026-04-02 10:00,tea,1\n")
    assert run(["validate", str(tmp_path)]) == 0
    assert "1 times name no zone and are read as UTC" in capsys.readouterr().err
    (tmp_path / "3.csv").write_text(f"{header}\n1,1,2026-04-02 10:00,pot,1\n1,1,2026-04-01 10:00,tea,1\n")
    assert run(["validate", str(tmp_path), "--timezone", "UTC"]) == 65
    err = capsys.readouterr().err
    assert (
        f"{tmp_path / '3.csv'}: lines of a point of sale; 2 read, 0 accepted, 1 more than once, 1 rejected"
        in err
    )
    assert "1 conflicting_line in item_id, first in line 2" in err
    assert "name no zone" not in err


def test_ids_of_one_file_that_look_like_those_of_another_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed, events = tmp_path / "feed.tsv", tmp_path / "events.csv"
    feed.write_text("id\ttitle\nTEA-005\tTea\n")
    events.write_text("visitor_id,item_id\nv,ＴＥＡ－００５\n", "utf-8")
    assert run(["validate", str(events), str(feed), "--json"]) == 0
    out, err = capsys.readouterr()
    assert "1 item ids differ only in width or capitals from another one (ＴＥＡ－００５ and TEA-005)" in err
    assert json.loads(out.splitlines()[-1])["metrics"]["lookalikes"] == [["ＴＥＡ－００５", "TEA-005"]]


def test_empty_file_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    assert run(["validate", str(tmp_path / "empty.csv")]) == 65
    err = capsys.readouterr().err
    assert "empty.csv is empty." in err
    assert "takes the rest" not in err


@pytest.mark.parametrize(
    ("arguments", "code"), [(["nowhere.csv"], 74), ([], 64), (["nowhere.csv", "--dance"], 64)]
)
def test_a_command_that_cannot_be_ends_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["validate", *arguments]) == code
