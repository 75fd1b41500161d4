"""iCalendar feeds of published visits, behind a token in the address that opens one feed and nothing else.
A visit that left the plan stays in the feed as cancelled for a while, so that readers take it away."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Path, Request, Response
from sqlalchemy import Select, bindparam, func, or_, select

from app.access import service as access
from app.access.models import Role, Token
from app.access.service import TOKEN_COLUMNS, StoredToken
from app.calendars.ics import Calendar, CalendarEntry, EntryStatus, write_calendar
from app.database import PreparedRead
from app.districts.models import Area, District
from app.errors import NotFound
from app.http_conventions import IfNoneMatchHeader, NowDep, is_unchanged
from app.schedules.models import Visit
from app.sites.models import Site, SiteKind
from app.teams.models import Kit, Team

router = APIRouter(prefix="/v1", tags=["feeds"])

SHOW_CANCELLED = timedelta(days=90)
SHOW_PAST = timedelta(days=400)
REFRESH_EVERY = timedelta(hours=1)
_LAYOUT = "1"
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
_KITS = {
    Kit.SATELLITE: ("internet satelit", "satellite internet"),
    Kit.BIOMETRIC: ("perekam biometrik", "biometric recorder"),
    Kit.CARD_PRINTER: ("pencetak kartu", "card printer"),
}
_SIGNALS = (
    ("tidak ada", "none"),
    ("buruk", "poor"),
    ("cukup", "fair"),
    ("baik", "good"),
    ("sangat baik", "excellent"),
)


class _Summary(NamedTuple):
    """What tells one state of a feed from another, without its texts."""

    district_name: str
    time_zone: str
    district_version: int
    team_name: str | None
    teams_version: int | None
    visits: int
    in_force: int
    ids: int | None
    """Sum; a visit that a later plan carried over has a new id, and may have new figures."""
    sequences: int | None
    sites_version: int | None
    changed_at: datetime | None


class _Row(NamedTuple):
    """One visit with its team and place."""

    uid: UUID
    in_force: bool
    sequence: int
    changed_at: datetime
    date: date
    arrives_at: datetime
    starts_at: datetime
    ends_at: datetime
    setup_minutes: int
    service_minutes: int
    travel_minutes: int
    travel_metres: int
    expected_activations: int
    team_code: str
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


def _shown(query: Select[*tuple[Any, ...]], *, one_team: bool) -> Select[*tuple[Any, ...]]:
    """Limits a query to the visits that a feed shows."""
    query = query.where(
        Visit.district_code == bindparam("district_code"),
        Visit.date >= bindparam("since"),
        or_(Visit.in_force, Visit.withdrawn_at >= bindparam("cancelled_since")),
    )
    return query.where(Visit.team_id == bindparam("team_id")) if one_team else query


def _summary(*, one_team: bool) -> PreparedRead:
    shown = (
        _shown(
            select(
                func.count().label("visits"),
                func.count().filter(Visit.in_force).label("in_force"),
                func.sum(Visit.id).label("ids"),
                func.sum(Visit.sequence).label("sequences"),
                func.sum(Site.version).label("sites_version"),
                func.sum(Team.version).label("teams_version"),
                func.max(Visit.changed_at).label("changed_at"),
            )
            .join(Site, Site.id == Visit.site_id)
            .join(Team, Team.id == Visit.team_id),
            one_team=one_team,
        )
    ).subquery()
    team_name = select(Team.name).where(Team.id == bindparam("team_id", type_=Team.id.type)).scalar_subquery()
    return PreparedRead(
        select(
            *(District.name, District.time_zone, District.version, team_name, shown.c.teams_version),
            *(
                shown.c.visits,
                shown.c.in_force,
                shown.c.ids,
                shown.c.sequences,
                shown.c.sites_version,
                shown.c.changed_at,
            ),
        )
        .select_from(District)
        .join(shown, District.code == bindparam("district_code"))
    )


def _visits(*, one_team: bool) -> PreparedRead:
    return PreparedRead(
        _shown(
            select(
                *(Visit.uid, Visit.in_force, Visit.sequence, Visit.changed_at, Visit.date),
                *(Visit.arrives_at, Visit.starts_at, Visit.ends_at, Visit.setup_minutes, Visit.service_minutes),
                *(Visit.travel_minutes, Visit.travel_metres, Visit.expected_activations),
                *(Team.code, Team.name, Team.kits, Site.name, Site.kind, Site.lat, Site.lon, Site.connectivity),
                *(Site.contact_name, Site.contact_phone, Area.name),
            )
            .join(Site, Site.id == Visit.site_id)
            .join(Area, Area.code == Site.area_code)
            .join(Team, Team.id == Visit.team_id),
            one_team=one_team,
        )
        # Of two rows with one identity the later one is kept: the one in force.
        .order_by(Visit.in_force, Visit.starts_at, Visit.id)
    )


_TOKEN = PreparedRead(select(*TOKEN_COLUMNS).where(Token.secret_hash == bindparam("secret_hash")))
_SUMMARY = {one_team: _summary(one_team=one_team) for one_team in (True, False)}
_VISITS = {one_team: _visits(one_team=one_team) for one_team in (True, False)}


@router.get(
    "/feeds/{token}.ics",
    response_class=Response,
    responses={
        200: {
            "content": {"text/calendar": {"schema": {"type": "string"}}},
            "description": "The feed (RFC 5545): visits in force, and for 90 days those called off as CANCELLED.",
        },
        304: {"description": "The feed is as the caller's ETag or date says."},
        404: {"description": "No feed has this address, or it was revoked or has expired."},
    },
)
@router.head("/feeds/{token}.ics", include_in_schema=False)
def feed(
    request: Request,
    token: Annotated[str, Path(description="The secret of a feed token: of one team, or of the whole district.")],
    now: NowDep,
    if_none_match: IfNoneMatchHeader = None,
    if_modified_since: Annotated[str | None, Header(description="Counts only without If-None-Match.")] = None,
) -> Response:
    """The published visits of a team or a district, for calendar programs to subscribe to."""
    sessions = request.app.state.sessions
    found = _TOKEN.rows(sessions, {"secret_hash": access.hash_secret(token)})
    holder = StoredToken._make(found[0]) if found else None
    if holder is None or holder.role != Role.FEED or not access.is_valid(holder, now=now):
        raise NotFound("There is no feed at this address; ask the office for a new one.")
    one_team = holder.team_id is not None
    parameters = {
        "district_code": holder.district_code,
        "team_id": holder.team_id,
        "since": (now - SHOW_PAST).date(),
        "cancelled_since": now - SHOW_CANCELLED,
    }
    summary = _Summary._make(_SUMMARY[one_team].rows(sessions, parameters)[0])
    base_url = request.app.state.settings.base_url
    headers = {"ETag": _etag(summary, base_url), "Cache-Control": "private, no-cache"}
    if summary.changed_at is not None:
        headers["Last-Modified"] = format_datetime(summary.changed_at, usegmt=True)
    if _is_known(summary, headers["ETag"], if_none_match=if_none_match, if_modified_since=if_modified_since):
        return Response(status_code=304, headers=headers)
    rows = {row[0]: _Row._make(row) for row in _VISITS[one_team].rows(sessions, parameters)}
    calendar = _calendar(
        summary,
        sorted(rows.values(), key=lambda row: (row.starts_at, row.uid)),
        base_url=base_url,
        district_code=str(holder.district_code),
    )
    headers["Content-Disposition"] = 'inline; filename="jemput-bola.ics"'
    return Response(write_calendar(calendar), headers=headers, media_type="text/calendar; charset=utf-8")


def _etag(summary: _Summary, base_url: str) -> str:
    state = repr((_LAYOUT, base_url, *(str(value) for value in summary)))
    return f'"{hashlib.blake2b(state.encode(), digest_size=12).hexdigest()}"'


def _is_known(summary: _Summary, etag: str, *, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether the reader has this state (RFC 9110, 13.2.2); a date that cannot be read is ignored."""
    if if_none_match is not None:
        return is_unchanged(if_none_match, etag)
    if if_modified_since is None or summary.changed_at is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (ValueError, OverflowError):
        return False
    return since.tzinfo is not None and summary.changed_at.replace(microsecond=0) <= since


def _calendar(summary: _Summary, rows: Sequence[_Row], *, base_url: str, district_code: str) -> Calendar:
    zone = ZoneInfo(summary.time_zone)
    title = summary.district_name if summary.team_name is None else f"{summary.team_name}, {summary.district_name}"
    return Calendar(
        name=f"Jemput Bola: {title}",
        time_zone=summary.time_zone,
        refresh_every=REFRESH_EVERY,
        entries=tuple(
            _entry(row, zone, base_url=base_url, district_code=district_code, names_team=summary.team_name is None)
            for row in rows
        ),
    )


def _entry(row: _Row, zone: ZoneInfo, *, base_url: str, district_code: str, names_team: bool) -> CalendarEntry:
    title = f"{row.team_name}: {row.site_name}" if names_team else row.site_name
    day = urlencode({"date": row.date.isoformat(), "team": row.team_code, "district": district_code})
    return CalendarEntry(
        uid=f"{row.uid}@jemput-bola",
        sequence=row.sequence,
        changed_at=row.changed_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        # Some readers know no STATUS, so the title says it too.
        summary=title if row.in_force else f"BATAL: {title}",
        status=EntryStatus.CONFIRMED if row.in_force else EntryStatus.CANCELLED,
        description=_description(row, zone, names_contact=not names_team),
        location=f"{row.site_name}, {row.area_name}",
        latitude_longitude=(row.lat, row.lon),
        categories=("Jemput Bola", _KINDS[SiteKind(row.kind)]),
        url=f"{base_url}/v1/assignments?{day}",
    )


def _description(row: _Row, zone: ZoneInfo, *, names_contact: bool) -> str:
    """What the coordinator needs, in Indonesian, then in English; the contact stays inside the team's own feed."""
    arrival = f"{row.arrives_at.astimezone(zone):%H:%M}"
    opens = row.starts_at.astimezone(zone) + timedelta(minutes=row.setup_minutes)
    service = f"{opens:%H:%M}-{opens + timedelta(minutes=row.service_minutes):%H:%M}"
    kilometres = row.travel_metres / 1000
    signal = _SIGNALS[row.connectivity]
    kits = [_KITS[Kit(kit)] for kit in row.kits]
    contact = ", ".join(part for part in (row.contact_name, row.contact_phone) if part) if names_contact else ""
    lines = [
        "" if row.in_force else "DIBATALKAN",
        f"Perkiraan aktivasi: {row.expected_activations} orang",
        f"Tiba {arrival}, persiapan {row.setup_minutes} menit, pelayanan {service}",
        f"Perjalanan: {row.travel_minutes} menit, {kilometres:.1f} km".replace(".", ","),
        f"Sinyal: {signal[0]}",
        f"Bawa: {', '.join(kit[0] for kit in kits)}" if kits else "",
        f"Kontak: {contact}" if contact else "",
        f"Tim: {row.team_name}",
    ]
    english = [
        "" if row.in_force else "CANCELLED",
        f"Expected activations: {row.expected_activations} people",
        f"Arrive {arrival}, set up for {row.setup_minutes} minutes, serve {service}",
        f"Travel: {row.travel_minutes} minutes, {kilometres:.1f} km",
        f"Signal: {signal[1]}",
        f"Bring: {', '.join(kit[1] for kit in kits)}" if kits else "",
    ]
    return "\n\n".join("\n".join(line for line in part if line) for part in (lines, english))
