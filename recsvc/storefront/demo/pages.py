"""Pages: templates rendered with the words of one language, and the headers that keep them safe."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response

from recsvc.domain.catalogue import Item
from recsvc.serving.prices import price_of
from recsvc.storefront.addresses import link
from recsvc.storefront.demo.pictures import department_of
from recsvc.storefront.demo.visit import Visit
from recsvc.storefront.elements import release

ROOT = Path(str(files("recsvc.storefront.demo")))
STATIC = ROOT / "static"
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
PAGE_HEADERS = HEADERS | {"cache-control": "private, no-store"}


def render(
    template: str, visit: Visit, secret: bytes, *, status_code: int = 200, **values: Any
) -> Response[str]:
    """Answer a page in the visitor's language, with the cookies of the visit."""
    html = (
        _environment()
        .get_template(template)
        .render(visit=visit, t=visit.texts, browser_id=visit.visitor.browser_id(secret), **values)
    )
    return Response(
        html,
        status_code=status_code,
        media_type=MediaType.HTML,
        headers=PAGE_HEADERS,
        cookies=visit.cookies(secret),
    )


def render_mail(visit: Visit, **values: Any) -> str:
    """A mail in the visitor's language: one document with its own style, for that is all a mail has."""
    template = _environment().get_template("mail_body.html")
    return template.render(visit=visit, t=visit.texts, style=mail_style(), **values)


@cache
def mail_style() -> str:
    """The style of mails."""
    return (STATIC / "mail.css").read_text("utf-8")


def mail_headers(style: str) -> dict[str, str]:
    """What a mail may do in its frame: show its pictures, and look like this style."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src 'self'; style-src 'sha256-{digest}'; frame-ancestors 'self'"
    return PAGE_HEADERS | {"content-security-policy": policy}


def item_page(item: Item, slate_id: str) -> str:
    """The page of a product, with the slate that leads there."""
    return link("products", item.item_id, **{"from": slate_id})


def card_page(item: Item, _: str) -> str:
    """The same for the elements, which report by themselves which slate was chosen from."""
    return link("products", item.item_id)


def json_ld(item: Item, title: str) -> str:
    """A product as search engines and the elements read it: JSON-LD that no text of it can leave."""
    described: dict[str, Any] = {"@context": "https://schema.org", "@type": "Product"}
    described |= {"sku": item.item_id, "name": title}
    if (price := price_of(item)) is not None:
        described["offers"] = {"@type": "Offer", "price": price, "priceCurrency": item.currency}
    return msgspec.json.encode(described).decode().replace("<", "\\u003c")


def item_picture(item: Item) -> str:
    """The picture of a product."""
    return link("demo", "pictures", f"{item.item_id}.svg")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "asset": _asset,
        "link": link,
        "department_of": department_of,
        "release": release,
    }
    return environment


@cache
def _asset(name: str) -> str:
    """The address of a static file, new whenever the file is."""
    digest = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return link("demo", "static", name, v=digest)
