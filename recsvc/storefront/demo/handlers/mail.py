"""The mail preview: what the shop's server would send, made of the fragment that stands for the elements."""

from litestar import MediaType, Response, get
from litestar.di import NamedDependency

from recsvc.domain.slates import PlacementRequest
from recsvc.storefront.demo.pages import mail_headers, mail_style, render_mail
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest

ASKED = PlacementRequest("mail", 5)
"""A discreet one: whoever sees a mail beside its reader learns nothing from sensitive answers."""


@get("/mail", sync_to_thread=False)
def show_mail(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[str]:
    """A mail as its reader would see it."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    shelves = shop.shelves(visit, profile, ASKED)
    return shop.page("mail.html", visit, profile, shelves)


@get("/mail/body", sync_to_thread=False)
def show_mail_body(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[str]:
    """The mail itself: its own document, whose one style is known by its digest and which runs nothing."""
    visit = shop.visit(request)
    html = render_mail(visit, fragment=shop.fragment(visit, ASKED))
    return Response(html, media_type=MediaType.HTML, headers=mail_headers(mail_style()))
