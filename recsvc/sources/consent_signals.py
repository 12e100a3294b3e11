"""Consent signals: what foreign messages say about consent, as purposes of this service.

Signals without a purpose of ours say nothing: Consent Mode's analytics_storage is about reports.
"""

from typing import Any, Final

from recsvc.domain.purposes import CONSENT_MODE, PERSONALISE

PURPOSES: Final = CONSENT_MODE | {
    "personalization": PERSONALISE,  # a category of Segment's consent preferences
    "personalisation": PERSONALISE,
    "personalise": PERSONALISE,
    "preferencesprocessingallowed": PERSONALISE,  # Shopify's customer privacy
}
"""Name of a signal, in small letters → purpose."""

GRANTED: Final = {True: True, "granted": True, "yes": True, False: False, "denied": False, "no": False}


def consent_of(signals: Any) -> dict[str, bool] | None:
    """Purpose → granted; None where nothing of it is ours to know.

    Args:
        signals: name → granted or denied (any case), or a Boolean; what else stands there is no word.
    """
    if not isinstance(signals, dict):
        return None
    said: dict[str, bool] = {}
    for name, value in signals.items():
        purpose = PURPOSES.get(name.casefold())
        word = value.casefold() if isinstance(value, str) else value
        granted = GRANTED.get(word) if isinstance(word, str | bool) else None
        if purpose is not None and granted is not None:
            said[purpose] = granted and said.get(purpose, True)  # of two words the refusal
    return said or None
