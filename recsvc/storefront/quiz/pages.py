"""Pages: templates rendered in one language, under headers that let nothing else in."""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from recsvc.storefront.addresses import link
from recsvc.storefront.quiz.parts import QuizPageParts
from recsvc.storefront.quiz.texts import Texts

ROOT = Path(str(files("recsvc.storefront.quiz")))
STATIC = ROOT / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' https:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class QuizPages:
    """The pages, over what they are made from."""

    def __init__(self, parts: QuizPageParts) -> None:
        self.parts = parts

    def page(
        self,
        template: str,
        locale: str,
        *,
        status_code: int = 200,
        cookies: list[Cookie] | None = None,
        **values: Any,
    ) -> Response[str]:
        """Answer a page."""
        html = (
            _environment()
            .get_template(template)
            .render(t=Texts(locale), locale=locale, theme=self._theme(), **values)
        )
        return Response(
            html, status_code=status_code, media_type=MediaType.HTML, headers=HEADERS, cookies=cookies
        )

    def _theme(self) -> str | None:
        """The address of the shop's stylesheet, new whenever the file is."""
        theme = self.parts.theme
        if theme is None or not theme.is_file():
            return None
        return link("quiz-pages", "theme.css", v=f"{theme.stat().st_mtime_ns:x}")


def static_files() -> dict[str, tuple[bytes, str]]:
    """Name → contents and media type of every file beside the templates."""
    return {path.name: (path.read_bytes(), TYPES[path.suffix]) for path in sorted(STATIC.iterdir())}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"asset": _asset, "link": link}
    return environment


@cache
def _asset(name: str) -> str:
    """The address of a static file, new whenever the file is."""
    digest = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return link("quiz-pages", "static", name, v=digest)
