"""The routes as documentation: what `docs/reference/http.md` is written from."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from fastapi.routing import APIRoute

from app.http.app import ROUTERS


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One method of one path, and the first line of what its function says of it."""

    method: str
    path: str
    summary: str


def describe_routes() -> tuple[RouteLine, ...]:
    """Return every documented route, by path and method."""
    lines = [
        RouteLine(method=method, path=route.path, summary=(inspect.getdoc(route.endpoint) or "").splitlines()[0])
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in sorted(route.methods or ())
    ]
    return tuple(sorted(lines, key=lambda line: (line.path, line.method)))
