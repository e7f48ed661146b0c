"""A projection for the fake encoder: a random turn, so that what was near stays near."""

import numpy as np
from fake_encoder import FakeEncoder

from indexes.late_interaction.projection import TokenProjection


def make_projection(encoder: FakeEncoder, *, mark: int = 5) -> TokenProjection:
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((encoder.dimension, encoder.dimension)))
    return TokenProjection(
        encoder_sha256=encoder.sha256,
        layer=-1,
        matrix=turn.astype(np.float32),
        weight=np.zeros(encoder.dimension, dtype=np.float32),
        bias=0.5413249,
        mark=mark,
    )
