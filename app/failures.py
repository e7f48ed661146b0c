"""The one table from errors to HTTP statuses and exit codes, and the one shape that an error has in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indexes import errors


@dataclass(frozen=True, slots=True)
class Failure:
    """What an error class means outside: an HTTP status and an exit code."""

    status: int
    exit_code: int


FAILURES: dict[type[errors.RonbunError], Failure] = {
    errors.BadInput: Failure(422, 2),
    errors.TooLarge: Failure(413, 2),
    errors.UnsupportedSource: Failure(415, 2),
    errors.UnreadableSource: Failure(422, 2),
    errors.NotFound: Failure(404, 2),
    errors.Conflict: Failure(409, 2),
    errors.NotAllowed: Failure(401, 2),
    errors.Forbidden: Failure(403, 2),
    errors.LibraryError: Failure(503, 3),
    errors.ModelError: Failure(503, 4),
    errors.Busy: Failure(429, 5),
    errors.RonbunError: Failure(500, 1),
}
"""Each class stands for its subclasses too, unless they have a row of their own."""

EXIT_PARTLY_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_BUSY = 5


def failure_of(error: errors.RonbunError) -> Failure:
    """Return the row of the error's own class, or of its nearest ancestor."""
    return next(FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES)


def error_body(code: str, message: str, *, hint: str, request_id: str | None = None) -> dict[str, Any]:
    """Return the one JSON shape of an error; `request_id` is None outside HTTP."""
    return {"error": {"code": code, "message": message, "hint": hint, "request_id": request_id}}
