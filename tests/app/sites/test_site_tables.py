import asyncio
import io
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import xlsxwriter
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.opening_hours import canonical_exceptions, canonical_windows, hours_problems
from app.errors import NotFound
from app.sites import service as sites
from app.sites.kinds import KIND_DEFAULTS
from app.sites.models import Site, SiteException, SiteKind, SiteWindow
from app.sites.values import READERS, VOCABULARY, SiteFields, cells_of
from app.tables.figures import Manner
from app.tables.formats import Format, read_table, write_table
from app.tables.records import ImportOutcome, ImportRefused
from tests.app.conftest import NOW, AsRole
from tests.app.districts.test_opening_hours import DATED, WINDOWS
from tests.factories import make_area, make_district, make_site

CORPUS = Path(__file__).parents[2] / "corpus"
HEADER = "code,name,kind,area_code,lat,lon,headcount,connectivity"
GOOD = "A,Dinas A,agency,16.73.01,-3.28,102.91,120,3"
SITES = "/v1/districts/16.73/sites"


def bring(session: Session, text: str, **options: Any) -> ImportOutcome:
    table = read_table(text.encode(), Format.CSV)
    return sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW, **options)


def problems_in(session: Session, text: str, **options: Any) -> dict[str, tuple[Any, str]]:
    """Value and mend by pointer of everything an import refuses; nothing may be stored."""
    with pytest.raises(ImportRefused) as refused:
        bring(session, text, **options)
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    return {problem.pointer: (problem.value, problem.mend or "") for problem in refused.value.problems}


@pytest.fixture
def district(session: Session) -> None:
    make_district(session)


@pytest.fixture
def planner(district: None, bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


@pytest.mark.usefixtures("district")
def test_rows_become_sites(session: Session) -> None:
    header = f"{HEADER},phone_ready_share,readiness,windows,exceptions,must_visit,provenance"
    row = f"{GOOD},0.85,asked,mon-thu 08:00-12:00,2023-11-20 closed,true,headcount=assumed"
    assert bring(session, f"{header}\n{row}\n") == ImportOutcome(created=1, updated=0, unchanged=0)
    site = session.scalars(select(Site)).one()
    assert (site.code, site.headcount, site.phone_ready_share, site.must_visit) == ("A", 120, Decimal("0.85"), True)
    assert (site.readiness, site.turn_out_share, site.provenance) == ("asked", None, {"headcount": "assumed"})
    window = session.scalars(select(SiteWindow)).one()
    assert (window.weekdays, window.opens, window.closes) == ("1111000", 480, 720)
    closed = session.scalars(select(SiteException)).one()
    assert (closed.date, closed.opens) == (date(2023, 11, 20), None)
    assert session.scalars(select(AuditEntry.details)).one() == {"created": 1, "updated": 0, "unchanged": 0}


@pytest.mark.usefixtures("district")
def test_the_same_file_twice_changes_nothing(session: Session) -> None:
    text = f"{HEADER},windows\n{GOOD},mon 08:00-12:00; tue 08:00-12:00\n"
    bring(session, text)
    assert bring(session, text) == ImportOutcome(created=0, updated=0, unchanged=1)
    assert session.scalars(select(Site.version)).one() == 1
    assert len(session.scalars(select(AuditEntry)).all()) == 1


@pytest.mark.usefixtures("district")
def test_columns_that_a_file_lacks_stay_and_empty_cells_empty(session: Session) -> None:
    site = make_site(session, code="A", headcount=120, turn_out_share=Decimal("0.5"), contact_name="Sekretaris")
    assert bring(session, "code,headcount,contact_name\nA,150,\n").updated == 1
    session.refresh(site)
    assert (site.headcount, site.turn_out_share, site.contact_name) == (150, Decimal("0.5"), None)
    assert site.version == 2
    assert len(session.scalars(select(SiteWindow)).all()) == 1


@pytest.mark.usefixtures("district")
def test_new_hours_replace_the_old(session: Session) -> None:
    site = make_site(session, code="A")
    bring(session, "code,windows\nA,sat 08:00-12:00\n")
    assert session.scalars(select(SiteWindow.weekdays).where(SiteWindow.site_id == site.id)).all() == ["0000010"]
    bring(session, "code,windows\nA,\n")
    assert session.scalars(select(SiteWindow)).all() == []


@pytest.mark.usefixtures("district")
def test_sites_that_a_file_does_not_name_stay(session: Session) -> None:
    make_site(session, code="B")
    bring(session, f"{HEADER}\n{GOOD}\n")
    assert session.scalars(select(Site.code).order_by(Site.code)).all() == ["A", "B"]


@pytest.mark.usefixtures("district")
def test_every_bad_row_is_told_at_once_and_nothing_is_stored(session: Session) -> None:
    text = "\n".join(
        [
            f"{HEADER},turn_out_share,windows",
            f"{GOOD},,",
            "B,Dinas B,agency,16.73.01,-3.28,102.91,-5,3,1.5,",
            "",
            "C,Dinas C,gudang,16.73.99,-3.28,102.91,ten,3,,mon 8",
            "D,,agency,16.73.01,102.91,-3.28,10000000,3,,",
            "A,Dinas A,agency,16.73.01,-3.28,102.91,120,3,,",
        ]
    )
    problems = problems_in(session, text)
    assert session.scalars(select(Site)).all() == []
    assert {pointer: value for pointer, (value, _) in problems.items()} == {
        "row 3/headcount": -5,
        "row 3/turn_out_share": 1.5,
        "row 5/kind": "gudang",
        "row 5/area_code": "16.73.99",
        "row 5/headcount": "ten",
        "row 5/windows": "mon 8",
        "row 6/name": None,
        "row 6/lat": 102.91,
        "row 7/code": "A",
    }
    assert all(mend for _, mend in problems.values())
    assert "16.73.01" in problems["row 5/area_code"][1]
    assert "swapped" in problems["row 6/lat"][1]


@pytest.mark.usefixtures("district")
def test_a_misspelt_column_is_refused_with_the_right_name(session: Session) -> None:
    problems = problems_in(session, f"{HEADER},turnout_share\n{GOOD},0.5\n")
    assert problems == {"header/turnout_share": ("turnout_share", "Did you mean 'turn_out_share'?")}


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("text", ["name\nA\n", "code,name\n"])
def test_a_table_without_codes_or_rows_is_refused(session: Session, text: str) -> None:
    assert problems_in(session, text)


@pytest.mark.usefixtures("district")
def test_create_mode_refuses_what_is_stored(session: Session) -> None:
    make_site(session, code="A")
    assert list(problems_in(session, f"{HEADER}\n{GOOD}\n", create_only=True)) == ["row 2/code"]


@pytest.mark.usefixtures("district")
def test_a_dry_run_counts_and_stores_nothing(session: Session) -> None:
    make_site(session, code="B")
    outcome = bring(session, f"{HEADER}\n{GOOD}\n{GOOD.replace('A,Dinas A', 'B,Dinas B')}\n", dry_run=True)
    assert outcome == ImportOutcome(created=1, updated=1, unchanged=0)
    assert session.scalars(select(Site.code)).all() == ["B"]


@pytest.mark.usefixtures("district")
def test_a_finished_site_is_not_agreed_again_by_a_file(session: Session) -> None:
    make_site(session, code="A", readiness="done")
    assert list(problems_in(session, "code,readiness\nA,agreed\n")) == ["row 2/readiness"]


@pytest.mark.usefixtures("district")
def test_a_new_readiness_in_a_file_forgets_the_dates_of_the_old(session: Session) -> None:
    site = make_site(session, code="A", readiness="agreed", readiness_from=date(2023, 11, 20))
    bring(session, "code,readiness\nA,done\n")
    session.refresh(site)
    assert (site.readiness, site.readiness_from) == ("done", None)


def test_an_import_into_an_unknown_district_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        bring(session, f"{HEADER}\n{GOOD}\n")


@pytest.mark.usefixtures("district")
def test_the_same_code_in_another_district_is_another_site(session: Session) -> None:
    make_district(session, "17.71")
    make_site(session, "17.71", code="A", headcount=7)
    assert bring(session, f"{HEADER}\n{GOOD}\n").created == 1
    assert session.scalars(select(Site.headcount).where(Site.district_code == "17.71")).all() == [7]


@pytest.mark.usefixtures("district")
def test_a_file_of_a_windows_spreadsheet_is_imported(session: Session) -> None:
    table = read_table((CORPUS / "semicolons-bom-blank-rows.csv").read_bytes(), Format.CSV)
    sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
    school = session.scalars(select(Site).where(Site.code == "10604402")).one()
    assert (school.lat, school.phone_ready_share) == (-3.2759, Decimal("0.85"))
    assert len(session.scalars(select(SiteWindow).where(SiteWindow.site_id == school.id)).all()) == 2


@pytest.mark.usefixtures("district")
def test_swapped_coordinates_of_a_feature_are_named(session: Session) -> None:
    table = read_table((CORPUS / "swapped-coordinates.geojson").read_bytes(), Format.GEOJSON)
    with pytest.raises(ImportRefused) as refused:
        sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
    (problem,) = refused.value.problems
    assert problem.pointer == "feature 2/lat"
    assert "longitude first" in (problem.mend or "")


def test_a_workbook_with_a_formula_error_is_refused_with_its_cell(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_row(1, 0, [10604402.0, "SMA 2", "school", "16.73.01", -3.28, 102.91])
        sheet.write_formula("G2", "=SUM(Z1)/0", None, "#DIV/0!")
        sheet.write("H2", 3)
    headers = planner | {"Content-Type": Format.XLSX.media_type}
    answer = client.post(f"{SITES}/import", content=content.getvalue(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "ImportRefused")
    (problem,) = answer.json()["errors"]
    assert (problem["pointer"], problem["value"]) == ("row 2/headcount", "#DIV/0!")
    assert session.scalars(select(Site)).all() == []


def test_a_code_typed_as_a_number_stays_text(client: TestClient, planner: dict[str, str], session: Session) -> None:
    content = write_table(
        HEADER.split(","),
        [dict(zip(HEADER.split(","), [10604402, "x", "school", "16.73.01", -3.28, 102.91, 5, 3], strict=True))],
        Format.XLSX,
    )
    headers = planner | {"Content-Type": Format.XLSX.media_type}
    assert client.post(f"{SITES}/import", content=content, headers=headers).status_code == 200
    assert session.scalars(select(Site.code)).all() == ["10604402"]


def test_an_import_answers_what_it_did_and_repeats_it_for_the_same_key(
    client: TestClient, planner: dict[str, str]
) -> None:
    headers = planner | {"Content-Type": "text/csv", "Idempotency-Key": "k1"}
    first, again = (client.post(f"{SITES}/import", content=f"{HEADER}\n{GOOD}\n", headers=headers) for _ in range(2))
    assert first.json() == {"created": 1, "updated": 0, "unchanged": 0, "dry_run": False, "remarks": []}
    assert again.content == first.content


@pytest.mark.parametrize(
    ("content_type", "content", "status"),
    [
        ("application/json", b"{}", 415),
        ("text/csv; charset=latin-1", b"code\n1\n", 415),
        ("text/csv", b"", 422),
        ("text/csv", b"\xff\xfe", 422),
        ("application/geo+json", b"[]", 422),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04", 422),
        ("text/csv", b"x" * 20_000_001, 413),
    ],
)
def test_a_body_that_is_no_table_is_refused(
    client: TestClient, planner: dict[str, str], content_type: str, content: bytes, status: int
) -> None:
    headers = planner | {"Content-Type": content_type}
    answer = client.post(f"{SITES}/import", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_an_upload_without_a_length_is_stopped_at_the_limit(api: FastAPI, planner: dict[str, str]) -> None:
    taken = 0
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    # As HTTP/1.1 has it: a body of unknown length comes in chunks.
    headers = {"content-type": "text/csv", "authorization": planner["Authorization"], "transfer-encoding": "chunked"}
    scope = {
        **{"type": "http", "method": "POST", "path": f"{SITES}/import", "query_string": b"", "http_version": "1.1"},
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    # The test client would collect the whole body before it sends the first byte.
    asyncio.run(api(scope, receive, send))
    assert sent[0]["status"] == 413
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    assert taken == 21


@pytest.mark.parametrize("manner", list(Manner))
@pytest.mark.parametrize("file_format", list(Format))
def test_an_export_is_imported_without_a_change(
    client: TestClient, planner: dict[str, str], session: Session, file_format: Format, manner: Manner
) -> None:
    make_area(session, "16.73.02")
    make_site(session, code="0012", name="=SUM(A1)", contact_phone="+62 812", provenance={"headcount": "given"})
    make_site(session, code="B", kind="home", area_code="16.73.02", windows=[], must_visit=True, fixed_minutes=20)
    query = {"format": file_format.value, "figures": manner.value}
    exported = client.get(f"{SITES}/export", params=query, headers=planner)
    assert exported.headers["content-disposition"] == f'attachment; filename="sites-16.73.{file_format.value}"'
    headers = planner | {"Content-Type": exported.headers["content-type"]}
    answer = client.post(f"{SITES}/import", content=exported.content, headers=headers)
    assert answer.json() == {"created": 0, "updated": 0, "unchanged": 2, "dry_run": False, "remarks": []}


def test_an_exported_map_holds_numbers_and_points(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    make_site(session, code="A", lat=-3.28, lon=102.91)
    (feature,) = orjson.loads(client.get(f"{SITES}/export", params={"format": "geojson"}, headers=planner).content)[
        "features"
    ]
    assert feature["geometry"] == {"type": "Point", "coordinates": [102.91, -3.28]}
    assert feature["properties"]["headcount"] == 120
    assert feature["properties"]["must_visit"] is False


def test_a_province_gets_no_contacts_in_an_export(client: TestClient, session: Session, bearer: AsRole) -> None:
    make_district(session, "16")
    make_district(session)
    make_site(session, contact_name="Sekretaris")
    exported = client.get(f"{SITES}/export", headers=bearer(Role.VIEWER, "16")).text
    assert "contact_name" not in exported
    assert "Sekretaris" not in exported


# Invisible characters are left out by every reader, and refused in JSON.
VISIBLE = st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\u200b\u2060\ufeff")
TEXT = st.text(VISIBLE, min_size=1, max_size=12)
SHARE = st.none() | st.decimals(0, 1, places=4)
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def limit(low: int, high: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(low, high)


def sound(entries: Sequence[Any], problems: Callable[[Sequence[Any]], Sequence[object]]) -> tuple[Any, ...]:
    """Those entries that go together, the earlier ones first."""
    kept: tuple[Any, ...] = ()
    for entry in entries:
        kept = kept if problems((*kept, entry)) else (*kept, entry)
    return kept


SITE_FIELDS = st.builds(
    SiteFields,
    code=TEXT,
    name=TEXT,
    kind=st.sampled_from([kind.value for kind in SiteKind]),
    area_code=st.just("16.73.01"),
    lat=st.floats(-3.5, -3.1),
    lon=st.floats(102.7, 103.0),
    headcount=st.integers(100, 500_000),
    connectivity=st.integers(0, 4),
    already_activated=st.integers(0, 100),
    phone_ready_share=SHARE,
    turn_out_share=SHARE,
    resident_share=SHARE,
    connectivity_measured_on=st.none() | DAYS,
    readiness=st.just("not_ready"),
    readiness_until=st.none() | DAYS,
    must_visit=st.booleans(),
    max_visit_dates=limit(1, 366),
    min_gap_days=limit(1, 366),
    max_teams=limit(9, 100),
    min_teams=limit(1, 9),
    setup_minutes=limit(0, 600),
    zone=st.none() | TEXT,
    fixed_minutes=limit(1, 1440),
    windows=WINDOWS.map(canonical_windows).map(lambda windows: sound(windows, lambda kept: hours_problems(kept, ()))),
    exceptions=DATED.map(canonical_exceptions).map(lambda days: sound(days, lambda kept: hours_problems((), kept))),
    contact_name=st.none() | TEXT,
    contact_phone=st.none() | TEXT,
    contact_email=st.none() | st.sampled_from(["tu@sekolah.example.id", "kepala.desa+ikd@desa.example", "=a@b.id"]),
    provenance=st.dictionaries(st.sampled_from(["headcount", "people_kia"]), st.sampled_from(["given", "assumed"])),
    people_ktp_el=limit(0, 500_000),
    people_kia=st.integers(0, 500_000),
    people_kia_as_of=st.none() | DAYS,
    of_age_kia=st.none() | st.just(500_000),
    of_age_birth_certificate=limit(0, 500_000),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(SITE_FIELDS, min_size=1, max_size=4, unique_by=lambda site: site.code))
def test_any_site_survives_import_and_export_in_every_format(session: Session, written: list[SiteFields]) -> None:
    with session.begin_nested() as trial:
        make_district(session)
        ordered = sorted(written, key=lambda site: site.code)
        written_ways = [(Format.CSV, Manner.INDONESIAN), *((file_format, Manner.ENGLISH) for file_format in Format)]
        for way, (file_format, manner) in enumerate(written_ways):
            rows, again = ([cells_of(site, with_contacts=True) for site in some] for some in (written, ordered))
            table = read_table(write_table(tuple(READERS), rows, file_format, manner=manner), file_format, VOCABULARY)
            outcome = sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW)
            created = len(written) if way == 0 else 0
            assert (outcome.created, outcome.updated, outcome.unchanged) == (created, 0, len(written) - created)
            exported = sites.export_sites(session, "16.73", file_format, with_contacts=True, manner=manner)
            assert exported == write_table(tuple(READERS), again, file_format, manner=manner)
        trial.rollback()


def test_an_event_of_more_teams_than_may_come_is_refused_at_its_row(session: Session) -> None:
    make_district(session)
    header = "code,name,kind,area_code,lat,lon,headcount,connectivity,maksimal tim,minimal tim"
    rows = [f"{code},Gebyar,organisation,16.73.01,-3.28,102.9,900,4,{most},{least}" for code, most, least in (
        ("A", 4, 4), ("B", 2, 3), ("C", "", 3),
    )]  # fmt: skip
    with pytest.raises(ImportRefused) as refused:
        sites.import_sites(
            session,
            "16.73",
            read_table("\n".join([header, *rows]).encode(), Format.CSV, VOCABULARY),
            actor=COMMAND_LINE,
            now=NOW,
        )
    assert [problem.pointer for problem in refused.value.problems] == ["row 3/min_teams"]


def test_every_kind_has_its_defaults() -> None:
    assert set(KIND_DEFAULTS) == set(SiteKind)
    assert all(not hours_problems(defaults.windows, ()) for defaults in KIND_DEFAULTS.values())
