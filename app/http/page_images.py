"""Pages as images, drawn once and kept in memory while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

MAX_KEPT_BYTES = 64 * 1024 * 1024  # about 150 pages at scale 2

ImageKey = tuple[str, int, float]


class PageImages:
    """The most recently seen images, by (paper's content hash, page, scale). Safe to use from several threads."""

    def __init__(self, *, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._images: OrderedDict[ImageKey, bytes] = OrderedDict()
        self._size_bytes = 0

    def get_or_draw(self, key: ImageKey, draw: Callable[[], bytes]) -> bytes:
        """Return the kept image, or the one that `draw` makes; two callers may draw the same page at once."""
        with self._lock:
            if key in self._images:
                self._images.move_to_end(key)
                return self._images[key]
        image = draw()
        with self._lock:
            self._keep(key, image)
        return image

    def _keep(self, key: ImageKey, image: bytes) -> None:
        if key in self._images or len(image) > self.max_bytes:
            return
        self._images[key] = image
        self._size_bytes += len(image)
        while self._size_bytes > self.max_bytes:
            _, dropped = self._images.popitem(last=False)
            self._size_bytes -= len(dropped)
