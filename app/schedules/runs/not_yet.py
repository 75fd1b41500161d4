"""The gate to the planning core for what it does not plan yet: asked before a run or a question, so that nobody waits
for a refusal. What it names is its own; where it learns more, nothing here changes."""

import gzip
import json
import re

from app.errors import Conflict, FieldProblem
from app.languages import joined, said
from solver.contract.faults import Fault
from solver.contract.instance import FORMAT, Instance
from solver.contract.reading import instance_from_json
from solver.contract.unplanned import unplanned


class NotPlannedYet(Conflict):
    """The planning core does not know yet how to plan or answer this."""


_INDONESIAN = (
    (re.compile(r"/teams/\d+/breaks/.*"), said("team breaks", "jeda tim"), "breaks"),
    (re.compile(r"/kits"), said("shared kits", "perlengkapan bersama"), "kits"),
    (re.compile(r"/pinned/\d+"), said("visits that stay at events", "kunjungan tetap pada kegiatan"), "event_pin"),
    (
        re.compile(r"/pinned_(nights|rides)"),
        said("trips that are pinned", "perjalanan yang disematkan"),
        "pinned_trip",
    ),
    (re.compile(r"/pinned.*"), said("pinned visits", "kunjungan tersemat"), "pinned"),
    (re.compile(r"/sites/\d+/min_teams"), said("events of several teams", "kegiatan beberapa tim"), "events"),
    (re.compile(r"/(documents|teams/\d+/documents)"), said("further documents", "dokumen lain"), "documents"),
    (re.compile(r"/lodgings"), said("nights away", "perjalanan menginap"), "lodgings"),
    (re.compile(r"/connections"), said("boats and planes", "perahu dan pesawat"), "connections"),
    (re.compile(r"/.*/zone"), said("zones", "zona"), "zones"),
)
_OTHER = said("a part of the plan", "sebagian isi rencana")


def refuse_run(instance: Instance, *, has_demand: bool = False) -> None:
    """Raise `NotPlannedYet` for what the core cannot plan; `has_demand`: the people of sites are unsure."""
    faults = unplanned(instance, by_solve=not has_demand)
    if faults:
        problems = [_problem(fault) for fault in faults]
        raise NotPlannedYet(joined(problems[0].detail, problems[0].mend), problems=problems)


def is_planned_with_demand(instance: Instance) -> bool:
    """Whether the core knows all of an instance where the people of sites are unsure."""
    return not unplanned(instance)


def refuse_question(instance_content: bytes, *, by_solve: bool = False, by_search: bool = False) -> None:
    """Raise `NotPlannedYet` where the core has no answer about a stored plan yet.

    As the core asks: `by_solve` of plans, other policies and places for single visits, `by_search` of reasons, none of
    any other question."""
    document = gzip.decompress(instance_content)
    if _EARLIER in document[:40]:
        return
    instance = instance_from_json(json.loads(document))
    faults = unplanned(instance, by_solve=by_solve, by_search=by_search)
    if faults:
        problems = [_problem(fault) for fault in faults]
        raise NotPlannedYet(joined(problems[0].detail, problems[0].mend), problems=problems)


_EARLIER = b'"%s"' % FORMAT.encode()
"""How a stored instance that asks for nothing new says so, at its beginning."""


def _problem(fault: Fault) -> FieldProblem:
    """The core's own words in English; in Indonesian what it is about."""
    what, name = next(((what, name) for path, what, name in _INDONESIAN if path.fullmatch(fault.path)), (_OTHER, ""))
    return FieldProblem(
        pointer=fault.path,
        detail=said(
            "The planning core cannot do this yet: {words}.",
            "Inti perencanaan belum dapat melakukan ini bersama {what}.",
            words=fault.mend.removeprefix("not planned yet: ").partition(";")[0],
            what=what,
        ),
        value=fault.value,
        mend=_MENDS.get(name, _WITHOUT),
    )


_UNPIN = said("Unpin it, or take the breaks of its team back.", "Lepaskan sematannya, atau hapus jeda timnya.")
_PIN_ALL = said(
    "Keep as many visits there that day as the event needs, unpin these, or lower min_teams of the site.",
    "Pertahankan kunjungan sebanyak tim yang diperlukan kegiatan itu, lepaskan sematannya, atau turunkan min_teams.",
)
_UNPIN_TRIP = said(
    "Unpin the trip and plan anew: this plan was made with its pin.",
    "Lepaskan sematan perjalanannya lalu susun lagi: rencana ini dibuat dengan sematan itu.",
)
_MENDS = {"pinned": _UNPIN, "event_pin": _PIN_ALL, "pinned_trip": _UNPIN_TRIP}
_WITHOUT = said(
    "Ask it of a plan without them, or change a copy by hand.",
    "Tanyakan pada rencana tanpa itu, atau sunting salinannya.",
)
