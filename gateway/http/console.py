"""Serves the console: static pages that call the HTTP interface beside them."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "console"
PATH = "/console"

HEADERS = {
    # nothing from elsewhere runs or loads, and no other page may frame the decision to approve a plan
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class ConsoleFiles(StaticFiles):
    """The files of the console, with headers that keep foreign code out."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def add_console(app: FastAPI) -> None:
    """Serve the console below `/console/`; `/` leads there."""

    async def to_console(_: Request) -> Response:
        return RedirectResponse(f"{PATH}/")

    app.add_route("/", to_console, methods=["GET"])
    app.mount(PATH, ConsoleFiles(directory=FOLDER, html=True))
