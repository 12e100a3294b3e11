import gzip
import tomllib
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from quizzes.catalogue import Catalogue
from quizzes.definition import Basis, Quiz
from quizzes.lint import lint_source
from quizzes.loader import canonical_json, load_quiz
from quizzes.proofs.reach import reach
from recsvc.cli.quiz.reading import read_catalogue, read_items_file

LIBRARY = Path(__file__).parents[2] / "quizzes" / "library"
PATHS = {path.name.removesuffix(".quiz.toml"): path for path in sorted(LIBRARY.glob("*.quiz.toml"))}
LARGEST_PICTURE = 3072
DEPARTMENTS = (
    """PRODUCE MEAT MEAT-PCKGD SEAFOOD-PCKGD SEAFOOD PASTRY DELI,SALAD BAR,NUTRITION,DRUG GM,COSMETICS"""
)
CATEGORIES = """TROPICAL FRUIT,FLUID MILK PRODUCTS,CHEESE,YOGURT,EGGS,BAKED BREAD/BUNS/ROLLS,
FRZN VEGETABLE/VEG DSH,ICE CREAM/MILK/SHERBTS,FROZEN PIZZA,SOFT DRINKS,COFFEE,WATER - CARBONATED/FLVRD DRINK,
ORGANICS FRUIT & VEGETABLES,FRZN MEAT/MEAT DINNERS,SOUP,SPICES & EXTRACTS,ONIONS,DRY BN/VEG/POTATO/RICE,
BAKING MIXES,BAKING NEEDS,SUGARS/SWEETNERS,BAG SNACKS,COOKIES/CONES,CRACKERS/MISC BKD FD,CAT FOOD,DOG FOODS,
SALAD MIX,COLD CEREAL,FRZN NOVELTIES/WTR ICE"""
# The values that rental histories (RentTheRunway) keep, sizes and heights in their steps.
RENTAL_FACTS = {
    "occasion": "wedding,formal affair,party,date,work,vacation,everyday,other",
    "body_type": "hourglass,athletic,pear,petite,straight & narrow,full bust,apple",
    "size": "0,4,8,12,16,20,24,28",
    "height": "58,60,62,64,66,68,70",
}


def load(name: str) -> Quiz:
    return load_quiz(PATHS[name].read_bytes(), PATHS[name].name)


def beside(name: str, suffix: str) -> Path:
    return LIBRARY / f"{name}{suffix}"


@pytest.fixture(scope="module")
def everything() -> list[Quiz]:
    return [load(name) for name in PATHS]


@pytest.fixture(scope="module")
def groceries() -> bytes:
    return PATHS["groceries"].read_bytes()


@pytest.fixture(scope="module")
def quiz() -> Quiz:
    return load("groceries")


@pytest.mark.parametrize("name", PATHS)
def test_a_quiz_of_the_library_has_no_finding_with_its_own_items(name: str, everything: list[Quiz]) -> None:
    catalogue = read_catalogue(beside(name, ".items.csv"))
    siblings = [one for one in everything if one.id != name]
    assert lint_source(PATHS[name].read_bytes(), PATHS[name].name, catalogue, siblings=siblings) == []


@pytest.mark.parametrize("name", PATHS)
def test_a_quiz_of_the_library_is_called_like_its_file_and_speaks_both_languages(name: str) -> None:
    quiz = load(name)
    assert quiz.id == name
    assert set(quiz.locales) == {"ja", "en"}


@pytest.mark.parametrize("name", PATHS)
def test_the_items_of_a_quiz_are_named_priced_and_mostly_in_stock(name: str) -> None:
    items = read_items_file(beside(name, ".items.csv"))
    in_stock = sum(item.can_be_bought for item in items)
    assert 50 <= len(items) <= 100
    assert 0.85 * len(items) <= in_stock < len(items)
    for item in items:
        assert item.title
        assert item.title_in("ja") != item.title_in("en")
        assert item.price
        assert item.currency


@pytest.mark.parametrize("name", PATHS)
def test_a_quiz_of_the_library_has_cases_in_both_languages(name: str) -> None:
    cases = tomllib.loads(beside(name, ".test.toml").read_text("utf-8"))["case"]
    assert 6 <= len(cases) <= 12
    assert {case["locale"] for case in cases} == {"ja", "en"}
    assert len({case["name"] for case in cases}) == len(cases)


@pytest.mark.parametrize("name", PATHS)
def test_the_pictures_of_a_quiz_are_small_plain_and_all_used(name: str) -> None:
    images = {
        choice.image for question in load(name).questions for choice in question.choices if choice.image
    }
    assert images == {path.name for path in LIBRARY.glob(f"{name}-*.svg")}
    for image in images:
        picture = beside(image, "").read_bytes()
        root = ET.fromstring(picture)  # noqa: S314 (our own file)
        tags = {part.tag.rpartition("}")[2] for part in root.iter()}
        assert len(picture) <= LARGEST_PICTURE
        assert root.get("viewBox")
        assert not tags & {"script", "text", "image", "style", "use", "foreignObject"}


def test_skin_care_travels_in_three_kilobytes() -> None:
    assert len(gzip.compress(canonical_json(load("skin-care")))) <= 3 * 1024


def test_the_dress_quiz_speaks_the_words_of_rental_histories() -> None:
    quiz = load("dress")
    for fact, values in RENTAL_FACTS.items():
        question = next(one for one in quiz.questions if one.fact == fact)
        kept = [choice.id for choice in question.choices if not choice.unsure]
        assert kept == values.split(",")
        assert question.sensitive == (fact != "occasion")


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
