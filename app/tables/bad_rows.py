"""The rows of a table that cannot be stored, as the sheet has them, each cell with the troubles that it has part in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import FieldProblem
from app.tables.table import Table

_PLACE = re.compile(r"(?:row|feature) (\d+)(?:/(.*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row with trouble."""

    number: int
    cells: Mapping[str, str]
    """Text by field, as read."""
    troubles: Mapping[str, Sequence[int]]
    """By field the places of its problems in their list, from 1; under the empty name those of the whole row."""


def bad_rows(table: Table, problems: Sequence[FieldProblem]) -> list[BadRow]:
    """Every row that one of the problems is about, in the order of the sheet."""
    troubles: dict[int, dict[str, list[int]]] = {}
    for place, problem in enumerate(problems, start=1):
        match = _PLACE.fullmatch(problem.pointer)
        if match is None:
            continue
        for number in problem.rows or (int(match[1]),):
            troubles.setdefault(number, {}).setdefault(match[2] or "", []).append(place)
    cells = {row.number: row.cells for row in table.rows}
    return [
        BadRow(number=number, cells=cells.get(number, {}), troubles=troubles[number]) for number in sorted(troubles)
    ]
