"""How a model marks who is speaking: a small set of our own files, chosen by the tokens the model has.

The Jinja template inside a GGUF file is never read: it is code from wherever the file came from (CVE-2024-34359).
"""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields

from indexes.errors import ModelFailed

# The first whose markers are all single control tokens of the model is taken; `plain` asks for none.
_FORMATS = ("chatml", "llama3", "gemma", "mistral", "plain")


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """The text, made of control tokens, that stands before each part of a prompt."""

    name: str
    description: str
    markers: tuple[str, ...]
    before_system: str
    before_user: str
    before_reply: str


def choose_chat_format(is_control_token: Callable[[str], bool]) -> ChatFormat:
    """Return the first format all of whose markers the model has as control tokens."""
    formats = (_load(name) for name in _FORMATS)
    return next(one for one in formats if all(is_control_token(marker) for marker in one.markers))


def _load(name: str) -> ChatFormat:
    file = importlib.resources.files("prompts") / "chat" / f"{name}.toml"
    try:
        declared = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ModelFailed(f"chat format {file}: {error}", hint="Install Ronbun again.") from error
    names = {field.name for field in fields(ChatFormat)} - {"name"}
    if set(declared) != names:
        raise ModelFailed(f"chat format {file} declares {sorted(declared)}", hint=f"It must declare {sorted(names)}.")
    return ChatFormat(name=name, **{**declared, "markers": tuple(declared["markers"])})
