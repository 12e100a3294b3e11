"""One's own data: consents, everything that is kept, and its end; for the visitor of a call, or for any."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from litestar import delete, get, patch, put
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, QueryParameter

from recsvc.domain.errors import NotAllowedError
from recsvc.domain.identity import Identity, identity_of, is_borrowed, needs_token
from recsvc.domain.keys import Scope
from recsvc.domain.purposes import purposes_of
from recsvc.http import examples
from recsvc.http.access import Caller, needs
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.guards import check_identity, known_visitor
from recsvc.http.openapi import READING, WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import LOCALE, ConsentsPayload, FactsPayload, PathId
from recsvc.http.wire import SMALL_BODY
from recsvc.serving.fact_view import FactsView
from recsvc.serving.privacy import ConsentsView, Erased, EverythingKept, Privacy
from recsvc.serving.visitor_facts import VisitorFacts

Whose = Given[str]
Said = Annotated[ConsentsPayload, BodyKwarg(examples=[Example(value=examples.SAID_CONSENTS)])]
Language = Annotated[str | None, QueryParameter(max_length=35, pattern=LOCALE, description="Of the words.")]
Wanted = Annotated[FactsPayload, BodyKwarg(examples=[Example(value=examples.WANTED_FACTS)])]
OWN = "store-unavailable"
NOT_SIGNED_IN = (
    "This browser's id is a known customer's: send the customer's token, `Recsvc-Visitor: token=…`; "
    "without it consents can be withdrawn, and nothing else."
)
FORGOTTEN = answers(204, None, "It is forgotten.", None, *READING, OWN)


class Speaker(NamedTuple):
    """Whoever speaks of a visitor's consents."""

    visitor_id: str
    may_look: bool = True
    may_grant: bool = True


class Address(NamedTuple):
    """Where somebody's data is, and who reaches it."""

    path: str
    whose: Callable[..., str]  # answers the visitor
    speaker: Callable[..., Speaker]
    access: dict[str, Any]
    word: str  # whose data it is, for the description

    def operation(self, name: str) -> str:
        """The name of a route in the description."""
        return f"{name}_{'one_s_own' if 'me' in self.path.split('/') else 'of_a_visitor'}"


def routes(at: Address) -> list[HTTPRouteHandler]:
    """The routes of one address; the same functions at each."""
    return [*_fact_routes(at), *_whole_routes(at)]


def _fact_routes(at: Address) -> list[HTTPRouteHandler]:
    @get(
        "/facts",
        sync_to_thread=False,
        opt=at.access,
        operation_id=at.operation("get_facts"),
        summary=f"Show {at.word} facts",
        responses=answers(200, FactsView, "What is known.", examples.FACTS, *READING, OWN),
    )
    def get_facts(whose: Whose, visitor_facts: Given[VisitorFacts], locale: Language = None) -> FactsView:
        """Show every fact that is known and has not expired, what was agreed to and until when it is kept."""
        return visitor_facts.see(whose, locale)

    @patch(
        "/facts",
        request_max_body_size=SMALL_BODY,
        opt=at.access,
        operation_id=at.operation("patch_facts"),
        summary=f"Correct {at.word} facts",
        responses=answers(
            200, FactsView, "What is known now.", examples.FACTS, *WRITING, OWN, "fact-refused"
        ),
    )
    async def patch_facts(data: Wanted, whose: Whose, visitor_facts: Given[VisitorFacts]) -> FactsView:
        """Correct facts, or forget those that are null: all of them, or none where one is refused.

        A value is what a question about the fact accepts. Under an opt-in purpose that the visitor has not
        agreed to, or under a withdrawn one, it is kept only where the body says `"consent": true`.
        """
        await visitor_facts.change(whose, data.facts, consent=data.consent)
        return visitor_facts.see(whose, data.locale)

    @delete(
        "/facts",
        opt=at.access,
        operation_id=at.operation("delete_facts"),
        summary=f"Forget all {at.word} facts",
        responses=FORGOTTEN,
    )
    async def delete_facts(whose: Whose, visitor_facts: Given[VisitorFacts]) -> None:
        """Forget every fact; their values leave the log, too."""
        await visitor_facts.forget(whose)

    @delete(
        "/facts/{fact:str}",
        opt=at.access,
        operation_id=at.operation("delete_fact"),
        summary=f"Forget one of {at.word} facts",
        responses=FORGOTTEN,
    )
    async def delete_fact(fact: PathId, whose: Whose, visitor_facts: Given[VisitorFacts]) -> None:
        """Forget one fact; one that is not known is forgotten already."""
        await visitor_facts.forget(whose, fact)

    return [get_facts, patch_facts, delete_facts, delete_fact]


def _whole_routes(at: Address) -> list[HTTPRouteHandler]:

    @get(
        "/consents",
        sync_to_thread=False,
        opt=at.access,
        operation_id=at.operation("get_consents"),
        summary=f"Show {at.word} consents",
        responses=answers(200, ConsentsView, "The last words.", examples.CONSENTS, *READING, OWN),
    )
    def get_consents(whose: Whose, privacy: Given[Privacy]) -> ConsentsView:
        """Show the last word about each purpose; a purpose without one is as its wording says."""
        return privacy.consents(whose)

    @put(
        "/consents",
        opt=at.access,
        request_max_body_size=SMALL_BODY,
        operation_id=at.operation("put_consents"),
        summary=f"Grant and withdraw {at.word} consents",
        responses=answers(200, ConsentsView, "The last words now.", examples.CONSENTS, *WRITING, OWN),
    )
    async def put_consents(data: Said, speaker: Given[Speaker], privacy: Given[Privacy]) -> ConsentsView:
        """Grant and withdraw purposes; what is not named stays as it is.

        A withdrawal holds from the next request, and takes back what was said and done under it before. From
        a browser whose id is a customer's it needs no token, a grant does; the answer then says no more.
        """
        said = purposes_of(data.consent)
        if not speaker.may_grant and True in said.values():
            raise NotAllowedError(NOT_SIGNED_IN)
        wording = data.wording.to_wording() if data.wording else None
        view = await privacy.agree(speaker.visitor_id, said, wording)
        return view if speaker.may_look else view.about(said)

    @get(
        "/export",
        sync_to_thread=True,  # a long life is a long read
        opt=at.access,
        operation_id=at.operation("get_export"),
        summary=f"Export {at.word} data",
        responses=answers(200, EverythingKept, "Everything.", examples.EVERYTHING_KEPT, *READING, OWN),
    )
    def get_export(whose: Whose, privacy: Given[Privacy]) -> EverythingKept:
        """Everything that is kept of the visitor under all their names, as it is kept."""
        return privacy.export(whose)

    @delete(
        "/",
        status_code=200,
        opt=at.access,
        operation_id=at.operation("delete_visitor"),
        summary=f"Erase {at.word} data",
        responses=answers(200, Erased, "What was erased.", examples.ERASED, *READING, OWN),
    )
    async def delete_visitor(whose: Whose, privacy: Given[Privacy]) -> Erased:
        """Erase the visitor under all their names: events, profile, facts, consents and quiz sessions.

        Files of exports lose them at the next export. Who comes back under one of the names is a stranger.
        """
        return await privacy.erase(whose)

    return [get_consents, put_consents, get_export, delete_visitor]


def _me(visitor: Given[str | None], caller: Given[Caller], privacy: Given[Privacy]) -> str:
    """The visitor of the call.

    A browser's id goes on to be a customer's after they have logged out, for whoever sits there next: it
    reads and erases nothing of theirs.
    """
    visitor_id = known_visitor(visitor)
    if not caller.vouches and is_borrowed(visitor_id, privacy.first_name(visitor_id)):
        raise NotAllowedError(NOT_SIGNED_IN)
    return visitor_id


def _speaking(visitor: Given[str | None], caller: Given[Caller], privacy: Given[Privacy]) -> Speaker:
    """The visitor of the call, who may withdraw what they may not see."""
    visitor_id = known_visitor(visitor)
    if caller.vouches:
        return Speaker(visitor_id)
    first = privacy.first_name(visitor_id)
    return Speaker(visitor_id, not is_borrowed(visitor_id, first), not needs_token(visitor_id, first))


def _named(caller: Given[Caller], visitor_id: PathId) -> str:
    """Any visitor, by any of their names as the log writes it: `4711`, `card:7`, `anon:…`."""
    identity: Identity = identity_of(visitor_id)
    if not identity.value:
        raise FaultyRequestError(Fault("invalid_value", "The name is empty.", parameter="visitor_id"))
    check_identity(caller, identity, "")
    return visitor_id


def _speaking_for(caller: Given[Caller], visitor_id: PathId) -> Speaker:
    return Speaker(_named(caller, visitor_id))


ADDRESSES = (
    Address(
        "/v1/visitors/me",
        _me,
        _speaking,
        needs(Scope.PRIVACY, in_browsers=True),
        "one's own",
    ),
    Address(
        "/v1/visitors/{visitor_id:str}",
        _named,
        _speaking_for,
        needs(Scope.PRIVACY),
        "a visitor's",
    ),
)
