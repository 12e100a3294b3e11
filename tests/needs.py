"""What a machine must have for all tests to run: RECSVC_REQUIRE names the markers that may not be skipped."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping

import pytest

NEEDS = ("browser", "data", "java", "postgres", "server", "valkey", "otel")


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
