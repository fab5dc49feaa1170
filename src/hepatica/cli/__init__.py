"""The command line: every verb, one file each. What others script against: JSON, exit codes, errors of two lines."""

from __future__ import annotations

import sys
import traceback

import click

from hepatica import __version__
from hepatica.cli.check import check
from hepatica.cli.course import course
from hepatica.cli.demo import demo
from hepatica.cli.evidence import evidence
from hepatica.cli.handbook import handbook
from hepatica.cli.output import DONE, INTERNAL, SOURCE_UNREADABLE, WRONG_COMMAND_LINE
from hepatica.cli.score import score
from hepatica.cli.synthesize import synthesize
from hepatica.cli.worklist import worklist
from hepatica.errors import HepaticaError, SourceError

VERBS = (demo, check, course, worklist, score, evidence, synthesize, handbook)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="hepatica")
def hepatica() -> None:
    """Treat-to-target for autoimmune hepatitis. Research and education; not a medical device."""


for _verb in VERBS:
    hepatica.add_command(_verb)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error is one or two lines and an exit code, never a traceback without --debug."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        code = hepatica.main([word for word in given if word != "--debug"], "hepatica", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_COMMAND_LINE)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe (head, less) has gone: nothing is wrong, and nobody is there to be told.
        sys.stderr.close()
        sys.exit(DONE)
    except HepaticaError as error:
        _show(f"error: {error}", debug=debug)
        sys.exit(SOURCE_UNREADABLE if isinstance(error, SourceError) else WRONG_COMMAND_LINE)
    except Exception as error:  # noqa: BLE001  (a traceback is for those who ask for it)
        _show(
            f"error: internal: {type(error).__name__}\n  remedy: run again with --debug and report it",
            debug=debug,
        )
        sys.exit(INTERNAL)
    sys.exit(code if isinstance(code, int) else DONE)


def _show(message: str, *, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(message, err=True)
