"""`recsvc export slates`: one slate for each of many visitors, for mail and LINE."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import rich_click as click
from rich.console import Console
from rich.progress import Progress

from recsvc.cli.databases import existing_store, store_options
from recsvc.cli.progress import progress_bar
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.errors import InputOutputError


class SlatesSummary(Summary):
    """The summary object of --json; metrics counts visitors."""

    cursor: str | None = None  # the last visitor of the files


class Flags(NamedTuple):
    """The options."""

    out: Path
    placement: str
    visitors: Path | None
    segment: str | None
    purpose: str | None
    limit: int | None
    locale: str | None
    after: str
    form: Any
    config: str | None
    database: str | None
    state: Path
    as_json: bool


@click.command()
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="Directory to write to, one for each mailing.",
)  # fmt: skip
@click.option("--placement", required=True, help="Such as mail or line.")
@click.option(
    "--visitors", type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="File of names, one a line; a first line `visitor_id` is a heading.  [default: everybody]",
)  # fmt: skip
@click.option("--segment", help="Only who is in this segment of the configuration.")
@click.option("--purpose", help="Only who has granted this purpose, such as mail.")
@click.option("--limit", type=click.IntRange(1, 100), help="Items a slate.  [default: the placement's own]")
@click.option("--locale", help="Of reasons and titles.  [default: the shop's first]")
@click.option("--after", default="", help="Visitor to go on after.  [default: where the files in OUT end]")
@click.option(
    "--format", "form", type=click.Choice(["ndjson", "parquet"]), default="ndjson", show_default=True,
    help="A line a visitor, or a row an item.",
)  # fmt: skip
@click.option("--config", type=click.Path(dir_okay=False, exists=True), help="The service's configuration.")
@store_options
def slates(**flags: Any) -> None:
    """Write one slate for each of many visitors, in parts; killed, the same command goes on where it ended.

    Whoever withdrew `personalise`, or has not granted `--purpose`, gets none, and loses the one that is there
    already. A directory that is complete is only renewed. The service may run meanwhile.
    Exit: 0 done, 64 usage, 74 input or output, 75 another export writes there.
    """
    from recsvc.files.whole import writing  # noqa: PLC0415 (polars)

    given = Flags(**flags)
    console = Console(stderr=True)
    with summarised(SlatesSummary(), as_json=given.as_json) as summary:
        with existing_store(given.database, given.state) as store, writing(given.out):
            _export(given, store, console, summary)
        summary.status = "done"
    counted = ", ".join(f"{count:,} {what}" for what, count in (summary.metrics or {}).items() if count)
    console.print(
        f"slates: {counted or 'none'} in {given.out}", highlight=False, markup=False, soft_wrap=True
    )


def _export(flags: Flags, store: Any, console: Console, summary: SlatesSummary) -> None:
    from recsvc.cli.composition import compose, compose_mailing, settings_of  # noqa: PLC0415 (loads the model)
    from recsvc.files.exported_slates import SlateParts  # noqa: PLC0415 (polars)
    from recsvc.serving.mailing import Terms, everybody, people  # noqa: PLC0415

    settings = settings_of(flags.config, flags.state)
    terms = Terms(
        placement=flags.placement,
        limit=flags.limit,
        locale=flags.locale or settings.locales[0],
        purpose=flags.purpose,
        segment=flags.segment,
    )
    named = None if flags.visitors is None else _names(flags.visitors)
    parts = SlateParts(flags.out, flags.form, _told(terms, named))
    composed = compose(settings, store)
    mailing = compose_mailing(settings, composed, terms)
    removed, start = parts.renew(mailing.may_reach), max(flags.after, parts.end)
    names: Iterable[str] = ()
    if named is not None and not parts.is_whole:
        names = [one for one in people(named, composed.visitors) if one > start]
    elif not parts.is_whole:
        names = everybody(store, start)
    with progress_bar(console) as progress:
        found = mailing.slates(_watched(names, progress, summary))
        written = sum(parts.write(row for some in found for row in some))
    summary.metrics = {"slates": written, "removed": removed, **mailing.left_out}
    summary.cursor = parts.end or None


def _watched(names: Iterable[str], progress: Progress, summary: SlatesSummary) -> Iterator[str]:
    """The names, counted."""
    bar = progress.add_task("Slates", total=len(names) if isinstance(names, list) else None)
    for summary.read, name in enumerate(names, 1):
        progress.update(bar, completed=summary.read)
        yield name


def _told(terms: Any, names: list[str] | None) -> dict[str, Any]:
    """What two runs must share to write into one directory."""
    import msgspec  # noqa: PLC0415 (help must not wait for it)

    digest = None if names is None else hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    return {**msgspec.structs.asdict(terms), "visitors": digest}


def _names(path: Path) -> list[str]:
    """The names of a file.

    Raises:
        InputOutputError: it cannot be read.
    """
    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputOutputError(f"The visitors {path} cannot be read: {error}.") from error
    return [line for line in lines[lines[:1] == ["visitor_id"] :] if line]
