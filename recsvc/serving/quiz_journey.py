"""Quiz journey: start, answer, take back, finish; joins the pure engine with sessions, facts and slates."""

import asyncio
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from quizzes.answers import Answer, Fact
from quizzes.definition import Kind, Question, Quiz
from quizzes.engine import Chooser, State, check_answer, replay
from quizzes.errors import AnswerError
from quizzes.touchpoints import touchpoint_of
from recsvc.domain.errors import (
    AnswerRefusedError,
    InvalidRequestError,
    SessionExpiredError,
    UnknownSessionError,
)
from recsvc.domain.events import Event, EventKind
from recsvc.domain.identity import is_borrowed, needs_token
from recsvc.domain.profile import Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.serving.assign import assign, subject
from recsvc.serving.consent import is_refused
from recsvc.serving.contacts import Contacts
from recsvc.serving.live_quizzes import LiveQuizzes, question_of
from recsvc.serving.ports import Clock, QuizSession, Store
from recsvc.serving.profile import apply_many
from recsvc.serving.quiz_contacts import QuizContacts
from recsvc.serving.quiz_events import agreement, beginning, changes, of_a_stranger, progress, step
from recsvc.serving.quiz_slate import QuizSlates
from recsvc.serving.session_answers import known_elsewhere, lapsed, overtaken, without
from recsvc.serving.session_view import SessionView, build_view
from recsvc.serving.touchpoints import chooser
from recsvc.serving.turns import Turns
from recsvc.serving.visitor import VisitorReader


class _Visit(NamedTuple):
    """One session as it stands."""

    session: QuizSession
    quiz: Quiz
    profile: Profile
    state: State
    is_proven: bool = True  # that whoever answers is the visitor


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
        turns: Turns,
        contacts: Contacts,
    ) -> None:
        self.quizzes = quizzes
        self._store = store
        self._visitors = visitors
        self._slates = slates
        self._secret = secret
        self._locales = tuple(locales)
        self._session_s = session_s
        self._clock = clock
        self._turns = turns
        self._contacts = QuizContacts(contacts)

    async def start(
        self,
        quiz_id: str,
        visitor_id: str,
        locale: str | None = None,
        touchpoint: str | None = None,
        *,
        device: str | None = None,
        source: str | None = None,
    ) -> SessionView:
        """Begin a quiz on its newest revision, or one question of it where `touchpoint` is one of its own.

        Raises:
            UnknownQuizError: it is not published.
        """
        at = self._clock()
        session = self._session(quiz_id, visitor_id, locale, touchpoint, at)
        session = msgspec.structs.replace(session, device=device, source=source)
        return await self._step(None, self._visit(session), [beginning(session, at)], at)

    def opening(self, quiz_id: str, visitor_id: str, locale: str | None = None) -> SessionView:
        """The session as it would begin; nothing is kept, and its id is nobody's.

        Raises:
            UnknownQuizError: it is not published.
        """
        return self._view(self._visit(self._session(quiz_id, visitor_id, locale, None, self._clock())))

    def arm(self, quiz: Quiz, visitor_id: str) -> str | None:
        """The arm in which a visitor would begin the quiz, None without an experiment."""
        trial = quiz.experiment
        if trial is None:
            return None
        return assign(subject(self._visitors.read(visitor_id), visitor_id), trial.key, trial.arms)

    def _session(
        self, quiz_id: str, visitor_id: str, locale: str | None, touchpoint: str | None, at: datetime
    ) -> QuizSession:
        quiz = self.quizzes.get(quiz_id)
        return QuizSession(
            session_id=secrets.token_urlsafe(18),
            quiz=quiz.id,
            revision=quiz.revision,
            visitor_id=visitor_id,
            locale=locale or self._locales[0],
            touchpoint=touchpoint,
            arm=self.arm(quiz, visitor_id),
            started_at=at.timestamp(),
            seen_at=at.timestamp(),
        )

    def view(self, session_id: str, visitor_id: str, *, vouched: bool = False) -> SessionView:
        """The session as it stands.

        Raises:
            UnknownSessionError: this visitor has none of that id.
        """
        return self._view(self._read(session_id, visitor_id, vouched=vouched))

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

    async def answer(
        self, session_id: str, visitor_id: str, question_id: str, raw: object, *, vouched: bool = False
    ) -> SessionView:
        """Give or change one answer; the same answer twice changes nothing.

        Unless somebody has vouched for the visitor, a browser's id of a customer gives no consent of theirs.

        Raises:
            AnswerRefusedError: the quiz does not accept it; the session is unchanged.
            SessionExpiredError: the session is past its end.
        """
        async with self._turns.of(visitor_id):
            visit = self._open(session_id, visitor_id, vouched=vouched)
            question = question_of(visit.quiz, question_id)
            try:
                accepted = check_answer(visit.quiz, visit.state, question_id, raw)
            except AnswerError as error:
                raise AnswerRefusedError(str(error), error.code) from error
            accepted = await self._contacts.keep(visit.quiz, visit.session, question, accepted)
            wire = msgspec.Raw(msgspec.json.encode(accepted))
            answers = dict(visit.session.answers) | {question_id: wire}
            return await self._keep(visit, answers, question, skipped=accepted.skip)

    async def take_back(
        self, session_id: str, visitor_id: str, question_id: str, *, vouched: bool = False
    ) -> SessionView:
        """Take one answer back; as if it had never been given."""
        async with self._turns.of(visitor_id):
            visit = self._open(session_id, visitor_id, vouched=vouched)
            question = question_of(visit.quiz, question_id)
            await self._contacts.take_back(visit.session, question)
            answers = {name: raw for name, raw in visit.session.answers if name != question_id}
            return await self._keep(visit, answers, question, skipped=False)

    async def finish(self, session_id: str, visitor_id: str, *, vouched: bool = False) -> SessionView:
        """End the session; its result stays to be seen."""
        async with self._turns.of(visitor_id):
            return await self._finish(self._read(session_id, visitor_id, vouched=vouched))

    async def _finish(self, visit: _Visit) -> SessionView:
        if visit.session.state == "done":
            return self._view(visit)
        at = self._clock()
        done = msgspec.structs.replace(visit.session, state="done", seen_at=at.timestamp())
        closed = visit.state if visit.state.finished else msgspec.structs.replace(visit.state, question=None)
        return await self._step(visit.state, visit._replace(session=done, state=closed), [], at)

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
        elif fresh and not any(one.step and one.step.question == question.id and one.fact for one in events):
            if question.fact is None and question.kind is not Kind.CONTACT and not after.state.gift:
                events += agreement(visit.quiz, session, question, at)
            events.append(step(session, EventKind.QUESTION_ANSWERED, at, question.id))
        if not visit.is_proven:
            events = of_a_stranger(visit.quiz, events, visit.profile)
        # What the store will make of the profile, so that it is read once a step.
        profile = apply_many(visit.profile, events)
        if self._known(visit.quiz, session, profile) != self._known(visit.quiz, session, visit.profile):
            after = self._visit(session, profile)  # a consent made other facts usable again
        return await self._step(visit.state, after._replace(profile=profile), events, at)

    async def _step(
        self, before: State | None, after: _Visit, events: list[Event], at: datetime
    ) -> SessionView:
        """Keep a step with what it led to: the next question shown, or the quiz completed."""
        view = self._view(after)
        shown = [item.id for item in view.slate.items] if view.slate else []
        offer = view.offer.id if view.offer else None
        events = [*events, *progress(after.quiz, after.session, before, after.state, shown, at, offer)]
        if is_refused(after.profile, PERSONALISE):  # then only what was said and agreed to is kept
            events = [event for event in events if event.fact or event.consent]
        await asyncio.wrap_future(self._store.append(events, after.session))
        return view

    def _read(self, session_id: str, visitor_id: str, *, vouched: bool) -> _Visit:
        session = self._store.read_session(session_id)
        if session is None or not self._is_whose(session, visitor_id, vouched=vouched):
            raise UnknownSessionError("There is no such quiz session for this visitor; start the quiz again.")
        return self._visit(session)

    def _is_whose(self, session: QuizSession, visitor_id: str, *, vouched: bool) -> bool:
        """Whether a visitor began the session, under this name or another: who logs in goes on with it.

        Whoever sits at a customer's former browser has but what was begun there.
        """
        if session.visitor_id == visitor_id:
            return True
        one, other = (self._store.read_visitor(name).profile for name in (session.visitor_id, visitor_id))
        return one.visitor_id == other.visitor_id and (vouched or not is_borrowed(visitor_id, one.visitor_id))

    def _open(self, session_id: str, visitor_id: str, *, vouched: bool) -> _Visit:
        visit = self._read(session_id, visitor_id, vouched=vouched)
        if visit.session.state == "done" or self._is_expired(visit.session):
            raise SessionExpiredError("This quiz session has ended; start the quiz again to change answers.")
        is_proven = vouched or not needs_token(visitor_id, visit.profile.visitor_id)
        return visit._replace(is_proven=is_proven)

    def _visit(self, session: QuizSession, profile: Profile | None = None) -> _Visit:
        quiz = self.quizzes.at(session.quiz, session.revision, session.arm)
        profile = profile or self._visitors.read(session.visitor_id)
        state = self._replay(quiz, session, profile)
        now = self._clock().timestamp()
        # Answers for somebody else (gift) say nothing about the visitor, nor do later words about them.
        gone = lapsed(quiz, session, now) | (set() if state.gift else overtaken(quiz, session, profile, now))
        standing = without(session, gone)
        if standing is not session:
            state = self._replay(quiz, standing, profile)
        return _Visit(standing, quiz, profile, state)

    def _replay(self, quiz: Quiz, session: QuizSession, profile: Profile) -> State:
        answers = [(question, msgspec.json.decode(raw, type=Answer)) for question, raw in session.answers]
        known = self._known(quiz, session, profile)
        return replay(quiz, answers, known, self._chooser(quiz, session, profile))

    def _chooser(self, quiz: Quiz, session: QuizSession, profile: Profile) -> Chooser:
        """At a touchpoint one question is asked; elsewhere the quiz says in which order."""
        touchpoint = touchpoint_of(quiz, session.touchpoint)
        if touchpoint is None:
            return self._slates.chooser(quiz, session, profile)
        return chooser(quiz, touchpoint, profile, session.started_at)

    def _known(self, quiz: Quiz, session: QuizSession, profile: Profile) -> dict[str, Fact]:
        return known_elsewhere(quiz, session, profile, self._clock().timestamp(), self.quizzes.opt_in)

    def _view(self, visit: _Visit) -> SessionView:
        state = "done" if visit.session.state == "done" or visit.state.finished else "open"
        if state == "open" and self._is_expired(visit.session):
            state = "expired"
        slate = self._slates.of(visit.quiz, visit.session, visit.state, visit.profile)
        resume = f"{visit.session.session_id}.{self._signature(visit.session.session_id)}"
        contact = self._contacts.state(visit.state)
        return build_view(visit.quiz, visit.session, visit.state, state, slate, resume, contact)

    def _is_expired(self, session: QuizSession) -> bool:
        return self._clock().timestamp() - session.seen_at > self._session_s

    def _signature(self, session_id: str) -> str:
        return hmac.digest(self._secret, b"resume" + session_id.encode(), "sha256").hex()[:32]
