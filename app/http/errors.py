"""Every failure as the one JSON error shape with the right status; never a traceback.

Malformed JSON, JSON of the wrong shape and wrong query values are all 422: the body was received and cannot be used.
"""

from __future__ import annotations

import logging
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
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "json_invalid":
        reason = first.get("ctx", {}).get("error", "")
        return f"the body is not JSON: {reason or first['msg']}"
    given = first.get("input")
    shown = f" (given: {str(given)[:MAX_SHOWN_CHARACTERS]!r})" if isinstance(given, str | int | float) else ""
    return f"{place}: {first['msg']}{shown}"


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
        message = str(error.detail)
        if status in (404, 405):
            message = f"{request.method} {request.url.path[:MAX_SHOWN_CHARACTERS]}: {message}"
        body = error_body(code, message, hint=hint, request_id=request_id_of(request.scope))
        return JSONResponse(body, status_code=status, headers=error.headers)
