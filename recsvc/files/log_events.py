"""Rows of events and facts files made into events of the log, with ids that a second import meets again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import polars as pl

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.profile import FactValue
from recsvc.files.delimited import LINE
from recsvc.files.events import FILE

SOURCE: Final = "import"
IMPORTED_PURPOSE: Final = "import"
"""Purpose of facts whose file names none."""

_CHUNK_ROWS: Final = 20_000
_ORDER: Final = ("visitor_id", "kind", "order_id", "store_id", "occurred_at")
_HEAD: Final = (*_ORDER, "currency", "channel")
_LINE: Final = ("item_id", "quantity", "price")
_LINES: Final = slice(-3, None)
_PLACE: Final = (FILE, LINE)
_ALONE: Final = pl.col("event_id").is_not_null() | pl.col("order_id").is_null()
_AT: Final = pl.col("occurred_at").dt.epoch("us")
_ANSWER: Final = ("visitor_id", "fact", "answered_at")
_KINDS: Final = {kind.value: kind for kind in EventKind}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Placed(NamedTuple):
    """An event, and where its first row stands."""

    event: Event
    file: str
    line: int


def count_events(frame: pl.DataFrame) -> int:
    """How many events to_events makes of a frame."""
    return frame.filter(_ALONE).height + frame.filter(~_ALONE).select(_ORDER).n_unique()


def to_events(frame: pl.DataFrame, received_at: datetime) -> Iterator[Placed]:
    """Make events of rows of events files: orders, then the rest, by visitor and time.

    One visitor's events come together because a batch then touches few profiles. Rows of one order (same
    visitor, kind, order_id, store_id and time) become one event. An event that brings no id gets one made
    of its content, and equal rows are told apart by counting, so that importing a file twice adds nothing.

    Args:
        frame: columns of events.PLACED.
        received_at: aware UTC; also when an event without a time is taken to have happened.
    """
    for row in _tuples(_orders(frame)):
        yield _placed(row, tuple(map(EventLine, *row[_LINES])), received_at)
    for row in _tuples(_singles(frame)):
        yield _placed(row, () if row[-3] is None else (EventLine(*row[_LINES]),), received_at)


def count_answers(frame: pl.DataFrame) -> int:
    """How many events to_answers makes of a frame."""
    return frame.select(_ANSWER).n_unique()


def to_answers(frame: pl.DataFrame, received_at: datetime) -> Iterator[Event]:
    """Make one event for each fact that a visitor told at one time, of a frame as read_facts answers it."""
    answers = (
        frame.lazy()
        .group_by(_ANSWER, maintain_order=True)
        .agg("value", "number", pl.col("expires_at").last(), pl.col("purpose").last())
        .sort("visitor_id", "answered_at", nulls_last=False, maintain_order=True)
        .collect()
    )
    for row in answers.iter_rows(named=True):
        yield _answer(row, received_at)


def _orders(frame: pl.DataFrame) -> pl.DataFrame:
    """One row an order, its lines as lists; the id is made of what makes it one order."""
    return (
        frame.lazy()
        .filter(~_ALONE)
        .group_by(_ORDER, maintain_order=True)
        .agg(pl.col(*_PLACE, "currency", "channel").first(), *_LINE)
        .select(*_PLACE, pl.lit(None).alias("event_id"), _content(_ORDER).alias("made"), *_HEAD, *_LINE)
        .sort("visitor_id", "occurred_at", maintain_order=True)
        .collect()
    )


def _singles(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that are events of their own; an id is made of the content and of how often it came before."""
    content = _content((*_HEAD, *_LINE))
    return (
        frame.lazy()
        .filter(_ALONE)
        .with_columns(pl.when(pl.col("event_id").is_null()).then(content).alias("made"))
        .with_columns(pl.concat_str("made", pl.int_range(pl.len()).over("made"), separator="#"))
        .select(*_PLACE, "event_id", "made", *_HEAD, *_LINE)
        .sort("visitor_id", "occurred_at", maintain_order=True)
        .collect()
    )


def _tuples(events: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Rows as tuples, times as microseconds: making Python's datetimes here is four times as fast."""
    for chunk in events.with_columns(_AT).iter_slices(_CHUNK_ROWS):
        yield from chunk.rows()


def _content(names: tuple[str, ...]) -> pl.Expr:
    return pl.struct(_AT if name == "occurred_at" else name for name in names).struct.json_encode()


def _placed(row: tuple[Any, ...], lines: tuple[EventLine, ...], received_at: datetime) -> Placed:
    file, line, event_id, made, visitor_id, kind, order_id, store_id, at, currency, channel, *_ = row
    event = Event(
        event_id=event_id or _digest(made),
        kind=_KINDS[kind],
        visitor_id=visitor_id,
        occurred_at=received_at if at is None else _EPOCH + timedelta(microseconds=at),
        received_at=received_at,
        lines=lines,
        currency=currency,
        order_id=order_id,
        channel=channel,
        store_id=store_id,
        source=SOURCE,
    )
    return Placed(event, file, line)


def _digest(content: str) -> str:
    return "import:" + blake2b(content.encode(), digest_size=16).hexdigest()


def _answer(row: dict[str, Any], received_at: datetime) -> Event:
    numbers = [number for number in row["number"] if number is not None]
    values = tuple(sorted(value for value in row["value"] if value is not None))
    said = values or numbers[-1]
    answered_at = (row["answered_at"] or received_at).astimezone(UTC)
    expires_at: datetime | None = row["expires_at"]
    return Event(
        event_id=_digest(repr((row["visitor_id"], row["fact"], str(row["answered_at"]), said))),
        kind=EventKind.QUESTION_ANSWERED,
        visitor_id=row["visitor_id"],
        occurred_at=answered_at,
        received_at=received_at,
        source=SOURCE,
        fact=row["fact"],
        value=FactValue(
            values=said,
            answered_at=answered_at.timestamp(),
            purpose=row["purpose"] or IMPORTED_PURPOSE,
            expires_at=expires_at.timestamp() if expires_at else None,
            source=SOURCE,
        ),
    )
