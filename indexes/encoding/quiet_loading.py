"""Loading a model without the bars that transformers draws on stderr, and giving them back to whoever comes after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Keep transformers silent: its warnings from here on, its progress bars while the block runs.

    The bars are huggingface_hub's too, for the whole process: left off, a model fetched later shows no progress.
    """
    import transformers

    logging: Any = transformers.utils.logging
    logging.set_verbosity_error()
    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()
