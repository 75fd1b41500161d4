"""The form that asks for a plan: what it offers, and what it sends as the API's own request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.districts.models import FURTHER_DOCUMENTS, Document, Target
from app.districts.targets.service import list_targets
from app.errors import AppError, FieldProblem, InvalidRequest, problems_of, summary_of
from app.pages.forms import filled, refuse_all, whole_of
from app.pages.readers import DistrictReader
from app.schedules import service as schedules
from app.schedules.policies import service as policies
from app.schedules.policies.results import policy_out
from app.schedules.policies.schemas import PolicyOut
from app.schedules.wish_schemas import ScheduleIn
from app.sites.models import SiteKind

MINUTES = (1, 2, 5, 10, 30, 60)
_FIELDS = {"time_limit_seconds": "minutes"}
"""Fields of the request that the form calls otherwise."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WishForm:
    """What the form offers and holds."""

    documents: Sequence[str]
    """With a target; without any nothing can be planned."""
    further: Sequence[str]
    """Those that visits of a plan of IKD may serve besides."""
    policies: Sequence[PolicyOut]
    has_plan: bool
    """Whether a plan is in force that could be changed."""
    values: Mapping[str, str]
    """What stands in its fields, by name."""


def wish_form(session: Session, reader: DistrictReader, sent: Mapping[str, str] | None = None) -> WishForm:
    """The form as it was sent, or as it is first shown."""
    targets = list_targets(session, reader.district.code)
    in_force = schedules.plan_in_force(session, reader.district.code, today=reader.today)
    documents = list(dict.fromkeys(target.document for target in targets))
    return WishForm(
        documents=documents,
        further=[each.value for each in FURTHER_DOCUMENTS if each in documents] if Document.IKD in documents else [],
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
    """The request that a form stands for; raises `InvalidRequest` with every field that is none."""
    request, problems = _request(form)
    try:
        wish = ScheduleIn.model_validate(request)
    except ValidationError as error:
        problems += problems_of(error)
        raise InvalidRequest(summary_of(problems), problems=problems) from error
    refuse_all(problems)
    return wish


def _request(form: Mapping[str, str]) -> tuple[dict[str, Any], list[FieldProblem]]:
    """As the API takes it, and what is no number; an empty field was not given."""
    given = filled(form)
    numbers = {name: whole_of(name, given[name]) for name in ("budget", "seed", "most_moved") if name in given}
    known = {name: number for name, number in numbers.items() if isinstance(number, int)}
    request: dict[str, Any] = {"period": _period(given), "time_limit_seconds": _seconds(given)}
    request |= {name: given[name] for name in ("document", "policy", "first_date") if name in given}
    request |= {name: known[name] for name in ("budget", "seed") if name in known}
    if given.get("way") == "replan":
        request["replan"] = {"most_moved": known.get("most_moved")}
    further, unread = _further(given)
    request |= further
    if kinds := [kind.value for kind in SiteKind if f"kind.{kind}" in given]:
        request["kinds"] = kinds
    return request, [number for number in numbers.values() if isinstance(number, FieldProblem)] + unread


def _further(given: Mapping[str, str]) -> tuple[dict[str, Any], list[FieldProblem]]:
    """What else the plan is to serve, and worths that are no numbers."""
    chosen = [document.value for document in FURTHER_DOCUMENTS if f"with.{document}" in given]
    if not chosen:
        return {}, []
    worths = {name: whole_of(f"worth.{name}", given[f"worth.{name}"]) for name in chosen if f"worth.{name}" in given}
    known = {name: worth for name, worth in worths.items() if isinstance(worth, int)}
    documents = [{"document": name} | ({"worth": known[name]} if name in known else {}) for name in chosen]
    problems = [worth for worth in worths.values() if isinstance(worth, FieldProblem)]
    if "in_order" in given:
        return {"documents": [{"document": Document.IKD.value}, *documents], "in_order": True}, problems
    return {"documents": documents}, problems


def _period(given: Mapping[str, str]) -> str:
    """Exact dates go before the month."""
    if "from" in given or "until" in given:
        return f"{given.get('from', '')}..{given.get('until', '')}"
    return given.get("period", "")


def _seconds(given: Mapping[str, str]) -> int | str | None:
    """A re-planning that names no minutes answers within seconds."""
    minutes = given.get("minutes")
    return None if minutes is None else int(minutes) * 60 if minutes.isdecimal() and len(minutes) <= 4 else minutes


def in_words_of_the_form(refused: AppError) -> AppError:
    """The same refusal, with the form's names of fields."""
    if not isinstance(refused, InvalidRequest):
        return refused
    return InvalidRequest(refused.detail, problems=[_renamed(problem) for problem in refused.problems])


def _renamed(problem: FieldProblem) -> FieldProblem:
    name, _, inner = problem.pointer.removeprefix("/").partition("/")
    shown = inner if name == "replan" and inner else name
    return replace(problem, pointer=f"/{_FIELDS.get(shown, shown)}")
