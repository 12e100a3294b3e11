"""`recsvc export slates`: everybody who may get a slate gets one, however often the export was killed."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest

from recsvc.__main__ import run
from recsvc.domain.catalogue import Availability
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.domain.profile import FactValue
from recsvc.files.whole import writing
from recsvc.serving.slate_id import SlateSigner
from recsvc.serving.unsubscribe_token import read_token
from recsvc.stores import open_store
from recsvc.stores.secret import read_or_create_secret
from tests.artifacts import VERSION, item_ids, publish_artifact
from tests.shop import N, item

NAMES = [f"v{number:02d}" for number in range(30)]
SEGMENTS = '[[segments]]\nname = "dry"\nwhen = "skin == \'dry\'"\n'


def happened(event_id: str, visitor_id: str, kind: EventKind, *items: str, **more: Any) -> Event:
    at = datetime.now(UTC)
    lines = tuple(EventLine(one) for one in items)
    return Event(
        event_id=event_id,
        visitor_id=visitor_id,
        kind=kind,
        occurred_at=at,
        received_at=at,
        lines=lines,
        **more,
    )


def tell(state: Path, *events: Event) -> None:
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.append(list(events)).result()
    store.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A shop with a model and thirty visitors: v03 withdrew, v04 granted mail; variants of a group."""
    state = tmp_path / "state"
    publish_artifact(state / "models")
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    variants = {
        number: {
            "item_group_id": "g",
            "availability": Availability.OUT_OF_STOCK if number == 0 else Availability.IN_STOCK,
        }
        for number in (0, 1)
    }
    store.put_items([item(number, **variants.get(number, {})) for number in range(N)]).result()
    store.close()
    bought = [
        happened(name, name, EventKind.PURCHASE, item_ids(N)[3 + number % 9])
        for number, name in enumerate(NAMES)
    ]
    tell(
        state,
        *bought,
        happened("no", "v03", EventKind.CONSENT, consent={"personalise": False}),
        happened("yes", "v04", EventKind.CONSENT, consent={"mail": True}),
    )
    return state


Export = Any


@pytest.fixture
def export(state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Export:
    def call(*arguments: str, out: str = "out", placement: str = "mail") -> tuple[int, dict[str, Any]]:
        command = ["export", "slates", "--placement", placement, "--state", str(state)]
        code = run([*command, "--out", str(tmp_path / out), "--json", *arguments])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return call


def lines(out: Path) -> list[dict[str, Any]]:
    parts = [path.read_text("utf-8").splitlines() for path in sorted(out.glob("*.ndjson"))]
    return [json.loads(line) for part in parts for line in part]


def names(out: Path) -> list[str]:
    return [line["visitor_id"] for line in lines(out)]


def test_everybody_who_may_gets_a_slate_with_reasons_and_cards(
    export: Export, state: Path, tmp_path: Path
) -> None:
    code, summary = export("--locale", "ja")
    assert (code, summary["status"], summary["read"], summary["cursor"]) == (0, "done", 30, "v29")
    assert summary["metrics"] == {"slates": 29, "removed": 0, "no_consent": 1, "empty": 0}
    assert names(tmp_path / "out") == [name for name in NAMES if name != "v03"]
    first = lines(tmp_path / "out")[0]
    facts = SlateSigner(read_or_create_secret(state)).read(first["slate_id"])
    assert (facts.model, facts.placement, facts.profile_revision) == (VERSION, "mail", 1)
    assert {one["card"]["title"][:2] for one in first["items"]} == {"商品"}
    assert all(one["reason"]["text"] for one in first["items"])


def test_a_group_is_answered_with_the_variant_that_can_be_bought(export: Export, tmp_path: Path) -> None:
    export()
    shown = [[one["id"] for one in line["items"]] for line in lines(tmp_path / "out")]
    assert all("item-00" not in slate for slate in shown)
    assert any("item-01" in slate for slate in shown)


def test_parquet_has_a_row_an_item(export: Export, tmp_path: Path) -> None:
    export("--format", "parquet", "--limit", "3")
    frame = pl.read_parquet(tmp_path / "out" / "slates-000001.parquet")
    assert frame.group_by("visitor_id").len()["len"].to_list() == [3] * 29
    assert frame["position"].to_list() == [1, 2, 3] * 29
    assert frame["reason"].null_count() == frame["price"].null_count() == 0


def test_only_who_granted_the_purpose(export: Export, tmp_path: Path) -> None:
    _, summary = export("--purpose", "mail")
    assert names(tmp_path / "out") == ["v04"]
    assert summary["metrics"]["no_consent"] == 29


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_each_has_a_link_that_ends_the_purpose(
    export: Export, state: Path, tmp_path: Path, form: str
) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text('public_url = "https://recommend.example"\n', "utf-8")
    export("--purpose", "mail", "--config", str(config), "--format", form)
    if form == "ndjson":
        link = lines(tmp_path / "out")[0]["unsubscribe"]
    else:
        (link,) = set(pl.read_parquet(tmp_path / "out" / "slates-000001.parquet")["unsubscribe"])
    (token,) = parse_qs(urlsplit(link).query)["token"]
    assert read_token(read_or_create_secret(state), token) == ("v04", "mail")
    export("--config", str(config), "--visitors", str(_named(tmp_path, "v04")), out="all")
    assert "unsubscribe" not in lines(tmp_path / "all")[0]


def _named(directory: Path, *names: str) -> Path:
    path = directory / "names.txt"
    path.write_text("\n".join(names), "utf-8")
    return path


def test_only_who_is_in_the_segment(export: Export, state: Path, tmp_path: Path) -> None:
    said = FactValue(("dry",), datetime.now(UTC).timestamp(), "personalise", source="import")
    for name in ("v03", "v08"):
        tell(state, happened(f"said {name}", name, EventKind.QUESTION_ANSWERED, fact="skin", value=said))
    config = tmp_path / "recsvc.toml"
    config.write_text(SEGMENTS)
    _, summary = export("--segment", "dry", "--config", str(config))
    assert names(tmp_path / "out") == ["v08"]
    assert (summary["metrics"]["not_in_segment"], summary["metrics"]["no_consent"]) == (28, 1)


def test_only_who_is_named_and_each_person_once(export: Export, state: Path, tmp_path: Path) -> None:
    joined = happened(
        "join", "v05", EventKind.IDENTIFY, identities=(Identity(IdentityKind.LOYALTY_CARD, "5"),)
    )
    tell(state, joined)
    listed = tmp_path / "list.csv"
    listed.write_text("visitor_id\nv07\nv05\n\ncard:5\nv07\nnobody\n", "utf-8")
    _, summary = export("--visitors", str(listed))
    assert names(tmp_path / "out") == ["card:5", "v07"]
    assert summary["metrics"]["unknown"] == 1


def test_one_who_withdraws_loses_the_slate_that_is_there(export: Export, state: Path, tmp_path: Path) -> None:
    export()
    tell(state, happened("late", "v10", EventKind.CONSENT, consent={"personalise": False}))
    code, summary = export()
    assert (code, summary["metrics"]) == (0, {"slates": 0, "removed": 1})
    assert names(tmp_path / "out") == [name for name in NAMES if name not in {"v03", "v10"}]


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_killed_again_and_again_nobody_is_twice_or_missing(state: Path, tmp_path: Path, form: str) -> None:
    """Killed at the rename of every part, the last moment at which anything could be half there."""
    program = (
        "import os, signal, sys\n"
        "from recsvc.__main__ import run\n"
        "from recsvc.files import exported_slates\n"
        "exported_slates.PART_VISITORS = 7\n"
        "renames = 0\n"
        "def kill(event, arguments):\n"
        "    global renames\n"
        "    if event == 'os.rename' and 'slates-' in str(arguments[0]):\n"
        "        renames += 1\n"
        "        if renames == 2:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(kill)\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    out = tmp_path / "out"
    command = ["export", "slates", "--placement", "mail", "--state", str(state), "--out", str(out)]
    kills = 0
    while (
        subprocess.run(
            [sys.executable, "-c", program, *command, "--format", form], check=False, timeout=60
        ).returncode
        == -signal.SIGKILL
    ):
        kills += 1
        assert len(list(out.glob(f"*.{form}"))) == kills
    assert kills == 4
    found = names(out) if form == "ndjson" else _of_parquet(out)
    assert found == [name for name in NAMES if name != "v03"]
    assert sorted(path.name for path in out.iterdir() if path.name.startswith(".")) == [".lock"]


def _of_parquet(out: Path) -> list[str]:
    frames = [pl.read_parquet(path) for path in sorted(out.glob("*.parquet"))]
    return [name for frame in frames for name in frame["visitor_id"].unique(maintain_order=True).to_list()]


def test_another_mailing_does_not_go_on_in_the_directory(export: Export, tmp_path: Path) -> None:
    export()
    before = names(tmp_path / "out")
    assert export("--limit", "2")[0] == 64
    assert export(placement="line")[0] == 64
    assert names(tmp_path / "out") == before


def test_after_begins_behind_a_visitor(export: Export, tmp_path: Path) -> None:
    export("--after", "v27")
    assert names(tmp_path / "out") == ["v28", "v29"]


def test_segment_that_the_configuration_lacks_is_refused(export: Export) -> None:
    assert export("--segment", "nobody")[0] == 64


@pytest.mark.parametrize("placement", ["nowhere", "similar", "till", "home"])
def test_placement_that_needs_a_page_or_is_not_discreet_is_refused(export: Export, placement: str) -> None:
    assert export(placement=placement)[0] == 64


def test_shop_without_a_model_is_told_to_train(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    store.close()
    command = ["export", "slates", "--placement", "mail", "--out", str(tmp_path / "out")]
    assert run([*command, "--state", str(tmp_path)]) == 64


def test_directory_in_use_ends_with_75(export: Export, tmp_path: Path) -> None:
    with writing(tmp_path / "out"):
        assert export()[0] == 75
