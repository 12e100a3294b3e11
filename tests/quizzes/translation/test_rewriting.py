import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.definition import Quiz, Text
from quizzes.errors import QuizFileError, TranslationError
from quizzes.loader import canonical_json, load_quiz
from quizzes.texts import all_texts, arm_texts, with_texts
from quizzes.translation.rewriting import rewrite
from quizzes.translation.spans import spans

NAME = "wild.quiz.toml"
WILD = (Path(__file__).parent / NAME).read_text("utf-8")
SPOTS = [spot.address for spot in chain(all_texts(load_quiz(WILD.encode(), NAME)))]


def changed(texts: dict[str, Text], source: str = WILD) -> str:
    return rewrite(source.encode(), NAME, texts).decode()


def quiz_of(text: str) -> Quiz:
    return load_quiz(text.encode(), NAME)


def differing(old: str, new: str) -> list[tuple[str, str]]:
    return [(a, b) for a, b in zip(old.split("\n"), new.split("\n"), strict=True) if a != b]


def test_every_string_of_a_document_is_where_its_span_says() -> None:
    found = spans(WILD)
    raw: Any = tomllib.loads(WILD)
    for keys, span in found.items():
        value = raw
        for key in keys:
            value = value[key]
        assert tomllib.loads(f"value = {WILD[span.start : span.end]}")["value"] == value, keys
    assert len(found) > 50


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(SPOTS),
        st.dictionaries(
            st.sampled_from(("en", "ja", "pt-BR")),
            st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
            min_size=1,
        ),
    ),
    st.booleans(),
)
def test_any_words_come_back_from_any_place(texts: dict[str, Text], windows: bool) -> None:  # noqa: FBT001
    source = WILD.replace("\n", "\r\n") if windows else WILD
    expected = with_texts(quiz_of(source), texts)
    edited = rewrite(source.encode(), NAME, texts)
    assert load_quiz(edited, NAME) == expected


def test_nothing_but_the_words_is_touched() -> None:
    new = changed({"questions.one.title": {"en": "One?"}, "questions.two.scale.labels.1": {"ja": "上"}})
    assert differing(WILD, new) == [
        ("\ten = '''It's \"one\"'''\t# kept", '\ten = "One?"\t# kept'),
        ('  { en = "high", ja = "高" } ] }', '  { en = "high", ja = "上" } ] }'),
    ]
    assert changed({}) == WILD


def test_new_locale_stands_behind_the_others() -> None:
    new = changed(
        {
            "questions.one.title": {"pt-BR": "Um"},
            "questions.one.choices.b.text": {"pt-BR": "Bê"},
            "purposes.p.text": {"pt-BR": "Para"},
        }
    )
    lines = new.split("\n")
    assert lines[lines.index('\tja = "一"') + 1] == '\tpt-BR = "Um"'
    assert lines[lines.index('text.ja = "び"') + 1] == 'text.pt-BR = "Bê"'
    assert """text = {en='it', "ja" = "用途", pt-BR = "Para" }""" in lines


def test_last_line_without_an_end_and_a_byte_order_mark_stay() -> None:
    source = WILD.split("[experiment]")[0].rstrip("\n")
    edited = rewrite(b"\xef\xbb\xbf" + source.encode(), NAME, {"result.because.x y.z": {"pt-BR": "Zê"}})
    assert edited.startswith(b"\xef\xbb\xbf# ]")
    assert edited.decode().endswith('z.ja = "ゼ"\nz.pt-BR = "Zê"')


def test_words_of_an_arm_are_rewritten() -> None:
    address = "experiment.set.b.texts.questions.one.title"
    assert address in {spot.address for spot in arm_texts(quiz_of(WILD))}
    new = changed({address: {"en": "Else", "ja": "別"}})
    assert 'texts."questions.one.title" = { en = "Else", ja = "別" }' in new


def test_json_is_written_anew() -> None:
    quiz = quiz_of(WILD)
    new = rewrite(canonical_json(quiz), "wild.json", {"title": {"en": "Tea"}})
    assert load_quiz(new, "wild.json") == with_texts(quiz, {"title": {"en": "Tea"}})
    assert msgspec.json.decode(new)["title"]["en"] == "Tea"


def test_what_cannot_be_edited_is_refused() -> None:
    source = WILD.replace('title = { en = "Three", ja = "三" }', "title = {}")
    with pytest.raises(TranslationError, match="cannot be edited in place"):
        changed({"questions.three.title": {"en": "x"}}, source)
    with pytest.raises(ValueError, match="did you mean `title`"):
        changed({"titel": {"en": "x"}})
    with pytest.raises(QuizFileError):
        changed({}, "id = 3")
