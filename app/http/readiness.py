"""Whether the service can answer yet: the encoder's weights, loaded in the background when that is wished."""

from __future__ import annotations

import logging
import threading
import time
from enum import StrEnum

from indexes.encoding.encoder import Encoder
from indexes.errors import RonbunError

logger = logging.getLogger(__name__)


class EncoderState(StrEnum):
    """How far the encoder is."""

    UNTRIED = "untried"
    LOADING = "loading"
    LOADED = "loaded"
    FAILED = "failed"


class Readiness:
    """Holds the encoder's state between the thread that loads it and the requests that ask."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.state = EncoderState.UNTRIED
        self.reason = ""

    def warm_up(self) -> threading.Thread:
        """Start loading the encoder's weights; the thread is returned for tests and ends by itself."""
        self.state = EncoderState.LOADING
        thread = threading.Thread(target=self._load, name="ronbun-warm-up", daemon=True)
        thread.start()
        return thread

    def _load(self) -> None:
        started = time.perf_counter()
        try:
            self.encoder.encode_queries(["warm-up"])
        except RonbunError as error:
            logger.error("encoder failed name=%s reason=%s", self.encoder.name, error.message)
            self.reason = error.message
            self.state = EncoderState.FAILED
            return
        self.state = EncoderState.LOADED
        logger.info("encoder loaded name=%s elapsed_ms=%d", self.encoder.name, (time.perf_counter() - started) * 1000)
