"""Make text from papers and readers safe to stand inside a prompt: it can be read, and cannot act.

What looks like one of our tags or like a chat model's control marker gets its bracket exchanged for one that looks
alike; characters that a reader cannot see are removed. Knows nothing of templates.
"""

from __future__ import annotations

import re

# Controls but for tab and newline, soft hyphen, zero-width and bidirectional marks, Unicode tags: invisible in a PDF
# viewer, so text made of them could only speak to the model. Lone surrogates cannot be encoded at all.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e01ef\ud800-\udfff]"
)
_MARKER = re.compile(
    r"<(?=\s*/?\s*(?:passage|paper|question)\b)"  # our own tags
    r"|<(?=\s*[|｜])|(?<=[|｜])>"  # <|im_start|>, <|eot_id|> and their kin
    r"|<(?=/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|start_of_image|think)>)"  # <s>, Gemma's turns
    r"|<(?=</?SYS>)"  # Llama 2's <<SYS>>
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",  # Mistral's
    re.IGNORECASE,
)
_LOOKALIKE = {"<": "‹", ">": "›", "[": "［"}


def neutralise(text: str) -> str:
    """Return `text` without invisible characters, and with no bracket that opens a tag or a control marker.

    A bracket that is not part of a marker stays ("p < 0.05", "[12]"). Line ends become "\\n".
    """
    visible = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _MARKER.sub(lambda found: _LOOKALIKE[found.group()], visible)


def one_line(text: str) -> str:
    """Return `text` for a tag's attribute: one line, double quotes made single, nothing that closes the tag."""
    return " ".join(text.split()).replace('"', "'").replace("<", "‹").replace(">", "›")
