"""Intake: what every route that takes in events does with what it read, and the verdicts it answers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC
from typing import NamedTuple, TypeVar

import msgspec

from recsvc.domain.events import Event, EventKind
from recsvc.domain.identity import ANONYMOUS
from recsvc.domain.purposes import PERSONALISE
from recsvc.http.access import Caller
from recsvc.http.event_payloads import EventResult
from recsvc.http.faults import FaultyRequestError
from recsvc.http.metrics import Metrics
from recsvc.http.wire import read
from recsvc.serving.adapted import NOT_VOUCHED, Adapted, Ignored, Stitch
from recsvc.serving.ingest import Ingest, Rejection
from recsvc.serving.pace import breathe
from recsvc.serving.ports import Clock

T = TypeVar("T")
Outcome = Event | Rejection | Ignored

NATIVE = "/events/{}"
"""How ingest points at the events of a batch."""


class Taken(NamedTuple):
    """One message of a body."""

    pointer: str  # to it within the body
    adapted: Adapted


def adapt_each(
    raws: Sequence[msgspec.Raw],
    wanted: type[T],
    base: str,
    most_bytes: int,
    adapt: Callable[[T, str, bytes], Adapted],
) -> Iterator[Taken]:
    """Decode and adapt messages one by one: a bad one does not spoil the others.

    Args:
        raws: the messages, undecoded.
        wanted: what each must be.
        base: pointer to their list.
        most_bytes: that one may have.
        adapt: makes an event of a decoded message, its pointer and its bytes.
    """
    for index, raw in enumerate(raws):
        pointer, content = f"{base}/{index}", bytes(raw)
        if len(content) > most_bytes:
            yield Taken(pointer, Adapted(Rejection(None, "too_large", pointer)))
            continue
        try:
            yield Taken(pointer, adapt(read(content, wanted, pointer), pointer, content))
        except FaultyRequestError as error:
            fault = error.fault
            yield Taken(pointer, Adapted(Rejection(None, fault.code, fault.pointer or pointer)))


async def take(
    caller: Caller, taken: Iterable[Taken], ingest: Ingest, clock: Clock, metrics: Metrics, *, opted_out: bool
) -> list[EventResult]:
    """Verdicts of foreign messages, each after what it says of who is one person.

    Only who vouches for visitors is heard about that: in a browser anybody may claim any id.
    """
    received = clock().astimezone(UTC)
    outcomes: list[Outcome] = []
    pointers: list[str] = []
    places: list[int] = []
    for number, one in enumerate(taken):
        await breathe(number)
        stitch, outcome = one.adapted.stitch, one.adapted.outcome
        if caller.vouches and stitch is not None:
            outcomes.append(stitch.event(received))
            pointers.append(one.pointer)
            if outcome == Ignored(stitch.event_id, NOT_VOUCHED):
                places.append(len(outcomes) - 1)  # that is all it says
                continue
        elif isinstance(outcome, Event) and not caller.vouches:
            outcome = _of_a_browser(outcome, stitch, one.pointer)
        places.append(len(outcomes))
        outcomes.append(outcome)
        pointers.append(one.pointer)
    verdicts = await judge(ingest, outcomes, pointers=pointers, vouched=caller.vouches, opted_out=opted_out)
    results = [msgspec.structs.replace(verdicts[place], index=index) for index, place in enumerate(places)]
    metrics.events(result.verdict for result in results)
    return results


def _of_a_browser(event: Event, stitch: Stitch | None, pointer: str) -> Event | Rejection:
    """The event of the browser itself, for nobody vouches for the customer that it names."""
    if event.visitor_id.startswith(ANONYMOUS):
        return event
    if stitch is None or stitch.anonymous is None:
        return Rejection(event.event_id, "not_allowed", pointer)
    return msgspec.structs.replace(event, visitor_id=stitch.anonymous)


async def judge(
    ingest: Ingest,
    outcomes: Sequence[Outcome],
    *,
    pointers: Sequence[str],
    vouched: bool,
    opted_out: bool,
) -> list[EventResult]:
    """Verdicts in order; a browser that opts out everywhere is heard before anything is kept.

    Args:
        ingest: takes what is left.
        outcomes: what was read of the body, one a message.
        pointers: where each stood in the body, aligned with the outcomes.
        vouched: whether the sender vouches for the visitors.
        opted_out: the browser sent `Sec-GPC: 1`; events that name their own consent are taken all the same.
    """
    results: dict[int, EventResult] = {}
    taken: list[int] = []
    events: list[Event | Rejection] = []
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Ignored):
            results[index] = EventResult(index, outcome.event_id, "ignored", outcome.code)
        elif opted_out and isinstance(outcome, Event) and not _speaks_of_consent(outcome):
            results[index] = EventResult(index, outcome.event_id, "ignored", "no_consent")
        else:
            taken.append(index)
            events.append(outcome)
    for index, one in zip(taken, await ingest.take(events, vouched=vouched), strict=True):
        pointer = _moved(one.pointer, one.index, pointers[index])
        results[index] = EventResult(index, one.event_id, one.verdict, one.code, pointer)
    return [results[index] for index in range(len(outcomes))]


def _speaks_of_consent(event: Event) -> bool:
    return event.kind is EventKind.CONSENT or PERSONALISE in (event.consent or {})


def _moved(pointer: str | None, place: int, base: str) -> str | None:
    """A pointer of ingest, which counts what it was given, as one into the body."""
    own = NATIVE.format(place)
    if pointer is None or not pointer.startswith(own):
        return pointer
    return base + pointer.removeprefix(own)
