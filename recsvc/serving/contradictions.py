"""Contradictions: an event that says something else than the one of its id in the log."""

from recsvc.domain.events import Event, EventLine


def contradicted(event: Event, logged: Event) -> str | None:
    """Name the first column of the events file in which they differ; None where they say the same.

    A time that the event does not name, and so is that of its arrival, contradicts nothing.
    """
    was, now = sorted(map(_line, logged.lines)), sorted(map(_line, event.lines))
    same = {
        "visitor_id": event.visitor_id == logged.visitor_id,
        "kind": event.kind == logged.kind,
        "occurred_at": event.occurred_at in {logged.occurred_at, event.received_at},
        "item_id": [item_id for item_id, *_ in now] == [item_id for item_id, *_ in was],
        "quantity": [line[:2] for line in now] == [line[:2] for line in was],
        "price": now == was,
    }
    return next((column for column, is_so in same.items() if not is_so), None)


def _line(line: EventLine) -> tuple[str, float, float]:
    return line.item_id, line.quantity, -1.0 if line.price is None else line.price
