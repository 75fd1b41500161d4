"""Several documents in one plan: what the instance holds, what is refused, and whom the visits are said to serve."""

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.errors import AppError, InvalidRequest, NotFound
from app.schedules import service as schedules
from app.schedules.models import Schedule, Visit
from app.schedules.runs.documents_model import plan_of, served_further
from app.schedules.runs.further import NobodyIssues, NobodyNeeds
from app.schedules.runs.problem import build_instance
from app.schedules.wish import STEP, AskedDocument, AskedDocuments, Closeness, Wish
from app.sites.models import Site
from app.teams.models import Team
from solver.contract.instance import Visit as ModelVisit
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft
from tests.app.schedules.runs.test_basis import instance_of, requested, site_of, wish
from tests.factories import make_issuing_figures, make_result, make_schedule, make_target, make_visit

FOUR = AskedDocuments(
    further=(
        AskedDocument(document="ktp_el", worth=900),
        AskedDocument(document="kia", worth=400),
        AskedDocument(document="birth_certificate", worth=2_000),
    )
)
KIA = AskedDocuments(further=(AskedDocument(document="kia"),))


@pytest.fixture
def offices(session: Session, district: District) -> District:
    """Targets of four documents; the first team records and prints, the second makes neither cards nor recordings."""
    for document, people in (("ktp_el", 400), ("kia", 900), ("birth_certificate", 300)):
        make_target(
            session, document=document, target_percent=None, target_count=people, eligible_people=None, activated=0
        )
    for number, site in enumerate(session.scalars(select(Site).order_by(Site.code))):
        site.people_ktp_el, site.people_kia = 20 * number, 100
        site.people_birth_certificate = 60 if number == 3 else None
    first, second = session.scalars(select(Team).order_by(Team.code))
    first.kits, second.kits = ["biometric", "card_printer"], []
    second.documents = ["ikd", "birth_certificate"]
    session.flush()
    return district


def documents_of(instance: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {document["id"]: document for document in instance["documents"]}


def test_instance_holds_people_teams_and_figures_of_every_document(session: Session, offices: District) -> None:
    make_issuing_figures(session, "kia", minutes=6)
    instance = instance_of(session, request=wish(documents=FOUR))
    assert instance["format"] == "outreach-2"
    recording, card, certificate = documents_of(instance).values()
    assert recording == {
        "id": "ktp_el",
        "gap": 400,
        "walk_ins_per_day": 0,
        "minutes": 8,
        "kit": "biometric",
        "needs_signal": False,
        "shortfall": 900,
        "late": 2,
    }
    assert (card["minutes"], card["kit"], card["shortfall"], card["late"]) == (6, "card_printer", 400, 1)
    assert (certificate["kit"], certificate["gap"], certificate["needs_signal"]) == (None, 300, True)
    # An agency: three of four come, 85 % of them are registered here.
    assert site_of(instance, "S-1")["people_by_document"] == {"ktp_el": 12, "kia": 63}
    assert site_of(instance, "S-3")["people_by_document"] == {"ktp_el": 38, "kia": 63, "birth_certificate": 38}
    first, second = instance["teams"]
    assert (first["kits"], first.get("documents")) == ({"biometric": 1, "card_printer": 1}, None)
    assert (second.get("kits"), second["documents"]) == (None, ["ikd", "birth_certificate"])


def test_plan_of_ikd_alone_is_asked_for_as_before(session: Session, offices: District) -> None:
    instance = instance_of(session)
    assert instance["format"] == "outreach-1"
    assert "documents" not in instance
    assert not any({"people_by_document", "kits", "documents"} & set(row) for row in instance["sites"])
    assert not any({"kits", "documents"} & set(row) for row in instance["teams"])


def test_what_is_planned_and_served_already_comes_off(session: Session, offices: District) -> None:
    site = session.scalars(select(Site).filter_by(code="S-3")).one()
    team = session.scalars(select(Team).filter_by(code="T-1")).one()
    earlier = make_schedule(session)
    tuesday = datetime(2023, 11, 7, 1, tzinfo=UTC)
    over = make_visit(session, earlier, team, site, starts_at=tuesday, expected_further={"kia": 30, "ktp_el": 8})
    make_result(session, over, served_further={"kia": 25})
    site.people_ktp_el_as_of = date(2023, 11, 7)
    card_plan = make_schedule(session, document="birth_certificate")
    later = datetime(2023, 11, 21, 1, tzinfo=UTC)
    make_visit(session, card_plan, team, site, starts_at=later, expected_activations=10)
    for target_day in ("kia", "birth_certificate"):
        make_target(session, document=target_day, owner="province", as_of=date(2023, 11, 1), activated=0)
    session.flush()
    instance = instance_of(session, request=wish(documents=FOUR))
    left = site_of(instance, "S-3")["people_by_document"]
    # 25 of 63 were reported; the recordings are in the site's own figure; a visit of another plan serves 10 of 38.
    assert left == {"kia": 38, "ktp_el": 38, "birth_certificate": 28}
    gaps = {name: row["gap"] for name, row in documents_of(instance).items()}
    # The counts of the targets are of the 13th: what lies before them is in them.
    assert gaps == {"ktp_el": 400, "kia": 900, "birth_certificate": 290}


def test_people_by_the_sites_own_count_of_the_age_are_in_the_problem_less_whom_results_served_since(
    session: Session, offices: District
) -> None:
    make_issuing_figures(
        session, "kia", people_of_age=1_000, people_holding=400, eligible_people=5_000, ages_as_of=date(2023, 6, 30)
    )
    site = session.scalars(select(Site).filter_by(code="S-3")).one()
    site.people_kia, site.of_age_kia, site.turn_out_share, site.resident_share = None, 150, Decimal(1), Decimal(1)
    earlier, team = make_schedule(session), session.scalars(select(Team).filter_by(code="T-1")).one()
    for day, served in ((date(2023, 6, 29), 10), (date(2023, 11, 7), 25)):
        starts_at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        visit = make_visit(session, earlier, team, site, date=day, starts_at=starts_at, expected_further={"kia": 30})
        make_result(session, visit, served_further={"kia": served})
    session.flush()
    # 60 % of 150, and 25 of these were served after the district's count.
    assert site_of(instance_of(session, request=wish(documents=KIA)), "S-3")["people_by_document"] == {"kia": 65}
    site.people_kia = 40
    session.flush()
    # A figure without a day is of before every result that is known.
    assert site_of(instance_of(session, request=wish(documents=KIA)), "S-3")["people_by_document"] == {"kia": 5}


def test_worths_of_a_strict_order_stand_a_hundredfold_above_the_next(session: Session, offices: District) -> None:
    order = AskedDocuments(
        further=(AskedDocument(document="ktp_el"), AskedDocument(document="kia")), order=("ktp_el", "ikd", "kia")
    )
    instance = instance_of(session, request=wish(documents=order))
    documents, weights = documents_of(instance), instance["weights"]
    assert documents["ktp_el"]["shortfall"] == STEP * weights["shortfall"] == STEP**2 * documents["kia"]["shortfall"]
    assert (documents["kia"]["shortfall"], documents["kia"]["late"]) == (1000, 2)
    assert weights["must"] == 1_000_000 * STEP**2
    assert weights["area_shortfall"] == 200 * STEP


def test_plan_of_recordings_alone_counts_who_must_be_recorded(session: Session, offices: District) -> None:
    instance = instance_of(session, document="ktp_el", request=wish(document="ktp_el"))
    assert instance["format"] == "outreach-1"
    assert [site["people"] for site in instance["sites"]] == [0, 12, 25, 38, 51, 63]
    first, second = instance["teams"]
    # One operator records with the one recorder; the other team may not, and has none.
    assert (first["operators"], first["minutes_per_activation"]) == (1, 8)
    assert ("1" in first["dates"], "1" in second["dates"]) == (True, False)
    assert instance["connectivity"]["throughput_percent"] == [100] * 5
    assert instance["target"]["gap"] == 400


def test_team_that_may_not_do_ikd_stays_out_of_a_plan_of_ikd(session: Session, offices: District) -> None:
    session.scalars(select(Team).filter_by(code="T-2")).one().documents = ["birth_certificate"]
    session.flush()
    first, second = instance_of(session)["teams"]
    assert ("1" in first["dates"], "1" in second["dates"]) == (True, False)
    both = instance_of(session, request=wish(documents=FOUR))["teams"]
    assert both[1]["documents"] == ["birth_certificate"]
    assert "1" in both[1]["dates"]


def request(session: Session, district: District, **fields: Any) -> Schedule:
    asked = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30), **fields)
    return schedules.request_schedule(session, district, asked, actor=COMMAND_LINE, now=NOW)


def refusal(session: Session, district: District, kind: type[AppError], **fields: Any) -> AppError:
    """What a request is refused with; its one problem names field, value and mend."""
    with pytest.raises(kind) as refused:
        request(session, district, **fields)
    assert not session.scalars(select(Schedule)).all()
    return refused.value


def test_document_that_nobody_needs_is_refused(session: Session, offices: District) -> None:
    for site in session.scalars(select(Site)):
        site.people_kia = None
    session.flush()
    error = refusal(session, offices, NobodyNeeds, documents=KIA)
    (problem,) = error.problems
    assert (problem.pointer, problem.value) == ("/documents", "kia")
    assert "people_kia" in str(problem.mend)
    alone = refusal(session, offices, NobodyNeeds, document="kia")
    assert alone.problems[0].pointer == "/document"


@pytest.mark.parametrize(
    ("documents", "mend"), [(["ikd"], "Let a team issue it"), (["ikd", "kia"], "Give one of these teams the kit")]
)
def test_document_that_no_team_can_issue_is_refused(
    session: Session, offices: District, documents: list[str], mend: str
) -> None:
    for team in session.scalars(select(Team)):
        team.documents, team.kits = documents, ["biometric"]
    session.flush()
    for fields, pointer in (({"documents": KIA}, "/documents"), ({"document": "kia"}, "/document")):
        error = refusal(session, offices, NobodyIssues, **fields)
        (problem,) = error.problems
        assert (problem.pointer, problem.value) == (pointer, "kia")
        assert mend in str(problem.mend)


def test_document_without_a_target_or_past_its_deadline_is_refused(session: Session, district: District) -> None:
    session.scalars(select(Team)).first().kits = ["card_printer"]  # type: ignore[union-attr]
    session.scalars(select(Site)).first().people_kia = 50  # type: ignore[union-attr]
    session.flush()
    assert "kia" in str(refusal(session, district, NotFound, documents=KIA).detail)
    make_target(session, document="kia", deadline=date(2023, 11, 20))
    (problem,) = refusal(session, district, InvalidRequest, documents=KIA).problems
    assert (problem.pointer, problem.value) == ("/documents", "kia")
    assert "2023-11-20" in str(problem.mend) or "20 November" in str(problem.mend)


def test_worths_too_large_together_are_refused(session: Session, offices: District) -> None:
    order = AskedDocuments(
        further=tuple(AskedDocument(document=row.document) for row in FOUR.further),
        order=("ktp_el", "ikd", "kia", "birth_certificate"),
    )
    error = refusal(session, offices, InvalidRequest, documents=order, weights={"must": 900_000_000})
    assert error.problems[0].pointer == "/documents"


def test_plan_is_kept_with_whom_each_visit_serves(session: Session, offices: District) -> None:
    draft = make_draft(session, offices, documents=FOUR)
    visits = session.scalars(select(Visit).where(Visit.schedule_id == draft.id)).all()
    served: Counter[str] = Counter()
    for visit in visits:
        served.update(visit.expected_further)
    assert {row["document"]: row["expected"] for row in draft.further} == {
        name: served[name] for name in ("ktp_el", "kia", "birth_certificate")
    }
    assert served["ktp_el"] > 0
    assert served["birth_certificate"] > 0
    assert sum(visit.expected_activations for visit in visits) == draft.expected_activations
    without_machines = session.scalars(select(Team.id).filter_by(code="T-2")).one()
    assert not {name for visit in visits if visit.team_id == without_machines for name in visit.expected_further} & {
        "ktp_el",
        "kia",
    }


def test_team_without_a_recorder_never_records(session: Session, offices: District) -> None:
    content = build_instance(session, requested(request=wish(documents=FOUR))).content
    instance = instance_from_json(json.loads(gzip.decompress(content)))
    visit = ModelVisit(team="T-2", date=date(2023, 11, 14), site="S-3", start=540, minutes=60)
    plan = plan_of(instance, [visit])
    assert verify(instance, plan).violations == ()
    (served,) = served_further(instance, plan).values()
    assert set(served) <= {"birth_certificate"}


def test_replanning_takes_the_documents_over(session: Session, offices: District) -> None:
    draft = make_draft(session, offices, documents=FOUR)
    earlier = Wish.from_json(draft.request)
    grown = Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30), replan=Closeness()).grown_from(
        earlier, schedule_id=draft.id
    )
    assert grown.documents == earlier.documents
    assert grown.kept is not None
    assert grown.kept.fields == ("documents",)
