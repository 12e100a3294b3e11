"""`recsvc doctor`: whether an address that a quiz asks for could be confirmed at all."""

import json
from pathlib import Path

import pytest

from recsvc.__main__ import run
from tests.shop import Shop

QUIZ = Path(__file__).parents[1] / "storefront" / "quiz" / "mail.quiz.toml"
MAILER = """
public_url = "https://recommend.example"
[[destinations]]
name = "post"
kind = "mailer"
secret_env = "MAIL"
url = "https://mail.example"
"""


def found(capsys: pytest.CaptureFixture[str], state: Path, *arguments: str) -> tuple[str, str]:
    """Level and words about addresses."""
    assert run(["doctor", "--state", str(state), "--json", *arguments]) == 0
    (one,) = [look for look in json.loads(capsys.readouterr().out) if look["what"] == "contacts"]
    return one["level"], one["words"]


def test_placements_that_cannot_be_served_are_bad_and_told_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shop = Shop(tmp_path / "state").open()
    assert run(["doctor", "--state", str(shop.directory)]) == 0
    assert "recipes are served" in capsys.readouterr().out
    (shop.directory / "placements").mkdir()
    written = shop.directory / "placements" / "home.toml"
    written.write_text('[[placements]]\nid = "home"\nstrategy = "personal"\n')
    assert run(["doctor", "--state", str(shop.directory)]) == 0
    assert "placements   ok     home" in capsys.readouterr().out
    written.write_text('[[placements]]\nid = "home"\nstrategy = "psychic"\n')
    assert run(["doctor", "--state", str(shop.directory)]) == 74
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "placements " in line]
    assert row.split()[:2] == ["placements", "bad"]


def test_quizzes_that_ask_for_addresses_are_named_where_nothing_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop(tmp_path / "state").open()
    assert found(capsys, shop.directory) == ("ok", "no quiz asks for an address")
    shop.publish(QUIZ.read_bytes())
    level, words = found(capsys, shop.directory)
    assert level == "note"
    assert words.startswith("mail: ")
    assert "kind `mailer`" in words
    config = tmp_path / "recsvc.toml"
    config.write_text(MAILER)
    assert found(capsys, shop.directory, "--config", str(config)) == (
        "ok",
        "post sends links to https://recommend.example",
    )
