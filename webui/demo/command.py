"""`chancery demo`: a demo organisation's data folder, and its road played over HTTP on a server of its own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.errors import Invalid, SolutionError
from services.solutions import folders
from services.solutions.check import Read, read_solution
from services.solutions.manifest import parse_toml
from services.solutions.scenarios import Scenario, read_scenario
from webui.demo.play import Road

_STARTING_SECONDS = 180
_CHANCERY = (sys.executable, "-m", "webui.cli")


def story_of(root: Path, slug: str, path: str | None = None) -> tuple[Read, Scenario]:
    """
    A solution on disk and one of its scenarios: *path*, else the one `[demo] play` names.

    Raises Invalid("nothing-to-play") when there is none, SolutionError when it cannot be read.
    """
    bundle = folders.read_folder(root, slug)
    read = read_solution(bundle)
    path = path or read.manifest.demo.get("play")
    if path is None or path not in bundle.files:
        raise Invalid("nothing-to-play", slug=slug, path=path or "")
    raw, findings = parse_toml(bundle.files[path], path)
    story, more = read_scenario(raw, path, {task.id: task.outcomes for task in read.tasks}, read.transitions)
    if story is None or findings:
        raise SolutionError("scenario-unreadable", (*findings, *more), path=path)
    return read, story


def first_with_a_road(root: Path) -> str:
    """The first solution on disk whose `[demo]` names a scenario to play. Raises Invalid("nothing-to-play")."""
    for slug in folders.slugs(root):
        if read_solution(folders.read_folder(root, slug)).manifest.demo.get("play"):
            return slug
    raise Invalid("nothing-to-play", slug="", path="")


@contextlib.contextmanager
def serving(data: Path, environment: Mapping[str, str], *, demo: bool = True) -> Iterator[str]:
    """
    A server on a free port of this machine; with Redis in the settings the worker is a process of its own.
    Yields its address. Its output goes to `server.log` in *data*.
    """
    port = _free_port()
    given = {**environment, "CHANCERY_DATA_DIR": str(data), "CHANCERY_PORT": str(port), "CHANCERY_HOST": "127.0.0.1"}
    alone = not given.get("CHANCERY_REDIS_URL")
    with (data / "server.log").open("ab") as log, contextlib.ExitStack() as running:
        if demo and not alone:
            subprocess.run([*_CHANCERY, "demo"], env=given | _here(given), stdout=log, stderr=log, check=True)  # noqa: S603
        running.enter_context(_process(["run", *(["--demo"] if demo else [])] if alone else ["web"], given, log))
        _wait_for(f"http://127.0.0.1:{port}/healthz", data / "server.log")
        if not alone:
            running.enter_context(_process(["worker"], given, log))
        yield f"http://127.0.0.1:{port}"


def _here(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment that finds this product, installed or not."""
    root = str(Path(__file__).resolve().parents[2])
    return {"PYTHONPATH": os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH")]))}


@contextlib.contextmanager
def _process(arguments: list[str], environment: Mapping[str, str], log: Any) -> Iterator[None]:
    given = {**environment, **_here(environment)}
    process = subprocess.Popen([*_CHANCERY, *arguments], env=given, stdout=log, stderr=log)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, log: Path) -> None:
    until = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise Invalid("server-did-not-start", log=log.read_text(encoding="utf-8", errors="replace")[-2000:])


def play_road(
    root: Path, slug: str, password: str, environment: Mapping[str, str], out: Path | None = None
) -> dict[str, Any]:
    """
    Start a server on a fresh data folder, play the road of *slug* at its pages and say what came of it.

    The reply stays in *out* (else in a new temporary folder).
    """
    read, story = story_of(root, slug)
    kept = out or Path(tempfile.mkdtemp(prefix="chancery-reply-"))
    with tempfile.TemporaryDirectory(prefix="chancery-play-") as folder, serving(Path(folder), environment) as address:
        road = Road(address, read.manifest, story, password)
        road.play()
        return {"title": story.title, **road.result(kept, "admin"), "completed": road.completed}


def json_of(result: Any) -> str:
    return json.dumps(result, ensure_ascii=False, indent=2)
