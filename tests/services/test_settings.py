"""What the operator may say, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from engine.errors import Invalid
from services.settings import TABLE, Settings


def refusals(folder: Path, **variables: str) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        Settings.for_folder(folder, **variables)
    return {name: code for name, (code, _) in error.value.fields.items()}


def test_nothing_said_is_one_folder_on_the_loopback(tmp_path: Path) -> None:
    settings = Settings.for_folder(tmp_path / "data")
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'chancery.db'}"
    assert settings.is_loopback
    assert settings.base_url == "http://127.0.0.1:8000"


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = Settings.for_folder(tmp_path).secret_key
    assert len(first) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert Settings.for_folder(tmp_path).secret_key == first
    (tmp_path / "secret.key").chmod(0o644)
    assert refusals(tmp_path) == {"CHANCERY_SECRET_KEY": "secret-key-readable"}


def test_everything_wrong_is_named_at_once(tmp_path: Path) -> None:
    said = refusals(tmp_path, port="80000", host="0.0.0.0", secret_key="short", redis_url="http://x", log_level="loud")
    assert said == {
        "CHANCERY_PORT": "port-out-of-range",
        "CHANCERY_PUBLIC_URL": "public-url-required",
        "CHANCERY_SECRET_KEY": "secret-key-short",
        "CHANCERY_REDIS_URL": "setting-not-a-choice",
        "CHANCERY_LOG_LEVEL": "setting-not-a-choice",
    }
    assert refusals(tmp_path, prot="1", port="x") == {
        "CHANCERY_PROT": "setting-unknown",
        "CHANCERY_PORT": "setting-not-a-number",
    }
    assert refusals(tmp_path, public_url="http://example.org", database_url="mysql://x/y") == {
        "CHANCERY_PUBLIC_URL": "public-url-not-https",
        "CHANCERY_DATABASE_URL": "setting-not-a-choice",
    }
    assert not (tmp_path / "secret.key").exists()


def test_the_table_and_the_values_are_the_same_list() -> None:
    assert [setting.name for setting in TABLE] == [field.name for field in dataclasses.fields(Settings)]
