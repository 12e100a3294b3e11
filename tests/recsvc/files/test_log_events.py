from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.files import facts
from recsvc.files.delimited import LINE
from recsvc.files.events import FILE, PLACED
from recsvc.files.log_events import count_answers, count_events, to_answers, to_events

NOW = datetime(2026, 1, 1, tzinfo=UTC)
THEN = datetime(2025, 1, 1, 12, 30, 15, 250, tzinfo=UTC)


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {"visitor_id": "v", "item_id": "i", "kind": "purchase", "quantity": 1.0}
    placed = [defaults | row | {FILE: "e.csv", LINE: line} for line, row in enumerate(rows, 2)]
    return pl.DataFrame(placed, schema=PLACED)


def events_of(rows: pl.DataFrame, received_at: datetime) -> list[Event]:
    return [one.event for one in to_events(rows, received_at)]


def ids(events: list[Event]) -> list[str]:
    return [event.event_id for event in events]


def test_lines_of_one_order_become_one_event() -> None:
    order = {"order_id": "o", "store_id": "s", "occurred_at": THEN, "currency": "JPY", "channel": "store"}
    rows = frame(
        {"item_id": "a", "price": 2.0, **order}, {"item_id": "b", "quantity": 3.0, **order}, {"order_id": "p"}
    )
    other, event = sorted(events_of(rows, NOW), key=lambda one: len(one.lines))
    assert event.lines == (EventLine("a", 1.0, 2.0), EventLine("b", 3.0, None))
    assert (event.order_id, event.store_id, event.currency, event.channel) == ("o", "s", "JPY", "store")
    assert (event.occurred_at, event.received_at, event.source) == (THEN, NOW, "import")
    assert (other.order_id, other.occurred_at) == ("p", NOW)
    assert count_events(rows) == 2


def test_an_event_keeps_the_id_it_brings() -> None:
    events = events_of(frame({"event_id": "e1", "order_id": "o"}, {"event_id": "e2", "order_id": "o"}), NOW)
    assert ids(events) == ["e1", "e2"]


def test_equal_rows_are_told_apart_and_a_second_import_meets_their_ids_again() -> None:
    rows = frame({"occurred_at": THEN}, {"occurred_at": THEN}, {}, {"item_id": "j"})
    first = ids(events_of(rows, NOW))
    assert len(set(first)) == 4
    assert ids(events_of(rows, NOW + timedelta(days=1))) == first


def test_an_event_says_where_its_first_row_stands() -> None:
    rows = frame({"order_id": "o", "visitor_id": "w"}, {}, {"order_id": "o", "visitor_id": "w"})
    assert [(one.event.visitor_id, one.file, one.line) for one in to_events(rows, NOW)] == [
        ("w", "e.csv", 2),
        ("v", "e.csv", 3),
    ]


def test_a_kind_without_products_has_no_lines() -> None:
    (event,) = events_of(frame({"kind": "search", "item_id": None}), NOW)
    assert (event.kind, event.lines) == (EventKind.SEARCH, ())


def test_events_come_visitor_by_visitor_in_the_order_of_time() -> None:
    rows = frame(
        *(
            {"visitor_id": visitor, "occurred_at": THEN + timedelta(days=day), "order_id": f"{visitor}{day}"}
            for day in (3, 1, 2)
            for visitor in "ba"
        )
    )
    assert [event.order_id for event in events_of(rows, NOW)] == ["a1", "a2", "a3", "b1", "b2", "b3"]


@settings(max_examples=40)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "visitor_id": st.sampled_from("vw"),
                "item_id": st.sampled_from("ijk"),
                "order_id": st.none() | st.sampled_from("op"),
                "event_id": st.none() | st.uuids().map(str),
                "occurred_at": st.none() | st.just(THEN),
            }
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_line_is_lost_and_no_id_comes_twice(rows: list[dict[str, Any]]) -> None:
    events = events_of(frame(*rows), NOW)
    assert sum(len(event.lines) for event in events) == len(rows)
    assert len(set(ids(events))) == len(events) == count_events(frame(*rows))


def test_values_told_at_one_time_become_one_answer() -> None:
    rows = pl.DataFrame(
        [
            {"visitor_id": "v", "fact": "likes", "value": "tea", "answered_at": THEN, "purpose": "quiz"},
            {"visitor_id": "v", "fact": "likes", "value": "milk", "answered_at": THEN, "purpose": "quiz"},
            {"visitor_id": "v", "fact": "age", "number": 30.0, "expires_at": NOW},
        ],
        schema=facts.SCHEMA,
    )
    age, likes = to_answers(rows, NOW)
    assert likes.value is not None
    assert age.value is not None
    assert (likes.kind, likes.fact, likes.occurred_at) == (EventKind.QUESTION_ANSWERED, "likes", THEN)
    assert (likes.value.values, likes.value.purpose, likes.value.source) == (
        ("milk", "tea"),
        "quiz",
        "import",
    )
    assert (age.value.values, age.value.answered_at, age.value.expires_at) == (
        30.0,
        NOW.timestamp(),
        NOW.timestamp(),
    )
    assert count_answers(rows) == 2
    assert ids(list(to_answers(rows, NOW + timedelta(days=1)))) == [age.event_id, likes.event_id]
