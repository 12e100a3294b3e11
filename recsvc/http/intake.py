"""Intake: what every route that takes in events does with what it read, and the verdicts it answers."""

from collections.abc import Sequence

from recsvc.domain.events import Event
from recsvc.http.payloads import EventResult
from recsvc.serving.adapted import Ignored
from recsvc.serving.ingest import Ingest, Rejection

NATIVE = "/events/{}"
"""How ingest points at the events of a batch."""


async def judge(
    ingest: Ingest,
    outcomes: Sequence[Event | Rejection | Ignored],
    *,
    pointers: Sequence[str],
    opted_out: bool,
) -> list[EventResult]:
    """Verdicts in order; a browser that opts out everywhere is heard before anything is kept.

    Args:
        ingest: takes what is left.
        outcomes: what was read of the body, one a message.
        pointers: where each stood in the body, aligned with the outcomes.
        opted_out: the browser sent `Sec-GPC: 1`; events that name their own consent are taken all the same.
    """
    results: dict[int, EventResult] = {}
    taken: list[int] = []
    events: list[Event | Rejection] = []
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Ignored):
            results[index] = EventResult(index, outcome.event_id, "ignored", outcome.code)
        elif opted_out and isinstance(outcome, Event) and not outcome.consent:
            results[index] = EventResult(index, outcome.event_id, "ignored", "no_consent")
        else:
            taken.append(index)
            events.append(outcome)
    for index, one in zip(taken, await ingest.take(events), strict=True):
        pointer = _moved(one.pointer, one.index, pointers[index])
        results[index] = EventResult(index, one.event_id, one.verdict, one.code, pointer)
    return [results[index] for index in range(len(outcomes))]


def _moved(pointer: str | None, place: int, base: str) -> str | None:
    """A pointer of ingest, which counts what it was given, as one into the body."""
    own = NATIVE.format(place)
    if pointer is None or not pointer.startswith(own):
        return pointer
    return base + pointer.removeprefix(own)
