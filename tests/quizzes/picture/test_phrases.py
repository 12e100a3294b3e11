import pytest

from quizzes.parser import parse
from quizzes.picture.phrases import in_words, source
from tests.quizzes.parts import build, choice, question

OILY = choice("oily", text={"ja": "べたつく", "en": "Oily"})
QUIZ = build(
    question("skin", choices=[OILY]), question("many", "multi", choices=[OILY]), question("n", "number")
)


@pytest.mark.parametrize(
    "text",
    [
        "skin != 'oily' and n > 3",
        "(skin == 'a' or skin == 'b') and not known(f)",
        "not (skin == 'a' and n >= 2.5)",
        "'oily' not in many or skin in ['a', 'b']",
        'skin == "it\'s"',
        "item.price <= n",
    ],
)
def test_source_reads_back_as_the_same_condition(text: str) -> None:
    assert source(parse(text)) == text
    assert parse(source(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "english", "japanese"),
    [
        ("skin != 'oily'", "skin is not “Oily”", "skin が「べたつく」以外"),
        ("skin == 'gone'", "skin is “gone”", "skin が「gone」"),
        ("'oily' in many", "many includes “Oily”", "many に「べたつく」を含む"),
        ("'oily' not in many", "many does not include “Oily”", "many に「べたつく」を含まない"),
        ("skin in ['oily', 'x']", "skin is one of “Oily”, “x”", "skin が「べたつく」、「x」のいずれか"),
        ("skin not in ['oily']", "skin is none of “Oily”", "skin が「べたつく」のいずれでもない"),
        ("n >= 2.5", "n is at least 2.5", "n が2.5以上"),
        ("3 < n", "3 is below n", "3 がn未満"),
        ("not known(f)", "f is not known", "f がわかっていない"),
        (
            "known(f) and not n < 3",
            "f is known and not (n is below 3)",
            "f がわかっている かつ (n が3未満)でない",
        ),
        (
            "n < 3 and (n == 1 or n == 2)",
            "n is below 3 and (n is 1 or n is 2)",
            "n が3未満 かつ (n が1 または n が2)",
        ),
    ],
)
def test_condition_in_words(text: str, english: str, japanese: str) -> None:
    assert in_words(QUIZ, parse(text), "en") == english
    assert in_words(QUIZ, parse(text), "ja-JP") == japanese


def test_other_languages_have_their_choices_in_an_english_sentence() -> None:
    quiz = build(question("skin", choices=[choice("oily", text={"ja": "x", "en": "x", "fr": "Grasse"})]))
    assert in_words(quiz, parse("skin != 'oily'"), "fr") == "skin is not “Grasse”"
