"""`recsvc tune` from files to files."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from click.testing import CliRunner, Result

from tests.training.shops import SMALL, Shop
from training.config import load_config
from training.tune.command import tune

SVG = "{http://www.w3.org/2000/svg}"


def search(shop: Shop, out: Path, *arguments: str, settings: tuple[str, ...] = SMALL) -> Result:
    start = [part for setting in settings for part in ("--set", setting)]
    events = ["--events", str(shop.path("events")), "--out", str(out)]
    return CliRunner().invoke(tune, [*events, *start, "--budget", "2s", "--json", *arguments])


def test_a_search_leaves_a_configuration_its_log_and_a_picture(trained: Shop, tmp_path: Path) -> None:
    out = tmp_path / "new" / "found.toml"
    ended = search(trained, out, "--split", "last:2", "--judges", "100")
    told = json.loads(ended.stdout.splitlines()[-1])
    assert (ended.exit_code, told["visitors"]) == (0, 100)
    log = [json.loads(line) for line in out.with_suffix(".trials.ndjson").read_text().splitlines()]
    figures = [trial["figure"] for trial in log[1:]]
    assert told["tried"] == len(figures) >= 1
    assert told["best"]["figure"] == max(figures) >= told["start"]["figure"]
    config = load_config(out)
    assert config.strengths
    assert config.factors == told["best"]["values"]["factors"]
    picture = ET.parse(out.with_suffix(".svg")).getroot()  # noqa: S314 (our own file)
    assert picture.find(f"{SVG}title") is not None
    drawn = [text.text for text in picture.iter(f"{SVG}text")]
    assert set(told["best"]["values"]) <= set(drawn)


def test_the_same_command_goes_on_where_the_last_one_ended(trained: Shop, tmp_path: Path) -> None:
    out = tmp_path / "found.toml"
    first, second = (
        json.loads(search(trained, out, "--split", "last:2", "--judges", "100").stdout.splitlines()[-1])
        for _ in range(2)
    )
    assert second["tried"] > first["tried"]
    assert second["start"] == first["start"]
    assert second["best"]["figure"] >= first["best"]["figure"]
    lines = out.with_suffix(".trials.ndjson").read_text().splitlines()
    numbers = [json.loads(line)["number"] for line in lines[1:]]
    assert numbers == list(range(1, second["tried"] + 1))


def test_another_search_does_not_write_over_the_first(trained: Shop, tmp_path: Path) -> None:
    out = tmp_path / "found.toml"
    search(trained, out, "--split", "last:2", "--judges", "100")
    ended = search(trained, out, "--split", "last:1", "--judges", "100")
    assert ended.exit_code == 64
    assert "another search" in json.loads(ended.stdout.splitlines()[-1])["message"]


def test_a_start_that_the_data_cannot_carry_is_an_error(trained: Shop, tmp_path: Path) -> None:
    ended = search(
        trained, tmp_path / "found.toml", "--split", "last:1", settings=("min_item_visitors=100000",)
    )
    assert ended.exit_code == 65
    assert not (tmp_path / "found.toml").exists()


def test_who_judges_has_to_be_named(trained: Shop, tmp_path: Path) -> None:
    assert search(trained, tmp_path / "found.toml").exit_code == 64
