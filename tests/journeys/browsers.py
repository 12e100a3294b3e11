"""Real browsers for tests: Debian's Chromium where it is, fresh tabs, and no complaint from their scripts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
PATIENCE_MS = 30_000
OWN_WORDS = ("Failed to load resource", "Failed to find a valid digest")
"""How the browser itself begins to say that a file did not come, or came as another one."""
PHONE = {"width": 390, "height": 844}


def launched() -> Iterator[Any]:
    """A browser, Debian's where it is, else what playwright installed; without one the test is skipped."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    playwright.expect.set_options(timeout=PATIENCE_MS)
    with playwright.sync_playwright() as driver:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        try:
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", *QUIET])
        except playwright.Error as error:
            pytest.skip(f"no Chromium could be started: {error}")
        yield browser
        browser.close()


@contextmanager
def tab(chromium: Any, url: str, **options: Any) -> Iterator[Any]:
    """A fresh tab on a phone; whatever goes wrong in its scripts fails the test."""
    context = chromium.new_context(base_url=url, **({"viewport": PHONE, "locale": "en"} | options))
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [one for one in complaints if not one.startswith(OWN_WORDS)] == []
