"""Quality on public sets beside published figures, with the train and evaluate that users run.

    python benchmarks/bench_quality.py DATA [--sets ml1m,gowalla] [--valid] [--again] [--prepare]

DATA holds the folders of the sets; missing ones are left out. The test part of a set is opened once for each
configuration (quality/SET.toml); later runs print what was seen then. --again opens it again, and the table
says how often that was done. --valid judges on the validation part, as often as one likes.
"""

import argparse
import sys
from pathlib import Path

import msgspec
from quality import files, openings, page
from quality.goals import Protocol, protocols
from quality.measure import measure
from quality.openings import Opening
from rich.console import Console

HERE = Path(__file__).parent
CACHE = HERE.parent / ".bench"
PIPED_WIDTH = 160
RESULTS = HERE / "results" / "quality.json"


def main() -> None:
    """Print the table and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", help="only these, separated by commas")
    parser.add_argument("--valid", action="store_true", help="judge on the validation part")
    parser.add_argument("--again", action="store_true", help="open test parts again that were opened before")
    parser.add_argument("--prepare", action="store_true", help="write the files of the sets and stop")
    arguments = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    there = files.sources(arguments.data)
    wanted = arguments.sets.split(",") if arguments.sets else list(there)
    if missing := [name for name in wanted if name not in there]:
        parser.error(f"{', '.join(missing)}: not among {', '.join(there) or 'nothing'} of {arguments.data}")
    if arguments.prepare:
        for name in wanted:
            files.prepare(name, there[name], CACHE)
        return
    everything = protocols()
    found: list[page.Line] = []
    for name in wanted:
        protocol = everything[name]
        if arguments.valid:
            opening = _judge(name, there[name], protocol, "valid")
            found += page.lines(protocol, opening, None, stale=False)
        else:
            opening, seen, stale = _tested(name, there[name], protocol, again=arguments.again)
            found += page.lines(protocol, opening, seen, stale=stale)
    page.show(found, console)
    if not arguments.valid:
        _write(everything, console)


def _tested(
    name: str, source: Path, protocol: Protocol, *, again: bool
) -> tuple[Opening, tuple[int, int], bool]:
    """What the test part says: as it was seen before, or now."""
    everything = openings.load()
    opening, opened = openings.see(
        everything, name, openings.configuration_digest(_config(name)),
        lambda: _judge(name, source, protocol, "test"), again=again,
    )  # fmt: skip
    if opened:
        openings.save(everything)
    return opening, openings.total(everything, name), opening.code != openings.code_digest()


def _judge(name: str, source: Path, protocol: Protocol, part: str) -> Opening:
    measured = measure(files.prepare(name, source, CACHE)[part], protocol, _config(name))
    return Opening(times=0, code=openings.code_digest(), **measured._asdict())


def _config(name: str) -> Path | None:
    path = HERE / "quality" / f"{name}.toml"
    return path if path.exists() else None


def _write(everything: dict[str, Protocol], console: Console) -> None:
    """The page and the JSON: all sets that were ever opened with their present configuration."""
    seen, code = openings.load(), openings.code_digest()
    found: list[page.Line] = []
    results = {}
    for name, protocol in everything.items():
        opening = seen.get(name, {}).get(openings.configuration_digest(_config(name)))
        if opening is None:
            continue
        total = openings.total(seen, name)
        found += page.lines(protocol, opening, total, stale=opening.code != code)
        log = HERE / "quality" / f"{name}.trials.ndjson"
        trials = [msgspec.json.decode(line) for line in log.read_bytes().splitlines()] if log.exists() else []
        results[name] = {"test": opening, "configurations_opened": total[0], "search": trials}
    (HERE / "QUALITY.md").write_text(page.markdown(found), encoding="utf-8")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1))
    console.print(f"Written: {HERE / 'QUALITY.md'}, {RESULTS}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
