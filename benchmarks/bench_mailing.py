"""Slates of many visitors scored together, as a ratio to the same visitors one by one in the same run.

    python benchmarks/bench_mailing.py [--items 20000] [--visitors 512] [--repeats 3] [--json]

In process, on a seeded model, catalogue and SQLite store, each visitor with twenty purchases and never asked
before. Printed: milliseconds of CPU a visitor by visitors scored together, for the score alone and for
whole slates of the placement `mail`; the best of the repeats, which take turns.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from threadpoolctl import threadpool_limits

from benchmarks.bench_slate import fill
from recsvc.cli.composition import compose, compose_mailing
from recsvc.domain.profile import Profile
from recsvc.domain.slates import SlateRequest
from recsvc.model.artifact import Artifact
from recsvc.model.prior import NO_ANSWERS
from recsvc.model.scoring import Query, build_queries, score_many
from recsvc.serving.mailing import Mailing, Terms
from recsvc.serving.profile import history_of
from recsvc.settings import Settings
from recsvc.stores import open_store

TOGETHER = (1, 8, 64)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--visitors", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, threadpool_limits(1, "blas"):
        fill(Path(directory), arguments.items, arguments.visitors)
        rows = measure(Path(directory), arguments.visitors, arguments.repeats)
    report(rows, arguments)


def measure(state: Path, visitors: int, repeats: int) -> list[dict[str, Any]]:
    """Milliseconds a visitor for each number of visitors scored together."""
    settings = Settings(state=str(state))
    store = open_store(settings.database_url)
    parts = compose(settings, store)
    artifact = parts.live_model.current()
    assert artifact is not None  # noqa: S101 (it was just published)
    mailing = compose_mailing(settings, parts, Terms(placement="mail", locale="en"))
    names = [f"v{number}" for number in range(visitors)]
    profiles = [parts.visitors.read_surely(name) for name in names]
    now = artifact.manifest.created_at.timestamp()
    queries = build_queries(artifact, [(history_of(one), NO_ANSWERS) for one in profiles], now=now)
    requests = [mailing.request(name) for name in names]
    best: dict[tuple[int, str], float] = {}
    for _ in range(repeats):
        for together in TOGETHER:
            for what, run in (
                ("score", partial(_score, artifact, queries, together)),
                ("slate", partial(_slates, mailing, requests, profiles, together)),
            ):
                spent = _timed(run) / visitors * 1000
                best[together, what] = min(spent, best.get((together, what), spent))
    store.close()
    return [
        {
            "together": together,
            **{f"{what}_ms": round(best[together, what], 3) for what in ("score", "slate")},
            **{
                f"{what}_ratio": round(best[1, what] / best[together, what], 2) for what in ("score", "slate")
            },
        }
        for together in TOGETHER
    ]


def _score(artifact: Artifact, queries: Sequence[Query], together: int) -> None:
    rest = iter(queries)
    while some := list(islice(rest, together)):
        score_many(artifact, some)


def _slates(
    mailing: Mailing, requests: Sequence[SlateRequest], profiles: Sequence[Profile], together: int
) -> None:
    for start in range(0, len(requests), together):
        part = slice(start, start + together)
        mailing.recommender.pages(requests[part], profiles[part])


def _timed(run: Callable[[], None]) -> float:
    start = time.process_time()  # one thread that waits for nothing: its own time is what it costs
    run()
    return time.process_time() - start


def report(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    """A table for people or JSON for files."""
    if arguments.json:
        print(json.dumps({"machine": platform.platform(), "items": arguments.items, "cases": rows}))
        return
    print(f"{platform.platform()}, {arguments.items} items, one thread, milliseconds of CPU a visitor")
    for row in rows:
        print(
            f"{row['together']:>3} together   score {row['score_ms']:>8.3f}  ratio {row['score_ratio']:<5}"
            f"   slate {row['slate_ms']:>8.3f}  ratio {row['slate_ratio']}"
        )


if __name__ == "__main__":
    main()
