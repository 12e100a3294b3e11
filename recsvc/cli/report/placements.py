"""`recsvc report placements`: what each placement and each arm came to."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console

from recsvc.cli.databases import database_option, existing_store, state_option
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.errors import BadDataError, InputOutputError
from recsvc.reports import LOCALES
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.outcomes import Measured, Outcomes, Period, people
from recsvc.serving.ports import Store
from recsvc.serving.slate_id import SlateSigner
from recsvc.serving.tallies import outcomes_of
from recsvc.settings import Settings

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
MOMENT = click.DateTime(FORMATS)


@click.command()
@click.option(
    "--config",
    envvar="RECSVC_CONFIG",
    type=click.Path(dir_okay=False, exists=True),
    help="Configuration with [attribution], and with the placements that say the shares.",
)
@click.option("--since", type=MOMENT, metavar="TIME", help="Count from then on; UTC without a zone.")
@click.option("--until", type=MOMENT, metavar="TIME", help="Count until then.")
@click.option(
    "--locale",
    type=click.Choice(LOCALES),
    help="Language of all words, and of the page.  [default: the shop's first]",
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw the report as a page, one file, in place of the tables.",
)
@state_option()
@database_option
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a placement, then one with the summary."
)
def placements(
    config: str | None,
    since: datetime | None,
    until: datetime | None,
    locale: str | None,
    html: Path | None,
    database: str | None,
    state: Path,
    *,
    as_json: bool,
) -> None:
    """Show what each placement and each arm of its experiment sold, beside the visitors who did not have it.

    Counted are visitors who saw something of a placement, by the arm that they saw first. The service may run
    meanwhile. Exit: 0 done, 64 usage, 65 nothing was shown, 74 input or output.
    """
    from recsvc.cli.composition import settings_of  # noqa: PLC0415 (help must not wait for it)
    from recsvc.cli.report.placement_tables import nothing_shown, print_outcomes  # noqa: PLC0415

    settings = settings_of(config, state)
    spoken = _language(locale, settings)
    with summarised(Summary(), as_json=as_json) as summary:
        with existing_store(database, state) as store:
            measured, found = _outcomes(store, settings, Period(_unix(since), _unix(until)))
        if html is not None:
            _write_page(html, found, measured, settings, spoken)
        if not found.placements:
            raise BadDataError(nothing_shown(found, spoken))
        if as_json:
            for one in found.placements:
                click.echo(msgspec.json.encode(one).decode())
        elif html is None:
            print_outcomes(found, Console(highlight=False), spoken)
        summary.metrics = {"placements": len(found.placements), "unreadable": found.unreadable}
        summary.status = "done"


def _language(locale: str | None, settings: Settings) -> str:
    spoken = locale or settings.locales[0].partition("-")[0]
    return spoken if spoken in LOCALES else LOCALES[0]


def _outcomes(store: Store, settings: Settings, period: Period) -> tuple[Measured, Outcomes]:
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    catalogue = LiveCatalogue(store)
    catalogue.refresh(store.read_visitor("").catalogue_number)
    live = LivePlacements(settings.placements_path)
    measured = Measured(live.by_id, live.revision, catalogue.group_of, settings.attribution, period)
    signer = SlateSigner(read_or_create_secret(settings.state_path))
    return measured, outcomes_of(people(store), signer, measured)


def _write_page(html: Path, found: Outcomes, measured: Measured, settings: Settings, locale: str) -> None:
    """Write the page, also that of nothing: a scheduled one must not go on showing what was.

    Raises:
        InputOutputError: the file cannot be written.
    """
    from recsvc.cli.report.placement_page import Occasion, render  # noqa: PLC0415

    # The recipes stand in where the shop wrote no placements; that nobody sees one of them says nothing.
    own = measured.placements if settings.placements_path.exists() else {}
    page = render(found, Occasion(measured, own, datetime.now(UTC)), locale)
    try:
        html.write_text(page, "utf-8")
    except OSError as error:
        raise InputOutputError(f"{html} cannot be written: {error.strerror}.") from error
    click.echo(f"report: {html}", err=True)


def _unix(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
