"""The artifact: an immutable directory of plain arrays with a manifest; read, verify, write. Never pickle."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from recsvc.domain.errors import ArtifactError
from recsvc.model.fold_in import Gram, decompose
from recsvc.model.index import ItemIndex
from recsvc.model.parameters import Parameters
from recsvc.model.prior import AnswerTable
from recsvc.model.soundness import check_sound
from recsvc.model.vocabulary import Vocabulary

SCHEMA = 3
MANIFEST = "manifest.json"
PART = 16_384
REPORT = "report.html"  # for people: the manifest does not list it, nothing serves from it
Array = NDArray[Any]
DTYPES = {
    "factors": "float32",  # (n, f + r) [Y | V]
    "popularity": "float32",  # (n,) recency-weighted buyers an item ÷ visitors
    "popularity_window": "float32",  # (n,) buyers an item in the last window ÷ visitors
    "item_counts": "float32",  # (n,) distinct visitors an item
    "repeats": "float32",  # (n,) how readily the item is bought again, 0 = never
    "repeat_intervals": "float32",  # (n,) usual days between two purchases by one visitor, > 0
    "trending": "float32",  # (n,) what sells now ÷ what the item's own past suggests; 0 = unknown
    "arrivals": "float32",  # (n,) purchases a day of a new item, shrunk; 0 = not new
    "answers": "float32",  # (q, f + r)
    "answer_means": "float32",  # (q,)
    "answer_covariance": "float32",  # (q, q) of the centred answers, positive semidefinite
    "directions": "float32",  # (v, f + r)
    "table_rows": "int32",  # (n, t) item-item table S: neighbours of each item, -1 = none
    "table_weights": "float32",  # (n, t) aligned with table_rows
    "similar_rows": "int32",  # (n, k) similar products, best first, -1 = none
    "similar_weights": "float32",  # (n, k)
    "together_rows": "int32",  # (n, k) bought together, best first, -1 = none
    "together_weights": "float32",  # (n, k)
}

INDEX = {  # there where the items are many; models of schema 3 from before have none
    "index_centres": "float32",  # (c, f + r + 1) what each list stands for: [Y | V | s·pop]
    "index_starts": "int32",  # (c + 1,) the first row of each list, and n
    "index_reach": "int32",  # (1,) lists that a search looks at
}


class ArrayEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the manifest says of one file."""

    file: str
    sha256: str
    dtype: str | None = None  # None: not an array
    shape: tuple[int, ...] = ()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The table of contents, with where the model came from."""

    schema: int = SCHEMA
    version: str
    created_at: datetime
    digest: str  # of inputs, configuration and code
    files: dict[str, ArrayEntry]
    parameters: Parameters
    training: dict[str, Any] = {}  # window, counts, metrics, gate, configuration, seconds


class Artifact:
    """One verified model: items only, never people."""

    def __init__(self, manifest: Manifest, item_ids: Sequence[str], arrays: dict[str, Array]) -> None:
        self.manifest = manifest
        self.version = manifest.version
        self.parameters = manifest.parameters
        self.vocabulary = Vocabulary(item_ids)
        self.arrays = arrays
        self.factors = arrays["factors"]
        self.item_factors = self.factors[:, : self.parameters.n_factors]
        self.popularity = arrays["popularity"]
        self.index = index_of(arrays)

    @cached_property
    def gram(self) -> Gram:
        """YᵀY of the items that the fit saw; those described only are no evidence."""
        seen = self.arrays["item_counts"] > 0
        matrix = np.zeros((self.parameters.n_factors, self.parameters.n_factors))
        for part in self._parts():
            some = self.item_factors[part][seen[part]]
            matrix += some.T @ some
        return decompose(matrix)

    def prepare(self) -> None:
        """Compute what requests share, so that the first one does not pay for it."""
        _ = self.gram, self.covariance, self.answer_table

    @cached_property
    def covariance(self) -> NDArray[np.float64]:
        """(f + r + 1, f + r + 1) float64, covariance over items of [Y | V | pop]."""
        width = self.factors.shape[1] + 1
        total, products = np.zeros(width), np.zeros((width, width))
        for part in self._parts():
            columns = np.column_stack([self.factors[part], self.popularity[part]])
            total += columns.sum(axis=0, dtype=np.float64)
            products += columns.T @ columns  # in float32, half the time; a part is small enough for it
        mean = total / len(self.popularity)
        return products / len(self.popularity) - np.outer(mean, mean)

    def _parts(self) -> Iterator[slice]:
        """Some thousand items at a time: the whole of a million would be copied, in every worker."""
        return (slice(first, first + PART) for first in range(0, len(self.popularity), PART))

    @cached_property
    def answer_table(self) -> AnswerTable:
        """Answers and directions in the space of the factors."""
        p = self.parameters
        arrays = self.arrays
        answers = arrays["answers"] * np.float32(p.strengths.answers)
        return AnswerTable(
            p.facts, answers, arrays["answer_means"], p.directions, arrays["directions"], p.kappa
        )


def index_of(arrays: Mapping[str, Array]) -> ItemIndex | None:
    """The index that arrays hold; None of few items, and of models from before there was one."""
    if not INDEX.keys() <= arrays.keys():
        return None
    return ItemIndex(arrays["index_centres"], arrays["index_starts"], int(arrays["index_reach"][0]))


def write(directory: Path, manifest: Manifest, item_ids: Sequence[str], arrays: dict[str, Array]) -> Manifest:
    """Write an artifact into an empty directory, every file synced; return the manifest with its entries.

    Args:
        directory: exists and is empty; the caller renames it into place.
        manifest: its `files` are filled in here.
        item_ids: (n,) in row order.
        arrays: the names and dtypes of DTYPES, with those of INDEX or without.
    """
    entries = {}
    for name, dtype in (DTYPES | (INDEX if index_of(arrays) else {})).items():
        path = directory / f"{name}.npy"
        with path.open("wb") as stream:
            np.lib.format.write_array(
                stream, np.ascontiguousarray(arrays[name], dtype=dtype), allow_pickle=False
            )
            _sync(stream)
        entries[name] = ArrayEntry(path.name, _sha256(path), dtype, arrays[name].shape)
    entries["item_ids"] = _write_json(directory / "item_ids.json", list(item_ids))
    complete = msgspec.structs.replace(manifest, files=entries)
    _write_json(directory / MANIFEST, complete)
    return complete


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest alone.

    Raises:
        ArtifactError: it is absent, malformed or of another schema.
    """
    try:
        manifest = msgspec.json.decode((directory / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ArtifactError(f"{directory.name}/{MANIFEST} cannot be read ({error}); train again.") from error
    if manifest.schema != SCHEMA:
        raise ArtifactError(
            f"{directory.name} has schema {manifest.schema}, this code reads {SCHEMA}; "
            "train again or update recsvc."
        )
    return manifest


def read(directory: Path) -> Artifact:
    """Read and verify a whole artifact; the arrays stay mapped, so that workers share their pages.

    Raises:
        ArtifactError: a file is missing, altered, of the wrong shape or holds a value that is not finite.
    """
    try:
        return _read(directory)
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
        raise ArtifactError(f"{directory.name} cannot be read ({error}); train again.") from error


def _read(directory: Path) -> Artifact:
    manifest = read_manifest(directory)
    missing = {*DTYPES, "item_ids"} - set(manifest.files)
    if missing:
        raise ArtifactError(f"{directory.name} lacks {', '.join(sorted(missing))}; train again.")
    there = [*DTYPES, *(INDEX if INDEX.keys() <= manifest.files.keys() else ())]
    arrays = {name: _read_array(directory, name, manifest.files[name]) for name in there}
    item_ids = _read_ids(directory, manifest.files["item_ids"])
    check_sound(directory.name, manifest.parameters, len(item_ids), arrays)
    return Artifact(manifest, item_ids, arrays)


def _read_array(directory: Path, name: str, entry: ArrayEntry) -> Array:
    path = _checked_path(directory, entry)
    try:
        array = np.load(path, mmap_mode="r" if np.prod(entry.shape) else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ArtifactError(
            f"{path.name} of {directory.name} is not an array ({error}); train again."
        ) from error
    if array.dtype != (DTYPES | INDEX)[name] or array.shape != entry.shape or not array.flags.c_contiguous:
        raise ArtifactError(
            f"{path.name} of {directory.name} is {array.dtype}{array.shape}, "
            f"the manifest says {entry.dtype}{entry.shape}; train again."
        )
    if array.dtype == np.float32 and not _is_finite(array):
        raise ArtifactError(f"{path.name} of {directory.name} holds a value that is not finite; train again.")
    return array.view(np.ndarray)  # a memmap pays for its own class in every product


def _is_finite(array: Array) -> bool:
    """Whether all of its values are, some at a time: whether each is would take a quarter of its memory."""
    return all(np.isfinite(array[first : first + PART]).all() for first in range(0, len(array), PART))


def _read_ids(directory: Path, entry: ArrayEntry) -> tuple[str, ...]:
    path = _checked_path(directory, entry)
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[str, ...])
    except msgspec.MsgspecError as error:
        raise ArtifactError(
            f"{path.name} of {directory.name} is not a list of ids ({error}); train again."
        ) from error


def _checked_path(directory: Path, entry: ArrayEntry) -> Path:
    path = directory / entry.file
    if path.parent != directory or path.is_symlink():
        raise ArtifactError(f"{directory.name} names a file outside itself ({entry.file}); it is not served.")
    try:
        digest = _sha256(path)
    except OSError as error:
        raise ArtifactError(
            f"{entry.file} of {directory.name} cannot be read ({error}); train again."
        ) from error
    if digest != entry.sha256:
        raise ArtifactError(
            f"{entry.file} of {directory.name} was altered or cut (sha256 differs); train again."
        )
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_json(path: Path, value: Any) -> ArrayEntry:
    with path.open("wb") as stream:
        stream.write(msgspec.json.encode(value))
        _sync(stream)
    return ArrayEntry(path.name, _sha256(path))


def _sync(stream: Any) -> None:
    stream.flush()
    os.fsync(stream.fileno())
