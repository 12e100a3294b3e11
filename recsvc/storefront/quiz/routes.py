"""The router of the quiz pages."""

from litestar import Router
from litestar.di import Provide

from recsvc.http.wire import SMALL_BODY
from recsvc.storefront.quiz.handlers.confirming import confirm, show_confirmation
from recsvc.storefront.quiz.handlers.files import show_picture, show_static, show_theme
from recsvc.storefront.quiz.handlers.landing import show_landing, start_quiz
from recsvc.storefront.quiz.handlers.seeing import note_seen
from recsvc.storefront.quiz.handlers.sessions import resume_session, show_session
from recsvc.storefront.quiz.handlers.unsubscribing import show_unsubscribe, unsubscribe
from recsvc.storefront.quiz.pages import QuizPages
from recsvc.storefront.quiz.refusals import refuse_by_page


def quiz_router(pages: QuizPages) -> Router:
    """Quizzes at `/quizzes/{quiz}`, sessions at `/quiz-sessions/{session_id}`, and the pages of mails."""
    return Router(
        "/",
        route_handlers=[
            show_landing,
            start_quiz,
            note_seen,
            show_session,
            resume_session,
            show_confirmation,
            confirm,
            show_unsubscribe,
            unsubscribe,
            show_picture,
            show_static,
            show_theme,
        ],
        dependencies={"pages": Provide(lambda: pages, sync_to_thread=False)},
        exception_handlers={Exception: refuse_by_page(pages)},
        include_in_schema=False,
        request_max_body_size=SMALL_BODY,
    )
