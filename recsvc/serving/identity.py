"""Identity: which names are one person, as the identify events of the log say; a pure projection of them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable
from typing import Final, NamedTuple

import msgspec

from recsvc.domain.contacts import CONFIRMATION
from recsvc.domain.events import Event, EventKind
from recsvc.domain.identity import IdentityKind, identity_of

MOST_NAMES: Final = 100
"""Names one person may have: a browser that forgets its id each week makes 52 a year; a till has no end."""


STANDING: Final = frozenset({EventKind.IDENTIFY, EventKind.CONSENT})
"""Kinds that stay in the log for as long as anything else is known of their visitor."""


class Statement(NamedTuple):
    """What one identify event says: these names are the visitor's, or are not."""

    visitor_id: str
    names: tuple[str, ...]
    parted: bool
    confirmed: bool = False  # by whoever opened a mail to the address, and by nobody who knows them

    def pairs(self) -> list[tuple[str, str]]:
        """The visitor beside each of the names."""
        return [(self.visitor_id, name) for name in self.names if name != self.visitor_id]


def statement_of(event: Event) -> Statement | None:
    """The statement of an identify event, None of any other."""
    if event.kind is not EventKind.IDENTIFY:
        return None
    names = tuple(one.visitor_id for one in event.identities)
    return Statement(event.visitor_id, names, event.parted, event.source == CONFIRMATION)


def without_names(event: Event, names: Container[str]) -> Event:
    """An identify event that does not say some names any more."""
    kept = tuple(one for one in event.identities if one.visitor_id not in names)
    return msgspec.structs.replace(event, identities=kept)


class People:
    """Sets of names that are one person each, while statements are taken in the order of the log.

    Names are joined by union. Two sets stay apart where that would give a person more than MOST_NAMES; where
    an anonymous id would bring together two named identities of one kind, which is a shared device and not a
    person; and where somebody has parted the two names before. Whoever parts two names undoes every statement
    that joins just these; the set then falls into what its other statements still join, exactly as if these
    had never been made.

    An address that was confirmed from a mail is joined with who gave it for only as long as nobody else says
    whose it is: anybody can type it, and its owner may have pressed the button by mistake.

    Args:
        sets: the persons of more than one name, among them all whom the statements will name.
        said: the statements of some visitors in the log, in its order, without those still to be taken.
        most_names: see MOST_NAMES.
    """

    def __init__(
        self,
        sets: Iterable[Collection[str]],
        said: Callable[[Collection[str]], Iterable[Statement]],
        most_names: int = MOST_NAMES,
    ) -> None:
        self._of = {name: frozenset(one) for one in sets for name in one}
        self._said = said
        self._most = most_names
        self._taken: defaultdict[str, list[tuple[int, Statement]]] = defaultdict(list)
        self._count = 0
        self.changed: set[str] = set()  # names whose person is another one now

    def of(self, name: str) -> frozenset[str]:
        """All names of the person."""
        return self._of.get(name, frozenset((name,)))

    def take(self, statement: Statement) -> None:
        """Join or part what a statement names, name by name: what comes anew was said before this name."""
        for one, other in statement.pairs():
            self._count += 1
            self._taken[one].append((self._count, statement._replace(names=(other,))))
            if statement.parted:
                self._part(one, other)
            elif not statement.confirmed or self.of(other) == {other}:
                self._join(one, other)

    def _join(self, one: str, other: str) -> None:
        if other in self.of(one) or frozenset((one, other)) in _parted(self._statements((one, other))):
            return
        self._loosen(one)
        self._loosen(other)
        if self._may_join(one, other):
            self._set(self.of(one) | self.of(other))

    def _part(self, one: str, other: str) -> None:
        """Undo what joins the two."""
        members = self.of(one)
        if other in members:
            self._say_anew(members, frozenset())

    def _loosen(self, name: str) -> None:
        """Undo what joins an address by nothing but a confirmation: somebody says whose it is."""
        members = self.of(name)
        if identity_of(name).kind is not IdentityKind.EMAIL_SHA256 or len(members) == 1:
            return
        pairs = {
            frozenset((one.visitor_id, name))
            for one in self._statements(members)
            if one.confirmed and name in one.names
        }
        if pairs:
            self._say_anew(members, pairs)

    def _say_anew(self, members: frozenset[str], undone: Container[frozenset[str]]) -> None:
        """Say anew all that was said inside a person but for what parts, is parted, or is undone."""
        said = self._statements(members)
        parted = _parted(said)
        inside = People((), lambda _: (), self._most)
        for one in said:
            told = [
                name
                for visitor_id, name in one.pairs()
                if members.issuperset((visitor_id, name))
                and (pair := frozenset((visitor_id, name))) not in parted
                and not (one.confirmed and pair in undone)
            ]
            inside.take(one._replace(names=tuple(told), parted=False))
        for name in members:
            self._set(inside.of(name))

    def _may_join(self, one: str, other: str) -> bool:
        mine, theirs = self.of(one), self.of(other)
        if len(mine) + len(theirs) > self._most:
            return False
        anonymous = IdentityKind.ANONYMOUS
        if anonymous not in {identity_of(one).kind, identity_of(other).kind}:
            return True
        return not (_kinds(mine) & _kinds(theirs) - {anonymous})

    def _statements(self, names: Collection[str]) -> list[Statement]:
        """What these visitors said, in order."""
        taken = sorted(numbered for name in names for numbered in self._taken.get(name, ()))
        return [*self._said(names), *(statement for _, statement in taken)]

    def _set(self, person: frozenset[str]) -> None:
        for name in person:
            if self.of(name) != person:
                self.changed.add(name)
                self._of[name] = person


def _kinds(names: Collection[str]) -> set[IdentityKind]:
    return {identity_of(name).kind for name in names}


def _parted(statements: Iterable[Statement]) -> set[frozenset[str]]:
    return {frozenset(pair) for statement in statements if statement.parted for pair in statement.pairs()}
