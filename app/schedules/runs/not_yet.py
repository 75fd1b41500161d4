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


_BREAKS = said("team breaks", "jeda tim")
_OTHER = said("a part of the plan", "sebagian isi rencana")


def refuse_run(instance: Instance) -> None:
    """Raise `NotPlannedYet` for what the core cannot plan."""
    faults = unplanned(instance)
    if faults:
        problems = [_problem(fault) for fault in faults]
        raise NotPlannedYet(joined(problems[0].detail, problems[0].mend), problems=problems)


def refuse_question(instance_content: bytes) -> None:
    """Raise `NotPlannedYet` where the core has no answer about a stored plan yet."""
    document = gzip.decompress(instance_content)
    if _EARLIER not in document[:40]:
        refuse_run(instance_from_json(json.loads(document)))


_EARLIER = b'"%s"' % FORMAT.encode()
"""How a stored instance that asks for nothing new says so, at its beginning."""
_FEWER_BREAKS = said(
    "Give the team no more than three breaks on a date.", "Beri tim paling banyak tiga jeda pada satu tanggal."
)
_WITHOUT = said(
    "Ask it of a plan without them, or change a copy by hand.",
    "Tanyakan pada rencana tanpa itu, atau sunting salinannya.",
)
_KNOWN = (
    (re.compile(r"/teams/\d+/breaks/.*"), _BREAKS, _FEWER_BREAKS),
    (re.compile(r".*"), _OTHER, _WITHOUT),
)
"""What a path is about, in Indonesian too, and the mend."""


def _problem(fault: Fault) -> FieldProblem:
    """The core's own words in English; in Indonesian what it is about."""
    what, mend = next((what, mend) for path, what, mend in _KNOWN if path.fullmatch(fault.path))
    return FieldProblem(
        pointer=fault.path,
        detail=said(
            "The planning core cannot do this yet: {words}.",
            "Inti perencanaan belum dapat melakukan ini bersama {what}.",
            words=fault.mend.removeprefix("not planned yet: ").partition(";")[0],
            what=what,
        ),
        value=fault.value,
        mend=mend,
    )
