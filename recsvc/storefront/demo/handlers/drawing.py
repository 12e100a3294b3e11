"""Pictures: drawn when asked for, the same every time."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from recsvc.domain.catalogue import Item
from recsvc.storefront.demo.pages import HEADERS
from recsvc.storefront.demo.pictures import draw_department, draw_item
from recsvc.storefront.demo.shop import Shop

SUFFIX = ".svg"
PICTURE_HEADERS = HEADERS | {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "public, max-age=3600",
}


@get("/demo/pictures/{file_name:str}", sync_to_thread=False)
def item_picture(shop: NamedDependency[Shop], file_name: FromPath[str]) -> Response[str]:
    """The picture of a product; an item that the shop does not know gets the basket."""
    item_id = file_name.removesuffix(SUFFIX)
    return _svg(draw_item(shop.parts.catalogue.get(item_id) or Item(item_id=item_id)))


@get("/demo/pictures/departments/{file_name:str}", sync_to_thread=False)
def department_picture(file_name: FromPath[str]) -> Response[str]:
    """The picture of a department."""
    return _svg(draw_department(file_name.removesuffix(SUFFIX)))


def _svg(drawing: str) -> Response[str]:
    return Response(drawing, media_type="image/svg+xml", headers=PICTURE_HEADERS)
