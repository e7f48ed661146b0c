"""The form of a draft, as a grammar for llama.cpp and as a JSON schema for servers; `draft_json` reads both.

The grammar is our own: the one that llama-cpp-python makes from a JSON schema lets raw control characters through and
ignores bounds on integers.
"""

from __future__ import annotations

from collections.abc import Sequence

# More passages than this behind one sentence is a list, not a ground.
MAX_PASSAGES_PER_SENTENCE = 4

# Everything that JSON allows unescaped, less controls, surrogates, noncharacters and U+FFFD, which stands for what
# could not be read. Nothing is escaped but the quote and the backslash: a sentence has no line ends.
_PLANES = "".join(rf"\U{plane:04X}0000-\U{plane:04X}FFFD" for plane in range(1, 17))
_HIGH = rf"\uE000-\uFDCF\uFDF0-\uFFFC{_PLANES}"
_CHARACTER = rf"[ !#-\x5B\x5D-\x7E\u00A0-\uD7FF{_HIGH}]"
# The same without white space, so that no sentence is empty when it is stripped.
_FIRST_CHARACTER = (
    r"[!#-\x5B\x5D-\x7E\u00A1-\u167F\u1681-\u1FFF\u200B-\u2027\u202A-\u202E\u2030-\u205E\u2060-\u2FFF\u3001-\uD7FF"
    rf"{_HIGH}]"
)
_COMMA = '","'


def draft_grammar(*, numbers: Sequence[int], max_sentences: int, max_chars: int) -> str:
    """Return a GBNF grammar of `{"sentences":[{"text":"…","passages":[1,2]},…]}` without any free white space.

    Args:
        numbers: the passage numbers that a sentence may name, at least one.
        max_sentences: most sentences, 1 <= max_sentences; the list may always be empty.
        max_chars: most characters of a sentence, 2 <= max_chars.
    """
    one_of = " | ".join(f'"{number}"' for number in numbers)
    more_numbers = min(len(numbers), MAX_PASSAGES_PER_SENTENCE) - 1
    return "\n".join(
        [
            r'root ::= "{\"sentences\":[" sentences? "]}"',
            f"sentences ::= sentence{_repeat(_COMMA + ' sentence', max_sentences - 1)}",
            r'sentence ::= "{\"text\":\"" text "\",\"passages\":[" numbers "]}"',
            f"text ::= first{_repeat('next', max_chars - 1)}",
            f"first ::= {_FIRST_CHARACTER} | escaped",
            f"next ::= {_CHARACTER} | escaped",
            r'escaped ::= "\\" ["\\]',
            f"numbers ::= number{_repeat(_COMMA + ' number', more_numbers)}",
            f"number ::= {one_of}",
            "",
        ]
    )


def draft_schema(*, numbers: Sequence[int], max_sentences: int) -> dict[str, object]:
    """Return the JSON schema of the same form, in the part of the language that servers' strict modes share."""
    sentence = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "passages": {"type": "array", "items": {"type": "integer", "enum": list(numbers)}},
        },
        "required": ["text", "passages"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": sentence, "maxItems": max_sentences}},
        "required": ["sentences"],
        "additionalProperties": False,
    }


def _repeat(rule: str, most: int) -> str:
    return f" ({rule}){{0,{most}}}" if most > 0 else ""
