"""A query to passages, best first: what it says of itself is read and followed, the rest is searched for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from indexes.candidates import may_encode
from indexes.errors import BadInput, TooLarge
from indexes.found import Found
from indexes.library import Library
from indexes.near_duplicates import merged
from indexes.paper_first import paper_first
from indexes.query.applying import Reading, adjusted, as_written, meanings_of, read_for, understood
from indexes.query.filters import Filters
from indexes.query.wording import wording_of
from indexes.ranking import ranked
from indexes.records import Hit, PaperRole, role_of

MAX_QUERY_CHARACTERS = 10_000
MAX_K = 10_000

ADJUSTED = 200
"""Candidates whose scores an instruction may change; what it pushes down makes room for those behind."""

FILTERED = 2_000
"""Candidates among which sections and kinds are chosen; of a rare kind in a large library some may stand behind."""


def search(
    library: Library,
    query: str,
    *,
    k: int,
    paper_ids: Sequence[str] | None = None,
    instruction: str = "",
    filters: Filters | None = None,
    follows_instructions: bool = True,
) -> Found:
    """Return the k best passages for `query`, best first.

    Args:
        library: where to search.
        query: a question or words, in English or Japanese; what in it is unmistakably an instruction is read as one.
        k: passages wanted, 1 <= k <= `MAX_K`; the first are the same whatever it is, nearly so in libraries over 20,000
            passages and where an instruction changes scores, which are compared among all that are wanted.
        paper_ids: only within these papers; None means the whole library.
        instruction: what the reader says besides about the hits that are wanted.
        filters: what every hit must meet besides.
        follows_instructions: False searches the query as it stands; `instruction` is then not read.

    Returns:
        up to k hits, a paper's own before a note's that says the same, and one of several that say the same; fewer
        where fewer passages have anything in common with the query. Scores lie in 0..1, but for what an instruction
        adds or takes.

    Raises:
        BadInput: the query is empty, k is out of range, or the filters contradict what the query says.
        TooLarge: the query is over `MAX_QUERY_CHARACTERS`.
        NotFound: a paper is not in the library.
        ModelMissing, ModelFailed: as the encoder's and the cross-encoder's.
    """
    query, instruction = _checked(query, k), _well_formed(instruction)
    paper_ids = None if paper_ids is None else tuple(dict.fromkeys(paper_ids))
    library.papers.check_held(paper_ids or ())
    if follows_instructions:
        reading = read_for(library, query, instruction=instruction, filters=filters, paper_ids=paper_ids)
    else:
        reading = as_written(library, query, filters=filters, paper_ids=paper_ids)
    wording = wording_of(reading.instruction.text)
    told = understood(reading.instruction, translated=wording.translated())
    if reading.paper_ids is not None and not reading.paper_ids:
        return Found((), told)
    wanted = k if reading.is_plain else max(ADJUSTED, k)
    if reading.instruction.filters.is_about_passages:
        wanted = max(FILTERED, wanted)
    ranking = ranked(library, wording, k=wanted, paper_ids=reading.paper_ids)
    hits = ranking.hits
    if not reading.is_plain:
        hits = _adjusted(library, ranking.told(hits), reading)
    elif any(role_of(hit.passage) is PaperRole.NOTE for hit in hits):
        hits = ranking.told(hits)
    shown = ranking.told(merged(paper_first(hits), k=k))
    return Found(_placed(library, shown, reading.paper_ids), told)


def _placed(library: Library, hits: Sequence[Hit], paper_ids: Sequence[str] | None) -> tuple[Hit, ...]:
    """Return the hits with the pages and boxes of their passages; a passage that was removed meanwhile is left out."""
    names = [hit.passage.passage_id for hit in hits]
    scope = None if paper_ids is None else library.scopes.kept(paper_ids)
    spans = library.log.spans(names) if scope is None else scope.spans(names)
    there = [hit for hit in hits if hit.passage.passage_id in spans]
    return tuple(
        replace(hit, rank=rank, passage=replace(hit.passage, spans=spans[hit.passage.passage_id]))
        for rank, hit in enumerate(there, start=1)
    )


def _adjusted(library: Library, hits: Sequence[Hit], reading: Reading) -> list[Hit]:
    read = reading.instruction
    stored = library.papers.held(tuple({hit.passage.paper_id for hit in hits}))
    titles = {paper_id: held.paper.title for paper_id, held in stored.items()}
    meanings = meanings_of(library, hits, read, may_encode=lambda text: may_encode(library.encoder, text))
    return adjusted(hits, read, titles=titles, meanings=meanings)


def _checked(query: str, k: int) -> str:
    if k < 1:
        raise BadInput(f"k is {k}; at least 1 passage must be wanted", hint="Give -k 1 or more.")
    if k > MAX_K:
        raise BadInput(f"k is {k}; at most {MAX_K:,} passages are found at once", hint="Ask for fewer, or filter.")
    if len(query) > MAX_QUERY_CHARACTERS:
        raise TooLarge(
            f"the query has {len(query):,} characters, the limit is {MAX_QUERY_CHARACTERS:,}",
            hint="Ask in a few sentences; put longer text into a note and ingest it.",
        )
    query = _well_formed(query).strip()
    if not query:
        raise BadInput("the query is empty", hint="Give a question or words to look for.")
    return query


def _well_formed(text: str) -> str:
    """Return text that can be encoded: half a character, as from bytes that were no UTF-8, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()
