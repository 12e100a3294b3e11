"""Visitors: ids for those whom nobody knows by name, and what is known about the visitor of a call."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, QueryParameter

from recsvc.domain.keys import Scope
from recsvc.http import examples
from recsvc.http.access import needs
from recsvc.http.guards import known_visitor
from recsvc.http.openapi import KEYED, READING, WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import LOCALE, FactsPayload, NewVisitor, PathId
from recsvc.http.signing import issue_anonymous_id
from recsvc.http.wire import SMALL_BODY
from recsvc.serving.fact_view import FactsView
from recsvc.serving.visitor_facts import VisitorFacts

Visitor = NamedDependency[str | None]
Language = Annotated[str | None, QueryParameter(max_length=35, pattern=LOCALE, description="Of the words.")]
Wanted = Annotated[FactsPayload, BodyKwarg(examples=[Example(value=examples.WANTED_FACTS)])]
OWN = ("store-unavailable",)
ACCESS = needs(Scope.PRIVACY, in_browsers=True)
FORGOTTEN = answers(204, None, "It is forgotten.", None, *READING, *OWN)


@post(
    "/visitors",
    status_code=201,
    sync_to_thread=False,
    request_max_body_size=1024,
    opt=needs(Scope.ASK, in_browsers=True),
    summary="Issue an anonymous id",
    responses=answers(201, NewVisitor, "A fresh id.", examples.NEW_VISITOR, *KEYED),
)
def post_visitor(secret: Given[bytes]) -> NewVisitor:
    """Issue a signed anonymous id; nothing is stored until an event or an answer uses it."""
    return NewVisitor(issue_anonymous_id(secret))


@get(
    "/visitors/me/facts",
    sync_to_thread=False,
    opt=ACCESS,
    summary="Show one's own facts",
    responses=answers(200, FactsView, "What is known.", examples.FACTS, *READING, *OWN),
)
def get_facts(visitor: Visitor, visitor_facts: Given[VisitorFacts], locale: Language = None) -> FactsView:
    """Show every fact that is known and has not expired, what was agreed to and until when it is kept."""
    return visitor_facts.see(known_visitor(visitor), locale)


@patch(
    "/visitors/me/facts",
    request_max_body_size=SMALL_BODY,
    opt=ACCESS,
    summary="Correct one's own facts",
    responses=answers(200, FactsView, "What is known now.", examples.FACTS, *WRITING, *OWN, "fact-refused"),
)
async def patch_facts(data: Wanted, visitor: Visitor, visitor_facts: Given[VisitorFacts]) -> FactsView:
    """Correct facts, or forget those that are null: all of them, or none where one is refused.

    A value is what a question about the fact accepts. Under an opt-in purpose that the visitor has not
    agreed to, or under a withdrawn one, it is kept only where the body says `"consent": true`.
    """
    visitor_id = known_visitor(visitor)
    await visitor_facts.change(visitor_id, data.facts, consent=data.consent)
    return visitor_facts.see(visitor_id, data.locale)


@delete("/visitors/me/facts", opt=ACCESS, summary="Forget all one's own facts", responses=FORGOTTEN)
async def delete_facts(visitor: Visitor, visitor_facts: Given[VisitorFacts]) -> None:
    """Forget every fact; their values leave the log, too."""
    await visitor_facts.forget(known_visitor(visitor))


@delete(
    "/visitors/me/facts/{fact:str}", opt=ACCESS, summary="Forget one of one's own facts", responses=FORGOTTEN
)
async def delete_fact(fact: PathId, visitor: Visitor, visitor_facts: Given[VisitorFacts]) -> None:
    """Forget one fact; one that is not known is forgotten already."""
    await visitor_facts.forget(known_visitor(visitor), fact)


HANDLERS = (post_visitor, get_facts, patch_facts, delete_facts, delete_fact)
