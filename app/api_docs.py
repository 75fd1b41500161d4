"""`/docs`: the OpenAPI description as a page, drawn by a script of our own server, never by one from elsewhere."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jemput Bola – API</title>
<script type="module" src="/static/rapidoc/rapidoc-min.js"></script>
</head>
<body>
<rapi-doc spec-url="/openapi.json" render-style="read" load-fonts="false" allow-spec-file-load="false"
  allow-spec-url-load="false" allow-server-selection="false" show-header="false" primary-color="#b3202a"
  schema-description-expanded="true" persist-auth="false"></rapi-doc>
</body>
</html>
"""


def add_docs(api: FastAPI) -> None:
    """Serve `/docs` and the static files it needs."""
    api.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")

    @api.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_PAGE)
