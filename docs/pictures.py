"""Takes the pictures of docs/images from a demo that it starts; `make pictures` runs it. Needs Chromium."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
MOST_BYTES = 200_000
READY_S = 300.0
DESKTOP = {"width": 1200, "height": 1000}
PHONE = {"width": 390, "height": 844}


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with _demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        known = re.findall(r'name="household" value="(\w+)"', httpx.get(f"{address}/visitors").text)[0]
        item = httpx.get(f"{address}/v1/slates/home", params={"limit": 1}).json()["items"][0]["id"]
        desktop = {"viewport": DESKTOP, "locale": "en", "base_url": address}
        with browser.new_page(**desktop) as page:
            _take(page, "/", "home")
            _shop_as(page, known)
            _take(page, f"/products/{item}", "product")
            _answer(page)
            _shot(page, "quiz", page.locator("#quiz"))
            page.goto("/", wait_until="networkidle")
            page.locator("#panel summary").click()
            _shot(page, "panel", page.locator("#panel"))
        phone = {"viewport": PHONE, "locale": "ja", "color_scheme": "dark", "base_url": address}
        with browser.new_page(**phone) as page:
            _shop_as(page, known)
            _take(page, f"/products/{item}", "phone")
        browser.close()


def _shop_as(page: Page, household: str) -> None:
    page.goto("/visitors")
    page.locator(f"button.visitor[value='{household}']").click()


def _answer(page: Page) -> None:
    """Answer the first question of the quiz."""
    page.locator("#quiz").scroll_into_view_if_needed()
    page.locator("rec-quiz .rec-choice").nth(1).click()
    page.locator("rec-quiz .rec-submit").click()
    page.locator("rec-quiz .rec-card").first.wait_for()
    page.mouse.move(0, 0)  # nothing is pointed at


def _take(page: Page, path: str, name: str) -> None:
    page.goto(path, wait_until="networkidle")
    _shot(page, name, page)


def _shot(page: Page, name: str, part: Page | Locator) -> None:
    page.wait_for_load_state("networkidle")
    path = IMAGES / f"{name}.png"
    part.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path}: {size / 1000:.0f} KB")
    if size > MOST_BYTES:
        sys.exit(f"{path} is larger than {MOST_BYTES / 1000:.0f} KB; take a smaller part of the page.")


@contextmanager
def _demo() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "recsvc", "demo", "--port", address.rpartition(":")[2]]
    with subprocess.Popen(command) as demo:
        try:
            _wait_for(f"{address}/readyz", demo)
            yield address
        finally:
            demo.send_signal(signal.SIGINT)


def _wait_for(address: str, demo: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and demo.poll() is None:
        try:
            if httpx.get(address, timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    sys.exit("The demo did not become ready.")


if __name__ == "__main__":
    main()
