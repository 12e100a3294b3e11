"""Guards: who a request speaks for."""

from typing import Annotated

from litestar.openapi.spec import Example
from litestar.params import HeaderParameter

from recsvc.domain.errors import NotAllowedError, UnknownSessionError
from recsvc.domain.visitor_ids import ANONYMOUS, anonymous_visitor, is_customer_id
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.payloads import MOST_ID_CHARACTERS, VisitorPayload
from recsvc.serving.ports import QuizSessions

NAMES = ("anonymous_id", "id", "token")

VisitorHeader = Annotated[
    str | None,
    HeaderParameter(
        name="Recsvc-Visitor",
        description="Who the request speaks for: `anonymous_id=…` or `id=…`; never read from the query.",
        examples=[Example(value="anonymous_id=b3JhbmdlLWNhdA")],
    ),
]


def visitor_of(named: VisitorPayload, base: str = "/visitor") -> str:
    """The visitor that a body names.

    Args:
        named: exactly one of its members is set.
        base: pointer to it within the body.

    Raises:
        FaultyRequestError: none or several ids, or a customer's id in the form of an anonymous one.
        NotAllowedError: a token, which only keys can vouch for.
    """
    given = [name for name in NAMES if getattr(named, name) is not None]
    if len(given) != 1:
        message = "Name the visitor by exactly one of `anonymous_id` and `id`."
        raise FaultyRequestError(Fault("ambiguous_visitor" if given else "missing_field", message, base))
    if named.token is not None:
        raise NotAllowedError(
            "A visitor's token is signed with a key, and this service has none yet; "
            "name the visitor by `id` or `anonymous_id`."
        )
    if named.anonymous_id is not None:
        return anonymous_visitor(named.anonymous_id)
    if not is_customer_id(str(named.id)):
        message = f"A known visitor's id does not start with `{ANONYMOUS}`; send `anonymous_id` without it."
        raise FaultyRequestError(Fault("invalid_value", message, f"{base}/id"))
    return str(named.id)


def header_visitor(recsvc_visitor: VisitorHeader = None) -> str | None:
    """The visitor that the header names, None without the header.

    Raises:
        FaultyRequestError: the header says anything else than one name and one id.
    """
    if recsvc_visitor is None:
        return None
    name, _, value = recsvc_visitor.partition("=")
    # Header text is latin-1 by the letter; browsers and servers send UTF-8.
    text = value.strip().encode("latin-1", "replace").decode("utf-8", "replace")
    sound = 0 < len(text) <= MOST_ID_CHARACTERS and text.isprintable() and "\ufffd" not in text
    if name.strip() not in NAMES or not sound:
        message = "Recsvc-Visitor is `anonymous_id=…` or `id=…` with an id of 1 to 200 characters."
        raise FaultyRequestError(Fault("invalid_visitor", message, parameter="Recsvc-Visitor"))
    return visitor_of(VisitorPayload(**{name.strip(): text}))


def known_visitor(header: str | None) -> str:
    """The visitor whose own data a request is about.

    Raises:
        FaultyRequestError: the header is missing.
    """
    if header is None:
        message = "Say whose facts: send the header `Recsvc-Visitor: anonymous_id=…` or `id=…`."
        raise FaultyRequestError(Fault("missing_visitor", message, parameter="Recsvc-Visitor"))
    return header


def session_visitor(
    sessions: QuizSessions, session_id: str, header: str | None, body: VisitorPayload | None = None
) -> str:
    """Whose quiz session it is: whom the request names, else whoever began it.

    A session id cannot be guessed, so holding it is enough; a request that names a visitor is held to it.

    Raises:
        UnknownSessionError: nobody began a session of that id.
    """
    if body is not None:
        return visitor_of(body)
    if header is not None:
        return header
    session = sessions.read_session(session_id)
    if session is None:
        raise UnknownSessionError("There is no such quiz session; start the quiz again.")
    return session.visitor_id
