"""A quiz was seen: the page says so of a visitor who is known; of a stranger nothing is kept."""

import hashlib
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from quizzes.definition import Quiz
from recsvc.domain.events import Event, EventKind, QuizStep
from recsvc.http.payloads import Locale, Short
from recsvc.http.privacy_control import opted_out
from recsvc.storefront.posted import read_posted
from recsvc.storefront.quiz.handlers.landing import TOUCHPOINT, check_from_landing
from recsvc.storefront.quiz.pages import HEADERS, QuizPages
from recsvc.storefront.quiz.parts import PageRequest
from recsvc.storefront.quiz.reading import device_of, visitor_of


class SeenForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the hidden fields of the first page say."""

    csrf: Annotated[str, Meta(max_length=100)]
    question: Annotated[str, Meta(max_length=64)] = ""
    locale: Locale | None = None
    source: Short | None = None
    arm: Short | None = None


@post("/quizzes/{quiz:str}/seen", status_code=204)
async def note_seen(
    request: PageRequest, quiz: FromPath[str], pages: NamedDependency[QuizPages]
) -> Response[None]:
    """Note that a known visitor saw the first question, where consent lets it."""
    parts = pages.parts
    published = parts.journey.quizzes.get(quiz)
    form = await read_posted(request, SeenForm)
    check_from_landing(request, parts.secret, published, form.csrf)
    visitor = visitor_of(request, parts.secret)
    if visitor is not None and not opted_out(request.headers.get("sec-gpc")):
        where = QuizStep(
            published.id,
            published.revision,
            touchpoint=TOUCHPOINT,
            arm=form.arm,
            locale=form.locale,
            device=device_of(request),
            source=form.source,
        )
        await parts.ingest.take([_seen(published, visitor.visitor_id, where, parts.clock())])
    return Response(None, status_code=204, headers=HEADERS)


def _seen(quiz: Quiz, visitor_id: str, where: QuizStep, at: datetime) -> Event:
    """The event; a page that is opened again on the same day counts once."""
    told = msgspec.json.encode([quiz.id, quiz.revision, visitor_id, at.date().isoformat()])
    return Event(
        event_id=f"seen-{hashlib.sha256(told).hexdigest()[:24]}",
        kind=EventKind.QUIZ_SEEN,
        visitor_id=visitor_id,
        occurred_at=at,
        received_at=at,
        source="quiz",
        step=where,
    )
