"""What requests and answers about letters look like."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from app.languages import said
from app.letters.models import StaffStatus
from app.payloads import Day, Incoming, Line, Note, Outgoing
from app.words import Text

NUMBER_PLACE = "{nomor}"
MOST_LETTERS_ISSUED = 40
"""In one request."""


def _nip(text: str) -> str:
    digits = "".join(text.split())
    if len(digits) != 18 or not (digits.isascii() and digits.isdigit()):
        raise ValueError(
            said(
                "a NIP or NI PPPK has 18 digits; spaces between them may stay",
                "NIP atau NI PPPK terdiri dari 18 angka; spasi di antaranya boleh",
            )
        )
    return digits


def _pattern(text: str) -> str:
    left = text.replace(NUMBER_PLACE, "", 1).replace("{bulan}", "").replace("{tahun}", "")
    if NUMBER_PLACE not in text or "{" in left or "}" in left:
        raise ValueError(
            said(
                "name {{nomor}} once, and beside it {{bulan}} and {{tahun}} alone",
                "sebut {{nomor}} satu kali, dan selain itu hanya {{bulan}} dan {{tahun}}",
            )
            .replace("{{", "{")
            .replace("}}", "}")
        )
    return text


Nip = Annotated[str, Field(max_length=40), AfterValidator(_nip)]
Lines = Annotated[list[Line], Field(max_length=4)]
Notes = Annotated[list[Note], Field(max_length=12)]


class SignerIn(Incoming):
    """Who signs; what is left out is left to be filled in by hand."""

    prefix: Literal["a.n.", "Plt.", "Plh."] | None = None
    office: Line
    post: Line | None = Field(default=None, description="The signer's own post, under an office signed for by `a.n.`")
    name: Line | None = None
    rank: Line | None = None
    nip: Nip | None = None


class TripIn(Incoming):
    """What an SPD says of the office; what is left out is left to be filled in by hand."""

    officer_name: Line | None = Field(default=None, description="The Pejabat Pembuat Komitmen.")
    officer_nip: Nip | None = None
    transport: Line | None = None
    budget_body: Line | None = None
    budget_account: Line | None = None


class LetterheadIn(Incoming):
    """What the office prints on its letters, whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "government": ["Pemerintah Kota Lubuk Linggau"],
                    "office": "Dinas Kependudukan dan Pencatatan Sipil",
                    "address": ["Jalan Contoh Nomor 1, Lubuk Linggau"],
                    "place": "Lubuk Linggau",
                    "paper": "f4",
                    "number_pattern": "800.1.11.1/{nomor}/DUKCAPIL/{tahun}",
                    "signer": {"office": "Kepala Dinas Kependudukan dan Pencatatan Sipil"},
                    "basis": ["Undang-Undang Nomor 24 Tahun 2013 tentang Administrasi Kependudukan;"],
                    "tasks": ["Melaporkan hasilnya kepada Kepala Dinas."],
                    "closing": "Demikian surat tugas ini dibuat untuk dilaksanakan dengan penuh tanggung jawab.",
                    "copies_to": ["Wali Kota Lubuk Linggau"],
                }
            ]
        }
    )

    government: Annotated[list[Line], Field(min_length=1, max_length=3)]
    office: Line
    address: Lines = Field(default=[])
    place: Line = Field(description="Where letters are signed.")
    paper: Literal["a4", "f4"] = "a4"
    title: Literal["surat_tugas", "surat_perintah_tugas"] = "surat_tugas"
    number_pattern: Annotated[Line, AfterValidator(_pattern)] | None = Field(
        default=None, description="What a letter without a number shows; `{nomor}` is left to be filled in by hand."
    )
    signer: SignerIn
    considerations: Notes = Field(default=[], description="Menimbang.")
    basis: Notes = Field(default=[], description="Dasar.")
    purpose: Note | None = Field(default=None, description="The first task; null: to serve at the places listed.")
    tasks: Notes = Field(default=[], description="Tasks beside it.")
    closing: Note | None = None
    copies_to: Notes = Field(default=[], description="Tembusan.")
    trip: TripIn = TripIn()


class LetterheadOut(LetterheadIn):
    district_code: str
    logo: Literal["png", "svg"] | None
    version: int


class StaffIn(Incoming):
    """A person who goes out with a team."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Nama Contoh", "status": "non_asn", "post": "Operator", "valid_from": "2023-11-01"}]
        }
    )

    name: Line
    status: StaffStatus = Field(description="Decides the number: `pns` NIP, `pppk` NI PPPK, `non_asn` none.")
    nip: Nip | None = None
    rank: Line | None = None
    post: Line
    valid_from: Day | None = None
    valid_to: Day | None = Field(default=None, description="The last day.")


class StaffOut(Outgoing):
    id: int
    team_id: int
    name: str
    status: StaffStatus
    nip: str | None
    rank: str | None
    post: str
    valid_from: date | None
    valid_to: date | None
    version: int


class StaffListOut(Outgoing):
    items: list[StaffOut]


class LetterIn(Incoming):
    """One letter to issue."""

    team: Line = Field(description="Its code.")
    week: Day = Field(description="Any day of the week that the letter is about.")
    number: Line | None = Field(default=None, description="As the office gave it; null: left to be filled in by hand.")


class IssueIn(Incoming):
    """Letters to issue together: all of them, or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "date": "2023-11-13",
                    "letters": [{"team": "TIM-1", "week": "2023-11-13", "number": "800.1.11.1/123/DUKCAPIL/2023"}],
                }
            ]
        }
    )

    date: Day = Field(description="The date on the letters.")
    letters: Annotated[list[LetterIn], Field(min_length=1, max_length=MOST_LETTERS_ISSUED)]
    spd: bool = Field(default=False, description="With an SPD for each person and day.")
    again: bool = Field(default=False, description="Also where the letter that stands says the same.")


class HoursOut(Outgoing):
    starts: str
    ends: str


class LetterChangeOut(Outgoing):
    """What the plan in force says otherwise than a letter."""

    change: Literal["added", "dropped", "retimed", "elsewhere"]
    """`elsewhere`: the session is held at another place, whatever its hours."""
    date: date
    site_code: str
    site_name: str
    letter: HoursOut | None
    """As the letter says; null for what it does not list."""
    plan: HoursOut | None
    """As the plan in force has it; null for what left it."""
    text: Text


class LetterTripChangeOut(Outgoing):
    """What the plan in force says of a night or a ride otherwise than a letter."""

    what: Literal["night", "ride"]
    change: Literal["added", "dropped", "elsewhere", "retimed"]
    """`elsewhere`: at another lodging that night; `retimed`: at other hours, or until another date."""
    date: date
    code: str
    """Of the lodging or the connection."""
    name: str
    text: Text


class LetterRefOut(Outgoing):
    id: int
    number: str | None
    issued_on: date


class LetterOut(Outgoing):
    """A letter as it left the office."""

    id: int
    district_code: str
    team: str
    week: date
    """Its Monday."""
    first_date: date
    last_date: date
    number: str | None
    issued_on: date
    schedule_id: int
    plan_version: int
    changes: LetterRefOut | None
    """The letter that it changes."""
    stands: bool
    """Whether no later letter changes it."""
    outdated: bool
    """Whether it stands, and the plan in force says otherwise."""
    differences: list[LetterChangeOut]
    trip_differences: list[LetterTripChangeOut]
    """Of nights, boats and planes; empty of letters issued before these were kept."""
    sha256: str
    """Of the PDF."""
    issued_at: datetime
    issued_by: str
    pdf: str
    """Where the PDF is."""


class IssuedOut(Outgoing):
    items: list[LetterOut]
