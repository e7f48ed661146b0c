"""What is known of a grammar's rules before they are walked: which cannot be, and the shortest text of each part."""

from __future__ import annotations

from collections.abc import Mapping

from app.generators.llama.grammar.nodes import (
    Characters,
    Choice,
    Literal,
    Node,
    Reference,
    Repeat,
    Sequence,
    parts_of,
)
from indexes.errors import ModelFailed


class ShortestTexts:
    """A shortest text of every node, found when asked for. The rules must not be recursive."""

    def __init__(self, rules: Mapping[str, Node]) -> None:
        self._rules = rules
        self._found: dict[Node, bytes] = {}

    def of(self, node: Node) -> bytes:
        """Return a shortest text of a node, as UTF-8."""
        if node not in self._found:
            self._found[node] = self._shortest(node)
        return self._found[node]

    def _shortest(self, node: Node) -> bytes:
        if isinstance(node, Literal):
            return node.content
        if isinstance(node, Characters):
            return chr(node.ranges[0][0]).encode("utf-8")
        if isinstance(node, Sequence):
            return b"".join(map(self.of, node.parts))
        if isinstance(node, Choice):
            return min(map(self.of, node.options), key=len)
        if isinstance(node, Reference):
            return self.of(self._rules[node.name])
        return self.of(node.part) * node.least


def check_rules(rules: Mapping[str, Node], shortest: ShortestTexts) -> None:
    """Refuse what an automaton without recursion cannot walk.

    Raises:
        ModelFailed: a rule is recursive, repeats what may be empty, or has a class without characters.
    """
    checked: set[str] = set()

    def check_rule(name: str, within: tuple[str, ...]) -> None:
        if name in within:
            raise _failure(f"the rule {name!r} is recursive")
        if name not in checked:
            check(rules[name], (*within, name))
            checked.add(name)

    def check(node: Node, within: tuple[str, ...]) -> None:
        for part in parts_of(node):
            check(part, within)
        if isinstance(node, Reference):
            check_rule(node.name, within)
        elif isinstance(node, Repeat) and not shortest.of(node.part):
            raise _failure(f"the rule {within[-1]!r} repeats what may be empty")
        elif isinstance(node, Characters) and not node.ranges:
            raise _failure(f"the rule {within[-1]!r} has a class without characters")

    for name in rules:
        check_rule(name, ())


def _failure(what: str) -> ModelFailed:
    return ModelFailed(
        f"the grammar of the reply cannot be used: {what}", hint="The grammar is Ronbun's own; please report it."
    )
