import stat
from pathlib import Path

import pytest

from quizzes.errors import AlreadyPublishedError, QuizFileError, RevisionTakenError
from quizzes.loader import content_hash, load_quiz
from quizzes.publish import PICTURE_LIMIT, Publication, check, next_revision, publish, read_draft

TEA = (Path(__file__).parents[1] / "tea.quiz.toml").read_text("utf-8")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    path = tmp_path / "shop" / "tea.quiz.toml"
    path.parent.mkdir()
    path.write_text(TEA, "utf-8")
    return path


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "published"


def publish_file(definition: Path, directory: Path) -> Publication:
    return publish(read_draft(definition), directory)


def with_picture(definition: Path, image: str) -> None:
    text = TEA.replace('{ id = "tea",', f'{{ id = "tea", image = "{image}",', 1)
    definition.write_text(text, "utf-8")


def test_published_revision_is_the_quiz_and_cannot_be_written(definition: Path, published: Path) -> None:
    done = publish_file(definition, published)
    path = published / "tea@1.json"
    quiz = load_quiz(path.read_bytes(), path.name)
    assert quiz == load_quiz(definition.read_bytes(), definition.name)
    assert (done.quiz, done.revision, done.hash, done.path) == ("tea", 1, content_hash(quiz), str(path))
    assert done.bytes == path.stat().st_size
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert list(published.iterdir()) == [path]


def test_same_contents_are_nothing_new(definition: Path, published: Path) -> None:
    publish_file(definition, published)
    definition.write_text(f"# A comment changes nothing.\n{TEA}", "utf-8")
    with pytest.raises(AlreadyPublishedError, match="tea@1 is published already"):
        publish_file(definition, published)


def test_altered_revision_is_refused_with_the_one_to_set(definition: Path, published: Path) -> None:
    publish_file(definition, published)
    definition.write_text(TEA.replace("revision = 1", "revision = 9"), "utf-8")
    publish_file(definition, published)
    definition.write_text(TEA.replace("How strong", "How mild"), "utf-8")
    before = (published / "tea@1.json").read_bytes()
    with pytest.raises(RevisionTakenError, match="other contents and never changes; set revision = 10 "):
        publish_file(definition, published)
    assert (published / "tea@1.json").read_bytes() == before
    assert next_revision(published, "coffee") == 1


@pytest.mark.parametrize("image", ["cup.svg", "pictures/カップ.PNG", "a.b_c-d.webp"])
def test_pictures_are_published_beside_their_revision(definition: Path, published: Path, image: str) -> None:
    with_picture(definition, image)
    picture = definition.parent / image
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(SVG)
    assert publish_file(definition, published).pictures == 1
    copy = published / "tea@1" / image
    assert copy.read_bytes() == SVG
    assert stat.S_IMODE(copy.stat().st_mode) == 0o444


@pytest.mark.parametrize(
    "image", ["https://shop.example/cup.svg", "/static/cup.exe", "data:image/png;base64,"]
)
def test_pictures_of_other_places_stay_there(definition: Path, published: Path, image: str) -> None:
    with_picture(definition, image)
    assert publish_file(definition, published).pictures == 0
    assert not (published / "tea@1").exists()


@pytest.mark.parametrize(
    ("image", "contents", "message"),
    [
        ("cup.svg", None, "does not lie beside the definition"),
        ("../cup.svg", SVG, "is no plain name"),
        ("a/../../cup.svg", SVG, "is no plain name"),
        ("./cup.svg", SVG, "is no plain name"),
        (".cup.svg", SVG, "is no plain name"),
        ("a cup.svg", SVG, "is no plain name"),
        ("", None, "is no plain name"),
        ("cup.gif", SVG, "is no picture that every browser shows"),
        ("cup.svg", b"x" * (PICTURE_LIMIT + 1), "has 500 KB; make it at most 500 KB"),
    ],
)
def test_unfit_picture_is_refused_with_its_line(
    definition: Path, published: Path, image: str, contents: bytes | None, message: str
) -> None:
    with_picture(definition, image)
    if contents is not None:
        path = definition.parent / image
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
    with pytest.raises(QuizFileError, match=message) as refused:
        publish_file(definition, published)
    lines = TEA.splitlines()
    assert (refused.value.file, refused.value.path) == (
        str(definition),
        "$.questions[0].choices[0].image",
    )
    assert '{ id = "tea"' in lines[refused.value.line - 1]
    assert not published.exists()


def test_other_picture_under_a_published_revision_is_refused(definition: Path, published: Path) -> None:
    with_picture(definition, "cup.svg")
    (definition.parent / "cup.svg").write_bytes(SVG)
    publish_file(definition, published)
    with pytest.raises(AlreadyPublishedError):
        check(read_draft(definition), published)
    (definition.parent / "cup.svg").write_bytes(b"<svg/>")
    with pytest.raises(RevisionTakenError, match="other pictures"):
        publish_file(definition, published)
    assert (published / "tea@1" / "cup.svg").read_bytes() == SVG


def test_pictures_of_a_publication_that_was_cut_off_are_replaced(definition: Path, published: Path) -> None:
    with_picture(definition, "cup.svg")
    (definition.parent / "cup.svg").write_bytes(SVG)
    (published / "tea@1").mkdir(parents=True)
    left = published / "tea@1" / "cup.svg"
    left.write_bytes(b"<svg")
    left.chmod(0o444)
    publish_file(definition, published)
    assert left.read_bytes() == SVG
    assert (published / "tea@1.json").exists()


def test_file_that_is_no_quiz_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.quiz.toml"
    path.write_text("id = 3", "utf-8")
    with pytest.raises(QuizFileError):
        read_draft(path)


def test_link_to_another_place_is_no_picture(definition: Path, published: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_bytes(SVG)
    (definition.parent / "tea.svg").symlink_to(secret)
    with_picture(definition, "tea.svg")
    with pytest.raises(QuizFileError, match="link to another place"):
        publish_file(definition, published)
    assert not published.exists()
