"""Says of an instance, before it is solved, what is wrong with it, not planned yet, or of no use to any plan."""

import argparse
import json
import sys
from collections.abc import Sequence

from solver.contract.faults import Fault, InvalidInstance
from solver.contract.reading import read_instance
from solver.plans.doubts import doubts
from solver.plans.unplanned import unplanned

USABLE, UNUSABLE = 0, 2


def check(chosen: argparse.Namespace) -> int:
    """Check one instance and return the exit status: 0 only if it can be solved."""
    try:
        instance = read_instance(chosen.instance)
    except InvalidInstance as exc:
        return _told(chosen, faults=exc.faults)
    except OSError as exc:
        sys.stderr.write(f"cannot check: {exc}\n")
        return UNUSABLE
    not_yet, in_vain = unplanned(instance), doubts(instance)
    if chosen.json:
        return _told(chosen, not_yet=not_yet, in_vain=[doubt.to_json() for doubt in in_vain])
    lines = [f"{doubt.path}: {doubt.text.in_language(chosen.language)}" for doubt in in_vain]
    return _told(chosen, not_yet=not_yet, in_vain=lines)


def _told(
    chosen: argparse.Namespace,
    *,
    faults: tuple[Fault, ...] = (),
    not_yet: tuple[Fault, ...] = (),
    in_vain: Sequence[object] = (),
) -> int:
    if chosen.json:
        content = {"faults": _listed(faults), "not_planned_yet": _listed(not_yet), "doubts": list(in_vain)}
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
    else:
        lines = [*(f"REFUSED {fault}" for fault in faults), *(f"NOT YET {fault}" for fault in not_yet)]
        lines += [f"IN VAIN {line}" for line in in_vain]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    return UNUSABLE if faults or not_yet else USABLE


def _listed(faults: tuple[Fault, ...]) -> list[dict[str, str]]:
    return [{"path": fault.path, "value": fault.value, "mend": fault.mend} for fault in faults]
