from typing import Any

import pytest

from recsvc.sources.consent_signals import consent_of


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        ({"personalization_storage": "denied"}, {"personalise": False}),
        ({"personalization_storage": "GRANTED"}, {"personalise": True}),
        ({"Personalization": True, "Advertising": False}, {"personalise": True}),
        ({"personalization_storage": "granted", "personalise": False}, {"personalise": False}),
        ({"ad_user_data": "DENIED", "ad_personalization": "GRANTED"}, {"share": False}),
        ({"analytics_storage": "denied"}, None),
        ({"personalization_storage": "maybe"}, None),
        ({"personalization_storage": ["granted"]}, None),
        ({}, None),
        ("denied", None),
        (None, None),
    ],
)
def test_signal_is_a_word_about_a_purpose_of_ours_or_nothing(signals: Any, said: Any) -> None:
    assert consent_of(signals) == said
