"""Lint time of a quiz against a whole catalogue, beside one pass over the same items in the same run.

    python benchmarks/bench_lint.py [--items 20000] [--questions 12] [--repeat 3]

The quiz has branches, weights, filters that are never loosened on texts and on a price, slots and a pace;
`empty` is the same quiz with a minimum that some paths miss, so that they have to be followed. The pass
counts the values of every item once, as any check against a catalogue has to.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.expression import Value
from quizzes.lint import lint

ATTRIBUTES, VALUES = 8, 12


def main() -> None:
    """Print all times, their ratio and what was found as one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    items, sound = _items(arguments.items), _quiz(arguments.questions, least=3)
    short = _quiz(arguments.questions, least=max(3, len(items) // 10))
    one_pass = statistics.median(_pass(items) for _ in range(arguments.repeat))
    figures = {"items": len(items), "questions": len(sound.questions), "one_pass_s": one_pass}
    for name, quiz in (("sound", sound), ("empty", short)):
        seconds, codes = zip(*(_lint(quiz, items) for _ in range(arguments.repeat)), strict=True)
        whole = statistics.median(seconds)
        figures[name] = {"lint_s": whole, "ratio": whole / one_pass, "findings": codes[0]}
    print(json.dumps(figures, indent=2))


def _items(number: int) -> list[dict[str, Value]]:
    random = np.random.default_rng(1)
    picks = random.integers(0, VALUES, (number, ATTRIBUTES, 2))
    prices = random.lognormal(3, 1, number).round(2)
    return [
        {
            "price": float(price),
            "category": (f"v{pick[0, 0]}",),
            **{f"a{row}": tuple({f"v{one}" for one in pick[row]}) for row in range(1, ATTRIBUTES)},
        }
        for price, pick in zip(prices, picks, strict=True)
    ]


def _quiz(number: int, least: int) -> Quiz:
    budget: dict[str, Any] = {
        "id": "budget",
        "kind": "slider",
        "title": _words("budget"),
        "range": {"min": 5, "max": 500},
        "must": "item.price <= budget",
    }
    raw = {
        "schema": 1,
        "id": "bench",
        "revision": 1,
        "locales": ["en"],
        "title": _words("bench"),
        "purpose": "p",
        "purposes": {"p": {"basis": "notice", "policy": "1", "keep": "90d", "text": _words("why")}},
        "pace": {"max": number},
        "questions": [*(_question(row) for row in range(number - 1)), budget],
        "result": {"slots": ["v1", "v2", "v3"], "min": least},
    }
    return msgspec.convert(raw, Quiz)


def _question(row: int) -> dict[str, Any]:
    """In threes: one choice with filters, some of several, and one choice that hangs on the two before it."""
    attribute = f"a{row % (ATTRIBUTES - 1) + 1}"
    choices: list[dict[str, Any]] = [
        {
            "id": f"c{number}",
            "text": _words(f"c{number}"),
            "w": {attribute: {f"v{number}": 2, f"v{number + 5}": 1}},
        }
        for number in range(5)
    ]
    question = {"id": f"q{row}", "kind": "single", "title": _words(f"q{row}"), "fact": f"f{row}"}
    kind = row % 3
    if kind == 0:
        for number, choice in enumerate(choices):
            choice["must"] = f"'v{number + 6}' not in item.{attribute}"
    elif kind == 1:
        question |= {"kind": "multi", "pick": [1, 3]}
    else:
        question["when"] = f"q{row - 2} != 'c1' and 'c2' not in q{row - 1}"
    return {**question, "choices": choices}


def _words(text: str) -> dict[str, str]:
    return {"en": text}


def _pass(items: list[dict[str, Value]]) -> float:
    start = time.perf_counter()
    Counter((name, value) for item in items for name, value in item.items())
    return time.perf_counter() - start


def _lint(quiz: Quiz, items: list[dict[str, Value]]) -> tuple[float, dict[str, int]]:
    """Seconds, and how many findings of each code, with the columns of the catalogue made anew."""
    catalogue = Catalogue(items)
    start = time.perf_counter()
    found = lint(quiz, catalogue)
    return time.perf_counter() - start, Counter(one.code for one in found)


if __name__ == "__main__":
    main()
