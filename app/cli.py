"""The command line `ronbun`: names its commands and loads a command's module only when it is called.

Loading by name keeps `ronbun --help` quick (no torch, no FastAPI) without imports inside functions; see
docs/adr/0002-lazy-commands.md.
"""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    "ingest": "Add papers and notes to the library.",
    "papers": "List the papers of the library.",
    "show": "Show one paper: metadata, sections, findings, or its whole text.",
    "remove": "Remove a paper from the library.",
    "parse": "Print the parsed document of one file, without a library.",
    "search": "Find passages, best first.",
    "ask": "Ask a question and get a grounded answer.",
    "verify": "Check claims against passages, JSON lines in and out.",
    "sheet": "Write a paper's sheet of questions and answers.",
    "digest": "Write the page of a stretch of dates.",
    "chat": "Talk with the library in the terminal.",
    "serve": "Serve the HTTP API and the page.",
    "models": "List the encoders and generators that can be used; fetch a model.",
    "doctor": "Check the library and mend what is derived.",
}
"""Each command stands in `app.commands.<name>` as `command`; the text is its one line in `ronbun --help`."""


class LazyCommands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of a first visit."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command's module."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"app.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="ronbun", message="ronbun %(version)s")
def cli() -> None:
    """Grounded answers and Q&A sheets from a folder of papers, on your own machine.

    The library is the folder named by --library or RONBUN_LIBRARY. Start with: ronbun ingest FOLDER
    """
