"""What a request can be offered: the question that the planning core is asked, and its answer kept as offers.

The question is made of the rows as they are, the core answers while nothing is held, and what it found is stored with
the version of the plan that it was found for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.access.service import Actor
from app.districts import service as districts
from app.districts.models import District
from app.errors import AppError
from app.languages import said
from app.requests.models import RequestOffer, VisitRequest
from app.requests.plan_in_force import digest_of, held_team_days, plan_for, plan_version, team_days_of
from app.requests.trip_offers import trip_options
from app.schedules.questions.turns import PlanFiles
from app.schedules.runs.breaks_and_kits import code_of
from app.schedules.runs.standing_plan import StandingPlan, TeamDay, standing_plan
from app.sites import service as sites
from app.sites.models import Readiness, Site, WantedDate
from app.teams.kit_pools import list_pools
from app.teams.models import Team
from app.words import Text, in_both, text_of

HOLD = timedelta(minutes=10)
"""How long an offer stands; meanwhile its team-days are offered to nobody else."""
MOST_OFFERS = 3
_ASKED_BESIDE_HOLDS = 8
"""Options asked for where some may touch what is held, and fall away."""
_USUAL_DATES = 15
"""Dates looked at for a request that wishes none."""
_NEAR_DATES = 5
_ASKED_AROUND = 60
"""Dates around the wished ones that are tried where no team works on those."""
_ANY_DATE_DAYS = 92
"""A request that wishes no date is demand for so many days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is asked for."""

    request_id: int
    district_code: str
    document: str
    site_code: str
    wished: tuple[date, ...]
    new_site: Mapping[str, Any] | None = None
    """Fields of a site that is stored together with the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the planning core is asked; or, without `standing`, why it need not be."""

    sought: Sought
    refusal: Mapping[str, Any] | None = None
    """The reason why there is no offer, as it is stored."""
    standing: StandingPlan | None = None
    team_days: tuple[TeamDay, ...] = ()
    fixed: tuple[Mapping[str, Any], ...] = ()
    """Visits that stay as they were announced."""
    taken: frozenset[TeamDay] = frozenset()
    """Team-days that no offer may touch."""
    is_about_wished: bool = True
    """No: no team works on a wished date, and these are the dates around them."""
    plan_version: int = 0

    @property
    def files(self) -> PlanFiles:
        assert self.standing is not None
        return PlanFiles(instance=self.standing.built.content, plan=self.standing.plan_json)

    @property
    def most(self) -> int:
        if not self.is_about_wished:
            return _ASKED_AROUND
        return _ASKED_BESIDE_HOLDS if self.taken else MOST_OFFERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The options that may be offered, best first; or the reason why there is none."""

    question: Question
    options: tuple[Mapping[str, Any], ...] = ()
    refusal: Mapping[str, Any] | None = None


def question_for(session: Session, district: District, sought: Sought, *, actor: Actor, now: datetime) -> Question:
    """The question of a request, from the rows as they are now; nothing that it tries stays.

    Raises `InvalidRequest`, `SiteCodeTaken` for the facts of a new site."""
    trial = session.begin_nested()
    try:
        return _question(session, district, sought, actor=actor, now=now)
    finally:
        trial.rollback()


def _question(session: Session, district: District, sought: Sought, *, actor: Actor, now: datetime) -> Question:
    if sought.new_site is not None:
        site = sites.create_site(session, district, sought.new_site, actor=actor, now=now)
    else:
        site = session.scalars(select(Site).filter_by(district_code=district.code, code=sought.site_code)).one()
    if site.readiness == Readiness.DONE:
        return Question(sought=sought, refusal=_site_done())
    first_date = districts.date_of(now, district) + timedelta(days=1)
    base = plan_for(session, district.code, sought.document, first_date=first_date, wished=sought.wished)
    if base is None:
        return Question(sought=sought, refusal=_no_plan())
    try:
        with as_if_ready(session, site):
            standing = standing_plan(session, base, first_date=max(first_date, base.first_date), now=now)
    except AppError as error:
        return Question(sought=sought, refusal=_cannot_plan(error))
    return _asked(session, sought, standing, now=now)


@contextmanager
def as_if_ready(session: Session, site: Site) -> Iterator[None]:
    """Who asks for a visit is ready for it on any date, whatever dates the site asked for before. Nobody else sees
    this, and nothing of it stays."""
    trial = session.begin_nested()
    session.execute(delete(WantedDate).where(WantedDate.site_id == site.id))
    stood = (site.readiness, site.readiness_from, site.readiness_until)
    _pretend(site, (Readiness.AGREED.value, None, None))
    try:
        yield
    finally:
        _pretend(site, stood)
        trial.rollback()


def _pretend(site: Site, standing: tuple[str, date | None, date | None]) -> None:
    for name, value in zip(("readiness", "readiness_from", "readiness_until"), standing, strict=True):
        set_committed_value(site, name, value)


def _asked(session: Session, sought: Sought, standing: StandingPlan, *, now: datetime) -> Question:
    dates = standing.instance.dates
    days = [day for day in dates if day in set(sought.wished)] if sought.wished else list(dates[:_USUAL_DATES])
    is_about_wished = bool(days)
    if not days:
        days = sorted(dates, key=lambda day: (min(abs(day - wish) for wish in sought.wished), day))[:_NEAR_DATES]
    held = held_team_days(session, sought.district_code, but=sought.request_id, now=now)
    taken = frozenset(held | standing.closed)
    all_days = [(team.id, day) for day in days for team in standing.instance.teams]
    team_days = tuple(team_day for team_day in all_days if team_day not in taken)
    if not team_days:
        return Question(sought=sought, refusal=_held())
    return Question(
        sought=sought,
        standing=standing,
        team_days=team_days,
        fixed=tuple(visit.to_json() for visit in standing.visits if (visit.team, visit.date) in taken),
        taken=taken,
        is_about_wished=is_about_wished,
        plan_version=plan_version(session, sought.district_code, sought.document),
    )


def found_in(question: Question, answer: Mapping[str, Any]) -> Found:
    """What of the planning core's answer may be offered."""
    options = [
        option
        for option in answer["offers"]
        if not option["broken"] and not team_days_of(option["days"]) & question.taken
    ]
    if not options and question.is_about_wished and question.standing is not None:
        trips = trip_options(question.standing, answer.get("trips") or (), fixed=question.fixed)
        options = [option for option in trips if not team_days_of(option["days"]) & question.taken]
    if options and not question.is_about_wished:
        wished = question.sought.wished
        visit = min(
            (option["visit"] for option in options),
            key=lambda visit: min(abs(date.fromisoformat(visit["date"]) - wish) for wish in wished),
        )
        return Found(
            question=question,
            refusal=_no_team_works() | {"nearest": {"team": visit["team"], "date": visit["date"]}},
        )
    if options:
        return Found(question=question, options=tuple(_best(options)))
    if answer["offers"]:
        return Found(question=question, refusal=_held())
    if not question.is_about_wished:
        return Found(question=question, refusal=_no_team_works())
    return Found(
        question=question,
        refusal=_refusal(
            answer.get("rule"),
            answer.get("sentence") or _nothing_fits(),
            against=answer.get("against") or (),
            nearest=answer.get("nearest"),
        ),
    )


def _best(options: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first of them, each on a team-day of its own, with one that changes least among them."""
    own: dict[tuple[str, str], Mapping[str, Any]] = {}
    for option in options:
        own.setdefault((option["visit"]["team"], option["visit"]["date"]), option)
    ranked = list(own.values())
    least = min(ranked, key=lambda option: option["disturbed"])
    chosen = ranked[:MOST_OFFERS]
    if least["disturbed"] < min(option["disturbed"] for option in chosen):
        chosen[-1] = least
    return chosen


def keep_offers(session: Session, request: VisitRequest, result: Found, *, now: datetime) -> list[RequestOffer]:
    """Store the offers of a request in place of those it had; the caller has the turn (`take_turns`).

    What others have been offered meanwhile falls away."""
    session.execute(
        update(RequestOffer)
        .where(RequestOffer.request_id == request.id, RequestOffer.expires_at > now)
        .values(expires_at=now)
    )
    held = held_team_days(session, request.district_code, but=request.id, now=now)
    options = [option for option in result.options if not team_days_of(option["days"]) & held]
    request.no_offer = None if options else dict(result.refusal or _held())
    offers = [
        _offer(session, request, result.question, option, number=number, now=now)
        for number, option in enumerate(options, start=_last_number(session, request) + 1)
    ]
    session.add_all(offers)
    session.flush()
    want(session, request, now=now, counts_from=now + HOLD if offers else now)
    return offers


def _last_number(session: Session, request: VisitRequest) -> int:
    query = select(func.max(RequestOffer.number)).where(RequestOffer.request_id == request.id)
    return session.scalar(query) or 0


def _offer(
    session: Session,
    request: VisitRequest,
    question: Question,
    option: Mapping[str, Any],
    *,
    number: int,
    now: datetime,
) -> RequestOffer:
    standing, visit, price = question.standing, option["visit"], option["price"]
    assert standing is not None
    team_id = session.scalars(
        select(Team.id).where(Team.district_code == request.district_code, Team.code == visit["team"])
    ).one()
    zone = ZoneInfo(districts.get_district(session, request.district_code).time_zone)
    midnight = datetime.combine(date.fromisoformat(visit["date"]), datetime.min.time(), zone)
    return RequestOffer(
        request_id=request.id,
        number=number,
        district_code=request.district_code,
        team_id=team_id,
        date=date.fromisoformat(visit["date"]),
        starts_at=midnight + timedelta(minutes=visit["start"]),
        ends_at=midnight + timedelta(minutes=option["ends_at"]),
        kind=option["kind"],
        expected_activations=option["served"],
        expected_further=option["further"],
        day_kits=_carried(session, request.district_code, standing, option),
        lost_activations=-price["activations"],
        lost_value_milli=-price["value_milli"],
        extra_cost=price["cost"],
        changes=changed_visits(option["changes"], asked_for=visit),
        team_days=[{"team": day["team"], "date": day["date"], "visits": list(day["after"])} for day in option["days"]],
        trip=option.get("trip"),
        plan_version=question.plan_version,
        digest=digest_of(standing, team_days_of(option["days"])),
        offered_at=now,
        expires_at=now + HOLD,
    )


def _carried(
    session: Session, district_code: str, standing: StandingPlan, option: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The shared kits that the team of an offer carries on its date, as visits keep them."""
    day = (option["visit"]["team"], option["visit"]["date"])
    pools = {pool.id: pool for pool in standing.instance.kits}
    rows = [row for row in option["rows"].get("kits", ()) if (row["team"], row["date"]) == day]
    names = {pool.code: pool.name for pool in list_pools(session, district_code)} if rows else {}
    codes = {row["kit"]: code_of(row["kit"]) for row in rows}
    return [
        {
            "code": codes[row["kit"]],
            "name": names.get(codes[row["kit"]], codes[row["kit"]]),
            "kind": pools[row["kit"]].kind,
            "count": row["count"],
        }
        for row in rows
    ]


def changed_visits(changes: Mapping[str, Any], *, asked_for: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The announced visits that are not as they were announced, before and after; the visit asked for is not one."""
    key = (asked_for["team"], asked_for["date"], asked_for["site"])
    moves = [
        {"change": change, "before": move["before"], "after": move["after"]}
        for change in ("retimed", "moved")
        for move in changes[change]
    ]
    gone = [{"change": "withdrawn", "before": visit, "after": None} for visit in changes["withdrawn"]]
    come = [
        {"change": "added", "before": None, "after": visit}
        for visit in changes["added"]
        if (visit["team"], visit["date"], visit["site"]) != key
    ]
    return [*moves, *gone, *come]


def want(session: Session, request: VisitRequest, *, now: datetime, counts_from: datetime) -> None:
    """Make the dates of a request demand of runs that are asked for from a moment on."""
    forget_wish(session, request.id)
    today = districts.date_of(now, districts.get_district(session, request.district_code))
    wished: Collection[date] = [date.fromisoformat(day) for day in request.wished_dates]
    days = wished or [today + timedelta(days=after) for after in range(1, _ANY_DATE_DAYS + 1)]
    session.add_all(
        WantedDate(
            request_id=request.id,
            date=day,
            district_code=request.district_code,
            site_id=request.site_id,
            counts_from=counts_from,
        )
        for day in days
        if day > today
    )
    session.flush()


def forget_wish(session: Session, request_id: int) -> None:
    session.execute(delete(WantedDate).where(WantedDate.request_id == request_id))


def _refusal(
    rule: str | None,
    text: Text,
    *,
    against: Sequence[Mapping[str, Any]] = (),
    nearest: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "rule": rule,
        "text": text,
        "against": _by_team_and_rule(against),
        "nearest": None if nearest is None else {"team": nearest["team"], "date": nearest["date"]},
    }


def _by_team_and_rule(against: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A rule against every team-day, as short as it can be said."""
    reasons: dict[tuple[str, str], dict[str, Any]] = {}
    for refusal in against:
        key = (refusal["team"], refusal["rule"])
        first = {"team": refusal["team"], "rule": refusal["rule"], "dates": [], "text": refusal.get("sentence")}
        reasons.setdefault(key, first)["dates"].append(refusal["date"])
    return list(reasons.values())


def _site_done() -> dict[str, Any]:
    return _refusal(
        "site_done",
        in_both(
            "Lokasi ini sudah ditandai selesai. Buka lagi dahulu (kesiapan 'unknown' atau 'asked'), lalu minta "
            "tawaran lagi.",
            "The site is marked as done. Open it again first (readiness 'unknown' or 'asked'), then ask for offers "
            "again.",
        ),
    )


def _no_plan() -> dict[str, Any]:
    return _refusal(
        "no_plan",
        in_both(
            "Belum ada rencana terbit untuk tanggal ini; permintaan ini ikut dipertimbangkan dalam penyusunan jadwal "
            "berikutnya.",
            "No plan is published for these dates; the request is demand of the next run.",
        ),
    )


def _held() -> dict[str, Any]:
    return _refusal(
        "held",
        in_both(
            "Yang masih mungkin pada tanggal ini sedang ditawarkan kepada permintaan lain; coba lagi dalam sepuluh "
            "menit, atau pilih tanggal lain.",
            "What is possible on these dates is being offered to another request; ask again in ten minutes, or choose "
            "other dates.",
        ),
    )


def _no_team_works() -> dict[str, Any]:
    return _refusal(
        "team_off",
        in_both(
            "Tidak ada tim yang bekerja pada tanggal yang diminta, atau tanggal itu di luar rencana terbit.",
            "No team works on the dates asked for, or they lie outside the published plan.",
        ),
    )


def _nothing_fits() -> Text:
    return in_both(
        "Tidak ada tim yang dapat datang pada tanggal yang diminta.", "No team can come on the dates asked for."
    )


def _cannot_plan(error: AppError) -> dict[str, Any]:
    words = text_of(said("No offer can be worked out: {why}", "Tawaran belum dapat dihitung: {why}", why=error.detail))
    return _refusal("cannot_plan", words)
