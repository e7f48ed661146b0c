"""The papers that are searched within, kept in memory: who asks one paper one question mostly asks it another.

A row of the library never changes and its number is never given again, so what is kept of rows stays right for as long
as they are there; that is asked of the library whenever its state is another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property

from indexes.arrays import Rows, Vectors
from indexes.late_interaction.held_pieces import HeldPieces, held_pieces
from indexes.late_interaction.maxsim import QueryTokens
from indexes.records import Passage, Span
from indexes.storage.paper_writing import State
from indexes.storage.row_log import RowLog

MOST_ROWS = 200
"""A larger scope is not kept: making its terms and vectors ready takes longer than a query would gain, and nearly no
paper has more passages. Of the 60 papers of COVID-QA and QASPER the longest has 81."""

MOST_HELD_ROWS = 2_000
"""Passages kept in all, those of the scope searched last; one takes some 35 kB, most of it for its word pieces."""


class HeldScope:
    """The passages of some papers, in order of their rows; what a search needs of them is read when first asked for.

    Safe to use from several threads: at worst two read the same.
    """

    def __init__(self, rows: Rows, log: RowLog) -> None:
        self.rows = rows
        self._log = log
        self._pieces: HeldPieces | None = None
        self._spans: dict[str, tuple[Span, ...]] = {}

    @property
    def is_small(self) -> bool:
        """Whether the passages are few enough to be kept."""
        return len(self.rows) <= MOST_ROWS

    @cached_property
    def passages(self) -> dict[int, Passage]:
        """The passages by row, without their spans."""
        return self._log.passages(self.rows.tolist(), is_placed=False)

    @cached_property
    def names(self) -> dict[int, str]:
        """The passages' ids by row."""
        return {row: passage.passage_id for row, passage in self.passages.items()}

    @cached_property
    def vectors(self) -> tuple[Rows, Vectors]:
        """The rows that have a vector, in order, and their vectors (n, d)."""
        return self._log.vectors_of(self.rows)

    def pieces(self, query: QueryTokens) -> HeldPieces:
        """Return the passages' word pieces that can be compared with the query's, of which there is at least one."""
        held = self._pieces
        if held is None or held.mark != query.mark:
            held = self._pieces = held_pieces(self._log.token_blobs(self.rows.tolist()), query)
        return held

    def spans(self, passage_ids: Sequence[str]) -> dict[str, tuple[Span, ...]]:
        """Return the spans of those of the passages that are there, by id."""
        missing = [name for name in passage_ids if name not in self._spans]
        if missing:
            self._spans |= self._log.spans(missing)
        return {name: self._spans[name] for name in passage_ids if name in self._spans}


class HeldScopes:
    """The scopes searched last. Safe to use from several threads."""

    def __init__(self, log: RowLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, ...], tuple[State, HeldScope]] = OrderedDict()

    def of(self, paper_ids: Sequence[str]) -> HeldScope:
        """Return the passages of these papers as the library is now; kept where `is_small`."""
        key, state = tuple(paper_ids), self._log.state()
        with self._lock:
            known = self._held.get(key)
        if known is not None and known[0] == state:
            scope = known[1]
        else:
            rows = self._log.rows_of_papers(key)
            is_same = known is not None and rows.tolist() == known[1].rows.tolist()
            scope = known[1] if known is not None and is_same else HeldScope(rows, self._log)
        if scope.is_small:
            self._keep(key, state, scope)
        return scope

    def kept(self, paper_ids: Sequence[str]) -> HeldScope | None:
        """Return what is kept of these papers, where it is that of the library as it is now; else None."""
        with self._lock:
            known = self._held.get(tuple(paper_ids))
        return known[1] if known is not None and known[0] == self._log.state() else None

    def _keep(self, key: tuple[str, ...], state: State, scope: HeldScope) -> None:
        with self._lock:
            self._held[key] = (state, scope)
            self._held.move_to_end(key)
            held = sum(len(each.rows) for _, each in self._held.values())
            while held > MOST_HELD_ROWS:
                _, (_, dropped) = self._held.popitem(last=False)
                held -= len(dropped.rows)
