"""A parsed document to its passages: whole sentences of one section, each small enough for the encoder's window.

Only evidence becomes a passage; headings, references, authors, equations and furniture never do. A passage's text is a
slice of its blocks' texts joined by newlines, so that a quote from it is a quote from the paper. Tables whose rows and
columns are known are told in statements instead, each a sentence (`table_passages`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from indexes.encoding.encoder import Encoder, passage_context
from indexes.records import Box, Paper, PaperRole, Passage, PassageKind, Span
from indexes.sentences import sentence_spans
from ingest.document import Block, BlockKind, Line, ParsedDocument, Section
from ingest.pieces import Range, halves, split_sentence
from ingest.table_passages import Stated, caption_line, table_statements

TARGET_WORDS = 130
"""Passages of about 130 words are what retrieval was measured with; see bench/retrieval."""

MIN_LAST_WORDS = 45
"""A run's last passage takes sentences from the one before it until it has so many words."""

_CHARACTERS_PER_WORD_CJK = 2.2
"""Japanese words are not spaced; so many of its characters count as one word."""

_MIN_BUDGET_TOKENS = 8
"""Pieces are cut no smaller than this, even where a strange title leaves less beside it."""

_PASSAGE_KINDS = {
    BlockKind.ABSTRACT: PassageKind.ABSTRACT,
    BlockKind.PARAGRAPH: PassageKind.BODY,
    BlockKind.LIST: PassageKind.BODY,
    BlockKind.CODE: PassageKind.BODY,
    BlockKind.CAPTION: PassageKind.CAPTION,
    BlockKind.TABLE: PassageKind.TABLE,
    BlockKind.FOOTNOTE: PassageKind.FOOTNOTE,
}
MOST_HEAD_SHARE = 0.35
"""Share of a passage's word pieces that the caption of its table may take."""
_BY_LINE = frozenset({BlockKind.TABLE, BlockKind.CODE})
_MERGED = frozenset({PassageKind.ABSTRACT, PassageKind.BODY})


@dataclass(frozen=True, slots=True)
class _Run:
    """Blocks of one section and kind, in order, as one text; `lines` are offsets into it.

    `head` opens each of its passages where it leaves most of the window: the caption of a table.
    """

    kind: PassageKind
    section: str
    text: str
    lines: tuple[Line, ...]
    sentences: tuple[Range, ...]
    head: Stated | None = None


@dataclass(frozen=True, slots=True)
class _Sized:
    """A piece of a run with its size in word pieces (without special tokens) and in words."""

    start: int
    end: int
    tokens: int
    words: float


def make_passages(document: ParsedDocument, *, encoder: Encoder) -> tuple[Passage, ...]:
    """Cut the document's evidence into passages, in reading order.

    With its title and section before it (`passage_context`), each fits `encoder.max_tokens`: by the sizes of its
    sentences, then counted whole and halved where the sum was wrong.
    """
    title = document.paper.title
    runs, budgets = _budgets(title, tuple(_runs(document)), encoder)
    pieces = _sized_pieces(runs, budgets, encoder)
    ranges = [
        (run, part) for run, sized, budget in zip(runs, pieces, budgets, strict=True) for part in _packed(sized, budget)
    ]
    fitting = _fitting(ranges, title, encoder)
    return tuple(_passage(document.paper, ordinal, run, part) for ordinal, (run, part) in enumerate(fitting))


def _runs(document: ParsedDocument) -> Iterator[_Run]:
    """Gather the blocks: prose of one section together even where a figure stands between, all else one by one."""
    groups: dict[object, list[int]] = {}
    for place, block in enumerate(document.blocks):
        kind = _PASSAGE_KINDS.get(block.kind)
        if kind is not None:
            groups.setdefault((block.section, kind) if kind in _MERGED else place, []).append(place)
    for places in sorted(groups.values()):
        blocks = [document.blocks[place] for place in places]
        section = section_path(document.sections, blocks[0].section)
        stated = table_statements(blocks[0])
        if stated:
            yield _table_run(stated, caption_line(document.blocks, places[0]), section)
        else:
            yield _run(blocks, section)


def _table_run(stated: Sequence[Stated], caption: Stated | None, section: str) -> _Run:
    """Return the statements, one a line, under the table's caption."""
    lines: list[Line] = []
    sentences: list[Range] = []
    offset = 0
    for statement in stated:
        lines += [Line(offset + line.start, offset + line.end, line.page, line.box) for line in statement.lines]
        sentences.append(Range(offset, offset + len(statement.text)))
        offset += len(statement.text) + 1
    text = "\n".join(statement.text for statement in stated)
    return _Run(PassageKind.TABLE, section, text, tuple(lines), tuple(sentences), caption)


def _run(blocks: Sequence[Block], section: str) -> _Run:
    lines: list[Line] = []
    sentences: list[Range] = []
    offset = 0
    for block in blocks:
        lines += [Line(offset + line.start, offset + line.end, line.page, line.box) for line in block.lines]
        spans = _row_spans(block.text) if block.kind in _BY_LINE else sentence_spans(block.text)
        sentences += [Range(offset + start, offset + end) for start, end in spans]
        offset += len(block.text) + 1
    text = "\n".join(block.text for block in blocks)
    return _Run(_PASSAGE_KINDS[blocks[0].kind], section, text, tuple(lines), tuple(sentences))


def _row_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for row in text.split("\n"):
        if row.strip():
            yield start + len(row) - len(row.lstrip()), start + len(row.rstrip())
        start += len(row) + 1


def section_path(sections: Sequence[Section], place: int | None) -> str:
    """Return the heading path of a section, such as "3 Method > 3.1 Data"; "" where there is none."""
    titles: list[str] = []
    while place is not None:
        titles.append(sections[place].title)
        place = sections[place].parent
    return " > ".join(reversed(titles))


def _budgets(title: str, runs: Sequence[_Run], encoder: Encoder) -> tuple[tuple[_Run, ...], list[int]]:
    """Return the runs, without the heads that are too long, and the word pieces that each has for its own text."""
    sections = list(dict.fromkeys(run.section for run in runs))
    counts = encoder.count_tokens([passage_context(title, section) for section in sections])
    free = {section: encoder.max_tokens - used for section, used in zip(sections, counts, strict=True)}
    heads = encoder.count_tokens([run.head.text if run.head else "" for run in runs])
    kept, budgets = [], []
    for run, used in zip(runs, heads, strict=True):
        if run.head and used > MOST_HEAD_SHARE * free[run.section]:
            run = replace(run, head=None)
        kept.append(run)
        budgets.append(max(_MIN_BUDGET_TOKENS, free[run.section] - (used if run.head else 0)))
    return tuple(kept), budgets


def _sized_pieces(runs: Sequence[_Run], budgets: Sequence[int], encoder: Encoder) -> list[list[_Sized]]:
    """Measure every sentence of the document at once, and cut those that are over the budget alone."""
    specials = encoder.count_tokens([""])[0]
    whole = iter(encoder.count_tokens([run.text[s.start : s.end] for run in runs for s in run.sentences]))
    sized: list[list[_Sized]] = []
    for run, budget in zip(runs, budgets, strict=True):
        row: list[_Sized] = []
        for sentence in run.sentences:
            tokens = next(whole) - specials
            if tokens <= budget:
                row.append(_Sized(sentence.start, sentence.end, tokens, _words(run.text, sentence)))
                continue
            parts = split_sentence(run.text, sentence, tokens=tokens, budget=budget)
            counts = encoder.count_tokens([run.text[part.start : part.end] for part in parts])
            row += [
                _Sized(part.start, part.end, count - specials, _words(run.text, part))
                for part, count in zip(parts, counts, strict=True)
            ]
        sized.append(row)
    return sized


def _words(text: str, part: Range) -> float:
    """Return a size in words: what spaces separate, or the characters' share where a script has no spaces."""
    piece = text[part.start : part.end]
    wide = sum(character > "\u2fff" for character in piece)
    return max(len(piece.split()), wide / _CHARACTERS_PER_WORD_CJK)


def _packed(pieces: Sequence[_Sized], budget: int) -> Iterator[Range]:
    """Fill passages up to the target and the budget; a short last one is evened out with the one before."""
    groups: list[list[_Sized]] = []
    for piece in pieces:
        if groups and _fits(groups[-1], piece, budget):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    if len(groups) > 1:
        _even_out(groups[-2], groups[-1], budget)
    for group in groups:
        yield Range(group[0].start, group[-1].end)


def _fits(group: Sequence[_Sized], piece: _Sized, budget: int) -> bool:
    words = sum(part.words for part in group)
    return words + piece.words <= TARGET_WORDS and sum(part.tokens for part in group) + piece.tokens <= budget


def _even_out(before: list[_Sized], last: list[_Sized], budget: int) -> None:
    while len(before) > 1 and sum(part.words for part in last) < MIN_LAST_WORDS and _fits(last, before[-1], budget):
        last.insert(0, before.pop())


def _fitting(ranges: Sequence[tuple[_Run, Range]], title: str, encoder: Encoder) -> list[tuple[_Run, Range]]:
    """Return the ranges with each that is over the window halved until it is not."""
    pending, tokens = list(ranges), _counts(ranges, title, encoder)
    while any(count > encoder.max_tokens for count in tokens):
        cut: list[tuple[_Run, Range]] = []
        for (run, part), count in zip(pending, tokens, strict=True):
            cut += [(run, half) for half in halves(run.text, part)] if count > encoder.max_tokens else [(run, part)]
        if len(cut) == len(pending):
            break
        pending, tokens = cut, _counts(cut, title, encoder)
    return [(run, part) for run, part in pending if any(map(str.isalnum, run.text[part.start : part.end]))]


def _counts(ranges: Sequence[tuple[_Run, Range]], title: str, encoder: Encoder) -> list[int]:
    return encoder.count_tokens(
        [passage_context(title, run.section) + _headed(run) + run.text[part.start : part.end] for run, part in ranges]
    )


def _headed(run: _Run) -> str:
    return f"{run.head.text}\n" if run.head else ""


def _passage(paper: Paper, ordinal: int, run: _Run, part: Range) -> Passage:
    return Passage(
        passage_id=f"{paper.paper_id}-{ordinal:04d}",
        paper_id=paper.paper_id,
        ordinal=ordinal,
        text=_headed(run) + run.text[part.start : part.end],
        section=run.section,
        kind=PassageKind.NOTE if paper.role is PaperRole.NOTE else run.kind,
        spans=tuple(_spans(run, part)),
    )


def _spans(run: _Run, part: Range) -> Iterator[Span]:
    """Yield the lines' parts inside the passage, its head's first; a line cut at an edge keeps its share of the box."""
    offset = len(_headed(run)) - part.start
    for line in run.head.lines if run.head else ():
        yield Span(line.start, line.end, line.page, line.box)
    for place in range(bisect_right(run.lines, part.start, key=_line_end), len(run.lines)):
        line = run.lines[place]
        if line.start >= part.end:
            return
        start, end = max(line.start, part.start), min(line.end, part.end)
        if start < end and run.text[start:end].strip():
            yield Span(start + offset, end + offset, line.page, _box_share(line, start, end))


def _line_end(line: Line) -> int:
    return line.end


def _box_share(line: Line, start: int, end: int) -> Box | None:
    if line.box is None or (start, end) == (line.start, line.end):
        return line.box
    per_character = (line.box.x1 - line.box.x0) / (line.end - line.start)
    x0 = line.box.x0 + per_character * (start - line.start)
    return Box(x0, line.box.y0, line.box.x0 + per_character * (end - line.start), line.box.y1)
