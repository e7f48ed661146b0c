"""A request into a prompt that fits a model's window: what the prompt is told, and which evidence must stay out."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass

from app.generators.prompting import Prompts, RenderedPrompt
from app.generators.protocol import DraftRequest, Evidence
from indexes.errors import BadInput, TooLarge
from indexes.records import PaperRole, page_at, role_of

# The longest sentence that a reader takes in at once; the grammar and the parser both hold to it.
MAX_SENTENCE_CHARS = 600
# A Japanese sentence of 80 characters with its JSON is about 120 tokens of a Llama vocabulary, and one may be longer;
# cut answers keep their complete sentences.
_ANSWER_TOKENS, _ANSWER_TOKENS_PER_SENTENCE = 256, 128
_ANSWER_SHARE = 3  # an answer may take a third of the window at most


@dataclass(frozen=True, slots=True)
class DraftPlan:
    """The prompt to send, the evidence in it by number, the numbers left out, and the tokens left for the answer.

    `numbers` are those that a sentence may name, in ascending order, at least one.
    """

    prompt: RenderedPrompt
    kept: tuple[Evidence, ...]
    dropped: tuple[int, ...]
    answer_tokens: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _PromptPassage:
    """What the template `paper` sees of one passage."""

    number: int
    title: str
    section: str
    page: int
    text: str


def render_draft(request: DraftRequest, *, evidence: tuple[Evidence, ...], prompts: Prompts) -> RenderedPrompt:
    """Render the prompt of a request with only `evidence` in it."""
    values = {
        "paper": request.paper,
        "passages": tuple(_prompt_passage(one) for one in evidence),
        "question": request.question.strip(),
        "max_sentences": request.max_sentences,
    }
    wanted = prompts.inputs(request.task, request.language)
    return prompts.render(
        request.task, request.language, {name: value for name, value in values.items() if name in wanted}
    )


def plan_draft(
    request: DraftRequest,
    *,
    prompts: Prompts,
    count_tokens: Callable[[RenderedPrompt], int],
    context_tokens: int,
) -> DraftPlan:
    """Drop evidence, what may not be cited first, then worst first, until prompt and answer fit `context_tokens`.

    Args:
        request: what to write; has at least one piece of evidence that may be cited.
        prompts: the templates.
        count_tokens: tokens of a whole prompt as the model will read it.
        context_tokens: the model's window.

    Raises:
        BadInput: a sentence could rest on nothing.
        TooLarge: not even the best piece of evidence fits beside the question.
    """
    if not any(request.citable is None or one.number in request.citable for one in request.evidence):
        raise BadInput(
            "no passage was given that an answer may rest on",
            hint="Draft only where at least one piece of evidence is among `citable`.",
        )
    wanted_tokens = _ANSWER_TOKENS + request.max_sentences * _ANSWER_TOKENS_PER_SENTENCE
    answer_tokens = min(wanted_tokens, context_tokens // _ANSWER_SHARE)
    budget = context_tokens - answer_tokens
    ranked = _ranked(request)

    def tokens_with(kept_count: int) -> int:
        return count_tokens(render_draft(request, evidence=_by_number(ranked[:kept_count]), prompts=prompts))

    kept_count = len(ranked)
    if tokens_with(kept_count) > budget:  # the rare case; otherwise the prompt is counted once
        kept_count = bisect.bisect_right(range(1, len(ranked)), budget, key=tokens_with)
    if kept_count > 0:
        kept, dropped = _by_number(ranked[:kept_count]), _by_number(ranked[kept_count:])
        return DraftPlan(
            prompt=render_draft(request, evidence=kept, prompts=prompts),
            kept=kept,
            dropped=tuple(one.number for one in dropped),
            answer_tokens=answer_tokens,
            numbers=tuple(one.number for one in kept if request.citable is None or one.number in request.citable),
        )
    raise TooLarge(
        f"the question ({len(request.question)} characters) and one passage take {tokens_with(1)} tokens; with "
        f"{answer_tokens} for the answer that is over the model's window of {context_tokens}",
        hint="Ask a shorter question, or give the model a larger window (RONBUN_CONTEXT_TOKENS).",
    )


def _ranked(request: DraftRequest) -> tuple[Evidence, ...]:
    """Return the evidence best first: what may be cited in the order given, then the rest by number."""
    if request.citable is None:
        return _by_number(request.evidence)
    place = {number: rank for rank, number in enumerate(request.citable)}
    return tuple(sorted(request.evidence, key=lambda one: (place.get(one.number, len(place)), one.number)))


def _by_number(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda one: one.number))


def _prompt_passage(evidence: Evidence) -> _PromptPassage:
    passage = evidence.passage
    return _PromptPassage(
        number=evidence.number,
        title=f"[note] {evidence.title}" if role_of(evidence.passage) is PaperRole.NOTE else evidence.title,
        section=passage.section,
        page=page_at(passage, 0),
        text=passage.text,
    )
