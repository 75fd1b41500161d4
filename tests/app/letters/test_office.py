"""What an office says of itself and its people is taken as it is, or refused with the mend."""

import io
from typing import Any

from fastapi.testclient import TestClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.access.models import Role
from tests.app.conftest import AsRole
from tests.app.letters.conftest import NIP, Office, letterhead_words
from tests.factories import make_district, make_team

URL = "/v1/districts/16.73/letterhead"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#164"/></svg>'


def test_a_letterhead_is_set_whole_and_by_its_version(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73")
    assert client.get(URL, headers=headers).status_code == 404
    words = letterhead_words(paper="f4", number_pattern="800/{nomor}/DUKCAPIL/{tahun}")
    first = client.put(URL, json=words, headers=headers)
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    assert client.put(URL, json=letterhead_words(), headers=headers).status_code == 428
    again = client.put(URL, json=letterhead_words(), headers=headers | {"If-Match": '"1"'})
    assert (again.status_code, again.headers["etag"]) == (200, '"2"')
    assert client.put(URL, json=words, headers=headers | {"If-Match": '"1"'}).status_code == 412
    read = client.get(URL, headers=headers).json()
    assert (read["paper"], read["number_pattern"], read["logo"]) == ("a4", None, None)


def test_letterhead_and_staff_are_for_planners_of_the_district_itself(
    client: TestClient, bearer: AsRole, office: Office
) -> None:
    staff = f"/v1/teams/{office.team.id}/staff"
    for url in (URL, staff):
        assert client.get(url, headers=bearer(Role.PLANNER, "16.73")).status_code == 200
        assert client.get(url, headers=bearer(Role.VIEWER, "16.73")).status_code == 403
        assert client.get(url, headers=bearer(Role.COORDINATOR, "16.73", office.team.id)).status_code == 403
        assert client.get(url, headers=bearer(Role.PLANNER, "16")).status_code == 403
        assert client.get(url, headers=bearer(Role.PLANNER, "65")).status_code == 404


def test_words_that_cannot_be_printed_are_refused(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    headers = bearer(Role.PLANNER, "16.73") | {"Accept-Language": "id"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"number_pattern": "800/12"}, "/number_pattern"),
        ({"number_pattern": "{nomor}/{nomor}"}, "/number_pattern"),
        ({"number_pattern": "{nomor}/{hari}"}, "/number_pattern"),
        ({"signer": {"office": "Kepala Dinas", "prefix": "a.n."}}, "/signer/post"),
        ({"signer": {"office": "Kepala Dinas", "nip": "123"}}, "/signer/nip"),
        ({"government": []}, "/government"),
        ({"paper": "a5"}, "/paper"),
    ]
    for words, pointer in wrong:
        answer = client.put(URL, json=letterhead_words(**words), headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert client.get(URL, headers=headers).status_code == 404


def test_a_nip_is_never_repeated_by_a_refusal(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    url = f"/v1/teams/{make_team(session).id}/staff"
    headers = bearer(Role.PLANNER, "16.73")
    wrong = {"name": "Orang", "status": "pns", "nip": f"{NIP}9", "post": "Operator"}
    answer = client.post(url, json=wrong, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/nip"
    assert NIP not in answer.text
    answer = client.post(url, json=wrong | {"nip": NIP, "status": "non_asn"}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/nip")
    assert NIP not in answer.text


def test_staff_come_change_and_go(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session)
    make_district(session, "65", lat=3.0, lon=117.0)
    url = f"/v1/teams/{make_team(session).id}/staff"
    headers = bearer(Role.PLANNER, "16.73")
    person = {"name": "Orang", "status": "pns", "nip": "19800101 200501 1 001", "post": "Operator"}
    added = client.post(url, json=person, headers=headers)
    assert (added.status_code, added.json()["nip"]) == (201, NIP)
    own = added.headers["location"]
    late = person | {"valid_from": "2023-11-20", "valid_to": "2023-11-13"}
    seen = headers | {"If-Match": added.headers["etag"]}
    assert client.put(own, json=late, headers=seen).json()["errors"][0]["pointer"] == "/valid_to"
    changed = client.put(own, json=person | {"rank": "Penata"}, headers=seen)
    assert (changed.json()["rank"], changed.headers["etag"]) == ("Penata", '"2"')
    assert client.delete(own, headers=seen).status_code == 412
    assert client.delete(own, headers=bearer(Role.PLANNER, "65") | {"If-Match": '"2"'}).status_code == 404
    assert client.delete(own, headers=headers | {"If-Match": '"2"'}).status_code == 204
    assert client.get(url, headers=headers).json() == {"items": []}


def test_a_logo_stands_on_letters(client: TestClient, bearer: AsRole, office: Office) -> None:
    headers = bearer(Role.PLANNER, "16.73")
    letters = f"/v1/schedules/{office.schedule.id}/letters.pdf"
    plain = client.get(letters, headers=headers).content
    svg = headers | {"Content-Type": "image/svg+xml", "If-Match": '"1"'}
    assert client.put(f"{URL}/logo", content=SVG, headers=svg).json()["logo"] == "svg"
    assert client.get(letters, headers=headers).content != plain
    png = headers | {"Content-Type": "image/png", "If-Match": '"2"'}
    assert client.put(f"{URL}/logo", content=small_png(), headers=png).json()["logo"] == "png"
    pdf = client.get(letters, headers=headers).content
    assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) == 1
    assert client.delete(f"{URL}/logo", headers=headers | {"If-Match": '"3"'}).status_code == 204
    assert client.get(letters, headers=headers).content == plain


def small_png() -> bytes:
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=SVG.decode()))


def test_what_is_no_plain_picture_is_refused(client: TestClient, bearer: AsRole, office: Office) -> None:
    headers = bearer(Role.PLANNER, "16.73") | {"If-Match": '"1"', "Accept-Language": "id"}
    start = b"\x89PNG\r\n\x1a\n"
    for content, media, status in [
        (b"GIF89a", "image/gif", 415),
        (start, "image/png", 422),
        (start + b"\0\0\0\rIHDR" + (50_000).to_bytes(4) * 2 + bytes(20), "image/png", 422),
        (start + b"\0\0\0\rIHDR" + (100).to_bytes(4) * 2 + bytes(20), "image/png", 422),
        (b"<svg", "image/svg+xml", 422),
        (SVG.replace(b"<circle", b'<image href="/etc/hostname"/><circle'), "image/svg+xml", 422),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "image/svg+xml", 422),
        (b"\xff" + SVG, "image/svg+xml", 422),
        (SVG + b" " * 200_000, "image/svg+xml", 413),
    ]:
        answer = client.put(f"{URL}/logo", content=content, headers=headers | {"Content-Type": media})
        assert answer.status_code == status, (content[:40], answer.text)
    assert client.get(URL, headers=headers).json()["logo"] is None
