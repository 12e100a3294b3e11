"""`recsvc doctor`: it finds what would keep the service from starting, and what it would not show."""

import json
import re
import socket
from pathlib import Path

import pytest

from recsvc.__main__ import run
from recsvc.stores import open_store
from tests.contracts.test_people import bought
from tests.journeys.servers import free_port
from tests.shop import Shop, item

QUIZ = Path(__file__).parents[1] / "storefront" / "quiz" / "mail.quiz.toml"
MAILER = """
public_url = "https://recommend.example"
[[destinations]]
name = "post"
kind = "mailer"
secret_env = "DOCTOR_MAIL"
url = "https://mail.example"
"""
LINE = '[[destinations]]\nname = "crm"\nkind = "line"\nsecret_env = "DOCTOR_LINE"\n'
PLACEMENT = '[[placements]]\nid = "home"\nstrategy = "best"\n'


def looked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, str]]]:
    """The exit code and every finding."""
    capsys.readouterr()
    code = run(["doctor", "--json", *arguments])
    captured = capsys.readouterr()
    assert captured.out, captured.err
    assert "WARNING" not in captured.err
    return code, json.loads(captured.out)


def found(capsys: pytest.CaptureFixture[str], what: str, *arguments: str) -> tuple[str, str]:
    """Level and words about one thing."""
    (one,) = [look for look in looked(capsys, *arguments)[1] if look["what"] == what]
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
    assert re.search(r"placements +ok +home", capsys.readouterr().out)
    written.write_text('[[placements]]\nid = "home"\nstrategy = "psychic"\n')
    assert run(["doctor", "--state", str(shop.directory)]) == 74
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["placements", "bad"] in [row[:2] for row in rows]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags of `serve` become variables of the process; they must not outlive a test."""
    for name in ("STATE", "DATABASE", "PLACEMENTS", "HOST", "PORT", "CONFIG"):
        monkeypatch.setenv(f"RECSVC_{name}", "")


def test_quizzes_that_ask_for_addresses_are_named_where_nothing_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCTOR_MAIL", "secret")
    shop = Shop(tmp_path / "state").open()
    state = ("--state", str(shop.directory))
    assert found(capsys, "contacts", *state) == ("ok", "no quiz asks for an address")
    shop.publish(QUIZ.read_bytes())
    level, words = found(capsys, "contacts", *state)
    assert level == "note"
    assert words.startswith("mail: ")
    assert "kind `mailer`" in words
    config = tmp_path / "recsvc.toml"
    config.write_text(MAILER)
    assert found(capsys, "contacts", *state, "--config", str(config)) == (
        "ok",
        "post sends links to https://recommend.example",
    )


@pytest.mark.parametrize(
    ("what", "config", "placements", "sentence"),
    [
        ("placements", "", PLACEMENT, "shop.toml, line 3"),
        ("contacts", MAILER, "", "DOCTOR_MAIL"),
        ("destinations", LINE, "", "DOCTOR_LINE"),
        ("limits", '[limits]\nstorage = "redis://127.0.0.1"\n', "", "`storage` of [limits]"),
        ("keys", 'host = "0.0.0.0"\n', "", "Make a key first"),
    ],
)
def test_what_serve_refuses_is_bad(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    what: str,
    config: str,
    placements: str,
    sentence: str,
) -> None:
    state = tmp_path / "state"
    (state / "placements").mkdir(parents=True)
    (state / "placements" / "shop.toml").write_text(placements or PLACEMENT.replace("best", "popular"))
    (tmp_path / "recsvc.toml").write_text(f"port = {free_port()}\n{config}")
    flags = ["--state", str(state), "--config", str(tmp_path / "recsvc.toml")]
    assert run(["serve", *flags]) == 64
    refused = capsys.readouterr().err
    code, findings = looked(capsys, *flags)
    (bad,) = [one for one in findings if one["level"] == "bad"]
    assert (code, bad["what"]) == (74, what)
    assert bad["words"] in refused
    assert sentence in bad["words"]


def test_every_missing_secret_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text(MAILER + LINE + LINE.replace("crm", "other").replace("DOCTOR_LINE", "DOCTOR_OTHER"))
    _, findings = looked(capsys, "--state", str(tmp_path / "state"), "--config", str(config))
    assert [one["what"] for one in findings if one["level"] == "bad"] == ["destinations"] * 2 + ["contacts"]


def test_a_secret_that_is_no_base64_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCTOR_MAIL", "whsec_so it goes")
    config = tmp_path / "recsvc.toml"
    config.write_text(MAILER)
    level, words = found(capsys, "contacts", "--state", str(tmp_path / "state"), "--config", str(config))
    assert level == "bad"
    assert "no base64" in words
    assert "so it goes" not in words


def test_ids_of_events_that_only_look_like_those_of_the_catalogue_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    store.put_items([item(0)]).result()
    known = item(0).item_id
    store.append([bought("e1", "ada", known.upper())]).result()
    level, words = found(capsys, "items", "--state", str(tmp_path))
    assert level == "note"
    said = f"1 item ids differ only in width or capitals from another one ({known.upper()} and {known})"
    assert said in words


def test_items_of_events_that_the_catalogue_lacks_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    store.put_items([item(0)]).result()
    known = item(0).item_id
    bags = [bought(f"e{number}", "ada", one) for number, one in enumerate([known, "ＴＥＡ", "ＴＥＡ", "cup"])]
    store.append(bags).result()
    level, words = found(capsys, "items", "--state", str(tmp_path))
    assert level == "note"
    assert words.startswith(
        "2 items in 3 lines of the newest 4 events are not in the catalogue, and are never shown "
        "(most often ＴＥＡ, cup)"
    )
    store.put_items([item(0).__class__(item_id=one, title=one) for one in ("ＴＥＡ", "cup")]).result()
    store.close()
    assert found(capsys, "items", "--state", str(tmp_path))[0] == "ok"


def test_a_store_that_is_down_is_told_once_and_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("psycopg")
    database = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    level, words = found(capsys, "store", "--state", str(tmp_path / "state"), "--database", database)
    assert level == "bad"
    assert words.startswith("The store does not answer (")
    assert "send it again" not in words


def test_a_port_that_is_taken_may_be_the_service_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "recsvc.toml"
    with socket.create_server(("127.0.0.1", 0)) as other:
        config.write_text(f"port = {other.getsockname()[1]}\n")
        level, words = found(capsys, "port", "--state", str(tmp_path), "--config", str(config))
    assert level == "note"
    assert "is taken already" in words


def test_every_extra_is_looked_for() -> None:
    from importlib.metadata import metadata  # noqa: PLC0415

    from recsvc.cli.doctor import EXTRAS  # noqa: PLC0415

    assert {*EXTRAS} == {*metadata("recsvc").get_all("Provides-Extra")} - {"development"}
