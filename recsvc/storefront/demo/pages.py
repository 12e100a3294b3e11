"""Pages: templates rendered with the words of one language, and the headers that keep them safe."""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response

from recsvc.domain.catalogue import Item
from recsvc.storefront.addresses import link
from recsvc.storefront.demo.pictures import department_of
from recsvc.storefront.demo.quiz_card import scale_steps
from recsvc.storefront.demo.visit import Visit

ROOT = Path(str(files("recsvc.storefront.demo")))
STATIC = ROOT / "static"
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
PAGE_HEADERS = HEADERS | {"cache-control": "private, no-store"}


def render(
    template: str, visit: Visit, secret: bytes, *, status_code: int = 200, **values: Any
) -> Response[str]:
    """Answer a page in the visitor's language, with the cookies of the visit."""
    html = _environment().get_template(template).render(visit=visit, t=visit.texts, **values)
    return Response(
        html,
        status_code=status_code,
        media_type=MediaType.HTML,
        headers=PAGE_HEADERS,
        cookies=visit.cookies(secret),
    )


def item_page(item: Item, slate_id: str) -> str:
    """The page of a product, with the slate that leads there."""
    return link("products", item.item_id, **{"from": slate_id})


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
        "scale_steps": scale_steps,
    }
    return environment


@cache
def _asset(name: str) -> str:
    """The address of a static file, new whenever the file is."""
    digest = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return link("demo", "static", name, v=digest)
