"""Destinations: how each kind is spoken to; `open_channels` is the one door."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from recsvc.domain.destinations import Destination, DestinationKind, Outgoing
from recsvc.domain.errors import UsageError
from recsvc.serving.deliveries import OutboxRows
from recsvc.serving.outbox import Channel
from recsvc.serving.ports import Clock

if TYPE_CHECKING:
    from recsvc.destinations.signed_events import SignedEvents
    from recsvc.serving.confirmations import Mailer
    from recsvc.serving.targets import Target


def open_channels(
    destinations: Sequence[Destination], environ: Mapping[str, str], store: OutboxRows, clock: Clock
) -> list[Channel]:
    """Make ready what the settings name.

    Args:
        destinations: of the settings; a mailer is none that knows visitors, and is passed over.
        environ: holds their secrets.
        store: says whom a destination knows.
        clock: of signatures.

    Raises:
        UsageError: a secret is missing, or the extra that all of this needs.
    """
    if destinations:
        _expect_client()
    return [
        Channel(terms, _open(terms, _secret(terms, environ), partial(store.recipients, terms.name), clock))
        for terms in destinations
        if terms.kind is not DestinationKind.MAILER
    ]


def open_mailer(terms: Destination, environ: Mapping[str, str], clock: Clock) -> "Mailer":
    """Make ready what sends messages to addresses.

    Raises:
        UsageError: its secret is missing, or the extra that all of this needs.
    """
    _expect_client()
    from recsvc.destinations.mailer import EventMailer  # noqa: PLC0415 (httpx, only where it is needed)

    return EventMailer(_events(terms, _secret(terms, environ), clock))


def close_channels(channels: Iterable[Channel]) -> None:
    """Let go of the connections."""
    for channel in channels:
        channel.target.close()


def check_destination(terms: Destination, environ: Mapping[str, str], clock: Clock) -> None:
    """Make one destination ready and let go of it; nothing is sent.

    Raises:
        UsageError: as `open_channels` and `open_mailer`.
    """
    if terms.kind is DestinationKind.MAILER:
        open_mailer(terms, environ, clock).close()
        return
    _expect_client()
    _open(terms, _secret(terms, environ), list, clock).close()


def _open(
    terms: Destination, secret: str, recipients: Callable[[], list[Outgoing]], clock: Clock
) -> "Target":
    from recsvc.destinations.klaviyo import Klaviyo  # noqa: PLC0415 (httpx, only where it is needed)
    from recsvc.destinations.line import Line  # noqa: PLC0415
    from recsvc.destinations.sender import Sender  # noqa: PLC0415
    from recsvc.destinations.webhook import Webhook  # noqa: PLC0415

    if terms.kind is DestinationKind.WEBHOOK:
        return Webhook(_events(terms, secret, clock))
    sender = Sender(terms.timeout_s, clock)
    if terms.kind is DestinationKind.KLAVIYO:
        return Klaviyo(sender, secret, terms.url)
    return Line(sender, secret, terms.url, recipients)


def _events(terms: Destination, secret: str, clock: Clock) -> "SignedEvents":
    from recsvc.destinations.sender import Sender  # noqa: PLC0415 (httpx, only where it is needed)
    from recsvc.destinations.signed_events import SignedEvents  # noqa: PLC0415

    return SignedEvents(Sender(terms.timeout_s, clock), secret, terms.url or "", terms.name, clock)


def _secret(terms: Destination, environ: Mapping[str, str]) -> str:
    secret = environ.get(terms.secret_env, "")
    if not secret:
        raise UsageError(
            f"The destination {terms.name!r} takes its secret from the variable {terms.secret_env}, "
            "which is not set; set it where the service is started."
        )
    return secret


def _expect_client() -> None:
    try:
        import httpx  # noqa: F401, PLC0415 (only where it is needed)
    except ImportError as error:
        raise UsageError(
            f"Destinations need the extra `destinations` ({error}); "
            "docs/installing.md says how to install it."
        ) from None
