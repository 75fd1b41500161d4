import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from tests.app.conftest import AsRole
from tests.factories import make_district


@pytest.fixture(autouse=True)
def _district(session: Session) -> None:
    make_district(session)


@pytest.mark.parametrize(
    ("path", "language", "detail"),
    [
        ("/v1/districts/99.99", "en", "There is no district '99.99', or this token does not open it."),
        ("/v1/districts/99.99", "id", "Tidak ada daerah '99.99', atau token ini tidak membukanya."),
        ("/v1/nothing", "id", "Alamat ini tidak ada."),
        ("/v1/schedules/7", "id", "Tidak ada jadwal 7, atau token ini tidak membukanya."),
        ("/v1/districts/x", "id", "path/code: Tidak sesuai dengan pola '^[0-9]{2}(\\.[0-9]{2})?$'."),
        ("/v1/assignments", "id", "Tanggalnya belum diisi. Isi, misalnya date=2023-11-14."),
    ],
)
def test_a_refusal_speaks_the_language_asked_for(
    client: TestClient, bearer: AsRole, path: str, language: str, detail: str
) -> None:
    headers = bearer(Role.PLANNER, "16.73") | {"Accept-Language": language}
    assert client.get(path, headers=headers).json()["detail"] == detail


def test_a_request_without_a_token_is_refused_in_the_language_asked_for(client: TestClient) -> None:
    refused = client.get("/v1/districts", headers={"Accept-Language": "id"})
    assert refused.status_code == 401
    assert refused.json()["detail"].startswith("Permintaan ini memerlukan token. Kirim header")


def test_every_problem_of_a_body_speaks_the_language_asked_for(client: TestClient, bearer: AsRole) -> None:
    headers = bearer(Role.PLANNER, "16.73") | {"Accept-Language": "id"}
    body = {"period": "November", "seed": -1, "wish": 1, "kinds": [{"from": "2023-11-20", "until": "2023-11-14"}]}
    refused = client.post("/v1/districts/16.73/schedules", json=body, headers=headers).json()
    assert {problem["pointer"]: problem["detail"] for problem in refused["errors"]} == {
        "/period": "'November' bukan periode; tulis bulan seperti '2023-11' atau tanggal seperti "
        "'2023-11-14..2023-11-30'.",
        "/seed": "Tidak boleh kurang dari 0.",
        "/wish": "Isian ini tidak dikenal.",
        "/kinds/0": "Aturan ini berakhir 2023-11-14, sebelum mulai 2023-11-20.",
    }


def test_a_body_that_is_no_json_is_refused_in_the_language_asked_for(client: TestClient, bearer: AsRole) -> None:
    headers = bearer(Role.PLANNER, "16.73") | {"Accept-Language": "id", "Content-Type": "application/json"}
    refused = client.post("/v1/districts/16.73/schedules", content=b'{"period": ', headers=headers).json()
    assert refused["errors"][0]["detail"] == "Isi permintaan bukan JSON yang benar pada karakter 11."
