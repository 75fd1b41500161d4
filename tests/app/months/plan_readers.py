"""Those who read a plan whole – its lists, files, board, calendar page, map, and the progress of a district – say what
it states."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from app.districts.models import Target
from app.tables.formats import Format, read_table
from app.words import number_id
from tests.app.months.day_readers import hours, words_of
from tests.app.months.stated import Stated, StatedTrip, StatedVisit, dates_between

Json = dict[str, Any]
Fetch = Callable[..., Any]
"""Answers `GET` of a path with parameters, as the planner."""
_ONE_DAY = timedelta(days=1)
MARKS = {"done": "✔ selesai", "missed": "? belum dilaporkan", "lost": "✘ tidak terlaksana"}
DOCUMENTS = {"ikd": "IKD", "ktp_el": "KTP-el", "kia": "KIA", "birth_certificate": "Akta kelahiran"}


def items(fetch: Fetch, path: str) -> list[Json]:
    rows: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = fetch(path, limit=200, **cursor).json()
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        cursor = {"cursor": page["next_cursor"]}


def check_lists(fetch: Fetch, stated: Stated, number: int, *, now: datetime) -> None:
    """`GET …/visits` and `…/trips` of one schedule."""
    own = {str(row.visit.uid): row for row in stated.visits if row.schedule.id == number}
    shown = {row["uid"]: row for row in items(fetch, f"schedules/{number}/visits") if row["in_force"]}
    assert shown.keys() == own.keys()
    for uid, row in shown.items():
        visit, whole = own[uid], stated.day(own[uid].team, own[uid].visit.date).whole
        assert (row["team"]["code"], row["site"]["code"], row["date"]) == (
            visit.team.code,
            visit.site.code,
            visit.visit.date.isoformat(),
        )
        assert [datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at")] == [
            visit.starts_at,
            visit.ends_at,
        ]
        assert (row["expected"], row["state"], row["sequence"]) == (
            visit.expected,
            visit.state_at(now),
            visit.visit.sequence,
        )
        assert row["trip_id"] == (whole and whole.trip.id)
        assert len(row["breaks"]) == len(visit.visit.day_breaks)
        assert row["carried"] == visit.visit.day_kits
    trips = {whole.trip.id: whole for whole in stated.trips if whole.trip.schedule_id == number}
    listed = {row["id"]: row for row in items(fetch, f"schedules/{number}/trips") if row["in_force"]}
    assert listed.keys() == trips.keys()
    for row in listed.values():
        whole = trips[row["id"]]
        assert [(night["date"], night["lodging"]["code"]) for night in row["nights"]] == [
            (night.date.isoformat(), night.lodging_code) for night in whole.nights
        ]
        assert [(ride["connection"], datetime.fromisoformat(ride["starts_at"])) for ride in row["rides"]] == [
            (ride.connection_code, ride.starts_at) for ride in whole.rides
        ]
        assert row["cost"] == sum(night.cost for night in whole.nights) + sum(ride.fare for ride in whole.rides)


def check_files(fetch: Fetch, stated: Stated, number: int) -> None:
    """The files of one schedule, in all three formats."""
    lines = _lines(fetch, f"schedules/{number}/visits.csv")
    of_plan = [row for row in stated.visits if row.schedule.id == number]
    kept = {line["uid"]: line for line in lines if line["in_force"] == "true"}
    assert kept.keys() == {str(row.visit.uid) for row in of_plan}
    for row in of_plan:
        _check_line(kept[str(row.visit.uid)], row, stated)
    trips = [whole for whole in stated.trips if whole.trip.schedule_id == number]
    steps = _lines(fetch, f"schedules/{number}/trips.csv")
    assert sorted(_step(line) for line in steps if line["in_force"] == "true") == sorted(
        step for whole in trips for step in _steps(whole, stated)
    )
    for name, plain in (("visits", lines), ("trips", steps)):
        workbook = read_table(fetch(f"schedules/{number}/{name}.xlsx").content, Format.XLSX, point=None)
        assert len(workbook.rows) == len(plain)
        features = fetch(f"schedules/{number}/{name}.geojson").json()["features"]
        keys = ("date", "team_code", "starts")
        assert [[feature["properties"][key] for key in keys] for feature in features] == [
            [line[key] for key in keys] for line in plain
        ]


def _lines(fetch: Fetch, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(fetch(path).text.removeprefix("\ufeff"))))


def _check_line(line: Mapping[str, str], row: StatedVisit, stated: Stated) -> None:
    visit, doing = row.visit, stated.day(row.team, row.visit.date)
    assert (line["date"], line["team_code"], line["site_code"]) == (
        visit.date.isoformat(),
        row.team.code,
        row.site.code,
    )
    assert (line["starts"], line["ends"]) == (f"{row.starts_at:%H:%M}", f"{row.ends_at:%H:%M}")
    for document in DOCUMENTS:
        people = row.expected.get(document)
        assert int(line[f"expected_{document}"] or 0) == (people or 0)
    assert line["breaks"] == "; ".join(
        f"{_clock(pause['starts'])}-{_clock(pause['ends'])}" for pause in visit.day_breaks
    )
    assert line["kits"] == "; ".join(
        kit["code"] + ("" if kit["count"] == 1 else f" x{kit['count']}") for kit in visit.day_kits
    )
    assert line["begins_at"] == (doing.begins_at.lodging_name if doing.begins_at else "")
    assert line["sleeps_at"] == (doing.sleeps_at.lodging_name if doing.sleeps_at else "")
    assert line["session_at"] == (row.place.code if row.place else "")
    assert (line["travel_source"], line["travel_way"]) == (visit.travel_source, visit.travel_way or "")
    assert (line["pinned"], line["visit_id"]) == (str(visit.pinned).lower(), str(visit.id))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _step(line: Mapping[str, str]) -> tuple[str, ...]:
    names = ("what", "date", "code", "name", "target_name", "starts", "ends_on", "cost", "trip_starts_on")
    return tuple(line[name] for name in names)


def _steps(whole: StatedTrip, stated: Stated) -> Iterable[tuple[str, ...]]:
    begins = whole.trip.starts_on.isoformat()
    for night in whole.nights:
        at = f"{night.arrives_at.astimezone(stated.zone):%H:%M}"
        where = (night.date.isoformat(), night.lodging_code, night.lodging_name, "")
        yield "night", *where, at, night.until.isoformat(), str(night.cost), begins
    for ride in whole.rides:
        at = f"{ride.starts_at.astimezone(stated.zone):%H:%M}"
        where = (ride.date.isoformat(), ride.connection_code, ride.origin_name, ride.target_name)
        yield "ride", *where, at, ride.date.isoformat(), str(ride.fare), begins


def check_board(html: str, stated: Stated, number: int, *, now: datetime, first: date, last: date) -> None:
    """Every cell of the board of one schedule, by team and date."""
    is_latest = stated.schedules[number].superseded_at is None
    cells = {
        (team, day): inside
        for team, day, inside in re.findall(
            r'<td[^>]*data-team="([^"]+)" data-date="([^"]+)">(.*?)</td>', html, flags=re.DOTALL
        )
    }
    for doing in stated.days(first, last):
        visits = [row for row in doing.visits if row.schedule.id == number]
        trip = None if doing.whole is None or doing.whole.trip.schedule_id != number else doing.whole
        inside = cells.get((doing.team.code, doing.date.isoformat()))
        if inside is None:
            assert not visits, f"the board has no cell for {doing.team.code} on {doing.date}"
            assert trip is None or doing.ends_at is None
            continue
        cards = dict(re.findall(r'data-site="([^"]+)"[^>]*>(.*?)</div>', inside, flags=re.DOTALL))
        cancelled = set(re.findall(r'<div class="visit cancelled"[^>]*data-site="([^"]+)"', inside))
        standing = {row.site.code for row in visits}
        assert standing <= cards.keys() - cancelled
        # What a later plan carries on stands in the earlier one as it was.
        assert not is_latest or standing == cards.keys() - cancelled
        for row in visits:
            text = words_of(cards[row.site.code])
            assert f"{hours(row.starts_at, row.ends_at)} " in text
            assert row.site.name in text
            assert row.place is None or row.place.name in text
            for document, people in row.visit.expected_further.items():
                assert f"+ {number_id(people)} {DOCUMENTS[document]}" in text
            mark = MARKS.get(row.state_at(now))
            assert mark is None or mark in text, text
            assert not any(other in text for other in MARKS.values() if other != mark), text
        if trip is not None:
            text = words_of(inside)
            assert doing.begins_at is None or f"Mulai dari {doing.begins_at.lodging_name}" in text
            assert (
                doing.sleeps_at is None
                or doing.ends_at is None
                or (f"Menginap di {doing.sleeps_at.lodging_name}, tiba {doing.ends_at:%H.%M}" in text)
            )
            for ride in doing.rides:
                span = hours(ride.starts_at.astimezone(stated.zone), ride.ends_at.astimezone(stated.zone))
                assert f"{ride.origin_name} → {ride.target_name}" in text
                assert span in text
        if doing.ends_at is not None and doing.sleeps_at is None and visits:
            assert f"kembali {doing.ends_at:%H.%M}" in words_of(inside)


def check_calendar_page(html: str, stated: Stated, number: int, *, first: date, last: date) -> None:
    """Each date of the calendar page names every visit, ride and bed of it, and of the latest plan no visit more."""
    is_latest = stated.schedules[number].superseded_at is None
    by_day = html[html.index('<div class="by-day">') : html.index('<div class="by-month">')]
    sections = re.findall(r"<section.*?<h2[^>]*>(.*?)</h2>(.*?)</section>", by_day, flags=re.DOTALL)
    shown = {title: re.findall(r"<li([^>]*)>(.*?)</li>", inside, flags=re.DOTALL) for title, inside in sections}
    wanted: dict[str, list[str]] = defaultdict(list)
    beds: dict[str, list[str]] = defaultdict(list)
    for doing in stated.days(first, last):
        title = _title(doing.date)
        for row in doing.visits:
            if row.schedule.id == number:
                wanted[title].append(f"{hours(row.starts_at, row.ends_at)} {row.site.name} {row.team.code}")
        if doing.whole is None or doing.whole.trip.schedule_id != number:
            continue
        for ride in doing.rides:
            span = hours(ride.starts_at.astimezone(stated.zone), ride.ends_at.astimezone(stated.zone))
            wanted[title].append(f"{span} {ride.origin_name} → {ride.target_name} {doing.team.code}")
        if doing.sleeps_at is not None:
            beds[title].append(f"{doing.sleeps_at.lodging_name} {doing.team.code}")
    for title in shown.keys() | wanted.keys() | beds.keys():
        lines = [(kind, words_of(text)) for kind, text in shown.get(title, [])]
        steps = [text for kind, text in lines if re.match(r"\d\d\.\d\d", text) and "cancelled" not in kind]
        assert not is_latest or len(steps) == len(wanted[title]), (title, steps, wanted[title])
        for wish in wanted[title]:
            assert any(_says(text, wish) for text in steps), (title, wish, steps)
        nights = [text for kind, text in lines if "night" in kind]
        assert not is_latest or len(nights) == len(beds[title])
        for wish in beds[title]:
            assert any(_says(text, wish) for text in nights), (title, wish, nights)


def _title(day: date) -> str:
    names = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
    months = ("Januari", "Februari", "Maret", "April", "Mei", "Juni")
    months += ("Juli", "Agustus", "September", "Oktober", "November", "Desember")
    return f"{names[day.weekday()]}, {day.day} {months[day.month - 1]} {day.year}"


def _says(text: str, wish: str) -> bool:
    """Whether a line has all of a wish: its span, its place, and its team's code at the end."""
    rest, team = wish.rsplit(" ", 1)
    return all(part in text for part in rest.split(" ", 1)) and team in text.split()


def check_map(shown: Json, stated: Stated, number: int) -> None:
    """The line of each trip of one schedule goes by its rides, and each of its nights is slept at a bed of the map."""
    codes = {team.id: team.code for team in stated.teams}
    drawn = {(row["team"], row["starts_on"]): row for row in shown["trips"]}
    for whole in stated.trips:
        if whole.trip.schedule_id != number:
            continue
        row = drawn[codes[whole.trip.team_id], whole.trip.starts_on.isoformat()]
        assert row["ends_on"] == whole.trip.ends_on.isoformat()
        slept = [
            (stay["code"], day)
            for stay in row["nights"]
            for day in dates_between(date.fromisoformat(stay["first"]), date.fromisoformat(stay["until"]) - _ONE_DAY)
        ]
        assert slept == [
            (night.lodging_code, day)
            for night in whole.nights
            for day in dates_between(night.date, night.until - _ONE_DAY)
        ]
        assert [(leg["date"], leg["way"]) for leg in row["legs"] if leg["is_ride"]] == [
            (ride.date.isoformat(), ride.way) for ride in whole.rides
        ]


def check_progress(fetch: Fetch, stated: Stated, target: Target, day: date) -> None:
    """Of one document on one date: what was reported up to it, what nobody has reported, what is still to come."""
    shown = fetch(
        f"districts/{stated.district.code}/progress", on=day.isoformat(), document=target.document, owner=target.owner
    ).json()
    document, estimated = target.document, shown["estimated"]
    since = date.fromisoformat(estimated["counted_up_to"])
    won: dict[str, list[tuple[date, int]]] = {"reported": [], "unreported": []}
    for row in _counted(stated):
        people = _people(row, document)
        if people is not None:
            won["reported" if _is_reported(row, document) else "unreported"].append((row.visit.date, people))
    past = {name: [people for on, people in rows if since < on <= day] for name, rows in won.items()}
    assert (estimated["reported_visits"], estimated["unreported_visits"]) == (
        len(past["reported"]),
        len(past["unreported"]),
    )
    assert estimated["results"] == sum(past["reported"])
    assert estimated["unreported_expected"] <= sum(past["unreported"])
    ahead = sum(people for rows in won.values() for on, people in rows if max(day, since) < on <= target.deadline)
    assert abs(shown["planned_activations"] - ahead) <= 1


def _counted(stated: Stated) -> list[StatedVisit]:
    """What is in force, and what was withdrawn and took place all the same."""
    return [*stated.visits, *(row for row in stated.withdrawn if row.result and row.result.visit_id == row.visit.id)]


def _is_reported(row: StatedVisit, document: str) -> bool:
    if row.result is None or document == row.schedule.document:
        return row.result is not None
    return row.result.outcome == "not_held" or document in row.result.served_further


def _people(row: StatedVisit, document: str) -> int | None:
    """Whom it won with a document, or is to win; None: it does not bring it."""
    if document == row.schedule.document:
        return row.visit.expected_activations if row.result is None else row.result.activated
    served = {} if row.result is None else row.result.served_further
    if document not in row.visit.expected_further and document not in served:
        return None
    if _is_reported(row, document):
        return served.get(document, 0)
    return row.visit.expected_further.get(document, 0)


def check_missing(fetch: Fetch, stated: Stated, *, now: datetime) -> None:
    shown = {row["uid"] for row in items(fetch, f"districts/{stated.district.code}/results/missing")}
    assert shown == {str(row.visit.uid) for row in stated.visits if row.result is None and row.visit.ends_at <= now}
