"""Quiz journey: start, answer, take back, finish; joins the pure engine with sessions, facts and slates."""

import asyncio
import hmac
import secrets
from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakValueDictionary

import msgspec

from quizzes.answers import Answer, Fact
from quizzes.definition import Question, Quiz
from quizzes.engine import State, check_answer, replay
from quizzes.errors import AnswerError
from recsvc.domain.errors import (
    AnswerRefusedError,
    InvalidRequestError,
    SessionExpiredError,
    UnknownQuestionError,
    UnknownSessionError,
)
from recsvc.domain.events import Event, EventKind
from recsvc.domain.profile import Profile
from recsvc.serving.consent import usable
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.ports import Clock, QuizSession, Store
from recsvc.serving.quiz_events import changes, step
from recsvc.serving.quiz_slate import QuizSlates
from recsvc.serving.session_view import SessionView, build_view
from recsvc.serving.visitor import VisitorReader


class _Visit(NamedTuple):
    """One session as it stands."""

    session: QuizSession
    quiz: Quiz
    profile: Profile
    state: State


class QuizJourney:
    """The use case behind the quiz routes; every method answers the whole view of the session."""

    def __init__(
        self,
        *,
        store: Store,
        quizzes: LiveQuizzes,
        visitors: VisitorReader,
        slates: QuizSlates,
        secret: bytes,
        locales: Sequence[str],
        session_s: float,
        clock: Clock,
    ) -> None:
        self.quizzes = quizzes
        self._store = store
        self._visitors = visitors
        self._slates = slates
        self._secret = secret
        self._locales = tuple(locales)
        self._session_s = session_s
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(
        self, quiz_id: str, visitor_id: str, locale: str | None = None, touchpoint: str | None = None
    ) -> SessionView:
        """Begin a quiz on its newest revision.

        Raises:
            UnknownQuizError: it is not published.
        """
        quiz = self.quizzes.get(quiz_id)
        now = self._clock().timestamp()
        session = QuizSession(
            session_id=secrets.token_urlsafe(18),
            quiz=quiz.id,
            revision=quiz.revision,
            visitor_id=visitor_id,
            locale=locale or self._locales[0],
            touchpoint=touchpoint,
            started_at=now,
            seen_at=now,
        )
        await self._append(session, [step(session, EventKind.QUIZ_STARTED, self._clock())])
        return self._view(self._visit(session))

    def view(self, session_id: str, visitor_id: str) -> SessionView:
        """The session as it stands.

        Raises:
            UnknownSessionError: this visitor has none of that id.
        """
        return self._view(self._read(session_id, visitor_id))

    def resume(self, token: str) -> SessionView:
        """The session that a signed link names, on any device.

        Raises:
            InvalidRequestError: the link was not made by this service.
        """
        session_id, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(session_id).encode()):
            raise InvalidRequestError("The link was not made by this service.", "/token")
        session = self._store.read_session(session_id)
        if session is None:
            raise UnknownSessionError("The session of this link is gone; start the quiz again.")
        return self._view(self._visit(session))

    async def answer(self, session_id: str, visitor_id: str, question_id: str, raw: object) -> SessionView:
        """Give or change one answer; the same answer twice changes nothing.

        Raises:
            AnswerRefusedError: the quiz does not accept it; the session is unchanged.
            SessionExpiredError: the session is past its end.
        """
        async with self._alone(session_id):
            visit = self._open(session_id, visitor_id)
            question = _question(visit.quiz, question_id)
            try:
                accepted = check_answer(visit.quiz, visit.state, question_id, raw)
            except AnswerError as error:
                raise AnswerRefusedError(str(error), error.code) from error
            wire = msgspec.Raw(msgspec.json.encode(accepted))
            answers = dict(visit.session.answers) | {question_id: wire}
            return await self._keep(visit, answers, question, skipped=accepted.skip)

    async def take_back(self, session_id: str, visitor_id: str, question_id: str) -> SessionView:
        """Take one answer back; as if it had never been given."""
        async with self._alone(session_id):
            visit = self._open(session_id, visitor_id)
            question = _question(visit.quiz, question_id)
            answers = {name: raw for name, raw in visit.session.answers if name != question_id}
            return await self._keep(visit, answers, question, skipped=False)

    async def finish(self, session_id: str, visitor_id: str) -> SessionView:
        """End the session; its result stays to be seen."""
        async with self._alone(session_id):
            return await self._finish(self._read(session_id, visitor_id))

    async def _finish(self, visit: _Visit) -> SessionView:
        if visit.session.state == "done":
            return self._view(visit)
        done = msgspec.structs.replace(visit.session, state="done", seen_at=self._clock().timestamp())
        await self._append(done, [step(done, EventKind.QUIZ_COMPLETED, self._clock())])
        return self._view(visit._replace(session=done))

    async def _keep(
        self, visit: _Visit, answers: dict[str, msgspec.Raw], question: Question, *, skipped: bool
    ) -> SessionView:
        at = self._clock()
        said = tuple(answers.items())
        session = msgspec.structs.replace(visit.session, answers=said, seen_at=at.timestamp())
        after = self._visit(session, visit.profile)
        events = changes(visit.quiz, session, visit.state, after.state, question, visit.profile, at)
        fresh = said != visit.session.answers and question.id in answers
        if fresh and skipped:
            events.append(step(session, EventKind.QUESTION_SKIPPED, at, question.id))
        elif fresh and question.fact is None:
            events.append(step(session, EventKind.QUESTION_ANSWERED, at, question.id))
        await self._append(session, events)
        return self._view(self._visit(session))

    def _alone(self, session_id: str) -> asyncio.Lock:
        """Steps of one session wait for each other, so that none is lost between its read and its write."""
        return self._locks.setdefault(session_id, asyncio.Lock())

    async def _append(self, session: QuizSession, events: list[Event]) -> None:
        await asyncio.wrap_future(self._store.append(events, session))

    def _read(self, session_id: str, visitor_id: str) -> _Visit:
        session = self._store.read_session(session_id)
        if session is None or session.visitor_id != visitor_id:
            raise UnknownSessionError("There is no such quiz session for this visitor; start the quiz again.")
        return self._visit(session)

    def _open(self, session_id: str, visitor_id: str) -> _Visit:
        visit = self._read(session_id, visitor_id)
        if visit.session.state == "done" or self._is_expired(visit.session):
            raise SessionExpiredError("This quiz session has ended; start the quiz again to change answers.")
        return visit

    def _visit(self, session: QuizSession, profile: Profile | None = None) -> _Visit:
        quiz = self.quizzes.at(session.quiz, session.revision)
        profile = profile or self._visitors.read(session.visitor_id)
        answers = [(question, msgspec.json.decode(raw, type=Answer)) for question, raw in session.answers]
        return _Visit(session, quiz, profile, replay(quiz, answers, self._known(quiz, session, profile)))

    def _known(self, quiz: Quiz, session: QuizSession, profile: Profile) -> dict[str, Fact]:
        """Facts from elsewhere: what this session asked itself is its answers' business."""
        own = {question.fact for question in quiz.questions if question.id in dict(session.answers)}
        now = self._clock().timestamp()
        return {
            fact: value.values
            for fact, value in profile.facts.items()
            if fact not in own and value.session_id != session.session_id and usable(profile, value, now)
        }

    def _view(self, visit: _Visit) -> SessionView:
        state = "done" if visit.session.state == "done" or visit.state.finished else "open"
        if state == "open" and self._is_expired(visit.session):
            state = "expired"
        slate = self._slates.of(visit.quiz, visit.session, visit.state, visit.profile)
        resume = f"{visit.session.session_id}.{self._signature(visit.session.session_id)}"
        return build_view(visit.quiz, visit.session, visit.state, state, slate, resume)

    def _is_expired(self, session: QuizSession) -> bool:
        return self._clock().timestamp() - session.seen_at > self._session_s

    def _signature(self, session_id: str) -> str:
        return hmac.digest(self._secret, b"resume" + session_id.encode(), "sha256").hex()[:32]


def _question(quiz: Quiz, question_id: str) -> Question:
    question = quiz.question(question_id)
    if question is None:
        known = ", ".join(one.id for one in quiz.questions)
        raise UnknownQuestionError(f"The quiz {quiz.id!r} has no question {question_id!r}; it has {known}.")
    return question
