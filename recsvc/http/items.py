"""Items: the catalogue as the shop sends it, and one item as the service keeps it."""

import asyncio
import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import delete, get, put
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg
from msgspec import Meta

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import UnknownItemError
from recsvc.domain.keys import Scope
from recsvc.domain.known_stores import KnownStores
from recsvc.http import examples
from recsvc.http.access import needs
from recsvc.http.faults import Fault, FaultyRequestError, escape
from recsvc.http.openapi import READING, WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import LOCALE, ItemBatch, ItemPayload, ItemResult, ItemResults, PathId, Text
from recsvc.http.wire import ITEMS_BODY, read
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.ports import Store

TITLE, ATTRIBUTE = "title:", "attr:"
BOOKS = ("changed_at", "counts")
"""What only the shop's own system writes, message by message; the sum of the counts is `stock`."""

MOST_OPEN_FIELDS = 200
MOST_NAME_CHARACTERS = 100
AttributeValue = Annotated[str, Meta(max_length=500)]
ONE_OR_MORE: Any = AttributeValue | Annotated[tuple[AttributeValue, ...], Meta(max_length=200)]
OpenFields = dict[str, msgspec.Raw]
ACCESS = needs(Scope.CATALOGUE)
Batch = Annotated[ItemBatch, BodyKwarg(examples=[Example(value=examples.ITEMS)])]


@put(
    "/items",
    request_max_body_size=ITEMS_BODY,
    opt=ACCESS,
    summary="Replace items",
    responses=answers(
        200, ItemResults, "One verdict an item.", examples.ITEM_RESULTS, *WRITING, "store-unavailable"
    ),
)
async def put_items(
    data: Batch,
    store: Given[Store],
    live_catalogue: Given[LiveCatalogue],
    known_stores: Given[KnownStores],
) -> ItemResults:
    """Replace the named items, at most 2,500 in 4 MB; each is judged on its own.

    The members are the columns of the items file. Of several items of one id the last one counts.
    """
    found = [_read(raw, index, known_stores) for index, raw in enumerate(data.items)]
    items = {one.item_id: one for one in found if isinstance(one, Item)}
    if items:
        await live_catalogue.reach(await asyncio.wrap_future(store.put_items(list(items.values()))))
    last = {one.item_id: index for index, one in enumerate(found) if isinstance(one, Item)}
    return ItemResults([_result(one, index, last) for index, one in enumerate(found)])


@get(
    "/items/{item_id:str}",
    sync_to_thread=False,
    opt=ACCESS,
    summary="Show an item",
    responses=answers(200, ItemPayload, "The item.", examples.ITEM, *READING, "unknown-item"),
)
def get_item(item_id: PathId, live_catalogue: Given[LiveCatalogue]) -> dict[str, Any]:
    """Show an item as the shop sent it."""
    item = live_catalogue.get(item_id)
    if item is None:
        raise _unknown(item_id)
    return to_wire(item)


@delete(
    "/items/{item_id:str}",
    opt=ACCESS,
    summary="Remove an item",
    responses=answers(204, None, "It is gone.", None, *READING, "unknown-item", "store-unavailable"),
)
async def delete_item(item_id: PathId, store: Given[Store], live_catalogue: Given[LiveCatalogue]) -> None:
    """Remove an item from the catalogue; what was bought of it stays in the log."""
    if not await asyncio.wrap_future(store.delete_item(item_id)):
        raise _unknown(item_id)
    live_catalogue.refresh(live_catalogue.number + 1)


def to_wire(item: Item) -> dict[str, Any]:
    """An item with the columns of the items file."""
    fields: dict[str, Any] = msgspec.to_builtins(item)
    for name in BOOKS:
        fields.pop(name, None)
    titles = fields.pop("titles", {})
    attributes = fields.pop("attributes", {})
    named = {f"{TITLE}{locale}": title for locale, title in titles.items()}
    return fields | named | {f"{ATTRIBUTE}{name}": values for name, values in attributes.items()}


def _unknown(item_id: str) -> UnknownItemError:
    return UnknownItemError(f"There is no item {item_id!r} in the catalogue; send it with PUT /v1/items.")


def _result(found: Item | ItemResult, index: int, last: dict[str, int]) -> ItemResult:
    if isinstance(found, ItemResult):
        return found
    if last[found.item_id] != index:
        return ItemResult(index, found.item_id, "ignored", "named_again")
    return ItemResult(index, found.item_id, "accepted")


def _read(raw: msgspec.Raw, index: int, known_stores: KnownStores) -> Item | ItemResult:
    base = f"/items/{index}"
    try:
        fields = read(raw, OpenFields, base)
    except FaultyRequestError as error:
        return ItemResult(index, None, "rejected", error.fault.code, error.fault.pointer)
    try:
        item = _item(fields, base)
    except FaultyRequestError as error:
        return ItemResult(index, _own_id(fields), "rejected", error.fault.code, error.fault.pointer)
    unknown = known_stores.unknown(item.stock)
    if unknown is not None:
        pointer = f"{base}/stock/{escape(unknown)}"
        return ItemResult(index, item.item_id, "rejected", "unknown_store", pointer)
    return item


def _own_id(fields: OpenFields) -> str | None:
    try:
        return msgspec.json.decode(fields["item_id"], type=str)[:MOST_NAME_CHARACTERS]
    except (KeyError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _item(fields: OpenFields, base: str) -> Item:
    openly = {name: raw for name, raw in fields.items() if name.startswith((TITLE, ATTRIBUTE))}
    fixed = {name: raw for name, raw in fields.items() if name not in openly}
    payload = read(msgspec.json.encode(fixed), ItemPayload, base)
    if len(openly) > MOST_OPEN_FIELDS:
        raise FaultyRequestError(
            Fault("out_of_range", f"At most {MOST_OPEN_FIELDS} titles and attributes.", base)
        )
    _check_time(payload.available_from, f"{base}/available_from")
    titles, attributes = {}, {}
    for name, raw in openly.items():
        kind, _, own = name.partition(":")
        pointer = f"{base}/{escape(name)}"
        if kind == "title":
            titles[_named(own, LOCALE, pointer)] = read(raw, Text, pointer)
        else:
            attributes[_named(own, r"[^\x00-\x1f]+", pointer)] = _values(raw, pointer)
    return Item(**msgspec.structs.asdict(payload), titles=titles, attributes=attributes)


def _named(name: str, form: str, pointer: str) -> str:
    if len(name) > MOST_NAME_CHARACTERS or not re.fullmatch(form, name):
        raise FaultyRequestError(Fault("unknown_field", "The name after the colon cannot be.", pointer))
    return name


def _values(raw: msgspec.Raw, pointer: str) -> tuple[str, ...]:
    found: str | tuple[str, ...] = read(raw, ONE_OR_MORE, pointer)
    values = (found,) if isinstance(found, str) else found
    if any("\0" in value for value in values):
        raise FaultyRequestError(Fault("invalid_value", "The text holds a NUL.", pointer))
    return values


def _check_time(text: str | None, pointer: str) -> None:
    try:
        _ = text and datetime.fromisoformat(text)
    except ValueError as error:
        raise FaultyRequestError(
            Fault("invalid_time", "This is no ISO 8601 date or time.", pointer)
        ) from error


HANDLERS = (put_items, get_item, delete_item)
