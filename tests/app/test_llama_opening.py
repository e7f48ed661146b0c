"""How large a step is, whatever the settings ask for."""

import pytest

from app.generators.llama.context import BATCH_TOKENS
from app.generators.llama.opening import step_tokens
from app.generators.llama.pace import LEAST_TOKENS


@pytest.mark.parametrize("seats", [1, 64, 127, 128])
@pytest.mark.parametrize("window", [16, 512, 8192])
def test_step_has_room_for_a_chunk_beside_all_who_write(seats: int, window: int) -> None:
    assert step_tokens(window=window, seats=seats) - seats >= LEAST_TOKENS


def test_few_who_write_leave_a_step_as_it_is() -> None:
    assert step_tokens(window=8192, seats=16) == BATCH_TOKENS
