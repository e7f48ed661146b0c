"""What making a set's library will cost, told before it is spent, and whether stored vectors are the encoder's."""

from __future__ import annotations

import json
import sys
import time

from bench.retrieval.sets import Line, QuestionSet
from bench.retrieval.stored_vectors import StoredVectors
from indexes.encoding.encoder import passage_context
from indexes.errors import BadInput, NoTextInSource
from ingest.jsonl import parse_jsonl_line
from ingest.passages import make_passages

SAMPLED_LINES = 48
ENCODED_TEXTS = 32
CHECKED_TEXTS = 2
TOLD_FROM_S = 120.0


def foretell(questions: QuestionSet, *, encoder: StoredVectors) -> None:
    """Print to stderr how long encoding the set will take where that is over `TOLD_FROM_S`, from a sample of its lines.

    Raises:
        IndexMismatch: vectors of the sample that are stored are not what the encoder makes of the text.
    """
    sampled = questions.lines[:: max(1, len(questions.lines) // SAMPLED_LINES)][:SAMPLED_LINES]
    texts = [text for line in sampled for text in _texts_of(line, encoder)]
    encoder.check(texts[:CHECKED_TEXTS])
    unknown = [text for text in texts if encoder.missing([text])]
    if not unknown:
        return
    encoder.encode_passages(unknown[:1])  # the model loads with the first text, which is no measure of the others
    timed = unknown[1 : ENCODED_TEXTS + 1]
    started = time.perf_counter()
    encoder.encode_passages(timed)
    a_text_s = (time.perf_counter() - started) / max(len(timed), 1)
    count = round(len(unknown) / len(sampled) * len(questions.lines))
    if (needed_s := count * a_text_s) >= TOLD_FROM_S:
        needed = f"{needed_s / 3600:.1f} hours" if needed_s >= 3600 else f"{needed_s / 60:.0f} minutes"
        print(f"{questions.name}: encoding about {count:,} passages takes about {needed}", file=sys.stderr)


def _texts_of(line: Line, encoder: StoredVectors) -> list[str]:
    """Return what the pipeline will encode of a line."""
    try:
        document = parse_jsonl_line(json.dumps(dict(line)).encode(), source="line")
        passages = make_passages(document, encoder=encoder)
    except (BadInput, NoTextInSource):
        return []
    return [passage_context(document.paper.title, passage.section) + passage.text for passage in passages]
