"""Publishing: an artifact appears whole or not at all, and one run at a time."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from recsvc.domain.errors import ArtifactError, InputOutputError, NothingNewError
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact, Manifest
from recsvc.model.lease import LEASE, LOCK, Lease, held

ASIDE = ".publishing-"
ORPHAN_AGE_S = 3_600.0
"""An unfinished directory older than this is nobody's: on some network disks the lock does not hold."""


@contextmanager
def locked(models: Path) -> Iterator[Lease]:
    """Hold the directory of models; sweep what a killed run left, and finish what it had begun to publish.

    Raises:
        LockedError: another run holds it.
        InputOutputError: the directory cannot be made or written.
    """
    with ExitStack() as stack:
        try:
            models.mkdir(parents=True, exist_ok=True)
            lease = stack.enter_context(held(models))
        except OSError as error:
            raise InputOutputError(f"{models} cannot be written ({error.strerror}).") from error
        _sweep(models)
        _finish(models)
        yield lease


def refuse_repetition(models: Path, digest: str) -> None:
    """Refuse a digest that the newest sound version has, or that was withdrawn.

    Raises:
        NothingNewError: training again would give a model that is there already, or is not wanted.
    """
    known = [(version, _digest_of(models / version)) for version in versions.versions(models)]
    sound = [(version, found) for version, found in known if not versions.is_withdrawn(models, version)]
    if sound and sound[-1][1] == digest:
        raise NothingNewError(
            f"Nothing new: {sound[-1][0]} has the same inputs, configuration and code; --force trains anyway."
        )
    withdrawn = [version for version, found in known
                 if found == digest and versions.is_withdrawn(models, version)]  # fmt: skip
    if withdrawn:
        raise NothingNewError(
            f"Nothing new: the same inputs, configuration and code gave {withdrawn[-1]}, which was "
            f"withdrawn; --force publishes it again."
        )


def new_version(models: Path, digest: str, now: datetime) -> str:
    """A version that does not exist yet: the time, and eight digits of the digest and the time."""
    while True:
        stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        tail = hashlib.sha256(f"{digest}{now.isoformat()}".encode()).hexdigest()[:8]
        version = f"{stamp}-{tail}"
        newest = versions.versions(models)[-1:]
        if not newest or version > newest[0]:
            return version
        time.sleep(0.01)
        now = datetime.now(UTC)


def publish(
    models: Path, lease: Lease, model: Artifact, training: dict[str, Any], page: str = ""
) -> Manifest:
    """Write, verify, rename into place, point to it. Call inside `locked`.

    Killed at any moment it leaves the old model current or the new one, never a mixture; when the directory
    is in place but not current yet, the next run finishes that.

    Args:
        models: the directory of models.
        lease: held, and confirmed just before the pointer moves.
        model: what to publish.
        training: for the manifest.
        page: becomes report.html; "" for none.

    Raises:
        ArtifactError: what was written does not read back.
        LockedError: the lease ran out and another run took over.
        InputOutputError: the disk refused.
    """
    version = model.version
    aside = models / f"{ASIDE}{version}"
    manifest = msgspec.structs.replace(model.manifest, training=training)
    try:
        aside.mkdir()
        manifest = artifacts.write(aside, manifest, model.vocabulary.ids, model.arrays)
        if page:
            (aside / artifacts.REPORT).write_text(page, "utf-8")
        versions.sync_directory(aside)
        artifacts.read(aside)
        lease.confirm()
        _intend(models, version)
        aside.rename(models / version)
        versions.sync_directory(models)
        versions.point(models, version)
        _intend(models, "")
    except OSError as error:
        raise InputOutputError(f"{models / version} cannot be written ({error.strerror}).") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)  # after the rename nothing is there
    return manifest


def _intend(models: Path, version: str) -> None:
    """Note in the lock file which version is about to become current."""
    with (models / LOCK).open("r+", encoding="ascii") as stream:
        stream.truncate()
        stream.write(version)
        stream.flush()
        os.fsync(stream.fileno())


def _finish(models: Path) -> None:
    """Point to the version that a killed run had put in place, if it is whole."""
    intended = (models / LOCK).read_text("ascii").strip()
    if not intended:
        return
    sound = intended in versions.versions(models) and not versions.is_withdrawn(models, intended)
    if sound and not _is_behind(models, intended):
        try:
            artifacts.read(models / intended)
        except ArtifactError:
            pass
        else:
            versions.point(models, intended)
    _intend(models, "")


def _is_behind(models: Path, version: str) -> bool:
    """Whether a newer version was published since: by the run that took over from the one that began this."""
    try:
        return version < (versions.current(models) or "")
    except ArtifactError:
        return False


def _sweep(models: Path) -> None:
    oldest = time.time() - ORPHAN_AGE_S
    for path in models.glob(f"{ASIDE}*"):
        if path.stat().st_mtime < oldest:
            shutil.rmtree(path, ignore_errors=True)
    for name in (f".{versions.CURRENT}", LEASE, LOCK):
        for path in models.glob(f"{name}-*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def _digest_of(directory: Path) -> str | None:
    """The digest of a version, None where its manifest cannot be read."""
    try:
        return artifacts.read_manifest(directory).digest
    except ArtifactError:
        return None
