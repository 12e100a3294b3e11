"""What a machine must have for all tests to run: RECSVC_REQUIRE names the markers that may not be skipped."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

NEEDS = ("browser", "data", "java", "postgres", "server", "valkey", "otel")
HEAVY = ("java", "browser", "server")
"""Needs whose tests take longest, a file of them; the longest first."""


def required(environ: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The markers whose tests must run here."""
    return frozenset(filter(None, environ.get("RECSVC_REQUIRE", "").split(",")))


def refuse_skip(report: pytest.TestReport, needs: frozenset[str]) -> None:
    """Turn the skip of a test that carries a required marker into a failure."""
    missed = sorted(needs & set(report.keywords))
    if report.skipped and missed and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"RECSVC_REQUIRE names {', '.join(missed)}, but the test was skipped: {reason}"


def heaviest_first(items: Iterable[pytest.Item]) -> Callable[[pytest.Item], int]:
    """What to sort tests by: those of the files with the heaviest needs first; a file stays together."""
    ranks: dict[Path, int] = {}
    for item in items:
        rank = next((place for place, need in enumerate(HEAVY) if need in item.keywords), len(HEAVY))
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    return lambda item: ranks[item.path]


def seconds_by_need(reports: Iterable[pytest.TestReport]) -> dict[str, float]:
    """Need → seconds of the tests that have it, setting up included; the longest first.

    A test that has several counts for each. On several workers the clock shows less than their sum.
    """
    spent: dict[str, float] = defaultdict(float)
    for report in reports:
        for need in NEEDS:
            if need in report.keywords:
                spent[need] += report.duration
    return dict(sorted(spent.items(), key=lambda one: -one[1]))
