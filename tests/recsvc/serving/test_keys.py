"""Keys as the operator makes them, and as a worker sees them."""

from concurrent.futures import Future
from datetime import timedelta

import pytest

from recsvc.domain.errors import StoreUnavailableError, UnauthenticatedError, UsageError
from recsvc.domain.keys import PUBLISHABLE_SCOPES, Key, KeyKind, KeyUse, Scope
from recsvc.serving import key_text
from recsvc.serving.keys import Keys
from recsvc.serving.live_keys import LiveKeys
from recsvc.stores.memory import MemoryStore
from tests.clock import FixedClock

SECRET = b"s" * 32


class FragileStore(MemoryStore):
    """A store whose keys can be out of reach, or gone."""

    is_down = False

    def keys_number(self) -> int:
        if self.is_down:
            raise StoreUnavailableError("down")
        return super().keys_number()

    def lose_keys(self) -> None:
        self._keys.clear()
        self._keys_number += 1


@pytest.fixture
def store() -> FragileStore:
    return FragileStore()


@pytest.fixture
def keys(store: FragileStore, clock: FixedClock) -> Keys:
    return Keys(store, SECRET, clock)


@pytest.fixture
def live(store: FragileStore, clock: FixedClock) -> LiveKeys:
    return LiveKeys(store, clock)


@pytest.mark.parametrize("kind", KeyKind)
def test_text_names_its_key_and_holds_256_random_bits(kind: KeyKind) -> None:
    key_id = key_text.new_key_id()
    text = key_text.new_text(kind, key_id)
    assert text.startswith(("pk_", "sk_"))
    assert key_text.key_id_of(text) == key_id
    assert key_text.new_text(kind, key_id) != text
    assert len(set(key_text.ALPHABET)) ** key_text.RANDOM_CHARACTERS > 2**256


def test_text_with_one_letter_off_is_none_of_ours() -> None:
    text = key_text.new_text(KeyKind.SECRET, key_text.new_key_id())
    for place in range(len(text)):
        other = "0" if text[place] != "0" else "1"
        assert key_text.key_id_of(text[:place] + other + text[place + 1 :]) is None
    assert [key_text.key_id_of(one) for one in ("", text[:-1], text + "a", text + "\n")] == [None] * 4


def test_nothing_of_a_text_is_kept(keys: Keys, store: FragileStore) -> None:
    made = keys.create_secret("server", [])
    kept = str(store.read_keys())
    assert made.text not in kept
    assert made.text.split("_")[2][:43] not in kept
    assert str(made.token_secret) not in kept


def test_secret_key_without_scopes_named_has_all(keys: Keys) -> None:
    assert keys.create_secret("all", []).key.scopes == frozenset(Scope)
    assert keys.create_secret("one", [Scope.EVENTS]).key.scopes == {Scope.EVENTS}
    assert keys.create_publishable("web", ["https://a.example"]).key.scopes == PUBLISHABLE_SCOPES


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("null", "null"),
    ],
)
def test_origin_is_kept_as_browsers_send_it(keys: Keys, given: str, kept: str) -> None:
    assert keys.create_publishable("web", [given]).key.origins == (kept,)


@pytest.mark.parametrize(
    "origin", ["", "*", "nil", "shop.example", "https://", "https://*.example", "https://a/b", "file://x"]
)
def test_origin_that_no_browser_sends_is_refused(keys: Keys, origin: str) -> None:
    with pytest.raises(UsageError, match="origin"):
        keys.create_publishable("web", [origin])


def test_publishable_key_that_nobody_could_use_is_refused(keys: Keys) -> None:
    with pytest.raises(UsageError, match="--apps"):
        keys.create_publishable("web", [])


def test_rotating_twice_ends_the_oldest_text(keys: Keys, live: LiveKeys, clock: FixedClock) -> None:
    first = keys.create_secret("server", [])
    second = keys.rotate(first.key.key_id, timedelta(hours=24))
    third = keys.rotate(first.key.key_id, timedelta(hours=1))
    live.refresh()
    with pytest.raises(UnauthenticatedError):
        live.opened_by(first.text)
    clock.advance(minutes=59)
    assert live.opened_by(second.text).key_id == live.opened_by(third.text).key_id
    assert len({first.token_secret, second.token_secret, third.token_secret}) == 3


def test_key_that_is_over_cannot_be_rotated(keys: Keys, clock: FixedClock) -> None:
    revoked = keys.create_secret("a", []).key.key_id
    keys.revoke(revoked)
    expired = keys.create_secret("b", [], days=1).key.key_id
    clock.advance(days=1)
    for key_id in (revoked, expired):
        with pytest.raises(UsageError, match="create another"):
            keys.rotate(key_id, timedelta(hours=1))
    with pytest.raises(UsageError, match="recsvc keys list"):
        keys.rotate("none", timedelta(hours=1))


def test_revoking_again_keeps_the_first_time(keys: Keys, clock: FixedClock) -> None:
    key_id = keys.create_secret("a", []).key.key_id
    first = keys.revoke(key_id)
    clock.advance(days=1)
    assert keys.revoke(key_id) == first


def test_keys_that_were_read_hold_while_the_store_is_down(
    keys: Keys, live: LiveKeys, store: FragileStore
) -> None:
    made = keys.create_secret("a", [])
    live.refresh()
    store.is_down = True
    assert not live.is_open()
    assert live.opened_by(made.text) == made.key


def test_service_that_never_saw_its_keys_is_not_open(live: LiveKeys, store: FragileStore) -> None:
    store.is_down = True
    assert not live.is_open()
    store.is_down = False
    assert live.is_open()


def test_store_that_loses_its_keys_opens_nothing(keys: Keys, live: LiveKeys, store: FragileStore) -> None:
    keys.create_secret("a", [])
    assert not live.is_open()
    store.lose_keys()
    assert not live.is_open()


def test_service_that_others_reach_is_never_open(store: FragileStore, clock: FixedClock) -> None:
    assert not LiveKeys(store, clock, may_be_open=False).is_open()


def test_use_is_kept_once_a_day(keys: Keys, clock: FixedClock) -> None:
    days = []

    class NotingStore(MemoryStore):
        def note_key_use(self, key_id: str, day: object) -> Future[None]:
            days.append(day)
            future: Future[None] = Future()
            future.set_result(None)
            assert key_id == made.key.key_id
            return future

        def read_keys(self) -> list[KeyUse]:
            return [KeyUse(made.key)]

        def put_key(self, key: Key) -> Future[None]:
            raise AssertionError(key)

    made = keys.create_secret("a", [])
    live = LiveKeys(NotingStore(), clock)
    live.refresh()
    for _ in range(3):
        live.opened_by(made.text)
    clock.advance(days=1)
    live.opened_by(made.text)
    assert days == [clock().date() - timedelta(days=1), clock().date()]
