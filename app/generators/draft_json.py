"""A model's JSON into draft sentences, strictly and as it arrives.

The form is `{"sentences": [{"text": "…", "passages": [1, 2]}, …]}`; white space between tokens is allowed, anything
else is `ModelFailed`. Nothing is repaired.

A sentence that was cut short is never given out as whole. Where writing stopped at a limit, the sentence that was open
is let go. So is one that fills `max_chars` without ending as a sentence does: the grammar closed it, not the model.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Collection, Sequence

from app.generators.protocol import DraftSentence
from indexes.errors import ModelFailed

_SHOWN_CHARS = 200  # of a bad reply, in the message
_HEAD = re.compile(r'\s*\{\s*"sentences"\s*:\s*\[\s*')
_TAIL = re.compile(r"\s*\]\s*\}\s*\Z")
_NEXT = re.compile(r"\s*,\s*")
_EMPTY = '{"sentences":['
_CUT_WITHIN = re.compile(r"\s*(?:\{.*|\]\s*\}?\s*)?", re.DOTALL)  # what a cut may leave after the head
_SENTENCE_END = re.compile(r"""[.!?…。．！？][\])}»”’"'」』】）］]*\Z""")
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
        self._taken = 0  # sentences read, those let go among them
        self._is_cut_off = False
        self._sentences: list[DraftSentence] = []

    @property
    def sentences(self) -> tuple[DraftSentence, ...]:
        """Every complete sentence so far."""
        return tuple(self._sentences)

    @property
    def is_cut_off(self) -> bool:
        """Whether a sentence was let go because it was cut short, or `finish` said that the reply was."""
        return self._is_cut_off

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
        """Say that nothing more comes, and return every sentence: none, where the first was cut off already.

        Args:
            is_cut_off: the reply ended at a limit of tokens or time, so what follows the last whole sentence is let
                go. What an engine adds to close a reply in form (`GenerationReport.closing`) is not to be fed: with it
                the open sentence would look whole.

        Raises:
            ModelFailed: the reply is not in the form, nor the beginning of one where it was cut off.
        """
        is_whole = self._begun and _TAIL.match(self._rest) is not None
        if not is_whole and not (is_cut_off and self._is_beginning()):
            raise _failure("the reply is not the JSON that was asked for", self._rest)
        self._is_cut_off = self._is_cut_off or not is_whole
        return self.sentences

    def _is_beginning(self) -> bool:
        """Tell whether what is left may be the beginning of the form."""
        if not self._begun:
            return _EMPTY.startswith("".join(self._rest.split()))
        return self._taken > 0 or _CUT_WITHIN.fullmatch(self._rest) is not None

    def _take_sentence(self) -> bool:
        separator = _NEXT.match(self._rest) if self._taken else None
        if self._taken and separator is None:
            return False
        start = separator.end() if separator else 0
        if "}" not in self._rest[start:]:
            return False
        try:
            value, end = self._decoder.raw_decode(self._rest, start)
        except json.JSONDecodeError:
            return False  # not whole yet; `finish` tells where it never becomes so
        except RecursionError as error:
            raise _failure("the reply is nested too deeply", self._rest[start:]) from error
        except ValueError as error:  # Python's limit on the digits of an integer
            raise _failure("the reply holds a number that is too long", self._rest[start:]) from error
        sentence = self._sentence(value, self._rest[start:end])
        self._rest = self._rest[end:]
        self._taken += 1
        if sentence is None:
            self._is_cut_off = True
        else:
            self._sentences.append(sentence)
        return True

    def _sentence(self, value: object, written: str) -> DraftSentence | None:
        """Check one sentence and show it as it was written; None where its text was cut short by the limit."""
        if not isinstance(value, _Pairs) or [name for name, _ in value.pairs] != ["text", "passages"]:
            raise _failure("a sentence must have exactly `text` and `passages`, in this order", written)
        (_, text), (_, passages) = value.pairs
        if self._taken == self._max_sentences:
            raise _failure(f"more than the {self._max_sentences} sentences that were asked for", written)
        sentence = DraftSentence(self._text(text, written), self._passages(passages, written))
        fills_limit = isinstance(text, str) and len(text) == self._max_chars
        return None if fills_limit and not _SENTENCE_END.search(sentence.text) else sentence

    def _text(self, value: object, written: str) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if not text:
            raise _failure("a sentence's text is empty or not a string", written)
        if _UNFIT.search(text):
            raise _failure("a sentence holds control characters or broken text", written)
        if len(text) > self._max_chars:
            raise _failure(f"a sentence of {len(text)} characters is over the limit of {self._max_chars}", written)
        return text

    def _passages(self, value: object, written: str) -> tuple[int, ...]:
        if not isinstance(value, list) or not value:
            raise _failure("a sentence names no passages", written)
        for number in value:
            if type(number) is not int or number not in self._numbers:
                raise _failure(f"a sentence names passage {reprlib.repr(number)}, which it was not given", written)
        return tuple(dict.fromkeys(value))


class _Pairs:
    """A JSON object as its pairs, so that a repeated or unknown name is seen."""

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        self.pairs = tuple(pairs)

    def __repr__(self) -> str:
        return "{…}"  # no deeper: what parses may yet be nested too deeply to be shown whole


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
