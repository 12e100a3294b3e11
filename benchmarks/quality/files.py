"""Files: the parts of a set on disk, where `recsvc train` and `recsvc evaluate` read them."""

import shutil
from pathlib import Path
from typing import NamedTuple

from quality.sets import PREPARE, Judges, Part, joint

from recsvc.domain.errors import UsageError
from recsvc.sources.complete_journey import package_folder


class JudgeFiles(NamedTuple):
    """The files of one way of judging."""

    targets: Path
    history: Path | None
    facts: Path | None


class PartFiles(NamedTuple):
    """The files of one part of a set."""

    events: Path
    items: Path | None
    facts: Path | None
    hidden: Path | None
    judges: dict[str, JudgeFiles]
    all_judges: JudgeFiles  # of all ways at once, for a search


def sources(data: Path) -> dict[str, Path]:
    """The sets that are there: name → folder of its source."""
    found = {name: data / folder for name, (_, folder) in PREPARE.items() if folder}
    there = {name: folder for name, folder in found.items() if folder.is_dir()}
    try:
        package = package_folder()
    except UsageError:
        return there
    return there | {name: package for name, (_, folder) in PREPARE.items() if not folder}


def prepare(name: str, source: Path, cache: Path) -> dict[str, PartFiles]:
    """Write both parts of a set under `cache/NAME/PART/`; what was there before goes.

    Returns:
        the files of "valid" and "test".
    """
    make, _ = PREPARE[name]
    folder = cache / name
    shutil.rmtree(folder, ignore_errors=True)
    return {kind: _write(part, folder / kind) for kind, part in make(source).items()}


def _write(part: Part, folder: Path) -> PartFiles:
    events, items, facts, hidden = (
        _frame(getattr(part, name), folder, name) for name in ("events", "items", "facts", "hidden")
    )
    judges = {name: _judges(one, folder / name) for name, one in part.judges.items()}
    return PartFiles(events, items, facts, hidden, judges, _judges(joint(part.judges), folder / "joint"))  # type: ignore[arg-type]


def _judges(judges: Judges, folder: Path) -> JudgeFiles:
    targets, history, facts = (_frame(frame, folder, name) for name, frame in judges._asdict().items())
    return JudgeFiles(targets, history, facts)  # type: ignore[arg-type]


def _frame(frame: object, folder: Path, name: str) -> Path | None:
    if frame is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    frame.write_parquet(path)  # type: ignore[attr-defined]
    return path
