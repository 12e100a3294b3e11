"""Wire: the bytes of a body become typed Structs, strictly and in one step, or a named fault."""

import re
import zlib
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import Empty

from recsvc.http.depth import check_depth
from recsvc.http.faults import Fault, FaultyRequestError, fault_of

T = TypeVar("T")

KIB = 1024
SMALL_BODY = 32 * KIB
BATCH_BODY = 256 * KIB
EVENTS_BODY = 512 * KIB
ITEMS_BODY = 4096 * KIB

FORM = "application/x-www-form-urlencoded"
FORM_BODY = f"{FORM}; charset=utf-8"
"""How a route asks for a form: Litestar's own form decoder keeps the last 1,024 bodies in a cache,
and answers do not belong there; it leaves a media type that it does not know to WireRequest."""

BEACON = "beacon"
"""Route option: text/plain and no type at all are JSON too, for a browser's sendBeacon sends no other."""

BASIC = "basic"
"""Route option: the key may come as the name of Basic authentication, as Segment's clients send it."""

FORM_PAGE = "form_page"
"""Route option: pages of this service post here, so a browser is told of a refusal by a page."""

GZIP = 16 + zlib.MAX_WBITS
TIGHTEST = 200
"""Bytes that one packed byte may become; events pack 5 to 60 times."""

JSON_TYPE = re.compile(r"application/(?:[\w.-]+\+)?json")


class WireRequest(Request[Any, Any, Any]):
    """A request whose body is decoded strictly into the type of the handler's `data`.

    Litestar's own way converts leniently ("5" is a number), and loses the index of the faulty element.
    """

    async def body(self) -> bytes:
        """The body, unpacked once where it came as gzip; its size counts unpacked.

        Raises:
            HTTPException: 413 too large, 415 packed in another way.
            FaultyRequestError: it is not gzip as it says.
        """
        if self._body is not Empty:
            return self._body
        packed = await super().body()
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding == "gzip":
            most = self.route_handler.resolve_request_max_body_size() or SMALL_BODY
            self._body = unpacked(packed, most)
            return self._body
        if coding != "identity":
            raise HTTPException(
                status_code=415, detail=f"Content-Encoding {coding[:40]} is not read; send gzip or none."
            )
        return packed

    async def json(self) -> Any:
        """The body as the handler's type.

        Raises:
            FaultyRequestError: the body is not what the route takes.
            HTTPException: 415, the body is declared as something else.
        """
        field = self.route_handler.parsed_data_field
        if field is None:
            return None
        given = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if getattr(field.kwarg_definition, "media_type", None) == FORM_BODY:
            _expect(given, FORM, fits=given == FORM)
            return read_form(await self.body(), field.annotation)
        beacon = BEACON in self.route_handler.opt and given in {"", "text/plain"}
        _expect(given, "application/json", fits=beacon or JSON_TYPE.fullmatch(given) is not None)
        return read(await self.body(), field.annotation)


def unpacked(packed: bytes, most: int) -> bytes:
    """Unpack gzip, never making more than `most` bytes.

    Raises:
        HTTPException: 413, it holds more, or is packed so tightly that it cannot be honest.
        FaultyRequestError: it is not one whole gzip member.
    """
    unpacker = zlib.decompressobj(GZIP)
    try:
        body = unpacker.decompress(packed, most + 1)
    except zlib.error as error:
        raise FaultyRequestError(Fault("malformed_gzip", "The body is not gzip.", "")) from error
    if len(body) > most or len(body) > TIGHTEST * len(packed):
        raise RequestEntityTooLarge
    if not unpacker.eof or unpacker.unused_data:
        raise FaultyRequestError(Fault("malformed_gzip", "The body is not one whole gzip member.", ""))
    return body


def read(body: bytes | msgspec.Raw, wanted: type[T], base: str = "") -> T:
    """Decode JSON strictly.

    Args:
        body: the bytes.
        wanted: the type to decode into.
        base: pointer to these bytes within the whole body, for the fault; of all of it the depth is checked.

    Raises:
        FaultyRequestError: with the pointer to the part at fault.
    """
    if not base:
        check_depth(bytes(body))
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FaultyRequestError(fault_of(error, base)) from error


def read_form(body: bytes, wanted: type[T]) -> T:
    """Decode a form; a field whose default is a list takes its values, any other exactly one.

    Raises:
        FaultyRequestError: with the pointer to the field at fault.
    """
    fields: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=200
        ):
            fields.setdefault(name, []).append(value)
        return msgspec.convert(_single(fields, wanted), wanted)
    except (UnicodeDecodeError, msgspec.ValidationError) as error:
        raise FaultyRequestError(fault_of(error)) from error
    except ValueError as error:
        raise FaultyRequestError(Fault("malformed_form", "The form has too many fields.", "")) from error


def _single(fields: dict[str, list[str]], wanted: type[Any]) -> dict[str, str | list[str]]:
    repeated = {field.name for field in msgspec.structs.fields(wanted) if field.default_factory is list}
    return {
        name: values[0] if len(values) == 1 and name not in repeated else values
        for name, values in fields.items()
    }


def _expect(given: str, wanted: str, *, fits: bool) -> None:
    if not fits:
        raise HTTPException(
            status_code=415,
            detail=f"The body is declared as {given[:80] or 'nothing'}; send `Content-Type: {wanted}`.",
        )
