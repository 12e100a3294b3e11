"""Durable ingest, single events and profile reads, each beside what the machine and the engine can do bare.

    python benchmarks/bench_ingest.py [--database postgresql://USER@HOST/DATABASE] [--events 60000] [--json]

Without --database it runs on SQLite in a directory of its own, with it on an empty, migrated PostgreSQL.
Every event is acknowledged after its commit: event log, profile and all that follows from them. The baselines
of the same run: the engine's own bulk insert of the same rows into a bare table in one transaction, a bare
fdatasync of 4 KiB, second by second in turn with the single events, and the engine's shortest query. The file
that is synced is in .bench: a PostgreSQL server has to have its own on the same file system.
"""

import argparse
import gc
import json
import math
import os
import platform
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.stores import open_store
from recsvc.stores.bodies import event_row
from recsvc.stores.schema import events as log
from recsvc.stores.sql import SqlStore
from recsvc.stores.statements import Insertion
from recsvc.worker import SWITCH_S, YOUNG

CACHE = Path(__file__).parent.parent / ".bench"
BATCH, IN_FLIGHT, VISITORS, ITEMS = 100, 8, 20_000, 5_000
KINDS = (EventKind.VIEW, EventKind.VIEW, EventKind.CLICK, EventKind.ADD_TO_CART, EventKind.PURCHASE)
RATE, SECONDS, READS = 500, 8, 3_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", help="URL of an empty, migrated store")
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    sys.setswitchinterval(SWITCH_S)  # as in the service, like this:
    gc.set_threshold(YOUNG)
    CACHE.mkdir(exist_ok=True)  # on a disk; the machine's own place for such files may be in memory
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        store = open_store(arguments.database or f"sqlite:///{directory}/recsvc.sqlite")
        found = measure(store, arguments.events, Path(directory))
        store.close()
    report(found, arguments)


def measure(store: SqlStore, n: int, directory: Path) -> dict[str, float]:
    """Every figure; rates a second, times in milliseconds."""
    made = list(events(n))
    gc.collect()
    gc.freeze()  # as in the service: what is here now need not be looked through again and again
    bulk = bulk_rate(store, made)
    ingest = ingest_rate(store, made)
    sync, single = side_by_side(store, directory / "synced")
    read = timed(lambda number: store.read_visitor(f"v{number % VISITORS}"))
    bare = timed(lambda _: store.check())
    return {
        "bulk insert, rows/s": bulk,
        "durable ingest, batches of 100, events/s": ingest,
        "ingest / bulk insert": ingest / bulk,
        "fdatasync p50, ms": at(sync, 0.5),
        "fdatasync p99, ms": at(sync, 0.99),
        f"single events at {RATE}/s p50, ms": at(single, 0.5),
        f"single events at {RATE}/s p99, ms": at(single, 0.99),
        "p99 single / p99 fdatasync": at(single, 0.99) / at(sync, 0.99),
        "profile read p50, ms": at(read, 0.5),
        "profile read p99, ms": at(read, 0.99),
        "shortest query p50, ms": at(bare, 0.5),
    }


def events(n: int, prefix: str = "e") -> Iterator[Event]:
    """Seeded events of a shop: some visitors come often, some items are seen often."""
    rng = random.Random(7)  # noqa: S311
    now = datetime.now(UTC)
    for number in range(n):
        yield Event(
            event_id=f"{prefix}{number:08d}-{rng.getrandbits(48):012x}",
            kind=rng.choice(KINDS),
            visitor_id=f"v{int(VISITORS * rng.random() ** 2)}",
            occurred_at=now + timedelta(milliseconds=number),
            received_at=now,
            lines=(EventLine(f"item-{int(ITEMS * rng.random() ** 2):05d}", 1.0, 9.9),),
            source="web",
        )


def bulk_rate(store: SqlStore, made: list[Event]) -> float:
    """Rows a second of the engine's own insert: the same rows, no index, one transaction."""
    bare = log.to_metadata(sa.MetaData(), name="bare_rows")
    bare.indexes.clear()
    bare.primary_key.name = None
    rows = [event_row(event) for event in made]
    insertion = Insertion(bare, without=("seq",))

    def write(connection: Any) -> None:
        bare.create(connection)
        for start in range(0, len(rows), 5_000):
            insertion.run(connection, rows[start : start + 5_000])

    begun = time.perf_counter()
    store._writer.submit(write).result()  # noqa: SLF001
    rate = len(rows) / (time.perf_counter() - begun)
    store._writer.submit(bare.drop).result()  # noqa: SLF001
    return rate


def ingest_rate(store: SqlStore, made: list[Event]) -> float:
    """Events a second with a few batches in flight, as a server has them."""
    begun = time.perf_counter()
    waiting: list[Future[list[bool]]] = []
    for start in range(0, len(made), BATCH):
        if len(waiting) == IN_FLIGHT:
            waiting.pop(0).result()
        waiting.append(store.append(made[start : start + BATCH]))
    for future in waiting:
        future.result()
    return len(made) / (time.perf_counter() - begun)


def side_by_side(store: SqlStore, path: Path) -> tuple[list[float], list[float]]:
    """Sorted milliseconds of bare syncs and of single events, a second each in turn: the disk is the same."""
    sync: list[float] = []
    single: list[float] = []
    made = list(events(RATE * SECONDS, "single"))
    for start in range(0, len(made), RATE):
        sync += fdatasyncs(path)
        single += singles(store, made[start : start + RATE])
    return sorted(sync), sorted(single)


def singles(store: SqlStore, made: list[Event]) -> list[float]:
    """Milliseconds from the moment each event was due, which a stall does not hide, to its commit."""
    taken: list[float] = []
    done = threading.Semaphore(0)
    start = time.perf_counter()
    for number, event in enumerate(made):
        due = start + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))

        def finish(future: Future[list[bool]], due: float = due) -> None:
            refused = future.exception() is not None  # the queue is full: it never came to an end
            taken.append(math.inf if refused else (time.perf_counter() - due) * 1e3)
            done.release()

        store.append([event]).add_done_callback(finish)
    for _ in made:
        done.acquire()
    return taken


def fdatasyncs(path: Path) -> list[float]:
    """Milliseconds of bare synced writes at the same pace."""
    taken = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for _ in range(RATE):
        os.write(descriptor, bytes(4096))
        begun = time.perf_counter()
        os.fdatasync(descriptor)
        taken.append((time.perf_counter() - begun) * 1e3)
        time.sleep(1 / RATE)
    os.close(descriptor)
    return taken


def timed(read: Callable[[int], object]) -> list[float]:
    """Sorted milliseconds of reads, one after the other."""
    taken = []
    for number in range(READS):
        begun = time.perf_counter()
        read(number)
        taken.append((time.perf_counter() - begun) * 1e3)
    return sorted(taken)


def at(ordered: list[float], share: float) -> float:
    """The value below which a share lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def report(found: dict[str, float], arguments: argparse.Namespace) -> None:
    """A table for people or JSON for files."""
    engine = "PostgreSQL" if arguments.database else "SQLite"
    if arguments.json:
        print(json.dumps({"machine": platform.platform(), "engine": engine, "figures": found}))
        return
    print(f"{engine}, {arguments.events:,} events, {os.cpu_count()} cores, {platform.platform()}")
    for name, value in found.items():
        print(f"{name:<46} {value:>12,.3f}")


if __name__ == "__main__":
    main()
