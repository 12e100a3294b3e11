"""A shop's load at a steady rate: 80 % slates, 15 % events, 5 % answers, beside a constant answer.

    python benchmarks/bench_load.py [--rate 1000] [--seconds 60] [--items 20000] [--visitors 2000]
        [--waiting 64] [--json]

Starts `recsvc serve` on SQLite on a state directory of its own, and a bare Litestar GET of as many bytes as a
slate has under the same server in another process. Requests are sent at the times of a schedule from this
process, answered or not, and every latency counts from the moment at which its request was due; `refused` are
the 503 of a service that has too much to do. Name several rates (`--rate 100 --rate 300`) to see where that
begins. Slates are of visitors with purchases, each asked for again after VISITORS others; an event is a view
by one of them. The first rate begins cold, when everybody is new: name it twice to see it warm as well (500/s
on two cores, 20 s from a cold start: p50 1.9 ms, p99 23 ms, none refused).
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bench_slate import fill
from benchmarks.constant_app import constant
from benchmarks.open_loop import Asked, Load, request, run
from quizzes.loader import canonical_json, load_quiz
from tests.journeys.servers import Server, serve
from tests.journeys.test_faults import workers
from tests.shop import TEA_QUIZ

SESSIONS = 200
WARM_UP_S = 3.0
KINDS = ("slate", "event", "answer")
MIX = ("slate",) * 16 + ("event",) * 3 + ("answer",)
SPREAD = 7
"""Steps through the mix, so that no two events stand side by side; it has no divisor with its length."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, action="append", help="requests a second  [default: 1000]")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each rate")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--visitors", type=int, default=2_000)
    parser.add_argument("--waiting", type=int, default=64, help="the limit of that name")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        rows = measure(Path(directory), arguments)
    report(rows, arguments)


def measure(state: Path, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """One row for each rate and service."""
    fill(state, arguments.items, arguments.visitors)
    publish_quiz(state)
    config = state / "bench.toml"
    config.write_text(f"[limits]\nwaiting = {arguments.waiting}\n")
    rows: list[dict[str, Any]] = []
    with serve(state, "--config", str(config)) as server:
        answer = server.get("/v1/slates/home?limit=12", **{"Recsvc-Visitor": "id=v0"})[1]
        sessions = [session(server) for _ in range(SESSIONS)]
        (worker,) = workers(server)
        calls = mixed(arguments.visitors, sessions)
        run(server.port, take(calls, 50.0, WARM_UP_S), 50.0)
        with constant(len(json.dumps(answer, ensure_ascii=False).encode())) as port:
            same = endless(Asked("constant", request("GET", "/")))
            run(port, take(same, 50.0, 1.0), 50.0)
            for rate in arguments.rate or [1000.0]:
                before, cpu = memory_mb(worker), cpu_s(worker)
                found = run(server.port, take(calls, rate, arguments.seconds), rate)
                rows.append(row("recsvc", rate, found, KINDS))
                rows[-1]["cores"] = round((cpu_s(worker) - cpu) / found.seconds, 2)
                rows[-1]["memory_mb"] = [before, memory_mb(worker)]
                time.sleep(1)
                rows.append(row("constant", rate, run(port, take(same, rate, arguments.seconds), rate), ()))
    return rows


def publish_quiz(state: Path) -> None:
    """The quiz that is answered."""
    quiz = load_quiz(TEA_QUIZ, "tea.quiz.toml")
    (state / "quizzes").mkdir()
    (state / "quizzes" / f"{quiz.id}@{quiz.revision}.json").write_bytes(canonical_json(quiz))


def session(server: Server) -> str:
    """A quiz session of a visitor of its own."""
    status, view = server.post("/v1/quizzes/tea/sessions", {"visitor": {"id": f"quiz-{os.urandom(8).hex()}"}})
    if status != HTTPStatus.CREATED:
        sys.exit(f"no quiz session could be begun: {view}")
    return str(view["session"])


def mixed(visitors: int, sessions: list[str]) -> Iterator[Asked]:
    """The load, without end."""
    number = 0
    while True:
        kind, visitor = MIX[number * SPREAD % len(MIX)], f"v{number * 7919 % visitors}"
        number += 1
        if kind == "slate":
            sent = request("GET", "/v1/slates/home?limit=12", Recsvc_Visitor=f"id={visitor}")
        elif kind == "event":
            event = {"event_id": f"load-{number}", "kind": "view", "visitor": {"id": visitor}}
            body = json.dumps({"events": [event | {"item_id": f"item-{number % 500:02d}"}]}).encode()
            sent = request("POST", "/v1/events", body)
        else:
            choice = ("tea", "coffee")[number // len(sessions) % 2]
            path = f"/v1/quiz-sessions/{sessions[number // len(MIX) % len(sessions)]}/answers/drink"
            sent = request("PUT", path, json.dumps({"value": choice}).encode())
        yield Asked(kind, sent)


def endless(one: Asked) -> Iterator[Asked]:
    """The same again and again."""
    while True:
        yield one


def take(calls: Iterator[Asked], rate: float, seconds: float) -> Iterator[Asked]:
    """As many as are due in so many seconds."""
    for _ in range(round(rate * seconds)):
        yield next(calls)


def memory_mb(pid: int) -> float:
    """What a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return round(int(status.partition("VmRSS:")[2].split()[0]) / 1024, 1)


def cpu_s(pid: int) -> float:
    """Seconds of processor that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def row(name: str, rate: float, load: Load, kinds: tuple[str, ...]) -> dict[str, Any]:
    """The figures of one run."""
    statuses = load.statuses()
    good = sum(statuses[status] for status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT))
    refused = statuses[HTTPStatus.SERVICE_UNAVAILABLE]
    return {
        "case": name,
        "rate": rate,
        "answered_per_s": round(good / load.seconds, 1),
        "refused": refused,
        "errors": len(load.answered) - good - refused,
        "ms": load.percentiles_ms(),
        "refused_ms": load.percentiles_ms(status=5),
        "by_kind": {kind: load.percentiles_ms(kind) for kind in kinds},
        "late_ms": round(load.late_ms, 2),
    }


def report(rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    """A table for people or JSON for files."""
    machine = f"{platform.platform()}, {os.cpu_count()} cores"
    if arguments.json:
        print(json.dumps({"machine": machine, "items": arguments.items, "cases": rows}))
        return
    print(f"{machine}, {arguments.items} items, SQLite, {arguments.seconds:g} s a rate")
    print("milliseconds from the due moment: p50, p90, p99, p99.9, largest")
    for one in rows:
        print(
            f"\n{one['case']} at {one['rate']:g}/s: answered {one['answered_per_s']}/s, "
            f"refused {one['refused']}, errors {one['errors']}; sent {one['late_ms']} ms late (p99)"
        )
        print(f"  all      {one['ms']}")
        for kind, ms in one["by_kind"].items():
            print(f"  {kind:<8} {ms}")
        if one["refused_ms"]:
            print(f"  refused  {one['refused_ms']}")
        if "memory_mb" in one:
            print(f"  memory   {one['memory_mb'][0]} → {one['memory_mb'][1]} MB, {one['cores']} cores")


if __name__ == "__main__":
    main()
