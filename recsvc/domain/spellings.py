"""Spellings: other names that a text may have been meant for which names nobody."""

import unicodedata
from typing import Final

from recsvc.domain.contacts import email_identity
from recsvc.domain.identity import Identity, IdentityKind, identity_of

_SAID: Final = tuple(f"{kind}{mark}" for kind in IdentityKind for mark in "=:")
"""How a request, or a person, says the kind of a name."""


def spellings(text: str) -> list[str]:
    """The same value under every kind of name: as it stands, in usual letters, in capitals, in small ones.

    An address is looked for by its digest, too.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    values = [_value(text), _value(plain), _value(plain).upper(), _value(plain).lower()]
    found = [Identity(kind, value) for value in dict.fromkeys(values) if value for kind in IdentityKind]
    if "@" in plain:
        found.append(email_identity(_value(plain)))
    names = dict.fromkeys(one.visitor_id for one in found if one.complaint() is None)
    return [name for name in names if name != text]


def _value(text: str) -> str:
    said = next((words for words in _SAID if text.startswith(words)), "")
    return text.removeprefix(said) if said else identity_of(text).value
