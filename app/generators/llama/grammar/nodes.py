"""What a grammar's rules are made of. Nodes are told apart by which object they are, so that they are cheap keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """These bytes, one after the other; may be none."""

    content: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Characters:
    """One character of the ranges (first and last code point, sorted, apart; never a surrogate)."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """All parts in order."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of the options."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """The part, `least` to `most` times; None is no end."""

    part: Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The rule of that name."""

    name: str


Node = Literal | Characters | Sequence | Choice | Repeat | Reference


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly inside a node."""
    if isinstance(node, Sequence):
        return node.parts
    if isinstance(node, Choice):
        return node.options
    return (node.part,) if isinstance(node, Repeat) else ()
