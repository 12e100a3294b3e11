"""`recsvc deliver`: what is due goes out, by the configuration; what is missing is said before."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recsvc.__main__ import run
from recsvc.domain.contacts import Contact
from recsvc.domain.events import Event, EventKind
from recsvc.serving.contact_rows import Bounds, Digests
from recsvc.stores import open_store
from tests.recsvc.destinations.receiver import Answer, Receiver, receiving

CONFIG = """
[[destinations]]
name = "crm"
kind = "webhook"
url = "{url}"
secret_env = "CRM_SECRET"
per_minute = 100000
"""

MAILER = """
public_url = "http://localhost:8000"
[[destinations]]
name = "mailer"
kind = "mailer"
url = "{url}"
secret_env = "CRM_SECRET"
per_minute = 100000
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state in which somebody shares."""
    at = datetime.now(UTC)
    (tmp_path / "state").mkdir()
    store = open_store(f"sqlite:///{tmp_path / 'state' / 'recsvc.sqlite'}")
    event = Event(
        event_id="e1",
        kind=EventKind.CONSENT,
        visitor_id="ada",
        occurred_at=at,
        received_at=at,
        consent={"share": True},
    )
    store.append([event]).result()
    store.close()
    return tmp_path / "state"


def configuration(state: Path, url: str, config: str = CONFIG) -> str:
    path = state.parent / "recsvc.toml"
    path.write_text(config.format(url=url))
    return str(path)


def deliver(
    state: Path, receiver: Receiver, *arguments: str, config: str = CONFIG
) -> tuple[int, dict[str, Any]]:
    """Run the command where its secret is known."""
    named = ("--state", str(state), "--config", configuration(state, receiver.url, config), "--json")
    done = subprocess.run(
        [sys.executable, "-m", "recsvc", "deliver", *named, *arguments],
        env=os.environ | {"CRM_SECRET": "s3cret"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, json.loads(done.stdout.splitlines()[-1])["metrics"]


def test_what_is_due_goes_out_once(state: Path) -> None:
    with receiving(Receiver) as receiver:
        assert deliver(state, receiver)[0] == 0
        code, metrics = deliver(state, receiver)
    assert (code, metrics) == (0, {"looked": 0, "sent": 0, "failed": 0, "dead": 0, "revived": 0})
    assert [request.json["subject"] for request in receiver.requests] == ["ada"]


def test_what_was_given_up_is_tried_again_when_asked(state: Path) -> None:
    with receiving(Receiver) as receiver:
        receiver.answers.append(Answer(422))
        assert deliver(state, receiver)[1]["dead"] == 1
        metrics = deliver(state, receiver, "--revive", "crm")[1]
    assert (metrics["revived"], metrics["sent"]) == (1, 1)


def test_message_that_was_given_up_is_tried_again_when_asked(state: Path) -> None:
    ask_ada(state)
    with receiving(Receiver) as receiver:
        receiver.answers.append(Answer(422))
        mailer = MAILER.format(url=receiver.url)
        assert deliver(state, receiver, config=mailer)[1]["dead"] == 1
        assert deliver(state, receiver, config=mailer)[1]["looked"] == 0
        metrics = deliver(state, receiver, "--revive", "mailer", config=mailer)[1]
    assert (metrics["revived"], metrics["sent"]) == (1, 1)


def ask_ada(state: Path) -> None:
    """Have an address wait for its message."""
    asked_at = datetime.now(UTC).timestamp()
    contact = Contact(
        contact_id="c1",
        visitor_id="ada",
        address="ada@example.com",
        purpose="mail",
        locale="en",
        asked_at=asked_at,
        expires_at=asked_at + 3600,
    )
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.ask_contact(contact, Digests("address", "visitor"), Bounds(1, 1)).result()
    store.close()


def test_messages_to_addresses_go_out_by_the_mailer(state: Path) -> None:
    ask_ada(state)
    with receiving(Receiver) as receiver:
        mailer = MAILER.format(url=receiver.url)
        assert deliver(state, receiver, config=mailer)[1]["sent"] == 1
        assert deliver(state, receiver, config=mailer)[1]["looked"] == 0
    (request,) = receiver.requests
    assert request.json["data"]["address"] == "ada@example.com"
    assert request.json["data"]["link"].startswith("http://localhost:8000/confirm?token=c1.")


def test_a_missing_secret_is_named(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = configuration(state, "http://127.0.0.1:9")
    assert run(["deliver", "--state", str(state), "--config", config]) == 64
    assert "CRM_SECRET" in capsys.readouterr().err


def test_an_unknown_destination_is_refused_with_those_there_are(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configuration(state, "http://127.0.0.1:9")
    assert run(["deliver", "--state", str(state), "--config", config, "--revive", "erp"]) == 64
    assert "there are: crm" in capsys.readouterr().err
