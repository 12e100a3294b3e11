"""Quizzes: the published definitions, and the sessions in which they are answered."""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Response, delete, get, post, put
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, QueryParameter

from quizzes.loader import canonical_json
from recsvc.domain.errors import AnswerRefusedError, NotAllowedError, UnknownQuestionError
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.domain.keys import Scope
from recsvc.http import examples
from recsvc.http.access import OPEN, Caller, needs
from recsvc.http.answer_forms import last_answered, raw_answer
from recsvc.http.cards import Shown
from recsvc.http.contact_count import ContactCount
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.guards import begun_by, body_visitor, check_customer, session_visitor
from recsvc.http.openapi import READING, WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import LOCALE, AnswerForm, AnswerPayload, PathId, ResumePayload, SessionPayload
from recsvc.http.signing import is_csrf_token, issue_anonymous_id
from recsvc.http.wire import FORM_BODY, FORM_PAGE, SMALL_BODY
from recsvc.serving.ports import Store
from recsvc.serving.quiz_journey import QuizJourney
from recsvc.serving.session_view import SessionView

ANSWER = "/quiz-sessions/{session_id:str}/answers/{question_id:str}"
Beginning = Annotated[SessionPayload, BodyKwarg(examples=[Example(value=examples.NEW_SESSION)])]
OneAnswer = Annotated[AnswerPayload, BodyKwarg(examples=[Example(value=examples.ANSWER)])]
Form = Annotated[AnswerForm, BodyKwarg(media_type=FORM_BODY, examples=[Example(value=examples.FORM)])]
Link = Annotated[ResumePayload, BodyKwarg(examples=[Example(value=examples.RESUME)])]
Language = Annotated[
    str | None, QueryParameter(max_length=35, pattern=LOCALE, description="Of the question.")
]
Visitor = Given[str | None]
ACCESS = needs(Scope.ASK, in_browsers=True)
NAMING = ("unknown-session", "elements-off")
CHANGING = (*NAMING, "unknown-question", "session-expired", "store-unavailable")
VIEW = answers(200, SessionView, "The session.", examples.SESSION, *READING, *NAMING)
CHANGED = answers(200, SessionView, "The session.", examples.SESSION, *READING, *CHANGING)
ANSWERED = answers(200, SessionView, "The session.", examples.SESSION, *WRITING, *CHANGING, "answer-refused")


@get(
    "/quizzes/{quiz:str}",
    sync_to_thread=False,
    opt=ACCESS,
    summary="Show a quiz",
    responses=answers(200, dict[str, Any], "Its newest revision.", examples.QUIZ, *READING, "unknown-quiz"),
)
def get_quiz(quiz: PathId, quiz_journey: Given[QuizJourney]) -> Response[bytes]:
    """Show the newest published revision of a quiz, in its canonical JSON."""
    return Response(canonical_json(quiz_journey.quizzes.get(quiz)), media_type="application/json")


@get(
    "/quizzes/{quiz:str}/opening",
    sync_to_thread=False,
    opt=ACCESS,
    summary="Show how a quiz would begin",
    responses=answers(
        200,
        SessionView,
        "A session that nobody began.",
        examples.SESSION,
        *READING,
        "unknown-quiz",
        "elements-off",
    ),
)
def get_opening(
    quiz: PathId,
    visitor: Visitor,
    quiz_journey: Given[QuizJourney],
    secret: Given[bytes],
    shown: Given[Shown],
    locale: Language = None,
) -> SessionView:
    """Show the first question to the visitor of the header; nothing is kept, and `session` is nobody's."""
    whose = visitor or Identity(IdentityKind.ANONYMOUS, issue_anonymous_id(secret)).visitor_id
    return shown.session(quiz_journey.opening(quiz, whose, locale))


@post(
    "/quizzes/{quiz:str}/sessions",
    status_code=201,
    request_max_body_size=SMALL_BODY,
    opt=ACCESS,
    summary="Begin a quiz",
    responses=answers(
        201,
        SessionView,
        "The session.",
        examples.SESSION,
        *WRITING,
        "unknown-quiz",
        "store-unavailable",
        "elements-off",
    ),
)
async def post_session(
    quiz: PathId,
    data: Beginning,
    caller: Given[Caller],
    quiz_journey: Given[QuizJourney],
    shown: Given[Shown],
) -> Response[SessionView]:
    """Begin a quiz; the answer holds the first question."""
    visitor_id = await body_visitor(caller, data.visitor)
    view = await quiz_journey.start(
        quiz, visitor_id, data.locale, data.touchpoint, device=data.device, source=data.source
    )
    return Response(shown.session(view), headers={"Location": f"/v1/quiz-sessions/{view.session}"})


@post(
    "/quiz-sessions/resume",
    status_code=200,
    sync_to_thread=False,
    request_max_body_size=SMALL_BODY,
    opt=ACCESS,
    summary="Resume a session",
    responses=answers(200, SessionView, "The session.", examples.SESSION, *WRITING, *NAMING),
)
def post_resume(
    data: Link,
    caller: Given[Caller],
    visitor: Visitor,
    quiz_journey: Given[QuizJourney],
    store: Given[Store],
    shown: Given[Shown],
) -> SessionView:
    """Go on with a session on another device, by the `resume` it was given; its visitor stays who it is."""
    view = quiz_journey.resume(data.token)
    check_customer(caller, begun_by(store, view.session), visitor)
    return shown.session(view)


@get(
    "/quiz-sessions/{session_id:str}",
    sync_to_thread=False,
    opt=ACCESS,
    summary="Show a session",
    responses=VIEW,
)
def get_session(
    session_id: PathId,
    caller: Given[Caller],
    visitor: Visitor,
    quiz_journey: Given[QuizJourney],
    store: Given[Store],
    shown: Given[Shown],
) -> SessionView:
    """Show a session as it stands: the next question, the answers that count and what they recommend."""
    visitor_id = session_visitor(caller, store, session_id, visitor)
    return shown.session(quiz_journey.view(session_id, visitor_id, vouched=caller.vouches))


@put(
    ANSWER,
    request_max_body_size=SMALL_BODY,
    opt=ACCESS,
    summary="Answer a question",
    responses=ANSWERED,
)
async def put_answer(
    session_id: PathId,
    question_id: PathId,
    data: OneAnswer,
    caller: Given[Caller],
    visitor: Visitor,
    quiz_journey: Given[QuizJourney],
    store: Given[Store],
    shown: Given[Shown],
    contact_count: Given[ContactCount],
) -> SessionView:
    """Give or change an answer, `{"value": …}`, or skip the question, `{"skip": true}`."""
    raw = data.to_raw()
    if raw is None:
        raise FaultyRequestError(Fault("ambiguous", "An answer is exactly one of `value` and `skip`.", ""))
    visitor_id = session_visitor(caller, store, session_id, visitor, data.visitor)
    await contact_count.answer(raw)
    vouched = caller.vouches
    return shown.session(await quiz_journey.answer(session_id, visitor_id, question_id, raw, vouched=vouched))


@delete(ANSWER, status_code=200, opt=ACCESS, summary="Take an answer back", responses=CHANGED)
async def delete_answer(
    session_id: PathId,
    question_id: PathId,
    caller: Given[Caller],
    visitor: Visitor,
    quiz_journey: Given[QuizJourney],
    store: Given[Store],
    shown: Given[Shown],
) -> SessionView:
    """Take an answer back, as if it had never been given."""
    visitor_id = session_visitor(caller, store, session_id, visitor)
    vouched = caller.vouches
    return shown.session(await quiz_journey.take_back(session_id, visitor_id, question_id, vouched=vouched))


@post(
    "/quiz-sessions/{session_id:str}/finish",
    status_code=200,
    opt=ACCESS,
    summary="Finish a session",
    responses=CHANGED,
)
async def post_finish(
    session_id: PathId,
    caller: Given[Caller],
    visitor: Visitor,
    quiz_journey: Given[QuizJourney],
    store: Given[Store],
    shown: Given[Shown],
) -> SessionView:
    """End a session; its result can still be read."""
    visitor_id = session_visitor(caller, store, session_id, visitor)
    return shown.session(await quiz_journey.finish(session_id, visitor_id, vouched=caller.vouches))


@post(
    ANSWER,
    status_code=303,
    request_max_body_size=SMALL_BODY,
    summary="Answer by a form",
    opt={FORM_PAGE: True} | OPEN,  # the token of the form is the proof
    responses=answers(303, None, "To the session's page.", None, *WRITING, *CHANGING),
)
async def post_answer(
    session_id: PathId,
    question_id: PathId,
    data: Form,
    quiz_journey: Given[QuizJourney],
    store: Given[Store],
    secret: Given[bytes],
    contact_count: Given[ContactCount],
) -> Response[None]:
    """Answer, skip or go back without a script; the browser is sent on to the session's page.

    An answer that the quiz does not accept is told there, as `?refused=` and the engine's code.
    """
    visitor_id = begun_by(store, session_id)
    if not is_csrf_token(secret, data.csrf, session_id, visitor_id):
        raise NotAllowedError("The form is not from a page of this session; open the session's page again.")
    page = f"/quiz-sessions/{session_id}"
    try:
        await _act(quiz_journey, store, contact_count, session_id, visitor_id, question_id, data)
    except AnswerRefusedError as error:
        page += f"?refused={error.reason}"
        asked = quiz_journey.view(session_id, visitor_id).question
        if asked is None or asked.id != question_id:
            page += f"&change={quote(question_id, safe='')}"
    return Response(None, headers={"Location": page})


async def _act(
    journey: QuizJourney,
    store: Store,
    count: ContactCount,
    session_id: str,
    visitor_id: str,
    question_id: str,
    form: AnswerForm,
) -> None:
    view = journey.view(session_id, visitor_id)
    if form.action == "finish":
        await journey.finish(session_id, visitor_id)
    elif form.action == "back":
        last = last_answered(store, view, question_id)
        if last is not None:
            await journey.take_back(session_id, visitor_id, last)
    else:
        quiz = journey.quizzes.at(view.quiz, view.revision)
        question = quiz.question(question_id)
        if question is None:
            raise UnknownQuestionError(f"The quiz {view.quiz!r} has no question {question_id!r}.")
        raw = raw_answer(quiz, question, form)
        await count.answer(raw)
        await journey.answer(session_id, visitor_id, question_id, raw)


HANDLERS = (
    get_quiz,
    get_opening,
    post_session,
    post_resume,
    get_session,
    put_answer,
    delete_answer,
    post_finish,
    post_answer,
)
