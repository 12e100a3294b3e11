"""Drafts are followed as they are saved, win over what is published, and break nothing."""

from pathlib import Path

import pytest

from recsvc.serving.live_quizzes import LiveQuizzes
from tests.shop import TEA_QUIZ, Shop


@pytest.fixture
def drafts(tmp_path: Path) -> Path:
    directory = tmp_path / "drafts"
    directory.mkdir()
    return directory


@pytest.fixture
def quizzes(shop: Shop, drafts: Path) -> LiveQuizzes:
    quizzes = LiveQuizzes(shop.directory / "quizzes", drafts)
    quizzes.refresh()
    return quizzes


def write(drafts: Path, source: bytes, name: str = "tea.quiz.toml") -> Path:
    path = drafts / name
    path.write_bytes(source)
    return path


def test_draft_wins_over_the_published_revision(quizzes: LiveQuizzes, drafts: Path) -> None:
    write(drafts, TEA_QUIZ.replace(b'"Which?"', b'"Which one?"'))
    assert quizzes.refresh()
    assert quizzes.get("tea").questions[0].title["en"] == "Which one?"
    assert quizzes.is_draft("tea", 1)


def test_older_draft_wins_and_published_ones_stay(shop: Shop, quizzes: LiveQuizzes, drafts: Path) -> None:
    shop.publish(TEA_QUIZ.replace(b"revision = 1", b"revision = 3"))
    write(drafts, TEA_QUIZ.replace(b"revision = 1", b"revision = 2"))
    quizzes.refresh()
    assert quizzes.get("tea").revision == 2
    assert quizzes.at("tea", 3).revision == 3
    assert not quizzes.is_draft("tea", 3)


def test_draft_is_followed_until_it_is_gone(quizzes: LiveQuizzes, drafts: Path) -> None:
    path = write(drafts, TEA_QUIZ.replace(b'id = "tea"', b'id = "new"'))
    quizzes.refresh()
    assert quizzes.ids() == ("new", "tea")
    assert not quizzes.refresh()
    path.unlink()
    assert quizzes.refresh()
    assert quizzes.ids() == ("tea",)


@pytest.mark.parametrize("source", [b"schema = ", b"\xff", b'schema = 1\nid = "tea"'])
def test_broken_draft_is_told_and_leaves_its_last_sound_state(
    quizzes: LiveQuizzes, drafts: Path, source: bytes
) -> None:
    path = write(drafts, TEA_QUIZ.replace(b'"Which?"', b'"Which one?"'))
    quizzes.refresh()
    assert quizzes.draft_problem("tea") is None
    write(drafts, source)
    quizzes.refresh()
    assert quizzes.get("tea").questions[0].title["en"] == "Which one?"
    assert "tea.quiz.toml" in str(quizzes.draft_problem("tea"))
    assert str(path) in quizzes.problems


def test_draft_whose_arm_names_no_text_is_told(quizzes: LiveQuizzes, drafts: Path) -> None:
    trial = (
        b'[experiment]\nkey = "k"\narms = { a = 1 }\nset = { a = { texts = { nowhere = { en = "x" } } } }\n'
    )
    write(drafts, TEA_QUIZ + trial)
    quizzes.refresh()
    assert len(quizzes.problems) == 1
    assert not quizzes.is_draft("tea", 1)


def test_one_file_is_served_without_its_neighbours(shop: Shop, drafts: Path) -> None:
    path = write(drafts, TEA_QUIZ.replace(b'id = "tea"', b'id = "new"'))
    write(drafts, TEA_QUIZ.replace(b'id = "tea"', b'id = "other"'), "other.quiz.toml")
    quizzes = LiveQuizzes(shop.directory / "quizzes", path)
    quizzes.refresh()
    assert quizzes.ids() == ("new", "tea")


def test_directory_that_is_not_there_stops_nothing(shop: Shop, tmp_path: Path) -> None:
    quizzes = LiveQuizzes(shop.directory / "quizzes", tmp_path / "none")
    quizzes.refresh()
    assert quizzes.ids() == ("tea",)
