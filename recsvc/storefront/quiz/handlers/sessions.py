"""The page of a session: a question at a time, then the result; and the link that opens it elsewhere."""

from typing import Any, NamedTuple

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from quizzes.answers import Answer
from quizzes.definition import Quiz
from quizzes.texts import in_locale
from recsvc.domain.errors import UnknownSessionError
from recsvc.http.signing import csrf_token
from recsvc.serving.ports import QuizSession
from recsvc.serving.session_view import QuestionView, SessionView, question_view
from recsvc.storefront.addresses import link
from recsvc.storefront.quiz.asked import ask
from recsvc.storefront.quiz.cards import cards_of
from recsvc.storefront.quiz.pages import HEADERS, QuizPages
from recsvc.storefront.quiz.parts import PageRequest
from recsvc.storefront.quiz.reading import GRANT, grant, may_see, visitor_of
from recsvc.storefront.quiz.said import Said, live_answers, said
from recsvc.storefront.quiz.texts import Texts
from recsvc.storefront.visitor import kept_cookie

SO_FAR = 3
"""Products beside a question; the result shows all."""
MOST_CODE = 40


class Shown(NamedTuple):
    """A session as its page has it."""

    session: QuizSession
    view: SessionView
    quiz: Quiz
    live: dict[str, Answer]
    texts: Texts
    said: tuple[Said, ...]


@get("/quiz-sessions/{session_id:str}", sync_to_thread=False)
def show_session(
    request: PageRequest,
    session_id: FromPath[str],
    pages: NamedDependency[QuizPages],
    refused: FromQuery[str] = "",
    change: FromQuery[str] = "",
) -> Response[str]:
    """The next question, an answer that is being changed, or the result."""
    shown = _read(request, pages, session_id)
    refused = refused[:MOST_CODE]
    if shown.view.state == "expired":
        return _answer(pages, shown, "expired.html")
    question = _changed(shown, change) or shown.view.question
    if question is None:
        return _result(pages, shown, refused)
    answered = shown.live.get(question.id)
    return _answer(
        pages,
        shown,
        "question.html",
        asked=ask(shown.quiz, question, shown.texts, refused=refused, answered=answered),
        is_change=question is not shown.view.question,
        is_answered=question.id in dict(shown.session.answers),
        previous=_previous(shown, question.id),
        may_finish=_may_finish(shown),
        cards=_so_far(pages, shown),
    )


@get("/quiz-sessions/resume", sync_to_thread=False)
def resume_session(
    request: PageRequest, pages: NamedDependency[QuizPages], token: FromQuery[str] = ""
) -> Response[Any]:
    """Open a session on another device: its page may be seen there, its visitor stays who it is."""
    parts = pages.parts
    view = parts.journey.resume(token)
    session = parts.sessions.read_session(view.session)
    visitor = visitor_of(request, parts.secret)
    place = link("quiz-sessions", view.session)
    own = session is not None and visitor is not None and visitor.visitor_id == session.visitor_id
    cookies = [] if own else [kept_cookie(GRANT, grant(parts.secret, view.session), path=place)]
    return Response(None, status_code=303, headers=HEADERS | {"location": place}, cookies=cookies)


def _read(request: PageRequest, pages: QuizPages, session_id: str) -> Shown:
    parts = pages.parts
    session = parts.sessions.read_session(session_id)
    if session is None or not may_see(request, parts.secret, session_id, session.visitor_id):
        raise UnknownSessionError("There is no such quiz session for this visitor; start the quiz again.")
    view = parts.journey.view(session_id, session.visitor_id)
    quiz = parts.journey.quizzes.at(session.quiz, session.revision, session.arm)
    live, texts = live_answers(view.answers), Texts(session.locale)
    return Shown(session, view, quiz, live, texts, said(quiz, live, texts))


def _changed(shown: Shown, change: str) -> QuestionView | None:
    """The question of an answer that may still be changed."""
    question = shown.quiz.question(change) if change in shown.live else None
    if question is None or shown.session.state == "done":
        return None
    return question_view(shown.quiz, question, shown.live, shown.session.locale)


def _previous(shown: Shown, question_id: str) -> str | None:
    """The question that was answered before this one; what is merely known was not."""
    given = [name for name, _ in shown.session.answers if name in shown.live]
    before = given[: given.index(question_id)] if question_id in given else given
    return before[-1] if before else None


def _may_finish(shown: Shown) -> bool:
    answered = shown.view.progress.answered
    return shown.view.state == "open" and answered >= max(1, shown.quiz.pace.min)


def _so_far(pages: QuizPages, shown: Shown) -> tuple[Any, ...]:
    """Products, once an answer has something to say about them."""
    if not any(one.words for one in shown.said):
        return ()
    return cards_of(pages.parts, shown.view.slate, shown.session.locale)[:SO_FAR]


def _result(pages: QuizPages, shown: Shown, refused: str) -> Response[str]:
    offer = shown.view.offer
    slate = shown.view.slate
    loosened = [one for one in shown.said if slate and one.question in slate.relaxed]
    return _answer(
        pages,
        shown,
        "result.html",
        cards=cards_of(pages.parts, slate, shown.session.locale),
        loosened=loosened,
        asked=ask(shown.quiz, offer, shown.texts, refused=refused) if offer else None,
        contact=shown.view.contact,
        sends=pages.parts.contacts.sends,
        may_change=shown.session.state == "open",
        previous=_previous(shown, ""),
    )


def _answer(pages: QuizPages, shown: Shown, template: str, **values: Any) -> Response[str]:
    session, quizzes = shown.session, pages.parts.journey.quizzes
    return pages.page(
        template,
        session.locale,
        quiz=shown.quiz,
        title=in_locale(shown.quiz, shown.quiz.title, session.locale),
        session_id=session.session_id,
        progress=shown.view.progress,
        said=shown.said,
        resume=link("quiz-sessions", "resume", token=shown.view.resume),
        csrf=csrf_token(pages.parts.secret, session.session_id, session.visitor_id),
        is_draft=quizzes.is_draft(shown.view.quiz, shown.view.revision),
        problem=quizzes.draft_problem(shown.view.quiz),
        **values,
    )
