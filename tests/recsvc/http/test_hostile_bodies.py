"""Whatever is sent, the answer is a refusal that says where, never a failure of the service."""

import base64
import hmac
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from recsvc.http import contact_payloads, event_payloads, payloads
from recsvc.http.depth import DEEPEST, depth_of
from tests.recsvc.http.conftest import Client, api_of
from tests.shop import Shop

few = settings(max_examples=40)
JSON = {"Content-Type": "application/json"}
ROUTES = {
    "slates": ("POST", "/v1/slates"),
    "events": ("POST", "/v1/events"),
    "items": ("PUT", "/v1/items"),
    "sessions": ("POST", "/v1/quizzes/tea/sessions"),
    "resume": ("POST", "/v1/quiz-sessions/resume"),
    "answers": ("PUT", "/v1/quiz-sessions/s/answers/drink"),
    "segment": ("POST", "/ingest/segment/v1/batch"),
    "ga4": ("POST", "/ingest/ga4/mp/collect"),
}
FIELDS = {
    "slates": "placements",
    "events": "events",
    "items": "items",
    "sessions": "visitor",
    "resume": "token",
    "answers": "value",
    "segment": "batch",
    "ga4": "events",
}
DEEP = b"[" * 200_000
BODIES = {
    "200k deep": DEEP,
    "200k deep and closed": DEEP + b"]" * 200_000,
    "bad utf-8": b'{"FIELD":"\xff\xfe"}',
    "bad utf-8 in a key": b'{"\xff":1}',
    "utf-16": '{"FIELD":"x"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "not a number": b'{"FIELD":NaN}',
    "infinity": b'{"FIELD":-Infinity}',
    "1e400": b'{"FIELD":1e400}',
    "400 digits": b'{"FIELD":' + b"9" * 400 + b"}",
    "lone surrogate": b'{"FIELD":"\\ud800"}',
    "nul": b'{"FIELD":"\\u0000"}',
    "a megabyte of text": b'{"FIELD":"' + b"x" * 1_000_000 + b'"}',
    "100k keys": b"{" + b",".join(b'"%d":0' % number for number in range(100_000)) + b"}",
    "truncated": b'{"FIELD":[{"',
    "two documents": b"{}{}",
    "no object": b"null",
    "text": b'"FIELD"',
    "true": b'{"FIELD":true}',
    "nothing in it": b"{}",
}


def send(client: Client, route: str, body: bytes, headers: dict[str, str] = JSON) -> Any:
    method, path = ROUTES[route]
    return client.request(
        method, path, content=body.replace(b"FIELD", FIELDS[route].encode()), headers=headers
    )


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", BODIES)
def test_hostile_body_is_refused(battered: Client, route: str, name: str) -> None:
    answer = send(battered, route, BODIES[name])
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert len(answer.content) < 2000


PATHS = json.loads((Path(__file__).parents[2] / "golden" / "openapi.json").read_text("utf-8"))["paths"]
INGEST = [path for path in PATHS if path.startswith("/ingest/") and "post" in PATHS[path]]
SIGNER = "k" * 16


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    shop = Shop(tmp_path_factory.mktemp("hostile")).open()
    with Client(api_of(shop, shopify_secrets=(SIGNER,))) as client:
        yield client


def send_to(client: Client, path: str, body: bytes, kind: str = "application/json", **headers: str) -> Any:
    """As whoever may send there: webhooks are signed, CloudEvents have types of their own."""
    signature = base64.b64encode(hmac.digest(SIGNER.encode(), body, "sha256"))
    if path == "/ingest/cloudevents" and kind == "application/json":
        kind = "application/cloudevents+json"
    told = {"X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": signature.decode()}
    return client.post(path, content=body, headers={"Content-Type": kind} | told | headers)


def is_refused_or_rejected(answer: Any) -> bool:
    if answer.status_code != 200:
        return (
            answer.status_code in {400, 413} and answer.headers["content-type"] == "application/problem+json"
        )
    return all(one["verdict"] in {"rejected", "ignored"} for one in answer.json().get("results", ()))


@pytest.mark.parametrize("path", INGEST)
@pytest.mark.parametrize("name", BODIES)
def test_hostile_message_of_another_protocol_is_refused_or_rejected(
    signed: Client, path: str, name: str
) -> None:
    assert is_refused_or_rejected(send_to(signed, path, BODIES[name].replace(b"FIELD", b"id")))


@pytest.mark.parametrize("kind", ["application/cloudevents-batch+json", "application/json"])
@pytest.mark.parametrize("name", BODIES)
def test_hostile_cloudevent_in_another_mode_is_refused_or_rejected(
    signed: Client, kind: str, name: str
) -> None:
    binary = {"ce-specversion": "1.0", "ce-id": "x", "ce-source": "/x", "ce-type": "recsvc.event"}
    headers = {"Content-Type": kind} | binary
    answer = signed.post(
        "/ingest/cloudevents", content=BODIES[name].replace(b"FIELD", b"kind"), headers=headers
    )
    assert is_refused_or_rejected(answer)


@pytest.mark.parametrize("path", [*INGEST, "/v1/events"])
def test_body_deeper_than_the_limit_is_refused(signed: Client, path: str) -> None:
    for levels in (DEEPEST + 1, 5_000):
        deep = b'{"x":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"
        answer = send_to(signed, path, deep)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_deep")
    allowed = b'{"x":' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}"
    assert b"too_deep" not in send_to(signed, path, allowed).content


@pytest.mark.parametrize("path", [*INGEST, "/v1/events"])
def test_gzip_bomb_is_too_large_everywhere(signed: Client, path: str) -> None:
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join([*(packer.compress(b" " * 2**20) for _ in range(8)), packer.flush()])
    assert send_to(signed, path, body, **{"Content-Encoding": "gzip"}).status_code == 413


def levels_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(levels_of, value.values()), default=0)
    return 1 + max(map(levels_of, value), default=0) if isinstance(value, list) else 0


MARKS = st.text(alphabet='[]{}"\\x', max_size=8)


@given(
    st.recursive(MARKS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MARKS, inner, max_size=3))
)
def test_depth_is_that_of_arrays_and_objects_whatever_text_says(value: Any) -> None:
    assert depth_of(json.dumps(value).encode()) == levels_of(value)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (DEEP, "too_deep"),
        (b'{"events":' + DEEP, "too_deep"),
        (b'{"key":"\xff"}', "invalid_utf8"),
        (b'{"key":1e400}', "out_of_range"),
        (b'{"events":[],"sent_at":NaN}', "malformed_json"),
    ],
)
def test_refusal_names_what_is_wrong(battered: Client, body: bytes, code: str) -> None:
    answer = send(battered, "events", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)


@pytest.mark.parametrize(
    "fragment", [b'"\xff"', b"1e400", b'{"event_id":"\xff"}', b'{"event_id":"e","kind":"\xff"}']
)
def test_event_that_cannot_be_decoded_is_rejected_alone(battered: Client, fragment: bytes) -> None:
    good = b'{"event_id":"hostile","kind":"search","visitor":{"id":"h"}}'
    answer = send(battered, "events", b'{"events":[%b,%b]}' % (fragment, good))
    assert answer.status_code == 200
    first, second = answer.json()["results"]
    assert first["verdict"] == "rejected"
    assert second["verdict"] in {"accepted", "duplicate"}


def test_repeated_keys_are_read_as_the_last(battered: Client) -> None:
    body = b'{"placements":[{"id":"nowhere"}],"placements":[{"id":"home"}]}'
    assert send(battered, "slates", body).status_code == 200


def test_number_that_is_no_length_is_refused(battered: Client) -> None:
    answer = send(battered, "slates", b"{}", JSON | {"Content-Length": "two"})
    assert answer.status_code == 400


KEYS = (
    *("event_id", "kind", "visitor", "id", "anonymous_id", "item_id", "items", "quantity", "occurred_at"),
    *("placements", "limit", "context", "locale", "title:ja", "attr:a", "price", "stock", "value", "skip"),
)
"""Names that mean something to one route or another."""

STRANGE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)
ODD_EVENT = st.fixed_dictionaries(
    {
        "event_id": st.just("e") | STRANGE,
        "kind": st.sampled_from(["click", "purchase", "quiz_seen", "consent"]),
    },
    optional={
        "visitor": st.just({"id": "v"}) | STRANGE,
        "item_id": st.text(max_size=3) | STRANGE,
        "items": st.lists(st.fixed_dictionaries({"item_id": st.text(max_size=3)}) | STRANGE, max_size=3),
        "occurred_at": st.datetimes(timezones=st.timezones() | st.none()).map(lambda at: at.isoformat())
        | STRANGE,
        "quantity": st.floats() | STRANGE,
        "consent": st.dictionaries(st.text(max_size=3), st.booleans()) | STRANGE,
    },
)


def encoded(value: Any) -> bytes:
    """As JSON; lone surrogates and NaN travel in the form that Python gives them."""
    return json.dumps(value).encode()


@few
@given(route=st.sampled_from(sorted(ROUTES)), body=STRANGE, inside=st.booleans())
def test_strange_json_never_fails_the_service(
    battered: Client, route: str, body: Any, *, inside: bool
) -> None:
    sent = {FIELDS[route]: body} if inside else body
    assert send(battered, route, encoded(sent)).status_code < 500


@few
@given(st.lists(ODD_EVENT | STRANGE, max_size=4))
def test_odd_events_get_a_verdict_each(battered: Client, events: list[Any]) -> None:
    answer = send(battered, "events", encoded({"events": events}))
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert len(answer.json()["results"]) == len(events)


@few
@given(
    st.lists(
        st.dictionaries(st.text(max_size=8) | st.sampled_from(["item_id", "attr:x", "price"]), STRANGE),
        max_size=3,
    )
)
def test_odd_items_get_a_verdict_each(battered: Client, items: list[Any]) -> None:
    answer = send(battered, "items", encoded({"items": items}))
    assert answer.status_code in {200, 400}


@few
@given(route=st.sampled_from(sorted(ROUTES)), body=st.binary(max_size=60))
def test_noise_never_fails_the_service(battered: Client, route: str, body: bytes) -> None:
    assert 400 <= send(battered, route, body).status_code < 500


NAMES = st.text(max_size=30).map(
    lambda name: "".join(f"%{byte:02x}" for byte in name.encode("utf-8", "replace"))
)
READ = ["/v1/slates/{}", "/v1/items/{}", "/v1/quizzes/{}", "/v1/quiz-sessions/{}", "/problems/{}"]


@few
@given(
    path=st.sampled_from([*READ, "/v1/slates/home?item={}", "/v1/slates/cart?items={}&limit={}"]), name=NAMES
)
def test_strange_names_never_fail_the_service(battered: Client, path: str, name: str) -> None:
    assert battered.get(path.replace("{}", name or "x")).status_code < 500


@few
@given(
    st.binary(max_size=40).map(
        lambda noise: noise.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
    )
)
def test_strange_headers_never_fail_the_service(battered: Client, noise: bytes) -> None:
    headers = dict.fromkeys((b"Recsvc-Visitor", b"X-Request-Id", b"Content-Type", b"Sec-GPC"), noise)
    assert battered.get("/v1/slates/home", headers=headers).status_code < 500


def _unions(kind: Any) -> list[Any]:
    """All unions within a type, as msgspec sees it."""
    if isinstance(kind, inspect.UnionType):
        return [kind, *(one for part in kind.types for one in _unions(part))]
    inner = [getattr(kind, name, None) for name in ("item_type", "key_type", "value_type", "type")]
    return [one for part in inner if isinstance(part, inspect.Type) for one in _unions(part)]


def _is_safe(union: Any) -> bool:
    parts = [part.type if isinstance(part, inspect.Metadata) else part for part in union.types]
    patterned = any(isinstance(part, inspect.StrType) and part.pattern for part in parts)
    return not (patterned and any(hasattr(part, "item_type") or hasattr(part, "key_type") for part in parts))


def test_no_payload_joins_a_pattern_with_a_container() -> None:
    """Such a union reads foreign memory in msgspec 0.22: `Annotated[str, Meta(pattern=…)] | list[str]`."""
    shapes = [
        one
        for module in (payloads, contact_payloads, event_payloads)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, msgspec.Struct)
    ]
    unions = [
        (shape.__name__, field.name)
        for shape in shapes
        for field in inspect.type_info(shape).fields  # type: ignore[attr-defined]
        for union in _unions(field.type)
        if not _is_safe(union)
    ]
    assert unions == []
