"""Questions take turns: districts in rotation, so many at once, so many in line, and none once the server stops."""

import asyncio
from collections.abc import Callable

import pytest

from app.schedules.questions import turns as turns_module
from app.schedules.questions.turns import Asker, Questions, SolverBusy, TooManyQuestions, Turns, cores


def asker(district_code: str, token_id: int = 1) -> Asker:
    return Asker(district_code=district_code, token_id=token_id)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Line:
    """Questions that are answered one after another when told so, and the order in which they had their turn."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.served: list[str] = []
        self._go_on = asyncio.Semaphore(0)

    async def ask(self, who: Asker) -> None:
        async with self.turns.one(who):
            self.served.append(who.district_code)
            await self._go_on.acquire()

    def answer(self, count: int) -> None:
        for _ in range(count):
            self._go_on.release()


def test_a_district_that_asks_much_waits_for_itself_alone() -> None:
    async def ask_all() -> list[str]:
        line = Line(Turns(at_once=1, wait_seconds=600))
        tasks = []
        for code in ["A"] * 5 + ["B", "C", "B"]:
            tasks.append(asyncio.create_task(line.ask(asker(code))))
            await settle()
        line.answer(len(tasks))
        await asyncio.gather(*tasks)
        return line.served

    assert asyncio.run(ask_all()) == ["A", "A", "B", "C", "A", "B", "A", "A"]


def test_as_many_questions_are_answered_at_once_as_there_are_cores() -> None:
    async def ask_all() -> int:
        line = Line(Questions().what_if)
        tasks = [asyncio.create_task(line.ask(asker("A"))) for _ in range(cores() + 1)]
        await settle()
        at_once = len(line.served)
        line.answer(len(tasks))
        await asyncio.gather(*tasks)
        return at_once

    assert asyncio.run(ask_all()) == cores()


@pytest.mark.parametrize(
    ("name", "who", "whose"),
    [
        ("MOST_WAITING_OF_A_DISTRICT", lambda number: asker("A", number), "district"),
        ("MOST_WAITING_OF_A_TOKEN", lambda number: asker("A"), "token"),
    ],
)
def test_only_so_many_wait(monkeypatch: pytest.MonkeyPatch, name: str, who: Callable[[int], Asker], whose: str) -> None:
    monkeypatch.setattr(turns_module, name, 2)

    async def ask_all() -> None:
        line = Line(Turns(at_once=1, wait_seconds=600))
        tasks = [asyncio.create_task(line.ask(who(number))) for number in range(3)]
        await settle()
        with pytest.raises(TooManyQuestions, match=f"2 questions of this {whose}") as refused:
            await line.ask(who(4))
        assert refused.value.headers["Retry-After"]
        others = asyncio.create_task(line.ask(asker("B", 9)))
        line.answer(4)
        await asyncio.gather(*tasks, others)

    asyncio.run(ask_all())


def test_whoever_leaves_the_line_takes_no_turn_along() -> None:
    async def ask_all() -> list[str]:
        line = Line(Turns(at_once=1, wait_seconds=600))
        async with line.turns.one(asker("A")):
            leaving, staying = (asyncio.create_task(line.ask(asker(code))) for code in "BC")
            await settle()
        # It has been given the turn this moment, and has not noticed yet.
        leaving.cancel()
        line.answer(1)
        await staying
        assert leaving.cancelled()
        async with line.turns.one(asker("D")):
            return line.served

    assert asyncio.run(ask_all()) == ["C"]


def test_nobody_waits_for_a_turn_of_a_server_that_stops() -> None:
    async def ask_all() -> None:
        line = Line(Turns(at_once=1, wait_seconds=600))
        first = asyncio.create_task(line.ask(asker("A")))
        await settle()
        waiting = asyncio.create_task(line.ask(asker("A")))
        await settle()
        line.turns.end()
        for question in (waiting, line.ask(asker("B"))):
            with pytest.raises(SolverBusy, match="being stopped"):
                await question
        line.answer(1)
        await first

    asyncio.run(ask_all())
