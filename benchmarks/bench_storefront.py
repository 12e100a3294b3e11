"""What the elements cost a page of a shop, in real Chromium, beside a bare page with as many pictures.

    python benchmarks/bench_storefront.py [--runs 15] [--slow 4] [--json]

Starts a shop and, on another origin, `recsvc serve` with a small known model, as the tests do. Each run is a
browser context without memory: nothing is kept from the run before. Every page is opened at full speed and
with the processor slowed down, and of every figure the median and the 95th percentile are printed:

    near to painted   from the moment when the list is within 400 px of the screen to the frame that shows it:
                      until its request leaves, until the answer is there, until the frame is there
    longest task      of the page's main thread from that moment on, from a trace, in processor time
    interaction       the slowest press, as Event Timing has it
    next question     from the press to the frame that shows the next question, with the call between them
    shift             what moved on the page that nobody moved
    bytes             of the service's files and answers as they travelled
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.journeys.browsers import PHONE, launched
from tests.journeys.elements.conftest import Storefront, open_storefront

WATCH = Path(__file__).parent / "storefront" / "watch.js"
PICTURES, ANSWERS = 12, 3
FAR = '<div class="tall"></div>'
SLATE = f'<rec-slate placement="home" limit="{PICTURES}"></rec-slate>'
IMAGES = "".join(
    f'<li><a href="/p/{number}"><img src="/pictures/{number}.svg" width="160" height="160" loading="lazy"'
    f' alt=""><br>Item {number}</a></li>'
    for number in range(PICTURES)
)
BARE = f'<ul class="bare">{IMAGES}</ul>'
QUIZ = '<rec-quiz quiz="kinds"></rec-quiz>'
TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
MEASURES = (
    "near to painted, ms",
    "  until it is asked",
    "  until it is answered",
    "  until it is painted",
    "longest task, ms",
    "interaction, ms",
    "next question, ms",
    "shift",
    "bytes",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--slow", type=float, default=4.0, help="times as slow as this machine")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as state, open_storefront(Path(state)) as storefront:
        for chromium in launched():
            found = measure(chromium, storefront, arguments.runs, (1.0, arguments.slow))
    report(found, arguments)


def measure(chromium: Any, storefront: Storefront, runs: int, speeds: tuple[float, ...]) -> dict[str, Any]:
    """Page and speed → measure → its values, one of each run; the pages take turns."""
    cases: dict[str, tuple[str, Callable[[Any], None]]] = {
        "bare, at once": (BARE, _seen),
        "slate, at once": (SLATE, _seen),
        "bare, scrolled to": (FAR + BARE, _scrolled_to),
        "slate, scrolled to": (FAR + SLATE, _scrolled_to),
        "quiz": (QUIZ, _answered),
    }
    found: dict[str, Any] = {}
    for turn in range(runs + 1):
        for name, (body, act) in cases.items():
            for speed in speeds:
                one = _run(chromium, storefront, body, act, speed)
                if turn:  # the first one warms the service and the browser's own caches of code
                    found.setdefault(f"{name}, {speed:g} × slowed", []).append(one)
    return found


def _run(
    chromium: Any, storefront: Storefront, body: str, act: Callable[[Any], None], speed: float
) -> dict[str, float]:
    """One visit of one page."""
    address = storefront.pages.put("/", body)
    with _tab(chromium, speed) as page:
        chromium.start_tracing(page=page, categories=TRACED)
        page.goto(address)
        act(page)
        trace = json.loads(chromium.stop_tracing())
        service = storefront.server.url
        entries = page.evaluate("performance.getEntriesByType('resource').map((one) => one.toJSON())")
        return _figures(page.evaluate("noted"), [one for one in entries if service in one["name"]]) | {
            "longest task, ms": _longest_task(trace["traceEvents"])
        }


@contextmanager
def _tab(chromium: Any, speed: float) -> Iterator[Any]:
    """A phone that was never here."""
    context = chromium.new_context(viewport=PHONE, locale="en")
    page = context.new_page()
    page.add_init_script(path=WATCH)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": speed})
    yield page
    context.close()


def _seen(page: Any) -> None:
    page.wait_for_function("() => noted.painted")
    page.wait_for_load_state("networkidle")


def _scrolled_to(page: Any) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' })")
    _seen(page)


def _answered(page: Any) -> None:
    for _ in range(ANSWERS):
        page.evaluate("delete noted.next")
        page.locator("rec-quiz .rec-submit").wait_for()
        if page.locator("rec-quiz label").count():
            page.locator("rec-quiz label").first.click()
        page.locator("rec-quiz .rec-submit").click()
        page.wait_for_function("() => noted.next")
    page.wait_for_load_state("networkidle")


def _figures(noted: dict[str, float], of_service: list[dict[str, Any]]) -> dict[str, float]:
    """Measure → value, where the page has it."""
    found = {"shift": noted["shift"], "bytes": sum(one["encodedBodySize"] for one in of_service)}
    if "next" in noted:
        found |= {"interaction, ms": noted["interaction"], "next question, ms": noted["next"]}
    if "near" in noted:
        found["near to painted, ms"] = noted["painted"] - noted["near"]
    for one in of_service:
        if "/v1/slates" in one["name"]:
            found["  until it is asked"] = one["startTime"] - noted["near"]
            found["  until it is answered"] = one["responseEnd"] - one["startTime"]
            found["  until it is painted"] = noted["painted"] - one["responseEnd"]
    return found


def _longest_task(events: list[dict[str, Any]]) -> float:
    """Milliseconds of the page's longest task, as processor time: what else runs here does not count."""
    threads = _page_threads(events)
    mine = [one for one in events if "tdur" in one and _thread(one) in threads]
    begun = next(one["ts"] for one in events if one["name"] == "TimeStamp")
    driven = [one["ts"] for one in mine if one["name"] == "EvaluateScript"]  # by whoever drives the browser
    return max(
        float(one["tdur"]) / 1000
        for one in mine
        if one["name"] == "RunTask"
        and one["ts"] > begun
        and not any(one["ts"] <= at <= one["ts"] + one["dur"] for at in driven)
    )


def _page_threads(events: list[dict[str, Any]]) -> set[tuple[int, int]]:
    """The main threads that parsed a page."""
    names = [one for one in events if one["name"] == "thread_name"]
    mains = {_thread(one) for one in names if one["args"]["name"] == "CrRendererMain"}
    return mains & {_thread(one) for one in events if one["name"] == "ParseHTML"}


def _thread(event: dict[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


def report(found: dict[str, list[dict[str, float]]], arguments: argparse.Namespace) -> None:
    """A table for people or JSON for files: median and 95th percentile of each figure."""
    rows = {
        case: {
            one: [round(float(np.percentile([run[one] for run in runs], at)), 3) for at in (50, 95)]
            for one in MEASURES
            if one in runs[0]
        }
        for case, runs in found.items()
    }
    machine = f"{platform.platform()}, {os.cpu_count()} cores"
    if arguments.json:
        print(json.dumps({"machine": machine, "runs": arguments.runs, "cases": rows}))
        return
    print(f"{machine}, {arguments.runs} runs each, {PICTURES} pictures")
    for case, figures in rows.items():
        print(f"\n{case:<44}{'p50':>10}{'p95':>10}")
        for one, (middle, late) in figures.items():
            print(f"  {one:<42}{middle:>10g}{late:>10g}")


if __name__ == "__main__":
    main()
