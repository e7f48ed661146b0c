"""Drafts from any OpenAI-compatible server (vLLM, llama-server, Ollama) over HTTP.

The network is a seam: tests give a transport. Nothing here knows which server it is; one that refuses
`response_format` is asked again without it, and the strict parser judges what comes either way.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import httpx

from app.generators.draft_json import parse_draft
from app.generators.drafting import MAX_SENTENCE_CHARS, DraftPlan, plan_draft
from app.generators.grammar import draft_schema
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
from app.generators.remote_reply import ChatReply, read_chat_reply
from indexes.errors import BadInput, Busy, ModelFailed, ModelMissing, RonbunError

logger = logging.getLogger(__name__)

MAX_REPLY_BYTES = 1 << 20  # an answer is a few kB; more is not one
_ATTEMPTS = 3
_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 10.0
_RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_REFUSED_FORMAT_STATUSES = frozenset({400, 422})
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_CHECK_SERVER = "Check RONBUN_REMOTE_URL, that the server runs, and its log."


class RemoteGenerator:
    """Writes drafts through one server and model. Safe to call from several threads."""

    def __init__(
        self,
        *,
        url: str,
        model: str,
        key: str,
        timeout_s: float,
        context_tokens: int,
        prompts: Prompts,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = _completions_url(url)
        self._model = model
        self._key = key
        self._timeout_s = timeout_s
        self._context_tokens = context_tokens
        self._prompts = prompts
        self._sleep = sleep
        self._takes_schema = threading.Event()
        self._takes_schema.set()
        # A server on this machine is never reached through a proxy: papers would leave the machine.
        is_local = httpx.URL(url).host in _LOOPBACK_HOSTS
        self._client = httpx.Client(
            headers=_headers(key),
            timeout=timeout_s,
            follow_redirects=False,
            transport=transport,
            trust_env=not is_local,
        )

    @property
    def identity(self) -> GeneratorIdentity:
        """Name the model as the server does; a server gives no hash."""
        return GeneratorIdentity(GeneratorKind.REMOTE, self._model, None)

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Write sentences; `on_sentence` is called for each once the whole reply has come and is in the form.

        Raises:
            TooLarge: the question does not fit the window.
            ModelMissing: the server does not know the model or the address.
            ModelFailed: the server broke, was too slow, or gave what cannot be read.
            Busy: the server answered that it is overloaded, also when asked again.
        """
        if not request.evidence:
            return Draft((), Usage(0, 0), (), None, None)
        plan = plan_draft(
            request, prompts=self._prompts, count_tokens=estimate_tokens, context_tokens=self._context_tokens
        )
        reply = self._complete(plan, request)
        sentences = parse_draft(
            reply.content,
            numbers=plan.numbers,
            max_sentences=request.max_sentences,
            max_chars=MAX_SENTENCE_CHARS,
            is_cut_off=reply.is_cut_off,
        )
        for sentence in sentences:
            if on_sentence is not None:
                on_sentence(sentence)
        return Draft(sentences, reply.usage, plan.dropped, plan.prompt.prompt_id, plan.prompt.sha256)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _complete(self, plan: DraftPlan, request: DraftRequest) -> ChatReply:
        body: dict[str, object] = {
            "model": self._model,
            "messages": [
                {"role": "system", "content": plan.prompt.system},
                {"role": "user", "content": f"{plan.prompt.paper}\n\n{plan.prompt.question}"},
            ],
            "temperature": 0,
            "seed": request.seed,
            "max_tokens": plan.answer_tokens,
        }
        if not self._takes_schema.is_set():
            return self._ask(body)
        schema = draft_schema(numbers=plan.numbers, max_sentences=request.max_sentences)
        form = {"type": "json_schema", "json_schema": {"name": "draft", "strict": True, "schema": schema}}
        try:
            return self._ask({**body, "response_format": form})
        except _FormatRefusedError as refusal:
            logger.warning("server refused response_format, asking without it model=%s %s", self._model, refusal)
        reply = self._ask(body)
        self._takes_schema.clear()
        return reply

    def _ask(self, body: dict[str, object]) -> ChatReply:
        deadline = time.monotonic() + self._timeout_s
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                status, headers, content = self._post(body, deadline=deadline)
            except httpx.HTTPError as error:
                raise ModelFailed(f"{self._url}: {type(error).__name__}: {error}", hint=_CHECK_SERVER) from error
            if status not in _RETRIED_STATUSES or attempt == _ATTEMPTS:
                break
            pause = _backoff_s(attempt, headers)
            if time.monotonic() + pause >= deadline:
                break
            logger.info("server answered %d, asking again in %.1f s", status, pause)
            self._sleep(pause)
        if status == httpx.codes.OK:
            return read_chat_reply(content, url=self._url)
        raise self._refusal(status, content, has_format="response_format" in body)

    def _post(self, body: dict[str, object], *, deadline: float) -> tuple[int, httpx.Headers, bytes]:
        remaining = max(deadline - time.monotonic(), 0.001)
        with self._client.stream("POST", self._url, json=body, timeout=remaining) as response:
            content = bytearray()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > MAX_REPLY_BYTES:
                    raise ModelFailed(
                        f"{self._url}: the reply is over the limit of {MAX_REPLY_BYTES} bytes", hint=_CHECK_SERVER
                    )
                if time.monotonic() > deadline:
                    raise ModelFailed(
                        f"{self._url}: the reply took more than {self._timeout_s:g} s",
                        hint="Raise RONBUN_REMOTE_TIMEOUT_S, or use a faster model.",
                    )
            return response.status_code, response.headers, bytes(content)

    def _refusal(self, status: int, content: bytes, *, has_format: bool) -> RonbunError:
        said = content[:300].decode("utf-8", errors="replace")
        if self._key:
            said = said.replace(self._key, "***")
        what = f"{self._url} answered {status} for model {self._model!r}: {said!r}"
        if has_format and status in _REFUSED_FORMAT_STATUSES:
            return _FormatRefusedError(what, hint=_CHECK_SERVER)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return Busy(what, hint="The server is overloaded; try again later.")
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return ModelFailed(what, hint="Set RONBUN_REMOTE_KEY to a key that the server takes.")
        if status == httpx.codes.NOT_FOUND:
            return ModelMissing(what, hint="Check RONBUN_REMOTE_MODEL and that RONBUN_REMOTE_URL ends in /v1.")
        return ModelFailed(what, hint=_CHECK_SERVER)


class _FormatRefusedError(ModelFailed):
    """The server said that the request is bad while it carried `response_format`."""


def estimate_tokens(prompt: RenderedPrompt) -> int:
    """Return an upper estimate of a prompt's tokens: a third of its UTF-8 bytes.

    English text has four bytes or more a token in current vocabularies, Japanese about one character of three bytes.
    """
    text_bytes = sum(len(part.encode("utf-8")) for part in (prompt.system, prompt.paper, prompt.question))
    return text_bytes // 3 + 64  # the server's own markers


def _headers(key: str) -> dict[str, str]:
    if not key.isascii() or not key.isprintable():
        raise BadInput("RONBUN_REMOTE_KEY holds characters that a header cannot", hint="Copy the key again.")
    identity = {"Accept-Encoding": "identity"}  # so that the limit on bytes is one on what is held in memory
    return {**identity, "Authorization": f"Bearer {key}"} if key else identity


def _completions_url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise BadInput(f"RONBUN_REMOTE_URL is not an address: {url!r}", hint=_CHECK_SERVER) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadInput(
            f"RONBUN_REMOTE_URL is not an http(s) address: {url!r}",
            hint="Give the base URL of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1.",
        )
    return f"{url.rstrip('/')}/chat/completions"


def _backoff_s(attempt: int, headers: httpx.Headers) -> float:
    asked = headers.get("retry-after", "")
    own = _FIRST_BACKOFF_S * 2.0 ** (attempt - 1)
    return min(max(float(asked), own) if asked.isascii() and asked.isdigit() else own, _LONGEST_BACKOFF_S)
