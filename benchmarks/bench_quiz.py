"""Quiz answers at a steady rate: time from the due moment to the whole answer, beside a constant answer.

    python benchmarks/bench_quiz.py [--items 20000] [--rate 100] [--seconds 20] [--quiz FILE] [--json]

Starts `recsvc serve` on a state directory of its own with a seeded model whose directions are the attribute
values that the quiz wishes for, and with the quiz's own products repeated until there are enough. Visitors
answer the whole quiz, question by question; the load is open-loop, so a slow answer does not delay the next
one's clock. Also printed: how long 1,000 definitions take to load, and the size of the definition.
"""

import argparse
import asyncio
import gzip
import json
import platform
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from quizzes.definition import WITH_CHOICES, Kind, Quiz
from quizzes.loader import canonical_json, load_quiz
from quizzes.signals import signals
from recsvc.files.items import read_items, to_items
from recsvc.files.rejects import Rejects
from recsvc.model import artifact, versions
from recsvc.stores import open_store
from tests.artifacts import arrays_of, make_artifact, parameters
from tests.journeys.servers import serve

FACTORS, RESIDUAL = 64, 16
CONNECTIONS = 16
LIBRARY = Path(__file__).resolve().parent.parent / "quizzes" / "library"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--quiz", type=Path, default=LIBRARY / "skin-care.quiz.toml")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    quiz = load_quiz(arguments.quiz.read_bytes(), arguments.quiz.name)
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        fill(state, quiz, arguments.quiz, arguments.items)
        with serve(state) as server:
            found = asyncio.run(measure(server.url, quiz, arguments.rate, arguments.seconds))
    found |= loading(quiz)
    report(found, quiz, arguments)


def fill(state: Path, quiz: Quiz, path: Path, n: int) -> None:
    """The published quiz, a model of n items, and its products again and again under other ids."""
    published = state / "quizzes"
    published.mkdir(parents=True)
    (published / f"{quiz.id}@{quiz.revision}.json").write_bytes(canonical_json(quiz))
    products = [
        *to_items(read_items(path.with_name(path.name.replace(".quiz.toml", ".items.csv")), Rejects()))
    ]
    names = [f"item-{row:02d}" for row in range(n)]
    items = [
        msgspec.structs.replace(products[row % len(products)], item_id=name) for row, name in enumerate(names)
    ]
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.put_items(items).result()
    store.close()
    publish(state / "models", quiz, n)


def publish(models: Path, quiz: Quiz, n: int) -> None:
    """An artifact of n items with a direction for every attribute value that the quiz wishes for."""
    rng = np.random.default_rng(5)
    wished = sorted({name for one in quiz.questions for choice in one.choices for name, _ in signals(choice)})
    width = FACTORS + RESIDUAL
    arrays = arrays_of(n) | {
        "factors": rng.normal(0, 0.1, (n, width)).astype("f4"),
        "answers": np.zeros((5, width), dtype="f4"),
        "directions": rng.normal(0, 0.1, (len(wished), width)).astype("f4"),
    }
    own = parameters(n_factors=FACTORS, directions=tuple(wished))
    made = make_artifact(n, arrays=arrays)
    directory = models / made.version
    directory.mkdir(parents=True)
    manifest = msgspec.structs.replace(made.manifest, parameters=own)
    artifact.write(directory, manifest, made.vocabulary.ids, arrays)
    versions.point(models, made.version)


class Client:
    """One kept connection that speaks just enough HTTP, so that the client costs next to nothing."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Send one request and read its whole answer."""
        sent = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        length = next(
            int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length")
        )
        return int(lines[0].split()[1]), await self._reader.readexactly(length)


async def measure(url: str, quiz: Quiz, rate: float, seconds: float) -> dict[str, Any]:
    """The times of constant answers and of quiz answers at one rate."""
    host, port = url.removeprefix("http://").split(":")
    free: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Client(*await asyncio.open_connection(host, int(port))))
    await visit(free, quiz, 0, [])  # the first answer makes the columns

    constant: list[float] = []

    async def livez(due: float) -> None:
        client = await free.get()
        await client.ask("GET", "/livez")
        constant.append(time.perf_counter() - due)
        free.put_nowait(client)

    await paced(rate, seconds / 2, lambda _, due: livez(due))
    answers: list[float] = []
    each = sum(one.kind is not Kind.INFO for one in quiz.questions)
    await paced(rate / each, seconds, lambda number, _: visit(free, quiz, number + 1, answers, rate))
    return {"constant": times(constant), "answer": times(answers), "answers": len(answers)}


async def paced(rate: float, seconds: float, work: Any) -> None:
    """Start work at a steady rate, whatever becomes of it, and wait for all of it."""
    began = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(work(number, due)))
    await asyncio.gather(*tasks)


async def visit(
    free: "asyncio.Queue[Client]", quiz: Quiz, number: int, found: list[float], rate: float = 100.0
) -> None:
    """One visitor takes the quiz to its end; a little pause before each answer spreads them."""
    draw = random.Random(number)  # noqa: S311 (a seeded visitor, no secret)
    status, body = await asked(
        free, "POST", f"/v1/quizzes/{quiz.id}/sessions", {"visitor": {"id": f"v{number}"}}
    )
    view = json.loads(body)
    while status < 300 and view["question"]:  # noqa: PLR2004
        await asyncio.sleep(draw.uniform(0, 10 / rate))
        question = view["question"]["id"]
        path = f"/v1/quiz-sessions/{view['session']}/answers/{question}"
        began = time.perf_counter()
        status, body = await asked(free, "PUT", path, answer_to(quiz, question, draw))
        found.append(time.perf_counter() - began)
        view = json.loads(body)
    if status >= 300:  # noqa: PLR2004
        sys.exit(f"{status}: {body.decode()}")


async def asked(free: "asyncio.Queue[Client]", *request: Any) -> tuple[int, bytes]:
    """Ask over a connection that is free."""
    client = await free.get()
    answer = await client.ask(*request)
    free.put_nowait(client)
    return answer


def answer_to(quiz: Quiz, question_id: str, draw: random.Random) -> dict[str, Any]:
    """Any answer that the question takes."""
    question = next(one for one in quiz.questions if one.id == question_id)
    if question.kind in WITH_CHOICES:
        sure = [choice.id for choice in question.choices if not choice.excludes_others]
        if not question.takes_many:
            return {"value": draw.choice(sure)}
        fewest, most = question.picks
        return {"value": draw.sample(sure, k=min(len(sure), max(fewest, draw.randint(1, most))))}
    if question.kind in {Kind.SLIDER, Kind.SCALE, Kind.NUMBER}:
        lowest, highest = question.bounds
        return {"value": round(draw.uniform(max(lowest, 0), min(highest, 1e6)))}
    return {"skip": True}


def times(found: list[float]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    p50, p90, p99 = (float(np.percentile(found, one)) * 1000 for one in (50, 90, 99))
    return {"p50_ms": round(p50, 2), "p90_ms": round(p90, 2), "p99_ms": round(p99, 2)}


def loading(quiz: Quiz) -> dict[str, Any]:
    """1,000 definitions as the service loads them, and the size of one."""
    source = canonical_json(quiz)
    began = time.perf_counter()
    for _ in range(1000):
        load_quiz(source, "quiz.json")
    seconds = time.perf_counter() - began
    return {
        "load_1000_s": round(seconds, 2),
        "gzip_bytes": len(gzip.compress(source, 9)),
        "bytes": len(source),
    }


def report(found: dict[str, Any], quiz: Quiz, arguments: argparse.Namespace) -> None:
    """A table for people or JSON for files."""
    ratio = round(found["answer"]["p99_ms"] / found["constant"]["p99_ms"], 2)
    if arguments.json:
        print(
            json.dumps(
                {"machine": platform.platform(), "items": arguments.items, "p99_ratio": ratio, **found}
            )
        )
        return
    print(f"{platform.platform()}, {quiz.id}, {arguments.items} items, {arguments.rate:g} answers/s")
    for name in ("constant", "answer"):
        print(f"{name:<10}" + "".join(f"{key:>10} {value:<8}" for key, value in found[name].items()))
    print(f"p99 ÷ constant {ratio}; {found['answers']} answers; definition {found['gzip_bytes']} bytes gzip")
    print(f"1,000 definitions load in {found['load_1000_s']} s")


if __name__ == "__main__":
    main()
