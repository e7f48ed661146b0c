"""A model's bytes, token by token, into text: whole characters only, and nothing from a stop string on.

Bytes that are no UTF-8 become U+FFFD; under a grammar there are none, a model that writes freely may give some.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextEnd:
    """The text that was held back until the end, and the closing that no model wrote."""

    text: str
    closing: str


class TextStream:
    """Gives out text as soon as it is certain. What is fed, in whatever pieces, comes out once and in order.

    A stop string ends the text before its first character, at the earliest place where one is complete; of several
    complete there, the longest counts. What may still become one is held back.
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._is_stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether a stop string has come; nothing more comes out."""
        return self._is_stopped

    def feed(self, content: bytes) -> str:
        """Take the bytes of the next token and return the text that is certain now."""
        return self._release(self._decoder.decode(content))

    def finish(self, closing: bytes = b"") -> TextEnd:
        """Say that no token comes any more.

        Args:
            closing: bytes that no model wrote, which make what it wrote whole (`Matcher.closing`).

        Returns:
            What was held back, and the closing as text, with the character that it completes where the model stopped
            within one. After a stop string both are empty.
        """
        if self._is_stopped:
            return TextEnd("", "")
        if closing:
            held, self._held = self._held, ""
            return TextEnd(held, self._decoder.decode(closing, final=True))
        released = self._release(self._decoder.decode(b"", final=True))
        held, self._held = self._held, ""
        return TextEnd(released + held, "")

    def _release(self, text: str) -> str:
        """Add text to what is held back and return what no stop string can take any more."""
        if self._is_stopped:
            return ""
        text = self._held + text
        found = [(place + len(stop), place) for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self._is_stopped, self._held = True, ""
            return text[: min(found)[1]]
        keep = len(text) - self._begun(text)
        self._held = text[keep:]
        return text[:keep]

    def _begun(self, text: str) -> int:
        """Return the length of the longest end of `text` that begins a stop string."""
        longest = min(len(text), max(map(len, self._stops), default=1) - 1)
        ends = (text[len(text) - length :] for length in range(longest, 0, -1))
        return next((len(end) for end in ends if any(stop.startswith(end) for stop in self._stops)), 0)
