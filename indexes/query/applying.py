"""A search that follows its instruction: reads it, narrows the papers, searches, and adjusts the scores of what came.

The search itself is given as a function, so that this module knows no ranking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from indexes.arrays import Scores
from indexes.found import Understood
from indexes.library import Library
from indexes.query.adjusting import Candidate, Meanings, adjust, texts_to_encode
from indexes.query.filters import Filters, filters_in_words, passes
from indexes.query.instructions import read_instruction
from indexes.query.intersecting import intersected
from indexes.query.parts import Instruction, parts_in_words
from indexes.query.scope import allowed_papers, within
from indexes.records import Contribution, Hit


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as read for one library: the instruction with all filters, and the papers that may be searched."""

    instruction: Instruction
    paper_ids: tuple[str, ...] | None

    @property
    def is_plain(self) -> bool:
        """Whether the hits stay as the search of the papers gives them."""
        read = self.instruction
        return not (read.wanted or read.unwanted or read.filters.is_about_passages)


def as_written(
    library: Library, query: str, *, filters: Filters | None = None, paper_ids: Sequence[str] | None = None
) -> Reading:
    """Return the query as it stands, with the filters given and no others.

    Raises:
        NotFound: a paper to be excluded is not there.
    """
    read = replace(Instruction(query), filters=filters or Filters())
    return Reading(read, within(paper_ids, allowed_papers(library.papers, read.filters)))


def read_for(
    library: Library,
    query: str,
    *,
    instruction: str = "",
    filters: Filters | None = None,
    paper_ids: Sequence[str] | None = None,
) -> Reading:
    """Read a query and say which papers may be searched; `paper_ids` None means all.

    Raises:
        BadInput: the filters given contradict what the query says.
        NotFound: a paper to be excluded is not there.
    """
    read = read_instruction(
        query,
        instruction=instruction,
        today=date.today(),
        knows_author=lambda name: allowed_papers(library.papers, Filters(authors=(name,))) != (),
    )
    asked, besides = intersected(filters or Filters(), read.filters)
    allowed = within(allowed_papers(library.papers, asked), allowed_papers(library.papers, besides))
    return Reading(replace(read, filters=asked, filters_besides=besides), within(paper_ids, allowed))


def understood(instruction: Instruction, *, translated: tuple[tuple[str, float], ...] = ()) -> Understood:
    """Return how the query was read, in words."""
    filters = (*filters_in_words(instruction.filters), *filters_in_words(instruction.filters_besides))
    return Understood(instruction.text, filters, parts_in_words(instruction), translated)


def adjusted(
    hits: Sequence[Hit], instruction: Instruction, *, titles: dict[str, str], meanings: Meanings | None
) -> list[Hit]:
    """Return the hits that stand where the filters want, in the order that the instruction's parts give them.

    Args:
        hits: all candidates, not only those that will be shown.
        instruction: as it was read.
        titles: of the hits' papers, by id.
        meanings: in the order of `hits`; None judges by words alone.
    """
    asked = (instruction.filters, instruction.filters_besides)
    places = [place for place, hit in enumerate(hits) if all(passes(hit.passage, one) for one in asked)]
    kept = [hits[place] for place in places]
    if not kept or not (instruction.wanted or instruction.unwanted):
        return [replace(hit, rank=rank) for rank, hit in enumerate(kept, start=1)]
    candidates = [
        Candidate(hit.passage.text, titles.get(hit.passage.paper_id, ""), hit.passage.section, hit.passage.kind)
        for hit in kept
    ]
    chosen = None if meanings is None else Meanings(meanings.query[places], meanings.parts[:, places])
    scores = np.array([hit.score for hit in kept], dtype=np.float32)
    spread = float(scores.max() - scores.min()) or 1.0
    made = adjust(candidates, instruction, spread=spread, meanings=chosen)
    changed = [
        replace(hit, score=hit.score + float(change), contributions=_largest_first(*hit.contributions, *told))
        for hit, change, told in zip(kept, made.changes.tolist(), made.contributions, strict=True)
    ]
    changed.sort(key=lambda hit: (-hit.score, hit.rank))
    return [replace(hit, rank=rank) for rank, hit in enumerate(changed, start=1)]


def _largest_first(*contributions: Contribution) -> tuple[Contribution, ...]:
    return tuple(sorted(contributions, key=lambda one: -abs(one.amount)))


def cosines(library: Library, hits: Sequence[Hit], texts: Sequence[str]) -> Scores:
    """Return (t, n) cosines of texts with hits, -1 for a passage that went meanwhile."""
    vectors = library.encoder.encode_queries(list(texts))
    paper_ids = tuple({hit.passage.paper_id for hit in hits})
    allowed = library.log.rows_of_papers(paper_ids)
    names = library.log.passage_ids(allowed.tolist())
    with library.vectors.current() as index:
        held = np.intersect1d(allowed, index.rows())
        found = [index.scores(vectors[place : place + 1], held) for place in range(len(vectors))]
    places = {names[row]: place for place, row in enumerate(held.tolist()) if row in names}
    order = [places.get(hit.passage.passage_id, -1) for hit in hits]
    padded = np.concatenate([np.array(found), np.full((len(texts), 1), -1.0, dtype=np.float32)], axis=1)
    return np.asarray(padded[:, order], dtype=np.float32)


def meanings_of(
    library: Library, hits: Sequence[Hit], instruction: Instruction, *, may_encode: Callable[[str], bool]
) -> Meanings | None:
    """Return the cosines that `adjusted` needs; None where nothing is to be compared or can be."""
    texts = texts_to_encode(instruction)
    if len(texts) == 1 or not hits or not all(may_encode(text) for text in texts):
        return None
    near = cosines(library, hits, texts)
    return Meanings(near[0], near[1:])
