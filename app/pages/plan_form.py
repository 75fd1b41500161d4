"""The form that asks for a plan: what it offers, and what it sends as the API's own request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.districts.models import Target
from app.districts.targets.service import list_targets
from app.errors import AppError, FieldProblem, InvalidRequest, summary_of, validation_problem
from app.pages.readers import DistrictReader
from app.schedules import service as schedules
from app.schedules.policies import service as policies
from app.schedules.policies.results import policy_out
from app.schedules.policies.schemas import PolicyOut
from app.schedules.schemas import ScheduleIn
from app.sites.models import SiteKind

MINUTES = (1, 2, 5, 10, 30, 60)
_FIELDS = {"time_limit_seconds": "minutes", "most_moved": "replan"}
"""Fields of the request that the form calls otherwise."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WishForm:
    """What the form offers and holds."""

    documents: Sequence[str]
    """With a target; without any nothing can be planned."""
    policies: Sequence[PolicyOut]
    has_plan: bool
    """Whether a plan is in force that could be changed."""
    values: Mapping[str, str]
    """What stands in its fields, by name."""


def wish_form(session: Session, reader: DistrictReader, sent: Mapping[str, str] | None = None) -> WishForm:
    """The form as it was sent, or as it is first shown."""
    targets = list_targets(session, reader.district.code)
    in_force = schedules.plan_in_force(session, reader.district.code, today=reader.today)
    return WishForm(
        documents=list(dict.fromkeys(target.document for target in targets)),
        policies=[policy_out(policy) for policy in policies.in_use(session, reader.district.code)],
        has_plan=in_force is not None,
        values={"period": _usual_month(targets, reader.today)} if sent is None else sent,
    )


def _usual_month(targets: Sequence[Target], today: date) -> str:
    """The month of the first day that could still be planned; of a target whose deadline is over, that of its count."""
    if not targets:
        return ""
    target = targets[0]
    counted = target.as_of + _ONE_DAY
    first = counted if target.deadline <= today else max(counted, today + _ONE_DAY)
    return f"{first:%Y-%m}"


def read_wish(form: Mapping[str, str]) -> ScheduleIn:
    """The request that a form stands for; raises `InvalidRequest` with the names of its fields."""
    try:
        return ScheduleIn.model_validate(_request(form))
    except ValidationError as error:
        problems = [
            validation_problem(found, pointer="/" + "/".join(str(part) for part in found["loc"]))
            for found in error.errors()
        ]
        raise InvalidRequest(summary_of(problems), problems=problems) from error


def _request(form: Mapping[str, str]) -> dict[str, Any]:
    """As the API takes it; an empty field was not said."""
    said = {name: value.strip() for name, value in form.items() if value.strip()}
    request: dict[str, Any] = {"period": _period(said), "time_limit_seconds": _seconds(said)}
    request |= {name: said[name] for name in ("document", "policy", "first_date") if name in said}
    request |= {name: _whole(said[name]) for name in ("budget", "seed") if name in said}
    if said.get("way") == "replan":
        request["replan"] = {"most_moved": _whole(said["most_moved"])} if "most_moved" in said else {}
    if kinds := [kind.value for kind in SiteKind if f"kind.{kind}" in said]:
        request["kinds"] = kinds
    return request


def _period(said: Mapping[str, str]) -> str:
    """Exact dates go before the month."""
    if "from" in said or "until" in said:
        return f"{said.get('from', '')}..{said.get('until', '')}"
    return said.get("period", "")


def _seconds(said: Mapping[str, str]) -> int | str | None:
    """A re-planning that names no minutes answers within seconds."""
    minutes = said.get("minutes")
    return None if minutes is None else int(minutes) * 60 if minutes.isdecimal() else minutes


def _whole(written: str) -> int | str:
    """A number as people write it in either language; whatever is none stays as it is, to be refused by name."""
    digits = written.replace(".", "").replace(",", "").replace(" ", "")
    return int(digits) if digits.isdecimal() and len(digits) <= 15 else written


def in_words_of_the_form(refused: AppError) -> AppError:
    """The same refusal, with the form's names of fields."""
    if not isinstance(refused, InvalidRequest):
        return refused
    return InvalidRequest(refused.detail, problems=[_renamed(problem) for problem in refused.problems])


def _renamed(problem: FieldProblem) -> FieldProblem:
    name, _, rest = problem.pointer.removeprefix("/").partition("/")
    inner = _FIELDS.get(rest, _FIELDS.get(name, name))
    return replace(problem, pointer=f"/{inner}")
