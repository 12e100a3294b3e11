"""Publish: one revision of a quiz into a directory of immutable files, its pictures first, once for all."""

import contextlib
import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from quizzes.definition import Quiz
from quizzes.errors import AlreadyPublishedError, QuizFileError, RevisionTakenError
from quizzes.loader import canonical_json, content_hash, load_quiz, source_of
from quizzes.source import Lines, path_of

PICTURES = (".svg", ".png", ".jpg", ".jpeg", ".webp", ".avif")
PICTURE_LIMIT = 500_000
"""Bytes; a picture of a choice is looked at for a second."""
ELSEWHERE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:|/)")
"""Pictures of other places: an address, or a path of the shop."""
PART = re.compile(r"\w[\w.-]*")
READABLE = 0o444


class Publication(msgspec.Struct, frozen=True):
    """A revision that was published."""

    quiz: str
    revision: int
    hash: str  # SHA-256 of the canonical JSON
    path: str
    bytes: int
    pictures: int


class Draft(NamedTuple):
    """A definition with its pictures, ready to be published."""

    quiz: Quiz
    contents: bytes  # its canonical JSON
    pictures: Mapping[str, bytes]  # by name

    @property
    def name(self) -> str:
        """What it is published as."""
        return f"{self.quiz.id}@{self.quiz.revision}"


def read_draft(definition: Path) -> Draft:
    """Read a definition, and the pictures that its choices name and that lie beside it.

    Raises:
        QuizFileError: the file is no quiz, or names a picture that cannot be published.
        OSError: a file cannot be read.
    """
    source, name = definition.read_bytes(), str(definition)
    quiz = load_quiz(source, name)
    lines = Lines(source_of(source, name).text, msgspec.to_builtins(quiz))
    return Draft(quiz, canonical_json(quiz), _pictures(quiz, definition, lines))


def check(draft: Draft, directory: Path) -> None:
    """Refuse a revision that is published.

    Raises:
        AlreadyPublishedError: it is there with the same contents.
        RevisionTakenError: it is there with other contents.
        OSError: a file cannot be read.
    """
    there = directory / f"{draft.name}.json"
    if not there.exists():
        return
    same = there.read_bytes() == draft.contents
    drawn = all(_is(directory / draft.name / name, picture) for name, picture in draft.pictures.items())
    if same and drawn:
        raise AlreadyPublishedError(f"{draft.name} is published already, with the same contents.")
    raise RevisionTakenError(
        f"{draft.name} is published with other {'pictures' if same else 'contents'} and never changes; "
        f"set revision = {next_revision(directory, draft.quiz.id)} and publish again."
    )


def publish(draft: Draft, directory: Path) -> Publication:
    """Write `{id}@{revision}.json` and its pictures; readers see all of it or nothing.

    Args:
        draft: one that lint finds sound.
        directory: of all published revisions; made where it is absent.

    Raises:
        AlreadyPublishedError: this revision is there with the same contents.
        RevisionTakenError: this revision is there with other contents.
        OSError: a file cannot be read or written.
    """
    target = directory / f"{draft.name}.json"
    with _alone(directory):
        check(draft, directory)
        for name, picture in draft.pictures.items():
            _put(directory / draft.name / name, picture)
        _put(target, draft.contents)
    return Publication(
        draft.quiz.id,
        draft.quiz.revision,
        content_hash(draft.quiz),
        str(target),
        len(draft.contents),
        len(draft.pictures),
    )


def next_revision(directory: Path, quiz_id: str) -> int:
    """The least revision above all that are published of a quiz."""
    numbers = (path.stem.removeprefix(f"{quiz_id}@") for path in directory.glob(f"{quiz_id}@*.json"))
    return max((int(number) for number in numbers if number.isdecimal()), default=0) + 1


def _is(path: Path, contents: bytes) -> bool:
    return path.is_file() and path.read_bytes() == contents


def _pictures(quiz: Quiz, definition: Path, lines: Lines) -> dict[str, bytes]:
    """Name → contents of every picture that lies beside the definition."""
    found: dict[str, bytes] = {}
    for row, question in enumerate(quiz.questions):
        for number, choice in enumerate(question.choices):
            if choice.image is None or ELSEWHERE.match(choice.image):
                continue
            place = ("questions", row, "choices", number)
            reason = _unfit(definition.parent, choice.image)
            if reason:
                path = path_of(place, "image")
                line = lines.line(place)
                raise QuizFileError("image", str(definition), line, path, f"`{choice.image}` {reason}.")
            found[choice.image] = (definition.parent / choice.image).read_bytes()
    return found


def _unfit(directory: Path, image: str) -> str | None:
    """Why a picture cannot be published, and what to do."""
    if not all(PART.fullmatch(part) for part in image.split("/")):
        return "is no plain name: no .., no blanks, no signs but - _ and .; rename it"
    if not image.lower().endswith(PICTURES):
        return f"is no picture that every browser shows; make it one of {', '.join(PICTURES)}"
    path = directory / image
    if not path.is_file():
        return f"does not lie beside the definition; put it at {path}"
    if not path.resolve().is_relative_to(directory.resolve()) or path.is_symlink():
        return "is a link to another place; put the picture itself there"
    size = path.stat().st_size
    if size > PICTURE_LIMIT:
        return f"has {size / 1000:.0f} KB; make it at most {PICTURE_LIMIT // 1000} KB"
    return None


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep other publishers out of a directory; it is made where it is absent."""
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _put(path: Path, contents: bytes) -> None:
    """Put a whole file into its place, over a picture that a publication left which was cut off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with aside.open("xb") as stream:
            stream.write(contents)
            stream.flush()
            os.fchmod(stream.fileno(), READABLE)
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """Make new names inside a directory durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
