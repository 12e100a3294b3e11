"""The funnel as people and programs read it, from a store on disk."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from recsvc.cli import cli
from recsvc.domain.errors import BadDataError, InputOutputError
from recsvc.domain.events import Event, EventKind, EventLine, QuizStep
from recsvc.stores import open_store

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A store in which two visitors began a quiz and one bought from its result."""
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    lines = (EventLine("soap", 1, 500.0),)
    steps = [
        event("a", EventKind.QUIZ_STARTED, locale="ja"),
        event("a", EventKind.QUESTION_SHOWN, "skin"),
        event("a", EventKind.QUESTION_SKIPPED, "skin", seconds=4),
        event("a", EventKind.QUIZ_COMPLETED, seconds=4),
        event("a", EventKind.RESULT_SHOWN, seconds=4, lines=lines),
        event("b", EventKind.QUIZ_STARTED, locale="en"),
        event("b", EventKind.QUESTION_SHOWN, "skin"),
    ]
    bought = Event(
        event_id="p",
        kind=EventKind.PURCHASE,
        visitor_id="a",
        occurred_at=START + timedelta(hours=1),
        received_at=START,
        lines=lines,
        currency="JPY",
    )
    store.append([*steps, bought]).result()
    store.close()
    return tmp_path


def event(
    visitor_id: str,
    kind: EventKind,
    question: str | None = None,
    *,
    seconds: float = 0,
    lines: tuple[EventLine, ...] = (),
    locale: str | None = None,
) -> Event:
    at = START + timedelta(seconds=seconds)
    step = QuizStep("care", 1, question, session_id=f"s-{visitor_id}", locale=locale)
    name = f"{visitor_id}-{kind}"
    return Event(
        event_id=name,
        kind=kind,
        visitor_id=visitor_id,
        occurred_at=at,
        received_at=at,
        step=step,
        lines=lines,
    )


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["quiz", "funnel", *map(str, arguments)])


def test_table_says_how_far_visitors_came(state: Path) -> None:
    done = run("care", "--state", state)
    assert done.exit_code == 0, done.output
    assert "skin" in done.output
    assert "started 2  →  completed 1 (50%)" in done.output
    assert "bought 1 (100%)  ·  ¥500" in done.output


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_tables_stand_in_columns_on_a_terminal_of_eighty(
    state: Path, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = run("care", "--state", state, "--by", "locale", "--locale", locale).output.splitlines()
    assert max(map(cell_len, said)) <= 80
    word = {"en": "left", "ja": "離脱"}[locale]
    before, _, _ = next(line for line in said if word in line).partition(word)
    edge = cell_len(before + word)
    rows = [line for line in said if line.startswith("skin")]
    assert [row[edge - 2 : edge + 1].strip().isdigit() and row[edge] == " " for row in rows] == [True, True]
    assert {"en": "Counts are sessions", "ja": "件数はセッション数です"}[locale] in "".join(said)


def test_json_is_one_object_a_part_and_a_summary(state: Path) -> None:
    done = run("care", "--state", state, "--by", "locale", "--json")
    *parts, summary = [json.loads(line) for line in done.output.splitlines()]
    assert {part["part"]: part["bought"] for part in parts} == {"ja": 1, "en": 0}
    assert parts[0]["questions"][0]["question"] == "skin"
    assert summary == {"status": "done", "exit": 0, "parts": 2}


def test_quiz_nobody_saw_is_said(state: Path) -> None:
    done = run("other", "--state", state)
    assert isinstance(done.exception, BadDataError)
    assert str(done.exception).endswith(f"published in {state / 'quizzes'}: none.")


def test_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    done = run("care", "--state", tmp_path)
    assert isinstance(done.exception, InputOutputError)
    assert [*tmp_path.iterdir()] == []
