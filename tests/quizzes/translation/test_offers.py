import pytest

from quizzes.definition import Quiz
from quizzes.translation.offers import Offer, accept, entries
from tests.quizzes.parts import build, kept, words

HELP = {"ja": "一\n二{zero|x}", "en": "One\ntwo {zero|it}"}


@pytest.fixture(scope="module")
def quiz() -> Quiz:
    return build(
        kept("zero"),
        kept("one", help=HELP),
        title={"ja": "題", "en": "Title"},
        locales=["ja", "en", "fr"],
    )


def offer(
    words: str, address: str = "title", locale: str = "en", source: str | None = None, line: int = 7
) -> Offer:
    return Offer(line, address, locale, source, words)


def test_fitting_words_are_taken_and_unchanged_ones_left_out(quiz: Quiz) -> None:
    offers = [offer("Heading", source="題"), offer("Titre", locale="fr"), offer("Why", "purposes.p.text")]
    assert accept(quiz, offers) == ({"title": {"en": "Heading", "fr": "Titre"}}, [])


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (offer("x", "titel"), "did you mean `title`?"),
        (offer("x", locale="de"), "no locale `de`; add it to `locales` first."),
        (offer("x", locale=""), "no locale ``"),
        (offer("x", source="題名"), "the source has other words here than in the definition"),
        (offer(" "), "there is no translation"),
        (offer("", locale="fr"), "there is no translation"),
        (offer("x {zero|y}"), "none missing, {zero|…} too many"),
        (offer("x", "questions.one.help"), "{zero|…} missing, none too many"),
        (offer("x {zero}", "questions.one.help"), "{zero|…} missing, {zero} too many"),
        (offer("x {zero｜y}", "questions.one.help"), "{zero|…} missing"),
    ],
)
def test_unfit_words_are_refused_with_line_and_reason(quiz: Quiz, made: Offer, reason: str) -> None:
    texts, (refused,) = accept(quiz, [made, offer("Fine", "purposes.p.text")])
    assert reason in refused.reason
    assert (refused.line, refused.address, refused.locale) == (7, made.address, made.locale)
    assert texts == {"purposes.p.text": {"en": "Fine"}}


def test_two_different_words_for_one_text_are_not_guessed(quiz: Quiz) -> None:
    texts, (refused,) = accept(quiz, [offer("A"), offer("A"), offer("B", line=9)])
    assert texts == {"title": {"en": "A"}}
    assert refused.line == 9


def test_line_ends_of_a_spreadsheet_program_are_undone(quiz: Quiz) -> None:
    made = offer(
        HELP["en"].replace("\n", "\r\n").replace("One", "1"),
        "questions.one.help",
        source=HELP["ja"].replace("\n", "\r\n"),
    )
    assert accept(quiz, [made]) == ({"questions.one.help": {"en": "1\ntwo {zero|it}"}}, [])


def test_text_without_a_source_cannot_be_translated() -> None:
    quiz = build(kept("one"), title={"en": "Title"})
    (refused,) = accept(quiz, [offer("Heading")])[1]
    assert "no words in `ja` to translate" in refused.reason


def test_words_of_arms_are_among_the_entries() -> None:
    patch = {"texts": {"title": words("Else")}}
    quiz = build(kept("one"), experiment={"key": "k", "arms": {"x": 1}, "set": {"x": patch}})
    assert entries(quiz)[-1] == ("experiment.set.x.texts.title", words("Else"))
