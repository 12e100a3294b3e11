"""Settings: one TOML file, a few RECSVC_* overrides, frozen Structs; nothing is read at import."""

import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from quizzes.errors import ExpressionError
from recsvc.domain.attribution import Attribution
from recsvc.domain.contacts import ContactTerms
from recsvc.domain.destinations import OWN_RECEIVERS, Destination, DestinationKind
from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.domain.limits import Limits
from recsvc.domain.retention import Retention
from recsvc.domain.segments import Segment

OVERRIDES = (
    "state", "models", "database", "quizzes", "placements", "drafts", "theme", "host", "port", "workers",
    "shopify_secrets",
)  # fmt: skip
"""Settings that a flag or RECSVC_<NAME> may override."""
NUMBERS = ("port", "workers")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything an operator can say; docs/operating.md has a heading for each field."""

    state: str = ".recsvc"  # directory of everything the service keeps
    models: str | None = None  # directory of models; None: STATE/models
    database: str | None = None  # URL of the store, SQLite or PostgreSQL; None: STATE/recsvc.sqlite
    quizzes: str | None = None  # directory of published quizzes; None: STATE/quizzes
    placements: str | None = None  # file or directory of placements; None: STATE/placements
    drafts: str | None = None  # directory of `*.quiz.toml`, or one of them, served for preview
    theme: str | None = None  # stylesheet laid over the one of the quiz pages
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=64)] = 1  # processes that answer; more than one needs PostgreSQL
    locales: Annotated[tuple[str, ...], Meta(min_length=1)] = ("en", "ja")  # the shop's, first = default
    poll_s: Annotated[float, Meta(gt=0)] = 1.0  # seconds between looks at the model pointer and the quizzes
    session_minutes: Annotated[float, Meta(gt=0)] = (
        30.0  # a quiz session ends after so long without an answer
    )
    shopify_secrets: Annotated[
        tuple[str, ...], Meta(max_length=2)
    ] = ()  # that sign its webhooks, new and old
    stores: tuple[str, ...] = ()  # names of the shop's stores; none: every name is taken as it comes
    purchase_sources: tuple[Literal["cloudevents", "ga4", "http", "segment", "shopify"], ...] = ()
    limits: Limits = Limits()
    retention: Retention = Retention()
    attribution: Attribution = Attribution()
    access_log: bool = True  # one line a request on stderr
    elements: bool = True  # false: the script in the shop's pages does nothing
    demo: bool = False  # serve the demo shop at /
    segments: tuple[Segment, ...] = ()  # groups of visitors, by a condition
    destinations: tuple[Destination, ...] = ()  # where facts and segments may go, and who sends mail
    contacts: ContactTerms = ContactTerms()
    public_url: str | None = None  # where browsers reach the service, for links in mail

    @property
    def mailer(self) -> Destination | None:
        """Who sends messages to addresses."""
        return next((one for one in self.destinations if one.kind is DestinationKind.MAILER), None)

    @property
    def state_path(self) -> Path:
        """The state directory."""
        return Path(self.state)

    @property
    def models_path(self) -> Path:
        """The directory of models."""
        return Path(self.models) if self.models else self.state_path / "models"

    @property
    def quizzes_path(self) -> Path:
        """The directory of published quizzes."""
        return Path(self.quizzes) if self.quizzes else self.state_path / "quizzes"

    @property
    def placements_path(self) -> Path:
        """The file or directory of placements."""
        return Path(self.placements) if self.placements else self.state_path / "placements"

    @property
    def drafts_path(self) -> Path | None:
        """The drafts that are served, None where there are none."""
        return Path(self.drafts) if self.drafts else None

    @property
    def theme_path(self) -> Path | None:
        """The shop's own stylesheet for the quiz pages."""
        return Path(self.theme) if self.theme else None

    @property
    def database_url(self) -> str:
        """The URL of the store."""
        return self.database or f"sqlite:///{self.state_path / 'recsvc.sqlite'}"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the file that RECSVC_CONFIG names, if any, and lay the overrides over it.

    Raises:
        UsageError: an unknown key or a value out of range.
        InputOutputError: the file cannot be read.
    """
    config = environ.get("RECSVC_CONFIG")
    found = _read(Path(config)) if config else {}
    for name in OVERRIDES:
        value = environ.get(f"RECSVC_{name.upper()}")
        if value:
            found[name] = _spoken(name, value)
    try:
        settings = msgspec.convert(found, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{config or 'RECSVC_*'}: {error}; docs/operating.md lists the settings.") from error
    _check(settings)
    _check_destinations(settings.destinations)
    _check_mailer(settings)
    _check_segments(settings.segments, Path(config) if config else None)
    return settings


def _spoken(name: str, value: str) -> object:
    """A variable as the type of its setting; lists are separated by commas."""
    if name == "shopify_secrets":
        return [one.strip() for one in value.split(",") if one.strip()]
    return int(value) if name in NUMBERS and value.isdigit() else value


def _read(path: Path) -> dict[str, object]:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, object])
    except OSError as error:
        raise InputOutputError(f"The configuration {path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UsageError(f"The configuration {path} is not TOML: {str(error)[:200]}.") from error


def _check(settings: Settings) -> None:
    try:
        _ = settings.limits.proxies
    except ValueError as error:
        raise UsageError(f"`trusted_proxies` of [limits]: {error}; write 10.0.0.0/8 or 10.0.0.1.") from error
    if settings.workers > 1 and settings.database_url.startswith("sqlite"):
        raise UsageError(
            f"{settings.workers} workers cannot share SQLite, whose writers wait for each other. Take one, "
            "or name a PostgreSQL database: --database postgresql://USER@HOST/DATABASE."
        )


def _check_names(what: str, names: Sequence[str]) -> None:
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise UsageError(f"Two {what} are called {', '.join(double)}; rename one.")


def _check_destinations(destinations: Sequence[Destination]) -> None:
    _check_names("destinations", [one.name for one in destinations])
    for one in destinations:
        if one.url is None and one.kind in OWN_RECEIVERS:
            raise UsageError(f"The destination {one.name!r} is a {one.kind} and has no `url`: write where.")
        if not is_safe_url(one.url or "https://localhost"):
            raise UsageError(
                f"The `url` of the destination {one.name!r} must begin with https:// (http:// on this "
                "machine only) and name no password; the secret belongs into the variable of `secret_env`."
            )


def _check_mailer(settings: Settings) -> None:
    mailers = [one.name for one in settings.destinations if one.kind is DestinationKind.MAILER]
    if len(mailers) > 1:
        raise UsageError(f"There are several mailers ({', '.join(mailers)}); leave one.")
    if mailers and settings.public_url is None:
        raise UsageError(
            f"The mailer {mailers[0]!r} sends links to this service: write `public_url`, where browsers "
            'reach it, such as "https://recommend.shop.example".'
        )
    url = settings.public_url
    if url is not None and (not is_safe_url(url) or set(url) & set("?#")):
        raise UsageError(
            "`public_url` must begin with https:// (http:// on this machine only), name no password, and "
            "have neither `?` nor `#`."
        )


def is_safe_url(text: str) -> bool:
    """Whether a secret or a visitor may be sent to an address."""
    parts = urlsplit(text)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    return bool(is_safe and parts.hostname and not parts.username and not parts.password)


def _check_segments(segments: tuple[Segment, ...], config: Path | None) -> None:
    _check_names("segments", [segment.name for segment in segments])
    for segment in segments:
        try:
            segment.condition()
        except ExpressionError as error:
            where = f"{config}:{_line_of(config, segment.when)}" if config else "RECSVC_CONFIG"
            raise UsageError(
                f"{where}: the `when` of the segment {segment.name!r} cannot be read: "
                f"{error}. docs/segments.md has the language."
            ) from error


def _line_of(config: Path, text: str) -> int:
    """The line of the file on which a text stands, from 1; the first one where it is written otherwise."""
    lines = config.read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
