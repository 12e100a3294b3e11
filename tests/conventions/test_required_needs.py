"""RECSVC_REQUIRE turns the skip of a marked test into a failure; what needs most comes first."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.needs import heaviest_first, refuse_skip, required, seconds_by_need


def _report(outcome: str) -> pytest.TestReport:
    reason = ("test_absent.py", 3, "Skipped: there is none")
    keywords = {"data": 1, "test_absent": 1}
    return pytest.TestReport("test_absent.py::test_absent", ("", 1, ""), keywords, outcome, reason, "setup")


def test_skip_of_a_required_need_fails_and_says_why() -> None:
    report = _report("skipped")
    refuse_skip(report, required({"RECSVC_REQUIRE": "data,browser"}))
    assert report.failed
    assert "there is none" in str(report.longrepr)


@pytest.mark.parametrize("named", ["", "browser"])
def test_skip_of_anything_else_stays_a_skip(named: str) -> None:
    report = _report("skipped")
    refuse_skip(report, required({"RECSVC_REQUIRE": named}))
    assert report.skipped


def test_test_that_ran_keeps_its_outcome() -> None:
    report = _report("passed")
    refuse_skip(report, frozenset({"data"}))
    assert report.passed


def test_time_is_counted_for_every_need_of_a_test() -> None:
    spent = [(1.0, {"browser": 1, "server": 1}), (2.0, {"server": 1}), (4.0, {})]
    reports = [
        pytest.TestReport("t", ("t", 1, "t"), keywords, "passed", None, "call", duration=seconds)
        for seconds, keywords in spent
    ]
    assert seconds_by_need(reports) == {"server": 3.0, "browser": 1.0}


def test_files_come_by_their_heaviest_need_and_stay_together() -> None:
    found = [
        ("plain", ""),
        ("server", "server"),
        ("java", ""),
        ("page", "browser"),
        ("java", "java"),
        ("plain", ""),
    ]
    items: list[Any] = [SimpleNamespace(path=Path(name), keywords={need: 1}) for name, need in found]
    rank: Callable[[Any], int] = heaviest_first(items)
    ordered = [item.path.name for item in sorted(items, key=rank)]
    assert ordered == ["java", "java", "page", "server", "plain", "plain"]
