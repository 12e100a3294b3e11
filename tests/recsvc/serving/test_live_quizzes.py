"""Published quizzes are found, followed, and one broken file never stops the others."""

import os

import pytest

from quizzes.loader import canonical_json, load_quiz
from recsvc.domain.errors import UnknownQuizError
from tests.shop import TEA_QUIZ, Shop


def test_newest_revision_is_served_and_older_ones_stay(shop: Shop) -> None:
    shop.publish(TEA_QUIZ.replace(b"revision = 1", b"revision = 12"))
    shop.publish(TEA_QUIZ.replace(b"revision = 1", b"revision = 9"))
    assert shop.quizzes.get("tea").revision == 12
    assert shop.quizzes.at("tea", 1).revision == 1


def test_broken_file_is_named_and_the_last_sound_revision_stays(shop: Shop) -> None:
    (shop.directory / "quizzes" / "tea@2.json").write_text('{"schema": 1')
    assert shop.quizzes.refresh()
    assert shop.quizzes.get("tea").revision == 1
    assert "tea@2.json" in shop.quizzes.problems


def test_file_under_another_name_is_not_served(shop: Shop) -> None:
    directory = shop.directory / "quizzes"
    (directory / "coffee@1.json").write_bytes((directory / "tea@1.json").read_bytes())
    shop.quizzes.refresh()
    assert shop.quizzes.ids() == ("tea",)
    assert "tea@1" in shop.quizzes.problems["coffee@1.json"]


def test_untouched_directory_is_not_read_again(shop: Shop) -> None:
    assert not shop.quizzes.refresh()


def test_unknown_quiz_lists_the_known_ones(shop: Shop) -> None:
    with pytest.raises(UnknownQuizError, match="tea"):
        shop.quizzes.get("coffee")


def test_answers_have_words_in_each_language(shop: Shop) -> None:
    assert shop.quizzes.answer_text("drink=tea|coffee", "en") == "Tea, Coffee"
    assert shop.quizzes.answer_text("drink=tea|coffee", "ja") == "お茶、珈琲"
    assert shop.quizzes.answer_text("age=42.0", "en") is None


def test_withdrawn_file_is_no_longer_served(shop: Shop) -> None:
    (shop.directory / "quizzes" / "tea@1.json").unlink()
    assert shop.quizzes.refresh()
    assert shop.quizzes.ids() == ()


def test_revision_whose_file_is_broken_later_stays(shop: Shop) -> None:
    (shop.directory / "quizzes" / "tea@1.json").write_text("{")
    shop.quizzes.refresh()
    assert shop.quizzes.get("tea").revision == 1
    assert "tea@1.json" in shop.quizzes.problems


def test_link_that_leads_to_itself_stops_nothing(shop: Shop) -> None:
    loop = shop.directory / "quizzes" / "loop@1.json"
    loop.symlink_to(loop)
    shop.quizzes.refresh()
    assert shop.quizzes.ids() == ("tea",)


def test_arm_that_cannot_be_asked_refuses_its_file_alone(shop: Shop) -> None:
    odd = (
        TEA_QUIZ
        + b'[experiment]\nkey = "k"\narms = { a = 1 }\n'
        + b'set = { a = { texts = { "no.such" = { en = "x" } } } }\n'
    )
    quiz = load_quiz(
        odd.replace(b'id = "tea"\nrevision = 1', b'id = "odd"\nrevision = 1', 1), "odd.quiz.toml"
    )
    (shop.directory / "quizzes" / "odd@1.json").write_bytes(canonical_json(quiz))
    shop.publish(TEA_QUIZ.replace(b"revision = 1", b"revision = 2"))
    assert (shop.quizzes.ids(), shop.quizzes.get("tea").revision) == (("tea",), 2)
    assert "no.such" in shop.quizzes.problems["odd@1.json"]


def test_pipe_in_the_directory_keeps_nobody_waiting(shop: Shop) -> None:
    os.mkfifo(shop.directory / "quizzes" / "odd@1.json")
    assert shop.quizzes.refresh()
    assert "no file" in shop.quizzes.problems["odd@1.json"]
