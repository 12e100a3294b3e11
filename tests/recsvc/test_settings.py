"""Settings are strict: an unknown key or an odd value is an error that says what to do."""

from pathlib import Path

import pytest

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.settings import Settings, is_loopback, load_settings


def written(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "recsvc.toml"
    path.write_text(text)
    return {"RECSVC_CONFIG": str(path)}


def test_nothing_said_gives_the_defaults() -> None:
    assert load_settings({}) == Settings()
    assert str(Settings().models_path) == ".recsvc/models"
    assert Settings().database_url == "sqlite:///.recsvc/recsvc.sqlite"


def test_variable_lies_over_the_file(tmp_path: Path) -> None:
    environ = written(tmp_path, 'state = "a"\nport = 1\n') | {"RECSVC_STATE": "b"}
    found = load_settings(environ)
    assert (found.state, found.port) == ("b", 1)


def test_unknown_key_is_an_error_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"recsvc.toml.*titel"):
        load_settings(written(tmp_path, 'titel = "x"'))


@pytest.mark.parametrize(
    "text", ["port = 70000", 'port = "many"', "locales = []", "= =", 'placements = [{id = "a"}]']
)
def test_odd_value_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError):
        load_settings(written(tmp_path, text))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.4", "example.test", "::"])  # noqa: S104
def test_host_that_others_reach_is_told_apart(host: str) -> None:
    assert not is_loopback(load_settings({"RECSVC_HOST": host}).host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_host_of_this_machine_is_told_apart(host: str) -> None:
    assert is_loopback(load_settings({"RECSVC_HOST": host}).host)


@pytest.mark.parametrize("limits", ["trusted_proxies = ['proxy']", "visitor_per_minute = 0", "body = 1"])
def test_odd_limit_is_an_error(tmp_path: Path, limits: str) -> None:
    with pytest.raises(UsageError, match="limits"):
        load_settings(written(tmp_path, f"[limits]\n{limits}\n"))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match=r"none\.toml"):
        load_settings({"RECSVC_CONFIG": str(tmp_path / "none.toml")})


def test_several_workers_need_postgresql() -> None:
    with pytest.raises(UsageError, match="PostgreSQL"):
        load_settings({"RECSVC_WORKERS": "2"})
    named = {"RECSVC_WORKERS": "2", "RECSVC_DATABASE": "postgresql://shop@db/recsvc"}
    assert load_settings(named).workers == 2


def test_a_segment_that_cannot_be_read_is_refused_with_its_line(tmp_path: Path) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text('port = 80\n\n[[segments]]\nname = "tea"\nwhen = "\'tea\' in item.category"\n')
    with pytest.raises(UsageError, match=r"recsvc\.toml:5: .*segment 'tea'.*only `affinity` has attributes"):
        load_settings({"RECSVC_CONFIG": str(config)})


def test_two_segments_of_one_name_are_refused(tmp_path: Path) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text('[[segments]]\nname = "a"\nwhen = "known(b)"\n' * 2)
    with pytest.raises(UsageError, match="Two segments are called a"):
        load_settings({"RECSVC_CONFIG": str(config)})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "has no `url`"),
        ('url = "http://crm.example"', "must begin with https"),
        ('url = "https://me:secret@crm.example"', "name no password"),
        ('url = "ftp://crm.example"', "must begin with https"),
        ('url = "https://"', "must begin with https"),
    ],
)
def test_a_destination_that_is_not_safe_is_refused(tmp_path: Path, url: str, said: str) -> None:
    text = f'[[destinations]]\nname = "crm"\nkind = "webhook"\nsecret_env = "CRM"\n{url}\n'
    with pytest.raises(UsageError, match=said):
        load_settings(written(tmp_path, text))


def test_a_destination_on_this_machine_needs_no_tls(tmp_path: Path) -> None:
    text = (
        '[[destinations]]\nname = "crm"\nkind = "webhook"\nsecret_env = "CRM"\nurl = "http://localhost:9"\n'
    )
    assert load_settings(written(tmp_path, text)).destinations[0].purpose == "share"


MAILER = (
    '[[destinations]]\nname = "{name}"\nkind = "mailer"\nsecret_env = "MAIL"\nurl = "https://mail.example"\n'
)


@pytest.mark.parametrize(
    ("before", "names", "said"),
    [
        ("", ["mailer"], "write `public_url`"),
        ('public_url = "https://shop.example"', ["one", "two"], "several mailers"),
        ('public_url = "http://shop.example"', ["mailer"], "must begin with https"),
        ('public_url = "https://me:secret@shop.example"', [], "name no password"),
        ('public_url = "https://shop.example/?a=b"', [], "neither"),
        ("[contacts]\nconfirm_hours = 0", [], "contacts"),
        ("[contacts]\nper_address = 0", [], "contacts"),
    ],
)
def test_mail_that_could_not_be_is_refused(tmp_path: Path, before: str, names: list[str], said: str) -> None:
    text = f"{before}\n" + "".join(MAILER.format(name=name) for name in names)
    with pytest.raises(UsageError, match=said):
        load_settings(written(tmp_path, text))


def test_a_mailer_is_found_among_the_destinations(tmp_path: Path) -> None:
    text = 'public_url = "http://localhost:8000"\n' + MAILER.format(name="post")
    found = load_settings(written(tmp_path, text))
    assert found.mailer is not None
    assert (found.mailer.name, found.contacts.confirm_hours) == ("post", 48.0)
    assert Settings().mailer is None
