"""Contacts: an address is given, and its owner asked."""

from datetime import UTC, datetime
from typing import Annotated

from litestar import post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

from quizzes.answers import is_address
from recsvc.domain.keys import Scope
from recsvc.domain.purposes import RESERVED
from recsvc.http import examples
from recsvc.http.access import Caller, needs
from recsvc.http.contact_count import ContactCount
from recsvc.http.contact_payloads import ContactAsked, ContactPayload
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.guards import body_visitor
from recsvc.http.openapi import WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.wire import SMALL_BODY
from recsvc.serving.contacts import Contacts, Wish

Wanted = Annotated[ContactPayload, BodyKwarg(examples=[Example(value=examples.CONTACT)])]


@post(
    "/contacts",
    status_code=202,
    request_max_body_size=SMALL_BODY,
    opt=needs(Scope.PRIVACY, in_browsers=True),
    summary="Give an address",
    responses=answers(
        202,
        ContactAsked,
        "Its owner is asked.",
        examples.CONTACT_ASKED,
        *WRITING,
        "too-many-messages",
        "no-mailer",
        "store-unavailable",
    ),
)
async def post_contact(
    data: Wanted, caller: Given[Caller], contacts: Given[Contacts], contact_count: Given[ContactCount]
) -> ContactAsked:
    """Ask the owner of an address to confirm it, by a message with a link.

    Until then it is kept for the link alone: no consent, no name of the visitor, nothing that leaves. The
    answer is the same whether or not the address is known, but to the visitor with whom it was confirmed.
    """
    visitor_id = await body_visitor(caller, data.visitor)
    if not is_address(data.address):
        raise FaultyRequestError(Fault("invalid_value", "That is no e-mail address.", "/address"))
    locale = data.locale or contacts.locales[0]
    keep_days = _keep_days(contacts, caller, data.purpose, data.policy)
    wish = Wish(data.address, data.purpose, data.policy, locale, keep_days=keep_days)
    await contact_count.one()
    contact = await contacts.ask(visitor_id, wish)
    if contact.confirmed_at is not None:
        return ContactAsked("confirmed")
    return ContactAsked("waiting", datetime.fromtimestamp(int(contact.asked_at + contacts.link_s), UTC))


def _keep_days(contacts: Contacts, caller: Caller, purpose: str, policy: str) -> float | None:
    """How long a purpose keeps an address, None for ever.

    Raises:
        FaultyRequestError: nobody is asked by mail for this purpose, no quiz words it for a browser, or the
            page would show another wording.
    """
    if purpose in RESERVED:
        message = (
            f"`{purpose}` is agreed to with PUT /v1/visitors/me/consents; it is no purpose of an address."
        )
        raise FaultyRequestError(Fault("invalid_value", message, "/purpose"))
    told = [one for _, one in contacts.purposes(purpose)]
    if not told and not caller.vouches:
        message = (
            f"No published quiz has the purpose `{purpose}`, so the page of the link could not say what it "
            "means. A publishable key names purposes of quizzes; a secret key may name others."
        )
        raise FaultyRequestError(Fault("invalid_value", message, "/purpose"))
    fitting = next((one for one in told if one.policy == policy), None)
    if told and fitting is None:
        known = ", ".join(sorted({one.policy for one in told}))
        message = f"The published quizzes know the wording of `{purpose}` in version {known}; show that one."
        raise FaultyRequestError(Fault("invalid_value", message, "/policy"))
    return fitting.keep_days if fitting else None


HANDLERS = (post_contact,)
