from pathlib import Path

import pytest

from recsvc.domain.errors import InputOutputError, UsageError
from training.config import TrainingConfig, load_config


def test_without_file_and_assignments_the_defaults_hold() -> None:
    assert load_config(None) == TrainingConfig()


def test_assignments_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "training.toml"
    path.write_text("factors = 32\niterations = 4\n[confidence]\nalpha = 7.5\nhalf_life_days = 30.0\n")
    config = load_config(
        path, ["factors=16", "confidence.half_life_days=90", "confidence.kinds={view = 0.5}"]
    )
    assert (config.factors, config.iterations) == (16, 4)
    assert (config.confidence.alpha, config.confidence.half_life_days) == (7.5, 90)
    assert config.confidence.kinds == {"view": 0.5}


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("factor=3", "did you mean factors"),
        ("confidence.halflife=3", "confidence.halflife; did you mean half_life_days"),
        ("zzz=1", "one of seed, factors"),
        ("factors", "is not key=value"),
        ("factors.deep=1", "Expected `int`"),
        ("seed=abc", "Expected `int`"),
        ("regularization=0", "> 0"),
        ("left_out.share=0.5", "<= 0.02"),
    ],
)
def test_what_cannot_be_is_refused_with_the_nearest_key(assignment: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_config(None, [assignment])


def test_a_file_that_is_no_toml_or_absent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "training.toml"
    with pytest.raises(InputOutputError):
        load_config(path)
    path.write_text("factors = = 3")
    with pytest.raises(UsageError, match="not TOML"):
        load_config(path)
