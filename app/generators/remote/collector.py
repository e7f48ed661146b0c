"""The pieces of one reply into sentences, handed on as they are complete, and into what is known when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.generators.draft_json import DraftReader
from app.generators.drafting import MAX_SENTENCE_CHARS
from app.generators.protocol import DraftSentence, Usage
from app.generators.remote.dialect import GRAMMAR_BEGINNING, Form
from app.generators.remote.reply import ReplyPiece
from app.generators.remote.thinking import AnswerText
from app.generators.remote.trouble import Trouble, outage, unreadable
from indexes.errors import ModelFailed

MAX_ANSWER_CHARS = 1 << 16  # twenty sentences of the longest kind, each character escaped, are fewer
MIN_SECRET_CHARS = 16  # shorter keys are placeholders ("ollama", "lm-studio"), and may stand in an honest answer
_TOKEN_LIMIT = "length"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request."""

    sentences: tuple[DraftSentence, ...]
    usage: Usage
    is_cut_off: bool


class GrammarIgnored(Trouble):
    """The server took the field `grammar`, and the reply does not begin as the grammar does."""


class Collector:
    """Reads one reply; what `on_sentence` raises is passed on."""

    def __init__(
        self,
        *,
        numbers: Sequence[int],
        max_sentences: int,
        form: Form,
        key: str,
        on_sentence: Callable[[DraftSentence], None] | None,
    ) -> None:
        self._reader = DraftReader(numbers=numbers, max_sentences=max_sentences, max_chars=MAX_SENTENCE_CHARS)
        self._answer = AnswerText()
        self._on_sentence = on_sentence
        self._awaited = GRAMMAR_BEGINNING if form is Form.GRAMMAR else ""
        self._secret = key if len(key) >= MIN_SECRET_CHARS else ""
        self._tail = ""
        self._answer_chars = 0
        self._has_reasoned = False
        self._usage = Usage(0, 0)
        self.ending: str | None = None

    @property
    def has_handed_on(self) -> bool:
        """Whether a sentence has been handed on, so that the question cannot be asked again."""
        return self._on_sentence is not None and bool(self._reader.sentences)

    def take(self, piece: ReplyPiece) -> None:
        """Take what one event adds.

        Raises:
            GrammarIgnored: the first words are not the grammar's.
            ModelFailed: a sentence breaks a rule of the form.
            Trouble: the answer is too long, or repeats the key.
        """
        self._has_reasoned = self._has_reasoned or piece.has_reasoning
        self._check_beginning(piece.content)
        self._check_secret(piece.content)
        self._read(self._answer.feed(piece.content))
        self._has_reasoned = self._has_reasoned or self._answer.is_thinking
        self._usage = piece.usage or self._usage
        self.ending = piece.ending or self.ending

    def finish(self) -> Reply:
        """Say that nothing more comes.

        Raises:
            ModelFailed: the reply is not in the form.
            Trouble: it broke off before it was whole.
        """
        self._read(self._answer.finish())
        is_at_limit = self.ending == _TOKEN_LIMIT
        if is_at_limit and self._has_reasoned and not self._answer_chars:
            raise ModelFailed(
                "the model was still thinking when it had written all the tokens it may",
                hint="Turn its thinking off at the server, or ask another model.",
            )
        try:
            sentences = self._reader.finish(is_cut_off=is_at_limit)
        except ModelFailed as error:
            if self.ending is None:
                raise outage(f"the server broke off before the answer was whole: {error.message}") from error
            raise
        return Reply(sentences, self._usage, self._reader.is_cut_off)

    def _read(self, text: str) -> None:
        self._answer_chars += len(text)
        if self._answer_chars > MAX_ANSWER_CHARS:
            raise unreadable(f"the answer is over the limit of {MAX_ANSWER_CHARS} characters")
        for sentence in self._reader.feed(text) if text else ():
            if self._on_sentence is not None:
                self._on_sentence(sentence)

    def _check_beginning(self, content: str) -> None:
        common = min(len(self._awaited), len(content))
        if self._awaited[:common] != content[:common]:
            raise GrammarIgnored(ModelFailed("the server does not hold to the grammar", hint="Ask another server."))
        self._awaited = self._awaited[common:]

    def _check_secret(self, content: str) -> None:
        if not self._secret:
            return
        self._tail += content
        if self._secret in self._tail:
            raise unreadable("the answer repeats RONBUN_REMOTE_KEY", hint="Do not trust this server; change the key.")
        self._tail = self._tail[-(len(self._secret) - 1) :]
