"""The visitor's own page: what they said and agreed to, with everything they may do about it."""

from typing import Any, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery

from recsvc.domain.errors import FactRefusedError, InvalidRequestError, UnknownQuizError
from recsvc.domain.events import Wording
from recsvc.domain.purposes import PERSONALISE, SHARE
from recsvc.serving.fact_view import FactView
from recsvc.serving.session_view import QuestionView, question_view
from recsvc.storefront.addresses import own_path
from recsvc.storefront.demo.cart import Cart
from recsvc.storefront.demo.forms import read_form
from recsvc.storefront.demo.households import is_card
from recsvc.storefront.demo.pages import PAGE_HEADERS
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest, Visit
from recsvc.storefront.formats import day
from recsvc.storefront.visitor import ShopVisitor

PURPOSES = (PERSONALISE, SHARE)
POLICY = "2026-11"
"""Version of the wordings of the banner and of this page."""


class Said(NamedTuple):
    """One answer with the fields that change it."""

    fact: str
    view: FactView
    answered: str
    until: str | None
    question: QuestionView | None  # None: it can be forgotten only


@get("/answers", sync_to_thread=False)
def show_answers(
    request: DemoRequest, shop: NamedDependency[Shop], card: FromQuery[str] = "", refused: FromQuery[str] = ""
) -> Response[str]:
    """What the visitor has told the shop, why it is kept and until when; what they agreed to; their card."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    said = [_said(shop, visit, fact, view) for fact, view in shop.facts(visit).items()]
    return shop.page(
        "answers.html",
        visit,
        profile,
        said=said,
        agreed={purpose: _has_agreed(shop, visit, purpose) for purpose in PURPOSES},
        card=card if is_card(card) else "",
        was_refused=bool(refused),
    )


@post("/demo/answers")
async def post_answers(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Change an answer, forget it, or forget all of them."""
    visit = shop.visit(request)
    form = await read_form(request, visit)
    who, facts = visit.known_as, shop.parts.facts
    if who is None:
        return shop.see_other(visit, "/answers")
    values = [one for one in form.value if one]
    try:
        match form.action:
            case "change" if values:
                await facts.change(who, {form.fact: _wanted(shop, visit, form.fact, values)})
            case "change":
                return shop.see_other(visit, "/answers?refused=1")
            case "forget":
                await facts.forget(who, form.fact)
            case "forget_all":
                await facts.forget(who)
            case other:
                raise InvalidRequestError(f"Answers can be changed or forgotten, not {other[:20]!r}.")
    except FactRefusedError:
        return shop.see_other(visit, "/answers?refused=1")
    return shop.see_other(visit, "/answers")


@post("/demo/consent")
async def post_consent(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Agree to a purpose or withdraw it.

    Of somebody unknown who refuses nothing is written down, and a household of the demo keeps its history for
    whoever steps into it next: there the refusal is the browser's alone.
    """
    visit = shop.visit(request)
    form = await read_form(request, visit)
    purpose, granted = form.purpose or PERSONALISE, form.action == "grant"
    if purpose not in PURPOSES or form.action not in {"grant", "deny"}:
        raise InvalidRequestError("Consent is granted or denied, to `personalise` or `share`.")
    who = visit.visitor.visitor_id
    is_browsers_alone = purpose == PERSONALISE and visit.visitor.customer is not None
    if not is_browsers_alone and (granted or shop.parts.visitors.read(who).revision > 0):
        wording = Wording(POLICY, visit.locale, "demo banner")
        await shop.parts.privacy.agree(who, {purpose: granted}, wording)
    after = visit._replace(consent=granted) if purpose == PERSONALISE else visit
    return shop.see_other(after, own_path(form.return_to))


@get("/answers/export", sync_to_thread=True)
def export_all(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[bytes]:
    """Everything that is kept of the visitor, as a file."""
    who = shop.visit(request).known_as
    if who is None:
        raise NotFoundException
    kept = msgspec.json.format(msgspec.json.encode(shop.parts.privacy.export(who)), indent=1)
    attached = {"content-disposition": 'attachment; filename="everything-kept.json"'}
    return Response(kept, media_type="application/json", headers=PAGE_HEADERS | attached)


@post("/demo/erase")
async def erase_all(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Erase everything about a visitor, who is a stranger from now on; the demo's households stay."""
    visit = shop.visit(request)
    await read_form(request, visit)
    if visit.visitor.customer is None:
        await shop.parts.privacy.erase(visit.visitor.visitor_id)
    stranger = ShopVisitor.stranger(shop.parts.secret)
    return shop.see_other(visit._replace(visitor=stranger, cart=Cart(), consent=None), "/")


def _has_agreed(shop: Shop, visit: Visit, purpose: str) -> bool:
    """Whether a purpose holds now: `personalise` until it is withdrawn, `share` once it is granted."""
    if visit.known_as is None:
        return False
    said = shop.parts.privacy.consents(visit.known_as).consents.get(purpose)
    return purpose == PERSONALISE if said is None else said.granted


def _said(shop: Shop, visit: Visit, fact: str, view: FactView) -> Said:
    until = view.expires_at
    return Said(
        fact,
        view,
        answered=day(view.answered_at.timestamp(), visit.locale),
        until=day(until.timestamp(), visit.locale) if until else None,
        question=_question(shop, visit, view) if view.used else None,
    )


def _question(shop: Shop, visit: Visit, view: FactView) -> QuestionView | None:
    """The question that was answered, where its answer is one of choices or a number."""
    try:
        quiz = shop.parts.quizzes.at(view.quiz or "", view.revision or 0)
    except UnknownQuizError:
        return None
    question = quiz.question(view.question or "")
    shown = question_view(quiz, question, {}, visit.locale) if question else None
    return shown if shown and (shown.choices or shown.range) else None


def _wanted(shop: Shop, visit: Visit, fact: str, values: list[str]) -> list[str] | float:
    """The posted values as a fact takes them.

    Raises:
        InvalidRequestError: a number was asked for, and this is none.
    """
    view = shop.facts(visit).get(fact)
    if view is None or isinstance(view.values, tuple):
        return values
    try:
        return float(values[0])
    except ValueError as error:
        raise InvalidRequestError(f"{fact} is a number.") from error
