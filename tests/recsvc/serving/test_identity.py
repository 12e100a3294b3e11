import random as randomness

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsvc.domain.identity import Identity, IdentityKind, identity_of, ranked
from recsvc.serving.identity import People, Statement

ADDRESS = "email:" + "0" * 64
NAMES = ["alice", "bob", "anon:1", "anon:2", "anon:3", "card:7", "card:8", ADDRESS]


def join(visitor_id: str, *names: str) -> Statement:
    return Statement(visitor_id, names, parted=False)


def part(visitor_id: str, *names: str) -> Statement:
    return Statement(visitor_id, names, parted=True)


def confirm(visitor_id: str, name: str) -> Statement:
    return Statement(visitor_id, (name,), parted=False, confirmed=True)


def told(*statements: Statement, most_names: int = 100) -> People:
    people = People((), lambda _: (), most_names)
    for statement in statements:
        people.take(statement)
    return people


def sets(people: People) -> set[frozenset[str]]:
    return {people.of(name) for name in NAMES}


statements = st.builds(
    Statement,
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple),
    st.sampled_from([False, False, False, True]),
).flatmap(lambda one: st.sampled_from([one, one, _confirmed(one)]))


def _confirmed(one: Statement) -> Statement:
    """The same as what follows from a mail, which names one address."""
    return one if one.parted else confirm(one.visitor_id, ADDRESS)


def test_names_of_one_visitor_are_one_person_across_statements() -> None:
    people = told(join("anon:1", "alice"), join("alice", "card:7"), join("anon:2", "alice"))
    assert people.of("card:7") == {"anon:1", "anon:2", "alice", "card:7"}
    assert people.of("bob") == {"bob"}


def test_shared_device_does_not_make_two_customers_one_person() -> None:
    people = told(join("anon:1", "alice"), join("anon:1", "bob"), join("bob", "anon:1"))
    assert people.of("alice") == {"alice", "anon:1"}
    assert people.of("bob") == {"bob"}


def test_shared_till_does_not_bring_two_cards_together() -> None:
    people = told(join("anon:1", "card:7"), join("anon:1", "card:8"))
    assert people.of("card:8") == {"card:8"}


def test_shop_may_say_that_two_cards_are_one_customers() -> None:
    people = told(join("alice", "card:7", "card:8"), join("alice", "bob"))
    assert people.of("card:8") == {"alice", "bob", "card:7", "card:8"}


def test_browser_that_a_mail_joined_with_an_address_leaves_it_to_its_customer() -> None:
    """A stranger typed the address, and its owner pressed the button before the shop knew them."""
    people = told(confirm("anon:1", ADDRESS), join("anon:1", "anon:2"))
    assert people.of(ADDRESS) == {"anon:1", "anon:2", ADDRESS}
    people.take(join("alice", ADDRESS))
    assert people.of(ADDRESS) == {"alice", ADDRESS}
    assert people.of("anon:1") == {"anon:1", "anon:2"}
    people.take(confirm("anon:1", ADDRESS))
    assert people.of("anon:1") == {"anon:1", "anon:2"}


def test_customer_whose_own_browser_confirmed_is_joined_with_it_by_signing_in() -> None:
    people = told(confirm("anon:1", ADDRESS), join("alice", ADDRESS), join("alice", "anon:1"))
    assert people.of(ADDRESS) == {"alice", "anon:1", ADDRESS}
    people = told(confirm("anon:1", ADDRESS), join("alice", "anon:1"), join("alice", ADDRESS))
    assert people.of(ADDRESS) == {"alice", "anon:1", ADDRESS}


def test_an_address_with_a_customer_and_a_browser_leaves_the_browser_to_its_own() -> None:
    people = told(confirm("anon:1", ADDRESS), join("anon:1", "alice"), join(ADDRESS, "bob", "anon:1"))
    assert people.of("alice") == {"alice", "anon:1"}
    assert people.of("bob") == {"bob", ADDRESS}


def test_two_customers_are_not_one_because_of_a_mistaken_press() -> None:
    people = told(confirm("alice", ADDRESS), join("bob", ADDRESS))
    assert people.of("alice") == {"alice"}
    assert people.of("bob") == {"bob", ADDRESS}


def test_nobody_has_more_names_than_the_cap() -> None:
    people = told(*(join("alice", f"anon:{number}") for number in range(10)), most_names=5)
    assert len(people.of("alice")) == 5


def test_parting_undoes_what_joined_the_two_and_stands() -> None:
    people = told(join("anon:1", "alice"), join("anon:2", "alice"), part("alice", "anon:1"))
    assert people.of("anon:1") == {"anon:1"}
    assert people.of("anon:2") == {"anon:2", "alice"}
    people.take(join("anon:1", "alice"))
    assert people.of("anon:1") == {"anon:1"}


def test_names_come_by_kind_and_then_by_the_alphabet() -> None:
    assert ranked({"anon:1", "card:7", "bob", "alice"}) == ["alice", "bob", "card:7", "anon:1"]


@given(st.lists(statements, max_size=12))
def test_people_never_break_their_rules(said: list[Statement]) -> None:
    people = told(*said, most_names=4)
    assert all(name in people.of(name) and len(people.of(name)) <= 4 for name in NAMES)
    assert sum(map(len, sets(people))) == len(NAMES)  # every name is of exactly one person


@given(st.lists(statements, max_size=12), st.randoms(use_true_random=False))
def test_portions_give_the_same_people_as_all_at_once(
    said: list[Statement], random: randomness.Random
) -> None:
    known: set[frozenset[str]] = set()
    log: list[Statement] = []
    rest = list(said)
    while rest:
        size = random.randint(1, 4)
        portion, rest = rest[:size], rest[size:]
        before = list(log)
        people = People(known, lambda names: [one for one in before if one.visitor_id in names])  # noqa: B023
        for statement in portion:
            people.take(statement)
        log += portion
        known = {person for person in sets(people) if len(person) > 1}
    assert known == {person for person in sets(told(*said)) if len(person) > 1}


@given(
    st.lists(
        statements.filter(lambda statement: not statement.parted),
        max_size=10,
    ),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
)
@example(
    [confirm("anon:3", ADDRESS), join("anon:3", "alice"), join(ADDRESS, "bob", "anon:3")], "alice", ADDRESS
)
def test_unmerge_is_exact(said: list[Statement], one: str, other: str) -> None:
    """Inside the person, parting gives what would be if the two had never been joined by a word."""
    before = told(*said)
    after = told(*said, part(one, other))
    if one == other or other not in before.of(one):
        assert sets(after) == sets(before)
        return
    members = before.of(one)
    never = told(
        *(
            statement._replace(visitor_id=a, names=(b,))
            for statement in said
            for a, b in statement.pairs()
            if {a, b} != {one, other} and members >= {a, b}
        )
    )
    assert {after.of(name) for name in members} == {never.of(name) for name in members}
    assert all(after.of(name) == before.of(name) for name in NAMES if name not in members)


@pytest.mark.parametrize("kind", list(IdentityKind))
def test_name_of_any_kind_comes_back_from_its_text(kind: IdentityKind) -> None:
    value = "0" * 64 if kind is IdentityKind.EMAIL_SHA256 else "7"
    identity = Identity(kind, value)
    assert identity.complaint() is None
    assert identity_of(identity.visitor_id) == identity


@pytest.mark.parametrize(
    ("kind", "value"),
    [(IdentityKind.EMAIL_SHA256, "a@example.com"), (IdentityKind.CUSTOMER, "card:7")],
)
def test_unsound_names_are_told_why(kind: IdentityKind, value: str) -> None:
    assert Identity(kind, value).complaint()
