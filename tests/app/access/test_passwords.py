import asyncio
import threading

import pytest

from app.access import turns
from app.access.passwords import NOBODYS_HASH, Hashing, hash_password, verify_password
from app.access.turns import TooManyLogIns


def test_a_password_is_known_again_and_another_one_is_not() -> None:
    stored = hash_password("kuda lampu hujan sepatu")
    assert verify_password("kuda lampu hujan sepatu", stored) == (True, None)
    assert verify_password("kuda lampu hujan sepatU", stored)[0] is False


def test_the_hash_of_nobody_costs_what_a_hash_of_today_costs() -> None:
    assert NOBODYS_HASH.rsplit("$", 2)[0] == hash_password("x").rsplit("$", 2)[0]
    assert verify_password("", NOBODYS_HASH) == (False, None)


def test_a_hash_of_other_parameters_is_made_anew() -> None:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    old = PasswordHash((Argon2Hasher(memory_cost=8, time_cost=1, parallelism=1),)).hash("sandi lama")
    is_right, new = verify_password("sandi lama", old)
    assert is_right
    assert new is not None
    assert verify_password("sandi lama", new) == (True, None)


def test_the_same_letters_in_another_form_are_the_same_password() -> None:
    assert verify_password("cafe\u0301 di sudut", hash_password("caf\u00e9 di sudut"))[0] is True


def test_few_hashes_are_worked_out_at_once_and_a_long_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_MOST_WAITING", 6)
    go_on, at_once, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        go_on.wait(30)
        with lock:
            at_once -= 1

    async def all_of_them() -> None:
        hashing = Hashing()
        tasks = [asyncio.create_task(hashing.run(work)) for _ in range(6)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyLogIns):
            await hashing.run(work)
        go_on.set()
        await asyncio.gather(*tasks)
        await hashing.run(work)

    asyncio.run(all_of_them())
    assert most <= 2
