"""Errors a caller can mend, and their only way to HTTP: problem details (RFC 9457).

AppError
├── NotFound                  404  no such thing, or not yours to see
├── Unauthenticated           401  no token, or a broken one
├── Forbidden                 403  the token's role may not do this
│   └── ForeignOrigin, LogInRefused, SsoRefused               app.access
├── Conflict                  409  the state of things forbids it
│   ├── KeyReused, TokenEnded, LoginTaken, UserDisabled,
│   │   OwnAccount                                            app.access
│   ├── DistrictExists, AreaSetMeanwhile, TargetSetMeanwhile,
│   │   WalkInsSetMeanwhile, WalkInCountSetMeanwhile,
│   │   DayOffSetMeanwhile, PlanningFiguresSetMeanwhile,
│   │   IssuingFiguresSetMeanwhile, PlaceCountSetMeanwhile,
│   │   CodeTaken (CounterPlaceCodeTaken), TooManyThings      app.districts
│   ├── SiteCodeTaken, SitePlanned, SiteHostsSessions, ReadinessStep,
│   │   KindFiguresSetMeanwhile                               app.sites
│   ├── TeamCodeTaken, TeamPlanned, LeaveOverlaps,
│   │   BreaksOverlap, KitPoolCodeTaken (a CodeTaken)         app.teams
│   ├── EntryTaken (a CodeTaken), PlaceInUse                  app.travel
│   ├── ImportCollided                                        app.tables.records
│   ├── NoTeam, NoServableSite, PinnedVisitBroken,
│   │   PinnedTripBroken, TripNotInPlan, RunEnded,
│   │   ScheduleNotFinished, ScheduleStands, ScheduleSuperseded,
│   │   PlanRefused, PlanOvertaken, NothingToPublish, NothingToReplan, PlanNoLongerHolds,
│   │   TeamBusy, TeamAway, VisitNotInPlan, PlanUsesTheRemoved,
│   │   NotADraft, EditRefused, NothingToUndo, NothingToRedo,
│   │   DraftGone, DraftOver, NoPlanToChange, RefusedQuestion,
│   │   NobodyIssues, NobodyNeeds,
│   │   PolicyBuiltIn, PolicySetMeanwhile                     app.schedules
│   ├── AnotherResult (ResultStands, ReportIdReused),
│   │   NotPublished, NothingToMakeUp                         app.fieldwork
│   ├── LetterheadSetMeanwhile, NoLetterhead, NothingToPrint,
│   │   NotInForce, NobodyToSend, LetterStands,
│   │   LetterNumberTaken                                     app.letters
│   ├── OfferGone, RequestClosed                              app.requests
│   └── RunFailed                                             app.commands.plan
├── InvalidRequest            422  malformed or impossible values, each with its place
│   ├── ImportRefused                                         app.tables.records
│   ├── FolderRefused                                         app.commands.folders
│   └── ReportsRefused                                        app.fieldwork
├── PreconditionFailed        412  If-Match names an older version
├── PreconditionRequired      428  a change without If-Match
├── PayloadTooLarge           413
├── BodyTooSlow               408  the body did not arrive in time (app.request_bodies)
├── InvitationEnded           410  a link that opens no more (app.access)
├── TooManyFailedLogIns       429  guesses at passwords wait (app.access)
├── TooManyLogIns             503  more people than can be looked at at the moment (app.access)
├── SsoUnavailable            502  the identity provider answers nothing of use (app.access)
├── TooManyBodies             503  the bodies on their way fill the room for them (app.request_bodies)
├── UnsupportedMedia          415
├── NotReady                  503  the database is away, of another version, or a part dead (app.observability)
├── PrinterBusy               503  too many letters are being set (app.letters)
├── SolverBusy                503  no turn for a question in time, or one too slow (app.schedules)
├── TooManyQuestions          429  too many of one token or district wait (app.schedules)
└── TooManyRuns               429  the same of runs (app.schedules)
"""

import json
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match

from app.languages import Language, in_language, joined, language_of, said
from app.strict_json import MISTYPED
from app.validation_words import words_of

log = structlog.get_logger(__name__)

MOST_PROBLEMS = 100
"""Told in one refusal; of the others, how many there are."""
MOST_ROWS = 100
"""Row numbers that one problem of an answer lists."""
MOST_VALUES = 20
_MOST_SHOWN = 200
_MOST_WORDS = 2_000
_NEVER_SHOWN = frozenset({"password", "nip", "officer_nip"})
"""Fields whose value no refusal repeats, since refusals are kept in logs and screens of programs."""
_LARGEST_PLAIN_NUMBER = 10**18
DATABASE_AWAY = (OperationalError, psycopg.OperationalError, PoolTimeout)
"""What says that the database cannot be asked at the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """One wrong value: where it stands, what is wrong, what would mend it."""

    pointer: str
    """JSON pointer (RFC 6901) into the body, or `query/name`, `path/name`, `header/name`, `row 12/column`."""
    detail: str
    value: Any = None
    mend: str | None = None
    rows: tuple[int, ...] = ()
    """Every row of a file that has the same trouble in the same column, the one of the pointer included."""
    values: tuple[Any, ...] = ()
    """The different values of those rows."""

    def as_json(self, language: Language) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "pointer": _cut(self.pointer, _MOST_SHOWN),
            "detail": _cut(in_language(self.detail, language), _MOST_WORDS),
            "value": _shown(self.value),
        }
        if self.mend is not None:
            shown["mend"] = _cut(in_language(self.mend, language), _MOST_WORDS)
        if self.rows:
            shown |= {"rows": self.rows[:MOST_ROWS], "more_rows": max(0, len(self.rows) - MOST_ROWS)}
        if len(self.values) > 1:
            shown["values"] = [_shown(value) for value in self.values[:MOST_VALUES]]
        return shown


class AppError(Exception):
    """Base of everything a caller did or met that is not a bug; the class name is the stable code."""

    status_code = HTTPStatus.BAD_REQUEST
    more_problems = 0
    """How many there are beyond `problems`."""
    extension: Mapping[str, BaseModel]
    """What else the answer tells, by names that problem details do not know (RFC 9457, 3.2); set at the edge."""

    def __init__(self, detail: str, *, problems: Sequence[FieldProblem] = (), headers: Mapping[str, str] | None = None):
        super().__init__(detail)
        self.extension = {}
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = dict(headers or {})


class NotFound(AppError):
    status_code = HTTPStatus.NOT_FOUND


class Unauthenticated(AppError):
    status_code = HTTPStatus.UNAUTHORIZED

    def __init__(self, detail: str):
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="jemput-bola"'})


class Forbidden(AppError):
    status_code = HTTPStatus.FORBIDDEN


class Conflict(AppError):
    status_code = HTTPStatus.CONFLICT


class InvalidRequest(AppError):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY


class PreconditionFailed(AppError):
    status_code = HTTPStatus.PRECONDITION_FAILED


class PreconditionRequired(AppError):
    status_code = HTTPStatus.PRECONDITION_REQUIRED


class PayloadTooLarge(AppError):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMedia(AppError):
    status_code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def invalid(pointer: str, detail: str, *, value: Any = None, mend: str | None = None) -> InvalidRequest:
    """An `InvalidRequest` about a single field."""
    problem = FieldProblem(pointer=pointer, detail=detail, value=value, mend=mend)
    return InvalidRequest(joined(detail, mend), problems=[problem])


def summary_of(problems: Sequence[FieldProblem], *, most: int = 3) -> str:
    """The first few problems as one sentence."""
    return joined(*(joined(problem.pointer, problem.detail, by=": ") for problem in problems[:most]), by="; ")


_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 3, _MOST_SHOWN, _MOST_SHOWN


def _shown(value: Any) -> Any:
    """The value as far as JSON and good sense allow: never longer than 200 characters, nor longer to make."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST_PLAIN_NUMBER else "a number of very many digits"
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    text = value if isinstance(value, str) else _SHORT.repr(value)
    return _cut(text, _MOST_SHOWN)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


ProblemPage = Callable[[Request, int, str, Sequence[FieldProblem], Mapping[str, str]], Response]
"""What shows a problem to a person: of the application, as `state.problem_page`; programs get problem details."""


def problem_response(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    problems: Sequence[FieldProblem] = (),
    more_problems: int = 0,
    extension: Mapping[str, BaseModel] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    show: ProblemPage | None = getattr(getattr(request.scope.get("app"), "state", None), "problem_page", None)
    if show is not None and "text/html" in request.headers.get("accept", ""):
        return show(request, status, detail, problems, headers or {})
    language = language_of(request.headers.get("accept-language"))
    body: dict[str, Any] = {
        "type": f"urn:jemput-bola:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": _cut(in_language(detail, language), _MOST_WORDS),
        "code": code,
        "instance": _cut(request.url.path, _MOST_WORDS),
    }
    if problems:
        body["errors"] = [problem.as_json(language) for problem in problems[:MOST_PROBLEMS]]
    more_problems += max(0, len(problems) - MOST_PROBLEMS)
    if more_problems:
        body["more_errors"] = more_problems
    body |= {name: part.model_dump(mode="json") for name, part in (extension or {}).items()}
    # Escaped, since a refused value may hold half a character, which no encoding can write.
    content = json.dumps(body, allow_nan=False)
    return Response(content, status_code=status, headers=dict(headers or {}), media_type="application/problem+json")


def route_of(scope: Mapping[str, Any]) -> str:
    """What logs call a request: its route and never its path, since a feed's path is its secret."""
    return str(getattr(scope.get("route"), "path", "unmatched"))


def error_response(request: Request, error: AppError, *, headers: Mapping[str, str] | None = None) -> Response:
    return problem_response(
        request,
        error.status_code,
        type(error).__name__,
        error.detail,
        problems=error.problems,
        more_problems=error.more_problems,
        extension=error.extension,
        headers={**error.headers, **(headers or {})},
    )


def database_away(request: Request, error: Exception) -> Response:
    log.error("database away", error=str(error), route=route_of(request.scope))
    detail = said(
        "The database does not answer at the moment; nothing was changed. Try again in a few seconds.",
        "Basis data sedang tidak menjawab; tidak ada yang diubah. Coba lagi beberapa detik lagi.",
    )
    return problem_response(request, 503, "DatabaseAway", detail, headers={"Retry-After": "5"})


_PLAIN_REFUSALS: Mapping[str, str] = {
    refusal: refusal
    for refusal in (
        said("Not Found", "Alamat ini tidak ada."),
        said("Method Not Allowed", "Metode ini tidak berlaku di alamat ini."),
    )
}
"""What the framework says by itself, in both languages."""
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_PLACES = {"query": "query", "path": "path", "header": "header", "cookie": "cookie"}


def _pointer(location: Sequence[Any]) -> str:
    first, rest = str(location[0]), [str(part).replace("~", "~0").replace("/", "~1") for part in location[1:]]
    if first == "body":
        return "/" + "/".join(rest)
    return "/".join([_PLACES.get(first, first), *rest])


def _allowed_methods(request: Request) -> str:
    """Every method of this path; the framework's own answer names only one route's."""
    # An included router is one route that tells its methods to nobody, so each is tried.
    methods = (
        method
        for method in _METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    )
    return ", ".join(sorted(set(methods)))


def validation_problem(mistake: Mapping[str, Any], *, pointer: str) -> FieldProblem:
    """One finding of pydantic as a problem of ours."""
    value = None if mistake["type"] == "missing" else mistake.get("input")
    if mistake["type"] == MISTYPED:
        words = mistake["ctx"]
        return FieldProblem(pointer=pointer, detail=words["detail"], value=value, mend=words["mend"])
    return FieldProblem(pointer=pointer, detail=words_of(mistake), value=value)


def problems_of(error: ValidationError) -> list[FieldProblem]:
    """Everything that pydantic finds wrong with a model of ours, each at its place."""
    return [
        validation_problem(mistake, pointer="/" + "/".join(str(part) for part in mistake["loc"]))
        for mistake in error.errors()
    ]


def _validation_problem(mistake: Mapping[str, Any]) -> FieldProblem:
    """One finding of the framework's validation, in words a caller can act on."""
    if mistake["type"] == "json_invalid":
        detail = said(
            "The body is not valid JSON at character {at}. {where}",
            "Isi permintaan bukan JSON yang benar pada karakter {at}.",
            at=mistake["loc"][-1],
            where=mistake.get("ctx", {}).get("error", ""),
        )
        return FieldProblem(pointer="/", detail=detail)
    problem = validation_problem(mistake, pointer=_pointer(mistake["loc"]))
    return replace(problem, value=None) if mistake["loc"][-1] in _NEVER_SHOWN else problem


def add_error_handlers(app: FastAPI) -> None:
    """Turn every exception into problem details; a bug becomes a 500 without its innards."""

    @app.exception_handler(AppError)
    def _app_error(request: Request, error: AppError) -> Response:
        return error_response(request, error)

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> Response:
        problems = [_validation_problem(mistake) for mistake in error.errors()]
        summary = summary_of(problems)
        return problem_response(request, 422, "InvalidRequest", summary, problems=problems)

    @app.exception_handler(StarletteHTTPException)
    def _http(request: Request, error: StarletteHTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = _allowed_methods(request)
        code = HTTPStatus(error.status_code).phrase.replace(" ", "")
        detail = _PLAIN_REFUSALS.get(str(error.detail), str(error.detail))
        return problem_response(request, error.status_code, code, detail, headers=headers)

    for away in DATABASE_AWAY:
        app.add_exception_handler(away, database_away)

    @app.exception_handler(Exception)
    def _bug(request: Request, error: Exception) -> Response:
        log.error("unhandled", exc_info=error, route=route_of(request.scope))
        return problem_response(
            request,
            500,
            "InternalError",
            said(
                "Something went wrong on our side; the request id in the headers names it.",
                "Ada kesalahan di pihak kami; nomor permintaan di header menandainya.",
            ),
        )
