"""What the tables of a model are worth beside their rivals: trending, arrivals, again, together, similar.

    python benchmarks/bench_tables.py DATA

DATA holds the folder `online_retail`; The Complete Journey comes from its package. Models are trained by
`recsvc train` on what came before a moment, and lists are judged by the four weeks after it.
"""

import argparse
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from tables.lists import Judged
from tables.served import judge_again, judge_similar, judge_together, train
from tables.shops import Shop, cuts, shops
from tables.sold import Shelf, judge_arrivals, judge_trends

PIPED_WIDTH = 140
RESULTS = Path(__file__).parent / "results" / "tables.json"


def main() -> None:
    """Print one line a rival, and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    found = {shop.title: judged(shop) for shop in shops(parser.parse_args().data)}
    console.print(page(found))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    console.print(f"Written: {RESULTS}", highlight=False, soft_wrap=True)


def judged(shop: Shop) -> list[Judged]:
    """Every table of one shop: trends and arrivals at several moments, the others at the last."""
    moments = cuts(shop)
    shelves = [Shelf(cut) for cut in moments]
    model = train(shop, moments[0])
    return [
        judge_trends(shelves),
        judge_arrivals(shelves),
        judge_again(model, moments[0]),
        *judge_together(model, moments[0]),
        judge_similar(model, shop, moments[0]),
    ]


def page(found: dict[str, list[Judged]]) -> Table:
    """One line a table and one for each of its rivals, with the 95 % interval of the gain over it."""
    table = Table("shop", "table", "metric", "cases", "ranked by", "figure", "gain over it")
    for title, results in found.items():
        for one in results:
            cells = (title, one.table, one.metric, f"{one.cases:,}")
            for name, value in one.figures.items():
                gain = one.gains.get(name)
                table.add_row(
                    *cells, name, f"{value:.3f}", f"{gain[0]:+.3f} to {gain[1]:+.3f}" if gain else ""
                )
                cells = ("", "", "", "")
    return table


if __name__ == "__main__":
    main()
