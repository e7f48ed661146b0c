from bench.engine.vocabulary import made_vocabulary, printable_bytes


def test_tokens_are_distinct_and_begin_with_the_single_bytes() -> None:
    tokens = made_vocabulary(3000).tokens
    assert len(tokens) == len(set(tokens)) == 3000
    assert tokens[:256] == tuple(bytes([byte]) for byte in range(256))


def test_every_longer_token_is_the_merge_of_two_earlier_ones() -> None:
    vocabulary = made_vocabulary(3000)
    places = {token: place for place, token in enumerate(vocabulary.tokens)}
    assert [left + right for left, right in vocabulary.merges] == list(vocabulary.tokens[256:])
    assert all(max(places[left], places[right]) < places[left + right] for left, right in vocabulary.merges)


def test_the_same_seed_gives_the_same_vocabulary() -> None:
    assert made_vocabulary(2000) == made_vocabulary(2000)
    assert made_vocabulary(2000) != made_vocabulary(2000, seed=1)


def test_the_shares_of_spaces_quotes_and_broken_characters_are_those_of_a_real_vocabulary() -> None:
    tokens = made_vocabulary(20_000).tokens
    broken = sum(token.decode("utf-8", errors="replace").encode() != token for token in tokens[256:])
    assert 0.2 < sum(token.startswith(b" ") for token in tokens) / len(tokens) < 0.6
    assert sum(b'"' in token for token in tokens) > 20
    assert broken / len(tokens) < 0.01


def test_printable_bytes_are_gpt2s() -> None:
    printable = printable_bytes()
    assert len(set(printable)) == 256
    assert (printable[ord("A")], printable[ord(" ")], printable[ord("\n")]) == ("A", "Ġ", "Ċ")
