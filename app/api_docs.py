"""`/docs`: the OpenAPI description as a page, drawn by a script of our own server, never by one from elsewhere."""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
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


_PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457): what is wrong, where, and what would mend it.",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:jemput-bola:error:InvalidRequest"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail", "value"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer, `query/name`, `row 12/column` …"},
                    "detail": {"type": "string"},
                    "value": {},
                    "mend": {"type": "string"},
                },
            },
        },
        "more_errors": {"type": "integer", "description": "How many more there are than `errors` lists."},
    },
}
_WITHOUT_TOKEN = ("/health", "/metrics", "/v1/feeds/")


def operation_id(route: APIRoute) -> str:
    """The endpoint's own name, short and unique (held by a test), which generated clients turn into a method."""
    return route.name


def _call_by_title(document: dict[str, Any]) -> dict[str, Any]:
    """Schemas under the titles of their models: of `Page[SiteOut]` the framework makes a name of its own."""
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    for name, schema in schemas.items():
        text = text.replace(f'#/components/schemas/{name}"', f'#/components/schemas/{schema["title"]}"')
    renamed: dict[str, Any] = json.loads(text)
    renamed["components"]["schemas"] = {schema["title"]: schema for schema in renamed["components"]["schemas"].values()}
    if len(renamed["components"]["schemas"]) < len(schemas):
        raise ValueError("Two models of the API have one title; give each a name of its own.")
    return renamed


def describe(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with what every endpoint shares: the bearer token and the form of a refusal."""
    document = _call_by_title(
        get_openapi(
            title=api.title, version=api.version, summary=api.summary, routes=api.routes, openapi_version="3.1.0"
        )
    )
    parts = document["components"]
    parts["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "`jemput token` issues one."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-jb",
            "description": "Of a browser that is logged in; `jb` over plain HTTP. Changes come from our own pages.",
        },
    }
    schemas = parts["schemas"]
    schemas["Problem"] = _PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            answers = operation["responses"]
            named = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
            if not path.startswith(_WITHOUT_TOKEN):
                operation["security"] = [{"bearer": []}, {"session": []}]
                answers.setdefault("401", {"description": "No token, or one that is unknown, revoked or expired."})
                answers.setdefault("403", {"description": "The token's role may not do this."})
            if "{" in path:
                answers.setdefault("404", {"description": "There is no such thing, or the token does not open it."})
            if "if-match" in named:
                answers.setdefault("412", {"description": "It was changed since the version If-Match names."})
                answers.setdefault("428", {"description": "A change needs If-Match."})
            if "idempotency-key" in named:
                answers.setdefault(
                    "409", {"description": "The state forbids it, or the key came with another request."}
                )
            if "requestBody" in operation:
                answers.setdefault("408", {"description": "The body did not arrive in time."})
                answers.setdefault("413", {"description": "The body is over the limit."})
            for status, answer in answers.items():
                if status.startswith(("4", "5")):
                    answer["content"] = problem
    return document


def add_docs(api: FastAPI) -> None:
    """Serve `/docs` and the static files it needs, over a description that every endpoint shares."""

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = describe(api)
        return api.openapi_schema

    # The framework documents this attribute as the place to put one's own description.
    api.openapi = openapi  # type: ignore[method-assign]
    api.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")

    @api.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_PAGE)
