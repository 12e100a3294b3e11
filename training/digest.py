"""The digest of a run: inputs, configuration and code; equal digests give equal models."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

import recsvc.domain
import recsvc.files
import recsvc.model
import training
from training.config import TrainingConfig

CODE = tuple(
    Path(str(package.__file__)).parent for package in (recsvc.domain, recsvc.files, recsvc.model, training)
)


def digest(paths: Iterable[Path], config: TrainingConfig, options: dict[str, str | None]) -> str:
    """The sha256 of everything that decides the model, but for the time of the run.

    Args:
        paths: input files and directories, in the order given.
        config: the configuration.
        options: flags that change what is read.
    """
    total = hashlib.sha256(msgspec.json.encode([config, options], order="deterministic"))
    for path in paths:
        total.update(b"\0input")
        _add(total, path)
    for directory in CODE:
        for path in sorted(directory.rglob("*.py")):
            total.update(b"\0code" + str(path.relative_to(directory)).encode())
            _add(total, path)
    return total.hexdigest()


def _add(total: "hashlib._Hash", path: Path) -> None:
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as stream:
                total.update(hashlib.file_digest(stream, "sha256").digest())
