"""Guards: who a request speaks for."""

from typing import Annotated

from litestar.openapi.spec import Example
from litestar.params import HeaderParameter

from recsvc.domain.errors import NotAllowedError, UnknownSessionError
from recsvc.domain.identity import ANONYMOUS, Identity, IdentityKind
from recsvc.http.access import Caller
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.parts import Given
from recsvc.http.payloads import MOST_ID_CHARACTERS, MOST_TOKEN_CHARACTERS, VisitorPayload
from recsvc.serving.ports import QuizSessions

MEMBERS = {
    "anonymous_id": IdentityKind.ANONYMOUS,
    "id": IdentityKind.CUSTOMER,
    "loyalty_card": IdentityKind.LOYALTY_CARD,
    "line_user": IdentityKind.LINE_USER,
    "shopify_customer": IdentityKind.SHOPIFY_CUSTOMER,
    "email_sha256": IdentityKind.EMAIL_SHA256,
}
"""Member of a visitor → the kind of its name."""

NAMES = (*MEMBERS, "token")
WAYS = "`anonymous_id=…`, `id=…`, `token=…`, or with a secret key `loyalty_card=…`, `line_user=…`, "
WAYS += "`shopify_customer=…`, `email_sha256=…`"

VisitorHeader = Annotated[
    str | None,
    HeaderParameter(
        name="Recsvc-Visitor",
        description=f"Who the request speaks for: {WAYS}; never read from the query.",
        examples=[Example(value="anonymous_id=b3JhbmdlLWNhdA")],
    ),
]


def visitor_of(
    caller: Caller, named: VisitorPayload, base: str = "/visitor", *, is_foreign: bool = False
) -> str:
    """The visitor that a body names.

    Args:
        caller: who names it; a publishable key is taken at its word for nobody.
        named: exactly one of its members is set.
        base: pointer to it within the body.
        is_foreign: for what is only written: take an anonymous id that another tool made in the browser.
            A publishable key cannot read with it anywhere, for it carries no signature of ours.

    Raises:
        FaultyRequestError: none or several ids, or a customer's id in the form of an anonymous one.
        NotAllowedError: the caller may not speak for this visitor.
        TokenRefusedError: a token that vouches for nobody.
    """
    given = members_of(named)
    if len(given) != 1:
        message = f"Name the visitor by exactly one of {', '.join(f'`{name}`' for name in NAMES)}."
        raise FaultyRequestError(Fault("ambiguous_visitor" if given else "missing_field", message, base))
    if named.token is not None:
        return caller.customer(named.token)
    (member,) = given
    identity = Identity(MEMBERS[member], getattr(named, member))
    check_identity(caller, identity, f"{base}/{member}", is_foreign=is_foreign)
    return identity.visitor_id


def check_identity(caller: Caller, identity: Identity, pointer: str, *, is_foreign: bool = False) -> None:
    """Hold a caller to the names that it may say.

    Raises:
        FaultyRequestError: the name is not of the form of its kind.
        NotAllowedError: the caller may not speak for whoever has this name.
    """
    complaint = identity.complaint()
    if complaint is not None:
        raise FaultyRequestError(Fault("invalid_value", complaint, pointer))
    if identity.kind is not IdentityKind.ANONYMOUS:
        caller.check_id()
    elif not is_foreign:
        caller.check_anonymous(identity.value)


async def body_visitor(caller: Caller, named: VisitorPayload) -> str:
    """The visitor that a body names, counted.

    Raises:
        TooManyRequestsError: there were too many requests for this visitor; and what `visitor_of` raises.
    """
    visitor_id = visitor_of(caller, named)
    await caller.count_visitor(visitor_id)
    return visitor_id


def members_of(named: VisitorPayload) -> list[str]:
    """The members that say who it is."""
    return [name for name in NAMES if getattr(named, name) is not None]


async def header_visitor(caller: Given[Caller], recsvc_visitor: VisitorHeader = None) -> str | None:
    """The visitor that the header names, None without the header; it raises what `body_visitor` does."""
    return None if recsvc_visitor is None else await body_visitor(caller, read_header(recsvc_visitor))


def read_header(header: str) -> VisitorPayload:
    """What the header says.

    Raises:
        FaultyRequestError: it says anything else than one name and one id.
    """
    name, _, value = header.partition("=")
    # Header text is latin-1 by the letter; browsers and servers send UTF-8.
    text = value.strip().encode("latin-1", "replace").decode("utf-8", "replace")
    most = MOST_TOKEN_CHARACTERS if name.strip() == "token" else MOST_ID_CHARACTERS
    sound = 0 < len(text) <= most and text.isprintable() and "\ufffd" not in text
    if name.strip() not in NAMES or not sound:
        message = f"Recsvc-Visitor is one of {WAYS}; a name has 1 to {MOST_ID_CHARACTERS} characters."
        raise FaultyRequestError(Fault("invalid_visitor", message, parameter="Recsvc-Visitor"))
    return VisitorPayload(**{name.strip(): text})


def known_visitor(header: str | None) -> str:
    """The visitor whose own data a request is about.

    Raises:
        FaultyRequestError: the header is missing.
    """
    if header is None:
        message = f"Say whose: send the header `Recsvc-Visitor` with one of {WAYS}."
        raise FaultyRequestError(Fault("missing_visitor", message, parameter="Recsvc-Visitor"))
    return header


def session_visitor(
    caller: Caller,
    sessions: QuizSessions,
    session_id: str,
    header: str | None,
    body: VisitorPayload | None = None,
) -> str:
    """Whose quiz session it is: whom the request names, else whoever began it.

    A session id cannot be guessed, so holding that of an anonymous visitor is enough; a request that names a
    visitor is held to it.

    Raises:
        UnknownSessionError: nobody began a session of that id.
        NotAllowedError: a known customer's, and nothing vouches for the one who asks.
    """
    if body is not None:
        return visitor_of(caller, body)
    if header is not None:
        return header
    visitor_id = begun_by(sessions, session_id)
    check_customer(caller, visitor_id, None)
    return visitor_id


def begun_by(sessions: QuizSessions, session_id: str) -> str:
    """Who began a quiz session.

    Raises:
        UnknownSessionError: nobody began a session of that id.
    """
    session = sessions.read_session(session_id)
    if session is None:
        raise UnknownSessionError("There is no such quiz session; start the quiz again.")
    return session.visitor_id


def check_customer(caller: Caller, visitor_id: str, header: str | None) -> None:
    """Keep what is a known customer's from a browser that nobody vouches for.

    Raises:
        NotAllowedError: the header does not name this customer.
    """
    if not caller.vouches and not visitor_id.startswith(ANONYMOUS) and header != visitor_id:
        raise NotAllowedError(
            "This quiz session is a known customer's: send the customer's token, `Recsvc-Visitor: token=…`."
        )
