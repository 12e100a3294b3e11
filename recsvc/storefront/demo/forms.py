"""Posted forms: their texts, and the token without which nothing is done."""

import hmac

from recsvc.domain.errors import NotAllowedError
from recsvc.storefront.demo.visit import DemoRequest, Visit

TOKEN = "token"  # noqa: S105 - the name of a field


class Form:
    """The texts of a form; files in it are left out."""

    def __init__(self, fields: dict[str, tuple[str, ...]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """The first value of a field, "" without one."""
        return next(iter(self._fields.get(name, ())), "")

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of a field, empty ones left out."""
        return tuple(filter(None, self._fields.get(name, ())))


async def read_form(request: DemoRequest, visit: Visit) -> Form:
    """Read a form that this shop rendered for this visitor.

    Raises:
        NotAllowedError: the form was not rendered here, or for somebody else.
    """
    posted = await request.form()
    form = Form({name: tuple(one for one in posted.getall(name) if isinstance(one, str)) for name in posted})
    if not hmac.compare_digest(form.text(TOKEN).encode(), visit.token.encode()):
        raise NotAllowedError("This form is not from this visit. Go back, load the page again and repeat.")
    return form
