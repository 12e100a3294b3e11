import gzip
import tomllib

import msgspec
import pytest

from quizzes.definition import Kind, Order
from quizzes.errors import QuizFileError
from quizzes.loader import canonical_json, content_hash, load_quiz

SMALL = """schema = 1
id = "small"
revision = 2
locales = ["en"]
title = { en = "Small" }
purpose = "p"
[purposes]
p = { basis = "notice", policy = "1", text = { en = "Why" } }
[[questions]]
id = "first"
kind = "single"
title = { en = "First" }
choices = [
  { id = "none", text = { en = "None" } },
]
[[questions]]
id = "second"
kind = "multi"
when = "first == 'none'"
title = { en = "Second" }
choices = [
  { id = "all", text = { en = "All" }, w = { colour.red = 2, category."SOFT DRINKS" = 1 } },
  { id = "none", text = { en = "None" } },
]
"""


def refusal(source: str | bytes, name: str = "small.quiz.toml") -> QuizFileError:
    with pytest.raises(QuizFileError) as caught:
        load_quiz(source.encode() if isinstance(source, str) else source, name)
    return caught.value


def test_example_decodes(example: bytes) -> None:
    quiz = load_quiz(example, "skin-finder.quiz.toml")
    assert [question.kind for question in quiz.questions][-2:] == [Kind.SLIDER, Kind.CONTACT]
    assert quiz.pace.order is Order.INFORMATIVE
    assert quiz.questions[0].choices[0].w == {"concern": {"dryness": 2.0}, "texture": {"rich": 1.0}}
    assert quiz.experiment is not None
    assert quiz.experiment.set["concern_first"].first == "concern"


def test_example_is_small_enough_to_send(example: bytes) -> None:
    packed = gzip.compress(canonical_json(load_quiz(example, "skin-finder.quiz.toml")))
    assert len(packed) <= 2500


def test_toml_json_and_canonical_json_are_one_quiz(example: bytes) -> None:
    quiz = load_quiz(example, "skin-finder.quiz.toml")
    as_json = msgspec.json.encode(tomllib.loads(example.decode()))
    assert load_quiz(as_json, "skin-finder.json") == quiz
    assert load_quiz(canonical_json(quiz), "skin-finder@7.json") == quiz
    assert content_hash(load_quiz(as_json, "skin-finder.json")) == content_hash(quiz)


def test_hash_changes_with_a_weight() -> None:
    before = load_quiz(SMALL.encode(), "a.toml")
    after = load_quiz(SMALL.replace("colour.red = 2", "colour.red = 3").encode(), "a.toml")
    assert content_hash(before) != content_hash(after)
    assert len(content_hash(before)) == 64


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "path", "fix"),
    [
        ("when =", "wehn =", "field-unknown", 17, "$.questions[1]", "did you mean `when`"),
        ("when =", "zzz =", "field-unknown", 17, "$.questions[1]", "here stand id, kind"),
        ('{ id = "all", t', '{ id = "all", txet = 1, t', "field-unknown", 22, "choices[0]", "`text`"),
        ("red = 2", 'red = "x"', "field-invalid", 22, "$.questions[1].choices[0].w", "`float`"),
        ("red = 2", "red = nan", "field-invalid", 22, "$.questions[1].choices[0].w", "`float`"),
        ("revision = 2", "revision = 0", "field-invalid", 2, "$.revision", ">= 1"),
        ('kind = "multi"', 'kind = "many"', "field-invalid", 17, "$.questions[1].kind", "many"),
        ('id = "second"', 'id = "2nd one"', "field-invalid", 17, "$.questions[1].id", "letters"),
        ('title = { en = "Second" }\n', "", "field-invalid", 17, "$.questions[1]", "title`; add it"),
        ("first == 'none'", "first == none or", "expression", 17, "$.questions[1].when", "column 17"),
        ("schema = 1", "schema = ", "syntax", 1, "$", "not TOML"),
        ("red = 2", "緑茶 = 2", "syntax", 22, "$", 'stand without quotes: write `"緑茶"`'),
        ("red = 2", "green茶 = 2", "syntax", 22, "$", 'write `"green茶"`'),
        ("schema = 1", "スキーマ = 1", "syntax", 1, "$", 'write `"スキーマ"`'),
    ],
)
def test_broken_file_names_line_path_and_fix(
    old: str, new: str, code: str, line: int, path: str, fix: str
) -> None:
    assert old in SMALL
    error = refusal(SMALL.replace(old, new, 1))
    assert (error.code, error.line) == (code, line)
    assert error.path.startswith(path) or path in error.path
    assert fix in error.reason
    assert f"small.quiz.toml:{line}" in str(error)


def test_expression_of_a_repeated_choice_id_names_the_right_line() -> None:
    head, _, tail = SMALL.rpartition('{ en = "None" } },')
    error = refusal(head + '{ en = "None" }, must = "x" },' + tail)
    assert error.line == 23
    assert error.path == "$.questions[1].choices[1].must"


def test_json_fault_names_its_line() -> None:
    error = refusal('{\n"schema": 1,\n"id": }', "a.json")
    assert (error.code, error.line) == ("syntax", 3)


@pytest.mark.parametrize("name", ["deep.json", "deep.toml"])
def test_very_deep_file_is_refused(name: str) -> None:
    assert refusal(b"x = " * name.endswith("toml") + b"[" * 200_000, name).code == "syntax"


def test_file_that_is_no_utf8_names_its_line() -> None:
    error = refusal(SMALL.replace("First", "初").encode("cp932"))
    assert error.line == 12
    assert "UTF-8" in error.reason


def test_byte_order_mark_is_no_fault() -> None:
    assert load_quiz(b"\xef\xbb\xbf" + SMALL.encode(), "a.toml").id == "small"


def test_other_suffix_is_refused() -> None:
    assert ".toml or .json" in refusal(SMALL, "small.yaml").reason


@pytest.mark.parametrize("source", [b"", b"[]", b"3", b"null"])
def test_json_that_is_no_quiz_is_refused(source: bytes) -> None:
    assert refusal(source, "a.json").line >= 1


@pytest.mark.parametrize("number", ["1" * 5000, "-" + "1" * 5000, "1" + "_1" * 5000])
def test_number_of_thousands_of_digits_is_refused_with_its_line(number: str) -> None:
    error = refusal(SMALL.replace("revision = 2", f"revision = {number}"))
    assert (error.code, error.line) == ("syntax", 3)
    assert "too many digits" in error.reason


def test_hexadecimal_number_of_thousands_of_digits_is_refused() -> None:
    error = refusal(SMALL.replace("schema = 1", "schema = 0x" + "f" * 5000))
    assert (error.code, error.line) == ("syntax", 1)


def test_json_number_of_thousands_of_digits_is_refused() -> None:
    assert refusal('{"schema": ' + "1" * 5000 + "}", "a.json").code == "syntax"
