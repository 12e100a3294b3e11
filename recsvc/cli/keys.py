"""`recsvc keys create|list|rotate|revoke`: who may call the service."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import rich_click as click
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from recsvc.cli.databases import settings_from, settings_options
from recsvc.domain.errors import UsageError
from recsvc.domain.keys import Key, KeyKind, KeyUse, Scope

if TYPE_CHECKING:
    from recsvc.serving.keys import Keys, NewKey

Command = TypeVar("Command", bound=Callable[..., Any])
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
ONCE = "This is shown once and kept nowhere; who loses it rotates the key."

NONE = "There are no keys: the service answers this machine alone. `recsvc keys create` makes the first."


def _shared(command: Command) -> Command:
    as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
    return settings_options(as_json(command))


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke the keys of those who call the service.

    With the first key the service answers nobody without one, on this machine neither, and may listen on
    other hosts. It may run meanwhile.
    """


@keys.command()
@click.option("--publishable", "kind", flag_value="publishable", help="For browsers and apps.")
@click.option("--secret", "kind", flag_value="secret", help="For the shop's servers.")
@click.option("--name", required=True, help="What you call it, such as `web shop`.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Of pages that may use it, such as https://shop.example, `null` for sandboxed frames; repeated.",
)
@click.option("--apps", is_flag=True, help="Also for apps, whose calls name no origin.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    metavar="SCOPE",
    help=f"What a secret key may do: {', '.join(Scope)}; repeated.  [default: everything]",
)
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it ends.  [default: never]")
@_shared
def create(
    kind: str | None,
    name: str,
    origins: tuple[str, ...],
    scopes: tuple[str, ...],
    days: int | None,
    *,
    apps: bool,
    **flags: Any,
) -> None:
    """Make a key; its text is shown once."""
    if kind is None:
        raise UsageError("Say what the key is for: --publishable for browsers, --secret for servers.")
    if kind == KeyKind.SECRET and (origins or apps):
        raise UsageError("--origin and --apps are for publishable keys; a secret key stays on servers.")
    if kind == KeyKind.PUBLISHABLE and scopes:
        raise UsageError("--scope is for secret keys; what a publishable key may do is fixed.")
    with _opened(flags) as found:
        made = (
            found.create_secret(name, [Scope(one) for one in scopes], days)
            if kind == KeyKind.SECRET
            else found.create_publishable(name, origins, apps=apps, days=days)
        )
    _show(made, as_json=flags["as_json"])


@keys.command("list")
@_shared
def list_keys(**flags: Any) -> None:
    """Show all keys, without their texts."""
    with _opened(flags) as found:
        uses = found.every()
    now = datetime.now(UTC)
    if flags["as_json"]:
        shown = [_described(use.key, now) | {"used_on": use.used_on} for use in uses]
        click.echo(msgspec.json.encode({"keys": shown}).decode())
        return
    if not uses:
        click.echo(NONE)
        return
    # What a key may do, and for which pages, stands below its name: beside it too little would fit.
    told = Column("name, what it may, for which pages", overflow="fold")
    fixed = (Column(name, no_wrap=True) for name in ("key", "kind", "state", "last used"))
    table = Table(*fixed, told, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for use in uses:
        table.add_row(*_row(use, now))
    Console(highlight=False).print(table)


@keys.command()
@click.argument("key_id", metavar="KEY")
@click.option(
    "--overlap",
    default="24h",
    show_default=True,
    metavar="DURATION",
    help="How long the old text is taken: 30m, 24h, 7d.",
)
@_shared
def rotate(key_id: str, overlap: str, **flags: Any) -> None:
    """Give a key a new text; the old one is taken until the overlap ends."""
    with _opened(flags) as found:
        made = found.rotate(key_id, _duration(overlap))
    _show(made, as_json=flags["as_json"])


@keys.command()
@click.argument("key_id", metavar="KEY")
@_shared
def revoke(key_id: str, **flags: Any) -> None:
    """End a key at once, with all its texts and the tokens that were signed with them."""
    with _opened(flags) as found:
        key = found.revoke(key_id)
    if flags["as_json"]:
        click.echo(msgspec.json.encode(_described(key, datetime.now(UTC))).decode())
    else:
        click.echo(f"{key.key_id} ({key.name}) is revoked.")


@contextmanager
def _opened(flags: dict[str, Any]) -> "Iterator[Keys]":
    from recsvc.serving.keys import Keys  # noqa: PLC0415 (help must not wait for the store)
    from recsvc.stores import open_store  # noqa: PLC0415
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    settings = settings_from(flags)
    secret = read_or_create_secret(settings.state_path)
    store = open_store(settings.database_url)
    try:
        yield Keys(store, secret, lambda: datetime.now(UTC))
    finally:
        store.close()


def _show(made: "NewKey", *, as_json: bool) -> None:
    if as_json:
        secrets = {"text": made.text, "token_secret": made.token_secret}
        click.echo(msgspec.json.encode(_described(made.key, datetime.now(UTC)) | secrets).decode())
        return
    click.echo(f"key           {made.text}")
    if made.token_secret:
        click.echo(f"token secret  {made.token_secret}  (kid {made.key.key_id})")
    click.echo(ONCE, err=True)


def _described(key: Key, now: datetime) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(key)
    texts = fields.pop("secrets")
    ends = [text["ends_at"] for text in texts if text["ends_at"]]
    return fields | {"state": _state(key, now), "former_ends_at": ends[0] if ends else None}


def _row(use: KeyUse, now: datetime) -> tuple[Text, ...]:
    key = use.key
    used = use.used_on.isoformat() if use.used_on else "never"
    told = Text(key.name, style="bold")
    scopes = "everything" if key.scopes == frozenset(Scope) else ", ".join(sorted(key.scopes))
    told.append(f"\n{scopes}", style="not bold")
    for page in (*key.origins, *(["apps"] if key.apps else [])):
        told.append(f"\n{page}", style="not bold")
    return *(Text(word) for word in (key.key_id, key.kind.value, _state(key, now), used)), told


def _state(key: Key, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not key.is_live(now):
        return "expired"
    former = [one for one in key.secrets[1:] if one.is_live(now)]
    return "rotating" if former else "live"


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})([mhd])", text)
    if found is None:
        raise UsageError(f"--overlap {text[:20]!r} is no duration; write 30m, 24h or 7d.")
    return timedelta(**{UNITS[found.group(2)]: int(found.group(1))})
