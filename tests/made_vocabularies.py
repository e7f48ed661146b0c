"""Small vocabularies that hold what a byte-level vocabulary of 150,000 tokens has of every kind."""

import random
from collections.abc import Sequence
from pathlib import Path

import gguf
from gguf_models import byte_alphabet

# Tokens of JSON that run over several parts of our form.
FORM_PIECES = (
    '{"', '":"', '":', '":[', '","', '",', '"}', '"},', '"},{"', '},{"', '},{', ']},{"', ']}', ']}]}', '}]}',
    ']},', ',"', '"]', '."', '.","', '!","passages', '","passages":[', 'passages', 'sentences',
    '{"sentences":[', '{"text":"', 'text', '":"A', '"A', '\\"', '\\\\', '\\\\"', '\\', '\\n', 'a\\', '\\"b',
    '1,', '1]', '12', '2,1', '10', ',1', ', 1', '":["', '{}', '[]', '"]}',
)  # fmt: skip
WORDS = (
    "the",
    " the",
    " crane",
    "Cranes",
    " of",
    " 97",
    "羽",
    "です",
    "鶴が",
    "。",
    "日本語",
    "é",
    "Ω",
    "🕊",
    "🕊️",
    " …",
    "-",
    "—",
)
# Words of letters alone, and letters that run into what may follow them.
RUNS = ("crane", "cranes", "they", "a1", "b2.", "a1b", "x!", "a>", "ab>", "ab>7", "&a;>", "b,", "ab,c")
ODD_CHARACTERS = (
    '\x7f', '\x80', '\x85', '\x9f', '\xa0', '\u2003', '\u2028', '\u2029', '\u3000', '\u200b', '\ufdd0',
    '\ufdef', '\ufffd', '\ufffe', '\uffff', '\ue000', '\U0001fffe', '\U0001ffff', '\U0010fffd', '\U0010ffff',
    '\ud7ff', '\U00010000',
)  # fmt: skip
BROKEN = (
    b'\xed\xa0\x80', b'\xed\xa0', b'\xed\xbf\xbf', b'\xc0\xaf', b'\xe0\x80\x80', b'\xf0\x80',
    b'\xf4\x90\x80\x80', b'\xf5\x80', b'\xff\xfe', b'a\x80', b'\xe3\x81a', b'\xe3\x81"', b'\x80\x80\x80\x80',
    b'\xc3\xc3',
)  # fmt: skip


def made_pieces(*, seed: int = 0) -> list[bytes]:
    """Return some 900 distinct tokens: all bytes, parts of the form, text in both languages, parts of characters."""
    texts = [*FORM_PIECES, *WORDS, *RUNS, *ODD_CHARACTERS, *(str(number) for number in range(1, 130))]
    texts += [sign * length for sign in " -=\n\t" for length in (2, 4, 8, 16, 33)]
    texts += [f"{word}{end}" for word in WORDS for end in ('"', '",', '","', "\n", "\\", '."},{"', '","passages":[1')]
    pieces = (
        [bytes([byte]) for byte in range(256)]
        + [text.encode("utf-8", "surrogatepass") for text in texts]
        + list(BROKEN)
    )
    chance = random.Random(seed)
    whole = "".join(ODD_CHARACTERS + WORDS).encode("utf-8")
    for _ in range(300):
        begin = chance.randrange(len(whole))
        pieces.append(whole[begin : begin + chance.randint(1, 7)])
    return list(dict.fromkeys(pieces))


def write_vocabulary(path: Path, pieces: Sequence[bytes], *, specials: Sequence[str]) -> Path:
    """Write a GGUF file that holds a vocabulary and nothing else; the first of the specials ends a text."""
    alphabet = byte_alphabet()
    tokens = ["".join(alphabet[byte] for byte in piece) for piece in pieces]
    kinds = [gguf.TokenType.NORMAL] * len(tokens) + [gguf.TokenType.CONTROL] * len(specials)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(512)
    writer.add_embedding_length(8)
    writer.add_feed_forward_length(8)
    writer.add_block_count(1)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens) + len(specials))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([*tokens, *specials])
    writer.add_token_types(kinds)
    writer.add_token_merges(["t h"])
    writer.add_eos_token_id(len(tokens))
    writer.add_bos_token_id(len(tokens))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path
