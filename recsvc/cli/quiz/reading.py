"""Reading: definitions, published revisions and items files, for every command about quizzes."""

import contextlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.errors import QuizFileError
from quizzes.loader import load_quiz
from recsvc.domain.catalogue import Item
from recsvc.domain.errors import BadDataError, InputOutputError, UsageError

SUFFIXES = (".quiz.toml", ".quiz.json")
PUBLISHED = re.compile(r"^(.+)@(\d+)\.json$")


def read_source(path: Path) -> bytes:
    """Read a definition as it was written.

    Raises:
        InputOutputError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputOutputError(f"{path} cannot be read: {error.strerror}.") from error


def read_quiz(path: Path) -> Quiz:
    """Read a definition, TOML or JSON by its suffix.

    Raises:
        BadDataError: it is no quiz; the sentence names file, line, path and fix.
        InputOutputError: it cannot be read.
    """
    try:
        return load_quiz(read_source(path), str(path))
    except QuizFileError as error:
        raise BadDataError(str(error)) from error


def read_published(directory: Path, quiz_id: str) -> list[Quiz]:
    """Read every published revision of one quiz, in the order of their numbers."""
    return [_revision(path) for _, path in sorted(_revisions(directory).get(quiz_id, ()))]


def read_newest(directory: Path, without: Collection[str] = ()) -> Iterator[Quiz]:
    """Read the newest published revision of every quiz but those named."""
    for quiz_id, revisions in sorted(_revisions(directory).items()):
        if quiz_id not in without:
            with contextlib.suppress(BadDataError):  # one that is broken is not served either
                yield _revision(max(revisions)[1])


def check_published(directory: Path | None) -> None:
    """Refuse a directory of published revisions that is not there."""
    if directory is not None and not directory.is_dir():
        raise UsageError(
            f"--published {directory}: no such directory; name the one that holds the published revisions."
        )


def read_catalogue(path: Path) -> Catalogue:
    """Read the items that quizzes wish for and filter on; loads polars."""
    items = read_items_file(path)
    return Catalogue([item.values() for item in items], [item.can_be_bought for item in items])


def read_items_file(path: Path) -> list[Item]:
    """Read a catalogue from whatever `recsvc import items` reads; loads polars."""
    from recsvc.files.rejects import Rejects  # noqa: PLC0415
    from recsvc.sources.item_files import made_items, read_item_files  # noqa: PLC0415

    rejects = Rejects()
    return made_items(read_item_files(path, timezone="UTC", rejects=rejects), (), rejects)


def beside(file: Path, suffix: str) -> Path:
    """The file of the same name beside a definition: NAME.quiz.toml → NAME.items.csv for `.items.csv`."""
    name = next((file.name.removesuffix(one) for one in SUFFIXES if file.name.endswith(one)), file.stem)
    return file.with_name(f"{name}{suffix}")


def _revisions(directory: Path) -> dict[str, list[tuple[int, Path]]]:
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in directory.glob("*@*.json"):
        named = PUBLISHED.match(path.name)
        if named:
            found.setdefault(named[1], []).append((int(named[2]), path))
    return found


def _revision(path: Path) -> Quiz:
    try:
        return load_quiz(read_source(path), str(path))
    except QuizFileError as error:
        raise BadDataError(
            f"{error} A published revision is never edited: remove the file and publish again, or put back "
            "what was published."
        ) from error
