"""What must hold after every step of a month, each read over HTTP and held against the office's own ledger."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from app.calendars.ics import EntryStatus, read_calendar
from tests.app.months.office import Json, Office

UNCHANGED_DAYS = 3
_PLACE = ("team", "site", "date", "arrives_at", "starts_at", "ends_at", "service_minutes")


def check_everything(office: Office) -> None:
    visits = list(_stored(office))
    in_force = {visit["uid"]: visit for visit in visits if visit["in_force"]}
    check_plan_in_force(office, in_force)
    check_nothing_past_or_reported_moved(office, in_force)
    check_no_team_is_in_two_places(in_force)
    check_states(office, visits)
    check_feeds_show_the_plan(office)
    check_missing_results(office)
    check_counts_add_up(office)
    check_estimates_know_every_result(office)
    check_forecast(office)


def _stored(office: Office) -> Iterator[Json]:
    for schedule in office.schedules:
        yield from office.visits_of(schedule)


def check_plan_in_force(office: Office, in_force: dict[str, Json]) -> None:
    assert in_force.keys() == office.plan.keys()
    for uid, visit in office.plan.items():
        assert _place(in_force[uid]) == _place(visit)


def check_nothing_past_or_reported_moved(office: Office, in_force: dict[str, Json]) -> None:
    for uid, place in office.begun.items():
        assert uid in in_force, f"visit {uid} was past or reported, and left the plan"
        assert _place(in_force[uid]) == place
    office.begun |= {
        uid: _place(visit)
        for uid, visit in in_force.items()
        if uid in office.results or datetime.fromisoformat(visit["starts_at"]) <= office.now
    }


def _place(visit: Json) -> tuple[object, ...]:
    return tuple(str(visit[name]) for name in _PLACE)


def check_no_team_is_in_two_places(in_force: dict[str, Json]) -> None:
    by_team = defaultdict(list)
    for visit in in_force.values():
        by_team[visit["team"]["code"]].append(visit)
    for of_team in by_team.values():
        of_team.sort(key=lambda visit: datetime.fromisoformat(visit["starts_at"]))
        for before, after in itertools.pairwise(of_team):
            ends, arrives = (datetime.fromisoformat(moment) for moment in (before["ends_at"], after["arrives_at"]))
            assert ends <= arrives
            if before["date"] == after["date"] and before["site"]["code"] != after["site"]["code"]:
                assert ends + timedelta(minutes=after["travel_minutes"]) <= arrives


def check_states(office: Office, visits: list[Json]) -> None:
    """A visit's state follows from the report that stands, the plan and the clock."""
    for visit in visits:
        if visit["published_at"] is None:
            continue
        report = office.results.get(visit["uid"])
        if report is not None:
            wanted = "lost" if report["outcome"] == "not_held" else "done"
        elif visit["withdrawn_at"] is not None:
            wanted = "cancelled"
        else:
            wanted = "missed" if datetime.fromisoformat(visit["ends_at"]) <= office.now else "planned"
        assert visit["state"] == wanted, visit


def check_feeds_show_the_plan(office: Office) -> None:
    for (scope, code), secret in office.feeds.items():
        answer = office.ask("GET", f"feeds/{secret}.ics")
        assert _shown_by(answer.content) == {
            f"{uid}@jemput-bola": (status, *(datetime.fromisoformat(visit[name]) for name in ("starts_at", "ends_at")))
            for visits, status in ((office.withdrawn, EntryStatus.CANCELLED), (office.plan, EntryStatus.CONFIRMED))
            for uid, visit in visits.items()
            if code == _scope_of(visit, scope, office.code)
        }, f"feed of {scope} {code}"


@lru_cache(maxsize=100)
def _shown_by(feed: bytes) -> dict[str, tuple[EntryStatus, datetime, datetime]]:
    # Most steps change no feed or one, and reading them all again is half of a step's time.
    return {entry.uid: (entry.status, entry.starts_at, entry.ends_at) for entry in read_calendar(feed).entries}


def _scope_of(visit: Json, scope: str, district: str) -> str:
    codes = {"team": visit["team"]["code"], "area": visit["site"]["area_code"], "site": visit["site"]["code"]}
    return str(codes.get(scope, district))


def check_missing_results(office: Office) -> None:
    missing = {line["uid"] for line in office.pages(f"districts/{office.code}/results/missing")}
    assert missing == {
        uid
        for uid, visit in office.plan.items()
        if uid not in office.results and datetime.fromisoformat(visit["ends_at"]) <= office.now
    }


def counted_up_to(office: Office) -> date:
    return first_day_of(office, *office.counts[-1])


def first_day_of(office: Office, as_of: date, count: int) -> date:
    """The first day of a count that stood still, the printed ones among them."""
    printed = [
        date.fromisoformat(figure["reported_on"])
        for figure in office.figures
        if figure["figure"] == "activated" and int(figure["value"]) == count and figure.get("reported_on")
    ]
    first = min([day for day, known in office.counts if known == count] + printed)
    return first if (as_of - first).days >= UNCHANGED_DAYS else as_of


def results_between(office: Office, since: date, until: date) -> int:
    """Activations of reported visits after the first day and up to the second."""
    return sum(
        report.get("activated") or 0
        for uid, report in office.results.items()
        if since < date.fromisoformat(office.reported[uid]["date"]) <= until
    )


def held_share(office: Office) -> Fraction:
    """Of visits that nobody reports, those that took place: at first one in 15 is thought lost by itself, one day in 20
    with all its visits; then as the reports have it."""
    by_day = defaultdict(list)
    for uid, report in office.results.items():
        by_day[office.reported[uid]["date"]].append(report["outcome"] == "not_held")
    lost_days = [lost for lost in by_day.values() if sum(lost) >= 2 and 2 * sum(lost) > len(lost)]
    alone = [lost for of_day in by_day.values() if of_day not in lost_days for lost in of_day]
    of_visits = Fraction(14 + alone.count(False), 15 + len(alone))
    return of_visits * Fraction(19 + len(by_day) - len(lost_days), 20 + len(by_day))


def unreported_between(office: Office, since: date, until: date) -> Fraction:
    """What visits of these days are expected to have won of which nobody has reported."""
    return held_share(office) * sum(
        int(visit["expected_activations"])
        for uid, visit in office.plan.items()
        if uid not in office.results and since < date.fromisoformat(visit["date"]) <= until
    )


def counted_between(office: Office, since: date, until: date) -> int:
    """What was counted at the counters."""
    return sum(people for day, people in office.counted_days.items() if since < day <= until)


def expected_between(office: Office, since: date, until: date) -> tuple[float, float]:
    """What the rates expect of the working days that nobody counted, at least and at most: the rate of today as it was
    learned, told to a tenth, the others as given."""
    learned = office.read(f"districts/{office.code}/estimates")["walk_ins"]["next_run"]
    today = rate_on(office, office.today)
    exact, days = 0.0, 0
    for day in office.working:
        if since < day <= until and day not in office.counted_days:
            rate = rate_on(office, day)
            exact, days = (
                exact + (learned if rate == today else (rate or {"per_working_day": 0})["per_working_day"]),
                days + 1,
            )
    return exact - 0.05 * days - 1, exact + 0.05 * days


def rate_on(office: Office, day: date) -> Json | None:
    in_force = [rate for rate in office.rates if rate["starts_on"] <= day.isoformat()]
    return max(in_force, key=lambda rate: str(rate["starts_on"]), default=None)


def check_counts_add_up(office: Office) -> None:
    progress = office.read(f"districts/{office.code}/progress")
    estimated, since, count = progress["estimated"], counted_up_to(office), office.counts[-1][1]
    counted, expected = counted_between(office, since, office.today), estimated["walk_ins_expected"]
    least, most = expected_between(office, since, office.today)
    results, unreported = (of(office, since, office.today) for of in (results_between, unreported_between))
    assert (estimated["counted"], estimated["counted_up_to"]) == (count, since.isoformat())
    assert estimated["results"] == results
    assert 0 <= unreported - estimated["unreported_expected"] < 1
    assert estimated["walk_ins_counted"] == counted
    assert least <= expected <= most
    assert estimated["activated"] == count + results + estimated["unreported_expected"] + counted + expected
    if len(office.counts) > 1 and office.counts[-1][1] != office.counts[0][1]:
        check_implied_walk_ins(office, progress["implied_walk_ins"])


def check_implied_walk_ins(office: Office, stretches: list[Json]) -> None:
    """Of the stretch from the first count to the recount; the same number again opens no other."""
    (last, after), before = office.counts[1], office.counts[0][1]
    first = first_day_of(office, *office.counts[0])
    [stretch] = stretches
    results = results_between(office, first, last) + unreported_between(office, first, last)
    assert (stretch["first"], stretch["last"]) == (first.isoformat(), last.isoformat())
    assert stretch["counted"] == after - before
    assert 0 <= results - stretch["results"] < 1
    assert stretch["implied"] == stretch["counted"] - stretch["results"]


def check_estimates_know_every_result(office: Office) -> None:
    estimates = office.read(f"districts/{office.code}/estimates")
    assert estimates["results"] == sum(visit["date"] <= office.today.isoformat() for visit in office.reported.values())
    assert estimates["walk_ins"]["working_days"] == days_that_tell_of_the_counters(office)
    for share in estimates["shares"]:
        learned = share["learned"]
        assert 0 <= learned["low"] <= learned["mean"] <= learned["high"] <= 1


def days_that_tell_of_the_counters(office: Office) -> int:
    """Those that were counted, and the others between two official counts that differ, if one rate holds for them."""
    days = set(office.counted_days)
    if len(office.counts) > 1:
        first, last = first_day_of(office, *office.counts[0]), office.counts[1][0]
        if all(date.fromisoformat(rate["starts_on"]) <= first + timedelta(days=1) for rate in office.rates):
            days |= {day for day in office.working if first < day <= last}
    return len(days)


def check_forecast(office: Office) -> None:
    told = office.read(f"districts/{office.code}/forecast")
    since = counted_up_to(office)
    known = office.counts[-1][1] + results_between(office, since, office.today)
    known += counted_between(office, since, office.today)
    assert (told["on"], told["counted_up_to"]) == (office.today.isoformat(), since.isoformat())
    for line in (told["published"], told["as_now"]):
        if line is None:
            continue
        earlier = known
        for band in line["bands"]:
            percentiles = [band[name] for name in ("p05", "p25", "p50", "p75", "p95")]
            assert percentiles == sorted(percentiles)
            assert percentiles[0] >= earlier
            earlier = percentiles[0]


def check_plan_is_within_its_bound(schedule: Json) -> None:
    result = schedule["result"]
    assert result["expected_activations"] <= result["upper_bound_activations"]


def check_planning_subtracts_what_happened(office: Office, schedule: Json) -> None:
    """A plan takes for granted what visits before it won: as reported, as likely where nobody has, as planned for those
    still to come."""
    since = counted_up_to(office)
    before = date.fromisoformat(schedule["first_date"]) - timedelta(days=1)
    won = Fraction(results_between(office, since, before))
    for uid, visit in office.plan.items():
        if uid not in office.results and since < date.fromisoformat(visit["date"]) <= before:
            is_over = datetime.fromisoformat(visit["ends_at"]) <= office.now
            won += visit["expected_activations"] * (held_share(office) if is_over else 1)
    assert 0 <= won - schedule["result"]["already_planned"] < 1
