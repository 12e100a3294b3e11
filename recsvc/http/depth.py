"""Depth: how far the JSON of a body may be nested, counted before anything decodes it."""

from typing import Final

import numpy as np

from recsvc.http.faults import Fault, FaultyRequestError

DEEPEST: Final = 100
"""Levels of arrays and objects; what shops send has a dozen."""

QUOTE: Final = ord('"')
OTHERS: Final = bytes(set(range(256)) - set(b'[{]}"'))
STEPS: Final = np.zeros(256, np.int8)
STEPS[list(b"[{")], STEPS[list(b"]}")] = 1, -1


def check_depth(body: bytes) -> None:
    """Refuse a body that is nested too deep; 400 KB of events take 1 ms, few brackets microseconds.

    Raises:
        FaultyRequestError: it is.
    """
    if body.count(b"[") + body.count(b"{") > DEEPEST and depth_of(body) > DEEPEST:
        raise FaultyRequestError(Fault("too_deep", f"The JSON is nested deeper than {DEEPEST} levels.", ""))


def depth_of(body: bytes) -> int:
    """The levels of a body of JSON, and something or other for one that is none."""
    if b"\\" in body:  # what is escaped ends no string; pairs of backslashes first, for they escape nothing
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = np.frombuffer(body.translate(None, OTHERS), np.uint8)
    is_outside = np.cumsum(marks == QUOTE, dtype=np.uint8) % 2 == 0
    return int(np.cumsum(STEPS[marks] * is_outside, dtype=np.int32).max(initial=0))
