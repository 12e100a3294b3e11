"""Refusals: what went wrong in the words of the one who reads it, under the status that machines read."""

from collections.abc import Callable
from typing import Any

from litestar import Response

from recsvc.domain.errors import StoreUnavailableError
from recsvc.http.problems import answer_problem
from recsvc.serving.ports import QuizSession
from recsvc.storefront.addresses import link
from recsvc.storefront.quiz.pages import HEADERS, QuizPages
from recsvc.storefront.quiz.parts import PageRequest
from recsvc.storefront.quiz.reading import locale_of, may_see
from recsvc.storefront.quiz.texts import Texts

Refusal = Callable[[PageRequest, Exception], Response[Any]]
FAILED = 500
NOT_FOUND = 404


def refuse_by_page(pages: QuizPages) -> Refusal:
    """Answer whatever was raised by a page."""

    def answer(request: PageRequest, error: Exception) -> Response[Any]:
        problem = answer_problem(request, error)
        status = problem.status_code or FAILED
        locale, here = _place(request, pages)
        texts = Texts(locale)
        kind = problem.content.type.rpartition("/")[2].replace("-", "_")
        words = kind if texts.has(f"problem.{kind}") else _by_status(status)
        page = pages.page("problem.html", locale, status_code=status, words=words, here=here)
        others = {name: value for name, value in problem.headers.items() if name.lower() not in HEADERS}
        page.headers.update(others)
        return page

    return answer


def refuse_form(pages: QuizPages) -> Refusal:
    """Answer a browser by a page and everybody else by a problem."""
    by_page = refuse_by_page(pages)

    def answer(request: PageRequest, error: Exception) -> Response[Any]:
        reads_pages = "text/html" in request.headers.get("accept", "")
        return by_page(request, error) if reads_pages else answer_problem(request, error)

    return answer


def _by_status(status: int) -> str:
    if status >= FAILED:
        return "internal"
    return "not_found" if status == NOT_FOUND else "invalid_request"


def _place(request: PageRequest, pages: QuizPages) -> tuple[str, str | None]:
    """The language, and the page of the session where the one who asks may see it."""
    parts = pages.parts
    session_id = str(request.path_params.get("session_id", ""))
    session = _session(pages, session_id) if session_id else None
    if session is not None and may_see(request, parts.secret, session_id, session.visitor_id):
        return session.locale, link("quiz-sessions", session_id)
    quiz_id = str(request.path_params.get("quiz", ""))
    known = quiz_id in parts.journey.quizzes.ids()
    return locale_of(request, parts.locales), link("quizzes", quiz_id) if known else None


def _session(pages: QuizPages, session_id: str) -> QuizSession | None:
    try:
        return pages.parts.sessions.read_session(session_id)
    except StoreUnavailableError:
        return None
