"""What a machine must have for all tests to run: RECSVC_REQUIRE names the markers that may not be skipped."""

import os
from collections.abc import Mapping

import pytest


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
