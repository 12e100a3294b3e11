"""Shopify: events of its web pixel, and its signed webhooks."""

import base64
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, post
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import BodyKwarg, HeaderParameter, QueryParameter, RawBody

from recsvc.domain.errors import BadSignatureError, NotAllowedError
from recsvc.domain.keys import Scope
from recsvc.domain.known_stores import KnownStores
from recsvc.http import foreign_examples as examples
from recsvc.http.access import OPEN, Admission, needs
from recsvc.http.event_payloads import EventResult
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.foreign_payloads import ForeignResults
from recsvc.http.intake import Taken, take
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.wire import BEACON, ITEMS_BODY, SMALL_BODY, read
from recsvc.serving.catalogue_changes import CatalogueChanges
from recsvc.serving.erasing import erase_all
from recsvc.serving.ingest import Ingest
from recsvc.serving.ports import Clock, Store
from recsvc.sources import shopify_orders, shopify_products
from recsvc.sources.fields import FieldFaultError
from recsvc.sources.shopify_pixel import PixelEvent, adapt_pixel
from recsvc.sources.shopify_privacy import FOR_THE_OPERATOR, REDACT, redacted_names

log = logging.getLogger(__name__)

Pixel = Annotated[PixelEvent, BodyKwarg(examples=[Example(value=examples.SHOPIFY_PIXEL)])]
Topic = Annotated[str, HeaderParameter(name="X-Shopify-Topic", description="Such as `orders/create`.")]
Signature = Annotated[
    str | None,
    HeaderParameter(
        name="X-Shopify-Hmac-Sha256", description="HMAC-SHA256 of the body with the client secret, base64."
    ),
]
PIXEL = needs(Scope.EVENTS, in_browsers=True)
Key = Annotated[
    str | None,
    QueryParameter(max_length=500, description="The key: a pixel sends text/plain, without headers."),
]
TAKEN = answers(
    200,
    ForeignResults,
    "Taken; everything that it tells has its verdict.",
    examples.SHOPIFY_ANSWER,
    *WRITING,
    "bad-signature",
    "not-allowed",
    "store-unavailable",
)


@dataclass
class _Webhook(Operation):
    """Says what the body is, which the route reads as bytes: they are what is signed."""

    def __post_init__(self) -> None:
        shape = Schema(type=OpenAPIType.OBJECT, description="The resource of the topic, as Shopify sends it.")
        shown: dict[str, Example | Reference] = {"order": Example(value=examples.SHOPIFY_ORDER)}
        content = {"application/json": OpenAPIMediaType(schema=shape, examples=shown)}
        self.request_body = RequestBody(content=content, required=True)


@post(
    "/pixel",
    status_code=200,
    request_max_body_size=SMALL_BODY * 4,
    opt=PIXEL | {BEACON: True},
    summary="Take in an event of Shopify's web pixel",
    responses=answers(
        200,
        ForeignResults,
        "Taken; the event has its verdict.",
        examples.SHOPIFY_ANSWER,
        *WRITING,
        "store-unavailable",
    ),
)
async def post_shopify_pixel(
    data: Pixel,
    request: Request[Any, Any, Any],
    admission: Given[Admission],
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
    opted_out: Given[bool],
    key: Key = None,
) -> ForeignResults:
    """Take in one standard event of at most 128 KB, as a custom pixel posts it."""
    caller = await admission.beacon(request.scope, PIXEL, key)
    taken = [Taken("", adapt_pixel(data, clock().astimezone(UTC)))]
    return ForeignResults(await take(caller, taken, ingest, clock, metrics, opted_out=opted_out))


@post(
    "/webhooks",
    status_code=200,
    request_max_body_size=ITEMS_BODY,
    opt=OPEN,
    operation_class=_Webhook,
    summary="Take in a webhook of Shopify",
    responses=TAKEN,
)
async def post_shopify_webhook(
    body: RawBody,
    topic: Topic,
    shopify_secrets: Given[tuple[str, ...]],
    ingest: Given[Ingest],
    catalogue_changes: Given[CatalogueChanges],
    clock: Given[Clock],
    metrics: Given[Metrics],
    store: Given[Store],
    secret: Given[bytes],
    admission: Given[Admission],
    known_stores: Given[KnownStores],
    signature: Signature = None,
) -> ForeignResults:
    """Take in an order, a product or an inventory level of at most 4 MB; the signature is checked first.

    Delivered again it changes nothing. Topics that mean nothing here are ignored with 200, so that Shopify
    keeps the subscription.
    """
    _check(body, signature, shopify_secrets)
    resource = read(body, dict[str, Any])
    received = clock().astimezone(UTC)
    if topic in shopify_orders.TOPICS:
        taken = [Taken("", one) for one in shopify_orders.adapt_order(resource, received)]
        caller = admission.signed_elsewhere()
        return ForeignResults(await take(caller, taken, ingest, clock, metrics, opted_out=False))
    if topic in FOR_THE_OPERATOR:
        return ForeignResults([_left_to_the_operator(topic, resource)])
    try:
        if topic == REDACT:
            verdict = await _redact(resource, store, secret)
        else:
            verdict = await _change(topic, resource, catalogue_changes, received, known_stores)
    except FieldFaultError as fault:
        raise FaultyRequestError(
            Fault(fault.code, "The resource cannot be read here.", fault.pointer)
        ) from fault
    return ForeignResults([verdict])


def _check(body: bytes, signature: str | None, secrets: Sequence[str]) -> None:
    """Compare in constant time, with every secret.

    Raises:
        NotAllowedError: no secret is known.
        BadSignatureError: none of them signed these bytes.
    """
    if not secrets:
        raise NotAllowedError(
            "No secret of Shopify's is known here; set `shopify_secrets`, or leave webhooks off."
        )
    given = (signature or "").encode("utf-8", "replace")
    own = [base64.b64encode(hmac.digest(secret.encode(), body, "sha256")) for secret in secrets]
    if not any([hmac.compare_digest(given, one) for one in own]):  # noqa: C419 (all are compared, whichever fits)
        raise BadSignatureError(
            "X-Shopify-Hmac-Sha256 does not fit the body and any secret that is known here."
        )


async def _change(
    topic: str,
    resource: dict[str, Any],
    changes: CatalogueChanges,
    received: datetime,
    known_stores: KnownStores,
) -> EventResult:
    """What becomes of a product or of an inventory level; other topics are nothing to us."""
    if topic in shopify_products.TOPICS:
        return _verdict(
            None if await changes.replace(shopify_products.item_of(resource, received)) else "stale"
        )
    if topic == shopify_products.REMOVED:
        gone = await changes.remove(shopify_products.item_id_of(resource))
        return _verdict(None if gone else "unknown_item")
    if topic in shopify_products.COUNTED or topic == shopify_products.DISCONNECTED:
        level = shopify_products.level_of(
            resource, received, disconnected=topic == shopify_products.DISCONNECTED
        )
        if known_stores.lack(level.store_id):
            return _verdict("unknown_store")
        noted = await changes.count(*level)
        return _verdict({None: "unknown_item", False: "stale", True: None}[noted])
    return _verdict("unknown_topic")


async def _redact(resource: dict[str, Any], store: Store, secret: bytes) -> EventResult:
    """Erase the customer under all their names, as Shopify's rules for personal data ask."""
    await erase_all(store, secret, redacted_names(resource))
    return _verdict(None)


def _left_to_the_operator(topic: str, resource: dict[str, Any]) -> EventResult:
    """Say to the log that somebody has to act, by Shopify's number of the request and not by a name."""
    request = resource.get("data_request")
    number = request.get("id") if isinstance(request, dict) else None
    known = number if isinstance(number, int) else None
    log.warning("shopify_request_for_the_operator", extra={"topic": topic, "data_request": known})
    return _verdict("left_to_the_operator")


def _verdict(code: str | None) -> EventResult:
    return EventResult(0, None, "accepted" if code is None else "ignored", code)


HANDLERS = (post_shopify_pixel, post_shopify_webhook)
