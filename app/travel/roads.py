"""What a road engine said of the ways of a district: kept by pair, asked for where a pair is missing, and again after a
while. A worker asks; plans take what is there, and great circles for the rest."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select, union
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.calendars.rounds import alone
from app.districts.models import District
from app.sites.models import Site
from app.teams.models import Team
from app.travel.models import Lodging, RoadLegs, Station
from app.travel.road_engine import LARGEST_SIDE, Asking, RoadEngine, RoadEngineTrouble, Spot

Roads = Mapping[str, Mapping[str, Sequence[int] | None]]
"""By the keys of origin and destination: minutes and metres, or None where the engine knows no road."""
LASTS = timedelta(days=90)
"""How long an answer holds; roads are built and washed away."""
_NIGHT_HOURS = range(5)
"""When what still holds is asked for anew, on the district's clocks."""
_TURN_SECONDS = 60.0


def key_of(lat: float, lon: float) -> str:
    """A spot to a metre, as `road_legs` name it."""
    return f"{lat:.5f},{lon:.5f}"


def roads_between(session: Session, district_code: str, spots: Iterable[str]) -> Roads:
    """What is kept of the ways that begin at these spots."""
    rows = session.execute(
        select(RoadLegs.origin, RoadLegs.legs).where(
            RoadLegs.district_code == district_code, RoadLegs.origin.in_(set(spots))
        )
    )
    return {row.origin: row.legs for row in rows}


def ask_due(engine: Engine, now: datetime, *, road_engine: RoadEngine) -> None:
    """Ask for what is missing or old, one district after another and one worker a district; raises
    `RoadEngineTrouble`, with what was answered before it kept."""
    with Session(engine) as session:
        codes = session.scalars(select(Site.district_code).distinct().order_by(Site.district_code)).all()
    troubles = []
    for code in codes:
        with alone(engine, f"jemput roads {code}", 0) as is_ours:
            if is_ours:
                try:
                    _ask(engine, code, now, road_engine)
                except RoadEngineTrouble as error:
                    # A district whose places the engine chokes on keeps no other one waiting.
                    troubles.append(error)
    if troubles:
        raise troubles[0]


def _ask(engine: Engine, code: str, now: datetime, road_engine: RoadEngine) -> None:
    with Session(engine) as session:
        district = session.get(District, code)
        if district is None:
            return
        spots = _spots(session, code)
        hour = now.astimezone(ZoneInfo(district.time_zone)).hour
        due = _due(session, code, spots, now, asked_of=road_engine.name, is_night=hour in _NIGHT_HOURS)
    if not due:
        return
    with road_engine.asking(seconds=_TURN_SECONDS) as asking:
        for first in range(0, len(due), LARGEST_SIDE):
            _ask_from(engine, code, due[first : first + LARGEST_SIDE], spots, asking, now=now)


def _spots(session: Session, code: str) -> dict[str, Spot]:
    """Every site, base, lodging and station of a district."""
    places = [select(model.lat, model.lon).where(model.district_code == code) for model in (Site, Lodging, Station)]
    bases = select(Team.base_lat, Team.base_lon).where(Team.district_code == code)
    return {key_of(lat, lon): (lat, lon) for lat, lon in session.execute(union(bases, *places))}


def _digest(spots: Collection[str]) -> str:
    return sha256(";".join(sorted(spots)).encode()).hexdigest()


def _due(
    session: Session, code: str, spots: Collection[str], now: datetime, *, asked_of: str, is_night: bool
) -> list[tuple[str, bool]]:
    """The origins of which some way is missing, those that another engine told of, and at night the old ones.

    Beside each, whether all of its ways are asked for anew."""
    rows = session.execute(
        select(RoadLegs.origin, RoadLegs.destinations, RoadLegs.asked_of, RoadLegs.asked_at).where(
            RoadLegs.district_code == code
        )
    )
    kept, whole = {row.origin: row for row in rows}, _digest(spots)
    due = []
    for spot in sorted(spots):
        row = kept.get(spot)
        is_old = row is not None and (row.asked_of != asked_of or (is_night and now - row.asked_at > LASTS))
        if row is None or row.destinations != whole or is_old:
            due.append((spot, is_old))
    return due


def _ask_from(
    engine: Engine,
    code: str,
    origins: Sequence[tuple[str, bool]],
    spots: Mapping[str, Spot],
    asking: Asking,
    *,
    now: datetime,
) -> None:
    """Ask for the ways from some origins that are missing, and keep them; when the engine fails in between, those that
    it told, so that the next turn goes on there. Answers to renew stand until all of an origin's are told."""
    with Session(engine) as session:
        kept = roads_between(session, code, (spot for spot, _ in origins))
    known = {spot: {} if is_old else dict(kept.get(spot, {})) for spot, is_old in origins}
    trouble = None
    try:
        _ask_missing(known, spots, asking)
    except RoadEngineTrouble as error:
        trouble = error
    whole = {spot: known[spot].keys() >= spots.keys() for spot in known}
    with Session(engine) as session, session.begin():
        for spot, is_old in origins:
            if known[spot] and (whole[spot] or not is_old):
                values = {
                    "legs": {end: leg for end, leg in known[spot].items() if end in spots},
                    "destinations": _digest(spots) if whole[spot] else "",
                    "asked_of": asking.engine.name,
                }
                _keep(session, code, spot, values, asked_at=now, is_anew=is_old)
    if trouble is not None:
        raise trouble


def _ask_missing(
    known: Mapping[str, dict[str, Sequence[int] | None]], spots: Mapping[str, Spot], asking: Asking
) -> None:
    """Put into `known`, by origin, the ways to all spots that are not there; raises `RoadEngineTrouble`."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for spot, legs in known.items():
        alike.setdefault(tuple(end for end in sorted(spots) if end not in legs), []).append(spot)
    for missing, starts in alike.items():
        for first in range(0, len(missing), LARGEST_SIDE):
            ends = missing[first : first + LARGEST_SIDE]
            table = asking.table([spots[spot] for spot in starts], [spots[end] for end in ends])
            for spot, row in zip(starts, table, strict=True):
                known[spot].update(zip(ends, row, strict=True))


def _keep(
    session: Session, code: str, origin: str, values: Mapping[str, Any], *, asked_at: datetime, is_anew: bool
) -> None:
    session.execute(
        upsert(RoadLegs)
        .values(district_code=code, origin=origin, asked_at=asked_at, **values)
        .on_conflict_do_update(
            index_elements=["district_code", "origin"], set_={**values, **({"asked_at": asked_at} if is_anew else {})}
        )
    )
