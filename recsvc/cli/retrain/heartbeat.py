"""The heartbeat: a monitor that alarms when it hears nothing. The path of its address is a secret."""

import http.client
import json
from collections.abc import Mapping
from typing import Final
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit
from urllib.request import Request, urlopen

from rich.console import Console

TIMEOUT_S: Final = 5.0


def is_address(url: str) -> bool:
    """Whether an address can be pinged."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises where it is no number)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def ping(
    url: str | None, way: str, words: Mapping[str, object], console: Console, timeout_s: float = TIMEOUT_S
) -> None:
    """Post to an address, or to a way below it; a monitor that does not answer stops nothing.

    Args:
        url: http or https; None says nothing to nobody.
        way: "start", "fail", or "" for the address itself.
        words: the body, as JSON.
        console: hears where the monitor did not; the host alone is named.
        timeout_s: how long it may take.
    """
    if url is None:
        return
    parts = urlsplit(url)
    try:
        request = Request(  # noqa: S310 (is_address saw the scheme)
            _below(parts, way),
            data=json.dumps(words).encode(),
            headers={"Content-Type": "application/json", "User-Agent": "recsvc"},
        )
        with urlopen(request, timeout=timeout_s):  # noqa: S310
            pass
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = str(error.code) if isinstance(error, HTTPError) else type(error).__name__
        console.print(
            f"The heartbeat at {parts.hostname} did not answer ({why}).",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )


def _below(parts: SplitResult, way: str) -> str:
    path = f"{parts.path.rstrip('/')}/{way}" if way else parts.path
    return parts._replace(path=path, fragment="").geturl()
