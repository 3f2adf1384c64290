"""Two rounds: a refusal asks everybody again, remarks of both are kept; kill -9 between two visas loses nothing."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from services.solutions.scenarios import Step
from tests.acceptance._server import Server, databases, running
from webui.cli import DEMO_PASSWORD
from webui.demo.command import first_with_a_road, story_of
from webui.demo.play import Road

ROOT = Path(__file__).resolve().parents[2]


def play(name: str, server: Server) -> bool:
    read, story = story_of(ROOT, first_with_a_road(ROOT))
    visas = [number for number, step in enumerate(story.steps, 1) if step.does == "approve"]
    kills: list[int] = []

    def kill_between(number: int, step: Step) -> None:
        if number in visas[:-1]:
            server.kill()
            server.start()
            kills.append(number)

    road = Road(server.url, read.manifest, story, DEMO_PASSWORD, pause=kill_between)
    road.play()
    with tempfile.TemporaryDirectory() as folder:
        result = road.result(Path(folder), "admin")
    told = [(step.outcome, step.remark) for step in story.steps if step.does == "approve"]
    words = {"agree": "agreed", "remarks": "remarks", "refuse": "refused"}
    expected = sorted((words[outcome], remark) for outcome, remark in told)
    found = sorted((visa["decision"], visa["remark"]) for visa in result["approvals"])
    once = len(result["notifications"]) == len(set(result["notifications"]))
    right = found == expected and once and result["instance_ended"] and result["state"] == "closed"
    print(
        f"{name}: {len(kills)} kill -9 between visas; visas told {expected}, found {found}; "
        f"{len(result['notifications'])} messages, none twice: {once}; {result['state']}: {'right' if right else 'WRONG'}"
    )
    return right


def main() -> int:
    verdicts = []
    for name, url in databases():
        with running(database=url) as server:
            verdicts.append(play(name, server))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
