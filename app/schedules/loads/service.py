"""How a plan shares the work out among the teams, with what each brings along, in figures and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.schedules import service as schedules
from app.schedules.models import Schedule
from app.schedules.runs.checking import TeamLoad, loads_of
from app.teams.models import Team
from app.words import Text, in_both


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLoad:
    """The load of a team under its name, and a sentence about it."""

    name: str
    load: TeamLoad
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedWork:
    """The loads of all teams of a run, by code, and what they come to in a sentence."""

    price_milli: int
    teams: tuple[NamedLoad, ...]
    text: Text


def shared_work(session: Session, schedule: Schedule) -> SharedWork:
    """The loads of a plan, recounted from the files of its run; raises `NotFound` before there is a plan."""
    instance = schedules.contract_file(session, schedule, "instance")
    plan = schedules.contract_file(session, schedule, "plan")
    demand = session.scalar(select(Schedule.demand_json).where(Schedule.id == schedule.id))
    loads = loads_of(instance, plan, demand_content=demand)
    rows = session.execute(select(Team.code, Team.name).where(Team.district_code == schedule.district_code)).all()
    names = {row.code: row.name for row in rows}
    return SharedWork(
        price_milli=loads.price_milli,
        teams=tuple(
            NamedLoad(name=names.get(load.team, load.team), load=load, text=_of_team(load, names=names))
            for load in loads.teams
        ),
        text=_of_all(loads.teams, names=names, is_priced=loads.price_milli > 0),
    )


def _of_team(load: TeamLoad, *, names: Mapping[str, str]) -> Text:
    return in_both(
        "{name}: {days}, {away} jam di luar kantor ({travel} jam di jalan), {won} aktivasi. Dengan rencana ini "
        "{after}; sebelumnya {before}.",
        "{name}: {days}, {away} hours away ({travel} on the road), {won} activations. With this plan {after}; before "
        "it {before}.",
        name=names.get(load.team, load.team),
        days=in_both("{count} hari", "{count} day" if load.days == 1 else "{count} days", count=load.days),
        away=_hours(load.away),
        travel=_hours(load.travel),
        won=load.activations,
        after=_standing(load.deviation_after),
        before=_standing(load.deviation_before),
    )


def _of_all(loads: tuple[TeamLoad, ...], *, names: Mapping[str, str], is_priced: bool) -> Text:
    if len(loads) < 2:
        return in_both("Tidak ada tim lain untuk dibandingkan.", "There is no other team to compare with.")
    ordered = sorted(loads, key=lambda load: (load.deviation_after, load.team))
    least, most = ordered[0], ordered[-1]
    priced = (
        in_both("Rencana ini membagi beban kerja.", "This plan shares the work out.")
        if is_priced
        else in_both(
            "Rencana ini tidak memperhitungkan pembagian beban (bobot fairness 0).",
            "This plan does not look at how the work is shared (weight of fairness 0).",
        )
    )
    return in_both(
        "{priced} Beban terberat: {most} ({above}); teringan: {least} ({below}). Bagian tiap tim dihitung dari jam "
        "tugasnya yang tersedia; cuti bukan utang, dan jumlah aktivasi bukan beban.",
        "{priced} The heaviest load: {most} ({above}); the lightest: {least} ({below}). Each team's share goes by the "
        "hours it could be sent out; leave is no debt, and activations are no load.",
        priced=priced,
        most=names.get(most.team, most.team),
        above=_standing(most.deviation_after),
        least=names.get(least.team, least.team),
        below=_standing(least.deviation_after),
    )


def _standing(minutes: int) -> Text:
    """Where a team stands beside its share."""
    hours = _hours(abs(minutes))
    if not hours:
        return in_both("sesuai bagiannya", "at its share")
    if minutes > 0:
        return in_both("{hours} jam di atas bagiannya", "{hours} hours above its share", hours=hours)
    return in_both("{hours} jam di bawah bagiannya", "{hours} hours below its share", hours=hours)


def _hours(minutes: int) -> Decimal:
    return (Decimal(minutes) / 60).quantize(Decimal("0.1"))
