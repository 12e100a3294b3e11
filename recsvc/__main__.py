"""`python -m recsvc` and the `recsvc` command: run, and turn every refusal into its exit code."""

import logging
import sys

import click

from recsvc.cli import cli
from recsvc.domain.errors import NothingNewError, RecsvcError

USAGE = 64
INPUT_OUTPUT = 74
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        result = cli.main(args=arguments, prog_name="recsvc", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return USAGE
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except RecsvcError as error:
        has_failed = not isinstance(error, NothingNewError)  # there was nothing to do, and nothing went wrong
        click.echo(f"Error: {error}" if has_failed else str(error), err=True)
        return error.exit_code
    except OSError as error:
        click.echo(f"Error: {error.filename or 'a file'}: {error.strerror or error}.", err=True)
        return INPUT_OUTPUT
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
