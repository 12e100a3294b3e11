"""Steps: commands of this program in processes of their own, so that one that dies can be told of."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NamedTuple

import msgspec

FAULT: Final = 70
INTERRUPTED: Final = 130


class Step(NamedTuple):
    """One command with its arguments."""

    name: str
    arguments: tuple[str, ...] = ()


def run_step(step: Step, variables: Mapping[str, str]) -> dict[str, Any]:
    """Run a command; its summary, or one made for it where it could not write any.

    A step that is interrupted is killed with its process and says so; steps may be killed at any moment.

    Args:
        step: what to run.
        variables: of its environment, beside those of this process.
    """
    command = [sys.executable, "-m", "recsvc", *step.arguments, "--json"]
    try:
        done = subprocess.run(  # noqa: S603
            command, check=False, stdout=subprocess.PIPE, env={**os.environ, **variables}
        )
    except KeyboardInterrupt:
        return _unsaid("interrupted", INTERRUPTED, f"{step.name} was interrupted.")
    last = done.stdout.splitlines()[-1:]
    try:
        summary: dict[str, Any] = msgspec.json.decode(last[0], type=dict[str, Any])
    except (IndexError, msgspec.MsgspecError):
        return _dead(step, done.returncode)
    return summary


@contextmanager
def terminable() -> Iterator[None]:
    """End on SIGTERM as on Ctrl-C: a scheduler that stops the job hears how it ended."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _dead(step: Step, code: int) -> dict[str, Any]:
    if code >= 0:
        status = "usage" if code == 64 else "failed"  # noqa: PLR2004 (the exit code of the contracts)
        return _unsaid(status, code or FAULT, f"{step.name} ended with {code}; what went wrong stands above.")
    name = signal.Signals(-code).name
    hint = ", perhaps for want of memory" if name == "SIGKILL" else ""
    return _unsaid("failed", FAULT, f"{step.name} was ended by {name}{hint}; what is published stays.")


def _unsaid(status: str, code: int, message: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("version", "metrics", "gate", "read", "rejected", "seconds", "peak_mb"))
    return {"status": status, "exit": code, **nothing, "message": message}
