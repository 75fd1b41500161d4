"""Answers questions about plans as they come, JSON lines in and out, and keeps what it has laid out for the next one.

A process that starts for one question spends longer on starting than on the answer.
"""

import gzip
import hashlib
import json
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from datetime import date
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar

from solver.contract.faults import InvalidInstance
from solver.contract.instance import Instance, Visit
from solver.contract.json_fields import parse_date, read_visit
from solver.contract.plan import InvalidPlan, Plan
from solver.contract.reading import instance_from_json
from solver.plans.unplanned import unplanned
from solver.questions.explain import Explainer, RefusedPlan
from solver.questions.placement import Against, against_to_json, option_to_json
from solver.questions.placing import Board, Posed, UnknownPlace
from solver.questions.placing_words import rule_in_words
from solver.questions.trip_objections import NEEDS_NIGHTS, NEEDS_RIDE

# What is kept: so many plans, of so many instances, whose tables together take so many bytes; the plans' own tables and
# what was read take about as much again.
MOST_PLANS, MOST_INSTANCES, MOST_BOARDS = 16, 8, 4
MOST_TABLE_BYTES = 400_000_000
ANSWERED, ORPHANED = 0, 3

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class UnreadableQuestion(ValueError):
    """The line is no question."""


class Missing(Exception):
    """Files that were named by digest alone and are not, or no longer, known."""

    def __init__(self, digests: Collection[str]) -> None:
        super().__init__()
        self.digests = tuple(digests)


class Latest(Generic[Key, Value]):
    """The values used last, so many of them and of so much weight together, but always the very last."""

    def __init__(self, most: int, *, most_weight: int = 0, weigh: Callable[[Value], int] = lambda value: 0) -> None:
        self._most, self._most_weight, self._weigh = most, most_weight, weigh
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return what is kept under the key, or else make it."""
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > 1 and self._is_too_much():
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _is_too_much(self) -> bool:
        return len(self._kept) > self._most or sum(map(self._weigh, self._kept.values())) > self._most_weight


class Known:
    """An instance that was read, and the plans of it that are laid out."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._posed = None if unplanned(instance) else Posed(instance)
        self.boards: Latest[Hashable, Board] = Latest(MOST_BOARDS)
        self.explainers: Latest[str, Explainer] = Latest(1)

    @property
    def posed(self) -> Posed:
        """Its tables; raises `NotPlannedYet`."""
        return Posed(self.instance) if self._posed is None else self._posed

    @property
    def table_bytes(self) -> int:
        """The memory of its tables."""
        if self._posed is None:
            return 0
        tables = (table for table in self._posed.problem if not isinstance(table, tuple))
        return sum({id(table): table.nbytes for table in tables}.values())


class Answerer:
    """Reads files once, by the digest of their content, and answers questions about them."""

    def __init__(self) -> None:
        self._instances: Latest[str, Known] = Latest(
            MOST_INSTANCES, most_weight=MOST_TABLE_BYTES, weigh=lambda known: known.table_bytes
        )
        self._plans: Latest[str, Plan] = Latest(MOST_PLANS)

    def answer(self, line: bytes) -> dict[str, Any]:
        """Answer one line: `answer`, `missing` digests of files to be named by path, or `refused` with a reason."""
        number: object = None
        try:
            question = json.loads(line)
            if not isinstance(question, dict):
                raise UnreadableQuestion("a question is an object")
            number = question.get("id")
            return {"id": number, "answer": self._found(question)}
        except Missing as exc:
            return {"id": number, "missing": list(exc.digests)}
        except RefusedPlan as exc:
            return _refused(number, "refused_plan", str(exc))
        except UnknownPlace as exc:
            return _refused(number, "unknown_place", str(exc), what=exc.what, name=exc.name)
        except (InvalidInstance, InvalidPlan, OSError) as exc:
            return _refused(number, "unusable_files", str(exc))
        except (UnreadableQuestion, ValueError, KeyError, TypeError) as exc:
            return _refused(number, "unreadable_question", f"{type(exc).__name__}: {exc}")

    def _found(self, question: dict[str, Any]) -> dict[str, Any]:
        files = (question["instance"], question["plan"])
        instance_digest, plan_digest = (str(file["digest"]) for file in files)
        known = (instance_digest in self._instances, plan_digest in self._plans)
        missing = [
            str(file["digest"])
            for file, is_known in zip(files, known, strict=True)
            if not is_known and "path" not in file
        ]
        if missing:
            raise Missing(missing)
        instance = self._instances.get(instance_digest, lambda: Known(instance_from_json(_read(files[0]))))
        plan = self._plans.get(plan_digest, lambda: Plan.from_json(_read(files[1])))
        if question["question"] == "explain":
            return _explained(instance, plan, plan_digest, site_id=question["site"])
        fixed = frozenset(_visit(entry) for entry in question.get("fixed", ()))
        first = _date(question["first_date"]) if question.get("first_date") else None
        board = instance.boards.get(
            (plan_digest, fixed, first),
            lambda: Board(instance.posed, plan.visits, rows=plan.rows, fixed=fixed, first_date=first),
        )
        return answer_of(board, question)


def _explained(known: Known, plan: Plan, plan_digest: str, *, site_id: str) -> dict[str, Any]:
    site = next((site for site in known.instance.sites if site.id == site_id), None)
    if site is None:
        raise UnknownPlace("site", site_id)
    explainer = known.explainers.get(plan_digest, lambda: Explainer(known.instance, plan))
    return explainer.to_json(explainer.explain(site))


def answer_of(board: Board, question: dict[str, Any]) -> dict[str, Any]:
    """Answer a question about a plan that is laid out; raises `UnknownPlace` and `UnreadableQuestion`."""
    site, instance = question["site"], board.instance
    visit = _visit(question["visit"]) if question.get("visit") else None
    wished = int(question.get("minutes") or 0)
    match question["question"]:
        case "offers":
            offers = board.offers(
                site,
                dates=[_date(day) for day in question.get("dates", ())],
                team_days=[(team, _date(day)) for team, day in question.get("team_days", ())],
                most=int(question.get("most", 3)),
                wished_minutes=wished,
            )
            return {
                "offers": [option_to_json(instance, option) for option in offers.options],
                "least_change": offers.least_change,
                "against": [against_to_json(against) for against in offers.against],
                "rule": offers.rule,
                "sentence": None if offers.sentence is None else offers.sentence.to_json(),
                "nearest": None if offers.nearest is None else offers.nearest.to_json(),
                "trips": _trips(board, site, offers.against, most=int(question.get("most", 3))),
            }
        case "place":
            to = (question["to_team"], _date(question["to_date"]))
            options, against = board.place(site, to, visit=visit, wished_minutes=wished)
            return {
                "options": [option_to_json(instance, option) for option in options],
                "against": None if against is None else against_to_json(against),
                "trip": _trip(board, site, to) if against and against.rule in (NEEDS_NIGHTS, NEEDS_RIDE) else None,
            }
        case "cells":
            cells = board.cells(site, visit=visit, wished_minutes=wished)
            rules = sorted({cell.rule for cell in cells if cell.rule is not None})
            return {
                "cells": [cell.to_json() for cell in cells],
                "rules": {rule: rule_in_words(rule).to_json() for rule in rules},
            }
        case other:
            raise UnreadableQuestion(f"nobody knows the question {other!r}")


MOST_TRIPS = 20
"""Team-days for which a new trip is looked for."""


def _trips(board: Board, site: str, against: Sequence[Against], *, most: int) -> list[dict[str, Any]]:
    """The new trips that lead to a site which no way into the plan reaches, the best first."""
    days = [(entry.team, entry.date) for entry in against if entry.rule in (NEEDS_NIGHTS, NEEDS_RIDE)]
    return [_trip_to_json(trip) for trip in board.trips(site, days[:MOST_TRIPS], most=most)] if days else []


def _trip(board: Board, site: str, to: tuple[str, date]) -> dict[str, Any] | None:
    """The new trip that leads to a site which no way into the plan reaches."""
    trip = board.trip(site, to)
    return None if trip is None else _trip_to_json(trip)


def _trip_to_json(trip: Plan) -> dict[str, Any]:
    nights = [[night.date.isoformat(), night.lodging] for night in trip.rows.nights]
    rides = [[ride.date.isoformat(), ride.connection, ride.start] for ride in trip.rows.rides]
    return {"visits": [visit.to_json() for visit in trip.visits], "nights": nights, "rides": rides}


def serve(*, supervised: bool, idle_seconds: float) -> int:
    """Answer what comes on standard input until it ends, or nothing came for so long; returns the exit status.

    Supervised, the end of the input ends the process at once: nobody is left to read the answer.
    """
    lines: SimpleQueue[bytes | None] = SimpleQueue()
    Thread(target=_listen, args=(lines, supervised), daemon=True).start()
    answerer = Answerer()
    while True:
        try:
            line = lines.get(timeout=idle_seconds)
        except Empty:
            return ANSWERED
        if line is None:
            return ANSWERED
        if line.strip():
            sys.stdout.write(json.dumps(answerer.answer(line), ensure_ascii=False) + "\n")
            sys.stdout.flush()


def _listen(lines: "SimpleQueue[bytes | None]", supervised: bool) -> None:
    heard = b""
    # Unbuffered: a thread waiting inside a buffered reader would hold its lock at the interpreter's end.
    while received := os.read(0, 1 << 16):
        *whole, heard = (heard + received).split(b"\n")
        for line in whole:
            lines.put(line)
    if supervised:
        os._exit(ORPHANED)
    lines.put(heard)
    lines.put(None)


def _refused(number: object, code: str, message: str, **named: str) -> dict[str, Any]:
    return {"id": number, "refused": {"code": code, "message": message} | named}


def _read(file: dict[str, str]) -> Any:
    """The document in a file, compressed or not; raises `UnreadableQuestion` if it is not the one that was named."""
    content = Path(file["path"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != file["digest"]:
        raise UnreadableQuestion(f"the file {file['path']} is not the one that was named")
    return json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)


def _visit(entry: object) -> Visit:
    visit = read_visit(entry, "")
    if not isinstance(visit, Visit):
        raise UnreadableQuestion(f"{entry!r} is no visit")
    return visit


def _date(text: object) -> date:
    day = parse_date(text)
    if day is None:
        raise UnreadableQuestion(f"{text!r} is no date")
    return day
