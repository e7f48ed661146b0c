"""`ronbun ask`: one grounded answer."""

from __future__ import annotations

import click

from app.answering.answer import AnswerOptions, answer_question
from app.commands.printing import print_answer, print_json
from app.commands.session import (
    json_option,
    language_option,
    library_option,
    model_option,
    open_session,
    paper_option,
    settings_for,
)
from app.commands.writer import open_writer
from app.schemas import AnswerOutput
from app.sheets.held_context import with_held_context
from indexes.records import Language


@click.command()
@click.argument("question")
@paper_option
@language_option
@model_option
@library_option
@json_option
def command(
    question: str, papers: tuple[str, ...], language: str | None, model: str | None, library: str | None, as_json: bool
) -> None:
    """Answer QUESTION from the library, or from the papers named, with quotes and pages.

    An answer that the papers do not hold is "Not stated in the paper": that is a result, and the exit code is 0.
    """
    settings = settings_for(library=library, generator=model)
    with open_session(settings) as session, open_writer(session) as generator:
        options = AnswerOptions(
            language=Language(language) if language else None,
            paper_ids=session.paper_ids(papers),
            k=settings.evidence_passages,
        )
        options = with_held_context(question, options, library=session.library, generator=generator)
        answer = answer_question(question, library=session.library, generator=generator, options=options)
        output = AnswerOutput.of(answer)
    if as_json:
        print_json(output)
    else:
        print_answer(output)
