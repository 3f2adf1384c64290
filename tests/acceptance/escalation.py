"""Escalation: a real wait comes due by the server's clock; the head has task and notice, the executor's task stays open."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.acceptance._server import Server, databases, running
from webui.cli import DEMO_PASSWORD
from webui.demo.command import first_with_a_road, story_of
from webui.demo.play import Road, Stuck

ROOT = Path(__file__).resolve().parents[2]


def escalate(name: str, server: Server, clock: Path) -> bool:
    read, story = story_of(ROOT, first_with_a_road(ROOT))
    road = Road(server.url, read.manifest, story, DEMO_PASSWORD)
    steps = iter(story.steps)
    for step in steps:
        if step.does == "prepare":
            break
        if step.does == "file":
            road.file(step)
        elif step.wait is None:
            road.do(step)
    executor, before = step.who, road.find_task(step.who, "prepare").url
    clock.write_text("P60D", encoding="utf-8")
    road.visitors.clear()  # sessions have ended meanwhile
    try:
        task = road.find_task("head", "look_into")
    except Stuck as stuck:
        print(f"{name}: {stuck}: WRONG")
        return False
    number = task.find("//*[@id='task-title']/ancestor::*[2]//a/bdi")[0].text_content().strip()
    notices = road.visitor("head").get("/notices").text()
    still = road.find_task(executor, "prepare").url == before
    told = number in notices
    right = still and told
    title = task.tree.xpath("string(//h1)").strip()
    print(
        f"{name}: head's task «{title}», notice {told}, executor's task open {still}: {'right' if right else 'WRONG'}"
    )
    return right


def main() -> int:
    verdicts = []
    for name, url in databases():
        clock = Path(f"/tmp/chancery-clock-{time.monotonic_ns()}")
        clock.write_text("", encoding="utf-8")
        with running(database=url, arguments=["--clock-file", str(clock)]) as server:
            verdicts.append(escalate(name, server, clock))
        clock.unlink()
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
