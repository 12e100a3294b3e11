"""Zones: the option for times that name none, and what is said of them where it is not given."""

import rich_click as click

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
