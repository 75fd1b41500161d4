"""What an `outreach-2` instance offers and no plan can use, said before solving in a planner's words.

None of it is refused: a file may name a lodging that nobody can reach. A doubt is only told where it is certain.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from solver.contract.documents import IKD, SATELLITE, Document, KitPool
from solver.contract.instance import NEXT_FORMAT, Instance, Window
from solver.contract.journeys import Connection
from solver.contract.travel import Place
from solver.plans.nights_away import NightsAway
from solver.plans.words import Text, both, clock_span


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing that no plan can use: the JSON pointer of its field and the sentence for the planner."""

    path: str
    text: Text

    def __str__(self) -> str:
        return f"{self.path}: {self.text.en}"

    def to_json(self) -> dict[str, Any]:
        return {"path": self.path, "text": self.text.to_json()}


def doubts(instance: Instance) -> tuple[Doubt, ...]:
    """Return everything that an instance offers in vain, in the order of its tables."""
    if instance.format != NEXT_FORMAT:
        return ()
    in_vain = (
        *_lodgings(instance),
        *_connections(instance),
        *_documents(instance),
        *_kits(instance),
        *_needed_at_sites(instance),
        *_places(instance),
    )
    return tuple(Doubt(path=path, text=text) for path, text in in_vain)


def _lodgings(instance: Instance) -> Iterator[tuple[str, Text]]:
    if not instance.lodgings:
        return
    away = NightsAway(instance)
    if not away.teams:
        text = both(
            "Tidak ada tim yang boleh menginap (max_nights 0): {count} penginapan tidak terpakai.",
            "No team may sleep away (max_nights is 0): {count} lodgings are of no use.",
            count=len(instance.lodgings),
        )
        yield "/lodgings", text
        return
    for index, lodging in enumerate(instance.lodgings):
        path, name = f"/lodgings/{index}", lodging.name or lodging.id
        if not any(lodging.open_dates) or lodging.max_teams == 0:
            yield (
                path,
                both("{name} tidak menerima tim pada malam mana pun.", "{name} takes no team on any night.", name=name),
            )
            continue
        nights = away.least_nights(lodging.id)
        if nights is None:
            text = both(
                "Tidak ada tim yang dapat mencapai {name} dan kembali: jalannya lebih lama daripada jam kerja sehari.",
                "No team can reach {name} and come back: the way is longer than a day's shift.",
                name=name,
            )
            yield path, text
        elif nights > away.most_nights:
            text = both(
                "Perjalanan lewat {name} memakan sedikitnya {nights} malam; tim menginap paling lama {most} malam.",
                "A trip by {name} takes {nights} nights at least, and no team may be away for more than {most}.",
                name=name,
                nights=nights,
                most=away.most_nights,
            )
            yield path, text


def _connections(instance: Instance) -> Iterator[tuple[str, Text]]:
    shifts = [window for team in instance.teams for window in (team.shift, team.away_shift) if window is not None]
    for index, connection in enumerate(instance.connections):
        path, name = f"/connections/{index}", connection.id
        works = [any(team.work_dates[d] for team in instance.teams) for d in range(len(instance.dates))]
        if connection.max_teams == 0 or not any(
            runs and there for runs, there in zip(connection.run_dates, works, strict=True)
        ):
            text = both(
                "{name} tidak berangkat pada tanggal kerja tim mana pun.",
                "{name} leaves on no date on which a team works and finds room.",
                name=name,
            )
            yield path, text
        elif shifts and not any(_fits(connection, shift) for shift in shifts):
            earliest, latest = min(shift.open for shift in shifts), max(shift.close for shift in shifts)
            text = both(
                "{name} berangkat pukul {departs} dan memakan {minutes} menit; jam kerja tim {shift}.",
                "{name} leaves at {departs} and takes {minutes} minutes; the teams' shifts lie within {shift}.",
                name=name,
                departs=clock_span(connection.departs.open, connection.departs.close),
                minutes=connection.minutes,
                shift=clock_span(earliest, latest),
            )
            yield path, text


def _fits(connection: Connection, shift: Window) -> bool:
    start = max(shift.open, connection.departs.open)
    return start <= connection.departs.close and start + connection.minutes <= shift.close


def _documents(instance: Instance) -> Iterator[tuple[str, Text]]:
    for index, document in enumerate(instance.documents):
        path, name = f"/documents/{index}", document.id
        if not any(site.people_of(document.id) for site in instance.sites):
            text = both("Tidak ada lokasi dengan warga yang perlu {name}.", "No site has people for {name}.", name=name)
            yield path, text
        if not any(team.documents is None or document.id in team.documents for team in instance.teams):
            yield path, both("Tidak ada tim yang dapat menerbitkan {name}.", "No team may issue {name}.", name=name)
        elif not _can_be_equipped(instance, document):
            text = both(
                "Tidak ada yang dapat menerbitkan {name}: tim yang boleh tidak memiliki dan tidak dapat membawa {kit}.",
                "Nobody can issue {name}: no team that may has a {kit}, or can take one along.",
                name=name,
                kit=document.kit or "",
            )
            yield path, text
    if instance.teams and not any(team.documents is None or IKD in team.documents for team in instance.teams):
        yield "/teams", both("Tidak ada tim yang dapat menerbitkan {name}.", "No team may issue {name}.", name=IKD)


def _can_be_equipped(instance: Instance, document: Document) -> bool:
    if document.kit is None:
        return True
    pools = [pool for pool in instance.kits if pool.kind == document.kit and _least(pool) > 0]
    return any(
        team.own_kits(document.kit) > 0 or any(pool.teams is None or team.id in pool.teams for pool in pools)
        for team in instance.teams
        if team.documents is None or document.id in team.documents
    )


def _needed_at_sites(instance: Instance) -> Iterator[tuple[str, Text]]:
    """Sites at which nobody is ever served, because nobody has a kit that they need."""
    there = {kind for team in instance.teams for kind, count in team.kits if count}
    there |= {SATELLITE for team in instance.teams if team.satellite}
    there |= {pool.kind for pool in instance.kits if _least(pool) > 0 and pool.teams != ()}
    for index, site in enumerate(instance.sites):
        for number, kind in enumerate(site.needs_kits):
            if kind not in there:
                text = both(
                    "{site} memerlukan {kit}; tidak ada tim yang memiliki atau dapat membawanya.",
                    "{site} needs a {kit}; no team has one, or can take one along.",
                    site=site.name,
                    kit=kind,
                )
                yield f"/sites/{index}/needs_kits/{number}", text


def _least(pool: KitPool) -> int:
    return min(pool.count, pool.max_per_team) if any(pool.on_dates) else 0


def _kits(instance: Instance) -> Iterator[tuple[str, Text]]:
    needed = {document.kit for document in instance.documents} | {SATELLITE}
    needed |= {kind for site in instance.sites for kind in site.needs_kits}
    for index, pool in enumerate(instance.kits):
        path, name = f"/kits/{index}", pool.id
        if _least(pool) == 0 or pool.teams == ():
            text = both("Tidak ada tim yang boleh membawa {name}.", "No team may ever carry {name}.", name=name)
            yield path, text
        elif pool.kind not in needed:
            text = both(
                "Tidak ada dokumen atau lokasi yang memerlukan {kind}: {name} tidak terpakai.",
                "No document or site needs a {kind}: {name} is of no use.",
                kind=pool.kind,
                name=name,
            )
            yield path, text


def _places(instance: Instance) -> Iterator[tuple[str, Text]]:
    """Zones without any way in, and events of more teams than there are."""
    named = {name for override in instance.travel.overrides for name in override.between}
    named |= {name for connection in instance.connections for name in (connection.origin, connection.target)}
    entered = {team.zone for team in instance.teams}
    places: list[Place] = [*instance.sites, *instance.lodgings, *instance.stations]
    entered |= {place.zone for place in places if place.id in named}
    reported: set[str] = set()
    on_a_date = zip(*(team.work_dates for team in instance.teams), strict=True)
    working = max((sum(works) for works in on_a_date), default=0)
    for index, site in enumerate(instance.sites):
        if site.zone not in entered and site.zone not in reported:
            reported.add(site.zone)
            text = both(
                "Tidak ada jalan ke zona {zone}: tanpa sambungan dan tanpa jalan khusus, lokasinya tidak terjangkau.",
                "There is no way into the zone {zone}: without a connection or an override nobody gets to its sites.",
                zone=site.zone or '""',
            )
            yield f"/sites/{index}/zone", text
        working = max(
            (sum(dates) for dates in zip(*(team.work_dates for team in instance.teams), strict=True)), default=0
        )
        if site.min_teams > max(working, 1):
            text = both(
                "{site} memerlukan {count} tim sekaligus; paling banyak {most} tim bekerja pada satu tanggal.",
                "{site} needs {count} teams at once; on no date more than {most} work.",
                site=site.name,
                count=site.min_teams,
                most=working,
            )
            yield f"/sites/{index}/min_teams", text
