"""Posted forms: their texts, and the token without which nothing is done."""

import hmac

import msgspec

from recsvc.domain.errors import NotAllowedError
from recsvc.storefront.demo.visit import DemoRequest, Visit
from recsvc.storefront.posted import read_posted


class Form(msgspec.Struct, frozen=True):
    """Every field that a form of the demo may have, "" where it has none."""

    token: str = ""
    return_to: str = ""
    action: str = ""
    item_id: str = ""
    household: str = ""
    card: str = ""
    scanned: list[str] = []
    fact: str = ""
    value: list[str] = []
    purpose: str = ""


async def read_form(request: DemoRequest, visit: Visit) -> Form:
    """Read a form that this shop rendered for this visitor.

    Raises:
        NotAllowedError: the form was not rendered here, or for somebody else.
        FaultyRequestError: it is no form, or a field comes twice.
        HTTPException: 415, the body is declared as something else.
    """
    form = await read_posted(request, Form)
    if not hmac.compare_digest(form.token.encode(), visit.token.encode()):
        raise NotAllowedError("This form is not from this visit. Go back, load the page again and repeat.")
    return form
