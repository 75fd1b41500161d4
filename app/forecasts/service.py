"""Forecasts of districts, and of provinces as the sum of theirs; the line to a target as it is drawn."""

from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.districts import service as districts
from app.districts.models import District, Document, Target, TargetOwner
from app.districts.targets.facts import Facts, facts_about
from app.districts.targets.required_line import required_line
from app.forecasts.answers import DistrictForecast, Forecast
from app.forecasts.district import drawn_district
from app.forecasts.forecast import described
from app.forecasts.line_chart import CountOn, LineChart
from app.forecasts.province import drawn_province
from app.reports.estimated_count import estimated_count
from app.reports.issuing_estimates import issuing_estimate
from app.schedules.counters import AtCounters
from app.schedules.document_words import brought_first
from app.schedules.standing_results import known_visits
from app.sites.provinces import adds_up
from app.words import Text, in_both


def forecast(
    session: Session,
    district: District,
    document: Document | str,
    *,
    on: date,
    owner: TargetOwner | str | None = None,
) -> DistrictForecast:
    """Where one owner's target will end; a province without sites of its own adds up its districts.

    Raises `NotFound` without a target, `InvalidRequest` for a day that cannot be asked about."""
    if adds_up(session, district):
        province = drawn_province(session, district, document, on=on, owner=owner)
        return DistrictForecast(
            district_code=district.code,
            document=str(document),
            owner=None if province.target is None else province.target.owner,
            counted=None,
            counted_up_to=None,
            results=province.results,
            unreported_visits=province.unreported_visits,
            districts=province.parts,
            missing_up_to=sum(part.target_count or 0 for part in province.parts if part.status == "missing"),
            **_told(described(province.draws, target=province.target_count)),
        )
    target = districts.get_target(session, district.code, document, owner=owner)
    drawn = drawn_district(session, district, target, on=on)
    return DistrictForecast(
        district_code=district.code,
        document=target.document,
        owner=target.owner,
        counted=drawn.ahead.official.count,
        counted_up_to=drawn.ahead.official.date,
        results=drawn.results,
        issuing=issuing_estimate(session, district, Document(target.document), on=on),
        unreported_visits=drawn.ahead.unreported_visits,
        **_told(described(drawn.draws, target=drawn.ahead.month.target)),
    )


def _told(forecast: Forecast) -> dict[str, Any]:
    return {
        ("target_count" if field.name == "target" else field.name): getattr(forecast, field.name)
        for field in fields(forecast)
    }


def line_chart(
    session: Session,
    district: District,
    document: Document | str,
    *,
    on: date,
    owner: TargetOwner | str | None = None,
) -> LineChart:
    """The way to the target, drawn as it was seen on that day; after the deadline without a forecast.

    Raises `NotFound` without a target, `InvalidRequest` for a day before the first count."""
    if adds_up(session, district):
        province = drawn_province(session, district, document, on=on, owner=owner)
        target, wanted = province.target, province.target_count
        forecast: Forecast | None = described(province.draws, target=wanted)
        deadline = province.draws.days[-1]
    else:
        target = districts.get_target(session, district.code, document, owner=owner)
        wanted, deadline, forecast = districts.target_count(target), target.deadline, None
        if on <= deadline:
            forecast = described(drawn_district(session, district, target, on=on).draws, target=wanted)
    return LineChart(
        title=_title(Document(document), district),
        target=wanted,
        deadline=deadline,
        required=() if target is None else _required(session, district, target, on=on),
        counted=() if target is None else _counted(session, district, facts_about(session, target, on=on)),
        forecast=forecast,
    )


def _title(document: Document, district: District) -> Text:
    if document is Document.IKD:
        return in_both("Aktivasi IKD {name}", "IKD activations, {name}", name=district.name)
    return in_both("{what} {name}", "{what}, {name}", what=brought_first(document), name=district.name)


def _required(session: Session, district: District, target: Target, *, on: date) -> tuple[CountOn, ...]:
    line = required_line(session, district, target, before=on)
    counts = {min(target.as_of, on): target.activated} | {day: line.required_on(day) for day in line.days}
    return tuple(CountOn(date=day, count=count) for day, count in sorted(counts.items()))


def _counted(session: Session, district: District, facts: Facts) -> tuple[CountOn, ...]:
    """The official counts up to the day, then the count as it must be by then."""
    target, on = facts.target, facts.on
    counted = {day: count for day, count, _ in facts.earlier_counts if day <= on}
    if target.as_of <= on:
        counted[target.as_of] = target.activated
        since, last = facts.counted_up_to(), min(on, target.deadline)
        visits = known_visits(
            session,
            district.code,
            document=target.document,
            after=since,
            until=last,
            now=districts.end_of_day(last, district),
        )
        if last > target.as_of:
            at_counters = AtCounters(session, district, target.document, on=last)
            facts_then = facts_about(session, target, on=last)
            counted[last] = estimated_count(facts_then, visits, at_counters=at_counters).activated
    return tuple(CountOn(date=day, count=count) for day, count in sorted(counted.items()))
