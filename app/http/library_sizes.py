"""How many papers and passages a library holds, counted once for each of its states."""

from __future__ import annotations

import threading

from indexes.library import Library
from indexes.storage.paper_writing import State


class LibrarySizes:
    """Counts again only when the library has changed: counting reads every paper's row."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._counted: tuple[State, int, int] | None = None

    def papers_and_passages(self) -> tuple[int, int]:
        """Return both counts."""
        with self._lock:
            state = self._library.log.state()
            if self._counted is None or self._counted[0] != state:
                papers = self._library.papers.listed()
                self._counted = (state, len(papers), sum(stored.passage_count for stored in papers))
            return self._counted[1:]
