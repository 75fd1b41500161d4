"""A team's day on one page, from the plan in force; names and contacts for the district's own people alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.permissions import check_district, visible_team
from app.access.service import Actor
from app.districts import service as districts
from app.districts.kits import kits_text
from app.districts.models import Area, District, Document
from app.errors import NotFound, invalid
from app.languages import Language, said
from app.letters import office
from app.letters.rendering import set_pdf
from app.schedules.document_schemas import expected_of
from app.schedules.document_words import brought_first, people_expected
from app.schedules.fellow_teams import fellows_in_force, together_with
from app.schedules.models import Schedule, Visit
from app.schedules.team_days import back_at, named_span, of_day
from app.schedules.trips.models import Ride, Trip
from app.schedules.trips.reading import WholeTrip, trips_in_force, whole_trips
from app.sites.models import Site
from app.sites.preparations import VisitStage, stage_sentence, staged_name
from app.sites.session_places import PLACE, held, held_name, is_held_at, needed_at
from app.teams.models import Team
from app.travel.models import Way
from app.travel.words import BY_WAY
from app.words import Text, clock_span, hour_of, hours_between, in_both, moment, weekday_and_date

_WORDS: Mapping[str, Text] = {
    "title": {"id": "Lembar tugas harian", "en": "Day sheet"},
    "base": {"id": "Pangkalan", "en": "Base"},
    "begins": {"id": "Mulai dari", "en": "Begins at"},
    "shift": {"id": "Jam kerja", "en": "Shift"},
    "breaks": {"id": "Istirahat", "en": "Breaks"},
    "carried": {"id": "Bawa dari kantor", "en": "Carry from the office"},
    "people": {"id": "Petugas", "en": "People"},
    "none": {"id": "Tidak ada kunjungan pada hari ini.", "en": "There is no visit on this day."},
    "served": {"id": "Dilayani", "en": "Served"},
    "activated": {"id": "Berhasil", "en": "Succeeded"},
    "prepared": {"id": "Disiapkan", "en": "Prepared"},
}
_COLUMNS: tuple[Text, ...] = (
    {"id": "No.", "en": "No."},
    {"id": "Pukul", "en": "Time"},
    {"id": "Tempat", "en": "Place"},
    {"id": "Kontak", "en": "Contact"},
    {"id": "Perkiraan", "en": "Expected"},
    {"id": "Hasil", "en": "Result"},
)


def day_sheet(
    session: Session,
    day: date,
    *,
    actor: Actor,
    team_code: str | None,
    district_code: str | None,
    language: Language,
) -> Callable[[], bytes]:
    """What sets a team's sheet, needing no session.

    Nothing named: the token's own team and district. Raises `InvalidRequest`, `NotFound`, `Forbidden`."""
    content = sheet_content(
        session, day, actor=actor, team_code=team_code, district_code=district_code, language=language
    )
    return lambda: set_pdf("day.typ", content, day=day)


def sheet_content(
    session: Session,
    day: date,
    *,
    actor: Actor,
    team_code: str | None,
    district_code: str | None,
    language: Language,
) -> dict[str, Any]:
    """What stands on the sheet, in words: `title`, `words` and `day` with its `stops`. Asked and refused as above."""
    district, team = _asked(session, actor, team_code=team_code, district_code=district_code)
    return _content(session, district, team, day, is_own=actor.may_write(district.code), language=language)


def _asked(
    session: Session, actor: Actor, *, team_code: str | None, district_code: str | None
) -> tuple[District, Team]:
    code = actor.district_code if district_code is None else district_code
    if code is None:
        raise invalid(
            "query/district",
            said("This token opens every district.", "Token ini membuka semua daerah."),
            mend=said("Name one, as in district=16.73.", "Sebutkan satu, misalnya district=16.73."),
        )
    check_district(actor, code)
    district = districts.get_district(session, code)
    if team_code is None and actor.team_id is None:
        raise invalid(
            "query/team",
            said("This token is of no team.", "Token ini bukan milik satu tim."),
            mend=said("Name one, as in team=TIM-1.", "Sebutkan satu, misalnya team=TIM-1."),
        )
    query = select(Team).where(Team.district_code == district.code)
    query = query.where(Team.id == actor.team_id) if team_code is None else query.where(Team.code == team_code)
    team = None if team_code is not None and "\0" in team_code else session.scalar(query)
    visible_team(actor, None if team is None else team.id)
    if team is None:
        raise NotFound(
            said(
                "District {district} has no team {team!r}; GET /v1/districts/{district}/teams.",
                "Daerah {district} tidak punya tim {team!r}; GET /v1/districts/{district}/teams.",
                district=district.code,
                team=team_code,
            )
        )
    return district, team


def _contact(site: Site, place: Site | None) -> str:
    """Whom to call: of the site, and of the place where its session is held."""
    own = " ".join(filter(None, (site.contact_name, site.contact_phone)))
    if place is None:
        return own
    theirs = " ".join(filter(None, (place.contact_name, place.contact_phone)))
    return "; ".join(filter(None, (own, f"{place.name}: {theirs}" if theirs else "")))


def _needs(site: Site, held_at: Site) -> Text:
    needed = needed_at(site.needs_kits, held_at.needs_kits)
    return in_both("perlu {kits}", "needs {kits}", kits=kits_text(needed)) if needed else Text(id="", en="")


def _content(
    session: Session, district: District, team: Team, day: date, *, is_own: bool, language: Language
) -> dict[str, Any]:
    zone = ZoneInfo(district.time_zone)

    def read_out(text: Text) -> str:
        return text["id"] if language is Language.INDONESIAN else text["en"]

    visits = _visits_on(session, team, day)
    stops = [_stop(row, zone, read_out, is_own=is_own) for row in visits]
    whole = next(iter(_trips_on(session, team, day)), None)
    stops += [] if whole is None else [_ride(ride, zone, read_out) for ride in whole.rides_on(day)]
    stops.sort(key=lambda stop: stop.pop("at"))
    people = office.staff_between(session, [team.id], day, day) if is_own else ()
    breaks = of_day([(visit.published_at, visit.day_breaks) for visit, *_ in visits])
    back, as_of = "", ""
    if whole is not None:
        back = read_out(_end_of_day(whole, day, zone))
    elif visits:
        last = visits[-1][0]
        returns = back_at(last.ends_at.astimezone(zone), last.home_minutes, breaks)
        back = read_out(_back_at_base(returns))
    changes = [visit.changed_at for visit, *_ in visits] + ([] if whole is None else [whole.trip.changed_at])
    if changes:
        newest = max(changes).astimezone(zone)
        as_of = read_out(in_both("Rencana per {moment}.", "The plan of {moment}.", moment=moment(newest)))
    before = None if whole is None else whole.night_before(day)
    shift = (team.shift_start, team.shift_end) if whole is None else (whole.trip.shift_start, whole.trip.shift_end)
    title = f"{read_out(_WORDS['title'])} {team.name}, {read_out(weekday_and_date(day))}"
    return {
        "title": title,
        "author": district.name,
        "paper": "a4",
        "words": {
            **{name: read_out(word) for name, word in _WORDS.items()},
            "columns": [read_out(column) for column in _COLUMNS],
            "as_of": as_of,
        },
        "day": {
            "team": team.name,
            "date": read_out(weekday_and_date(day)),
            "district": district.name,
            "base": team.base_name or f"{team.base_lat:.5f}, {team.base_lon:.5f}",
            "begins": None if before is None else before.lodging_name,
            "shift": read_out(clock_span(*shift)),
            "people": [person.name for person in people],
            "stops": stops,
            "carried": [
                kit["name"] if kit["count"] == 1 else f"{kit['count']} × {kit['name']}"
                for kit in of_day([(visit.published_at, visit.day_kits) for visit, *_ in visits])
            ],
            "breaks": [read_out(named_span(pause)) for pause in breaks],
            "back": back,
        },
    }


def _visits_on(session: Session, team: Team, day: date) -> Sequence[Any]:
    """The visits of a team in force on a day, each with its site, area, document, place of its session and fellows."""
    return session.execute(
        select(Visit, Site, Area.name, Schedule.document, PLACE, fellows_in_force())
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .join(Site, Site.id == Visit.site_id)
        .outerjoin(PLACE, is_held_at(Visit.date))
        .join(Area, Area.code == held("area_code"))
        .where(Visit.team_id == team.id, Visit.date == day, Visit.in_force)
        .order_by(Visit.starts_at, Visit.id)
    ).all()


def _stop(row: Any, zone: ZoneInfo, read_out: Callable[[Text], str], *, is_own: bool) -> dict[str, Any]:
    """A visit as the sheet tells it; `at` puts it among the rides."""
    visit, site, area_name, document, place, fellows = row
    held_at = site if place is None else place
    start, end = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    contact = _contact(site, place) if is_own else ""
    minutes = visit.travel_minutes
    way = (
        in_both("{minutes} menit jalan", "{minutes} min on the way", minutes=minutes)
        if visit.travel_way is None
        else in_both("{minutes} menit {way}", "{minutes} min {way}", minutes=minutes, way=BY_WAY[Way(visit.travel_way)])
    )
    return {
        "at": visit.starts_at,
        "is_ride": False,
        "hours": read_out(hours_between(start, end)),
        "way": read_out(way),
        "site": read_out(staged_name(held_name(site.name, None if place is None else place.name), visit.stage)),
        "code": site.code,
        "area": area_name,
        "together": read_out(together_with(fellows)) if fellows else None,
        "needs": read_out(_needs(site, held_at)),
        "point": f"{held_at.lat:.5f}, {held_at.lon:.5f}",
        "contact": contact or None,
        "expected": ", ".join(read_out(words) for words in _expected(visit, document)),
        "asks": [read_out(words) for words in _asks(visit)],
    }


def _asks(visit: Visit) -> Iterator[Text]:
    """What is written down of a visit, figure by figure, as it is reported afterwards."""
    if visit.stage == VisitStage.PREPARATION:
        yield _WORDS["prepared"]
        return
    yield from (_WORDS["served"], _WORDS["activated"])
    yield from (brought_first(document) for document in Document if visit.expected_further.get(document))


def _expected(visit: Visit, document: str) -> Iterator[Text]:
    if visit.stage is not None:
        yield stage_sentence(visit.stage, visit.prepared or 0)
    if visit.stage != VisitStage.PREPARATION:
        yield from people_expected(expected_of(document, visit.expected_activations, visit.expected_further))


def _trips_on(session: Session, team: Team, day: date) -> list[WholeTrip]:
    query = trips_in_force(team.district_code, first=day, last=day).where(Trip.team_id == team.id)
    return whole_trips(session, query)


def _ride(ride: Ride, zone: ZoneInfo, read_out: Callable[[Text], str]) -> dict[str, Any]:
    """A boat or plane as a row between the visits: nobody is served there."""
    start, end = ride.starts_at.astimezone(zone), ride.ends_at.astimezone(zone)
    there = in_both("di sana pukul {hour}", "there at {hour}", hour=hour_of(ride.arrives_at.astimezone(zone)))
    by = None if ride.way is None else BY_WAY[Way(ride.way)]
    return {
        "at": ride.starts_at,
        "is_ride": True,
        "hours": read_out(hours_between(start, end)),
        "way": read_out(there),
        "site": f"{ride.origin_name} → {ride.target_name}",
        "code": ride.connection_code,
        "area": "" if by is None else read_out(by),
        "together": None,
        "needs": "",
        "point": "" if ride.origin_lat is None else f"{ride.origin_lat:.5f}, {ride.origin_lon:.5f}",
        "contact": None,
        "expected": "",
    }


def _end_of_day(whole: WholeTrip, day: date, zone: ZoneInfo) -> Text:
    """Where a date of a trip ends, and when; of a date off away, where the team stays."""
    night, end = whole.night_after(day), whole.reaches_end_at(day)
    if night is None:
        return _back_at_base(whole.trip.back_at.astimezone(zone))
    if end is None:
        return in_both("Menginap di {lodging}.", "Stays at {lodging}.", lodging=night.lodging_name)
    return in_both(
        "Menginap di {lodging}, tiba pukul {hour}.",
        "Sleeps at {lodging}, there at {hour}.",
        lodging=night.lodging_name,
        hour=hour_of(end.astimezone(zone)),
    )


def _back_at_base(returns: datetime) -> Text:
    return in_both("Kembali di pangkalan pukul {hour}.", "Back at the base at {hour}.", hour=hour_of(returns))
