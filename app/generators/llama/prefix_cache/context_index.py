"""Which contexts a folder holds, by the tokens they begin with. Headers are read once, when a file is first seen."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.generators.llama.prefix_cache.context_file import (
    ContextKind,
    UnusableContextError,
    is_context_name,
    read_header,
    require_private,
)
from app.generators.llama.prefix_cache.prefix_tree import PrefixTree, Tokens

logger = logging.getLogger(__name__)

_FRESH_NS = 2_000_000_000  # a folder changed this lately may change again within one tick of its clock


@dataclass(frozen=True, slots=True)
class Saved:
    """A context on disk: its first `length` tokens are those asked for; it holds `tokens` in all."""

    path: Path
    length: int
    tokens: int
    size_bytes: int


class ContextIndex:
    """The contexts of one kind. Other processes may add and remove files. Safe to call from several threads.

    `refuse` is told of each file that cannot be used and why, and tells whether it removed it.
    """

    def __init__(self, folder: Path, *, kind: ContextKind, refuse: Callable[[Path, Exception], bool]) -> None:
        self._folder = folder
        self._kind = kind
        self._refuse = refuse
        self._lock = threading.Lock()
        self._tree = PrefixTree()
        self._seen: dict[str, int] = {}  # files looked at, usable or not, and their slots in the tree
        self._found: dict[int, tuple[Path, int]] = {}  # the usable ones, and their sizes in bytes
        self._changed_ns = -1
        self._last_slot = 0
        self._has_complained = False

    def longest(self, tokens: Sequence[int] | Tokens) -> Saved | None:
        """Return the context that shares the longest beginning with `tokens`, the smallest of equals, or None."""
        with self._lock:
            self._look()
            slots, length = self._tree.sharing(tokens)
            slot = min(slots, key=self._tree.length, default=None)
            if slot is None:
                return None
            path, size_bytes = self._found[slot]
            return Saved(path, length, self._tree.length(slot), size_bytes)

    def look_again_at(self, path: Path) -> None:
        """Forget what is known of a file that was refused or written."""
        with self._lock:
            self._drop([path.name])
            self._changed_ns = -1

    def _look(self) -> None:
        """Read the headers of files that are new, forget those that are gone."""
        try:
            changed_ns = require_private(self._folder)
            if changed_ns == self._changed_ns:
                return
            names = {path.name for path in self._folder.iterdir() if is_context_name(path.name)}
        except FileNotFoundError:
            names, changed_ns = set(), -1
        except OSError as error:
            if not self._has_complained:
                logger.warning("no contexts are read from %s: %s", self._folder, error)
            self._has_complained = True
            names, changed_ns = set(), -1
        self._drop(self._seen.keys() - names)
        for name in sorted(names - self._seen.keys()):
            self._add(self._folder / name)
        self._changed_ns = changed_ns if time.time_ns() - changed_ns > _FRESH_NS else -1

    def _add(self, path: Path) -> None:
        self._last_slot += 1
        try:
            header = read_header(path)
        except FileNotFoundError:
            return
        except (UnusableContextError, OSError) as error:
            if not self._refuse(path, error):
                self._seen[path.name] = self._last_slot
            return
        self._seen[path.name] = self._last_slot
        if header.kind == self._kind and len(header.tokens):
            self._tree.insert(self._last_slot, header.tokens)
            self._found[self._last_slot] = path, header.size_bytes

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            slot = self._seen.pop(name, 0)
            self._tree.forget(slot)
            self._found.pop(slot, None)
