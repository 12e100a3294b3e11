"""The journal: every trial of a search on disk as it ends, and the best configuration so far beside it."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from recsvc.domain.errors import InputOutputError, UsageError
from training.config import TrainingConfig


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration that was tried."""

    number: int
    figure: float | None  # mean of the metric over the visitors that judge; None where it cannot be trained
    error: float | None  # its standard error
    seconds: float
    values: dict[str, float]  # of the dimensions
    reason: str | None = None  # why it cannot be trained


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: what the figures are of. Those of another search say nothing here."""

    digest: str  # of inputs, configuration to start from, and code
    metric: str
    visitors: int


class Paths(NamedTuple):
    """What a search writes."""

    best: Path  # TOML, as asked for
    trials: Path  # NDJSON
    picture: Path  # SVG

    @classmethod
    def beside(cls, best: Path) -> "Paths":
        """The other files of a TOML."""
        return cls(best, best.with_suffix(".trials.ndjson"), best.with_suffix(".svg"))


class Journal:
    """Trials in the order they ended, those of an earlier run of the same search first.

    Attributes:
        trials: all of them.
    """

    def __init__(self, path: Path, heading: Heading) -> None:
        self._path = path
        self.trials: list[Trial] = []
        try:
            lines = path.read_bytes().split(b"\n") if path.exists() else []
            kept = self._read(lines, heading) if len(lines) > 1 else [msgspec.json.encode(heading)]
            replace(path, b"\n".join([*kept, b""]))
        except OSError as error:
            raise InputOutputError(f"{path} cannot be written ({error.strerror}).") from error

    def add(self, trial: Trial) -> None:
        """Keep a trial; it is on the disk when this returns."""
        self.trials.append(trial)
        with self._path.open("ab") as stream:
            stream.write(msgspec.json.encode(trial) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def _read(self, lines: list[bytes], heading: Heading) -> list[bytes]:
        """The complete lines: a run that was killed leaves half a line at the end at most."""
        *complete, _ = lines
        try:
            found = msgspec.json.decode(complete[0], type=Heading)
            self.trials = [msgspec.json.decode(line, type=Trial) for line in complete[1:]]
        except msgspec.MsgspecError as error:
            raise UsageError(
                f"{self._path} is no log of a search ({error}); give another --out or move it away."
            ) from error
        if found != heading:
            raise UsageError(
                f"{self._path} is the log of another search: its {_difference(found, heading)} differs. Give "
                "another --out, or move it away to begin anew."
            )
        return complete


def replace(path: Path, content: bytes) -> None:
    """Write a file whole: at any moment the old one or the new one is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)


def toml_of(config: TrainingConfig, comments: list[str]) -> bytes:
    """What differs from the defaults as TOML that `--config` reads, below some comments."""
    different = _different(config, TrainingConfig())
    lines = [f"# {comment}" for comment in comments]
    lines += ["", *_entries(different)]
    for name, table in _tables(different, ""):
        lines += ["", f"[{name}]", *_entries(table)]
    return ("\n".join(lines) + "\n").encode()


def _different(struct: msgspec.Struct, defaults: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in struct.__struct_fields__:
        value, default = getattr(struct, name), getattr(defaults, name)
        if isinstance(value, msgspec.Struct) and isinstance(default, msgspec.Struct):
            found |= {name: inner} if (inner := _different(value, default)) else {}
        elif value is not None and value != default:
            found[name] = msgspec.to_builtins(value)
    return found


def _entries(table: dict[str, Any]) -> list[str]:
    return [
        f"{key} = {msgspec.json.encode(value).decode()}"
        for key, value in table.items() if not isinstance(value, dict)
    ]  # fmt: skip


def _tables(table: dict[str, Any], prefix: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for key, value in table.items():
        if isinstance(value, dict):
            name = f"{prefix}{key}"
            found += [(name, value), *_tables(value, f"{name}.")]
    return found


def _difference(found: Heading, heading: Heading) -> str:
    names = {
        "digest": "input, start or code",
        "metric": "metric",
        "visitors": "number of visitors that judge",
    }
    return next(words for name, words in names.items() if getattr(found, name) != getattr(heading, name))
