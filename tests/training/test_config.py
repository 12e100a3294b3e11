import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from recsvc.domain.errors import InputOutputError, UsageError
from tests.training.shops import NOW, lines
from training.config import TrainingConfig, load_config
from training.extract import select


def numbers(config: type[msgspec.Struct], prefix: str = "") -> list[str]:
    """The dotted keys that hold one number."""
    keys = []
    for field in msgspec.structs.fields(config):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            keys += numbers(field.type, f"{prefix}{field.name}.")
        elif field.name not in {"numeric_facts", "kinds"}:
            keys.append(f"{prefix}{field.name}")
    return keys


NUMBERS = numbers(TrainingConfig)


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
        ("factors.deep=1", r"Expected `int \| null`"),
        ("seed=abc", "Expected `int`"),
        ("regularization=0", "> 0"),
        ("left_out.share=0.5", "<= 0.02"),
        ("frequency_exponent=2.5", "<= 2"),
        ("item_item.method=guess", r"'guess'.*item_item\.method"),
        ("item_item.steps=0", ">= 1"),
        ("item_item.backward=1.5", "<= 1"),
        ("item_item.dropout=1.0", "< 1"),
        ("item_item.ridge=0", "> 0"),
        ("item_item.neighbours=1001", "<= 1000"),
        ("item_item.history_half_life_steps=0", "> 0"),
        ("new_items.vector=1.5", "<= 1"),
        ("new_items.kinship=-1", ">= 0"),
        ("new_items.at_most=-1", ">= 0"),
        ("answer_half_life_days=36501", "<= 36500"),
        ("seed=-1", r">= 0.*\$\.seed"),
        ("seed=9223372036854775808", r"\$\.seed"),
        ("seed=" + "9" * 40, r"\$\.seed"),
        ("confidence.kinds={view = inf}", r"\$\.confidence\.kinds"),
        ("seed=" + "9" * 5_000, "--set seed .*digits"),
        ("seed=" + "[" * 5_000, "--set seed .*recursion"),
    ],
)
def test_what_cannot_be_is_refused_with_the_nearest_key(assignment: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_config(None, [assignment])


@pytest.mark.parametrize("number", ["inf", "nan", "1e308", "1" + "0" * 18])
@pytest.mark.parametrize("key", NUMBERS)
def test_numbers_beyond_sense_are_refused_with_their_key(key: str, number: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"$.{key}`")):
        load_config(None, [f"{key}={number}"])


def test_the_largest_window_reaches_back_before_the_first_date() -> None:
    early = lines(("a", "x", "purchase", datetime(50, 1, 1, tzinfo=UTC), 1))
    window = load_config(None, ["window_days=36500"])
    assert select(early, window, now=NOW).lines.height == 1


@pytest.mark.parametrize("text", ["a = " + "[" * 5_000, "factors = " + "9" * 5_000])
def test_a_file_that_toml_cannot_hold_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "training.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match="not TOML"):
        load_config(path)


def test_a_file_that_is_no_toml_or_absent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "training.toml"
    with pytest.raises(InputOutputError):
        load_config(path)
    path.write_text("factors = = 3")
    with pytest.raises(UsageError, match="not TOML"):
        load_config(path)
