"""Letters of a plan of several documents say of each visit whom it serves with each, and which kits go along."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.letters.contents import Issue, digest_of, letter_content, paper_content
from app.letters.models import Staff
from app.letters.rendering import set_pdf
from app.letters.schemas import LetterheadIn
from app.letters.weeks import weeks_in_force
from app.words import days_long_id, joined_id
from tests.app.letters.conftest import letterhead_words
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

TUESDAY = date(2023, 11, 14)
SET = {"code": "SATELIT", "name": "Set satelit kantor", "kind": "satellite", "count": 1}


def letter_of(session: Session, **visit: Any) -> dict[str, Any]:
    district = make_district(session)
    make_visit(session, make_schedule(session), make_team(session, code="TIM-1"), make_site(session, code="A"), **visit)
    (about,) = weeks_in_force(session, district, "ikd", first=TUESDAY, last=TUESDAY + timedelta(days=5))
    person = Staff(name="Petugas Contoh", status="non_asn", post="Operator", nip=None, rank=None)
    words = LetterheadIn.model_validate(letterhead_words()).model_dump(mode="json") | {"purpose": None}
    return letter_content(words, about, [person], document="ikd", issue=Issue(), with_trips=True)


def test_each_visit_says_what_it_brings(session: Session) -> None:
    further = {"birth_certificate": 3, "kia": 11, "ktp_el": 0}
    letter = letter_of(session, expected_activations=42, expected_further=further, day_kits=[SET])
    (row,) = letter["stops"]
    assert row["brings"] == "42 aktivasi, 11 KIA, 3 akta kelahiran; Set satelit kantor"
    services = "aktivasi Identitas Kependudukan Digital (IKD), Kartu Identitas Anak (KIA), dan akta kelahiran"
    assert services in letter["tasks"][0]
    assert letter["trips"][0]["purpose"] == f"Pelayanan jemput bola {services}"
    content = paper_content(LetterheadIn.model_validate(letterhead_words()).model_dump(), [letter], title="Surat")
    assert set_pdf("letter.typ", content, day=TUESDAY)[:5] == b"%PDF-"


def test_a_plan_of_ikd_alone_says_what_it_said(session: Session) -> None:
    letter = letter_of(session, expected_further={"kia": 0})
    assert "brings" not in letter["stops"][0]
    assert "(IKD) pada tanggal" in letter["tasks"][0]


def test_a_visit_that_brings_other_documents_makes_another_letter(session: Session) -> None:
    letter = letter_of(session, expected_further={"kia": 11})
    before = digest_of(letter)
    letter["stops"][0]["brings"] = "42 aktivasi, 11 akta kelahiran"
    assert digest_of(letter) != before


@pytest.mark.parametrize(("parts", "joined"), [(["a"], "a"), (["a", "b"], "a dan b"), (["a", "b", "c"], "a, b, dan c")])
def test_parts_are_joined_as_people_write_them(parts: list[str], joined: str) -> None:
    assert joined_id(parts) == joined


def test_days_are_written_out() -> None:
    assert [days_long_id(days) for days in (1, 12, 21)] == [
        "1 (satu) hari",
        "12 (dua belas) hari",
        "21 (dua puluh satu) hari",
    ]
