"""What other orders of the levels would make of a schedule's plan: asked of the solver while the caller waits."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.access.service import Actor
from app.languages import said
from app.schedules import service as schedules
from app.schedules.policies import service as policies
from app.schedules.policies.results import reached_out
from app.schedules.policies.schemas import FiguresOut, OtherOrderOut, OtherOrdersOut
from app.schedules.policies.words import NOISE, difference_words
from app.schedules.questions.turns import Asker, digest_of
from app.schedules.result_schemas import TextOut
from app.schedules.run_words import standing_of_run
from app.schedules.runs.gateway import policy_document
from app.schedules.service import ScheduleNotFinished
from app.schedules.wish import ChosenPolicy, Wish

MOST_POLICIES = 12
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersQuestion:
    """A run's problem and plan, and the policies to hold against it."""

    instance: bytes
    plan: bytes
    planned_by: str | None
    policies: tuple[ChosenPolicy, ...]
    seconds: int
    asker: Asker

    @property
    def about(self) -> str:
        """Digest of what is asked about."""
        return digest_of(self.instance, self.plan)

    @property
    def key(self) -> str:
        return f"policies {self.seconds} {json.dumps([policy.to_json() for policy in self.policies])}"

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The policies as the solver reads them."""
        return [policy_document(policy) for policy in self.policies]


def orders_question(
    session: Session, actor: Actor, schedule_id: int, *, named: Sequence[str], seconds: int
) -> OrdersQuestion:
    """All policies of the district but the plan's own, or those named.

    Raises `NotFound`, for a policy that is not there too, and `ScheduleNotFinished`."""
    schedule = schedules.visible_schedule(session, schedule_id, actor=actor)
    session.refresh(schedule, ["instance_json", "plan_json"])
    if schedule.instance_json is None or schedule.plan_json is None:
        raise ScheduleNotFinished(
            said(
                "Schedule {schedule} has no plan to compare with: its run is {status}.",
                "Jadwal {schedule} belum punya rencana untuk dibandingkan: penyusunannya {status}.",
                schedule=schedule.id,
                status=standing_of_run(schedule),
            )
        )
    own = Wish.from_json(schedule.request).in_levels
    known = {policy.name: policy for policy in policies.in_use(session, schedule.district_code)}
    for name in named:
        if name not in known:
            raise policies.no_policy(schedule.district_code, name)
    wanted = [known[name] for name in dict.fromkeys(named)] or [policy for policy in known.values() if policy != own]
    return OrdersQuestion(
        instance=schedule.instance_json,
        plan=gzip.decompress(schedule.plan_json),
        planned_by=None if own is None else own.name,
        policies=tuple(wanted[:MOST_POLICIES]),
        seconds=seconds,
        asker=Asker(district_code=schedule.district_code, token_id=actor.token_id),
    )


def orders_answer(schedule_id: int, question: OrdersQuestion, answer: Mapping[str, Any]) -> OtherOrdersOut:
    """The solver's answer as it is shown."""
    plan = FiguresOut.model_validate(answer["plan"])
    return OtherOrdersOut(
        schedule_id=schedule_id,
        policy=question.planned_by,
        plan=plan,
        orders=[_order(plan, policy, order) for policy, order in zip(question.policies, answer["orders"], strict=True)],
        remark=TextOut(**NOISE),
    )


def _order(plan: FiguresOut, policy: ChosenPolicy, order: Mapping[str, Any]) -> OtherOrderOut:
    figures = FiguresOut.model_validate(order["figures"])
    differences = {name: value - getattr(plan, name) for name, value in figures.model_dump().items()}
    percent = Decimal(100 * differences["activations"]) / max(1, plan.activations)
    percent = percent.quantize(_HUNDREDTH)
    return OtherOrderOut(
        policy=policy.name or policies.USUAL,
        version=policy.version,
        figures=figures,
        difference=FiguresOut.model_validate(differences),
        activations_percent=float(percent),
        changed_visits=order["changes"],
        levels=[reached_out(level["level"], level["reached"], level) for level in order["levels"]],
        text=TextOut(**difference_words(differences, percent=percent, changed=order["changes"])),
    )
