import subprocess
import sys

import pytest

from recsvc.sources.complete_journey_names import category_name, category_names, department_name


def test_names_are_given_in_both_languages() -> None:
    assert category_name("SOFT DRINKS", "en") == "Soft Drinks"
    assert category_name("SOFT DRINKS", "ja") == "炭酸飲料"
    assert department_name("DRUG GM", "ja") == "医薬・日用品"


def test_another_language_reads_english_and_an_unknown_name_itself() -> None:
    assert category_name("EGGS", "fr") == "Eggs"
    assert category_name("MOON ROCKS", "ja") == "MOON ROCKS"


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_no_two_categories_share_a_name(locale: str) -> None:
    names = [name[locale] for name in category_names().values()]
    assert len(set(names)) == len(names) == 303


def test_names_need_no_polars() -> None:
    module = "recsvc.sources.complete_journey_names"
    code = f"import sys, {module} as names; names.category_names(); sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
