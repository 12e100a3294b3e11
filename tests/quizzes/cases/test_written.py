import pytest

from quizzes.cases.written import read_cases
from quizzes.errors import QuizFileError
from tests.quizzes.parts import build, question

QUIZ = build(question("skin"), question("budget", "slider", range={"min": 1, "max": 9}))
HEAD = '\n[[case]]\nname = "first"\n\n[[case]]\nname = "second"\n'


def test_file_without_cases_holds_none() -> None:
    assert read_cases(b"", "x.test.toml", QUIZ) == ()


def test_every_field_is_read() -> None:
    (case,) = read_cases(
        b"""
        [[case]]
        name = "all"
        answers = { skin = "a", budget = { skip = true } }
        known = { size = ["8"], weight = 3, colour = "red" }
        asked = ["skin", "budget"]
        off = ["budget"]
        never = "item.price > 3 or item.category == skin"
        top_attrs = ["category.tea"]
        slots_filled = 2
        relaxed = []
        locale = "ja"
        now = 2026-04-01
        """,
        "x.test.toml",
        QUIZ,
    )
    assert case.answers == {"skin": "a", "budget": {"skip": True}}
    assert case.known == {"size": ("8",), "weight": 3.0, "colour": "red"}
    assert case.asked == ("skin", "budget")
    assert case.relaxed == ()
    assert case.looks_at_items


@pytest.mark.parametrize(
    ("line", "code", "number", "said"),
    [
        ('answer = { skin = "a" }', "field-unknown", 7, "did you mean `answers`?"),
        ('slots_filled = "two"', "field-invalid", 5, "correct the value"),
        ('answers = { skim = "a" }', "case", 5, "no question `skim`; did you mean `skin`?"),
        ('asked = ["gone"]', "case", 5, "there are skin, budget"),
        ('relaxed = ["bugdet"]', "case", 5, "did you mean `budget`?"),
        ('locale = "fr"', "case", 5, "does not speak `fr`"),
        ('now = "today"', "case", 5, "without quotes"),
        ('top_attrs = ["tea"]', "case", 5, "no attribute.value"),
        ('never = "item.price >"', "case", 5, "column"),
        ('never = "item.price > bugdet"', "case", 5, "no question `bugdet`"),
        ("never = \"skin == 'a'\"", "case", 5, "names no attribute"),
        ("name = ", "syntax", 7, "not TOML"),
    ],
)
def test_fault_of_a_case_names_its_line_and_the_fix(line: str, code: str, number: int, said: str) -> None:
    with pytest.raises(QuizFileError) as caught:
        read_cases(f"{HEAD}{line}\n".encode(), "x.test.toml", QUIZ)
    assert (caught.value.code, caught.value.line) == (code, number)
    assert said in str(caught.value)
    assert "x.test.toml:" in str(caught.value)


def test_unknown_table_is_named() -> None:
    with pytest.raises(QuizFileError, match="did you mean `case`"):
        read_cases(b'[[cases]]\nname = "x"\n', "x.test.toml", QUIZ)


def test_case_without_a_name_is_refused() -> None:
    with pytest.raises(QuizFileError, match="missing required field `name`"):
        read_cases(b"[[case]]\noff = []\n", "x.test.toml", QUIZ)
