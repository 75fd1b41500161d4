"""The resident planning core, answering in this process."""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from solver.contract.json_fields import read_visit
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.questions.placing import Board, Posed
from solver.terminal.resident import answer_of


class BoardResident:
    """Lays the plan out anew for each question."""

    def __init__(self) -> None:
        self.board: Board | None = None

    async def offers(self, files: Any, *, fixed: Sequence[Any], first_date: date | None = None, **asked: Any) -> Any:
        team_days = [(team, day.isoformat()) for team, day in asked.pop("team_days")]
        asked.pop("asker", None)
        return self._answer(files, fixed, first_date, {"question": "offers", "team_days": team_days} | asked)

    async def place(
        self,
        files: Any,
        *,
        to_date: date,
        fixed: Sequence[Any] = (),
        first_date: date | None = None,
        asker: Any = None,
        **asked: Any,
    ) -> Any:
        question = {"question": "place", "to_date": to_date.isoformat()} | asked
        return self._answer(files, fixed, first_date, question)

    async def cells(
        self, files: Any, *, fixed: Sequence[Any] = (), first_date: date | None = None, asker: Any = None, **asked: Any
    ) -> Any:
        return self._answer(files, fixed, first_date, {"question": "cells"} | asked)

    def _answer(self, files: Any, fixed: Sequence[Any], first_date: date | None, question: dict[str, Any]) -> Any:
        content = gzip.decompress(files.instance) if files.instance[:2] == b"\x1f\x8b" else files.instance
        instance, plan = instance_from_json(json.loads(content)), Plan.from_json(json.loads(files.plan))
        held = [visit for visit in (read_visit(entry, "") for entry in fixed) if not isinstance(visit, list)]
        self.board = Board(Posed(instance), plan.visits, rows=plan.rows, fixed=held, first_date=first_date)
        return json.loads(json.dumps(answer_of(self.board, question)))

    def end(self) -> None:
        pass
