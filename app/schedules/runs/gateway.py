"""What the planning core knows by itself: its version and policies, and what stored instances say.

Nothing here plans; the solver itself runs in a process of its own (`solver_process`)."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.errors import invalid
from app.languages import said
from app.schedules.wish import ChosenLevel, ChosenPolicy
from solver.contract.policy import BUILT_IN, MEASURES
from solver.contract.policy import FORMAT as POLICY_FORMAT
from solver.contract.reading import instance_from_json
from solver.contract.version import solver_version as solver_version
from solver.questions.changed_teams import model_team
from solver.questions.what_if import Change, ImpossibleChange, apply


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSite:
    """A site as a run knew it."""

    dates: tuple[date, ...]
    """All dates of the run."""
    is_ever_open: bool
    people: int


def sites_in_instance(instance_content: bytes) -> dict[str, KnownSite]:
    """What a stored instance says of its sites, by their codes."""
    document = json.loads(gzip.decompress(instance_content))
    dates = tuple(date.fromisoformat(day) for day in document["dates"])
    return {
        site["id"]: KnownSite(dates=dates, is_ever_open="1" in site["dates"], people=_people_at(site))
        for site in document["sites"]
    }


def _people_at(site: Mapping[str, Any]) -> int:
    """Who can be served there, with whatever document, or prepared."""
    further: Mapping[str, int] = site.get("people_by_document", {})
    return int(site["people"]) + sum(further.values()) + int(site.get("prepares", 0))


def refuse_impossible(instance_content: bytes, scenarios: Sequence[Mapping[str, str]], *, team: str) -> None:
    """Raise `InvalidRequest` for a team that cannot be copied, or a change that a stored instance does not bear.

    A scenario maps the fields of a request to changes as the solver's command line writes them."""
    instance = instance_from_json(json.loads(gzip.decompress(instance_content)))
    try:
        model_team(instance, team)
    except ImpossibleChange as error:
        mend = said(
            "Give 'average', 'best' or the code of a team that the run knew.",
            "Isi 'average', 'best', atau kode tim yang dikenal penyusunan jadwal itu.",
        )
        raise invalid(
            "/team",
            said(
                "There is no team {team!r} to copy.",
                "Tidak ada tim {team!r} untuk disalin.",
                team=team,
            ),
            value=team,
            mend=mend,
        ) from error
    for index, scenario in enumerate(scenarios):
        changed = instance
        for field, text in scenario.items():
            try:
                changed = apply(changed, Change.parse(text, team=team))
            except ImpossibleChange as error:
                value = text.partition("=")[2]
                mend = said("Change less, or leave it out.", "Ubah lebih sedikit, atau kosongkan.")
                detail = said("{english}.", "{indonesian}.", english=error, indonesian=error.indonesian)
                raise invalid(f"/scenarios/{index}/{field}", detail, value=value, mend=mend) from error


def policy_document(policy: ChosenPolicy) -> dict[str, Any]:
    """A chosen policy as the solver reads it."""
    return {"format": POLICY_FORMAT, "name": policy.name, "levels": [level.to_json() for level in policy.levels]}


def built_in_policies() -> dict[str, ChosenPolicy]:
    """The policies that every district has, by their names."""
    return {
        name: ChosenPolicy(
            name=name, version=1, levels=tuple(ChosenLevel.from_json(level.to_json()) for level in policy.levels)
        )
        for name, policy in BUILT_IN.items()
    }


def units_of_levels() -> dict[str, str]:
    """What the levels that a policy may name are counted in, by their names."""
    return {str(name): measure.unit for name, measure in MEASURES.items()}
