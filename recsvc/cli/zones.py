"""Zones: the option for times that name none, and what is said of them where it is not given."""

import rich_click as click

from recsvc.domain.errors import BadDataError

DEFAULT = "UTC"

timezone_option = click.option(
    "--timezone", envvar="RECSVC_TIMEZONE", help="Of times that name no zone.  [default: UTC]"
)
"""The option that says where times were written."""


def zone_note(zoneless: int, timezone: str | None) -> str | None:
    """What is to be said of times that name no zone, where the call names none either."""
    if not zoneless or timezone is not None:
        return None
    return (
        f"{zoneless:,} times name no zone and are read as UTC. If they were written elsewhere, name the "
        "zone, such as --timezone Asia/Tokyo: what is imported once keeps its time."
    )


def refuse_doubtful(zoneless: int, to_come: int, timezone: str | None) -> None:
    """Refuse to take times that name no zone as UTC where some would lie ahead: an event keeps its time.

    Args:
        zoneless: how many times name no zone.
        to_come: how many rows lie ahead of now.
        timezone: of the call; None where it names none.

    Raises:
        BadDataError: the zone is in doubt.
    """
    if zoneless and to_come and timezone is None:
        raise BadDataError(
            f"{to_come:,} rows lie ahead of now where times without a zone are read as UTC, so that the zone "
            "is in doubt; nothing was imported. Name the zone in which they were written, such as --timezone "
            "Asia/Tokyo, also where it is UTC."
        )
