"""The command line: every verb, one file each. What others script against: JSON, exit codes, short errors."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module

import click

from hepatica import __version__
from hepatica.errors import TROUBLE, HepaticaError, SourceError, refused_path, trouble_of

# Threads wait for each other over tables and matrices as small as ours, and cost more than they give: one for the
# linear algebra of every verb, and one of Polars for `serve`, which reads one patient at a time. They count where the
# library is not loaded yet, and where nobody has said otherwise.
_THREADS = {"OPENBLAS_NUM_THREADS": "1"}
_THREADS_OF = {"serve": {"POLARS_MAX_THREADS": "1"}}

DONE, WRONG_COMMAND_LINE, SOURCE_UNREADABLE, INTERNAL, INTERRUPTED = 0, 2, 3, 70, 130
# In the order of a first visit. Each verb is `hepatica.cli.VERB`, loaded when it is asked for: --help stays quick.
VERBS = (
    "demo",
    "check",
    "course",
    "advise",
    "worklist",
    "report",
    "score",
    "protocol",
    "rule",
    "evidence",
    "study",
    "synthesize",
    "convert",
    "mapping",
    "handbook",
    "serve",
    "backup",
    "restore",
    "audit",
)


class _ReaderGone(Exception):  # noqa: N818  (nothing is wrong)
    """The reader of a pipe (head, less) has gone; click would exit as if rows needed attention."""


class Verbs(click.Group):
    """The verbs, each imported only when it is used."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a verb."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderGone from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click asks with it)
        """Return the verbs' names."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (the same)
        """Return a verb, or None for a word that is none."""
        if cmd_name not in VERBS:
            return None
        for name, number in {**_THREADS, **_THREADS_OF.get(cmd_name, {})}.items():
            os.environ.setdefault(name, number)
        command: click.Command = getattr(import_module(f"hepatica.cli.{cmd_name}"), cmd_name)
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="hepatica")
def hepatica() -> None:
    """Treat-to-target for autoimmune hepatitis. Research and education; not a medical device."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error is one or two lines and an exit code, a traceback only with --debug."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        code = hepatica.main([word for word in given if word != "--debug"], "hepatica", standalone_mode=False)
    except click.ClickException as error:
        _show(_command_line_error(error), debug=debug)
        sys.exit(WRONG_COMMAND_LINE)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except _ReaderGone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be said
        sys.exit(DONE)
    except HepaticaError as error:
        _show(f"error: {error}", debug=debug)
        sys.exit(SOURCE_UNREADABLE if isinstance(error, SourceError) else WRONG_COMMAND_LINE)
    except Exception as error:  # noqa: BLE001  (a traceback is for those who ask for it)
        trouble = trouble_of(error)
        if trouble is not None:
            what, remedy = TROUBLE[trouble]
            _show(f"error: {what}; nothing was written\n  remedy: {remedy}", debug=debug)
            sys.exit(SOURCE_UNREADABLE)
        refused = refused_path(error)
        if refused is not None:
            _show(f"error: {refused}", debug=debug)
            sys.exit(WRONG_COMMAND_LINE)
        _show(f"error: internal: {type(error).__name__}\n  remedy: run again with --debug and report it", debug=debug)
        sys.exit(INTERNAL)
    sys.exit(code if isinstance(code, int) else DONE)


def _command_line_error(error: click.ClickException) -> str:
    """Return what is wrong with a command line in two lines, as every other error."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    where = context.command_path if context is not None else "hepatica"
    what = "needs a verb" if isinstance(error, click.exceptions.NoArgsIsHelpError) else error.format_message()
    return f"error: {where}: {what}\n  remedy: see {where} --help"


def _show(message: str, *, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(message, err=True)
