"""Why a visit stands where it does: what other teams and other days would win instead, and the next best of all."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.access.service import Actor
from app.errors import Conflict
from app.languages import said
from app.payloads import Outgoing
from app.schedules import service as schedules
from app.schedules.questions.explanations import refuse_without_plan
from app.schedules.questions.turns import Asker, PlanFiles
from app.sites import service as sites
from app.teams import service as teams
from app.words import Text, in_both


class OtherPlace(Outgoing):
    """A team and date to which the visit could go, or why not; differences to the plan as it is, exact."""

    team: str
    date: date
    kind: str | None
    """`fits`, `retimed`, `shortened`, `changes_places`, `pushes_out` or `moved`; null where it cannot be."""
    rule: str | None
    """The first rule against it."""
    activations: int | None
    """Of the whole plan, more or (negative) fewer than now."""
    value_milli: int | None
    cost: int | None
    disturbed: int | None
    """Other visits that would not stay as they are announced."""


class VisitExplanationOut(Outgoing):
    """Why a visit stands where it does."""

    visit_id: int
    schedule_id: int
    site: str
    name: str
    team: str
    date: date
    expected_activations: int
    why_team: Text
    why_day: Text
    next_best: OtherPlace | None
    """Where the whole plan loses least; null: the visit can go nowhere else."""
    next_best_text: Text
    other_teams: list[OtherPlace]
    """On that date."""
    other_days: list[OtherPlace]
    """Of that team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitQuestion:
    """What is read from the database before the solver is asked."""

    visit_id: int
    schedule_id: int
    site: str
    name: str
    team: str
    date: date
    as_planned: Mapping[str, Any]
    """The visit as the plan writes it."""
    expected_activations: int
    files: PlanFiles
    asker: Asker


def visit_question(session: Session, actor: Actor, *, visit_id: int) -> VisitQuestion:
    """Raises `NotFound` and `ScheduleNotFinished`."""
    visit = schedules.visible_visit(session, visit_id, actor=actor)
    schedule = schedules.get_schedule(session, visit.schedule_id)
    refuse_without_plan(schedule)
    instance, packed = schedules.with_files(session, schedule)
    plan = gzip.decompress(packed)
    site, team = (
        sites.read_site(session, visit.site_id, actor=actor),
        teams.read_team(session, visit.team_id, actor=actor),
    )
    key = (team.code, visit.date.isoformat(), site.code)
    planned = next((row for row in json.loads(plan)["visits"] if (row["team"], row["date"], row["site"]) == key), None)
    if planned is None:
        raise Conflict(
            said(
                "The plan of schedule {schedule} does not hold this visit any more.",
                "Rencana jadwal {schedule} tidak lagi memuat kunjungan ini.",
                schedule=schedule.id,
            )
        )
    return VisitQuestion(
        visit_id=visit.id,
        schedule_id=schedule.id,
        site=site.code,
        name=site.name,
        team=team.code,
        date=visit.date,
        as_planned=planned,
        expected_activations=visit.expected_activations,
        files=PlanFiles(instance=instance, plan=plan),
        asker=Asker(district_code=schedule.district_code, token_id=actor.token_id),
    )


def visit_answer(
    question: VisitQuestion, cells: Sequence[Mapping[str, Any]], *, rules: Mapping[str, Text]
) -> VisitExplanationOut:
    """What the solver says of every team and date, in a planner's words; `rules`: its own, by their names."""
    places = [
        OtherPlace.model_validate({name: cell.get(name) for name in OtherPlace.model_fields})
        for cell in cells
        if cell.get("rule") != "same_place"
    ]
    other_teams = [place for place in places if place.date == question.date and place.team != question.team]
    other_days = [place for place in places if place.team == question.team and place.date != question.date]
    best = _best(places)
    return VisitExplanationOut(
        visit_id=question.visit_id,
        schedule_id=question.schedule_id,
        site=question.site,
        name=question.name,
        team=question.team,
        date=question.date,
        expected_activations=question.expected_activations,
        why_team=_why_team(question, other_teams, rules),
        why_day=_why_day(question, other_days, rules),
        next_best=best,
        next_best_text=_next_best(question, best),
        other_teams=other_teams,
        other_days=other_days,
    )


def _best(places: Iterable[OtherPlace]) -> OtherPlace | None:
    possible = [place for place in places if place.value_milli is not None]
    return max(possible, key=lambda place: (place.value_milli or 0, -(place.disturbed or 0)), default=None)


def _why_team(question: VisitQuestion, others: Sequence[OtherPlace], rules: Mapping[str, Text]) -> Text:
    if not others:
        return in_both(
            "{team} satu-satunya tim.", "{team} is the only team.", team=question.team,
        )  # fmt: skip
    best = _best(others)
    if best is None:
        return in_both(
            "Tidak ada tim lain yang dapat ke {name} pada {day}: {reasons}.",
            "No other team can go to {name} on {day}: {reasons}.",
            name=question.name,
            day=question.date,
            reasons=_reasons(others, rules),
        )
    return in_both(
        "Tim lain yang paling sesuai pada {day} adalah {team}: {difference}.",
        "Of the other teams {team} would suit best on {day}: {difference}.",
        day=question.date,
        team=best.team,
        difference=_difference(best),
    )


def _why_day(question: VisitQuestion, others: Sequence[OtherPlace], rules: Mapping[str, Text]) -> Text:
    best = _best(others)
    if best is None:
        return in_both(
            "{team} tidak dapat ke {name} pada hari lain: {reasons}.",
            "{team} can go to {name} on no other day: {reasons}.",
            team=question.team,
            name=question.name,
            reasons=_reasons(others, rules),
        )
    return in_both(
        "Hari lain yang paling sesuai bagi {team} adalah {day}: {difference}.",
        "Of the other days of {team}, {day} would suit best: {difference}.",
        team=question.team,
        day=best.date,
        difference=_difference(best),
    )


def _next_best(question: VisitQuestion, best: OtherPlace | None) -> Text:
    if best is None:
        return in_both(
            "Kunjungan ke {name} tidak dapat dipindah ke tim atau hari lain.",
            "The visit to {name} can go to no other team or day.",
            name=question.name,
        )
    return in_both(
        "Pilihan berikutnya: {team} pada {day}, {difference}.",
        "The next best: {team} on {day}, {difference}.",
        team=best.team,
        day=best.date,
        difference=_difference(best),
    )


def _difference(place: OtherPlace) -> Text:
    """What the whole plan wins or loses by it, and whom it disturbs."""
    won = place.activations or 0
    if won < 0:
        text = in_both("{count} aktivasi lebih sedikit", "{count} activations fewer", count=-won)
    elif won > 0:
        text = in_both("{count} aktivasi lebih banyak", "{count} activations more", count=won)
    else:
        text = in_both("aktivasi tetap sama", "the same activations")
    if place.cost:
        text = in_both(
            "{so_far}, biaya {more} Rp {cost}",
            "{so_far}, Rp {cost} {more}",
            so_far=text,
            cost=abs(place.cost),
            more=in_both("lebih", "more") if place.cost > 0 else in_both("kurang", "less"),
        )
    if place.disturbed:
        text = in_both(
            "{so_far}, {count} kunjungan lain berubah",
            "{so_far}, other visits changed: {count}",
            so_far=text,
            count=place.disturbed,
        )
    return text


def _reasons(places: Iterable[OtherPlace], rules: Mapping[str, Text]) -> Text:
    """What stands against them, the most frequent first."""
    counted = Counter(place.rule for place in places if place.rule is not None)
    reasons = in_both("tidak ada", "there is none")
    for number, (rule, times) in enumerate(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))):
        part = in_both("{why} ({times}×)", "{why} ({times}×)", why=rules[rule], times=times)
        reasons = part if number == 0 else in_both("{before}; {part}", "{before}; {part}", before=reasons, part=part)
    return reasons
