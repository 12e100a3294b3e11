"""Session view: what a widget or a page needs to show a quiz session, in the visitor's language."""

from typing import Any
from urllib.parse import quote

import msgspec

from quizzes.answers import Answer
from quizzes.definition import Basis, Question, Quiz
from quizzes.engine import State
from quizzes.publish import ELSEWHERE
from quizzes.texts import fill, in_locale
from quizzes.touchpoints import touchpoint_of
from recsvc.domain.slates import Slate
from recsvc.serving.ports import QuizSession


class ChoiceView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer that can be picked."""

    id: str
    text: str
    image: str | None = None
    alt: str | None = None
    alone: bool = False
    unsure: bool = False


class NumberRange(msgspec.Struct, frozen=True, omit_defaults=True):
    """The numbers that a slider, a scale or a number box takes."""

    min: float
    max: float
    step: float | None = None
    start: float | None = None
    unit: str | None = None
    labels: tuple[str, ...] = ()


class QuestionView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question as it is shown."""

    id: str
    kind: str
    title: str
    help: str | None = None
    choices: tuple[ChoiceView, ...] = ()
    pick: tuple[int, int] | None = None  # fewest and most; None: exactly one
    range: NumberRange | None = None
    required: bool = False
    purpose_text: str | None = None  # the wording under which the answer is kept
    opt_in: bool = False  # answering grants the purpose; skipping leaves it denied
    channels: tuple[str, ...] = ()
    wordings: dict[str, str] = {}  # channel → what agreeing to it means


class Progress(msgspec.Struct, frozen=True):
    """How far a session is, in questions before the result."""

    answered: int
    at_most: int


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A quiz session as the routes answer it."""

    session: str
    quiz: str
    revision: int
    state: str  # open | done | expired
    question: QuestionView | None
    offer: QuestionView | None  # to be offered beside the result, never before it
    answers: dict[str, Any]  # question → wire form of the answer that counts, addresses left out
    progress: Progress
    slate: Slate | None
    resume: str  # signed token
    contact: str | None = None  # of an answered contact: waiting | confirmed | not_sent | platform


def build_view(
    quiz: Quiz,
    session: QuizSession,
    replayed: State,
    state: str,
    slate: Slate | None,
    resume: str,
    contact: str | None,
) -> SessionView:
    """Show a session; a question is shown only while it is open."""
    asked = replayed.question if state == "open" else None
    at_touchpoint = touchpoint_of(quiz, session.touchpoint) is not None
    may_offer = session.state == "open" and state != "expired" and not at_touchpoint
    offered = replayed.offer if may_offer else None
    at_most = replayed.answered + (asked is not None) if at_touchpoint else replayed.at_most
    return SessionView(
        session=session.session_id,
        quiz=quiz.id,
        revision=quiz.revision,
        state=state,
        question=question_view(quiz, asked, replayed.live, session.locale) if asked else None,
        offer=question_view(quiz, offered, replayed.live, session.locale) if offered else None,
        answers={question: wire_answer(answer) for question, answer in replayed.live.items()},
        progress=Progress(replayed.answered, at_most),
        slate=slate,
        resume=resume,
        contact=contact,
    )


def question_view(quiz: Quiz, question: Question, live: dict[str, Answer], locale: str) -> QuestionView:
    """One question in a locale, with earlier answers piped into its texts."""
    purpose = quiz.purpose_of(question)
    choices = tuple(
        ChoiceView(
            choice.id,
            fill(quiz, choice.text, live, locale),
            choice.image and picture_address(quiz, choice.image),
            fill(quiz, choice.alt, live, locale) or None,
            choice.excludes_others,
            choice.unsure,
        )
        for choice in question.choices
    )
    return QuestionView(
        id=question.id,
        kind=question.kind,
        title=fill(quiz, question.title, live, locale),
        help=fill(quiz, question.help, live, locale) or None,
        choices=choices,
        pick=question.picks if question.takes_many else None,
        range=_range(quiz, question, locale),
        required=question.required,
        purpose_text=in_locale(quiz, purpose.text, locale) if purpose else None,
        opt_in=bool(purpose and purpose.basis is Basis.OPT_IN),
        channels=tuple(channel.via for channel in question.channels),
        wordings={
            channel.via: in_locale(quiz, quiz.purposes[channel.purpose].text, locale)
            for channel in question.channels
            if channel.purpose in quiz.purposes
        },
    )


def picture_address(quiz: Quiz, image: str) -> str:
    """Where a picture of a choice is served; one of another place keeps its address."""
    if ELSEWHERE.match(image):
        return image
    return f"/quizzes/{quote(quiz.id, safe='')}/{quiz.revision}/images/{quote(image)}"


def _range(quiz: Quiz, question: Question, locale: str) -> NumberRange | None:
    if question.scale:
        labels = tuple(in_locale(quiz, label, locale) for label in question.scale.labels)
        return NumberRange(question.scale.min, question.scale.max, 1.0, labels=labels)
    if question.range is None:
        return None
    own = question.range
    return NumberRange(own.min, own.max, own.step, own.start, in_locale(quiz, own.unit, locale) or None)


def wire_answer(answer: Answer) -> dict[str, Any]:
    """An answer as the answer route takes it; of a contact only how, for its address is nobody's to read."""
    if answer.skip:
        return {"skip": True}
    return {"value": {"via": answer.value["via"]} if isinstance(answer.value, dict) else answer.value}
