import gzip
from itertools import chain
from pathlib import Path

import pytest

from quizzes.catalogue import Catalogue
from quizzes.definition import Basis, Quiz
from quizzes.lint import lint_source
from quizzes.loader import canonical_json, load_quiz
from quizzes.reach import reach

LIBRARY = Path(__file__).parents[2] / "quizzes" / "library"
DEPARTMENTS = (
    """PRODUCE MEAT MEAT-PCKGD SEAFOOD-PCKGD SEAFOOD PASTRY DELI,SALAD BAR,NUTRITION,DRUG GM,COSMETICS"""
)
CATEGORIES = """TROPICAL FRUIT,FLUID MILK PRODUCTS,CHEESE,YOGURT,EGGS,BAKED BREAD/BUNS/ROLLS,
FRZN VEGETABLE/VEG DSH,ICE CREAM/MILK/SHERBTS,FROZEN PIZZA,SOFT DRINKS,COFFEE,WATER - CARBONATED/FLVRD DRINK,
ORGANICS FRUIT & VEGETABLES,FRZN MEAT/MEAT DINNERS,SOUP,SPICES & EXTRACTS,ONIONS,DRY BN/VEG/POTATO/RICE,
BAKING MIXES,BAKING NEEDS,SUGARS/SWEETNERS,BAG SNACKS,COOKIES/CONES,CRACKERS/MISC BKD FD,CAT FOOD,DOG FOODS,
SALAD MIX,COLD CEREAL,FRZN NOVELTIES/WTR ICE"""


@pytest.fixture(scope="module")
def groceries() -> bytes:
    return (LIBRARY / "groceries.quiz.toml").read_bytes()


@pytest.fixture(scope="module")
def quiz(groceries: bytes) -> Quiz:
    return load_quiz(groceries, "groceries.quiz.toml")


def test_groceries_fit_the_shop_of_the_demo(groceries: bytes) -> None:
    departments = chain.from_iterable(
        one.split() if row == 0 else [one] for row, one in enumerate(DEPARTMENTS.split(","))
    )
    items = [{"department": one} for one in departments]
    items += [{"category": one.strip()} for one in CATEGORIES.split(",")]
    assert lint_source(groceries, "groceries.quiz.toml", Catalogue(items)) == []


def test_groceries_are_short_and_small(quiz: Quiz) -> None:
    assert len(quiz.questions) <= 5
    assert len(gzip.compress(canonical_json(quiz))) <= 4000


def test_groceries_ask_everybody_everything_but_kids_of_singles(quiz: Quiz) -> None:
    assert set(reach(quiz).paths) == {"aisles", "cooking", "pets", "size", "kids"}
    assert quiz.questions[-1].when == "size != '1'"


def test_groceries_ask_about_the_household_by_opt_in_only(quiz: Quiz) -> None:
    facts = {one.fact: one for one in quiz.questions}
    assert set(facts) == {"favourite_aisles", "cooking_style", "pets", "household_size", "kids_count"}
    for fact in ("household_size", "kids_count"):
        purpose = quiz.purpose_of(facts[fact])
        assert purpose is not None
        assert purpose.basis is Basis.OPT_IN
        assert facts[fact].sensitive
    assert list(facts["household_size"].choice_ids) == ["1", "2", "3", "4", "5plus"]
    assert list(facts["kids_count"].choice_ids) == ["0", "1", "2", "3plus"]
