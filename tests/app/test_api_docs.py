"""The description of the API says what the API does."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

ROOT = Path(__file__).parents[2]
SPEAKERS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "app").rglob("*.py")]
CALL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/v1/(?:\{[^}]*\}|[^\s`'\"?),;{])*)")


@pytest.fixture
def document(api: FastAPI) -> dict[str, Any]:
    return api.openapi()


def test_every_operation_behind_a_token_says_so(document: dict[str, Any]) -> None:
    open_ones = {
        path
        for path, operations in document["paths"].items()
        for found in operations.values()
        if "security" not in found
    }
    assert {path for path in open_ones if not path.startswith("/v1/feeds/")} == {
        "/health/live",
        "/health/ready",
        "/metrics",
    }


def test_names_that_generated_clients_see_are_short_unique_and_tell_no_file(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name)] == []
    operations = [operation["operationId"] for found in document["paths"].values() for operation in found.values()]
    assert [name for name in operations if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
    assert [name for name, times in Counter(operations).items() if times > 1] == []


def test_every_refusal_is_described_as_problem_details(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(answer["content"]) == ["application/problem+json"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= known


def test_the_page_asks_for_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "://" not in page
    assert client.get("/static/rapidoc/rapidoc-min.js").status_code == 200


def test_every_call_that_a_page_or_a_sentence_names_exists(document: dict[str, Any]) -> None:
    routes = [
        (method.upper(), re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)))
        for path, operations in document["paths"].items()
        for method in operations
    ]
    named = set()
    for speaker in SPEAKERS:
        # A long sentence goes on in the next line of a source.
        for method, path in CALL.findall(re.sub(r'"\s*\n\s*f?"', "", speaker.read_text())):
            several = re.search(r"\{([\w-]+(?:,[\w-]+)+)\}", path)
            for one in several[1].split(",") if several else [""]:
                called = path.replace(several[0], one) if several else path
                named.add((method, re.sub(r"\{[^}]*\}", "x", called).rstrip(".:\\")))
    assert len(named) > 60
    assert [call for call in sorted(named) if not any(call[0] == m and r.fullmatch(call[1]) for m, r in routes)] == []
