"""Every route of the application with its method and permission."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from fanzha.web.rights import Needs, Public


def routes(app: FastAPI) -> Iterator[tuple[str, str, set[str]]]:
    """Method, path and the permissions that the route declares: exactly one, if all is well."""
    for route in app.state.routes:
        assert isinstance(route, APIRoute)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield method, route.path, set(declared(route.dependant))


def declared(dependant: Dependant) -> Iterator[str]:
    """The permissions that a route or what it depends on names."""
    for wanted in dependant.dependencies:
        if isinstance(wanted.call, Needs | Public):
            yield wanted.call.permission
        yield from declared(wanted)


def address(path: str) -> str:
    """The path with something in its place holders."""
    parts = path.split("/")
    return "/".join("1" if part.startswith("{") else part for part in parts)
