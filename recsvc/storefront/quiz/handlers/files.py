"""Files of the pages: the pictures that a quiz names, its stylesheet and script, the shop's theme."""

from pathlib import PurePosixPath

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from recsvc.storefront.quiz.pages import QuizPages, static_files

IMMUTABLE = "public, max-age=31536000, immutable"
PICTURES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself may paint, and nothing else."""


@get("/quizzes/{quiz:str}/{revision:int}/images/{name:path}", sync_to_thread=True)
def show_picture(
    quiz: FromPath[str], revision: FromPath[int], name: FromPath[str], pages: NamedDependency[QuizPages]
) -> Response[bytes]:
    """A picture of a choice; only those that the revision names are there."""
    quizzes, name = pages.parts.journey.quizzes, name.lstrip("/")
    media_type = PICTURES.get(PurePosixPath(name).suffix.lower())
    path = quizzes.picture(quiz, revision, name) if media_type else None
    if path is None or not path.is_file():
        raise NotFoundException
    return Response(
        path.read_bytes(),
        media_type=media_type,
        headers={
            "cache-control": "no-store" if quizzes.is_draft(quiz, revision) else IMMUTABLE,
            "content-security-policy": PICTURE_POLICY,
            "x-content-type-options": "nosniff",
        },
    )


@get("/quiz-pages/static/{name:str}", sync_to_thread=False)
def show_static(name: FromPath[str]) -> Response[bytes]:
    """The stylesheet or the script of the pages."""
    found = static_files().get(name)
    if found is None:
        raise NotFoundException
    headers = {"cache-control": IMMUTABLE, "x-content-type-options": "nosniff"}
    return Response(found[0], media_type=found[1], headers=headers)


@get("/quiz-pages/theme.css", sync_to_thread=True)
def show_theme(pages: NamedDependency[QuizPages]) -> Response[bytes]:
    """The stylesheet that the shop lays over the pages."""
    theme = pages.parts.theme
    if theme is None or not theme.is_file():
        raise NotFoundException
    headers = {"cache-control": IMMUTABLE, "x-content-type-options": "nosniff"}
    return Response(theme.read_bytes(), media_type="text/css", headers=headers)
