"""Slate throughput as a ratio to a constant answer under the same server in the same run.

    python benchmarks/bench_slate.py [--items 20000] [--visitors 5000] [--seconds 8] [--state DIR] [--json]

Starts `recsvc serve` on a state directory of its own: a seeded model, a catalogue and visitors with twenty
purchases each; and in another process a bare Litestar GET without middleware that answers as many bytes.
Either has the first core, load comes from wrk (Debian package `wrk`) on the second, over loopback, without
keys. Printed: requests per second and latency of each case beside that constant with as many connections; the
seconds from start to ready, what the worker holds beside the files that it maps, and how much of the best
dozen of a pass over all items the index finds. A million items take 600 MB of disk and minutes to fill:
`--state` keeps them for the next run.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.constant_app import constant
from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.model import artifact, versions
from recsvc.model.artifact import Artifact
from recsvc.model.known import History
from recsvc.model.prior import NO_ANSWERS
from recsvc.model.scoring import build_query, score, top
from recsvc.model.shortlist import shortlists
from recsvc.stores import open_store
from tests.artifacts import NOW, arrays_of, item_ids, make_artifact
from tests.journeys.servers import Server, serve
from training import item_index
from training.cases import Case
from training.config import TrainingConfig

T = TypeVar("T")
FACTORS, RESIDUAL, PER_VISITOR = 64, 16, 20
PORTION, JUDGES, FEW_KINDS = 20_000, 100, 4
SLATE = "/v1/slates/home?limit=12"
VISITOR_LUA = """
local n, visitors = 0, {visitors}
request = function()
  n = n + 1
  local visitor = "id=v" .. ({first} + (n * 7919) % visitors)
  return wrk.format("GET", "{path}", {{["Recsvc-Visitor"] = visitor}})
end
"""
PAGE_LUA = """
local n, visitors = 0, {visitors}
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
request = function()
  n = n + 1
  local visitor = '{{"visitor": {{"id": "v' .. ((n * 7919) % visitors) .. '"}}, "placements": '
  return wrk.format("POST", "/v1/slates", nil, visitor .. '[{placements}]}}')
end
"""
PLACEMENTS = ("home", "because-you-bought", "recently-viewed", "buy-again")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--visitors", type=int, default=5_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--state", type=Path, help="directory to keep, filled where it is empty")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; on Debian: apt-get install wrk")
    with tempfile.TemporaryDirectory() as directory:
        state = arguments.state or Path(directory)
        recall = recall_of(filled(state, arguments.items, arguments.visitors))
        start = time.perf_counter()
        with on_core(0, lambda: serve(state)) as server:
            found = {"ready_s": round(time.perf_counter() - start, 1), "recall": recall} | held(server)
            rows = measure(server, arguments.visitors, arguments.seconds, state)
            found["own_mb_after"] = held(server)["own_mb"]
    report(rows, found, arguments)


def filled(state: Path, n: int, visitors: int) -> Artifact:
    """The model of a state that was filled before, or is now."""
    version = versions.current(state / "models")
    if version is None:
        return fill(state, n, visitors)
    model = artifact.read(state / "models" / version)
    if len(model.vocabulary) != n:
        sys.exit(f"{state} holds {len(model.vocabulary)} items; say --items {len(model.vocabulary)}.")
    return model


def fill(state: Path, n: int, visitors: int) -> Artifact:
    """A seeded model, its items and visitors with purchases."""
    model = publish(state / "models", n)
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    rng = np.random.default_rng(3)
    ids = [f"item-{row:02d}" for row in range(n)]
    for first in range(0, n, PORTION):
        some = enumerate(ids[first : first + PORTION], start=first)
        store.put_items(
            [Item(item_id=name, title=name, category=f"c{row % 50}") for row, name in some]
        ).result()
    now = datetime.now(UTC)
    for first in range(0, visitors, 500):
        events = [
            Event(
                event_id=f"e{number}",
                kind=EventKind.PURCHASE,
                visitor_id=f"v{number}",
                occurred_at=now - timedelta(days=int(rng.integers(1, 90))),
                received_at=now,
                lines=tuple(EventLine(ids[row]) for row in bought(rng, n)),
            )
            for number in range(first, min(first + 500, visitors))
        ]
        store.append(events).result()
    store.close()
    return model


def publish(models: Path, n: int) -> Artifact:
    """An artifact of n items with 64 + 16 columns, as a fit leaves them: many kinds, few popular ones."""
    rng = np.random.default_rng(5)
    width, kinds = FACTORS + RESIDUAL, kinds_of(n)
    popularity = (0.05 / (1.0 + rng.permutation(n)) ** 0.6).astype("f4")
    factors = rng.normal(0, 1.0, (kinds, width)).astype("f4")[np.arange(n) % kinds]
    factors += rng.normal(0, 0.5, (n, width)).astype("f4")
    factors *= popularity[:, None] ** 0.5 / 2
    arrays = arrays_of(n) | {
        "factors": factors,
        "popularity": popularity,
        "answers": np.zeros((5, width), dtype="f4"),
        "directions": np.zeros((2, width), dtype="f4"),
    }
    made = make_artifact(n, arrays=arrays, n_factors=FACTORS)
    if n >= TrainingConfig().index_from:
        made = item_index.arranged(made, seed=5)
        cases = [Case("", history, NO_ANSWERS, np.empty(0, "i4"), 0) for history in histories(n, 50, seed=8)]
        made = item_index.judged(made, cases, now=NOW.timestamp()).model
    directory = models / made.version
    directory.mkdir(parents=True)
    artifact.write(directory, made.manifest, made.vocabulary.ids, made.arrays)
    versions.point(models, made.version)
    return made


def kinds_of(n: int) -> int:
    """Item i is of kind i modulo so many."""
    return max(n // 200, FEW_KINDS)


def bought(rng: np.random.Generator, n: int) -> list[int]:
    """What one visitor buys: items of a few kinds."""
    kinds = kinds_of(n)
    own = rng.choice(kinds, FEW_KINDS, replace=False)[rng.integers(FEW_KINDS, size=PER_VISITOR)]
    return sorted({*(own + kinds * rng.integers(n // kinds, size=PER_VISITOR)).tolist()})


def histories(n: int, count: int, seed: int) -> list[History]:
    """What some visitors bought just now."""
    rng, ids, now = np.random.default_rng(seed), item_ids(n), NOW.timestamp()
    carts = [[ids[row] for row in bought(rng, n)] for _ in range(count)]
    return [
        History(cart, ["purchase"] * len(cart), [now] * len(cart), [1.0] * len(cart), [1.0] * len(cart))
        for cart in carts
    ]


def recall_of(model: Artifact) -> float | None:
    """Share of the best dozen of a pass over all items that the index finds; None without an index."""
    shares = []
    for history in histories(len(model.vocabulary), JUDGES, seed=9) if model.index else ():
        query = build_query(model, history, now=NOW.timestamp())
        exact, (found,) = top(score(model, query), 12), shortlists(model, [query])
        shares.append(len(np.intersect1d(exact, found.rows[:12])) / len(exact))
    return round(float(np.mean(shares)), 4) if shares else None


def held(server: Server) -> dict[str, int]:
    """MB that the worker holds by itself, and MB of files that it maps."""
    status = Path(f"/proc/{worker_of(server.process.pid)}/status").read_text()
    own, mapped = (int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) for name in ("RssAnon", "RssFile"))  # type: ignore[index]
    return {"own_mb": own // 1_000, "mapped_mb": mapped // 1_000}


def worker_of(first: int) -> int:
    """The process that answers: the last child of the one that was started, itself where it has none."""
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return int(children[-1]) if children else first


def measure(server: Server, visitors: int, seconds: int, state: Path) -> list[dict[str, Any]]:
    """Each case with its requests per second and latency, beside the constant with as many connections."""
    answer = server.get(SLATE, **{"Recsvc-Visitor": "id=v0"})[1]
    size = len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())
    of = {name: state / f"{name}.lua" for name in ("some", "others", "one", "strangers", "page")}
    # A worker keeps 2,048 solved visitors: those of the case before would not be new.
    half = visitors // 2
    asked = {"some": (0, half), "others": (half, half), "one": (0, 1), "strangers": (0, 10**9)}
    for name, (first, many) in asked.items():
        of[name].write_text(VISITOR_LUA.format(first=first, visitors=many, path=SLATE))
    placements = ", ".join(f'{{"id": "{name}", "limit": 12}}' for name in PLACEMENTS)
    of["page"].write_text(PAGE_LUA.format(visitors=half, placements=placements))
    with on_core(0, lambda: constant(size)) as port:
        bare = f"http://127.0.0.1:{port}/"
        base = {many: load(bare, seconds, many) for many in (1, 32)}
    rows = [{"case": f"constant, {many} connections", **base[many], "ratio": 1.0} for many in base]
    for case, script, many in (
        ("new vector each request", "some", 1),
        ("new vector each request", "others", 32),
        ("same visitor again", "one", 1),
        ("same visitor again", "one", 32),
        ("strangers", "strangers", 32),
        ("page of four placements", "page", 32),
    ):
        found = load(server.url, seconds, many, of[script])
        ratio = round(found["rate"] / base[many]["rate"], 3)
        rows.append({"case": f"{case}, {many} connections", **found, "ratio": ratio})
    return rows


@contextmanager
def on_core(core: int, started: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """Start something on one core, and leave the others to this process and to what it starts later."""
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    with started() as found:
        os.sched_setaffinity(0, every - {core} or every)
        try:
            yield found
        finally:
            os.sched_setaffinity(0, every)


def load(url: str, seconds: int, connections: int, script: Path | None = None) -> dict[str, float]:
    """One run of wrk on one thread."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    command += ["-s", str(script)] if script else []
    out = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {
        "rate": rate,
        "p50_ms": _ms(out, "50%"),
        "p99_ms": _ms(out, "99%"),
        "refused": int(refused[1]) if refused else 0,
    }


def _ms(out: str, percentile: str) -> float:
    value, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", out).groups()  # type: ignore[union-attr]
    return round(float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit], 2)


def report(rows: list[dict[str, Any]], found: dict[str, Any], arguments: argparse.Namespace) -> None:
    """A table for people or JSON for files."""
    if arguments.json:
        print(json.dumps({"machine": platform.platform(), "items": arguments.items, "cases": rows} | found))
        return
    print(f"{platform.platform()}, {arguments.items} items of {FACTORS} + {RESIDUAL} numbers, one core")
    recall = (
        "no index" if found["recall"] is None else f"the index finds {found['recall']:.4f} of the best 12"
    )
    print(
        f"ready after {found['ready_s']} s; the worker holds {found['own_mb']} MB of its own beside "
        f"{found['mapped_mb']} MB mapped, {found['own_mb_after']} MB after the load; {recall}"
    )
    for row in rows:
        times = f"p50 {row['p50_ms']} ms  p99 {row['p99_ms']} ms"
        times += f"  refused {row['refused']}" if row["refused"] else ""
        print(f"{row['case']:<48} {row['rate']:>9.0f}/s  ratio {row['ratio']:<6} {times}")


if __name__ == "__main__":
    main()
