"""`recsvc report placements` as people and programs read it, from a store on disk."""

import json
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from recsvc.__main__ import run
from recsvc.cli.report.placement_tables import print_outcomes
from recsvc.serving.arms import HOLDOUT, STANDARD
from recsvc.serving.tallies import outcomes_of
from recsvc.stores import open_store
from tests.simulated_shop import MEASURED, SECRET, SIGNER, Habits, simulated

PLACEMENTS = '[[placements]]\nid = "home"\nstrategy = "personal"\nholdout = 0.5\n'
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state whose visitors saw the home page in two arms, one of which sells twice as well."""
    (tmp_path / "placements").mkdir()
    (tmp_path / "placements" / "home.toml").write_text(PLACEMENTS, "utf-8")
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET.hex(), "utf-8")
    habits: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(clicks=0.3, buys=0.4)}
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    store.append([event for person in simulated(5, 300, habits) for event in person.events]).result()
    store.close()
    return tmp_path


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")


def reported(state: Path, *arguments: str) -> int:
    return run(["report", "placements", "--state", str(state), *arguments])


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            [
                "holdout",
                "standard",
                "buyers a visitor",
                "EUR a visitor",
                "beside holdout",
                "fit their shares",
            ],
        ),
        ("ja", ["ホールドアウト", "標準", "購入率", "訪問者あたりEUR", "ホールドアウトとの差", "予定の割合"]),
    ],
)
def test_table_compares_the_arms_in_each_language(
    state: Path, capsys: Captured, locale: str, words: list[str]
) -> None:
    assert reported(state, "--locale", locale) == 0
    said = capsys.readouterr().out
    assert [word for word in words if word not in said] == []
    assert max(map(cell_len, said.splitlines())) <= 100


def test_page_takes_the_place_of_the_tables(state: Path, capsys: Captured) -> None:
    page = state / "placements.html"
    assert reported(state, "--html", str(page), "--locale", "ja") == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"report: {page}\n"
    text = page.read_text("utf-8")
    assert "枠別レポート" in text
    assert "visitor-" not in text
    assert reported(state, "--html", str(page), "--json", "--since", "2030-01-01") == 65
    assert "Nobody was shown anything" in page.read_text("utf-8"), "what was is not shown as what is"


def test_page_that_cannot_be_written_is_said(state: Path, capsys: Captured) -> None:
    assert reported(state, "--html", str(state / "no" / "page.html")) == 74
    assert "page.html cannot be written: No such file" in capsys.readouterr().err


def test_json_is_one_object_a_placement_and_a_summary(state: Path, capsys: Captured) -> None:
    assert reported(state, "--json") == 0
    home, summary = map(json.loads, capsys.readouterr().out.splitlines())
    held, standard = home["arms"]
    assert (home["placement"], home["baseline"], held["arm"], held["lift"]) == (
        "home",
        HOLDOUT,
        HOLDOUT,
        None,
    )
    assert held["visitors"] + standard["visitors"] == 300
    assert standard["lift"]["click_rate"]["low"] > 0.5
    assert home["sample_ratio"]["is_off"] is False
    assert (summary["status"], summary["metrics"]) == ("done", {"placements": 1, "unreadable": 0})


def test_arm_that_lost_impressions_is_said_in_red(capsys: Captured) -> None:
    habits: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(reports=0.7)}
    found = outcomes_of(simulated(6, 800, habits), SIGNER, MEASURED)
    console = Console(width=100, highlight=False, record=True)
    print_outcomes(found, console, "en")
    assert "SAMPLE RATIO OFF" in capsys.readouterr().out
    assert "\x1b[1;31mSAMPLE RATIO OFF" in console.export_text(styles=True)


def test_no_visitor_is_named(state: Path, capsys: Captured) -> None:
    for form in (["--json"], ["--locale", "en"]):
        reported(state, *form)
        said = capsys.readouterr()
        assert "visitor-" not in said.out
        assert said.err == ""


def test_windows_and_shares_are_those_of_the_configuration(state: Path, capsys: Captured) -> None:
    sold = []
    for view_days in (1, 0):
        config = state / "recsvc.toml"
        config.write_text(f"[attribution]\nview_days = {view_days}\n", "utf-8")
        assert reported(state, "--config", str(config), "--json") == 0
        home = json.loads(capsys.readouterr().out.splitlines()[0])
        assert [arm["share"] for arm in home["arms"]] == [0.5, 0.5]
        sold.append(sum(arm["any_touch"]["lines"] for arm in home["arms"]))
    assert 0 < sold[1] < sold[0]


def test_time_outside_of_all_slates_is_said(state: Path, capsys: Captured) -> None:
    assert reported(state, "--since", "2030-01-01") == 65
    assert "Nobody was shown anything" in capsys.readouterr().err
    assert reported(state, "--until", "2030-01-01") == 0


def test_slates_of_another_service_are_said(state: Path, capsys: Captured) -> None:
    (state / "secret").write_text("0" * 64, "utf-8")
    assert reported(state) == 65
    assert "names a slate of this service" in capsys.readouterr().err
    assert reported(state, "--since", "2030-01-01") == 65
    assert "Nobody was shown anything" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["--locale", "first of the shop"])
def test_refusals_are_in_the_language_that_was_asked(state: Path, capsys: Captured, said: str) -> None:
    config = state / "recsvc.toml"
    config.write_text('locales = ["ja-JP"]\n' if said != "--locale" else "", "utf-8")
    asked = ["--config", str(config), *(["--locale", "ja"] if said == "--locale" else [])]
    assert reported(state, "--since", "2030-01-01", *asked) == 65
    assert "この期間に表示された商品はありません" in capsys.readouterr().err
    (state / "secret").write_text("0" * 64, "utf-8")
    assert reported(state, *asked) == 65
    assert "--state のディレクトリ" in capsys.readouterr().err


def test_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert reported(tmp_path) == 74
    assert [*tmp_path.iterdir()] == []
