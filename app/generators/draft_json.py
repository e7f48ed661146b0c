"""A model's JSON into draft sentences, strictly and as it arrives.

The form is `{"sentences": [{"text": "…", "passages": [1, 2]}, …]}`; white space between tokens is allowed, anything
else is `ModelFailed`. Nothing is repaired.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from app.generators.protocol import DraftSentence
from indexes.errors import ModelFailed

_SHOWN_CHARS = 200  # of a bad reply, in the message
_HEAD = re.compile(r'\s*\{\s*"sentences"\s*:\s*\[\s*')
_TAIL = re.compile(r"\s*\]\s*\}\s*\Z")
_NEXT = re.compile(r"\s*,\s*")
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


class DraftReader:
    """Reads one reply in pieces; `feed` gives each sentence when its last brace has come."""

    def __init__(self, *, numbers: Collection[int], max_sentences: int, max_chars: int) -> None:
        self._numbers = frozenset(numbers)
        self._max_sentences = max_sentences
        self._max_chars = max_chars
        self._decoder = json.JSONDecoder(object_pairs_hook=_Pairs)
        self._rest = ""
        self._begun = False
        self._sentences: list[DraftSentence] = []

    @property
    def sentences(self) -> tuple[DraftSentence, ...]:
        """Every complete sentence so far."""
        return tuple(self._sentences)

    def feed(self, text: str) -> tuple[DraftSentence, ...]:
        """Take the next piece of the reply and return the sentences that it completes.

        Raises:
            ModelFailed: a sentence breaks a rule: an unknown passage number, no passage, a bad or too long text.
        """
        self._rest += text
        known = len(self._sentences)
        if not self._begun and (head := _HEAD.match(self._rest)):
            self._begun, self._rest = True, self._rest[head.end() :]
        while self._begun and self._take_sentence():
            pass
        return tuple(self._sentences[known:])

    def finish(self, *, is_cut_off: bool) -> tuple[DraftSentence, ...]:
        """Say that nothing more comes, and return every sentence.

        Args:
            is_cut_off: the reply ended at a token limit, so what follows the last whole sentence is let go.

        Raises:
            ModelFailed: the reply is not in the form, or was cut off before a first whole sentence.
        """
        if self._begun and _TAIL.match(self._rest):
            return self.sentences
        if is_cut_off and self._sentences:
            return self.sentences
        if is_cut_off:
            raise _failure("the reply was cut off before its first sentence was whole", self._rest)
        raise _failure("the reply is not the JSON that was asked for", self._rest)

    def _take_sentence(self) -> bool:
        separator = _NEXT.match(self._rest) if self._sentences else None
        if self._sentences and separator is None:
            return False
        start = separator.end() if separator else 0
        if "}" not in self._rest[start:]:
            return False
        try:
            value, end = self._decoder.raw_decode(self._rest, start)
        except json.JSONDecodeError:
            return False  # not whole yet; `finish` tells where it never becomes so
        except RecursionError as error:
            raise _failure("the reply is nested too deeply", self._rest) from error
        self._sentences.append(self._sentence(value))
        self._rest = self._rest[end:]
        return True

    def _sentence(self, value: object) -> DraftSentence:
        if not isinstance(value, _Pairs) or [name for name, _ in value.pairs] != ["text", "passages"]:
            raise _failure("a sentence must have exactly `text` and `passages`, in this order", repr(value))
        (_, text), (_, passages) = value.pairs
        if len(self._sentences) == self._max_sentences:
            raise _failure(f"more than the {self._max_sentences} sentences that were asked for", repr(text))
        return DraftSentence(self._text(text), self._passages(passages))

    def _text(self, value: object) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if not text:
            raise _failure("a sentence's text is empty or not a string", repr(value))
        if _UNFIT.search(text):
            raise _failure("a sentence holds control characters or broken text", repr(text))
        if len(text) > self._max_chars:
            raise _failure(f"a sentence of {len(text)} characters is over the limit of {self._max_chars}", text)
        return text

    def _passages(self, value: object) -> tuple[int, ...]:
        if not isinstance(value, list) or not value:
            raise _failure("a sentence names no passages", repr(value))
        for number in value:
            if type(number) is not int or number not in self._numbers:
                raise _failure(f"a sentence names passage {number!r}, which it was not given", repr(value))
        return tuple(dict.fromkeys(value))


class _Pairs:
    """A JSON object as its pairs, so that a repeated or unknown name is seen."""

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        self.pairs = tuple(pairs)

    def __repr__(self) -> str:
        return f"{{{', '.join(f'{name!r}: {value!r}' for name, value in self.pairs)}}}"


def parse_draft(
    reply: str, *, numbers: Collection[int], max_sentences: int, max_chars: int, is_cut_off: bool = False
) -> tuple[DraftSentence, ...]:
    """Read a whole reply; see `DraftReader`.

    Raises:
        ModelFailed: the reply is not in the form.
    """
    reader = DraftReader(numbers=numbers, max_sentences=max_sentences, max_chars=max_chars)
    reader.feed(reply)
    return reader.finish(is_cut_off=is_cut_off)


def _failure(what: str, shown: str) -> ModelFailed:
    cut = shown if len(shown) <= _SHOWN_CHARS else f"{shown[:_SHOWN_CHARS]}…"
    return ModelFailed(
        f"the model gave what cannot be read: {what}: {cut!r}",
        hint="Try another model; small ones often miss the form where the server cannot enforce it.",
    )
