"""The first page of a quiz: nothing is kept until its question is answered."""

import secrets
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from quizzes.answers import check
from quizzes.definition import Quiz
from quizzes.errors import AnswerError
from quizzes.texts import in_locale
from recsvc.domain.errors import AnswerRefusedError, NotAllowedError, UnknownQuestionError
from recsvc.http.answer_forms import raw_answer
from recsvc.http.payloads import AnswerForm, Locale, Short
from recsvc.http.signing import csrf_token, is_csrf_token
from recsvc.serving.assign import assign
from recsvc.serving.session_view import SessionView
from recsvc.storefront.addresses import link
from recsvc.storefront.posted import read_posted
from recsvc.storefront.quiz.asked import ask
from recsvc.storefront.quiz.pages import HEADERS, QuizPages
from recsvc.storefront.quiz.parts import PageRequest
from recsvc.storefront.quiz.reading import check_own_site, device_of, locale_of, source_of, visitor_of
from recsvc.storefront.quiz.said import live_answers, said
from recsvc.storefront.quiz.texts import Texts
from recsvc.storefront.visitor import COOKIE, ShopVisitor, kept_cookie

TOUCHPOINT = "quiz-page"
MOST_TRIES = 1000


class StartForm(AnswerForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first answer, with what the first page knew."""

    question: Annotated[str, Meta(max_length=64)] = ""  # "": everything is known already
    locale: Locale | None = None
    source: Short | None = None
    arm: Short | None = None


class _Opening(msgspec.Struct, frozen=True):
    """A quiz as it would begin for the one who asks."""

    quiz: Quiz  # as the arm asks it
    view: SessionView
    arm: str | None
    locale: str
    source: str
    is_known: bool  # whether the visitor has a cookie


@get("/quizzes/{quiz:str}", sync_to_thread=False)
def show_landing(
    request: PageRequest, quiz: FromPath[str], pages: NamedDependency[QuizPages]
) -> Response[str]:
    """What the quiz is for, and its first question."""
    published = pages.parts.journey.quizzes.get(quiz)
    locale = locale_of(request, published.locales)
    return _page(pages, _open(request, pages, published, locale, source_of(request)))


def check_from_landing(request: PageRequest, secret: bytes, quiz: Quiz, csrf: str) -> None:
    """Hold a form to the landing page of a quiz.

    Raises:
        NotAllowedError: it is from elsewhere.
    """
    check_own_site(request)
    if not is_csrf_token(secret, csrf, quiz.id, TOUCHPOINT):
        raise NotAllowedError("The form is not from the page of this quiz; open the quiz again.")


@post("/quizzes/{quiz:str}")
async def start_quiz(
    request: PageRequest, quiz: FromPath[str], pages: NamedDependency[QuizPages]
) -> Response[Any]:
    """Begin a session with its first answer."""
    parts = pages.parts
    published = parts.journey.quizzes.get(quiz)
    form = await read_posted(request, StartForm)
    check_from_landing(request, parts.secret, published, form.csrf)
    locale = form.locale if form.locale in published.locales else locale_of(request, published.locales)
    visitor = visitor_of(request, parts.secret) or _newcomer(parts.secret, published, form.arm)
    try:
        raw = _first_answer(published, form)
    except AnswerRefusedError as error:
        opening = _open(request, pages, published, locale, form.source or "")
        return _page(pages, opening, refused=error.reason)
    view = await parts.journey.start(
        published.id,
        visitor.visitor_id,
        locale,
        TOUCHPOINT,
        device=device_of(request),
        source=form.source or None,
    )
    place = link("quiz-sessions", view.session)
    if raw is not None:
        try:
            await parts.journey.answer(view.session, visitor.visitor_id, form.question, raw)
        except AnswerRefusedError as error:
            # Another page of the same visitor made the question known, or moved it off the path.
            place = link("quiz-sessions", view.session, refused=error.reason)
    return Response(
        None,
        status_code=303,
        headers=HEADERS | {"location": place},
        cookies=[kept_cookie(COOKIE, visitor.cookie)],
    )


def _newcomer(secret: bytes, quiz: Quiz, arm: str | None) -> ShopVisitor:
    """A new visitor in the arm whose first question was shown, so that no arm gains by the page."""
    visitor, trial = ShopVisitor.stranger(secret), quiz.experiment
    if trial is None or not trial.arms.get(arm or ""):
        return visitor
    for _ in range(MOST_TRIES):
        if assign(visitor.visitor_id, trial.key, trial.arms) == arm:
            break
        visitor = ShopVisitor.stranger(secret)
    return visitor


def _first_answer(quiz: Quiz, form: StartForm) -> dict[str, object] | None:
    """The answer of the form, checked before anything is kept; None where nothing was asked."""
    if not form.question:
        return None
    question = quiz.question(form.question)
    if question is None:
        raise UnknownQuestionError(f"The quiz {quiz.id!r} has no question {form.question!r}.")
    raw = raw_answer(quiz, question, form)
    try:
        check(question, raw)
    except AnswerError as error:
        raise AnswerRefusedError(str(error), error.code) from error
    return raw


def _open(request: PageRequest, pages: QuizPages, quiz: Quiz, locale: str, source: str) -> _Opening:
    visitor = visitor_of(request, pages.parts.secret)
    visitor_id = visitor.visitor_id if visitor else secrets.token_urlsafe(16)
    arm = pages.parts.journey.arm(quiz, visitor_id)
    view = pages.parts.journey.opening(quiz.id, visitor_id, locale)
    asked = pages.parts.journey.quizzes.at(quiz.id, quiz.revision, arm)
    return _Opening(asked, view, arm, locale, source, visitor is not None)


def _page(pages: QuizPages, opening: _Opening, *, refused: str = "") -> Response[str]:
    quiz, texts = opening.quiz, Texts(opening.locale)
    purpose = quiz.purposes.get(quiz.purpose or "")
    question = opening.view.question
    quizzes = pages.parts.journey.quizzes
    return pages.page(
        "landing.html",
        opening.locale,
        status_code=422 if refused else 200,
        quiz=quiz,
        title=in_locale(quiz, quiz.title, opening.locale),
        purpose=in_locale(quiz, purpose.text, opening.locale) if purpose else "",
        at_most=opening.view.progress.at_most,
        asked=ask(quiz, question, texts, refused=refused) if question else None,
        known=said(quiz, live_answers(opening.view.answers), texts),
        csrf=csrf_token(pages.parts.secret, quiz.id, TOUCHPOINT),
        source=opening.source,
        arm=opening.arm,
        is_known=opening.is_known,
        is_draft=quizzes.is_draft(quiz.id, quiz.revision),
        problem=quizzes.draft_problem(quiz.id),
    )
