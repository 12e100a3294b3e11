import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.sources.complete_journey_titles import english_title, japanese_title, size_in


@pytest.mark.parametrize(
    ("product_type", "category", "size", "title"),
    [
        ("SHREDDED CHEESE", "CHEESE", "8 OZ", "Shredded Cheese, 8 oz"),
        ("SFT DRNK 2 LITER BTL CARB INCL", "SOFT DRINKS", "2 L", "Soft Drink 2 L Bottle"),
        ("PREMIUM", "ICE CREAM/MILK/SHERBTS", "56 OZ", "Premium Ice Cream, 56 oz"),
        ("APPLES GALA (BULK&BAG)", "APPLES", "3 LB", "Gala Apples, 3 lb"),
        ("BREAD:ITALIAN/FRENCH", "BREAD", None, "Italian & French Bread"),
        ("SW GDS:DONUTS", "BREAKFAST SWEETS", "6 CT", "Donuts, 6 ct"),
        ("HAM STEAKS/CUBES/SLICES", "SMOKED MEATS", None, "Ham Steaks, Cubes & Slices"),
        ("SEAFOOD-FRE-SALMON", "SEAFOOD-FRESH", "LB", "Fresh Salmon, by the pound"),
        ("FRZN FRENCH FRIES", "FRZN POTATOES", "26 OZ", "Frozen French Fries, 26 oz"),
    ],
)
def test_a_type_of_the_till_becomes_a_title(
    product_type: str, category: str, size: str | None, title: str
) -> None:
    assert english_title(product_type, category, size) == title


@pytest.mark.parametrize(
    ("text", "english", "japanese"),
    [
        (".23 OZ", "0.23 oz", "6.52g"),
        ("16.0 OZ CAN", "16 oz", "454g"),
        ("N    16 OZ", "16 oz", "454g"),
        ("7 1/4 OZ", "7 1/4 oz", "206g"),
        ("2-3/4 OZ", "2 3/4 oz", "78g"),
        ("1/2 GAL", "1/2 gal", "1.89L"),
        ("HALF GAL", "1/2 gal", "1.89L"),
        ("6/12 OZ", "6 x 12 oz", "340g×6"),
        ("12 PK/12 OZ", "12 pack, 12 oz", "12パック 340g"),
        ("64 LOADS", "64 loads", "64回分"),
        ("GAL", "1 gal", "3.79L"),
        ("12 FL OZ", "12 fl oz", "355ml"),
        ("64 OZ", "64 oz", "1.81kg"),
        ("1 1/0 OZ", None, None),
        ("LB", "by the pound", "量り売り"),
        ("970632  PK", None, None),
        ("LARGE", None, None),
        (None, None, None),
    ],
)
def test_a_size_is_put_in_words(text: str | None, english: str | None, japanese: str | None) -> None:
    assert (size_in(text, "en"), size_in(text, "ja")) == (english, japanese)


def test_a_japanese_title_names_category_and_size() -> None:
    assert japanese_title("FLUID MILK PRODUCTS", "1 GAL") == "牛乳 3.79L"
    assert japanese_title("BEERS/ALES", "6/12 OZ") == "ビール 355ml×6"
    assert japanese_title("BEERS/ALES", "12FL OZ") == "ビール 355ml"


@settings(max_examples=40)
@given(st.text(max_size=30), st.text(max_size=12))
def test_any_text_gives_some_title(product_type: str, size: str) -> None:
    assert english_title(product_type, "CHEESE", size)
