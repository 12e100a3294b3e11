"""Lines: a step taken before each line of the serving code, which is wherever two threads could meet."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import recsvc.serving

SERVING = str(Path(recsvc.serving.__file__).parent)


def at_each_line(work: Callable[[], object], step: Callable[[], object]) -> int:
    """Work, and step in before each line of the serving code that it runs; answers how many these were."""
    lines = 0

    def look(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.startswith(SERVING):
            return None
        if event == "line":
            lines += 1
            step()
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines
