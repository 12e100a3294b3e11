"""Slate throughput as a ratio to a constant answer of the same server in the same run.

    python benchmarks/bench_slate.py [--items 20000] [--visitors 2000] [--seconds 8] [--json]

Starts `recsvc serve` on a state directory of its own: a seeded model, a catalogue and visitors with twenty
purchases each. Load comes from wrk (Debian package `wrk`) over loopback. Printed: requests per second and
latency of `/livez` (constant), of a page whose vectors are solved anew, and of visitors asked again.
"""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.model import artifact, versions
from recsvc.stores import open_store
from tests.artifacts import arrays_of, make_artifact, parameters
from tests.journeys.servers import Server, serve

FACTORS, RESIDUAL, PER_VISITOR = 64, 16, 20
VISITOR_LUA = """
local n, visitors = 0, {visitors}
request = function()
  n = n + 1
  local visitor = "id=v" .. ((n * 7919) % visitors)
  return wrk.format("GET", "/v1/slates/home?limit=12", {{["Recsvc-Visitor"] = visitor}})
end
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--visitors", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; on Debian: apt-get install wrk")
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        fill(state, arguments.items, arguments.visitors)
        with serve(state) as server:
            rows = measure(server, arguments.visitors, arguments.seconds, state)
    report(rows, arguments)


def fill(state: Path, n: int, visitors: int) -> None:
    """A seeded model, its items and visitors with purchases."""
    publish(state / "models", n)
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    rng = np.random.default_rng(3)
    ids = [f"item-{row:02d}" for row in range(n)]
    store.put_items(
        [Item(item_id=name, title=name, category=f"c{row % 50}") for row, name in enumerate(ids)]
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
                lines=tuple(EventLine(ids[row]) for row in rng.choice(n, PER_VISITOR, replace=False)),
            )
            for number in range(first, min(first + 500, visitors))
        ]
        store.append(events).result()
    store.close()


def publish(models: Path, n: int) -> None:
    """An artifact of n items with 64 + 16 columns."""
    rng = np.random.default_rng(5)
    width = FACTORS + RESIDUAL
    arrays = arrays_of(n) | {
        "factors": rng.normal(0, 0.1, (n, width)).astype("f4"),
        "answers": np.zeros((5, width), dtype="f4"),
        "directions": np.zeros((2, width), dtype="f4"),
    }
    made = make_artifact(n, arrays=arrays)
    manifest = msgspec.structs.replace(made.manifest, parameters=parameters(n_factors=FACTORS))
    directory = models / made.version
    directory.mkdir(parents=True)
    artifact.write(directory, manifest, made.vocabulary.ids, arrays)
    versions.point(models, made.version)


def measure(server: Server, visitors: int, seconds: int, state: Path) -> list[dict[str, Any]]:
    """Each case with its requests per second and latency."""
    script = state / "visitors.lua"
    script.write_text(VISITOR_LUA.format(visitors=visitors))
    many = state / "once.lua"
    many.write_text(VISITOR_LUA.format(visitors=10**9))
    constant = load(server, seconds, path="/livez")
    cases = {
        "constant": constant,
        "stranger (popularity, all rules)": load(server, seconds, script=many),
        "known visitors, solved at their first request": load(server, seconds, script=script),
    }
    rate = constant["rate"]
    return [{"case": name, **found, "ratio": round(found["rate"] / rate, 3)} for name, found in cases.items()]


def load(server: Server, seconds: int, path: str = "/", script: Path | None = None) -> dict[str, float]:
    """One run of wrk with 32 connections on one thread."""
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "--latency"]
    command += ["-s", str(script)] if script else []
    out = subprocess.run([*command, server.url + path], check=True, capture_output=True, text=True).stdout
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


def report(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    """A table for people or JSON for files."""
    if arguments.json:
        print(json.dumps({"machine": platform.platform(), "items": arguments.items, "cases": rows}))
        return
    print(f"{platform.platform()}, {arguments.items} items of {FACTORS} + {RESIDUAL} numbers, 32 connections")
    for row in rows:
        times = f"p50 {row['p50_ms']} ms  p99 {row['p99_ms']} ms"
        print(f"{row['case']:<48} {row['rate']:>9.0f}/s  ratio {row['ratio']:<6} {times}")


if __name__ == "__main__":
    main()
