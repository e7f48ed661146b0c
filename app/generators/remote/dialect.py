"""What one server takes of the chat completions API: bodies in its dialect, and what a refusal teaches about it.

As documented in 2025 and 2026, `response_format` with a JSON schema is taken by vLLM (which dropped its own
`guided_json` in 0.12), llama-server, Ollama from 0.5 on and LM Studio. `llama_cpp.server` refuses it and takes
`grammar`, as llama-servers of any age do; a few hosted ones know only `json_object`. A server that drops what it does
not know cannot be told apart by a refusal, so a reply under `grammar` must begin as the grammar does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.generators.drafting import MAX_SENTENCE_CHARS, DraftPlan
from app.generators.grammar import draft_grammar, draft_schema
from app.generators.protocol import DraftRequest

GRAMMAR_BEGINNING = '{"sentences":['
"""The first characters of every reply that `draft_grammar` allows."""


class Form(StrEnum):
    """How the server is asked to hold to the form, the strictest first; free leaves it to the prompt."""

    JSON_SCHEMA = "json_schema"
    GRAMMAR = "grammar"
    JSON_OBJECT = "json_object"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server is believed to take."""

    form: Form = Form.JSON_SCHEMA
    streams: bool = True
    counts_tokens: bool = True
    takes_seed: bool = True
    takes_temperature: bool = True
    limit_field: str = "max_tokens"

    def body(self, plan: DraftPlan, request: DraftRequest, *, model: str) -> dict[str, object]:
        """Return the request's body; the plan names at least one passage that a sentence may rest on."""
        body: dict[str, object] = {
            "model": model,
            "messages": [
                {"role": "system", "content": plan.prompt.system},
                {"role": "user", "content": f"{plan.prompt.paper}\n\n{plan.prompt.question}"},
            ],
            "stream": self.streams,
            self.limit_field: plan.answer_tokens,
            **self._form_fields(plan.numbers, max_sentences=request.max_sentences),
        }
        if self.streams and self.counts_tokens:
            body["stream_options"] = {"include_usage": True}
        if self.takes_seed:
            body["seed"] = request.seed
        if self.takes_temperature:
            body["temperature"] = 0
        return body

    def after_refusal(self, said: str) -> Dialect | None:
        """Return what to speak next, or None if a refusal with these words has nothing to do with the dialect."""
        words = frozenset(_WORD.findall(said.lower()))
        if self.streams and self.counts_tokens and words & {"stream_options", "include_usage"}:
            return replace(self, counts_tokens=False)
        if self.form is not Form.FREE and words & _FORM_WORDS:
            return replace(self, form=_FORMS[_FORMS.index(self.form) + 1])
        if self.limit_field == "max_tokens" and "max_completion_tokens" in words:
            return replace(self, limit_field="max_completion_tokens")
        if self.takes_seed and "seed" in words:
            return replace(self, takes_seed=False)
        if self.takes_temperature and "temperature" in words:
            return replace(self, takes_temperature=False)
        if self.streams and words & {"stream", "streaming"}:
            return replace(self, streams=False)
        return None

    def without_form(self) -> Dialect | None:
        """Return the dialect that asks for no form, or None if this one does not either."""
        return None if self.form is Form.FREE else replace(self, form=Form.FREE)

    def after_ignored_grammar(self) -> Dialect:
        """Return what to speak to a server that took `grammar` and did not hold to it."""
        return replace(self, form=Form.JSON_OBJECT)

    def _form_fields(self, numbers: Sequence[int], *, max_sentences: int) -> dict[str, object]:
        if self.form is Form.FREE:
            return {}
        if self.form is Form.GRAMMAR:
            return {
                "grammar": draft_grammar(numbers=numbers, max_sentences=max_sentences, max_chars=MAX_SENTENCE_CHARS)
            }
        schema = draft_schema(numbers=numbers, max_sentences=max_sentences)
        if self.form is Form.JSON_OBJECT:
            return {"response_format": {"type": "json_object", "schema": schema}}
        named = {"name": "draft", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}


_FORMS = tuple(Form)
_WORD = re.compile(r"[a-z_]+")
_FORM_WORDS = frozenset({"response_format", "json_schema", "json_object", "schema", "grammar", "structured"})
