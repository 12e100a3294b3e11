import numpy as np

from training.gate import judge


def test_a_clear_gain_passes() -> None:
    verdict = judge(np.array([0.5, 0.4, 0.6]), np.array([0.3, 0.2, 0.3]))
    assert verdict.passed
    assert verdict.summary()["visitors"] == 3


def test_a_gain_within_noise_or_a_loss_is_refused_with_the_numbers() -> None:
    within = judge(np.array([0.9, 0.0, 0.2]), np.array([0.0, 0.8, 0.2]))
    assert not within.passed
    assert "0.3667 against 0.3333" in within.reason
    assert not judge(np.array([0.1, 0.1]), np.array([0.3, 0.2])).passed
    assert not judge(np.array([0.3, 0.3]), np.array([0.3, 0.3])).passed


def test_one_visitor_or_none_cannot_vouch_for_a_model() -> None:
    assert not judge(np.array([1.0]), np.array([0.0])).passed
    assert not judge(np.zeros(0), np.zeros(0)).passed
