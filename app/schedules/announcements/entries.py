"""A published visit as others see it in a calendar: the same entry in feeds and in calendars that we write to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from app.calendars.ics import CalendarEntry, EntryStatus
from app.districts.kits import KIT_NAMES, Kit
from app.districts.models import Area, District
from app.schedules.document_schemas import expected_of
from app.schedules.document_words import BROUGHT
from app.schedules.fellow_teams import fellows_in_force, together_with
from app.schedules.models import Schedule, Visit
from app.schedules.team_days import kinds_with, named_span, pausing
from app.sites.models import Site, SiteKind
from app.sites.preparations import VisitStage, stage_sentence, staged_name
from app.sites.session_places import PLACE, held, held_name
from app.teams.models import Team
from app.travel.models import Way
from app.travel.words import BY_WAY
from app.words import Text, hour_of, hours_between, in_both

SHOW_CANCELLED = timedelta(days=90)
"""How long a visit that left the plan is told as CANCELLED."""
LAYOUT = "8"
"""Grows when the texts below change, so that no reader keeps an older one."""

_KINDS = {
    SiteKind.AGENCY: "Instansi",
    SiteKind.SCHOOL: "Sekolah",
    SiteKind.CLINIC: "Puskesmas",
    SiteKind.VILLAGE: "Desa/kelurahan",
    SiteKind.AREA_OFFICE: "Kantor kecamatan",
    SiteKind.ORGANISATION: "Organisasi",
    SiteKind.MALL: "Pusat perbelanjaan",
    SiteKind.HOME: "Rumah warga",
}
_SIGNALS = (
    ("tidak ada", "none"),
    ("buruk", "poor"),
    ("cukup", "fair"),
    ("baik", "good"),
    ("sangat baik", "excellent"),
)


class ShownVisit(NamedTuple):
    """One visit with its team and place, in the order of `VISIT_COLUMNS`."""

    uid: UUID
    in_force: bool
    sequence: int
    changed_at: datetime
    arrives_at: datetime
    starts_at: datetime
    ends_at: datetime
    setup_minutes: int
    service_minutes: int
    travel_minutes: int
    travel_metres: int
    travel_way: str | None
    document: str
    expected_activations: int
    expected_further: dict[str, int]
    stage: str | None
    prepared: int | None
    day_breaks: list[dict[str, Any]]
    day_kits: list[dict[str, Any]]
    team_name: str
    kits: list[str]
    site_name: str
    kind: str
    lat: float
    lon: float
    connectivity: int
    contact_name: str | None
    contact_phone: str | None
    area_name: str
    """Where the visit is held."""
    place_name: str | None
    """The site to which the session is moved; None: it is held at the site itself."""
    place_contact_name: str | None
    place_contact_phone: str | None
    fellows: list[str] | None
    """Codes of the other teams there that day."""
    time_zone: str


VISIT_COLUMNS: tuple[Any, ...] = (
    *(Visit.uid, Visit.in_force, Visit.sequence, Visit.changed_at),
    *(Visit.arrives_at, Visit.starts_at, Visit.ends_at, Visit.setup_minutes, Visit.service_minutes),
    *(Visit.travel_minutes, Visit.travel_metres, Visit.travel_way),
    *(Schedule.document, Visit.expected_activations, Visit.expected_further, Visit.stage, Visit.prepared),
    *(Visit.day_breaks, Visit.day_kits),
    *(Team.name, Team.kits, Site.name, Site.kind, held("lat"), held("lon"), held("connectivity")),
    *(Site.contact_name, Site.contact_phone, Area.name),
    *(PLACE.name, PLACE.contact_name, PLACE.contact_phone, fellows_in_force(), District.time_zone),
)
"""Of a query that joins the site at which a visit is held (`is_held_at`), and its area (`AREA_OF_PLACE`).

A change of any of these must count as a change of the visit (SEQUENCE, LAST-MODIFIED): of its own in `publishing`,
of the others by triggers in the database (migrations `calendar_outbox`, `session_places` and `fellows_in_entries`);
who else comes by both."""
AREA_OF_PLACE = Area.code == held("area_code")


def visit_entry(
    row: ShownVisit, *, names_team: bool, names_contact: bool, alarm_minutes: int | None = None
) -> CalendarEntry:
    """The entry; a contact is only for those who go there, and nothing rings for what was called off.

    It has no URL: no page opens yet for whoever sees a calendar, and a link that answers 401 helps nobody."""
    site = staged_name(held_name(row.site_name, row.place_name), row.stage)["id"]
    title = f"{row.team_name}: {site}" if names_team else site
    return CalendarEntry(
        uid=f"{row.uid}@jemput-bola",
        sequence=row.sequence,
        changed_at=row.changed_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        # Some readers know no STATUS, so the title says it too.
        summary=title if row.in_force else f"BATAL: {title}",
        status=EntryStatus.CONFIRMED if row.in_force else EntryStatus.CANCELLED,
        description=_description(row, names_contact=names_contact),
        location=f"{row.place_name or row.site_name}, {row.area_name}",
        latitude_longitude=(row.lat, row.lon),
        categories=("Jemput Bola", _KINDS[SiteKind(row.kind)]),
        alarm_minutes=alarm_minutes if row.in_force else None,
    )


def _description(row: ShownVisit, *, names_contact: bool) -> str:
    """What the coordinator needs, in Indonesian, then in English; the contact stays inside the team's own feed."""
    zone = ZoneInfo(row.time_zone)
    arrival = hour_of(row.arrives_at.astimezone(zone))
    opens = row.starts_at.astimezone(zone) + timedelta(minutes=row.setup_minutes)
    ends = row.ends_at.astimezone(zone)
    service = hours_between(opens, ends)
    breaks = [named_span(pause) for pause in pausing(row.day_breaks, row.starts_at.astimezone(zone), ends)]
    travel = _travel(row)
    signal = _SIGNALS[row.connectivity]
    kits = [KIT_NAMES[Kit(kit)] for kit in kinds_with(row.kits, row.day_kits)]
    contact, at_place = (
        ", ".join(part for part in parts if part) if names_contact else ""
        for parts in ((row.contact_name, row.contact_phone), (row.place_contact_name, row.place_contact_phone))
    )
    # Who comes is told of what takes place: a visit that was called off would go on changing.
    together = together_with(row.fellows) if row.in_force and row.fellows else None
    staged = None if row.stage is None else stage_sentence(row.stage, row.prepared or 0)
    people = list(_people(row))
    lines = [
        "" if row.in_force else "DIBATALKAN",
        "" if staged is None else staged["id"],
        *(expected["id"] for expected in people),
        f"Tiba {arrival['id']}, persiapan {row.setup_minutes} menit, pelayanan {service['id']}",
        f"Istirahat: {'; '.join(pause['id'] for pause in breaks)}" if breaks else "",
        f"Perjalanan: {travel['id']}",
        f"Sesi untuk warga {row.site_name}, di {row.place_name}" if row.place_name else "",
        f"Sinyal: {signal[0]}",
        f"Bawa: {', '.join(kit[0] for kit in kits)}" if kits else "",
        f"Kontak: {contact}" if contact else "",
        f"Kontak di {row.place_name}: {at_place}" if at_place else "",
        f"Tim: {row.team_name}" + ("" if together is None else f", {together['id']}"),
    ]
    english = [
        "" if row.in_force else "CANCELLED",
        "" if staged is None else staged["en"],
        *(expected["en"] for expected in people),
        f"Arrive {arrival['en']}, set up for {row.setup_minutes} minutes, serve {service['en']}",
        f"Break: {'; '.join(pause['en'] for pause in breaks)}" if breaks else "",
        f"Travel: {travel['en']}",
        f"Session for the people of {row.site_name}, at {row.place_name}" if row.place_name else "",
        f"Signal: {signal[1]}",
        f"Bring: {', '.join(kit[1] for kit in kits)}" if kits else "",
        "" if together is None else f"Team: {row.team_name}, {together['en']}",
    ]
    return "\n\n".join("\n".join(line for line in part if line) for part in (lines, english))


def _people(row: ShownVisit) -> Iterator[Text]:
    """Whom it is to serve, a line for each document; a preparation serves nobody."""
    if row.stage == VisitStage.PREPARATION:
        return
    further = {name: people for name, people in row.expected_further.items() if people}
    for document, people in expected_of(row.document, row.expected_activations, further).items():
        yield in_both(
            "Perkiraan {what}: {people} orang",
            "Expected {what}: {people} people",
            what=BROUGHT[document],
            people=people,
        )


def _travel(row: ShownVisit) -> Text:
    """The way there; a boat whose metres nobody entered says none."""
    minutes = row.travel_minutes
    way = Text(id="", en="") if row.travel_way is None else BY_WAY[Way(row.travel_way)]
    lasts = in_both("{minutes} menit {way}", "{minutes} minutes {way}", minutes=minutes, way=way)
    lasts = Text(id=lasts["id"].strip(), en=lasts["en"].strip())
    if row.travel_way is not None and not row.travel_metres:
        return lasts
    kilometres = (Decimal(row.travel_metres) / 1000).quantize(Decimal("0.1"))
    return in_both("{lasts}, {kilometres} km", "{lasts}, {kilometres} km", lasts=lasts, kilometres=kilometres)
