"""The console script: runs the command line and turns every error into one message and the right exit code."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

import click

from app.cli import cli
from app.commands.terminal import one_line
from app.failures import EXIT_BAD_INPUT, error_body, failure_of
from indexes.errors import RonbunError

EXIT_INTERNAL = 1
INTERRUPTED = 130
BROKEN_PIPE = 141


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 partly failed, 2 input, 3 library, 4 model, 5 busy."""
    arguments = [_well_formed(each) for each in (sys.argv[1:] if arguments is None else arguments)]
    try:
        code = cli.main(args=arguments, prog_name="ronbun", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except RonbunError as error:
        logging.getLogger("ronbun").debug("command failed", exc_info=True)
        _report(error.code, error.message, hint=error.hint, as_json="--json" in arguments)
        return failure_of(error).exit_code
    except click.ClickException as error:
        _report("usage", error.format_message(), hint="See `ronbun --help`.", as_json="--json" in arguments)
        return EXIT_BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        logging.getLogger("ronbun").error("command broke", exc_info=True)
        reason = f"an error of Ronbun's own: {type(error).__name__}: {error}"
        _report("internal", reason, hint="Please report it with the lines above.", as_json="--json" in arguments)
        return EXIT_INTERNAL


def _well_formed(argument: str) -> str:
    """Return an argument whose bytes were no UTF-8 with those replaced, unless it is a file's place."""
    replaced = argument.encode("utf-8", "replace").decode()
    return argument if argument == replaced or _is_there(argument) else replaced


def _is_there(argument: str) -> bool:
    try:
        return Path(argument).exists()
    except (OSError, ValueError):  # too long, or no name at all
        return False


def _report(code: str, message: str, *, hint: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps(error_body(code, message, hint=hint), ensure_ascii=False))  # noqa: T201
    else:
        print(f"ronbun: {one_line(message)}\n  {one_line(hint)}", file=sys.stderr)  # noqa: T201


def run() -> None:
    """Exit the process with the command's code."""
    sys.exit(main())


if __name__ == "__main__":
    run()
