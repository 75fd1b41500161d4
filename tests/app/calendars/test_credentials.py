"""Secrets at rest: sealed for one server under one key, which is made once and readable to its owner alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.calendars.credentials import load_key, seal, unseal
from app.calendars.troubles import CalendarTrouble, Trouble
from app.settings import Settings

HERE, ELSEWHERE = "https://a.example:443", "https://b.example:443"
KEY = b"k" * 32


def test_secret_opens_with_its_key_for_its_origin_only() -> None:
    sealed = seal(KEY, "rahasia é", origin=HERE)
    assert b"rahasia" not in sealed
    assert unseal(KEY, sealed, origin=HERE) == "rahasia é"
    assert seal(KEY, "rahasia é", origin=HERE) != sealed
    for key, found, origin in [
        (b"x" * 32, sealed, HERE),
        (KEY, sealed, ELSEWHERE),
        (KEY, sealed[:-1] + bytes([sealed[-1] ^ 1]), HERE),
        (KEY, b"", HERE),
    ]:
        with pytest.raises(CalendarTrouble) as caught:
            unseal(key, found, origin=origin)
        assert caught.value.code == Trouble.CREDENTIALS_UNREADABLE


def test_key_is_made_once_even_by_many_at_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: load_key(settings), range(32)))
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
    assert load_key(Settings(data_dir=tmp_path / "other")) not in keys


def test_given_key_leaves_no_file(tmp_path: Path) -> None:
    given = Settings(data_dir=tmp_path, secret_key=SecretStr("s" * 32))
    assert load_key(given) == load_key(Settings(secret_key=SecretStr("s" * 32)))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValidationError):
        Settings(secret_key=SecretStr("short"))


def test_allowed_hosts_are_read_from_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JEMPUT_ALLOWED_HOSTS", " Kalender.LAN , 10.0.0.5:5232,")
    assert Settings().allowed_hosts == ("kalender.lan", "10.0.0.5:5232")
