"""What picking one value adds, beside what `parts` makes of whole answers."""

import numpy as np
import pytest

from recsvc.model.prior import Answers, Wish
from tests.artifacts import make_artifact

ARTIFACT = make_artifact()
TABLE = ARTIFACT.answer_table
TEA = (("category.tea", 2.0),)


def test_effect_differs_between_values_as_the_parts_do() -> None:
    def part(value: str) -> np.ndarray:
        wish = Wish(f"skin={value}", "skin", "category.tea", 2.0)
        return TABLE.parts(Answers({"skin": (value,)}, (wish,) if value == "dry" else ()))[f"skin={value}"]

    dry, oily = TABLE.effect("skin", "dry", TEA), TABLE.effect("skin", "oily")
    assert dry is not None
    assert oily is not None
    assert np.allclose(dry - oily, part("dry") - part("oily"))


def test_number_has_the_effect_of_its_bin() -> None:
    effect = TABLE.effect("age", 35.0)
    assert effect is not None
    assert np.allclose(effect, ARTIFACT.arrays["answers"][3] * 50 / 250)


def test_weights_count_in_full_without_a_fact() -> None:
    effect = TABLE.effect(None, "yes", TEA)
    assert effect is not None
    assert np.allclose(effect, 2.0 * ARTIFACT.arrays["directions"][0])


@pytest.mark.parametrize(
    ("fact", "value", "weights"),
    [(None, "yes", ()), ("skin", "unheard", ()), ("unheard", "dry", ()), (None, "yes", (("brand.x", 2.0),))],
)
def test_value_that_nothing_is_known_of_has_no_effect(
    fact: str | None, value: str, weights: tuple[tuple[str, float], ...]
) -> None:
    assert TABLE.effect(fact, value, weights) is None


def test_blend_grows_with_the_visitors_of_a_fact() -> None:
    assert TABLE.blend("skin") == pytest.approx(400 / 600)
    assert TABLE.blend("unheard") == TABLE.blend(None) == 0.0
