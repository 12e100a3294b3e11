"""Purposes that the service itself knows; quizzes name their own."""

from collections.abc import Mapping
from typing import Final

PERSONALISE: Final = "personalise"
"""The purpose under which events are kept and used for a visitor; it holds until it is withdrawn."""

SHARE: Final = "share"
"""The purpose under which anything leaves for another service; it is denied until it is granted."""

CONSENT_MODE: Final = {
    "personalization_storage": PERSONALISE,
    "ad_user_data": SHARE,
    "ad_personalization": SHARE,
}
"""What the words of Google's Consent Mode v2 are called here; its other words are about storage that the
service does not use."""

_IGNORED: Final = frozenset({"ad_storage", "analytics_storage", "functionality_storage", "security_storage"})

RESERVED: Final = frozenset({PERSONALISE, SHARE}) | CONSENT_MODE.keys() | _IGNORED
"""Words that are no purpose of an address: a withdrawal of most of them is read as one of another purpose, or
of none, so that the consent would stay."""

_WORDS: Final = {"granted": True, "denied": False}


def purposes_of(consent: Mapping[str, bool | str]) -> dict[str, bool]:
    """Purpose → granted, of what a page says in its own words or in those of Consent Mode.

    Where two words mean one purpose, a refusal wins.

    Args:
        consent: purpose or word → whether it is granted; "granted" and "denied" are read too.
    """
    said: dict[str, bool] = {}
    for word, state in consent.items():
        if word not in _IGNORED:
            purpose = CONSENT_MODE.get(word, word)
            granted = state is True or _WORDS.get(str(state), False)
            said[purpose] = granted and said.get(purpose, True)
    return said
