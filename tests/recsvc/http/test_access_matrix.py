"""Every route of the document with every kind of credential: exactly the status that the table says."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from recsvc.domain.contacts import ContactTerms
from recsvc.domain.keys import Scope
from recsvc.domain.limits import Limits
from recsvc.http.signing import issue_anonymous_id
from recsvc.serving.contacts import Contacts
from recsvc.serving.key_text import new_text
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer, keys_of
from tests.shop import SECRET, Shop, item

CUSTOMER, OTHER = {"id": "ada"}, "bob"
SHUT = {
    "no key": 401,
    "no key at all": 401,
    "another scheme": 401,
    "unknown key": 401,
    "revoked key": 401,
    "expired key": 401,
    "former text": 401,
    "pk elsewhere": 403,
    "pk nowhere": 403,
    "pk of a sandbox": 403,
    "sk without the scope": 403,
}
"""Keys that reach nothing, the same at every route that takes one."""


def browsers(good: int) -> dict[str, int]:
    """A route for both kinds of keys that takes no visitor."""
    ways = ("pk", "apps pk", "sk", "rotated sk", "pk and an id", "pk and another's token")
    return SHUT | dict.fromkeys((*ways, "pk and an expired token", "pk and an unsigned id"), good)


def visitors(good: int, other: int | None = None) -> dict[str, int]:
    """A route for both kinds that takes a visitor; `other`: of what belongs to one customer, for another."""
    refused = {"pk and an id": 403, "pk and an expired token": 401, "pk and an unsigned id": 403}
    return browsers(good) | {"pk and another's token": good if other is None else other} | refused


def servers(good: int) -> dict[str, int]:
    """A route for secret keys only."""
    return dict.fromkeys(browsers(403), 403) | SHUT | {"sk": good, "rotated sk": good}


def everybody(good: int) -> dict[str, int]:
    """A route without a key."""
    return dict.fromkeys(browsers(good), good)


SEGMENT_CALL = {"anonymousId": "a", "event": "Cart Viewed"}


class Row(NamedTuple):
    """One route."""

    scope: Scope | None
    statuses: dict[str, int]
    body: Callable[[dict[str, str]], Any] = lambda _: None  # of a visitor
    names_in_body: bool = False


def personal(path: str, whose: Callable[[int], dict[str, int]]) -> dict[tuple[str, str], Row]:
    """The routes of one's own data under an address."""
    return {
        ("get", f"{path}/facts"): Row(Scope.PRIVACY, whose(200)),
        ("patch", f"{path}/facts"): Row(Scope.PRIVACY, whose(200), lambda _: {"facts": {}}),
        ("delete", f"{path}/facts"): Row(Scope.PRIVACY, whose(204)),
        ("delete", f"{path}/facts/{{fact}}"): Row(Scope.PRIVACY, whose(204)),
        ("get", f"{path}/consents"): Row(Scope.PRIVACY, whose(200)),
        ("put", f"{path}/consents"): Row(Scope.PRIVACY, whose(200), lambda _: {"consent": {"mail": True}}),
        ("get", f"{path}/export"): Row(Scope.PRIVACY, whose(200)),
        ("delete", path): Row(Scope.PRIVACY, whose(200)),
    }


PAGE = {"placements": [{"id": "home"}]}
EVENT = {"event_id": "matrix", "kind": "view", "item_id": "item-01"}
CONTACT = {"address": "ada@example.com", "purpose": "mail", "policy": "1"}
ANSWER = "/v1/quiz-sessions/{session_id}/answers/{question_id}"
ROWS = {
    ("get", "/livez"): Row(None, everybody(200)),
    ("get", "/readyz"): Row(None, everybody(200)),
    ("get", "/version"): Row(None, everybody(200)),
    ("get", "/metrics"): Row(Scope.OPERATE, servers(200)),
    ("post", "/v1/slates"): Row(
        Scope.ASK, visitors(200), lambda visitor: PAGE | {"visitor": visitor}, names_in_body=True
    ),
    # Each visitor is judged alone: a line says what the others' status does.
    ("post", "/v1/slate-batches"): Row(
        Scope.ASK, servers(200), lambda visitor: PAGE | {"visitors": [visitor]}, names_in_body=True
    ),
    ("get", "/v1/slates/{placement}"): Row(Scope.ASK, visitors(200)),
    ("get", "/v1/touchpoints/{page}"): Row(Scope.ASK, visitors(200)),
    # Each event is judged by itself: the batch is taken, and the verdict says what the others' status does.
    ("post", "/v1/events"): Row(
        Scope.EVENTS, browsers(200), lambda visitor: {"events": [EVENT | {"visitor": visitor}]}
    ),
    ("put", "/v1/items"): Row(Scope.CATALOGUE, servers(200), lambda _: {"items": [{"item_id": "new"}]}),
    ("get", "/v1/items/{item_id}"): Row(Scope.CATALOGUE, servers(200)),
    ("delete", "/v1/items/{item_id}"): Row(Scope.CATALOGUE, servers(204)),
    ("get", "/v1/quizzes/{quiz}"): Row(Scope.ASK, browsers(200)),
    ("get", "/v1/quizzes/{quiz}/opening"): Row(Scope.ASK, visitors(200)),
    ("post", "/v1/quizzes/{quiz}/sessions"): Row(
        Scope.ASK, visitors(201), lambda visitor: {"visitor": visitor}, names_in_body=True
    ),
    ("get", "/v1/quiz-sessions/{session_id}"): Row(Scope.ASK, visitors(200, other=404)),
    ("post", "/v1/quiz-sessions/resume"): Row(
        Scope.ASK, visitors(200, other=403), lambda _: {"token": "LINK"}
    ),
    ("post", "/v1/quiz-sessions/{session_id}/finish"): Row(Scope.ASK, visitors(200, other=404)),
    ("put", ANSWER): Row(Scope.ASK, visitors(200, other=404), lambda _: {"value": "tea"}),
    ("delete", ANSWER): Row(Scope.ASK, visitors(200, other=404)),
    # A form is proven by its own token; JSON is no form, so nothing here gets beyond its type.
    ("post", ANSWER): Row(None, everybody(415), lambda _: {}),
    ("post", "/v1/contacts"): Row(
        Scope.PRIVACY,
        visitors(202),
        lambda visitor: CONTACT | {"visitor": visitor, "purpose": "family", "policy": "2"},
        names_in_body=True,
    ),
    ("post", "/v1/visitors"): Row(Scope.ASK, browsers(201)),
    **personal("/v1/visitors/me", visitors),
    **personal("/v1/visitors/{visitor_id}", servers),
    ("get", "/v1/visitors/{visitor_id}/affinities"): Row(Scope.INSIGHT, servers(200)),
    ("get", "/v1/visitors/{visitor_id}/segments"): Row(Scope.INSIGHT, servers(200)),
    ("post", "/ingest/segment/v1/{call}"): Row(Scope.EVENTS, browsers(200), lambda _: SEGMENT_CALL),
    ("post", "/ingest/segment/v1/batch"): Row(Scope.EVENTS, browsers(200), lambda _: {"batch": []}),
    ("post", "/ingest/segment/v1/import"): Row(Scope.EVENTS, servers(200), lambda _: {"batch": []}),
    ("post", "/ingest/ga4/mp/collect"): Row(Scope.EVENTS, browsers(204), lambda _: {"events": []}),
    ("post", "/ingest/shopify/pixel"): Row(
        Scope.EVENTS, browsers(200), lambda _: {"id": "1", "clientId": "a"}
    ),
    # A webhook is proven by its signature, and no secret is known here.
    ("post", "/ingest/shopify/webhooks"): Row(None, everybody(403), lambda _: {}),
    # JSON is no CloudEvent, so nothing here gets beyond its type.
    ("post", "/ingest/cloudevents"): Row(Scope.EVENTS, servers(415), lambda _: {}),
    ("post", "/ingest/ga4/debug/mp/collect"): Row(Scope.EVENTS, browsers(200), lambda _: {"events": []}),
}


class World:
    """A service with every kind of key."""

    def __init__(self, shop: Shop) -> None:
        keys = keys_of(shop)
        over = keys.create_secret("over", list(Scope), days=1)
        shop.clock.advance(days=2)
        self.shop, self.chain = shop, KeyChain(shop)
        chain = self.chain
        revoked = keys.create_secret("revoked", list(Scope))
        keys.revoke(revoked.key.key_id)
        former = keys.create_secret("rotated", list(Scope))
        rotated = keys.rotate(former.key.key_id, timedelta())
        apps = keys.create_publishable("apps", [], apps=True)
        without = {scope: keys.create_secret(f"no {scope}", sorted(set(Scope) - {scope})) for scope in Scope}
        browser = bearer(chain.browser, ORIGIN)
        self.headers: dict[str, Callable[[Scope | None], dict[str, str]]] = {
            "no key": lambda _: bearer("pk_nothing"),
            "no key at all": lambda _: {},
            "another scheme": lambda _: {"Authorization": f"Basic {chain.server.text}"},
            "unknown key": lambda _: bearer(new_text(chain.server.key.kind, chain.server.key.key_id)),
            "revoked key": lambda _: bearer(revoked),
            "expired key": lambda _: bearer(over),
            "former text": lambda _: bearer(former),
            "pk elsewhere": lambda _: bearer(chain.browser, "https://elsewhere.example"),
            "pk nowhere": lambda _: bearer(chain.browser),
            "pk of a sandbox": lambda _: bearer(chain.browser, "null"),
            "sk without the scope": lambda scope: bearer(without[scope or Scope.ASK]),
            "pk": lambda _: browser,
            "apps pk": lambda _: bearer(apps),
            "sk": lambda _: bearer(chain.server),
            "rotated sk": lambda _: bearer(rotated),
            "pk and an id": lambda _: browser,
            "pk and another's token": lambda _: browser,
            "pk and an expired token": lambda _: browser,
            "pk and an unsigned id": lambda _: browser,
        }

    def visitor(self, credential: str) -> dict[str, str]:
        """Whom a request with a credential names."""
        token = self.chain.token
        if "sk" in credential or credential.endswith("an id"):
            return CUSTOMER
        return {
            "pk and another's token": {"token": token(OTHER)},
            "pk and an expired token": {"token": token("ada", minutes=-1)},
            "pk and an unsigned id": {"anonymous_id": "made-up"},
        }.get(credential, {"token": token("ada")})

    def begin(self, client: Client) -> Any:
        """A quiz session of the customer, with an answer."""
        headers = bearer(self.chain.server)
        view = client.post("/v1/quizzes/tea/sessions", json={"visitor": CUSTOMER}, headers=headers).json()
        path = f"/v1/quiz-sessions/{view['session']}/answers/drink"
        return client.put(path, json={"value": "coffee"}, headers=headers).json()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(Shop(tmp_path_factory.mktemp("matrix")).open())


@pytest.fixture(scope="module")
def guarded(world: World) -> Iterator[Client]:
    shop, many = world.shop, ContactTerms(per_address=100, per_visitor=100)
    contacts = Contacts(shop.store, shop.quizzes, SECRET, shop.clock, many, locales=("en",), sends=True)
    limits = Limits(contacts_per_minute=1_000)
    with Client(api_of(shop, limits=limits, contacts=contacts)) as client:
        yield client


def test_every_route_has_a_row(guarded: Client) -> None:
    paths = guarded.get("/openapi.json").json()["paths"]
    assert {(method, path) for path, one in paths.items() for method in one} == set(ROWS)


def test_every_row_says_what_every_credential_gets(world: World) -> None:
    for row in ROWS.values():
        assert set(row.statuses) == set(world.headers)


@pytest.mark.parametrize("credential", browsers(0))
@pytest.mark.parametrize(("route", "row"), ROWS.items(), ids=[f"{m} {p}" for m, p in ROWS])
def test_status_is_the_one_of_the_table(
    guarded: Client, world: World, route: tuple[str, str], row: Row, credential: str
) -> None:
    answer = ask(guarded, world, route, row, credential)
    assert answer.status_code == row.statuses[credential], answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


def ask(client: Client, world: World, route: tuple[str, str], row: Row, credential: str) -> Any:
    """One request of the matrix."""
    method, path = route
    session = world.begin(client) if "session" in path or path.endswith("resume") else {}
    world.shop.catalogue.refresh(world.shop.store.put_items([item(1)]).result())
    named = world.visitor(credential)
    headers = world.headers[credential](row.scope) | {"X-Shopify-Topic": "orders/create"}
    if not row.names_in_body:
        headers = headers | {"Recsvc-Visitor": "=".join(*named.items())}
    body = row.body(named)
    if body == {"token": "LINK"}:
        body = {"token": session["resume"]}
    address = path.format(
        placement="home", page="product", item_id="item-01", quiz="tea", fact="drink",
        visitor_id="ada", call="track",
        session_id=session.get("session"), question_id="drink",
    )  # fmt: skip
    return client.request(method, address, json=body, headers=headers)


@pytest.mark.parametrize(
    ("credential", "verdict"),
    [
        ("sk", (None, None)),
        ("pk", (None, None)),
        ("pk and another's token", (None, None)),
        ("pk and an id", ("not_allowed", "/events/0/visitor/id")),
        ("pk and an expired token", ("token_refused", "/events/0/visitor/token")),
        ("pk and an unsigned id", ("not_allowed", "/events/0/visitor/anonymous_id")),
    ],
)
def test_event_of_somebody_else_is_rejected_by_itself(
    guarded: Client, world: World, credential: str, verdict: tuple[str | None, str | None]
) -> None:
    route = ("post", "/v1/events")
    (result,) = ask(guarded, world, route, ROWS[route], credential).json()["results"]
    assert (result["code"], result["pointer"]) == verdict


def test_issued_anonymous_id_is_taken_everywhere(guarded: Client, world: World) -> None:
    headers = bearer(world.chain.browser, ORIGIN)
    named = guarded.post("/v1/visitors", headers=headers).json()
    own = headers | {"Recsvc-Visitor": f"anonymous_id={named['anonymous_id']}"}
    assert guarded.get("/v1/visitors/me/facts", headers=own).status_code == 200
    view = guarded.post("/v1/quizzes/tea/sessions", json={"visitor": named}, headers=headers).json()
    # The id of an anonymous visitor's session cannot be guessed: it is enough.
    assert guarded.get(f"/v1/quiz-sessions/{view['session']}", headers=headers).status_code == 200
    another = headers | {"Recsvc-Visitor": f"anonymous_id={issue_anonymous_id(SECRET)}"}
    assert guarded.get(f"/v1/quiz-sessions/{view['session']}", headers=another).status_code == 404
