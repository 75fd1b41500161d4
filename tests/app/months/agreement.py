"""One check for every step of every month: whoever reads a day – phone, page, sheet, letter, calendar, file, board,
progress – reads what the published plan in force states of it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access import sessions, users
from app.access.models import Role, User
from app.access.service import COMMAND_LINE
from app.calendars.deliveries import mark_unannounced
from app.calendars.models import CalendarSource
from app.districts.models import District, Target
from app.languages import Language
from app.letters.day_sheet import sheet_content
from app.schedules.announcements.calendars import announce_marked
from tests.app.months import day_readers, paper_readers, plan_readers
from tests.app.months.stated import Stated, StatedDay, dates_between

Json = dict[str, Any]
_MOST_DAYS = 14
"""Of one question for several dates."""
_SATURDAY = 5


class Agreement:
    """Everybody who reads the days of one district, each by the right that he has; they remember what they read."""

    def __init__(
        self, api: FastAPI, client: TestClient, session: Session, district: District, *, first: date, last: date
    ) -> None:
        """`first` and `last`: the days that are looked at. The clock of `api` is the district's."""
        self._api, self._client, self._session, self._district = api, client, session, district
        self._first, self._last = first, last
        self._feeds: dict[str | None, str] = {}
        self._coordinators: dict[str, User] = {}
        self._memory = paper_readers.FeedMemory()
        self._phones: dict[tuple[str, str], Json] = {}
        self._sheets: dict[tuple[str, date], Json] = {}
        """What a team's day said last: whoever says the same by another question is asked only when it has changed."""
        self._planner = self._person(Role.PLANNER)
        self._source = CalendarSource(
            **{"district_code": district.code, "name": "Kalender kantor", "kind": "caldav", "direction": "out"},
            **{"origin": "https://kalender.invalid", "sealed_address": b"-", "created_at": self.now},
        )
        session.add(self._source)
        mark_unannounced(session, district.code)
        for team in Stated(session, district).teams:
            self._coordinators[team.code] = self._person(Role.COORDINATOR, team_code=team.code)
            self._feeds[team.code] = self._feed(team.id)
        self._feeds[None] = self._feed(None)
        session.commit()

    @property
    def now(self) -> datetime:
        moment: datetime = self._api.state.clock()
        return moment

    def _feed(self, team_id: int | None) -> str:
        _, secret = access.issue_token(
            self._session, Role.FEED, now=self.now, district_code=self._district.code, team_id=team_id
        )
        return secret

    def _person(self, role: Role, *, team_code: str | None = None) -> User:
        return users.add(
            self._session,
            login=f"{role}.{team_code or 'kantor'}".lower(),
            name="Petugas Contoh",
            role=role,
            district_code=self._district.code,
            team_code=team_code,
            actor=COMMAND_LINE,
            now=self.now,
        )

    def _browser(self, user: User) -> dict[str, str]:
        """What a browser of this person sends, who has just logged in."""
        opened = sessions.open_session(self._session, user, device="Browser", earlier_secret=None, now=self.now)
        self._session.commit()
        return {"Cookie": f"jb={opened.secret}", "Origin": "http://testserver"}

    def _get(self, path: str, headers: Mapping[str, str], **params: Any) -> Any:
        answer = self._client.get(path, params=params, headers=dict(headers))
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:1000]}"
        return answer

    def _fetch(self, path: str, **params: Any) -> Any:
        return self._get(f"/v1/{path}", self._as_planner, **params)

    def _page(self, path: str, headers: Mapping[str, str]) -> str:
        html: str = self._get(path, {**headers, "Accept": "text/html"}).text
        return html

    def check(self) -> Stated:
        """Every reader of every day; returns what the plan states."""
        self._as_planner = self._browser(self._planner)
        announce_marked(self._api.state.sessions, self.now, random=lambda: 0.5)
        stated = Stated(self._session, self._district)
        stated.check_rows_are_the_plan(self._session)
        for code, person in self._coordinators.items():
            self._check_days(stated, code, self._browser(person))
        paper_readers.check_letters(self._session, stated, self._first, self._last)
        for code, secret in self._feeds.items():
            content = self._get(f"/v1/feeds/{secret}.ics", {}).content
            self._memory.check(code or "district", paper_readers.check_feed(content, stated, code, now=self.now))
        paper_readers.check_written_calendar(self._session, stated, self._source, now=self.now)
        for number in {row.schedule.id for row in stated.visits} | {row.trip.schedule_id for row in stated.trips}:
            self._check_plan(stated, number)
        self._check_progress(stated)
        return stated

    def _check_days(self, stated: Stated, code: str, coordinator: Mapping[str, str]) -> None:
        team = next(team for team in stated.teams if team.code == code)
        for day in dates_between(self._first, self._last):
            sheet = self._check_sheet(stated, stated.day(team, day))
            if sheet is not None and self._sheets.get((code, day)) != sheet:
                self._sheets[code, day] = sheet
                day_readers.check_sheet_page(self._page(f"/cetak/{code}/{day}", self._as_planner), sheet)
        for first in dates_between(self._first, self._last)[::_MOST_DAYS]:
            span = self._get("/v1/assignments", coordinator, date=first.isoformat(), days=_MOST_DAYS).json()
            alone = {}
            for seen in span["days"]:
                doing = stated.day(team, date.fromisoformat(seen["date"]))
                day_readers.check_phone(seen, stated, doing)
                following = stated.next_date_of(team, doing.date)
                said = seen | {"next_date_with_stops": following and following.isoformat()}
                # Of days without anything to do those of the span are looked at.
                is_looked_at = doing.date == self._first or not doing.is_empty
                if is_looked_at and self._phones.get((code, seen["date"])) != said:
                    alone[seen["date"]] = self._check_day_alone(code, said)
            day_readers.check_span(span, alone, stated, code)
        today = self.now.astimezone(stated.zone).date()
        ahead = self._get("/v1/assignments", coordinator, date=today.isoformat(), days=8).json()
        day_readers.check_kept_page(self._page("/hari-ini", coordinator), ahead, today)

    def _check_day_alone(self, code: str, said: Json) -> Json:
        """One date asked for by itself; `said` of the span, with the next date that has anything on it."""
        answer = self._fetch("assignments", date=said["date"], team=code, district=self._district.code).json()
        assert answer["next_date_with_stops"] == said["next_date_with_stops"]
        self._phones[code, said["date"]] = said
        day: Json = answer
        return day

    def _check_sheet(self, stated: Stated, doing: StatedDay) -> Json | None:
        """The sheet of a day that has anything on it."""
        if doing.is_empty:
            return None
        sheet: Json = sheet_content(
            self._session,
            doing.date,
            actor=COMMAND_LINE,
            team_code=doing.team.code,
            district_code=self._district.code,
            language=Language.INDONESIAN,
        )["day"]
        day_readers.check_sheet(sheet, stated, doing)
        return sheet

    def _check_plan(self, stated: Stated, number: int) -> None:
        """Every reader of one schedule of which anything is in force."""
        first, last = self._first, self._last
        plan_readers.check_lists(self._fetch, stated, number, now=self.now)
        plan_readers.check_files(self._fetch, stated, number)
        board = self._page(f"/rencana/{number}/papan", self._as_planner)
        plan_readers.check_board(board, stated, number, now=self.now, first=first, last=last)
        calendar = self._page(f"/rencana/{number}/kalender", self._as_planner)
        plan_readers.check_calendar_page(calendar, stated, number, first=first, last=last)
        plan_readers.check_map(self._fetch(f"schedules/{number}/map").json(), stated, number)

    def _check_progress(self, stated: Stated) -> None:
        """On every working day, and around today; of a document that has two targets the second on fewer days, since it
        differs by what is due alone."""
        plan_readers.check_missing(self._fetch, stated, now=self.now)
        targets = self._session.scalars(
            select(Target).where(Target.district_code == self._district.code).order_by(Target.document, Target.owner)
        ).all()
        today = self.now.astimezone(stated.zone).date()
        days = dates_between(self._first - timedelta(days=1), self._last)
        near = {today - timedelta(days=1), today, today + timedelta(days=1), days[0], days[-1]}
        documents = set()
        for target in targets:
            is_first = target.document not in documents
            documents.add(target.document)
            for day in days:
                if day in near or (is_first and day.weekday() < _SATURDAY):
                    plan_readers.check_progress(self._fetch, stated, target, day)
