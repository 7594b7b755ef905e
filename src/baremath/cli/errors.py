"""The one place where an exception becomes one line on stderr and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any, TextIO

import typer

from baremath.cli.console import printable

DATA = 1
USAGE = 2
INTERRUPTED = 130  # as shells count: 128 + SIGINT

# click's ClickException or typer's copy of it: which one depends on typer's version.
_TYPER_ERROR: Any = typer.BadParameter.__mro__[2]


class UsageError(Exception):
    """The command as typed can't be right, whatever the data hold: exit status 2."""


def guard(work: Callable[[], None], *, debug: bool) -> int:
    """Run `work` and return its exit status; say on one line of stderr what went wrong.

    Parameters
    ----------
    work : callable
        The command, with its arguments bound.
    debug : bool
        Whether to show the traceback of an error too.

    Returns
    -------
    int
        0, or `DATA`, `USAGE` or `INTERRUPTED`.
    """
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            return _run(work)
        except BrokenPipeError:  # the reader has what it wants: `baremath datasets | head -1`
            _abandon(sys.stdout)
            return DATA
        except KeyboardInterrupt:
            _say("interrupted; no file is half written")
            return INTERRUPTED
        except Exception as error:
            if debug:
                traceback.print_exc()
            message, status = _describe(error)
            _say(message)
            return status


def _run(work: Callable[[], None]) -> int:
    try:
        work()
    except (typer.Exit, SystemExit) as stop:
        _flush()
        code = stop.exit_code if isinstance(stop, typer.Exit) else stop.code
        return code if isinstance(code, int) else 0
    _flush()
    return 0


def _flush() -> None:
    """Write what is still buffered, here, where a failure can be told."""
    try:
        sys.stdout.flush()
    except OSError:
        _abandon(sys.stdout)  # else the interpreter tries again at exit and prints a traceback
        raise


def _abandon(stream: TextIO) -> None:
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)


def _describe(error: Exception) -> tuple[str, int]:
    """Return what to say about `error`, and the exit status."""
    if isinstance(error, UsageError):
        return str(error), USAGE
    if isinstance(error, _TYPER_ERROR):
        context = getattr(error, "ctx", None)
        hint = f"; see {context.command_path} --help" if context else ""
        return f"{error.format_message().rstrip('.')}{hint}", USAGE
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename is not None else ""
        return f"{name}{error.strerror}", DATA
    if isinstance(error, MemoryError):
        return "not enough memory for this table", DATA
    if isinstance(error, (OSError, ValueError)):
        return str(error), DATA
    kind = type(error).__name__
    return f"unexpected {kind}: {error} (--debug shows where)", DATA


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    print(f"warning: {printable(str(message))}", file=sys.stderr)


def _say(message: str) -> None:
    print(f"baremath: {printable(message)}", file=sys.stderr)
