"""Takes the pictures of docs/images from a demo that it starts; `make pictures` runs it. Needs Chromium."""

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
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
MOST_BYTES = 200_000
READY_S = 300.0
SIZE = (1200, 1290)


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(exist_ok=True)
    with _demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, locale="en")
        item = httpx.get(f"{address}/v1/slates/home", params={"limit": 1}).json()["items"][0]["id"]
        _take(page, f"{address}/", "home")
        _take(page, f"{address}/products/{item}", "product")
        browser.close()


def _take(page: Page, address: str, name: str) -> None:
    page.goto(address, wait_until="networkidle")
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
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
