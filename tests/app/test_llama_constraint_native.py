"""Our masks against llama.cpp's own grammar, token by token along random walks."""

import ctypes
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from made_vocabularies import made_pieces, write_vocabulary

from app.generators.grammar import draft_grammar
from app.generators.llama.grammar.constraint import Constraints
from app.generators.llama.grammar.pieces import TokenTable

pytestmark = pytest.mark.llama
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

PIECES = made_pieces()
SPECIALS = ("<|end|>", "<|im_start|>")
END = len(PIECES)
GRAMMARS = {
    "one": draft_grammar(numbers=(1,), max_sentences=1, max_chars=2),
    "short": draft_grammar(numbers=(1, 2, 12), max_sentences=3, max_chars=9),
    "long": draft_grammar(numbers=(1, 10, 12, 120, 7), max_sentences=8, max_chars=600),
    "many": draft_grammar(numbers=range(1, 51), max_sentences=30, max_chars=40),
    "words": 'root ::= [a-z ]+ ("," [a-zé-ü]{2,4}){0,2} "."?\n',
    "least": 'root ::= "<" [^<>\\n]{3,5} ">" | "<" .{1,2} "!"',
    "overlap": 'root ::= [a-t]{0,6} "the" [a-z]*',
}


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    from app.generators.llama.library import llama_library

    llama = llama_library()
    path = write_vocabulary(tmp_path_factory.mktemp("vocabulary") / "v.gguf", PIECES, specials=SPECIALS)
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    model = llama.llama_model_load_from_file(str(path).encode(), parameters)
    assert model
    yield llama, llama.llama_model_get_vocab(model)
    llama.llama_model_free(model)


def native_mask(llama: Any, rules: Any, count: int) -> np.ndarray:
    entries = (llama.llama_token_data * count)(*((token, 0.0, 0.0) for token in range(count)))
    candidates = llama.llama_token_data_array(data=entries, size=count, selected=-1, sorted=False)
    llama.llama_sampler_apply(rules, ctypes.byref(candidates))
    mask = np.zeros(count, dtype=bool)
    for entry in entries:
        mask[entry.id] = entry.logit != -np.inf
    return mask


def may_be_utf8(written: bytes) -> bool:
    """Whether bytes are UTF-8, the last character perhaps not whole."""
    if any(written[-back:].startswith((b"\xed\xa0", b"\xed\xb0")) for back in (2, 3)):
        return False
    try:
        written.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.end == len(written) and error.reason == "unexpected end of data"
    return True


def is_told_apart(token: int, written: bytes) -> bool:
    """Whether llama.cpp reads the token as we do: to it, 0 ends a text and a control token is the text of its name;
    bytes that are no UTF-8 are some character or other."""
    return token <= END and (token == END or (PIECES[token] != b"\0" and may_be_utf8(written + PIECES[token])))


@pytest.mark.parametrize("name", GRAMMARS)
def test_masks_are_those_of_llama_cpp(native: tuple[Any, Any], name: str) -> None:
    llama, vocab = native
    grammar, count = GRAMMARS[name], len(PIECES) + len(SPECIALS)
    constraint = Constraints(TokenTable([*PIECES, b"", b""], ends=[END])).get(grammar)
    compared = 0
    for seed in range(12):
        chance = random.Random(seed)
        matcher, written = constraint.open(), b""
        rules = llama.llama_sampler_init_grammar(vocab, grammar.encode(), b"root")
        assert rules
        for _ in range(60):
            ours, theirs = matcher.mask(), native_mask(llama, rules, count)
            for token in np.flatnonzero(ours[:END]):
                assert may_be_utf8(written + PIECES[token]), (written, PIECES[token])
            assert not ours[END + 1]
            differing = [int(token) for token in np.flatnonzero(ours != theirs) if is_told_apart(int(token), written)]
            assert not differing, (written, [PIECES[token] for token in differing])
            compared += 1
            fits = np.flatnonzero(ours)
            if chance.random() < 0.5 and (fits > 256).any():
                fits = fits[fits > 256]
            token = int(chance.choice(fits))
            if token == END:
                break
            assert matcher.allows(token)
            matcher.accept(token)
            llama.llama_sampler_accept(rules, token)
            written += PIECES[token]
        llama.llama_sampler_free(rules)
    assert compared > 20
