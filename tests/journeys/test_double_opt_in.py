"""An address from a quiz to its owner: a real service, a mailer that fails at first, browsers for both."""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from recsvc.domain.contacts import email_identity
from recsvc.stores import open_store
from tests.artifacts import publish_artifact
from tests.journeys.browsers import tab
from tests.journeys.elements.test_accessibility import complaints
from tests.journeys.servers import Server, serve, until
from tests.journeys.test_destinations import wait_for
from tests.recsvc.destinations.receiver import Answer, Receiver, receiving
from tests.shop import N, Shop, item

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]

ROOM = Path(__file__).parents[1]
QUIZ = (ROOM / "recsvc" / "storefront" / "quiz" / "mail.quiz.toml").read_bytes()
LEGIBLE = Path(__file__).with_name("legibility.js").read_text("utf-8")
SECRETS = {"MAIL_SECRET": "s3cret"}
NUMBERS = itertools.count()
CONFIG = """
poll_s = 0.05
public_url = "https://recommend.example"

[[destinations]]
name = "mailer"
kind = "mailer"
url = "{url}"
secret_env = "MAIL_SECRET"
per_minute = 100000
"""


class Service(NamedTuple):
    """A service that sends, and what its mailer was asked."""

    server: Server
    mailer: Receiver
    state: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests, each of which has an address of its own."""
    state = tmp_path_factory.mktemp("opt-in") / "state"
    publish_artifact(state / "models", n=N)
    Shop(state).publish(QUIZ)
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.put_items([item(number) for number in range(N)]).result()
    store.close()
    config = state.parent / "recsvc.toml"
    with receiving(Receiver) as mailer:
        config.write_text(CONFIG.format(url=mailer.url))
        with serve(state, "--config", str(config), **SECRETS) as server:
            yield Service(server, mailer, state)


@pytest.fixture
def service(running: Service) -> Service:
    """The service, whose mailer has heard nothing yet."""
    running.mailer.requests.clear()
    return running


@pytest.fixture
def ada() -> str:
    """An address that nobody gave before."""
    return f"ada.{next(NUMBERS)}.lovelace@example.com"


def enter(page: Any, address: str) -> None:
    """Take the quiz on a phone and leave an address."""
    page.goto("/quizzes/mail?locale=en")
    page.locator("label.choice").first.click()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("By e-mail").check()
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_role("button", name="Yes, please").click()
    playwright.expect(page.get_by_role("status")).to_contain_text("We have sent you a mail.")


def link_of(service: Service, name: str = "link") -> str:
    """Path and query of a link in the newest mail."""
    parts = urlsplit(service.mailer.requests[-1].json["data"][name])
    assert parts.netloc == "recommend.example"
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_address_is_confirmed_by_its_owner_alone(
    service: Service, chromium: Any, ada: str, scheme: str
) -> None:
    whose = f"/v1/visitors/{email_identity(ada).visitor_id}"
    with tab(chromium, service.server.url) as page:
        enter(page, ada)
        wait_for(service.mailer, 1)
        assert service.server.get(f"{whose}/consents") == (200, {"consents": {}})
        with tab(chromium, service.server.url, color_scheme=scheme) as mail:
            mail.goto(link_of(service))
            playwright.expect(mail.get_by_text("Write to me.")).to_be_visible()
            assert mail.evaluate(LEGIBLE) == ""
            assert service.server.get(f"{whose}/consents")[1] == {"consents": {}}
            mail.get_by_role("button", name="Yes, this is my address").click()
            playwright.expect(mail.get_by_role("heading", name="Confirmed.")).to_be_visible()
            assert mail.evaluate(LEGIBLE) == ""
            mail.goto(link_of(service))
            playwright.expect(mail.get_by_role("heading", name="This link has been used")).to_be_visible()
        page.reload()
        playwright.expect(page.get_by_role("status")).to_contain_text("Your address is confirmed.")
    assert service.server.get(f"{whose}/consents")[1]["consents"]["mail"]["granted"] is True
    kept = service.server.get(f"{whose}/export")[1]
    assert [one["address"] for one in kept["contacts"]] == [ada]
    assert {one["kind"] for one in kept["identities"]} == {"email_sha256", "anonymous"}
    assert len(kept["quiz_sessions"]) == 1


def test_a_mail_that_fails_at_first_arrives_once_and_an_erasure_leaves_no_byte(
    service: Service, chromium: Any, ada: str
) -> None:
    service.mailer.answers.append(Answer(503, {"to": ada}, (("retry-after", "1"),)))
    with tab(chromium, service.server.url) as page:
        enter(page, ada)
    wait_for(service.mailer, 1)
    name = email_identity(ada).visitor_id
    assert service.server.ask("DELETE", f"/v1/visitors/{name}", None, {})[0] == 200
    until(lambda: "message_failed" in service.server.log.read_text())
    until(lambda: holding(service.state, ada) == [])


def holding(folder: Path, text: str) -> list[Path]:
    """Files with a text in them; one that goes meanwhile has none."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError, IsADirectoryError):
            found += [path] if text.encode() in path.read_bytes() else []
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whoever_has_the_mail_unsubscribes_without_a_script(
    service: Service, chromium: Any, ada: str, scheme: str
) -> None:
    consents = f"/v1/visitors/{email_identity(ada).visitor_id}/consents"
    with tab(chromium, service.server.url) as page:
        enter(page, ada)
    wait_for(service.mailer, 1)
    with tab(chromium, service.server.url, java_script_enabled=False, locale="ja") as mail:
        mail.goto(link_of(service))
        mail.get_by_role("button", name="Yes, this is my address").click()
        assert service.server.get(consents)[1]["consents"]["mail"]["granted"] is True
        mail.goto(link_of(service, "unsubscribe"))
        assert service.server.get(consents)[1]["consents"]["mail"]["granted"] is True
        mail.get_by_role("button", name="Yes, unsubscribe").click()
        playwright.expect(mail.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert service.server.get(consents)[1]["consents"]["mail"]["granted"] is False
    with tab(chromium, service.server.url, color_scheme=scheme) as mail:
        mail.goto(link_of(service, "unsubscribe"))
        hold_to_rules(mail)
        mail.get_by_role("button", name="Yes, unsubscribe").click()
        playwright.expect(mail.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
        hold_to_rules(mail)


def hold_to_rules(page: Any) -> None:
    """Neither axe-core nor the widths find anything."""
    assert page.evaluate(LEGIBLE) == ""
    assert complaints(page) == []
