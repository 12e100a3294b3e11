"""The command line: one file a command, found by name and loaded when called.

Training is a package of its own: its commands arrive through the entry points `recsvc.commands`.
"""

from importlib import import_module
from importlib.metadata import entry_points

import rich_click as click

COMMANDS = {
    "demo": "recsvc.cli.demo:demo",
    "serve": "recsvc.cli.serve:serve",
    "import": "recsvc.cli.import_files:import_files",
    "validate": "recsvc.cli.validate:validate",
    "export": "recsvc.cli.export:export",
    "retrain": "recsvc.cli.retrain:retrain",
    "model": "recsvc.cli.model:model",
    "placements": "recsvc.cli.placements:placements",
    "quiz": "recsvc.cli.quiz:quiz",
    "privacy": "recsvc.cli.privacy:privacy",
    "keys": "recsvc.cli.keys:keys",
    "report": "recsvc.cli.report:report",
    "deliver": "recsvc.cli.deliver:deliver",
    "rebuild": "recsvc.cli.rebuild:rebuild",
    "migrate": "recsvc.cli.migrate:migrate",
    "backup": "recsvc.cli.backup:backup",
    "restore": "recsvc.cli.backup:restore",
    "copy": "recsvc.cli.copy_store:copy_store",
    "doctor": "recsvc.cli.doctor:doctor",
}
ORDER = (
    *("demo", "serve", "validate", "import", "export"),
    *("train", "retrain", "tune", "evaluate", "model", "quiz", "placements", "report"),
    *("privacy", "keys", "deliver", "migrate", "backup", "restore", "copy", "rebuild", "doctor"),
)


class LazyGroup(click.RichGroup):
    """Commands by name; a module is imported when its command is called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """All commands, in the order in which one meets them."""
        found = {*COMMANDS, *(point.name for point in entry_points(group="recsvc.commands"))}
        return sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name in COMMANDS:
            module, _, name = COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(import_module(module), name)
            return command
        for point in entry_points(group="recsvc.commands", name=cmd_name):
            loaded: click.Command = point.load()
            return loaded
        return None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="recsvc")
def cli() -> None:
    """Recommendations and product quizzes for shops.

    Start with `recsvc demo`: it trains on real purchases and opens a shop on this machine. With your own
    data: `recsvc import`, `recsvc train`, `recsvc serve`.

    Exit codes: 0 done, 3 nothing new or nobody there, 4 the gate refused, 64 usage, 65 bad data, 74 input or
    output, 75 locked.
    """
