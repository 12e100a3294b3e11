"""What the demo does with files that an earlier version left in its state."""

from pathlib import Path

import pytest

from recsvc.cli.demo_files import DATA_VERSION, ORIGINAL_FILE, PLACEMENTS, PLACEMENTS_FILE, write_demo_files
from recsvc.serving.placement_file import read_placements

OLD = '[[placements]]\nid = "home"\nstrategy = "personal"\n'


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "READY").write_text(DATA_VERSION)
    return tmp_path


def test_first_start_writes_everything_and_says_nothing(state: Path) -> None:
    assert write_demo_files(state) == []
    assert read_placements(state / PLACEMENTS_FILE).keys() >= {"home", "buy-again", "mail"}
    assert write_demo_files(state) == []


def test_placements_of_an_earlier_version_that_nobody_edited_are_written_anew(state: Path) -> None:
    for name in (PLACEMENTS_FILE, ORIGINAL_FILE):
        (state / name).write_text(OLD)
    (sentence,) = write_demo_files(state)
    assert "earlier version" in sentence
    assert (state / PLACEMENTS_FILE).read_text("utf-8") == PLACEMENTS


def test_placements_that_somebody_edited_stay_and_what_they_lack_is_said(state: Path) -> None:
    (state / PLACEMENTS_FILE).write_text(OLD)
    (sentence,) = write_demo_files(state)
    assert "lacks buy-again, similar, bought-together, cart, mail" in sentence
    assert "delete" in sentence
    assert (state / PLACEMENTS_FILE).read_text("utf-8") == OLD


def test_edited_placements_that_lack_nothing_are_not_spoken_of(state: Path) -> None:
    write_demo_files(state)
    edited = PLACEMENTS.replace("exclude_bought_days = 3", "exclude_bought_days = 4")
    (state / PLACEMENTS_FILE).write_text(edited, "utf-8")
    assert write_demo_files(state) == []
    assert (state / PLACEMENTS_FILE).read_text("utf-8") == edited


def test_placements_that_are_no_toml_are_left_to_the_service(state: Path) -> None:
    (state / PLACEMENTS_FILE).write_text("[[")
    assert write_demo_files(state) == []
    assert (state / PLACEMENTS_FILE).read_text("utf-8") == "[["


def test_data_of_an_earlier_version_are_spoken_of(state: Path) -> None:
    (state / "data" / "READY").write_text("")
    (sentence,) = write_demo_files(state)
    assert "Delete" in sentence
