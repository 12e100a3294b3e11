"""Keys in every store: kept whole, replaced by id, and every change raises the number."""

from datetime import UTC, date, datetime

from recsvc.domain.keys import Key, KeyKind, KeySecret, KeyUse, Scope
from tests.contracts.engines import AnyStore

MOMENT = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
KEY = Key(
    key_id="0123456789ab",
    kind=KeyKind.PUBLISHABLE,
    name="ショップ",
    scopes=frozenset({Scope.ASK, Scope.EVENTS}),
    origins=("https://shop.example",),
    apps=True,
    created_at=MOMENT,
    expires_at=MOMENT,
    secrets=(KeySecret("a" * 64), KeySecret("b" * 64, MOMENT)),
)


def key(key_id: str, name: str = "a") -> Key:
    return Key(
        key_id=key_id,
        kind=KeyKind.SECRET,
        name=name,
        scopes=frozenset(Scope),
        created_at=MOMENT,
        secrets=(KeySecret("c" * 64),),
    )


def test_no_keys_at_first(store: AnyStore) -> None:
    assert (store.read_keys(), store.keys_number()) == ([], 0)


def test_key_comes_back_whole(store: AnyStore) -> None:
    store.put_key(KEY).result()
    assert store.read_keys() == [KeyUse(KEY)]


def test_key_takes_the_place_of_the_one_of_its_id(store: AnyStore) -> None:
    for name in ("first", "second"):
        store.put_key(key("1", name)).result()
    store.put_key(key("2")).result()
    assert {use.key.key_id: use.key.name for use in store.read_keys()} == {"1": "second", "2": "a"}


def test_every_change_raises_the_number_and_a_use_does_not(store: AnyStore) -> None:
    numbers = [store.keys_number()]
    for name in ("a", "b"):
        store.put_key(key("1", name)).result()
        numbers.append(store.keys_number())
    store.note_key_use("1", date(2026, 3, 2)).result()
    numbers.append(store.keys_number())
    assert numbers == [0, 1, 2, 2]


def test_day_of_the_last_use_outlives_a_change(store: AnyStore) -> None:
    store.put_key(key("1")).result()
    store.note_key_use("1", date(2026, 3, 2)).result()
    store.note_key_use("none", date(2026, 3, 2)).result()
    store.put_key(key("1", "b")).result()
    assert store.read_keys() == [KeyUse(key("1", "b"), date(2026, 3, 2))]
