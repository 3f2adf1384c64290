"""The road of every solution that has one, played at the pages of a real server, on both databases; once with Redis."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from webui.cli import DEMO_PASSWORD
from webui.demo.command import first_with_a_road, play_road

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def empty_database(database_url: str) -> str:
    """No tables at all: the server makes them itself."""
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).unlink()
        return database_url
    pool = create_engine(database_url, poolclass=NullPool)
    with pool.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return database_url


def played(database: str, out: Path, **settings: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHANCERY_")}
    slug = first_with_a_road(ROOT)
    return play_road(ROOT, slug, DEMO_PASSWORD, environment | {"CHANCERY_DATABASE_URL": database} | settings, out)


def test_the_road_is_walked_at_the_pages(empty_database: str, tmp_path: Path) -> None:
    result = played(empty_database, tmp_path)

    assert result["instance_ended"]
    assert sorted(visa["decision"] for visa in result["approvals"]) == ["agreed", "agreed", "refused", "remarks"]
    letter = zipfile.ZipFile(result["reply_docx"]).read("word/document.xml").decode()
    assert result["registration_number"] in letter
    assert len(result["notifications"]) == len(set(result["notifications"])) == 3


def test_the_road_is_walked_with_redis_and_a_worker_of_its_own(
    empty_database: str, redis_url: str, tmp_path: Path
) -> None:
    result = played(empty_database, tmp_path, CHANCERY_REDIS_URL=redis_url)

    assert result["instance_ended"]
    assert result["reply_docx"]
