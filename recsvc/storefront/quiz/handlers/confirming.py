"""The page behind the link in a message: its owner confirms an address there, and nobody else."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Meta

from recsvc.domain.contacts import Contact
from recsvc.storefront.posted import read_posted
from recsvc.storefront.quiz.pages import QuizPages
from recsvc.storefront.quiz.parts import PageRequest
from recsvc.storefront.quiz.reading import locale_of


class ConfirmForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The token is the proof: only who reads the mail has it, so no cookie is asked for."""

    token: Annotated[str, Meta(max_length=200)]


@get("/confirm", sync_to_thread=True)
def show_confirmation(
    request: PageRequest, pages: NamedDependency[QuizPages], token: FromQuery[str] = ""
) -> Response[str]:
    """What would be confirmed, and the button; opening it confirms nothing, for mail scanners open it too."""
    contact = pages.parts.contacts.look(token)
    locale = _locale(request, pages, contact)
    wording = pages.parts.contacts.wording(contact, locale)
    about = {"address": masked(contact.address), "wording": wording, "token": token}
    return pages.page("confirm.html", locale, about=about)


@post("/confirm", status_code=200)
async def confirm(request: PageRequest, pages: NamedDependency[QuizPages]) -> Response[str]:
    """Confirm the address."""
    form = await read_posted(request, ConfirmForm)
    shown = request.query_params.get("locale")
    read_in = shown if shown in pages.parts.locales else None
    contact = await pages.parts.contacts.confirm(form.token, read_in)
    return pages.page("confirmed.html", _locale(request, pages, contact), address=masked(contact.address))


def _locale(request: PageRequest, pages: QuizPages, contact: Contact) -> str:
    """The language in which the address was asked for, where the shop has it."""
    locales = pages.parts.locales
    return contact.locale if contact.locale in locales else locale_of(request, locales)


def masked(address: str) -> str:
    """An address so that its owner knows it, and whoever else sees the page does not."""
    own, _, domain = address.rpartition("@")
    return f"{own[:1]}…@{domain}"
