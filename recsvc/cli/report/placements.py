"""`recsvc report placements`: what each placement and each arm came to."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console

from recsvc.cli.databases import existing_store, store_options
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.errors import BadDataError
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.outcomes import Measured, Outcomes, Period, people
from recsvc.serving.ports import Store
from recsvc.serving.slate_id import SlateSigner
from recsvc.serving.tallies import outcomes_of
from recsvc.settings import Settings

LANGUAGES = ("en", "ja")
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
    "--locale", type=click.Choice(LANGUAGES), help="Language of all words.  [default: the shop's first]"
)
@store_options
def placements(
    config: str | None,
    since: datetime | None,
    until: datetime | None,
    locale: str | None,
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
    spoken = locale or settings.locales[0].partition("-")[0]
    spoken = spoken if spoken in LANGUAGES else "en"
    with summarised(Summary(), as_json=as_json) as summary:
        with existing_store(database, state) as store:
            found = _outcomes(store, settings, Period(_unix(since), _unix(until)))
        if not found.placements:
            raise BadDataError(nothing_shown(found, spoken))
        if as_json:
            for one in found.placements:
                click.echo(msgspec.json.encode(one).decode())
        else:
            print_outcomes(found, Console(highlight=False), spoken)
        summary.metrics = {"placements": len(found.placements), "unreadable": found.unreadable}
        summary.status = "done"


def _outcomes(store: Store, settings: Settings, period: Period) -> Outcomes:
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    catalogue = LiveCatalogue(store)
    catalogue.refresh(store.read_visitor("").catalogue_number)
    live = LivePlacements(settings.placements_path)
    measured = Measured(live.by_id, live.revision, catalogue.group_of, settings.attribution, period)
    signer = SlateSigner(read_or_create_secret(settings.state_path))
    return outcomes_of(people(store), signer, measured)


def _unix(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
