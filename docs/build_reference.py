"""Writes docs/reference from the code: settings, command line, HTTP routes, errors. A test fails when one is stale.

Usage: python docs/build_reference.py [--check]
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from app.cli import COMMANDS, LazyCommands, cli
from app.failures import failure_of
from app.http.reference import describe_routes
from app.settings import Settings
from indexes import errors

PLACE = Path(__file__).resolve().parent / "reference"
NOTE = "<!-- Written by docs/build_reference.py from the code; change the code and run `make docs`. -->\n\n"


def settings_page() -> str:
    """Return the table of settings."""
    rows = [
        f"| `RONBUN_{name.upper()}` | `{field.get_default()!r}` | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = "# Settings\n\nRead once, from the environment; a command's options win over them.\n\n"
    return NOTE + head + "| variable | default | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def commands_page() -> str:
    """Return every command's help."""
    parts = ["# Command line\n"]
    assert isinstance(cli, LazyCommands)
    root = click.Context(cli, info_name="ronbun", terminal_width=100, **cli.context_settings)
    for name in COMMANDS:
        command = cli.get_command(root, name)
        assert command is not None
        parts.extend(_helps(command, name=name, parent=root))
    codes = "Exit codes: 0 done, 1 partly failed, 2 bad usage or input, 3 library, 4 model, 5 busy.\n"
    return NOTE + "\n".join([*parts, codes])


def _helps(command: click.Command, *, name: str, parent: click.Context) -> Iterator[str]:
    """Yield the help of a command and of its own commands."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100)
    yield f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"
    for inner, one in command.commands.items() if isinstance(command, click.Group) else ():
        yield from _helps(one, name=inner, parent=context)


def errors_page() -> str:
    """Return the table of errors with their statuses and exit codes."""
    rows = []
    for kind in _tree(errors.RonbunError):
        failure = failure_of(kind("", hint=""))
        first = (kind.__doc__ or "").strip().splitlines()[0]
        rows.append(f"| `{kind.code}` | {kind.__name__} | {failure.status} | {failure.exit_code} | {first} |")
    head = '# Errors\n\nOne shape: `{"error": {"code", "message", "hint", "request_id"}}`.\n\n'
    return NOTE + head + "| code | class | HTTP | exit | meaning |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n"


def routes_page() -> str:
    """Return the table of HTTP routes."""
    rows = [f"| `{route.method} {route.path}` | {route.summary} |" for route in describe_routes()]
    head = "# HTTP\n\nThe whole schema is at `/openapi.json` of a running service.\n\n"
    return NOTE + head + "| route | does |\n|---|---|\n" + "\n".join(rows) + "\n"


def _tree(kind: type[errors.RonbunError]) -> Iterator[type[errors.RonbunError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child)


PAGES = {
    "settings.md": settings_page,
    "cli.md": commands_page,
    "errors.md": errors_page,
    "http.md": routes_page,
}


def stale_pages() -> dict[str, str]:
    """Return the difference of each page that no longer says what the code says."""
    differences = {}
    for name, make in PAGES.items():
        path = PLACE / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old != (new := make()):
            differences[name] = "\n".join(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0))
    return differences


def main() -> int:
    """Write the pages, or with --check say which are stale."""
    if "--check" in sys.argv:
        for name, difference in (stale := stale_pages()).items():
            print(f"{name} is stale:\n{difference}", file=sys.stderr)  # noqa: T201
        return 1 if stale else 0
    PLACE.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (PLACE / name).write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
