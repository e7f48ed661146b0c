"""The page that people look at: `app/web/static` as it is; its data comes from the API, under the API's rules."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

STATIC_FOLDER = Path(__file__).resolve().parent.parent / "web" / "static"
CACHE_CONTROL = "no-cache"  # ask again each time; the ETag makes that cheap


def install_page(app: FastAPI, *, folder: Path = STATIC_FOLDER) -> None:
    """Serve `index.html` at `/` and everything beside it under `/static/`."""

    @app.get("/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(folder / "index.html", headers={"Cache-Control": CACHE_CONTROL})

    app.mount("/static", StaticFiles(directory=folder), name="static")
