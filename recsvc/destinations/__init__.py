"""Destinations: how each kind is spoken to; `open_channels` is the one door."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from recsvc.domain.destinations import Destination, DestinationKind, Outgoing
from recsvc.domain.errors import UsageError
from recsvc.serving.deliveries import OutboxRows
from recsvc.serving.outbox import Channel
from recsvc.serving.ports import Clock

if TYPE_CHECKING:
    from recsvc.serving.targets import Target


def open_channels(
    destinations: Sequence[Destination], environ: Mapping[str, str], store: OutboxRows, clock: Clock
) -> list[Channel]:
    """Make ready what the settings name.

    Args:
        destinations: of the settings.
        environ: holds their secrets.
        store: says whom a destination knows.
        clock: of signatures.

    Raises:
        UsageError: a secret is missing, or the extra that all of this needs.
    """
    if destinations:
        _expect_client()
    return [Channel(terms, _open(terms, _secret(terms, environ), store, clock)) for terms in destinations]


def close_channels(channels: Iterable[Channel]) -> None:
    """Let go of the connections."""
    for channel in channels:
        channel.target.close()


def _open(terms: Destination, secret: str, store: OutboxRows, clock: Clock) -> "Target":
    from recsvc.destinations.klaviyo import Klaviyo  # noqa: PLC0415 (httpx, only where it is needed)
    from recsvc.destinations.line import Line  # noqa: PLC0415
    from recsvc.destinations.sender import Sender  # noqa: PLC0415
    from recsvc.destinations.webhook import Webhook  # noqa: PLC0415

    sender = Sender(terms.timeout_s, clock)
    if terms.kind is DestinationKind.KLAVIYO:
        return Klaviyo(sender, secret, terms.url)

    def recipients() -> list[Outgoing]:
        return store.recipients(terms.name)

    if terms.kind is DestinationKind.LINE:
        return Line(sender, secret, terms.url, recipients)
    return Webhook(sender, secret, terms.url or "", terms.name, clock)


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
            f"Destinations need the extra `destinations` ({error}); install it: "
            "pip install 'recsvc[destinations]'."
        ) from None
