from pathlib import Path

import pytest
from litestar.testing import TestClient

from recsvc.serving.live_quizzes import LiveQuizzes
from tests.recsvc.storefront.quiz.conftest import Browser, Client, pages_of
from tests.shop import Shop

KINDS = (Path(__file__).parent / "kinds.quiz.toml").read_bytes()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def pictures(shop: Shop) -> Path:
    shop.publish(KINDS)
    directory = shop.directory / "quizzes" / "kinds@1"
    directory.mkdir()
    (directory / "light.svg").write_bytes(SVG)
    (directory / "other.svg").write_bytes(SVG)
    return directory


def test_picture_of_a_revision_is_served_for_good_and_runs_nothing(pictures: Path, client: Client) -> None:
    answer = client.get("/quizzes/kinds/1/images/light.svg")
    assert (answer.status_code, answer.content) == (200, (pictures / "light.svg").read_bytes())
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-security-policy"].endswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "kinds/1/images/other.svg",
        "kinds/2/images/light.svg",
        "none/1/images/light.svg",
        "kinds/1/images/..%2Fkinds@1.json",
        "kinds/1/images/%2e%2e/tea@1.json",
        "kinds/1/images//etc/passwd",
        "kinds/1/images/light.svg%00",
        "kinds/1/images/",
        "kinds/x/images/light.svg",
    ],
)
def test_nothing_else_is_served(pictures: Path, client: Client, path: str) -> None:
    assert pictures.is_dir()
    assert client.get(f"/quizzes/{path}").status_code in {400, 404, 405}


@pytest.mark.parametrize("name", ["../secret.svg", "/etc/passwd.svg", "a/../../x.svg", "notes.txt"])
def test_hostile_definition_names_no_file_of_the_machine(
    shop: Shop, pictures: Path, client: Client, name: str
) -> None:
    (pictures / "notes.txt").write_text("private")
    (shop.directory / "secret.svg").write_bytes(SVG)
    shop.publish(KINDS.replace(b"revision = 1", b"revision = 2").replace(b"light.svg", name.encode()))
    assert client.get(f"/quizzes/kinds/2/images/{name}").status_code in {400, 404}


def test_picture_that_is_gone_is_not_found(pictures: Path, client: Client) -> None:
    (pictures / "light.svg").unlink()
    assert client.get("/quizzes/kinds/1/images/light.svg").status_code == 404


def test_stylesheet_and_script_are_served_and_nothing_beside_them(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    for name in ("quiz.css", "quiz.js", "mark.svg"):
        assert f"/quiz-pages/static/{name}?v=" in browser.page
        assert browser.client.get(f"/quiz-pages/static/{name}").status_code == 200
    for name in ("..%2fpages.py", "texts.toml", "%00"):
        assert browser.client.get(f"/quiz-pages/static/{name}").status_code == 404


def test_theme_of_the_shop_comes_after_the_pages_own(shop: Shop, tmp_path: Path) -> None:
    theme = tmp_path / "theme.css"
    with TestClient(pages_of(shop, theme=theme)) as client:
        assert client.get("/quiz-pages/theme.css").status_code == 404
        assert "theme.css" not in client.get("/quizzes/tea").text
        theme.write_text(":root { --quiz-accent: #123456 }")
        page = client.get("/quizzes/tea").text
        assert page.index("quiz.css") < page.index("/quiz-pages/theme.css?v=")
        answer = client.get("/quiz-pages/theme.css")
    assert (answer.text, answer.headers["content-type"][:8]) == (theme.read_text(), "text/css")


def test_draft_wears_a_ribbon_and_its_pictures_lie_beside_it(shop: Shop, tmp_path: Path) -> None:
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    (drafts / "kinds.quiz.toml").write_bytes(KINDS)
    (drafts / "light.svg").write_bytes(SVG)
    shop.journey.quizzes = LiveQuizzes(tmp_path / "quizzes", drafts)
    shop.journey.quizzes.refresh()
    with TestClient(pages_of(shop)) as client:
        assert 'class="ribbon">Draft<' in client.get("/quizzes/kinds").text
        assert 'class="ribbon"' not in client.get("/quizzes/tea").text
        picture = client.get("/quizzes/kinds/1/images/light.svg")
        assert (picture.status_code, picture.headers["cache-control"]) == (200, "no-store")
        (drafts / "kinds.quiz.toml").write_text('id = "kinds"\ntitle = <')
        shop.journey.quizzes.refresh()
        page = client.get("/quizzes/kinds").text
        assert "Which look?" in page
        assert "kinds.quiz.toml:2" in page
