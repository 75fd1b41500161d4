"""Several planners at one draft: of those who saw the same version one edits it, and publishing takes all of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.database import make_sessions
from app.errors import PreconditionFailed
from app.http_conventions import check_if_match
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import service as drafts
from app.schedules.drafts.copies import copy
from app.schedules.drafts.edits import Edit, EditOp
from app.schedules.drafts.models import DraftVersion
from app.schedules.models import Visit
from app.schedules.obstacle_words import ObstacleCode
from app.schedules.runs.drafting import read_draft
from tests.app.conftest import NOW
from tests.app.schedules.conftest import make_draft, make_plannable_district

ROUNDS = 8


def drop_one(session: Session, draft_id: int, etag: str) -> str:
    """Drop whatever stands first, as whoever saw the version of the ETag."""
    draft = schedules.get_schedule(session, draft_id, for_update=True)
    try:
        check_if_match(etag, drafts.refuse_unless_draft(draft))
        visit = read_draft(schedules.contract_file(session, draft, "plan")).visits[0]
        edit = Edit(op=EditOp.DROP, team=visit.team, day=visit.date, site=visit.site)
        drafts.edit(session, draft, [edit], actor=COMMAND_LINE, now=NOW, is_dry=False)
    except PreconditionFailed:
        return "late"
    except drafts.NotADraft:
        return "published"
    return "edited"


def test_planners_and_a_publication_at_once_lose_and_halve_nothing(own_engine: Engine) -> None:
    sessions = make_sessions(own_engine)
    with sessions.begin() as session:
        base = make_draft(session, make_plannable_district(session)).id
    with ThreadPoolExecutor(3) as pool:
        for _ in range(ROUNDS):
            with sessions.begin() as session:
                draft_id = copy(session, schedules.get_schedule(session, base), actor=COMMAND_LINE, now=NOW).id
                planned = session.scalar(select(func.count()).where(Visit.schedule_id == draft_id)) or 0

            def edit(_: int, draft_id: int = draft_id) -> str:
                with sessions.begin() as session:
                    return drop_one(session, draft_id, '"1"')

            def publish(draft_id: int = draft_id) -> None:
                with sessions.begin() as session:
                    draft = schedules.get_schedule(session, draft_id, for_update=True)
                    # Each round starts from the first plan again, and undoes the round before knowingly.
                    accepted = [ObstacleCode.PLAN_CHANGED]
                    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW, despite=accepted)

            published = pool.submit(publish)
            outcomes = Counter(pool.map(edit, range(2), timeout=60))
            published.result(timeout=60)
            edited = outcomes["edited"]
            assert edited <= 1
            assert sum(outcomes.values()) == 2
            with sessions.begin() as session:
                draft = schedules.get_schedule(session, draft_id)
                assert draft.draft_version == 1 + edited
                numbers = select(DraftVersion.number).filter_by(schedule_id=draft_id).order_by(DraftVersion.number)
                assert session.scalars(numbers).all() == [1, 2][: 1 + edited]
                in_force = session.scalars(select(Visit.schedule_id).where(Visit.in_force)).all()
                assert in_force == [draft_id] * (planned - edited)
