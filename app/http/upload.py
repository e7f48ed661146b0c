"""`POST /v1/papers`: files or an address in, a job out."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.datastructures import FormData, UploadFile

from app.http.services import Services, ServicesOf
from app.jobs.ingest_job import IngestPayload
from app.jobs.kinds import JobKind
from app.schemas_library import JobOutput
from indexes.errors import BadInput, TooLarge
from indexes.storage.jobs import JobRecord

REMOTE_SOURCE = re.compile(r"(arxiv:|doi:|https?://)\S+", re.IGNORECASE)
MAX_FIELDS = 20  # form fields beside the files; none is read

router = APIRouter(tags=["papers"])


class SourceRequest(BaseModel):
    """An address that the service fetches by itself: `arxiv:<id>`, `doi:<doi>`, or an http or https URL."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


BODY_SCHEMA: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": SourceRequest.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
        },
    }
}


@router.post("/v1/papers", status_code=202, openapi_extra=BODY_SCHEMA)
async def add_papers(request: Request, services: ServicesOf) -> JobOutput:
    """Queue an ingest of the files in the form, or of the source that the JSON names."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        async with request.form(max_files=services.options.max_files, max_fields=MAX_FIELDS) as form:
            files = uploaded_files(form)
            job = await services.reads.run(lambda: _queue_files(files, services=services))
    else:
        source = remote_source(await request.body())
        job = await services.reads.run(lambda: _queue(IngestPayload(sources=(source,)), services=services))
    return JobOutput.of(job)


def uploaded_files(form: FormData) -> list[UploadFile]:
    """Return the files of a form, whatever their fields are called.

    Raises:
        BadInput: there is none.
    """
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not files:
        raise BadInput("the form holds no file", hint='Send one or more parts named "file", each with a file name.')
    return files


def remote_source(body: bytes) -> str:
    """Return the source that a JSON body names.

    Raises:
        RequestValidationError: the body is not the JSON object that is asked for.
        BadInput: the source is a place on the server's own disk.
    """
    try:
        source = SourceRequest.model_validate_json(body).source.strip()
    except ValidationError as error:
        raise RequestValidationError(
            [
                {**first, "loc": ("body", *first["loc"])}
                for first in error.errors(include_url=False, include_context=False)
            ]
        ) from error
    if REMOTE_SOURCE.fullmatch(source) is None:
        raise BadInput(
            f"source {source[:120]!r} is not an address that the service fetches",
            hint="Give arxiv:<id>, doi:<doi> or an http(s) URL; send a file of your own as multipart/form-data.",
        )
    return source


def _queue_files(files: list[UploadFile], *, services: Services) -> JobRecord:
    limit = services.options.max_upload_bytes
    for file in files:
        if (file.size or 0) > limit:
            raise TooLarge(
                f"uploaded file {file.filename!r} has {file.size} bytes, over the limit of {limit}",
                hint="Send it smaller, or raise RONBUN_MAX_UPLOAD_MB.",
            )
    folder, places = services.uploads.store([(file.filename or "", file.file) for file in files])
    try:
        return _queue(IngestPayload(sources=places, folder=folder), services=services)
    except BaseException:
        services.uploads.remove(folder)
        raise


def _queue(payload: IngestPayload, *, services: Services) -> JobRecord:
    return services.runner.submit(JobKind.INGEST, payload.model_dump_json())
