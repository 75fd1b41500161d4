"""What a browser and a cache may make of an answer."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.orm import Session

from app.access.models import Role
from app.pages.static_files import PREFIX, version
from tests.app.conftest import AsRole
from tests.factories import make_district, make_site

SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}


def check_safe(answer: Response) -> None:
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE
    assert "geolocation=()" in answer.headers["permissions-policy"]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert len(answer.headers.get_list("content-security-policy")) == 1


def check_kept_nowhere(answer: Response) -> None:
    given = answer.headers.get_list("cache-control")
    assert given == ["no-store"] or (given == ["private, no-cache"] and "etag" in answer.headers), given


def every_operation(api: FastAPI) -> Iterator[tuple[str, str]]:
    for path, operations in api.openapi()["paths"].items():
        for method in operations:
            yield method.upper(), re.sub(r"\{[a-z_]+\}", "1", path)


@pytest.mark.parametrize("known", [False, True], ids=["stranger", "administrator"])
def test_every_operation_answers_with_safe_headers(
    api: FastAPI, client: TestClient, bearer: AsRole, known: bool
) -> None:
    headers = bearer(Role.ADMIN) if known else {}
    seen = set()
    for method, path in every_operation(api):
        answer = client.request(method, path, headers=headers)
        check_safe(answer)
        check_kept_nowhere(answer)
        seen.add(answer.status_code)
    assert {200, 404} <= seen


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/static/rapidoc/rapidoc-min.js", "/nothing"])
def test_pages_and_files_have_safe_headers(client: TestClient, path: str) -> None:
    check_safe(client.get(path))


@pytest.mark.parametrize("name", ["today.js", "frame.css", "frame.css+phone.css"])
def test_scripts_and_styles_of_pages_are_read_as_nothing_else_and_bear_no_headers_of_documents(
    client: TestClient, name: str
) -> None:
    answer = client.get(f"{PREFIX}/{version()}/{name}")
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not (set(SAFE) - {"x-content-type-options"}) & set(answer.headers)


def test_the_answer_to_a_bug_has_safe_headers_and_the_request_id_it_speaks_of(api: FastAPI) -> None:
    @api.get("/v1/bug")
    def bug() -> None:
        raise RuntimeError

    with TestClient(api, raise_server_exceptions=False) as client:
        answer = client.get("/v1/bug", headers={"X-Request-Id": "abc-1"})
    assert answer.status_code == 500
    check_safe(answer)
    check_kept_nowhere(answer)
    assert answer.headers["x-request-id"] == "abc-1"


def test_the_docs_page_may_load_from_its_own_server_alone(client: TestClient) -> None:
    policy = client.get("/docs").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert not re.search(r"https?:|\*|unsafe-eval", policy)


def test_nothing_but_the_docs_page_may_run_a_script(client: TestClient) -> None:
    for path in ("/openapi.json", "/v1/districts", "/docs/x", "/static/rapidoc/rapidoc-min.js"):
        assert "script-src" not in client.get(path).headers["content-security-policy"]


def test_what_has_a_version_may_be_kept_by_its_reader_alone(
    client: TestClient, session: Session, bearer: AsRole
) -> None:
    site = make_site(session, make_district(session).code)
    session.commit()
    answer = client.get(f"/v1/sites/{site.id}", headers=bearer(Role.ADMIN))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"


def test_files_of_the_page_may_be_kept(client: TestClient) -> None:
    assert "cache-control" not in client.get("/static/rapidoc/rapidoc-min.js").headers
