"""The context of a paper's sheet for the questions that follow: the model may still hold it, in memory or on disk."""

from __future__ import annotations

from dataclasses import replace

from app.answering.languages import language_of
from app.answering.records import AnswerOptions
from app.generators.protocol import Generator
from app.sheets.stored import stored_sheet
from indexes.library import Library


def with_held_context(
    question: str, options: AnswerOptions, *, library: Library, generator: Generator
) -> AnswerOptions:
    """Return the options with the context that the paper's sheet was written with, where there is one to share.

    That is where the question is about one paper, the generator writes drafts together, and it has written the paper's
    sheet in the language of the answer.
    """
    if generator.parallel_drafts == 1 or options.paper_ids is None or len(options.paper_ids) != 1:
        return options
    (paper_id,) = options.paper_ids
    language = options.language or language_of(question)
    sheet = stored_sheet(paper_id, library=library, generator=generator, language=language)
    if sheet is None or not sheet.context:
        return options
    passages = {passage.passage_id: passage for passage in library.papers.passages(paper_id)}
    return replace(options, context=tuple(passages[name] for name in sheet.context if name in passages))
