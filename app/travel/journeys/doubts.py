"""What of lodgings, connections, zones and nights can be of no use as it was entered: said before anything is planned.

A doubt refuses nothing, since what it misses may be entered later."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import District
from app.sites.models import Site
from app.tables.fields import minute_text
from app.teams.models import Team
from app.travel.journeys.stored import Crossing, Journeys, journeys_of
from app.travel.legs import PlaceKey, legs_of
from app.travel.places import PlaceKind
from app.words import Text, in_both

_MOST_DATES = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One doubt, about the thing of this kind (`PlaceKind`, `connection` or `zone`) and code or name."""

    code: str
    thing: str
    of: str
    message: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Country:
    """A district as far as ways between its zones go; a place without a zone is in the zone of no name."""

    working_weekdays: str
    teams: Sequence[Team]
    sites_in: Mapping[str, int]
    """How many sites lie in each zone."""
    journeys: Journeys
    ways: Collection[tuple[str, str]]
    """From zone to zone, by connections and travel entries."""

    def reached_from(self, zones: Iterable[str]) -> frozenset[str]:
        return _closure(zones, self.ways)

    def reaching(self, zones: Iterable[str]) -> frozenset[str]:
        """The zones from which a way leads to one of these."""
        return _closure(zones, {(end, start) for start, end in self.ways})

    @property
    def travellers(self) -> Sequence[Team]:
        return [team for team in self.teams if team.max_nights]


def doubts_of(session: Session, district: District) -> tuple[Doubt, ...]:
    """Every doubt about a district, in the order of the rules."""
    country = _country(session, district)
    rules = (_nights, _departures, _days, _lodgings, _zones)
    return tuple(chain.from_iterable(rule(country) for rule in rules))


def _country(session: Session, district: District) -> _Country:
    teams = session.scalars(select(Team).where(Team.district_code == district.code).order_by(Team.code)).all()
    sites = session.execute(select(Site.code, Site.zone).where(Site.district_code == district.code)).all()
    journeys = journeys_of(session, district.code)
    zone_of: dict[PlaceKey, str] = {(PlaceKind.SITE.value, site.code): site.zone or "" for site in sites}
    zone_of |= {(PlaceKind.BASE.value, team.code): team.zone or "" for team in teams}
    zone_of |= {(PlaceKind.LODGING.value, lodging.code): lodging.zone or "" for lodging in journeys.lodgings}
    zone_of |= {(PlaceKind.STATION.value, station.code): station.zone or "" for station in journeys.stations}
    # Of roads nothing is asked: they lead from zone to zone nowhere.
    entered = legs_of(session, district.code, spots=()).entered
    ends = chain(entered, ((crossing.origin, crossing.destination) for crossing in journeys.crossings))
    return _Country(
        working_weekdays=district.working_weekdays,
        teams=teams,
        sites_in=Counter(site.zone or "" for site in sites),
        journeys=journeys,
        ways={(zone_of[start], zone_of[end]) for start, end in ends},
    )


def _closure(zones: Iterable[str], ways: Collection[tuple[str, str]]) -> frozenset[str]:
    reached, edge = set(zones), set(zones)
    while edge:
        edge = {end for start, end in ways if start in edge} - reached
        reached |= edge
    return frozenset(reached)


def _nights(country: _Country) -> Iterator[Doubt]:
    """Nights without a lodging, lodgings without a night."""
    if not country.journeys.lodgings:
        for team in country.travellers:
            yield Doubt(
                code="nights_without_lodging",
                thing=PlaceKind.BASE.value,
                of=team.code,
                message=in_both(
                    "{name} ({code}) boleh menginap, tetapi belum ada penginapan yang diisi.",
                    "{name} ({code}) may stay away at night, but no lodging has been entered.",
                    name=team.name,
                    code=team.code,
                ),
            )
    elif country.teams and not country.travellers:
        for lodging in country.journeys.lodgings[:1]:
            yield Doubt(
                code="lodging_without_nights",
                thing=PlaceKind.LODGING.value,
                of=lodging.code,
                message=in_both(
                    "Ada {count} penginapan, tetapi tidak ada tim yang boleh menginap: isi max_nights pada tim.",
                    "There are {count} lodgings, but no team may stay away at night: set max_nights of a team.",
                    count=len(country.journeys.lodgings),
                ),
            )


def _departures(country: _Country) -> Iterator[Doubt]:
    """Connections that no team's hours allow."""
    hours = {(team.shift_start, team.shift_end) for team in country.teams}
    hours |= {
        (team.away_shift_start, team.away_shift_end)
        for team in country.travellers
        if team.away_shift_start is not None and team.away_shift_end is not None
    }
    for crossing in country.journeys.crossings if hours else ():
        (earliest, latest), minutes = crossing.fields.departs, crossing.fields.minutes
        if not any(max(opens, earliest) <= min(latest, closes - minutes) for opens, closes in hours):
            yield _of_crossing(
                "departure_outside_shifts",
                crossing,
                in_both(
                    "{connection} berangkat {departs} dan tiba {minutes} menit kemudian: tidak ada tim yang jam "
                    "kerjanya memuat itu.",
                    "{connection} leaves at {departs} and is there {minutes} minutes later: no team's shift holds "
                    "that.",
                    connection=crossing.fields.name or crossing.fields.code,
                    departs=_times(earliest, latest),
                    minutes=minutes,
                ),
            )


def _times(earliest: int, latest: int) -> str:
    return minute_text(earliest) if earliest == latest else f"{minute_text(earliest)}–{minute_text(latest)}"


def _days(country: _Country) -> Iterator[Doubt]:
    """Connections that go on no date, or on none on which a team works."""
    masks = {team.working_weekdays or country.working_weekdays for team in country.teams}
    for crossing in country.journeys.crossings:
        weekdays = _weekdays_of(crossing)
        name = crossing.fields.name or crossing.fields.code
        if not weekdays:
            yield _of_crossing(
                "never_runs",
                crossing,
                in_both(
                    "{connection} tidak berangkat pada satu tanggal pun di masa berlakunya.",
                    "{connection} goes on no date of its span.",
                    connection=name,
                ),
            )
        elif masks and not any(mask[day] == "1" for mask in masks for day in weekdays):
            yield _of_crossing(
                "runs_on_no_working_day",
                crossing,
                in_both(
                    "{connection} hanya berangkat pada hari ketika tidak ada tim yang bekerja.",
                    "{connection} goes only on days on which no team works.",
                    connection=name,
                ),
            )


def _weekdays_of(crossing: Crossing) -> set[int]:
    """The weekdays of the dates on which it goes; of an open or long span those that it says."""
    fields = crossing.fields
    if fields.starts_on is None or fields.ends_on is None or (fields.ends_on - fields.starts_on).days >= _MOST_DATES:
        return {day for day, goes in enumerate(fields.weekdays) if goes == "1"}
    first, last = fields.starts_on.toordinal(), fields.ends_on.toordinal()
    dates = (date.fromordinal(number) for number in range(first, last + 1))
    return {day.weekday() for day in dates if fields.runs_on(day)}


def _lodgings(country: _Country) -> Iterator[Doubt]:
    """Lodgings in zones where nothing else is, to which nobody gets, or from which nobody gets home."""
    homes = [team.zone or "" for team in country.travellers]
    there, back = country.reached_from(homes), country.reaching(homes)
    busy = {zone for way in country.ways for zone in way} | country.sites_in.keys()
    busy |= {team.zone or "" for team in country.teams}
    for lodging in country.journeys.lodgings:
        zone = lodging.zone or ""
        if zone not in busy:
            code = "lodging_in_lonely_zone"
            message = in_both(
                "{name} ({code}) di zona {zone}, dan tidak ada lokasi, tim, atau sambungan di sana. Periksa ejaannya.",
                "{name} ({code}) is in zone {zone}, where no site, team or connection is. Check its spelling.",
                name=lodging.name,
                code=lodging.code,
                zone=_called(zone),
            )
        elif homes and zone not in there:
            code = "lodging_unreachable"
            message = in_both(
                "Tidak ada jalan bagi tim yang boleh menginap ke {name} ({code}) di zona {zone}: isi sambungan atau "
                "jalur.",
                "No way leads teams with nights to {name} ({code}) in zone {zone}: enter a connection or a travel "
                "entry.",
                name=lodging.name,
                code=lodging.code,
                zone=_called(zone),
            )
        elif homes and zone not in back:
            code = "lodging_without_way_back"
            message = in_both(
                "Dari {name} ({code}) di zona {zone} tidak ada jalan pulang: isi sambungan ke arah sebaliknya.",
                "From {name} ({code}) in zone {zone} no way leads home: enter a connection in the other direction.",
                name=lodging.name,
                code=lodging.code,
                zone=_called(zone),
            )
        else:
            continue
        yield Doubt(code=code, thing=PlaceKind.LODGING.value, of=lodging.code, message=message)


def _zones(country: _Country) -> Iterator[Doubt]:
    """Zones with sites to which no team gets, or from which none gets home."""
    homes = [team.zone or "" for team in country.teams]
    there, back = country.reached_from(homes), country.reaching(homes)
    for zone, count in sorted(country.sites_in.items()) if homes else ():
        if zone in there and zone in back:
            continue
        message = in_both(
            "Tidak ada jalan bagi tim mana pun ke {count} lokasi di zona {zone}: isi sambungan atau jalur.",
            "No way leads any team to the {count} sites in zone {zone}: enter a connection or a travel entry.",
            count=count,
            zone=_called(zone),
        )
        if zone in there:
            message = in_both(
                "Dari {count} lokasi di zona {zone} tidak ada jalan pulang: isi sambungan ke arah sebaliknya.",
                "From the {count} sites in zone {zone} no way leads home: enter a connection in the other direction.",
                count=count,
                zone=_called(zone),
            )
        code = "zone_without_way_back" if zone in there else "zone_unreachable"
        yield Doubt(code=code, thing="zone", of=zone, message=message)


def _called(zone: str) -> str | Text:
    return f"“{zone}”" if zone else in_both("tanpa nama", "without a name")


def _of_crossing(code: str, crossing: Crossing, message: Text) -> Doubt:
    return Doubt(code=code, thing="connection", of=crossing.fields.code, message=message)
