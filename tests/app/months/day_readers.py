"""Those who read one team's day – the phone, its page, the sheet and its page – say what the plan states of it."""

import json
import re
from datetime import date, datetime
from html import unescape
from typing import Any

from app.schedules.trips.models import Night, Ride
from app.sites.preparations import VisitStage
from app.words import weekday_and_date
from tests.app.months.stated import Stated, StatedDay, StatedVisit

Json = dict[str, Any]
BROUGHT = {"ikd": "aktivasi", "ktp_el": "perekaman KTP-el", "kia": "KIA", "birth_certificate": "akta kelahiran"}
STAGES = {VisitStage.PREPARATION: "persiapan", VisitStage.FOLLOW_UP: "aktivasi lanjutan"}


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def hours(begins: datetime, ends: datetime) -> str:
    return f"{begins:%H.%M}–{ends:%H.%M}"


def clock(minute: int) -> str:
    return f"{minute // 60:02}.{minute % 60:02}"


def check_phone(seen: Json, stated: Stated, doing: StatedDay) -> None:
    """`seen`: one date of `GET /v1/assignments`."""
    assert seen["date"] == doing.date.isoformat()
    assert [_stop(stop) for stop in seen["stops"]] == [_stated_stop(visit, stated) for visit in doing.visits]
    assert [
        (pause["starts_at"][11:16].replace(":", "."), pause["ends_at"][11:16].replace(":", "."), pause["name"])
        for pause in seen["breaks"]
    ] == [(clock(pause["starts"]), clock(pause["ends"]), pause["name"]) for pause in doing.breaks]
    assert seen["carried"] == list(doing.carried)
    assert [_ride(ride) for ride in seen["rides"]] == [_stated_ride(ride, stated) for ride in doing.rides]
    assert _place(seen["begins_at"]) == _lodging(doing.begins_at)
    assert _place(seen["sleeps_at"]) == _lodging(doing.sleeps_at)
    assert _moment(seen["back_at"]) == doing.ends_at
    if doing.whole is None:
        assert seen["trip"] is None
    else:
        trip = doing.whole.trip
        assert (seen["trip"]["uid"], seen["trip"]["sequence"]) == (str(trip.uid), trip.sequence)
        assert (seen["trip"]["starts_on"], seen["trip"]["ends_on"]) == (
            trip.starts_on.isoformat(),
            trip.ends_on.isoformat(),
        )
        assert (_moment(seen["trip"]["leaves_at"]), _moment(seen["trip"]["back_at"])) == (trip.leaves_at, trip.back_at)
    _check_nobody_is_in_two_places(seen)


def _stop(stop: Json) -> Json:
    place, result = stop["site"]["session_at"], stop["result"]
    return {
        **{name: stop[name] for name in ("visit_id", "uid", "sequence", "document", "expected", "stage", "prepared")},
        **{name: stop[name] for name in ("setup_minutes", "service_minutes", "travel_minutes", "travel_metres")},
        **{name: stop[name] for name in ("travel_source", "travel_way", "pinned", "expected_activations")},
        **{name: _moment(stop[name]) for name in ("arrives_at", "starts_at", "ends_at", "changed_at")},
        "site": (stop["site"]["code"], stop["site"]["name"], stop["site"]["lat"], stop["site"]["lon"]),
        "session_at": place and place["code"],
        "kits": set(stop["kits"]),
        "with_teams": stop["with_teams"],
        "result": result and (result["outcome"], result["served"], result["activated"], result["served_further"]),
    }


def _stated_stop(stated: StatedVisit, whole: Stated) -> Json:
    visit, held_at, result = stated.visit, stated.place or stated.site, stated.result
    return {
        **{"visit_id": visit.id, "uid": str(visit.uid), "document": stated.schedule.document},
        "expected": stated.expected,
        **{
            name: getattr(visit, name) for name in ("sequence", "stage", "prepared", "setup_minutes", "service_minutes")
        },
        **{name: getattr(visit, name) for name in ("travel_minutes", "travel_metres", "travel_source", "travel_way")},
        **{name: getattr(visit, name) for name in ("pinned", "expected_activations", "arrives_at", "starts_at")},
        **{name: getattr(visit, name) for name in ("ends_at", "changed_at")},
        "site": (stated.site.code, stated.site.name, held_at.lat, held_at.lon),
        "session_at": stated.place and stated.place.code,
        "kits": stated.kits,
        "with_teams": whole.fellows_of(stated),
        "result": result and (result.outcome, result.served, result.activated, result.served_further),
    }


def _ride(ride: Json) -> tuple[Any, ...]:
    moments = (_moment(ride[name]) for name in ("arrives_at", "starts_at", "ends_at"))
    return ride["connection"], ride["way"], ride["origin"]["name"], ride["target"]["name"], *moments


def _stated_ride(ride: Ride, stated: Stated) -> tuple[Any, ...]:
    return (
        *(ride.connection_code, ride.way, ride.origin_name, ride.target_name),
        *(ride.arrives_at, ride.starts_at, ride.ends_at),
    )


def _place(seen: Json | None) -> tuple[Any, ...] | None:
    return None if seen is None else (seen["code"], seen["name"], seen["lat"], seen["lon"])


def _lodging(night: Night | None) -> tuple[Any, ...] | None:
    return None if night is None else (night.lodging_code, night.lodging_name, night.lat, night.lon)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _check_nobody_is_in_two_places(seen: Json) -> None:
    steps = sorted([*seen["stops"], *seen["rides"]], key=lambda step: step["starts_at"])
    ends = [step["ends_at"] for step in steps]
    arrives = [step["arrives_at"] for step in steps[1:]] + [seen["back_at"] or "9999"]
    assert all(end <= arrival for end, arrival in zip(ends, arrives, strict=False)), seen["date"]


def check_span(span: Json, alone: dict[str, Json], stated: Stated, code: str) -> None:
    """Several dates in one answer say of each what the date alone says, and what left the plan."""
    for seen in span["days"]:
        if seen["date"] in alone:
            assert seen == {name: alone[seen["date"]][name] for name in seen}
    dates = {seen["date"] for seen in span["days"]}
    standing = {(row.team.code, row.visit.date, row.site.code) for row in stated.visits}
    gone = {
        (row.visit.date.isoformat(), row.site.code)
        for row in stated.withdrawn
        if row.team.code == code
        and row.visit.date.isoformat() in dates
        and (code, row.visit.date, row.site.code) not in standing
    }
    assert {(row["date"], row["site_code"]) for row in span["withdrawn"]} == gone


def check_kept_page(html: str, span: Json, first: date) -> None:
    """What `/hari-ini` holds for a coordinator is what the phone would ask first."""
    element = re.search(r'<script type="application/json" id="given">(.*?)</script>', html, re.DOTALL)
    assert element is not None
    given = json.loads(element[1])
    assert (given["first"], given["days"]) == (first.isoformat(), span)


def check_sheet(sheet: Json, stated: Stated, doing: StatedDay) -> None:
    """`sheet`: the content of a day sheet in Indonesian."""
    assert (sheet["team"], sheet["date"]) == (doing.team.name, weekday_and_date(doing.date)["id"])
    steps = [(visit.visit.starts_at, _sheet_visit(visit, stated)) for visit in doing.visits]
    steps += [(ride.starts_at, _sheet_ride(ride, stated)) for ride in doing.rides]
    names = ("hours", "is_ride", "code", "site", "expected", "together")
    assert [tuple(stop.get(name) for name in names) for stop in sheet["stops"]] == [
        step for _, step in sorted(steps, key=lambda step: step[0])
    ]
    assert sheet["breaks"] == [_named(pause) for pause in doing.breaks]
    assert sheet["carried"] == [
        kit["name"] if kit["count"] == 1 else f"{kit['count']} × {kit['name']}" for kit in doing.carried
    ]
    assert sheet["begins"] == (doing.begins_at and doing.begins_at.lodging_name)
    assert sheet["back"] == _end_of(doing)


def _named(pause: Any) -> str:
    span = f"{clock(pause['starts'])}–{clock(pause['ends'])}"
    return span if pause["name"] is None else f"{span} ({pause['name']})"


def _sheet_visit(visit: StatedVisit, stated: Stated) -> tuple[Any, ...]:
    served = {document: people for document, people in visit.expected.items() if people} or visit.expected
    brings = [f"{people} {BROUGHT[document]}" for document, people in served.items()]
    if set(served) == {"ikd"}:
        brings = [f"{served['ikd']} orang"]
    expected = "" if visit.visit.stage is not None else ", ".join(brings)
    fellows = stated.fellows_of(visit)
    return (
        hours(visit.starts_at, visit.ends_at),
        False,
        visit.site.code,
        name_of(visit),
        expected,
        f"bersama {', '.join(fellows)}" if fellows else None,
    )


def name_of(visit: StatedVisit) -> str:
    """The site, with the place of its session and what it is to people who are prepared first."""
    name = visit.site.name if visit.place is None else f"{visit.site.name}, sesi di {visit.place.name}"
    return name if visit.visit.stage is None else f"{name} ({STAGES[VisitStage(visit.visit.stage)]})"


def _sheet_ride(ride: Ride, stated: Stated) -> tuple[Any, ...]:
    span = hours(ride.starts_at.astimezone(stated.zone), ride.ends_at.astimezone(stated.zone))
    return span, True, ride.connection_code, f"{ride.origin_name} → {ride.target_name}", "", None


def _end_of(doing: StatedDay) -> str:
    ends_at, night = doing.ends_at, doing.sleeps_at
    if night is not None:
        return f"Menginap di {night.lodging_name}" + (f", tiba pukul {ends_at:%H.%M}." if ends_at else ".")
    return "" if ends_at is None else f"Kembali di pangkalan pukul {ends_at:%H.%M}."


def check_sheet_page(html: str, sheet: Json) -> None:
    """The page of a day sheet shows what the sheet says."""
    shown = "".join(words_of(html).split())
    texts = [text for stop in sheet["stops"] for text in (stop["hours"], stop["site"], stop["expected"])]
    for text in (*texts, sheet["back"], sheet["begins"] or "", *sheet["breaks"], *sheet["carried"]):
        assert "".join(text.split()) in shown, text
