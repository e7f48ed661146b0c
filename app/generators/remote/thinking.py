"""A reply's text into the answer alone: a thinking model's leading `<think>…</think>` is left out.

Strict: only a block that stands first, white space aside, and only these two tags. A block that never ends leaves no
answer. What servers send apart as `reasoning_content` never comes here.
"""

from __future__ import annotations

_OPENING, _CLOSING = "<think>", "</think>"


class AnswerText:
    """Takes a reply in pieces and gives the answer's part of each."""

    def __init__(self) -> None:
        self._undecided: str | None = ""
        self._thought: str | None = None

    @property
    def is_thinking(self) -> bool:
        """Whether a block is open."""
        return self._thought is not None

    def feed(self, piece: str) -> str:
        """Take the next piece of the reply and return what of it is the answer."""
        if self._thought is not None:
            return self._skip(piece)
        if self._undecided is None:
            return piece
        start = (self._undecided + piece).lstrip()
        if start.startswith(_OPENING):
            self._undecided, self._thought = None, ""
            return self._skip(start[len(_OPENING) :])
        if _OPENING.startswith(start):
            self._undecided = start
            return ""
        self._undecided = None
        return start

    def finish(self) -> str:
        """Say that nothing more comes; return what was held back."""
        held, self._undecided = self._undecided or "", None
        return held

    def _skip(self, piece: str) -> str:
        thought = (self._thought or "") + piece
        end = thought.find(_CLOSING)
        if end < 0:
            self._thought = thought[-(len(_CLOSING) - 1) :]
            return ""
        self._thought = None
        return thought[end + len(_CLOSING) :]
