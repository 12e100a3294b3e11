"""`recsvc validate`: what an import would take and reject, and why, before anything is written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rich_click as click
from rich.console import Console

from recsvc.cli.summaries import Summary, summarised
from recsvc.cli.zones import DEFAULT, timezone_option, zone_note
from recsvc.domain.errors import BadDataError
from recsvc.domain.lookalikes import sentence


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@timezone_option
@click.option("--json", "as_json", is_flag=True, help="One summary object as the last line of stdout.")
def validate(files: tuple[Path, ...], timezone: str | None, *, as_json: bool) -> None:
    """Say what would be accepted and rejected of files, and why. Nothing is written.

    What a file holds is recognised: events, items, facts, stock, lines of a till, Google Merchant feeds. A
    directory means all files in it.
    Exit: 0 all of it would be accepted, 64 usage, 65 something would be rejected, 74 input or output.
    """
    from recsvc.sources.validation import Validation  # noqa: PLC0415 (polars loads only when a command runs)

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    now = datetime.now(UTC)
    with summarised(Summary(), as_json=as_json) as summary:
        validation, found = Validation(timezone or DEFAULT, now), []
        for one in validation.of(files):
            console.print(*_sentences(one, timezone), sep="\n")
            found.append(one)
        if alike := validation.lookalikes():
            console.print(sentence(alike), style="yellow")
        summary.read = sum(one.read for one in found)
        summary.rejected = sum(reason.rows for one in found for reason in one.reasons)
        summary.metrics = {"files": [_object(one) for one in found], "lookalikes": alike}
        if any(not one.is_sound for one in found):
            raise BadDataError(" ".join(_endings(found)))
        summary.status = "done"


def _endings(found: list[Any]) -> Iterator[str]:
    """Of which files nothing would be taken, and of which not everything."""
    none = [one.file for one in found if one.error]
    some = [one.file for one in found if not one.error and not one.is_sound]
    if none:
        yield f"Nothing in {', '.join(none)} would be accepted."
    if some:
        yield (
            f"Not everything in {', '.join(some)} would be accepted. An import takes the rest and writes the "
            "rejected lines to a file."
        )


def _object(found: Any) -> dict[str, Any]:
    """One file as JSON."""
    return found._asdict() | {"reasons": [reason._asdict() for reason in found.reasons]}


def _sentences(found: Any, timezone: str | None) -> Iterator[str]:
    """One file in words: the counts, then each reason with its first lines and what to do."""
    from recsvc.files.rejects import ADVICE, REASONS  # noqa: PLC0415

    rejected = sum(reason.rows for reason in found.reasons)
    yield (
        f"{found.file}: {found.kind}; {found.read:,} read, {found.accepted:,} accepted, "
        f"{found.duplicate:,} more than once, {rejected:,} rejected"
    )
    if note := zone_note(found.zoneless, timezone):
        yield f"  {note}"
    if found.ignored_columns:
        yield f"  ignored columns: {', '.join(found.ignored_columns)}"
    for reason in found.reasons:
        where = f" in {reason.column}" if reason.column else ""
        lines = f", first in line {', '.join(map(str, reason.lines))}" if reason.lines else ""
        yield f"  {reason.rows:,} {reason.reason}{where}{lines}: {REASONS[reason.reason]}."
        yield f"    {ADVICE[reason.reason]}"
    if found.error:
        yield f"  {found.error}"
