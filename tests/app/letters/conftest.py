"""A district whose office has a letterhead and a team with staff and two visits in one week."""

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from app.letters.models import Letterhead, Staff
from app.letters.schemas import LetterheadIn
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams.models import Team
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

EIGHT = datetime(2023, 11, 14, 1, tzinfo=UTC)
"""Tuesday, 08:00 in Lubuklinggau."""
NIP = "198001012005011001"
SIGNER_NIP = "197001011995032001"


def letterhead_words(**fields: Any) -> dict[str, Any]:
    """A letterhead as a planner sends it."""
    return {
        "government": ["Pemerintah Kota Lubuk Linggau"],
        "office": "Dinas Kependudukan dan Pencatatan Sipil",
        "address": ["Jalan Contoh Nomor 1"],
        "place": "Lubuk Linggau",
        "signer": {"office": "Kepala Dinas", "name": "Nama Penanda Tangan", "rank": "Pembina", "nip": SIGNER_NIP},
        "basis": ["Undang-Undang Nomor 24 Tahun 2013;"],
        "copies_to": ["Wali Kota Lubuk Linggau"],
    } | fields


def make_letterhead(session: Session, district_code: str = "16.73", **fields: Any) -> Letterhead:
    words = LetterheadIn.model_validate(letterhead_words(**fields)).model_dump(mode="json")
    head = Letterhead(district_code=district_code, words=words)
    session.add(head)
    session.flush()
    return head


def make_staff(session: Session, team: Team, **fields: Any) -> Staff:
    """A civil servant of a team for good."""
    defaults = {"name": "Petugas Contoh", "status": "pns", "nip": NIP, "rank": "Penata Muda", "post": "Operator"}
    person = Staff(district_code=team.district_code, team_id=team.id, **(defaults | fields))
    session.add(person)
    session.flush()
    return person


def text_of(pdf: bytes) -> str:
    """What a PDF says, with single spaces."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def pages_of(pdf: bytes) -> int:
    return len(PdfReader(io.BytesIO(pdf)).pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    schedule: Schedule
    team: Team
    sites: tuple[Site, Site]
    visits: tuple[Visit, Visit]


@pytest.fixture
def office(session: Session) -> Office:
    """The district, with its province and a stranger to look on."""
    for code, lat, lon in (("16.73", -3.26, 102.88), ("16", -3.3, 104.0), ("65", 3.0, 117.0)):
        make_district(session, code, lat=lat, lon=lon)
    make_letterhead(session)
    team = make_team(session, code="TIM-1", name="Tim Satu", base_name="Kantor Disdukcapil")
    make_staff(session, team)
    sites = (
        make_site(session, code="OPD-1", name="Dinas Pendidikan"),
        make_site(session, code="SMA-1", name="SMA Negeri Satu"),
    )
    schedule = make_schedule(session)
    visits = (
        make_visit(session, schedule, team, sites[0]),
        make_visit(session, schedule, team, sites[1], starts_at=EIGHT + timedelta(days=1)),
    )
    session.commit()
    return Office(schedule=schedule, team=team, sites=sites, visits=visits)
