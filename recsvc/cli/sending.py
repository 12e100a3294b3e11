"""Sending: what files became goes to the store batch by batch, while the next batches are made."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from recsvc.serving.contradictions import contradicted

BATCH: Final = 2_000
ITEMS: Final = 500
"""Items of a batch: a worker follows each in one step, for which requests wait (some 20 ms)."""
IN_FLIGHT: Final = 4
"""Batches that wait for the store while the next ones are made."""

Kind = TypeVar("Kind")


class Sent(NamedTuple):
    """A batch on its way: how many things, and what waits for the store and says how many were new."""

    size: int
    taken: Callable[[], int]


class Load(NamedTuple):
    """What files became: how many things, and how they go to a store."""

    total: int
    send: Callable[[Any], Iterator[Sent]]


def append_placed(store: Any, made: Iterable[Any], rejects: Any) -> Iterator[Sent]:
    """Append events; those that say something else than the log are rejected.

    Args:
        store: takes them.
        made: as files.log_events.to_events answers them.
        rejects: a files.rejects.Rejects.
    """
    for batch in _batches(made):
        future = store.append([one.event for one in batch])
        yield Sent(len(batch), partial(_new_or_rejected, store, batch, future, rejects))


def append(store: Any, made: Iterable[Any]) -> Iterator[Sent]:
    """Append events whose ids are made of all that they say."""
    for batch in _batches(made):
        yield Sent(len(batch), partial(_new, store.append(batch)))


def put(store: Any, made: Iterable[Any]) -> Iterator[Sent]:
    """Put items; all of them count as new."""
    for batch in _batches(made, ITEMS):
        yield Sent(len(batch), partial(_all, len(batch), store.put_items(batch)))


def in_flight(sent: Iterator[Sent]) -> Iterator[Sent]:
    """Hand on what was sent some batches ago, so that making and storing overlap."""
    waiting: deque[Sent] = deque()
    for one in sent:
        waiting.append(one)
        if len(waiting) > IN_FLIGHT:
            yield waiting.popleft()
    yield from waiting


def _batches(made: Iterable[Kind], size: int = BATCH) -> Iterator[list[Kind]]:
    rest = iter(made)
    while batch := list(islice(rest, size)):
        yield batch


def _new(future: Future[list[bool]]) -> int:
    return sum(future.result())


def _all(size: int, future: Future[int]) -> int:
    future.result()
    return size


def _new_or_rejected(store: Any, batch: list[Any], future: Future[list[bool]], rejects: Any) -> int:
    flags = future.result()
    again = [one for one, is_new in zip(batch, flags, strict=True) if not is_new]
    logged = {event.event_id: event for event in store.logged([one.event.event_id for one in again])}
    different: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for event, file, line in again:
        column = contradicted(event, logged.get(event.event_id, event))
        if column is not None:
            different[file, column].append(line)
    for (file, column), lines in different.items():
        rejects.add_lines(file, lines, "conflicting_line", column)
    return sum(flags)
