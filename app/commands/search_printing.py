"""Search on a terminal: how the query was understood, and each hit with its place, its best lines and its reckoning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby

import click

from app.commands.printing import WIDTH, note_mark
from app.commands.terminal import one_line, plain
from app.schemas import ContributionOutput, HitOutput, SearchOutput, UnderstoodOutput
from indexes.analysis import CJK_CHARACTERS, terms_of
from indexes.sentences import sentence_spans

SHOWN_LINES = 3
"""Lines of a passage that are shown around its best sentence; a screen then holds about seven hits."""

BAR_CELLS = 12
_INDENT = " " * 5
_NAMED_TRANSLATIONS = 8
_WORD = re.compile(rf"[{CJK_CHARACTERS}]|[^\W_{CJK_CHARACTERS}]+(?:[-'’./][^\W_{CJK_CHARACTERS}]+)*")


def print_found(output: SearchOutput, *, is_whole: bool) -> None:
    """Print how the query was understood, where there is something to tell, and the hits, best first."""
    told = list(_understood(output.query, output.understood))
    for name, value in told:
        click.echo(f"{click.style(f'{name:<11}', dim=True)}{_hung(one_line(value), 11)}")
    if told:
        click.echo()
    terms = frozenset(terms_of(output.understood.text))
    for hit in output.hits:
        _print_hit(hit, terms, is_whole=is_whole)
    if not output.hits:
        asked = "; every hit had to meet what stands above" if output.understood.filters else ""
        click.echo(f"No passage fits{asked}.")


def _understood(query: str, understood: UnderstoodOutput) -> Iterator[tuple[str, str]]:
    if understood.text != query.strip():
        yield "searched", understood.text
    if understood.filters:
        yield "only", " · ".join(understood.filters)
    if understood.penalties:
        yield "ordered by", " · ".join(understood.penalties)
    if understood.translated:
        named = [f"{term} {weight:.2f}" for term, weight in understood.translated[:_NAMED_TRANSLATIONS]]
        more = len(understood.translated) - len(named)
        yield "translated", " · ".join(named) + (f" · {more} more" if more > 0 else "")


def _print_hit(hit: HitOutput, terms: frozenset[str], *, is_whole: bool) -> None:
    title = _hung(note_mark(hit.role) + one_line(hit.title), len(_INDENT))
    click.echo(f"{hit.rank:>3}. {click.style(title, bold=True)}")
    page = f"p. {hit.page}" if hit.page == hit.page_last else f"p. {hit.page}–{hit.page_last}"
    place = [f"{hit.score:.3f}", page, one_line(hit.section), hit.passage_id]
    click.echo(_INDENT + click.style(" · ".join(part for part in place if part), dim=True))
    text = one_line(hit.text) if is_whole else best_part(one_line(hit.text), terms)
    for line in wrapped(text, WIDTH - len(_INDENT)):
        click.echo(_INDENT + _marked(line, terms))
    if hit.contributions:
        for line in contribution_lines(hit.contributions):
            click.echo(_INDENT + line)
    click.echo()


def contribution_lines(contributions: Iterable[ContributionOutput]) -> Iterator[str]:
    """Yield a table of contributions, largest first: name, value, amount, and a bar of the amount."""
    rows = [one for one in contributions if one.amount or one.value]
    widest = max((columns_of(one.name) for one in rows), default=0)
    most = max((abs(one.amount) for one in rows), default=0.0) or 1.0
    for one in rows:
        name = plain(one.name) + " " * (widest - columns_of(one.name))
        bar = ("+" if one.amount > 0 else "-") * round(BAR_CELLS * abs(one.amount) / most)
        colour = "green" if one.amount > 0 else "red"
        amount = click.style(f"{one.amount:+8.3f}", fg=colour) if one.amount else f"{0:8.3f}"
        yield f"{click.style(name, dim=True)}  {one.value:9.3f} {amount}  {click.style(bar, fg=colour)}".rstrip()


def best_part(text: str, terms: frozenset[str]) -> str:
    """Return the sentences of the text that hold most of the terms, as many as fit, "…" where text is left out."""
    room = SHOWN_LINES * (WIDTH - len(_INDENT))
    if columns_of(text) <= room:
        return text
    spans = [(start, end) for start, end in sentence_spans(text) if text[start:end].strip()]
    held = [len(terms.intersection(terms_of(text[start:end]))) for start, end in spans]
    first = last = max(range(len(spans)), key=lambda place: held[place])
    while last + 1 < len(spans) and columns_of(text[spans[first][0] : spans[last + 1][1]]) <= room:
        last += 1
    part = text[spans[first][0] : spans[last][1]]
    shown = _cut(part, room)
    is_more = last + 1 < len(spans) or shown != part
    return ("… " if first else "") + shown + (" …" if is_more else "")


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the text in lines of at most `width` columns; a Japanese character takes two and may end a line."""
    line, used = "", 0
    for piece in re.findall(rf"[{CJK_CHARACTERS}、。「」（）]|[^\s{CJK_CHARACTERS}、。「」（）]+|\s+", text):
        size = columns_of(piece)
        if used and used + size > width and not piece.isspace():
            yield line.rstrip()
            line, used = "", 0
        if used or not piece.isspace():
            line, used = line + piece, used + size
    if line.strip():
        yield line.rstrip()


def columns_of(text: str) -> int:
    """Return how many columns the text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(text: str, room: int) -> str:
    """Return the text as far as whole words fit in the room."""
    if columns_of(text) <= room:
        return text
    lines = list(wrapped(text, room))
    return lines[0] if columns_of(lines[0]) <= room else text[: room // 2]


def _hung(text: str, indent: int) -> str:
    """Return the text wrapped, the lines after the first under the first."""
    return f"\n{' ' * indent}".join(wrapped(text, WIDTH - indent)) if text else ""


def _marked(line: str, terms: frozenset[str]) -> str:
    """Return the line with the query's words set off."""
    is_marked = [False] * len(line)
    for start, end in _places(line, terms):
        is_marked[start:end] = [True] * (end - start)
    runs = groupby(zip(line, is_marked, strict=True), key=lambda pair: pair[1])
    return "".join(
        click.style(text, fg="cyan") if is_set_off else text
        for is_set_off, text in ((mark, "".join(letter for letter, _ in run)) for mark, run in runs)
    )


def _places(line: str, terms: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield where words of the query stand: whole words, and pairs of Chinese or Japanese characters."""
    for word in _WORD.finditer(line):
        if terms.intersection(terms_of(word[0])):
            yield word.span()
    for place in range(len(line) - 1):
        if line[place : place + 2] in terms and not line[place].isascii():
            yield place, place + 2
