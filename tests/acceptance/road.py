"""The whole road over HTTP: `chancery demo --play --json` on SQLite, PostgreSQL, and with Redis and a worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.acceptance._server import CHANCERY, postgres, redis


def play(name: str, **settings: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="chancery-road-") as out:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CHANCERY_")} | settings
        done = subprocess.run(
            [*CHANCERY, "demo", "--play", "--json", "--out", out],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            print(f"{name}: exit {done.returncode}\n{done.stderr[-2000:]}")
            return False
        result = json.loads(done.stdout)
        letter = zipfile.ZipFile(Path(result["reply_docx"])).read("word/document.xml").decode()
    decisions = [visa["decision"] for visa in result["approvals"]]
    right = (
        result["state"] == "closed"
        and result["instance_ended"]
        and result["registration_number"] in letter
        and "refused" in decisions
        and len(result["completed"])
        == len(set(result["completed"])) + result["completed"].count("executor:prepare:submit") - 1
    )
    print(
        f"{name}: {result['registration_number']} {result['state']} («{result['state_for_customer']}»), "
        f"visas {decisions}, {len(result['completed'])} tasks by one POST each, "
        f"{len(result['notifications'])} messages, ended {result['instance_ended']}: {'right' if right else 'WRONG'}"
    )
    return right


def main() -> int:
    verdicts = [play("SQLite")]
    with postgres() as url:
        verdicts.append(play("PostgreSQL", CHANCERY_DATABASE_URL=url))
    with postgres() as url, redis() as wake:
        verdicts.append(play("PostgreSQL, Redis, worker", CHANCERY_DATABASE_URL=url, CHANCERY_REDIS_URL=wake))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
