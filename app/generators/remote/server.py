"""One server, asked until it answers: attempts with pauses between them, and what each refusal teaches about it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.generators.drafting import DraftPlan
from app.generators.protocol import DraftRequest, DraftSentence, Stage
from app.generators.remote.address import Address
from app.generators.remote.breaker import BreakerState, CircuitBreaker
from app.generators.remote.collector import Collector, GrammarIgnored, Reply
from app.generators.remote.dialect import Dialect
from app.generators.remote.exchange import Exchange, LoopClient
from app.generators.remote.progress import Progress
from app.generators.remote.receiving import Patience, Reception
from app.generators.remote.trouble import Trouble
from indexes.errors import Busy, ModelFailed, ModelMissing, TooLarge

logger = logging.getLogger(__name__)

ATTEMPTS = 3
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0  # a server that asks for more is not waited for: its time is told instead
_REFUSING_STATUSES = frozenset({400, 422})
_NAMING_STATUSES = frozenset({400, 404, 415, 422, 500, 501})  # llama_cpp.server answers 500 to a body it cannot read


@dataclass(frozen=True, slots=True)
class Wish:
    """What one draft asks for, and who is told of it."""

    plan: DraftPlan
    request: DraftRequest
    progress: Progress
    on_sentence: Callable[[DraftSentence], None] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, and the milliseconds from the beginning of the draft to its first token."""

    reply: Reply
    first_token_ms: float


class Server:
    """A model on a server. `jitter` gives numbers from 0 to 1, so that many who wait do not come back at once."""

    def __init__(
        self,
        client: LoopClient,
        *,
        address: Address,
        model: str,
        key: str,
        patience: Patience,
        breaker: CircuitBreaker,
        jitter: Callable[[], float],
    ) -> None:
        self._client = client
        self._url = address.completions
        self._model = model
        self._key = key
        self._patience = patience
        self._breaker = breaker
        self._jitter = jitter
        self._dialect = Dialect()

    @property
    def dialect(self) -> Dialect:
        """What the server takes, as far as it is known."""
        return self._dialect

    def ask(self, wish: Wish) -> Answer:
        """Ask until there is an answer or no hope of one; after a sentence was handed on nothing is asked again.

        Raises:
            Trouble: the server refused, could not be reached, broke off or fell silent.
            ModelFailed: the model's reply is not in the form.
            Busy: the deadline passed, or the server is left alone.
        """
        dialect, attempt, is_wordless = self._dialect, 1, False
        while True:
            collector = self._collector(wish, dialect)
            try:
                # llama_cpp.server ends a stream without a word, and gives its reason where it need not stream.
                return self._attempt(wish, dialect, collector, streams=not is_wordless)
            except Trouble as trouble:
                if collector.has_handed_on:
                    raise
                if (other := _other_dialect(dialect, trouble)) is not None:
                    self._log_change(dialect, other, trouble)
                    dialect = other
                    continue
                self._pause(trouble, attempt, wish.progress)
                attempt, is_wordless = attempt + 1, trouble.is_wordless

    def _collector(self, wish: Wish, dialect: Dialect) -> Collector:
        return Collector(
            numbers=wish.plan.numbers,
            max_sentences=wish.request.max_sentences,
            form=dialect.form,
            key=self._key,
            on_sentence=wish.on_sentence,
        )

    def _attempt(self, wish: Wish, dialect: Dialect, collector: Collector, *, streams: bool) -> Answer:
        admission = self._breaker.admit(self._url)
        try:
            answer = self._exchange(wish, dialect, collector, streams=streams)
        except Trouble as trouble:
            is_down = trouble.is_outage and _other_dialect(dialect, trouble) is None
            (self._breaker.failed if is_down else self._breaker.succeeded)(admission)
            raise
        except ModelFailed:  # the model's fault: its server answered
            self._breaker.succeeded(admission)
            raise
        except BaseException:
            self._breaker.withdrawn(admission)
            raise
        self._breaker.succeeded(admission)
        return answer

    def _exchange(self, wish: Wish, dialect: Dialect, collector: Collector, *, streams: bool) -> Answer:
        spoken = dialect if streams else replace(dialect, streams=False)
        body = spoken.body(wish.plan, wish.request, model=self._model)
        wish.progress.at(Stage.READING)
        exchange = Exchange(self._client, method="POST", url=self._url, body=body)
        try:
            reception = Reception(
                exchange, progress=wish.progress, patience=self._patience, server=self._url, model=self._model
            )
            head = reception.head()
            self._dialect = dialect  # it was taken
            reply = reception.read(head, collector)
            written_ms = wish.progress.elapsed_ms
            return Answer(reply, written_ms if reception.first_token_ms is None else reception.first_token_ms)
        finally:
            exchange.close()

    def _pause(self, trouble: Trouble, attempt: int, progress: Progress) -> None:
        own_s = FIRST_PAUSE_S * 2.0 ** (attempt - 1) * (0.5 + self._jitter() / 2)
        pause_s = max(own_s, trouble.retry_after_s or 0.0)
        is_worth_it = trouble.is_passing and attempt < ATTEMPTS and self._breaker.state is BreakerState.CLOSED
        if not is_worth_it or pause_s > LONGEST_PAUSE_S or pause_s >= progress.left_s:
            raise trouble
        logger.info("asking again attempt=%d status=%s pause_s=%.1f", attempt + 1, trouble.status, pause_s)
        progress.pause(pause_s)

    def _log_change(self, dialect: Dialect, other: Dialect, trouble: Trouble) -> None:
        changed = [name for name in dialect.__slots__ if getattr(dialect, name) != getattr(other, name)]
        shown = " ".join(f"{name}={getattr(other, name)}" for name in changed)
        logger.warning("server refused, asking otherwise %s status=%s model=%s", shown, trouble.status, self._model)


def _other_dialect(dialect: Dialect, trouble: Trouble) -> Dialect | None:
    """Return what to speak instead, where the trouble may come of what was spoken."""
    if isinstance(trouble, GrammarIgnored):
        return dialect.after_ignored_grammar()
    if trouble.status not in _NAMING_STATUSES or isinstance(trouble.error, ModelMissing | TooLarge | Busy):
        return None
    other = dialect.after_refusal(trouble.said)
    return dialect.without_form() if other is None and trouble.status in _REFUSING_STATUSES else other
