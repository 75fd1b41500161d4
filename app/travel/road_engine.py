"""A road engine asked for tables of minutes and metres: OSRM's `table` service or Valhalla's `sources_to_targets`, and
whatever answers like one of them. Everything that it may answer ends in legs or in one `RoadEngineTrouble`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpcore
import httpx
import orjson

from app.guarded_transport import Guard, GuardedTransport, HttpLimits, trusted_tls
from app.settings import Settings

Spot = tuple[float, float]
"""Latitude and longitude in degrees."""
Leg = tuple[int, int]
"""Whole minutes, rounded up, and metres."""
LARGEST_SIDE = 50
"""Origins, and destinations, of one question: OSRM answers for 100 places unless told otherwise."""
_REFUSALS = frozenset({400, 413, 414, 422})
_LONGEST_SECONDS = 10 * 86_400
_FARTHEST_METRES = 5_000_000


class RoadEngineKind(StrEnum):
    OSRM = "osrm"
    VALHALLA = "valhalla"


class RoadEngineTrouble(Exception):
    """The engine did not answer, or not with a table; says what to look at."""


class _Refused(Exception):
    """The engine is there and does not take the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadEngine:
    """Where the operator's settings say that an engine is."""

    address: str
    """Without a slash at its end."""
    kind: RoadEngineKind
    profile: str
    guard: Guard
    ca_file: str | None = None

    @property
    def name(self) -> str:
        """By which its answers are told from another one's."""
        return f"{self.kind} {self.profile} {self.address}"

    def asking(self, *, seconds: float) -> "Asking":
        """A conversation that ends after so many seconds."""
        limits = HttpLimits(total_seconds=seconds, step_seconds=min(20.0, seconds), answer_bytes=8_000_000)
        transport = GuardedTransport(self.guard, limits, tls=trusted_tls(self.ca_file))
        return Asking(self, httpx.Client(transport=transport, trust_env=False, timeout=None), limits)


def road_engine_of(settings: Settings) -> RoadEngine | None:
    """The engine that the settings name, if they do."""
    if settings.road_engine_url is None:
        return None
    url = httpx.URL(settings.road_engine_url)
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    # What the operator named may be inside the office's network.
    allowed = {*settings.allowed_hosts, f"{url.host.lower()}:{port}"}
    kind = RoadEngineKind(settings.road_engine)
    return RoadEngine(
        address=settings.road_engine_url.rstrip("/"),
        kind=kind,
        profile=settings.road_profile or ("driving" if kind is RoadEngineKind.OSRM else "auto"),
        guard=Guard(allowed_hosts=frozenset(allowed)),
        ca_file=None if settings.ca_file is None else str(settings.ca_file),
    )


class Asking:
    """One conversation with an engine; a context that closes its connections."""

    def __init__(self, engine: RoadEngine, client: httpx.Client, limits: HttpLimits) -> None:
        self.engine, self._client, self._limits = engine, client, limits

    def __enter__(self) -> "Asking":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def table(self, origins: Sequence[Spot], destinations: Sequence[Spot]) -> list[list[Leg | None]]:
        """Legs from each origin to each destination, at most `LARGEST_SIDE` of each; None where the engine knows no
        road. Raises `RoadEngineTrouble`.

        A question that the engine refuses, as one with a place that lies off its map, is asked in halves."""
        try:
            return self._whole_table(origins, destinations)
        except _Refused:
            if len(origins) == len(destinations) == 1:
                return [[None]]
            # The longer side, so that one bad place is found in the fewest questions.
            if len(origins) >= len(destinations):
                half = len(origins) // 2
                return self.table(origins[:half], destinations) + self.table(origins[half:], destinations)
            half = len(destinations) // 2
            left, right = (self.table(origins, part) for part in (destinations[:half], destinations[half:]))
            return [[*row, *rest] for row, rest in zip(left, right, strict=True)]

    def _whole_table(self, origins: Sequence[Spot], destinations: Sequence[Spot]) -> list[list[Leg | None]]:
        try:
            if self.engine.kind is RoadEngineKind.OSRM:
                return _osrm_legs(self._answer(*self._osrm(origins, destinations)), origins, destinations)
            return _valhalla_legs(self._answer(*self._valhalla(origins, destinations)), origins, destinations)
        except (TypeError, AttributeError, KeyError, IndexError, ValueError, OverflowError) as error:
            raise RoadEngineTrouble(f"the road engine answered no table: {type(error).__name__}") from error

    def _osrm(self, origins: Sequence[Spot], destinations: Sequence[Spot]) -> tuple[str, str, bytes | None]:
        spots = ";".join(f"{lon:.6f},{lat:.6f}" for lat, lon in (*origins, *destinations))
        sources = ";".join(map(str, range(len(origins))))
        targets = ";".join(map(str, range(len(origins), len(origins) + len(destinations))))
        wanted = f"sources={sources}&destinations={targets}&annotations=duration,distance"
        return "GET", f"{self.engine.address}/table/v1/{self.engine.profile}/{spots}?{wanted}", None

    def _valhalla(self, origins: Sequence[Spot], destinations: Sequence[Spot]) -> tuple[str, str, bytes | None]:
        body = {
            "sources": [{"lat": lat, "lon": lon} for lat, lon in origins],
            "targets": [{"lat": lat, "lon": lon} for lat, lon in destinations],
            "costing": self.engine.profile,
            "units": "kilometers",
        }
        return "POST", f"{self.engine.address}/sources_to_targets", orjson.dumps(body)

    def _answer(self, method: str, address: str, body: bytes | None) -> Any:
        headers = {"User-Agent": "jemput-bola", "Content-Type": "application/json"}
        try:
            with self._client.stream(method, address, content=body, headers=headers) as response:
                content = bytearray()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > self._limits.answer_bytes:
                        raise RoadEngineTrouble("the road engine's answer is too large")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpcore.NetworkError) as error:
            raise RoadEngineTrouble(f"the road engine does not answer: {type(error).__name__}") from error
        except (httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise RoadEngineTrouble(f"the road engine does not answer: {type(error).__name__}") from error
        if response.status_code in _REFUSALS:
            raise _Refused
        if response.status_code != 200:
            raise RoadEngineTrouble(f"the road engine answered with status {response.status_code}")
        try:
            return orjson.loads(bytes(content))
        except orjson.JSONDecodeError as error:
            raise RoadEngineTrouble("the road engine answered no JSON") from error


def _osrm_legs(answer: Any, origins: Sequence[Spot], destinations: Sequence[Spot]) -> list[list[Leg | None]]:
    if answer["code"] != "Ok":
        raise ValueError(answer["code"])
    durations, distances = answer["durations"], answer["distances"]
    _check_shape(durations, origins, destinations)
    _check_shape(distances, origins, destinations)
    return [
        [_leg(seconds, metres) for seconds, metres in zip(times, ways, strict=True)]
        for times, ways in zip(durations, distances, strict=True)
    ]


def _valhalla_legs(answer: Any, origins: Sequence[Spot], destinations: Sequence[Spot]) -> list[list[Leg | None]]:
    rows = answer["sources_to_targets"]
    _check_shape(rows, origins, destinations)
    return [
        [None if cell.get("time") is None else _leg(cell["time"], 1000 * cell["distance"]) for cell in row]
        for row in rows
    ]


def _check_shape(rows: Any, origins: Sequence[Spot], destinations: Sequence[Spot]) -> None:
    if len(rows) != len(origins) or any(len(row) != len(destinations) for row in rows):
        raise ValueError("shape")


def _leg(seconds: float | None, metres: float | None) -> Leg | None:
    if seconds is None or metres is None:
        return None
    if not (0 <= seconds <= _LONGEST_SECONDS and 0 <= metres <= _FARTHEST_METRES):
        raise ValueError("range")
    return math.ceil(seconds / 60), round(metres)
