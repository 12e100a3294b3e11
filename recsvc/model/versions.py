"""Versions: the directory of models, its `current` pointer and the mark of a withdrawn version."""

import os
import re
from pathlib import Path

from recsvc.domain.errors import ArtifactError, InputOutputError, UsageError
from recsvc.model.artifact import MANIFEST
from recsvc.model.lease import held

CURRENT = "current"
WITHDRAWN = ".withdrawn"
VERSION_PATTERN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def versions(models: Path) -> list[str]:
    """All complete versions, oldest first."""
    if not models.is_dir():
        return []
    names = (path.name for path in models.iterdir() if (path / MANIFEST).is_file())
    return sorted(name for name in names if VERSION_PATTERN.fullmatch(name))


def current(models: Path) -> str | None:
    """The published version, None before the first.

    Raises:
        ArtifactError: the pointer names something that is not a version.
    """
    try:
        name = (models / CURRENT).read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{models.name}/{CURRENT} cannot be read ({error}); publish again.") from error
    if not VERSION_PATTERN.fullmatch(name):
        raise ArtifactError(f"{models.name}/{CURRENT} names no version; publish again or roll back.")
    return name


def is_withdrawn(models: Path, version: str) -> bool:
    """Whether a version was rolled back."""
    return (models / f"{version}{WITHDRAWN}").exists()


def point(models: Path, version: str) -> None:
    """Move `current` to a version in one rename; readers see the old or the new, never neither."""
    aside = models / f".{CURRENT}-{os.getpid()}"
    with aside.open("w", encoding="ascii") as stream:
        stream.write(version + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(models / CURRENT)
    sync_directory(models)


def rollback(models: Path, version: str | None = None) -> tuple[str, str]:
    """Withdraw the current version and point to another: the one named, else the newest sound one before it.

    Returns:
        (withdrawn version, version now current).

    Raises:
        UsageError: nothing is published, or there is nothing to go back to.
        LockedError: a training run holds the directory.
        InputOutputError: the directory cannot be written.
    """
    _published(models)
    try:
        with held(models):
            return _go_back(models, version)
    except OSError as error:
        raise InputOutputError(f"{models} cannot be written ({error.strerror}).") from error


def _published(models: Path) -> str:
    version = current(models)
    if version is None:
        raise UsageError(f"Nothing is published in {models.name}; train first.")
    return version


def _go_back(models: Path, version: str | None) -> tuple[str, str]:
    now = _published(models)
    sound = [v for v in versions(models) if v != now and not is_withdrawn(models, v)]
    if version is None:
        earlier = [v for v in sound if v < now]
        if not earlier:
            raise UsageError(f"There is no sound version before {now} to go back to.")
        version = earlier[-1]
    elif version not in sound:
        raise UsageError(
            f"{version} is not a sound version other than the current one; see `recsvc model list`."
        )
    (models / f"{now}{WITHDRAWN}").touch()
    point(models, version)
    return now, version


def resolve(reference: str) -> Path:
    """The directory of `DIR` (its current version) or `DIR@VERSION`, split at the last @.

    Raises:
        UsageError: nothing is published there, or the version does not exist.
    """
    head, at, tail = reference.rpartition("@")
    if at and VERSION_PATTERN.fullmatch(tail):
        directory = Path(head) / tail
    else:
        version = current(Path(reference))
        if version is None:
            raise UsageError(
                f"Nothing is published in {reference}; run `recsvc train --models {reference}` first."
            )
        directory = Path(reference) / version
    if not (directory / MANIFEST).is_file():
        raise UsageError(f"{directory} is not a model; `recsvc model list` shows those there are.")
    return directory


def sync_directory(directory: Path) -> None:
    """Make renames inside a directory durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
