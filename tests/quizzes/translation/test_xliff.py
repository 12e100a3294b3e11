from xml.dom import minidom

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.errors import TranslationError
from quizzes.loader import load_quiz
from quizzes.translation.offers import accept, entries
from quizzes.translation.xliff import from_xliff, to_xliff
from tests.quizzes.parts import build, kept

CARRIED = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
        st.sampled_from("\r\n\t<>&'\"{|}"),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60)
@given(CARRIED, CARRIED, CARRIED)
def test_every_text_comes_back_as_it_was(source: str, target: str, value: str) -> None:
    quiz = build(
        kept("one", title={"ja": source, "en": target}),
        result={"because": {"colour": {value: {"ja": source, "en": target}}}},
    )
    found = {one.address: one for one in from_xliff(to_xliff(quiz), "x.xlf")}
    assert len(found) == len(entries(quiz))
    for address in ("questions.one.title", f"result.because.colour.{value}"):
        back = found[address]
        assert (back.locale, back.source, back.words) == ("en", source, target)


def test_each_locale_has_a_file_element() -> None:
    quiz = build(kept("one"), locales=["ja", "en", "fr"], title={"ja": "題", "en": "Title"})
    document = minidom.parseString(to_xliff(quiz))  # noqa: S318 (our own)
    files = document.getElementsByTagName("file")
    assert [one.getAttribute("target-language") for one in files] == ["en", "fr"]
    assert {one.getAttribute("source-language") for one in files} == {"ja"}
    states = [one.getAttribute("state") for one in document.getElementsByTagName("target")]
    assert set(states) == {"translated", "needs-translation"}
    offers = from_xliff(to_xliff(quiz), "x.xlf")
    assert [(one.locale, one.words) for one in offers if one.address == "title"] == [
        ("en", "Title"),
        ("fr", ""),
    ]


def test_example_comes_back_unchanged(example: bytes) -> None:
    quiz = load_quiz(example, "s.toml")
    assert accept(quiz, from_xliff(to_xliff(quiz), "s.xlf")) == ({}, [])


def document(units: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{head}<x:xliff version="1.2" '
        'xmlns:x="urn:oasis:names:tc:xliff:document:1.2">\n'
        f'<x:file target-language="en"><x:body>\n{units}</x:body></x:file></x:xliff>'
    ).encode()


def test_additions_of_translation_programs_are_no_translation() -> None:
    units = (
        '<x:group><x:trans-unit id="title"><x:source>S</x:source>'
        "<x:seg-source><x:mrk>S</x:mrk></x:seg-source>"
        '<x:target>T<x:g id="1">wo</x:g></x:target><x:note>N</x:note>'
        "<x:alt-trans><x:source>no</x:source><x:target>no</x:target></x:alt-trans></x:trans-unit></x:group>\n"
        '<x:trans-unit id="two"><x:source>S</x:source></x:trans-unit>\n'
    )
    first, second = from_xliff(document(units), "x.xlf")
    assert first == (3, "title", "en", "S", "Two")
    assert second == (4, "two", "en", "S", "")


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        "\n<!DOCTYPE x:xliff>",
    ],
)
def test_document_type_is_refused(head: str) -> None:
    with pytest.raises(TranslationError, match="a <!DOCTYPE is not read"):
        from_xliff(document("", head), "x.xlf")
    in_utf_16 = document("", head).decode().encode("utf-16")
    with pytest.raises(TranslationError, match="a <!DOCTYPE is not read"):
        from_xliff(in_utf_16, "x.xlf")


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "x.xlf:1: not XML"),
        (b"address,ja", "not XML"),
        (document("").replace(b"</x:body>", b""), "x.xlf:3: not XML"),
        (document("&gone;"), "not XML"),
        (document("").replace(b'"1.2"', b'"2.0"'), "no XLIFF 1.2"),
        (b"<html/>", "no XLIFF 1.2"),
    ],
)
def test_other_files_are_refused(contents: bytes, message: str) -> None:
    with pytest.raises(TranslationError, match=message):
        from_xliff(contents, "x.xlf")


def test_what_xml_cannot_carry_is_said() -> None:
    with pytest.raises(TranslationError, match=r"`title` holds U\+0007"):
        to_xliff(build(kept("one"), title={"ja": "\a", "en": "x"}))
    with pytest.raises(TranslationError, match="no locale but `en`"):
        to_xliff(build(kept("one"), locales=["en"]))
