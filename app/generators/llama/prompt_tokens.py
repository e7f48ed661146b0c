"""A rendered prompt in a model's chat format as tokens, and where its parts end that other prompts share."""

from __future__ import annotations

from dataclasses import dataclass

from app.generators.llama.chat_format import ChatFormat
from app.generators.llama.model import LlamaModel
from app.generators.prompting import RenderedPrompt


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """A prompt's tokens; `keep` are its lengths after the system part and after the paper's."""

    tokens: tuple[int, ...]
    keep: tuple[int, ...]


def tokenize_prompt(prompt: RenderedPrompt, *, model: LlamaModel, chat: ChatFormat) -> PromptTokens:
    """Split a prompt; text of papers and readers never becomes control tokens.

    Each part is split alone, so that equal leading parts give equal leading tokens.

    Raises:
        ModelFailed: llama.cpp could not split it, or the model is closed.
    """
    system = [*model.begins_with()]
    system += model.tokenize(chat.before_system, is_markup=True)
    system += model.tokenize(prompt.system, is_markup=False)
    system += model.tokenize(chat.before_user, is_markup=True)
    paper = model.tokenize(f"{chat.as_data(prompt.paper)}\n\n", is_markup=False)
    question = model.tokenize(chat.as_data(prompt.question), is_markup=False)
    question += model.tokenize(chat.before_reply, is_markup=True)
    return PromptTokens((*system, *paper, *question), (len(system), len(system) + len(paper)))
