"""A grammar in GBNF, llama.cpp's notation, into rules; knows nothing of tokens.

Read as llama.cpp reads it (grammars/README.md there): literals, classes of characters, groups, `|`, `* + ? {m,n}`,
comments.
"""

from __future__ import annotations

import re
from typing import NoReturn

from app.generators.llama.grammar.nodes import Characters, Choice, Literal, Node, Reference, Repeat, Sequence
from indexes.errors import ModelFailed

_SPACE = re.compile(r"(?:[ \t]|#[^\n]*)*")
_SPACE_AND_LINES = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_DEFINES = re.compile(r"::=")
_BOUNDS = re.compile(r"\{\s*(\d+)\s*(?:(,)\s*(\d+)?\s*)?\}")
_ESCAPE = re.compile(r'\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([nrt"\\\[\]^-]))')
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)


def parse_gbnf(text: str) -> dict[str, Node]:
    """Return the rules by name; every name that is used is defined, and `root` is.

    Raises:
        ModelFailed: the text is not GBNF, or uses what this reader does not know.
    """
    return _Parser(text).rules()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._used: set[str] = {"root"}

    def rules(self) -> dict[str, Node]:
        rules: dict[str, Node] = {}
        self._skip(_SPACE_AND_LINES)
        while self._at < len(self._text):
            name = self._take(_NAME, "a rule's name").group()
            self._skip(_SPACE)
            self._take(_DEFINES, "`::=`")
            self._skip(_SPACE_AND_LINES)
            if name in rules:
                self._refuse(f"no second rule {name!r}")
            rules[name] = self._choice(is_nested=False)
            if self._at < len(self._text) and self._text[self._at] not in "\r\n":
                self._refuse("a new line")
            self._skip(_SPACE_AND_LINES)
        if missing := self._used - rules.keys():
            self._refuse(f"rules for {sorted(missing)}")
        return rules

    def _choice(self, *, is_nested: bool) -> Node:
        options = [self._sequence(is_nested=is_nested)]
        while self._peek() == "|":
            self._at += 1
            self._skip(_SPACE_AND_LINES)
            options.append(self._sequence(is_nested=is_nested))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self, *, is_nested: bool) -> Node:
        parts: list[Node] = []
        space = _SPACE_AND_LINES if is_nested else _SPACE
        while (part := self._atom()) is not None:
            parts.append(self._repeated(part))
            self._skip(space)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _atom(self) -> Node | None:
        sign = self._peek()
        if sign == '"':
            return self._literal()
        if sign == "[":
            return self._class()
        if sign == "(":
            self._at += 1
            self._skip(_SPACE_AND_LINES)
            inner = self._choice(is_nested=True)
            self._take(re.compile(r"\)"), "`)`")
            return inner
        if sign == ".":
            self._at += 1
            return Characters(_without_surrogates([(0, _LAST_CODE_POINT)]))
        if name := _NAME.match(self._text, self._at):
            self._at = name.end()
            self._used.add(name.group())
            return Reference(name.group())
        return None

    def _repeated(self, part: Node) -> Node:
        signs = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if (sign := self._peek()) in signs:
            self._at += 1
            least, most = signs[sign]
            return Repeat(part, least, most)
        if sign != "{":
            return part
        bounds = self._take(_BOUNDS, "bounds such as {0,9}")
        least = int(bounds[1])
        most = least if not bounds[2] else int(bounds[3]) if bounds[3] else None
        if most is not None and most < least:
            self._refuse("bounds in order")
        return Repeat(part, least, most)

    def _literal(self) -> Literal:
        self._at += 1
        characters: list[str] = []
        while self._peek() != '"':
            characters.append(chr(self._character()))
        self._at += 1
        try:
            return Literal("".join(characters).encode("utf-8"))
        except UnicodeEncodeError:
            self._refuse("no lone surrogate")

    def _class(self) -> Characters:
        self._at += 1
        is_negated = self._peek() == "^"
        self._at += is_negated
        ranges: list[tuple[int, int]] = []
        while self._peek() != "]":
            first = last = self._character()
            if self._peek() == "-" and self._text[self._at + 1 : self._at + 2] != "]":
                self._at += 1
                last = self._character()
            if last < first:
                self._refuse("a range in order")
            ranges.append((first, last))
        self._at += 1
        return Characters(_without_surrogates(_negated(ranges) if is_negated else ranges))

    def _character(self) -> int:
        if self._peek() in ("", "\n"):
            self._refuse("the end of a literal or class")
        if self._peek() != "\\":
            self._at += 1
            return ord(self._text[self._at - 1])
        escape = self._take(_ESCAPE, "a known escape")
        code = next((digits for digits in escape.groups()[:3] if digits is not None), None)
        if code is None:
            return ord(_CONTROLS.get(escape[4], escape[4]))
        if int(code, 16) > _LAST_CODE_POINT:
            self._refuse("a code point")
        return int(code, 16)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _take(self, pattern: re.Pattern[str], wanted: str) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            self._refuse(wanted)
        self._at = found.end()
        return found

    def _refuse(self, wanted: str) -> NoReturn:
        line = self._text.count("\n", 0, self._at) + 1
        shown = self._text[self._at : self._at + 30]
        raise ModelFailed(
            f"the grammar of the reply cannot be read: line {line}, at {shown!r}: expected {wanted}",
            hint="The grammar is Ronbun's own; please report it.",
        )


def _negated(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept, begin = [], 0
    for first, last in sorted(ranges):
        if begin < first:
            kept.append((begin, first - 1))
        begin = max(begin, last + 1)
    return [*kept, (begin, _LAST_CODE_POINT)] if begin <= _LAST_CODE_POINT else kept


def _without_surrogates(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the ranges sorted, joined where they meet, and without what UTF-8 cannot hold."""
    low, high = _SURROGATES
    split = [(first, min(last, low - 1)) for first, last in ranges] + [
        (max(first, high + 1), last) for first, last in ranges
    ]
    joined: list[tuple[int, int]] = []
    for first, last in sorted(pair for pair in split if pair[0] <= pair[1]):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)
