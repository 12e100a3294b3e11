"""What the visitor said, and the form behind every quiz card."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from quizzes.answers import from_form
from recsvc.domain.errors import (
    AnswerRefusedError,
    SessionExpiredError,
    UnknownQuizError,
    UnknownSessionError,
)
from recsvc.storefront.addresses import link, own_path
from recsvc.storefront.demo.forms import Form, read_form
from recsvc.storefront.demo.households import is_card
from recsvc.storefront.demo.panel import Panels
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest, QuizTrail, Visit

TOUCHPOINT = "demo-shop"


@get("/answers", sync_to_thread=False)
def show_answers(
    request: DemoRequest, shop: NamedDependency[Shop], card: FromQuery[str] = ""
) -> Response[str]:
    """What the visitor has told the shop, why it is kept and until when; and whose card they have."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    known = Panels(shop.parts, visit.texts).known(profile)
    return shop.page("answers.html", visit, profile, known=known, card=card if is_card(card) else "")


@post("/demo/quiz")
async def post_answer(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Answer, skip, go back or finish; the first answer starts the session."""
    visit = shop.visit(request)
    form = await read_form(request, visit)
    trail = await _trail(shop, visit, form.session)
    here, refused = own_path(form.return_to, link("quiz-sessions", trail.session)), ""
    after: QuizTrail | None = trail
    try:
        after = await _step(shop, visit, trail, form)
    except AnswerRefusedError:
        refused = "?refused=1"
    except (SessionExpiredError, UnknownSessionError):
        after = None
    return shop.see_other(visit._replace(trail=after), f"{here}{refused}#quiz")


async def _step(shop: Shop, visit: Visit, trail: QuizTrail, form: Form) -> QuizTrail | None:
    journey, who = shop.parts.journey, visit.visitor.visitor_id
    question_id = form.question
    match form.action:
        case "back":
            if trail.questions:
                await journey.take_back(trail.session, who, trail.questions[-1])
            return trail.back()
        case "finish":
            await journey.finish(trail.session, who)
            return None
        case "skip":
            await journey.answer(trail.session, who, question_id, {"skip": True})
        case _:
            await journey.answer(trail.session, who, question_id, _raw(shop, visit, trail, form))
    return trail.then(question_id)


async def _trail(shop: Shop, visit: Visit, session_id: str) -> QuizTrail:
    """The session of a form; a new one where nobody has answered yet."""
    if session_id:
        return visit.trail if visit.trail and visit.trail.session == session_id else QuizTrail(session_id)
    quiz = shop.quizzes.quiz()
    if quiz is None:
        raise UnknownQuizError("No quiz is published yet.")
    view = await shop.parts.journey.start(quiz.id, visit.visitor.visitor_id, visit.locale, TOUCHPOINT)
    return QuizTrail(view.session)


def _raw(shop: Shop, visit: Visit, trail: QuizTrail, form: Form) -> dict[str, object]:
    """The posted values as an answer to their question; nothing chosen is no answer, not a skip."""
    view = shop.parts.journey.view(trail.session, visit.visitor.visitor_id)
    question = shop.parts.journey.quizzes.at(view.quiz, view.revision).question(form.question)
    if question is None:
        return {"value": next(iter(form.value), "")}
    values = tuple(filter(None, form.value))
    return from_form(question, values) if values or question.takes_many else {"value": ""}
