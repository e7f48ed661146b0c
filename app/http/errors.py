"""Every failure as the one JSON error shape with the right status; never a traceback.

Malformed JSON, JSON of the wrong shape and wrong query values are all 422: the body was received and cannot be used.
"""

from __future__ import annotations

import logging
import reprlib
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from app.failures import error_body, failure_of
from indexes.errors import Busy, NotAllowed, RonbunError

logger = logging.getLogger(__name__)

MAX_SHOWN_CHARACTERS = 120  # of a caller's own value repeated in a message
MAX_SHOWN_BYTES = 24  # of a body that cannot be read as text

OWN_WORDS = {
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "missing": "is missing",
}
"""For kinds of pydantic's errors whose own words speak of Python."""

FRAMEWORK_CODES = {
    404: ("not_found", "See /openapi.json for the routes."),
    405: ("method_not_allowed", "See the Allow header, or /openapi.json, for the methods of this route."),
    413: ("too_large", "Send less; the limit is in the message."),
    415: ("unsupported_source", "Send application/json, or multipart/form-data to POST /v1/papers."),
}


def request_id_of(scope: Scope) -> str | None:
    """Return the id that the request context gave this request."""
    request_id = scope.get("state", {}).get("request_id")
    return request_id if isinstance(request_id, str) else None


def failure_response(scope: Scope, error: RonbunError) -> JSONResponse:
    """Return the response that `error` stands for."""
    failure = failure_of(error)
    if isinstance(error, Busy):
        headers = {"Retry-After": str(error.retry_after_s)}
    else:
        headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, NotAllowed) and failure.status == 401 else {}
    body = error_body(error.code, error.message, hint=error.hint, request_id=request_id_of(scope))
    return JSONResponse(body, status_code=failure.status, headers=headers)


def unexpected_body(request_id: str | None) -> dict[str, Any]:
    """Return the error of a fault of ours; its cause stands in the log under the same request id."""
    return error_body(
        "internal_error",
        "the service failed on this request",
        hint="The server's log has the cause under this request id.",
        request_id=request_id,
    )


def stream_failure(error: Exception, *, request_id: str | None) -> dict[str, Any]:
    """Return the last event of a stream that fails after its status was sent; log what was not expected."""
    if isinstance(error, RonbunError):
        return error_body(error.code, error.message, hint=error.hint, request_id=request_id)
    logger.error("stream failed request_id=%s", request_id, exc_info=error)
    return unexpected_body(request_id)


def validation_message(error: RequestValidationError) -> str:
    """Name the first field that is wrong, why, and the value given."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        reason, at = first.get("ctx", {}).get("error") or first["msg"], first["loc"][-1]
        rest = f" (given there: {_shown(error.body[at:])})" if isinstance(error.body, str) and error.body[at:] else ""
        return f"the body is not JSON: {reason} at character {at}{rest}"
    place = ".".join(str(part) for part in first["loc"])
    reason = OWN_WORDS.get(first["type"], first["msg"])
    given = "" if first["type"] == "missing" else f" (given: {_shown(first.get('input'))})"
    return f"{place}: {reason}{given}"


def _shown(given: object) -> str:
    """Return a caller's value for a message, whatever its size and depth."""
    if isinstance(given, str | int | float):
        return repr(str(given)[:MAX_SHOWN_CHARACTERS])
    return reprlib.repr(given)[:MAX_SHOWN_CHARACTERS]


async def _unreadable_body(request: Request, cause: BaseException | None) -> str | None:
    """Say why JSON could not even be decoded, where FastAPI says no more than that; None of other failures."""
    if isinstance(cause, UnicodeDecodeError):
        given = cause.object[cause.start : cause.start + MAX_SHOWN_BYTES]
        return (
            f"the body is not {cause.encoding.upper()}: {cause.reason} at byte {cause.start} (given there: {given!r})"
        )
    if isinstance(cause, RecursionError):
        body = await request.body()
        return f"the body is JSON nested too deep to be read: {len(body)} bytes from {body[:MAX_SHOWN_BYTES]!r} on"
    return None


def install_error_handlers(app: FastAPI) -> None:
    """Give every kind of failure inside the routes its response."""

    @app.exception_handler(RonbunError)
    async def ronbun_error(request: Request, error: RonbunError) -> JSONResponse:
        return failure_response(request.scope, error)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        body = error_body(
            "bad_input",
            validation_message(error),
            hint="See /openapi.json for the fields.",
            request_id=request_id_of(request.scope),
        )
        return JSONResponse(body, status_code=422)

    @app.exception_handler(HTTPException)
    async def framework_error(request: Request, error: HTTPException) -> JSONResponse:
        status = 422 if error.status_code == 400 else error.status_code
        code, hint = FRAMEWORK_CODES.get(status, ("bad_input", "See /openapi.json for what this route takes."))
        message = await _unreadable_body(request, error.__cause__) or str(error.detail)
        if status in (404, 405):
            message = f"{request.method} {request.url.path[:MAX_SHOWN_CHARACTERS]}: {message}"
        body = error_body(code, message, hint=hint, request_id=request_id_of(request.scope))
        return JSONResponse(body, status_code=status, headers=error.headers)
