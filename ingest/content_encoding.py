"""A response's raw bytes to its content, in pieces of bounded size, so that no compressed byte costs a gigabyte."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from indexes.errors import UnreadableSource, UnsupportedSource

ACCEPTED_ENCODINGS = "gzip, deflate"
PIECE_BYTES = 1 << 20
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def content_pieces(raw: Iterable[bytes], encoding: str, *, url: str) -> Iterator[bytes]:
    """Yield the content, at most `PIECE_BYTES` at a time; empty pieces let the reader count what comes to nothing.

    Args:
        raw: the body as it came.
        encoding: the Content-Encoding header.
        url: for messages.

    Raises:
        UnsupportedSource: another compression than was asked for, or several.
        UnreadableSource: the compressed bytes are damaged, cut off, or followed by others.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        yield from raw
    elif name in ("gzip", "x-gzip", "deflate"):
        yield from _inflated(raw, url=url)
    else:
        raise UnsupportedSource(f"{url} is compressed as {encoding[:80]!r}", hint="Only gzip and deflate are read.")


def _inflated(raw: Iterable[bytes], *, url: str) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        for chunk in raw:
            waiting = chunk
            while waiting and not inflater.eof:
                yield inflater.decompress(waiting, PIECE_BYTES)
                waiting = inflater.unconsumed_tail
            if inflater.eof and (waiting or inflater.unused_data):
                raise UnreadableSource(f"{url}: more bytes follow the compressed ones", hint="Try again later.")
        yield inflater.flush(PIECE_BYTES)
    except zlib.error as error:
        raise UnreadableSource(f"{url} cannot be decompressed: {error}", hint="Try again later.") from error
    if not inflater.eof:
        raise UnreadableSource(f"{url}: the compressed content is cut off", hint="Try again later.")
