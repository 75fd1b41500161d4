"""Rules of the house that a reader cannot see in one file: actors, error names, sizes."""

import ast
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Collection
from graphlib import TopologicalSorter
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import create_engine

import app
import app.errors
from app.access.idempotency import _read_key
from app.access.permissions import _actor, _secret_hash
from app.errors import AppError
from app.main import create_app
from app.pages.frame import _own_page
from app.routes import ROUTERS
from app.settings import Settings

ROOT = Path(__file__).parents[1]
PUBLIC = {"/health/live", "/health/ready", "/metrics", "/docs"}
SHELL = {"/hari-ini", "/sw.js"}
"""The phone's page, which tells a stranger nothing, and its worker."""
OPENED_BY_THE_SECRET_IN_THE_PATH = {"/v1/feeds/{token}.ics", "/undangan/{secret}"}
WAYS_IN = {"/masuk", "/masuk/sso", "/masuk/sso/kembali", "/bahasa"}


def routes() -> list[APIRoute]:
    api = create_app(Settings(), create_engine("postgresql://nobody@localhost/nothing"))
    return [route for route in walk(api.routes) if isinstance(route, APIRoute)]


def walk(found: Any) -> Any:
    for route in found:
        inner = getattr(route, "original_router", None)
        yield from walk(inner.routes) if inner is not None else [route]


def dependencies(dependant: Any) -> set[Any]:
    below = [dependencies(sub) for sub in dependant.dependencies]
    return {dependant.call}.union(*below)


def routers() -> dict[str, APIRouter]:
    """The routers of the modules that make one."""
    made = {name for name, path in product().items() if re.search(r"^router = ", path.read_text(), re.MULTILINE)}
    return {name: importlib.import_module(name).router for name in made}


def test_every_router_answers_once() -> None:
    times = Counter(map(id, ROUTERS))
    assert {name: times[id(router)] for name, router in routers().items() if times[id(router)] != 1} == {}
    assert len(ROUTERS) == len(routers())


def test_no_router_lies_inside_another_one() -> None:
    # Each request would be compared with the inner ones twice.
    inside = {name for name, router in routers().items() for route in router.routes if not isinstance(route, APIRoute)}
    assert inside == set()


def is_page(route: APIRoute) -> bool:
    return route.endpoint.__module__.startswith("app.pages.")


def modules() -> list[str]:
    return [found.name for found in pkgutil.walk_packages(app.__path__, "app.")]


def test_the_walk_over_the_routes_finds_the_api() -> None:
    assert {"/health/live", "/v1/districts/{code}/progress"} <= {route.path for route in routes()}


@pytest.mark.parametrize("route", routes(), ids=lambda route: f"{'/'.join(sorted(route.methods))} {route.path}")
def test_every_route_names_its_actor(route: APIRoute) -> None:
    if route.path in PUBLIC | SHELL | OPENED_BY_THE_SECRET_IN_THE_PATH | WAYS_IN:
        return
    # Asking whether one wants to leave tells nobody anything.
    if (route.path, route.methods) == ("/keluar", {"GET"}):
        return
    assert {_actor, _secret_hash} & dependencies(route.dependant)


@pytest.mark.parametrize(
    "route",
    [route for route in routes() if is_page(route)],
    ids=lambda route: f"{'/'.join(sorted(route.methods))} {route.path}",
)
def test_every_page_takes_forms_from_our_own_pages_alone(route: APIRoute) -> None:
    assert _own_page in dependencies(route.dependant)


ONLY_ASKS = re.compile(r"/(what-if|enough|import/preview)$")
"""Paths that are asked with a body and store nothing."""


@pytest.mark.parametrize(
    "route",
    [route for route in routes() if "POST" in route.methods and not is_page(route)],
    ids=lambda route: str(route.path),
)
def test_every_post_that_stores_something_is_done_once_for_a_key(route: APIRoute) -> None:
    assert (_read_key in dependencies(route.dependant)) is (ONLY_ASKS.search(route.path) is None)


def test_every_error_is_drawn_in_the_tree() -> None:
    for name in modules():
        importlib.import_module(name)

    def names(error: type[AppError]) -> set[str]:
        return {error.__name__}.union(*(names(sub) for sub in error.__subclasses__()))

    drawn = app.errors.__doc__ or ""
    assert {name for name in names(AppError) if name not in drawn} == set()


def refusals_in_one_language(source: str, errors: Collection[str]) -> list[str]:
    """The refusals built in a source whose words are plain text, which has no Indonesian."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        if name not in {*errors, "invalid", "FieldProblem"}:
            continue
        # The first argument of `invalid` is a pointer.
        words = node.args[1:] if name == "invalid" else node.args
        words = [*words, *(each.value for each in node.keywords if each.arg in ("detail", "mend"))]
        if any(_is_plain_text(word) for word in words):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


def _is_plain_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.IfExp(body=first, orelse=other) | ast.BinOp(left=first, right=other):
            return _is_plain_text(first) or _is_plain_text(other)
        case _:
            return False


@pytest.mark.parametrize(
    ("refusal", "is_told"),
    [
        ('NotFound("There is none.")', True),
        ('errors.NotFound(f"There is no {name}.")', True),
        ('invalid("/name", "It is empty.")', True),
        ('invalid("/name", said("It is empty.", "Kosong."), mend="Fill it.")', True),
        ('FieldProblem(pointer="/name", detail="" if known else f"No {name}.")', True),
        ('NotFound("There is no " + name)', True),
        ('invalid(f"/{name}", said("It is empty.", "Kosong."))', False),
        ("NotFound(detail)", False),
        ('ValueError("It is empty.")', False),
    ],
)
def test_a_refusal_in_english_alone_is_seen(refusal: str, is_told: bool) -> None:
    assert bool(refusals_in_one_language(f"raise {refusal}", {"NotFound"})) is is_told


def test_every_refusal_speaks_both_languages() -> None:
    for name in modules():
        importlib.import_module(name)

    def names(error: type[AppError]) -> set[str]:
        return {error.__name__}.union(*(names(sub) for sub in error.__subclasses__()))

    assert [
        f"{name}, {refusal}"
        for name, path in product().items()
        if name.startswith("app.")
        for refusal in refusals_in_one_language(path.read_text(), names(AppError))
    ] == []


def unfilled_places(source: str) -> list[str]:
    """Sentences in two languages of a source that name a value which they are not given."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("said", "in_both"):
            continue
        given = {each.arg for each in node.keywords}
        texts = [text.value for text in node.args if isinstance(text, ast.Constant) and isinstance(text.value, str)]
        if None in given or not given:
            continue
        places = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}
        found += [f"{node.lineno}: {name}" for name in sorted(places - given)]
    return found


def test_a_sentence_that_lacks_a_value_is_seen() -> None:
    assert unfilled_places("said('{a} of {b!r}', '{c}', a=1, b=2)") == ["1: c"]


def test_every_sentence_is_given_the_values_that_it_names() -> None:
    assert [
        f"{name}, {place}"
        for name, path in product().items()
        if name.startswith("app.")
        for place in unfilled_places(path.read_text())
    ] == []


def test_packages_have_empty_init_files() -> None:
    assert [
        str(path)
        for folder in ("app", "solver")
        for path in (ROOT / folder).rglob("__init__.py")
        if path.stat().st_size
    ] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_carry_hashes_and_no_hosts(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--hash=sha256:" in text


def product() -> dict[str, Path]:
    """The modules of both packages by their names."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for folder in ("app", "solver")
        for path in (ROOT / folder).rglob("*.py")
    }


def imported(source: str, known: Collection[str]) -> set[str]:
    """The known modules that a source imports anywhere: at its head, in functions, for type checking."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {member if member in known else node.module for member in members}
    return names & set(known)


def test_imports_are_seen_in_functions_and_behind_type_checking() -> None:
    source = """
from a import b
if TYPE_CHECKING:
    from a.c import Thing
def late():
    import a.d
"""
    assert imported(source, {"a", "a.b", "a.c", "a.d", "a.e"}) == {"a.b", "a.c", "a.d"}


def test_no_import_goes_in_a_circle() -> None:
    paths = product()
    graph = {name: imported(path.read_text(), paths) - {name} for name, path in paths.items()}
    # Raises CycleError, which names the modules of the circle.
    assert len(tuple(TopologicalSorter(graph).static_order())) == len(paths)


FILLERS = frozenset({"found", "told", "asked", "one"})


def fillers_in(source: str) -> set[str]:
    """Variables and parameters that say of a list or a row only that there is one."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return FILLERS & (names | {node.arg for node in nodes if isinstance(node, ast.arg)})


@pytest.mark.parametrize(
    ("source", "fillers"),
    [
        ("found = rows()", {"found"}),
        ("sum(one.people for one in sites)", {"one"}),
        ("def tell(told, *, asked=None): ...", {"told", "asked"}),
        ("lambda one: one.id", {"one"}),
        ("write(one=1, found=state.found)", set()),
    ],
)
def test_names_that_fill_a_place_are_seen(source: str, fillers: set[str]) -> None:
    assert fillers_in(source) == fillers


def test_variables_are_named_after_what_they_hold() -> None:
    fillers = {name: fillers_in(path.read_text()) for name, path in product().items()}
    assert {name: words for name, words in fillers.items() if words} == {}


def test_product_names_neither_its_tests_nor_a_folder_beside_the_repository() -> None:
    beside = re.compile(r"\btests[./]\w|\btests import\b|\.\./")
    assert [name for name, path in product().items() if beside.search(path.read_text())] == []


def test_no_module_climbs_out_of_the_repository() -> None:
    climbers = [
        f"{name}: {ast.unparse(node)}"
        for name, path in product().items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents"
        if isinstance(node.slice, ast.Constant) and int(node.slice.value) >= len(path.relative_to(ROOT).parts)
    ]
    assert climbers == []


def test_kinds_of_arrays_have_one_home_in_each_package() -> None:
    kind = re.compile(r"^\w+ = npt\.NDArray", re.MULTILINE)
    homes = {name for name, path in product().items() if kind.search(path.read_text())}
    assert homes == {"app.estimates.arrays", "solver.numeric.kinds"}


def swallows_everything(node: ast.AST) -> bool:
    """A broad except that neither raises again nor only carries its exception to another thread."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    broad = node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
    last = node.body[-1]
    carried = isinstance(last, ast.Assign) and isinstance(last.value, ast.Name) and last.value.id == node.name
    return broad and not carried and not (isinstance(last, ast.Raise) and last.exc is None)


def test_only_runs_and_rounds_catch_every_exception() -> None:
    swallowers = {
        str(path.relative_to(ROOT))
        for folder in ("app", "solver")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if swallows_everything(node)
    }
    assert swallowers <= {"app/schedules/runs/workflow.py", "app/calendars/rounds.py"}


ASKS = {"select", "PreparedRead", "execute", "scalar", "scalars", "get"}
"""Calls that ask the database; the last four on a session only."""


def questions_in(source: str) -> list[str]:
    """What a module with routes asks of the database; empty for a module without."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    if not any(ast.unparse(call.func) == "APIRouter" for call in calls):
        return []
    asked = [ast.unparse(call.func).removeprefix("session.") for call in calls if _is_asked_of_a_session(call)]
    return [name for name in asked if name in ASKS]


def _is_asked_of_a_session(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        return ast.unparse(call.func.value) == "session"
    return isinstance(call.func, ast.Name) and call.func.id in {"select", "PreparedRead"}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("session.scalars(query)", ["scalars"]),
        ("PreparedRead(select(Visit))", ["PreparedRead", "select"]),
        ("session.get(Visit, 1)", ["get"]),
        ("schedules.get(session, 1)", []),
        ("request.headers.get('etag')", []),
    ],
)
def test_a_question_beside_routes_is_seen(question: str, found: list[str]) -> None:
    assert questions_in(f"router = APIRouter()\nrows = {question}") == found
    assert questions_in(f"rows = {question}") == []


def test_no_file_both_asks_the_database_and_answers_over_http() -> None:
    asking = {name: questions_in(path.read_text()) for name, path in product().items()}
    assert {name: found for name, found in asking.items() if found} == {}
