"""How a model marks who is speaking: a set of our own files, chosen by the tokens the model has.

The Jinja template inside a GGUF file is never run: it is code from wherever the file came from (CVE-2024-34359). Its
text is searched for a few known words, where two families share their tokens and differ in what stands between them.
"""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any

from indexes.errors import ModelFailed

FORMATS = (
    "phi4", "deepseek_think", "deepseek", "chatml_think", "chatml", "llama4", "llama3", "gemma4_think", "gemma4",
    "gemma", "mistral_v7", "mistral", "command_r7b", "command_r", "granite", "harmony", "glm4", "phi4_mini", "phi3",
    "sarashina", "llm_jp", "zephyr", "inst_text", "plain",
)  # fmt: skip
"""The first that fits is taken, so those that ask for more come first; `plain` asks for nothing."""

_LOOKALIKE = {"#": "＃", "[": "［", "<": "‹"}


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """The text that stands before each part of a prompt.

    A model fits where every one of `markers` is a control token of it and its template holds one of `template_has`,
    where any are named. `plain_markers` are turn markers that are no tokens, so that a paper could write them.
    """

    name: str
    description: str
    markers: tuple[str, ...]
    before_system: str
    before_user: str
    before_reply: str
    template_has: tuple[str, ...] = ()
    plain_markers: tuple[str, ...] = ()

    @property
    def grounds(self) -> str:
        """Why it was chosen, in words."""
        tokens = ("its control tokens",) if self.markers else ()
        words = ("words of its template, which is not run",) if self.template_has else ()
        return f"by {' and '.join(tokens + words)}" if tokens or words else "no known turn markers"

    def fits(self, is_control_token: Callable[[str], bool], *, template: str) -> bool:
        """Tell whether a model with these control tokens and this template is written to in this format."""
        is_worded = not self.template_has or any(words in template for words in self.template_has)
        return is_worded and all(is_control_token(marker) for marker in self.markers)

    def as_data(self, text: str) -> str:
        """Return text of papers and readers with nothing in it that would open a turn in this format.

        Control tokens need no care here (they are never made from such text); plain words do.
        """
        for marker in self.plain_markers:
            text = text.replace(marker, _LOOKALIKE[marker[0]] + marker[1:])
        return text


def choose_chat_format(is_control_token: Callable[[str], bool], *, template: str = "") -> ChatFormat:
    """Return the first format that fits.

    Args:
        is_control_token: whether a text is one control token of the model. A token that a file merely lists is not
            enough: llama.cpp makes those from the text of papers too.
        template: the text of the file's chat template, searched and never run.
    """
    formats = (_load(name) for name in FORMATS)
    return next(one for one in formats if one.fits(is_control_token, template=template))


def _load(name: str) -> ChatFormat:
    file = importlib.resources.files("prompts") / "chat" / f"{name}.toml"
    try:
        declared = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ModelFailed(f"chat format {file}: {error}", hint="Install Ronbun again.") from error
    known = {field.name: field for field in fields(ChatFormat) if field.name != "name"}
    needed = {name for name, field in known.items() if field.default is MISSING}
    if not needed <= set(declared) <= set(known):
        raise ModelFailed(f"chat format {file} declares {sorted(declared)}", hint=f"It must declare {sorted(needed)}.")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in declared.items()
    }
    return ChatFormat(name=name, **values)
