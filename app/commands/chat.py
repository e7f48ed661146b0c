"""`ronbun chat`: a conversation in the terminal; each turn is stored with its answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from app.answering.records import AnswerOptions
from app.chat.conversation import ask
from app.commands.printing import print_answer
from app.commands.session import language_option, library_option, model_option, open_session, paper_option, settings_for
from app.commands.terminal import one_line
from app.commands.writer import open_writer
from app.schemas import AnswerOutput
from indexes.errors import BadInput
from indexes.records import Language

PROMPT = "? "


@click.command()
@paper_option
@language_option
@model_option
@library_option
def command(papers: tuple[str, ...], language: str | None, model: str | None, library: str | None) -> None:
    """Talk with the library, or with the papers named. A follow-up is understood from what was said before.

    An empty line or Ctrl-D ends the conversation. Questions may also come from a pipe, one a line.
    """
    settings = settings_for(library=library, generator=model)
    with open_session(settings) as session, open_writer(session) as generator:
        paper_ids = session.paper_ids(papers)
        options = AnswerOptions(
            language=Language(language) if language else None, paper_ids=paper_ids, k=settings.evidence_passages
        )
        conversation = None
        for question in questions():
            if conversation is None:
                conversation = session.library.conversations.create(title=question, paper_ids=paper_ids)
            try:
                turn = ask(
                    conversation.conversation_id,
                    question,
                    library=session.library,
                    generator=generator,
                    options=options,
                )
            except BadInput as error:
                click.echo(f"{error.message}\n  {error.hint}", err=True)
                continue
            if turn.standalone_question != question:
                click.echo(f"({one_line(turn.standalone_question)})")
            print_answer(AnswerOutput.model_validate_json(turn.answer_json))
            click.echo()


def questions() -> Iterator[str]:
    """Give each line that the reader types, until an empty one or the end."""
    at_terminal = sys.stdin.isatty()
    while True:
        if at_terminal:
            click.echo(PROMPT, nl=False, err=True)
        line = sys.stdin.readline()
        if not line.strip():
            return
        yield line.strip()
