"""A token vouches for one customer for a few minutes, or for nobody."""

import base64
import json
from typing import Any

import pytest

from recsvc.domain.errors import TokenRefusedError
from recsvc.domain.keys import Scope
from recsvc.serving.live_keys import LiveKeys
from recsvc.serving.visitor_tokens import VisitorTokens, token_secret
from tests.recsvc.http.keys import ORIGIN, KeyChain
from tests.shop import SECRET, Shop


@pytest.fixture
def chain(shop: Shop) -> KeyChain:
    return KeyChain(shop)


@pytest.fixture
def tokens(chain: KeyChain) -> VisitorTokens:
    live = LiveKeys(chain.shop.store, chain.shop.clock)
    live.refresh()
    return VisitorTokens(live, SECRET, chain.shop.clock)


@pytest.mark.parametrize("customer", ["ada", "客", "a" * 200])
def test_token_vouches_for_its_customer(chain: KeyChain, tokens: VisitorTokens, customer: str) -> None:
    assert tokens.customer(chain.token(customer)) == customer


@pytest.mark.parametrize("minutes", [-0.4, 0, 1, 15, 15.4])
def test_clocks_may_differ_by_half_a_minute(chain: KeyChain, tokens: VisitorTokens, minutes: float) -> None:
    assert tokens.customer(chain.token("ada", minutes=minutes)) == "ada"


@pytest.mark.parametrize(("minutes", "sentence"), [(-1, "is over"), (16, "too long"), (60 * 24, "too long")])
def test_token_lasts_at_most_a_quarter_of_an_hour(
    chain: KeyChain, tokens: VisitorTokens, minutes: float, sentence: str
) -> None:
    with pytest.raises(TokenRefusedError, match=sentence):
        tokens.customer(chain.token("ada", minutes=minutes))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "x" * 43},
        {"secret": SECRET.decode()},
        {"kid": "000000000000"},
        {"kid": ""},
        {"algorithm": "HS512"},
        {"claims": {"sub": ""}},
        {"claims": {"sub": "a\n"}},
        {"claims": {"sub": "a" * 201}},
        {"claims": {"exp": 1e300}},
        {"claims": {"exp": "soon"}},
    ],
    ids=str,
)
def test_token_that_is_not_quite_right_is_refused(
    chain: KeyChain, tokens: VisitorTokens, changes: dict[str, Any]
) -> None:
    with pytest.raises(TokenRefusedError):
        tokens.customer(chain.token("ada", **changes))


def test_token_of_a_publishable_key_is_refused(chain: KeyChain, tokens: VisitorTokens) -> None:
    browser = chain.keys.create_publishable("b", [ORIGIN])
    tokens._keys.refresh()
    with pytest.raises(TokenRefusedError, match="names no live secret key"):
        tokens.customer(chain.token("ada", kid=browser.key.key_id))


def test_key_that_may_not_do_what_browsers_do_cannot_vouch(chain: KeyChain, tokens: VisitorTokens) -> None:
    till = chain.keys.create_secret("till", [Scope.EVENTS])
    tokens._keys.refresh()
    assert till.token_secret is None
    derived = token_secret(SECRET, till.key, till.key.secrets[0])
    with pytest.raises(TokenRefusedError, match="scopes of a browser"):
        tokens.customer(chain.token("ada", by=till, secret=derived))


def _unsigned(head: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in (head, claims)
    ]
    return ".".join((*parts, ""))


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256"])
def test_unsigned_token_is_refused(chain: KeyChain, tokens: VisitorTokens, algorithm: str) -> None:
    exp = chain.shop.clock().timestamp() + 60
    head = {"alg": algorithm, "typ": "JWT", "kid": chain.server.key.key_id}
    with pytest.raises(TokenRefusedError):
        tokens.customer(_unsigned(head, {"sub": "ada", "exp": exp}))


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "a.b.c.d.e", "\0", "客"])
def test_text_that_is_no_token_is_refused(tokens: VisitorTokens, text: str) -> None:
    with pytest.raises(TokenRefusedError):
        tokens.customer(text)


def test_altered_claims_are_refused(chain: KeyChain, tokens: VisitorTokens) -> None:
    head, _, signature = chain.token("ada").split(".")
    _, others, _ = chain.token("bob").split(".")
    with pytest.raises(TokenRefusedError, match="not signed"):
        tokens.customer(f"{head}.{others}.{signature}")


def test_token_of_another_service_is_refused(chain: KeyChain) -> None:
    live = LiveKeys(chain.shop.store, chain.shop.clock)
    live.refresh()
    other = VisitorTokens(live, b"o" * 32, chain.shop.clock)
    with pytest.raises(TokenRefusedError, match="not signed"):
        other.customer(chain.token("ada"))
