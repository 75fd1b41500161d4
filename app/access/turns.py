"""Work of people who are not logged in yet: a few at once, and a line that ends somewhere."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from app.errors import AppError
from app.languages import said

Found = TypeVar("Found")

_MOST_WAITING = 40


class TooManyLogIns(AppError):
    """More people want to log in at this moment than can be looked at."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(
            said(
                "Very many people are logging in at this moment; try again in a few seconds.",
                "Sangat banyak yang sedang masuk saat ini; coba lagi beberapa detik lagi.",
            ),
            headers={"Retry-After": "5"},
        )


class Turns:
    """Does work off the event loop, in threads of its own."""

    def __init__(self, *, at_once: int) -> None:
        self._limiter = CapacityLimiter(at_once)
        self._held = 0

    async def run(self, work: Callable[[], Found]) -> Found:
        """What `work` gives, in its turn; raises `TooManyLogIns` where the line is long."""
        if self._held >= _MOST_WAITING:
            raise TooManyLogIns
        self._held += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._held -= 1
