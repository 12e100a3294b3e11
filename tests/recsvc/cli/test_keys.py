"""`recsvc keys`: shown once, listed without texts, rotated and revoked by id."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from recsvc.__main__ import run
from recsvc.serving.key_text import key_id_of
from recsvc.stores import open_store

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["keys", *arguments, "--state", str(tmp_path / "state")])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def made(cli: Cli, *arguments: str) -> dict[str, Any]:
    code, out, _ = cli("create", *arguments, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    return found


def test_secret_key_is_shown_once_with_its_token_secret(cli: Cli, tmp_path: Path) -> None:
    code, out, err = cli("create", "--secret", "--name", "server")
    key, token_secret = (line.split()[1 if "key" in line else 2] for line in out.splitlines())
    assert code == 0
    assert "shown once" in err
    assert str(key_id_of(key)) in out.splitlines()[1]
    files = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert key.encode() not in files
    assert token_secret.encode() not in files
    assert key not in cli("list")[1] + cli("list", "--json")[1]


def test_publishable_key_has_no_token_secret(cli: Cli) -> None:
    key = made(cli, "--publishable", "--name", "web", "--origin", "https://shop.example", "--days", "30")
    assert (key["text"][:3], key["token_secret"]) == ("pk_", None)
    assert (key["origins"], key["apps"], key["state"]) == (["https://shop.example"], False, "live")
    assert key["expires_at"] > key["created_at"]


def test_list_shows_every_key_and_its_state(cli: Cli) -> None:
    first = made(cli, "--secret", "--name", "pos", "--scope", "events")
    second = made(cli, "--publishable", "--name", "app", "--apps")
    third = made(cli, "--secret", "--name", "old")
    assert cli("rotate", first["key_id"], "--overlap", "7d")[0] == 0
    assert cli("revoke", third["key_id"])[0] == 0
    listed = json.loads(cli("list", "--json")[1])["keys"]
    assert [(key["key_id"], key["state"]) for key in listed] == [
        (first["key_id"], "rotating"),
        (second["key_id"], "live"),
        (third["key_id"], "revoked"),
    ]
    assert listed[0]["scopes"] == ["events"]
    assert (listed[0]["former_ends_at"] is None, listed[0]["used_on"]) == (False, None)
    table = cli("list")[1]
    assert all(key["key_id"] in table for key in listed)


def test_list_cuts_nothing_off_on_a_terminal_of_eighty(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    origins = ("https://www.a-shop-of-some-length.example.jp", "https://checkout.a-shop.example.jp")
    made(cli, "--publishable", "--name", "ウェブ [本店]", *(f"--origin={one}" for one in origins))
    made(cli, "--secret", "--name", "server")
    table = cli("list")[1]
    assert max(map(cell_len, table.splitlines())) <= 80
    whole = "".join(line.strip() for line in table.splitlines())  # long origins go on in the next line
    assert [word for word in ("ウェブ [本店]", *origins, "everything") if word not in whole] == []


def test_list_of_nothing_says_what_that_means(cli: Cli) -> None:
    assert "`recsvc keys create` makes the first" in cli("list")[1]


def test_rotated_key_keeps_its_id_and_gets_another_text(cli: Cli) -> None:
    key = made(cli, "--secret", "--name", "server")
    code, out, _ = cli("rotate", key["key_id"], "--json")
    again = json.loads(out)
    assert (code, again["key_id"]) == (0, key["key_id"])
    assert again["text"] != key["text"]
    assert again["token_secret"] != key["token_secret"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create", "--name", "x"], "--publishable"),
        (["create", "--publishable", "--name", "x"], "--origin"),
        (["create", "--publishable", "--name", "x", "--origin", "*"], "no origin"),
        (["create", "--publishable", "--name", "x", "--apps", "--scope", "ask"], "--scope"),
        (["create", "--secret", "--name", "x", "--origin", "https://a.example"], "--origin"),
        (["create", "--secret", "--name", "x", "--scope", "all"], "scope"),
        (["create", "--secret"], "--name"),
        (["rotate", "0123", "--overlap", "a day"], "24h"),
        (["rotate", "0123"], "recsvc keys list"),
        (["revoke", "0123"], "recsvc keys list"),
    ],
)
def test_wrong_use_ends_with_64_and_says_what_would_be_right(
    cli: Cli, arguments: list[str], sentence: str
) -> None:
    code, _, err = cli(*arguments)
    assert code == 64
    assert sentence in err


def test_keys_of_a_named_database_are_in_it(cli: Cli, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    key = made(cli, "--secret", "--name", "server", "--database", url)
    store = open_store(url)
    assert [use.key.key_id for use in store.read_keys()] == [key["key_id"]]
    store.close()
    assert json.loads(cli("list", "--json")[1]) == {"keys": []}
