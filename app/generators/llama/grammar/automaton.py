"""Rules of a grammar into an automaton over bytes, made state by state as it is walked; knows nothing of tokens.

A state is the set of places in the grammar where a text may stand, each a stack of what must still follow, as in
llama.cpp's own reader. Counts are part of a stack, so that no bound is unrolled before somebody reaches it. Rules may
not be recursive: every language that we ask for is regular, and stacks stay as deep as the rules are nested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.generators.llama.grammar.nodes import Characters, Choice, Literal, Node, Reference, Repeat, Sequence
from app.generators.llama.grammar.rules import ShortestTexts, check_rules
from app.generators.llama.grammar.utf8_ranges import ByteRange, utf8_sequences

_Alternatives = tuple[tuple[ByteRange, ...], ...]


class Bytes:
    """The rest of a literal or character: one of these sequences of byte ranges. Equal ones are one object."""

    __slots__ = ("alternatives", "steps")

    def __init__(self, alternatives: _Alternatives) -> None:
        self.alternatives = alternatives
        self.steps: dict[int, tuple[bool, Bytes | None]] = {}


class Stack:
    """What must follow, first what is on `top`; the one without a top is the end. Equal ones are one object."""

    __slots__ = ("heads", "rest", "top")

    def __init__(self, top: Node | Bytes | None, rest: Stack | None) -> None:
        self.top = top
        self.rest = rest
        self.heads: tuple[Stack, ...] | None = None

    def first_ranges(self) -> tuple[ByteRange, ...]:
        """Return the ranges of the bytes that a head may begin with, in any order; they may overlap."""
        return tuple(one[0] for one in self.top.alternatives) if isinstance(self.top, Bytes) else ()


_Chain = tuple[Node | Bytes, ...]


class State:
    """Where a text may stand: stacks that begin with bytes, or the end. Equal ones are one object."""

    __slots__ = ("_first_bytes", "heads", "is_complete", "steps")

    def __init__(self, heads: frozenset[Stack]) -> None:
        self.heads = heads
        self.is_complete = any(head.top is None for head in heads)
        self.steps: dict[int, State | None] = {}
        self._first_bytes: list[int] | None = None

    @property
    def first_bytes(self) -> list[int]:
        """The bytes that may come next, ascending."""
        if self._first_bytes is None:
            ranges = {one for head in self.heads for one in head.first_ranges()}
            self._first_bytes = sorted({byte for low, high in ranges for byte in range(low, high + 1)})
        return self._first_bytes

    @property
    def is_finished(self) -> bool:
        """Whether the text is whole and nothing may follow."""
        return self.is_complete and len(self.heads) == 1


class Automaton:
    """Walks one grammar. For one thread at a time; holds every state that was reached."""

    def __init__(self, rules: Mapping[str, Node]) -> None:
        self._rules = rules
        self._bytes: dict[_Alternatives, Bytes] = {}
        self._of_node: dict[Node, Bytes] = {}
        self._repeats: dict[tuple[Node, int, int | None], Repeat] = {}
        self._stacks: dict[tuple[object, Stack | None], Stack] = {}
        self._states: dict[frozenset[Stack], State] = {}
        self._shortest = ShortestTexts(rules)
        self._chains_of: dict[Node, tuple[_Chain, ...]] = {}
        self.end = Stack(None, None)
        self.end.heads = (self.end,)
        check_rules(rules, self._shortest)
        self.start = self.state_of(self.push(rules["root"], self.end))

    def __len__(self) -> int:
        """Return how many states have been reached."""
        return len(self._states)

    def push(self, top: Node | Bytes, rest: Stack) -> Stack:
        """Return the stack with `top` before `rest`."""
        key = (top, rest)
        found = self._stacks.get(key)
        if found is None:
            found = self._stacks[key] = Stack(top, rest)
        return found

    def repeat(self, part: Node, least: int, most: int | None) -> Repeat:
        """Return the repetition of `part` within these bounds."""
        key = (part, least, most)
        found = self._repeats.get(key)
        if found is None:
            found = self._repeats[key] = Repeat(part, least, most)
        return found

    def state_of(self, *stacks: Stack) -> State:
        """Return the state of a text that stands before any of the stacks."""
        heads = frozenset(head for stack in stacks for head in self.heads(stack))
        found = self._states.get(heads)
        if found is None:
            found = self._states[heads] = State(heads)
        return found

    def step(self, state: State, byte: int) -> State | None:
        """Return the state after one more byte, or None where the grammar refuses it."""
        if byte in state.steps:
            return state.steps[byte]
        followed = [after for head in state.heads for after in self._after(head, byte)]
        state.steps[byte] = after = self.state_of(*followed) if followed else None
        return after

    def walk(self, state: State, content: bytes) -> State | None:
        """Return the state after more bytes, or None where the grammar refuses one."""
        for byte in content:
            after = self.step(state, byte)
            if after is None:
                return None
            state = after
        return state

    def closing(self, state: State) -> bytes:
        """Return a shortest text that makes what was written whole: b"" where it is."""
        return min((self._closing_of(head) for head in state.heads), key=lambda closing: (len(closing), closing))

    def shortest(self, node: Node | Bytes) -> bytes:
        """Return a shortest text of a node."""
        if isinstance(node, Bytes):
            return bytes(low for low, _ in min(node.alternatives, key=len))
        return self._shortest.of(node)

    def heads(self, stack: Stack) -> tuple[Stack, ...]:
        """Return the stacks that begin with bytes, or the end, that a text before `stack` may stand before."""
        if stack.heads is None:
            stack.heads = tuple(dict.fromkeys(self._heads_of(stack)))
        return stack.heads

    def _heads_of(self, stack: Stack) -> Iterator[Stack]:
        top, rest = stack.top, stack.rest
        assert top is not None
        assert rest is not None  # only the end has none, and it knows its heads
        if not isinstance(top, Repeat):
            yield from self._before(rest, top)
            return
        if top.least == 0:
            yield from self.heads(rest)
        if top.most != 0:
            yield from self._before(self._once_less(top, rest), top.part)

    def _before(self, rest: Stack, top: Node | Bytes) -> Iterator[Stack]:
        """Yield the heads of a stack with `top` before `rest`."""
        for chain in self._chains(top):
            if not chain:
                yield from self.heads(rest)
                continue
            head = rest
            for node in reversed(chain):
                head = self.push(node, head)
            yield head

    def _chains(self, node: Node | Bytes) -> tuple[_Chain, ...]:
        """Return what a node may begin with: bytes, and what of the node follows them; () where it may be empty."""
        if isinstance(node, Bytes):
            return ((node,),)
        if node not in self._chains_of:
            self._chains_of[node] = tuple(self._made_chains(node))
        return self._chains_of[node]

    def _made_chains(self, node: Node) -> Iterator[_Chain]:
        if isinstance(node, Literal | Characters):
            yield () if isinstance(node, Literal) and not node.content else (self._bytes_of(node),)
        elif isinstance(node, Sequence):
            yield from self._chains_in_order(node.parts)
        elif isinstance(node, Choice):
            for option in node.options:
                yield from self._chains(option)
        elif isinstance(node, Reference):
            yield from self._chains(self._rules[node.name])
        else:
            stack = self.push(node, self.end)
            for head in self.heads(stack):
                yield tuple(self._tops(head))

    def _chains_in_order(self, parts: tuple[Node, ...]) -> Iterator[_Chain]:
        if not parts:
            yield ()
            return
        for chain in self._chains(parts[0]):
            if chain:
                yield (*chain, *parts[1:])
            else:
                yield from self._chains_in_order(parts[1:])

    def _tops(self, stack: Stack) -> Iterator[Node | Bytes]:
        while stack.top is not None and stack.rest is not None:
            yield stack.top
            stack = stack.rest

    def _once_less(self, top: Repeat, rest: Stack) -> Stack:
        most = None if top.most is None else top.most - 1
        return self.push(self.repeat(top.part, max(top.least - 1, 0), most), rest)

    def _after(self, head: Stack, byte: int) -> Iterator[Stack]:
        if head.rest is None or not isinstance(head.top, Bytes):
            return
        steps = head.top.steps
        if byte not in steps:
            steps[byte] = self._bytes_after(head.top, byte)
        is_through, more = steps[byte]
        if is_through:
            yield head.rest
        if more is not None:
            yield self.push(more, head.rest)

    def _bytes_after(self, top: Bytes, byte: int) -> tuple[bool, Bytes | None]:
        """Return whether this byte may be the last of some alternative, and what the others go on with."""
        tails = [one[1:] for one in top.alternatives if one[0][0] <= byte <= one[0][1]]
        more = tuple(tail for tail in tails if tail)
        return len(more) < len(tails), self._interned(more) if more else None

    def _bytes_of(self, node: Literal | Characters) -> Bytes:
        if node not in self._of_node:
            if isinstance(node, Literal):
                alternatives: _Alternatives = (tuple((byte, byte) for byte in node.content),)
            else:
                alternatives = tuple(one for first, last in node.ranges for one in utf8_sequences(first, last))
            self._of_node[node] = self._interned(alternatives)
        return self._of_node[node]

    def _interned(self, alternatives: _Alternatives) -> Bytes:
        return self._bytes.setdefault(alternatives, Bytes(alternatives))

    def _closing_of(self, stack: Stack) -> bytes:
        return b"".join(map(self.shortest, self._tops(stack)))
