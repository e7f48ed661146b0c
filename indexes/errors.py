"""Every error that Ronbun raises on purpose, in one tree.

A message carries the value, the limit and the file; the hint says what to do next. One table (`app.failures`) maps
these classes to HTTP statuses and exit codes; nothing else may.
"""

from __future__ import annotations

from typing import ClassVar


class RonbunError(Exception):
    """The root of the tree. `code` is what JSON carries; it never changes once published."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInput(RonbunError):
    """What was given cannot be used: a question, an option, a file."""

    code = "bad_input"


class TooLarge(BadInput):
    """A file, body, question or answer is over a stated limit."""

    code = "too_large"


class UnsupportedSource(BadInput):
    """The kind of file or address is not one that Ronbun reads."""

    code = "unsupported_source"


class UnreadableSource(BadInput):
    """The file is of a known kind but cannot be read: damaged, encrypted, empty, without text."""

    code = "unreadable_source"


class EncryptedSource(UnreadableSource):
    """The file asks for a password."""

    code = "encrypted_source"


class NoTextInSource(UnreadableSource):
    """The file opens but holds no text: images only, or no pages."""

    code = "no_text_in_source"


class ParsingFailed(UnreadableSource):
    """The parser's child process ended, ran out of time or memory, or gave output over the limit."""

    code = "parsing_failed"


class NotFound(RonbunError):
    """A paper, job, page or sheet that is asked for by id is not there."""

    code = "not_found"


class Conflict(RonbunError):
    """The request contradicts the present state: a job that has ended cannot be cancelled."""

    code = "conflict"


class NotAllowed(RonbunError):
    """The key is missing or wrong, or the address may not be reached."""

    code = "not_allowed"


class Forbidden(NotAllowed):
    """The caller is known, and may not do this."""

    code = "forbidden"


class LibraryError(RonbunError):
    """The library on disk cannot be used as it is."""

    code = "library_error"


class LibraryMissing(LibraryError):
    """There is no library at that place."""

    code = "library_missing"


class LibraryDamaged(LibraryError):
    """A file of the library does not hold what it must; `ronbun doctor --repair` mends what is derived."""

    code = "library_damaged"


class LibraryTooNew(LibraryError):
    """The library was written by a later version of Ronbun."""

    code = "library_too_new"


class LibraryFull(LibraryError):
    """The disk took no more bytes; what was being written is not there, everything before it is."""

    code = "library_full"


class EncoderMismatch(LibraryError):
    """The library's vectors come from another encoder than the one that is open."""

    code = "encoder_mismatch"


class IndexMismatch(LibraryError):
    """Vectors of another dimension were given to an index."""

    code = "index_mismatch"


class ModelError(RonbunError):
    """An encoder or generator cannot be used."""

    code = "model_error"


class ModelMissing(ModelError):
    """The model file, package or name is not there."""

    code = "model_missing"


class ModelFailed(ModelError):
    """The model is there and broke: a corrupt file, an aborted generation, a remote server's error."""

    code = "model_failed"


class Busy(RonbunError):
    """The queue is full, another process holds the lock, or the port is taken; try again."""

    code = "busy"

    def __init__(self, message: str, *, hint: str, retry_after_s: int = 5) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


def error_with_code(code: str, message: str, *, hint: str) -> RonbunError:
    """Return an error of the class that `code` names, as when one was written down and is told later.

    A code that is none of the tree's gives the root's class.
    """
    kinds = [RonbunError]
    for kind in kinds:
        kinds += [child for child in kind.__subclasses__() if child.__module__ == __name__]
    return next((kind for kind in kinds if kind.code == code), RonbunError)(message, hint=hint)
