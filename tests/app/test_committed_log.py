"""The log tells what was committed, and nothing else."""

from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.committed_log import log_once_committed


def test_line_is_written_by_the_commit_and_only_once(session: Session) -> None:
    with capture_logs() as lines:
        log_once_committed(session, "done", visits=3)
        assert lines == []
        session.commit()
        session.commit()
    assert lines == [{"event": "done", "visits": 3, "log_level": "info"}]


def test_what_was_rolled_back_is_never_told(session: Session) -> None:
    with capture_logs() as lines:
        session.connection()
        log_once_committed(session, "done")
        session.rollback()
        session.commit()
    assert lines == []


def test_end_of_a_savepoint_is_no_commit(session: Session) -> None:
    with capture_logs() as lines:
        with session.begin_nested():
            log_once_committed(session, "done")
        assert lines == []
        session.commit()
    assert [line["event"] for line in lines] == ["done"]
