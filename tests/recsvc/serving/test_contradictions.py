from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.serving.contradictions import contradicted

THEN = datetime(2026, 4, 1, tzinfo=UTC)
LOGGED = Event(
    event_id="e1",
    kind=EventKind.PURCHASE,
    visitor_id="v",
    occurred_at=THEN,
    received_at=THEN + timedelta(days=1),
    lines=(EventLine("tea", 2.0, 4.5), EventLine("pot")),
    order_id="o1",
)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({}, None),
        ({"received_at": THEN + timedelta(days=9)}, None),
        ({"lines": (EventLine("pot"), EventLine("tea", 2.0, 4.5))}, None),
        ({"occurred_at": THEN + timedelta(days=9), "received_at": THEN + timedelta(days=9)}, None),
        ({"visitor_id": "w"}, "visitor_id"),
        ({"kind": EventKind.RETURN}, "kind"),
        ({"occurred_at": THEN + timedelta(hours=9)}, "occurred_at"),
        ({"lines": (EventLine("tea", 2.0, 4.5), EventLine("cup"))}, "item_id"),
        ({"lines": (EventLine("tea", 2.0, 4.5),)}, "item_id"),
        ({"lines": (EventLine("tea", 3.0, 4.5), EventLine("pot"))}, "quantity"),
        ({"lines": (EventLine("tea", 2.0, None), EventLine("pot"))}, "price"),
    ],
)
def test_first_column_that_differs_is_named(change: dict[str, Any], column: str | None) -> None:
    assert contradicted(msgspec.structs.replace(LOGGED, **change), LOGGED) == column
