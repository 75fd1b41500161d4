"""The same content gives the same PDF/A everywhere, whatever names hold and whatever a machine has installed."""

import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from app.letters import rendering
from app.letters.contents import Issue, digest_of, letter_content, paper_content
from app.letters.models import Staff
from app.letters.rendering import Paper, set_pdf, set_pdfs
from app.letters.schemas import LetterheadIn
from app.letters.stops import Stop
from app.letters.weeks import SentTeam, TeamWeek
from tests.app.letters.conftest import NIP, letterhead_words, pages_of, text_of

DAY = date(2023, 11, 13)


def make_stop(number: int, **fields: Any) -> Stop:
    starts_at = datetime(2023, 11, 14, 8, tzinfo=UTC) + timedelta(hours=number % 7, days=number // 7)
    defaults: dict[str, Any] = {
        "uid": UUID(int=number),
        "team_id": 1,
        "team_code": "T-1",
        "team_name": "Tim 1",
        "base_name": "Kantor",
        "date": starts_at.date(),
        "arrives_at": starts_at,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "home_minutes": 10,
        "site_code": f"S-{number:02}",
        "site_name": f"Tempat {number:02}",
        "area_name": "Kecamatan Contoh",
        "day_breaks": [],
    }
    return Stop(**(defaults | fields))


def make_person(name: str = "Petugas Contoh", **fields: Any) -> Staff:
    defaults: dict[str, Any] = {"status": "pns", "nip": NIP, "rank": "Penata", "post": "Operator"}
    return Staff(name=name, **(defaults | fields))


def week_of(stops: list[Stop]) -> TeamWeek:
    first = stops[0]
    team = SentTeam(id=first.team_id, code=first.team_code, name=first.team_name, base_name=first.base_name)
    zone = first.starts_at.tzinfo
    assert zone is not None
    return TeamWeek(week=DAY, team=team, zone=zone, stops=tuple(stops))


def content_of(
    stops: list[Stop], people: list[Staff] | None = None, *, with_trips: bool = False, **words: Any
) -> dict[str, Any]:
    head = LetterheadIn.model_validate(letterhead_words(**words)).model_dump(mode="json")
    content = letter_content(
        head,
        week_of(stops),
        [make_person()] if people is None else people,
        document="ikd",
        issue=Issue(number="12/2023", day=DAY),
        with_trips=with_trips,
    )
    return paper_content(head, [content], title="Surat tugas")


def letter(stops: list[Stop], people: list[Staff] | None = None, **others: Any) -> bytes:
    return set_pdf("letter.typ", content_of(stops, people, **others), day=DAY)


def test_it_is_an_archive_pdf_with_its_fonts_inside() -> None:
    pdf = letter([make_stop(0)])
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert b"LibertinusSerif" in pdf


def test_another_process_sets_the_same_bytes_and_keeps_the_typesetter_out() -> None:
    content = content_of([make_stop(0)])
    program = (
        "import json, sys; from datetime import date; from app.letters.rendering import set_pdf;"
        "pdf = set_pdf('letter.typ', json.load(sys.stdin), day=date(2023, 11, 13));"
        "sys.stdout.buffer.write(pdf); sys.exit('typst' in sys.modules)"
    )
    there = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(content).encode(), capture_output=True, check=True
    )
    assert there.stdout == set_pdf("letter.typ", content, day=DAY)


def test_letters_set_together_are_each_what_they_are_alone() -> None:
    contents = [content_of([make_stop(number)]) for number in range(3)]
    together = set_pdfs("letter.typ", [Paper(content=content, day=DAY) for content in contents])
    assert together == [set_pdf("letter.typ", content, day=DAY) for content in contents]


def test_one_stop_is_one_page() -> None:
    assert pages_of(letter([make_stop(0)])) == 1


def test_an_event_says_who_else_comes_and_is_the_same_order() -> None:
    alone, together = content_of([make_stop(0)]), content_of([make_stop(0, with_teams=["T-2", "T-3"])])
    assert "bersama T-2, T-3" in text_of(set_pdf("letter.typ", together, day=DAY))
    assert "bersama" not in text_of(set_pdf("letter.typ", alone, day=DAY))
    digests = {digest_of(content["letters"][0]) for content in (alone, together)}
    assert len(digests) == 1
    assert digest_of(content_of([make_stop(1)])["letters"][0]) not in digests


def test_a_letter_of_before_is_still_printed() -> None:
    content = content_of([make_stop(0)])
    del content["letters"][0]["stops"][0]["together"]
    assert "Tempat 00" in text_of(set_pdf("letter.typ", content, day=DAY))


def test_forty_stops_are_all_there_and_the_head_of_their_table_is_repeated() -> None:
    pdf = letter([make_stop(number, site_name=f"Tempat {number:02} {'x' * 50}") for number in range(40)])
    text = text_of(pdf)
    assert [number for number in range(40) if f"Tempat {number:02}" not in text] == []
    assert text.count("Hari, tanggal") == pages_of(pdf) >= 2


@pytest.mark.parametrize(
    "name", ["#let x = 1", "$x^2$", "*tebal* _miring_", '"kutip" \\ `kode`', "<label> @ref", "n" * 60]
)
def test_signs_in_names_are_printed_not_obeyed(name: str) -> None:
    text = text_of(letter([make_stop(0, site_name=name)], [make_person(name)]))
    assert text.replace(" ", "").count(name.replace(" ", "")) >= 2


def test_who_has_no_nip_gets_none() -> None:
    people = [
        make_person("Orang Kontrak", status="non_asn", nip=None, rank=None),
        make_person("Orang Perjanjian", status="pppk", nip=NIP),
    ]
    text = text_of(letter([make_stop(0)], people))
    assert text.count("NI PPPK") == 1
    assert text.count("19800101 200501 1 001") == 1


def test_what_the_office_does_not_say_is_left_to_be_filled_in_by_hand() -> None:
    text = text_of(letter([make_stop(0)], signer={"office": "Kepala Dinas"}))
    assert "Kepala Dinas," in text
    assert "NIP ....." in text


def test_a_trip_has_its_stops_on_the_reverse_side() -> None:
    pdf = letter([make_stop(0), make_stop(1)], with_trips=True)
    text = text_of(pdf)
    assert pages_of(pdf) == 3
    assert text.count("SURAT PERJALANAN DINAS") == 1
    assert "Surat Tugas Nomor 12/2023 tanggal 13 November 2023" in text
    for number in (0, 1):
        assert text.count(f"Tempat {number:02}") >= 3


@pytest.mark.parametrize("paper", ["a4", "f4"])
def test_paper_is_as_the_office_says(paper: str) -> None:
    box = PdfReader(io.BytesIO(letter([make_stop(0)], paper=paper))).pages[0].mediabox
    millimetres = {"a4": (210, 297), "f4": (210, 330)}[paper]
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == millimetres


def test_who_waits_too_long_for_the_letters_of_others_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "_LONGEST_WAIT", 0.0)
    with rendering._one_at_a_time, pytest.raises(rendering.PrinterBusy):
        letter([make_stop(0)])


def test_content_that_makes_no_paper_is_a_fault() -> None:
    with pytest.raises(rendering.Unprintable):
        set_pdf("letter.typ", {"name": "Petugas Contoh"}, day=DAY)
