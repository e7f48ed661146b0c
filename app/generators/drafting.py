"""A request into a prompt that fits a model's window: what the prompt is told, and which evidence must stay out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.generators.prompting import Prompts, RenderedPrompt
from app.generators.protocol import DraftRequest, Evidence
from indexes.errors import TooLarge
from indexes.records import page_at

# The longest sentence that a reader takes in at once; the grammar and the parser both hold to it.
MAX_SENTENCE_CHARS = 600
# A Japanese sentence of 80 characters with its JSON is about 120 tokens of a Llama vocabulary, and one may be longer;
# cut answers keep their complete sentences.
_ANSWER_TOKENS, _ANSWER_TOKENS_PER_SENTENCE = 256, 128
_ANSWER_SHARE = 3  # an answer may take a third of the window at most


@dataclass(frozen=True, slots=True)
class DraftPlan:
    """The prompt to send, the evidence in it (best first), the numbers left out, and the tokens left for the answer."""

    prompt: RenderedPrompt
    kept: tuple[Evidence, ...]
    dropped: tuple[int, ...]
    prompt_tokens: int
    answer_tokens: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """The passage numbers that a sentence may name."""
        return tuple(evidence.number for evidence in self.kept)


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
    """Drop evidence, worst first, until prompt and answer fit into `context_tokens`.

    Args:
        request: what to write; has at least one piece of evidence.
        prompts: the templates.
        count_tokens: tokens of a whole prompt as the model will read it.
        context_tokens: the model's window.

    Raises:
        TooLarge: not even the best piece of evidence fits beside the question.
    """
    wanted_tokens = _ANSWER_TOKENS + request.max_sentences * _ANSWER_TOKENS_PER_SENTENCE
    answer_tokens = min(wanted_tokens, context_tokens // _ANSWER_SHARE)
    ranked = sorted(request.evidence, key=lambda one: one.number)
    for kept_count in range(len(ranked), 0, -1):
        kept = tuple(ranked[:kept_count])
        prompt = render_draft(request, evidence=kept, prompts=prompts)
        prompt_tokens = count_tokens(prompt)
        if prompt_tokens + answer_tokens <= context_tokens:
            dropped = tuple(one.number for one in ranked[kept_count:])
            return DraftPlan(prompt, kept, dropped, prompt_tokens, answer_tokens)
    raise TooLarge(
        f"the question ({len(request.question)} characters) and one passage take {prompt_tokens} tokens; with "
        f"{answer_tokens} for the answer that is over the model's window of {context_tokens}",
        hint="Ask a shorter question, or give the model a larger window (RONBUN_CONTEXT_TOKENS).",
    )


def _prompt_passage(evidence: Evidence) -> _PromptPassage:
    passage = evidence.passage
    return _PromptPassage(
        number=evidence.number,
        title=evidence.title,
        section=passage.section,
        page=page_at(passage, 0),
        text=passage.text,
    )
