import numpy as np

from bench.training.late_interaction import DIMENSION, LAYER, Projecting, _axes, figures, ranks, train
from bench.training.token_papers import AskedPaper, AskedQuestion
from indexes.arrays import TokenVectors

VECTOR = 96
SIGNAL = 4
"""Numbers of a vector that say what it is about; the rest are noise, and larger, so that training has to find them."""


def tokens(subject: int, *, count: int, seed: int) -> TokenVectors:
    vectors = np.random.default_rng(seed).standard_normal((count, VECTOR)).astype(np.float32)
    vectors[:, :SIGNAL] = 0.0
    vectors[0, subject] = 4.0
    return TokenVectors(np.zeros(count, np.int32), vectors)


def papers(count: int, *, first: int = 0) -> list[AskedPaper]:
    made = []
    for number in range(first, first + count):
        passages = tuple(tokens(subject, count=12, seed=100 * number + subject) for subject in range(SIGNAL))
        questions = tuple(
            AskedQuestion(tokens(subject, count=4, seed=100 * number + 50 + subject), frozenset({subject}))
            for subject in range(SIGNAL)
        )
        made.append(AskedPaper("made", f"paper {number}", passages, questions))
    return made


def test_training_finds_what_tells_passages_apart_in_papers_it_has_not_seen() -> None:
    unseen = papers(10, first=100)
    few, many = (train(papers(count), encoder_sha256="x") for count in (1, 60))
    before, after = (figures(ranks(unseen, projection))["made"].mrr for projection in (few, many))
    assert after > before
    assert after > 0.7
    assert (many.matrix.shape, many.layer, many.encoder_sha256) == ((VECTOR, DIMENSION), LAYER, "x")


def test_the_same_papers_give_the_same_projection() -> None:
    first, second = (train(papers(3), encoder_sha256="x") for _ in range(2))
    np.testing.assert_array_equal(first.matrix, second.matrix)
    np.testing.assert_array_equal(first.weight, second.weight)


def test_the_loss_is_the_softmax_over_maxsim_scores() -> None:
    (paper,) = papers(1)
    module = Projecting(_axes([paper]))
    matrix = module.matrix.detach().numpy()
    losses = []
    for question in paper.questions:
        asked = question.tokens.vectors @ matrix
        asked /= np.linalg.norm(asked, axis=1, keepdims=True)
        scores = []
        for held in paper.passages:
            pieces = held.vectors @ matrix
            pieces /= np.linalg.norm(pieces, axis=1, keepdims=True)
            scores.append(10.0 * (asked @ pieces.T).max(axis=1).sum() / len(asked) ** 0.5)
        (gold,) = question.gold
        losses.append(np.log(np.exp(scores).sum()) - scores[gold])
    np.testing.assert_allclose(float(module.loss(paper).detach()), sum(losses) / len(losses) ** 0.5, rtol=1e-3)
