"""Drafts through one model on one server: plan what fits, wait for a place, ask, and tell what came of it.

The network is a seam: tests give a transport. Nothing here knows which server it is; it asks in the strictest form,
learns from refusals what is taken, and the strict parser judges what comes either way.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

import httpx
from prometheus_client import CollectorRegistry

from app.generators.drafting import plan_draft
from app.generators.prompting import Prompts, RenderedPrompt
from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    GeneratorIdentity,
    GeneratorKind,
    Usage,
)
from app.generators.remote.address import read_address, request_headers
from app.generators.remote.breaker import BreakerState, CircuitBreaker
from app.generators.remote.dialect import Dialect
from app.generators.remote.exchange import LoopClient
from app.generators.remote.listing import ServedModels
from app.generators.remote.measured import RemoteMeasures
from app.generators.remote.places import Places
from app.generators.remote.progress import Progress
from app.generators.remote.receiving import Patience
from app.generators.remote.server import Server, Wish
from app.generators.remote.trouble import Trouble
from indexes.errors import RonbunError

logger = logging.getLogger(__name__)

MOST_BYTES_PER_TOKEN = 5
"""No current vocabulary has more over pages of papers: English 4 to 4.8 bytes a token, Japanese 3 to 4.8."""


class RemoteGenerator:
    """Writes drafts through one server and model, measured in `registry`. Safe to call from several threads."""

    def __init__(
        self,
        *,
        url: str,
        model: str,
        key: str,
        timeout_s: float,
        context_tokens: int,
        prompts: Prompts,
        concurrency: int = 8,
        max_waiting: int = 64,
        patience: Patience | None = None,
        breaker: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        jitter: Callable[[], float] = random.random,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._address = read_address(url)
        self._model = model
        self._key = key
        self._timeout_s = timeout_s
        self._context_tokens = context_tokens
        self._prompts = prompts
        patience = patience or Patience()
        self._breaker = breaker or CircuitBreaker()
        self._places = Places(concurrency, max_waiting=max_waiting)
        self._measures = RemoteMeasures(
            registry or CollectorRegistry(), model_name=model, places=self._places, breaker=self._breaker
        )
        self._client = LoopClient(
            headers=request_headers(key),
            connect_s=min(patience.connect_s, timeout_s),
            connections=concurrency + 1,  # one for the list of models
            # A server on this machine is never reached through a proxy: papers would leave the machine.
            uses_proxies=not self._address.is_local,
            transport=transport,
        )
        self._has_warned_of_cut = False
        self._served = ServedModels(self._client, url=self._address.models, model=model)
        self._server = Server(
            self._client,
            address=self._address,
            model=model,
            key=key,
            patience=patience,
            breaker=self._breaker,
            jitter=jitter,
        )

    @property
    def identity(self) -> GeneratorIdentity:
        """Name the model as the server does; a server gives no hash."""
        return GeneratorIdentity(GeneratorKind.REMOTE, self._model, None)

    @property
    def parallel_drafts(self) -> int:
        """How many are asked of the server at once; vLLM and llama-server keep what they have read for the next."""
        return self._places.count

    @property
    def breaker_state(self) -> BreakerState:
        """Whether the server is asked at present."""
        return self._breaker.state

    @property
    def dialect(self) -> Dialect:
        """What the server takes, as far as it is known."""
        return self._server.dialect

    @property
    def running(self) -> int:
        """Drafts that are with the server."""
        return self._places.running

    @property
    def waiting(self) -> int:
        """Drafts that stand in line."""
        return self._places.waiting

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Write sentences; both callbacks are called in this thread.

        Raises:
            BadInput: there is evidence, and none of it may be cited.
            TooLarge: the question does not fit the window.
            ModelMissing: the server does not know the model or the address.
            ModelFailed: the server broke, was too slow, or gave what cannot be read.
            Busy: the line is full, the deadline passed, or the server is overloaded or left alone for a while.
        """
        if not request.evidence:
            return Draft((), Usage(0, 0), (), None, None)
        with self._measures.failures():
            plan = plan_draft(
                request, prompts=self._prompts, count_tokens=estimate_tokens, context_tokens=self._context_tokens
            )
            progress = Progress(on_progress, timeout_s=self._timeout_s, deadline_s=request.deadline_s)
            draft = self._draft_or_tell(Wish(plan, request, progress, on_sentence))
        self._measures.written(draft)
        return draft

    def close(self) -> None:
        """Close the connections; drafts under way fail."""
        self._client.close()

    def _draft_or_tell(self, wish: Wish) -> Draft:
        """Return the draft; troubles become errors that a caller may see."""
        try:
            self._breaker.refuse_if_open(self._address.completions)
            return self._draft_in_turn(wish)
        except Trouble as trouble:
            raise self._without_key(self._served.with_listing(trouble.error)) from None
        except RonbunError as error:
            raise self._without_key(error) from None

    def _draft_in_turn(self, wish: Wish) -> Draft:
        cost_tokens = estimate_tokens(wish.plan.prompt) + wish.plan.answer_tokens
        with self._places.hold(wish.request, cost_tokens=cost_tokens, progress=wish.progress):
            queue_ms = wish.progress.elapsed_ms
            wish.progress.begin()
            answer = self._server.ask(wish)
            total_ms = wish.progress.elapsed_ms
        self._served.check_once()
        self._warn_of_cut(wish.plan.prompt, answer.reply.usage)
        timings = (
            ("queue", queue_ms),
            ("read", answer.first_token_ms - queue_ms),  # with attempts that failed
            ("write", total_ms - answer.first_token_ms),
            ("first_token", answer.first_token_ms),
        )
        prompt = wish.plan.prompt
        return Draft(
            answer.reply.sentences,
            answer.reply.usage,
            wish.plan.dropped,
            prompt.prompt_id,
            prompt.sha256,
            is_cut_off=answer.reply.is_cut_off,
            timings_ms=timings,
        )

    def _warn_of_cut(self, prompt: RenderedPrompt, usage: Usage) -> None:
        """Log where the server seems to have read a part of the prompt: Ollama cuts to its window and says nothing.

        Its count of the prompt's tokens tells, where much is missing. It is no proof, for some leave out what they had
        read before, so the draft stands; what it says is checked against the whole text in any case.
        """
        least_tokens = _text_bytes(prompt) // MOST_BYTES_PER_TOKEN
        if not self._has_warned_of_cut and 0 < usage.prompt_tokens < least_tokens:
            self._has_warned_of_cut = True
            logger.warning(
                "the server counts %d tokens in a prompt of at least %d: if it cuts prompts, give its model a larger "
                "window (Ollama: OLLAMA_CONTEXT_LENGTH) or lower RONBUN_CONTEXT_TOKENS to it",
                usage.prompt_tokens,
                least_tokens,
            )

    def _without_key(self, error: RonbunError) -> RonbunError:
        """Return the error as a caller may see it: a server may repeat the key."""
        if self._key:
            error.message = error.message.replace(self._key, "***")
            error.hint = error.hint.replace(self._key, "***")
            error.args = (error.message,)
        return error


def estimate_tokens(prompt: RenderedPrompt) -> int:
    """Return an upper estimate of a prompt's tokens: a third of its UTF-8 bytes.

    English text has four bytes or more a token in current vocabularies, Japanese about one character of three bytes.
    """
    return _text_bytes(prompt) // 3 + 64  # the server's own markers


def _text_bytes(prompt: RenderedPrompt) -> int:
    return sum(len(part.encode("utf-8")) for part in (prompt.system, prompt.paper, prompt.question))
