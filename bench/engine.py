"""
What an action costs: the product beside the bare limit (the same rows through Flask and SQLAlchemy) and plain SpiffWorkflow.

In memory, in process on SQLite and PostgreSQL (fsync on), and through HTTP with real servers; the contenders take turns
within one run, so that the ratios hold on any machine. Goals stand beside what was reached; exits 1 when one is missed.
usage: engine.py [quick] [memory] [inside] [http]     (all three when none is named; quick is under five minutes)
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import create_engine, make_url, text

from bench import drawings, inside, through
from bench.measure import Goals
from tests.acceptance._server import postgres
from tests.engine.runtime.drawing import Case


def timed(case: Case, actions: int, **values: object) -> list[float]:
    """Milliseconds of each completion of whatever is open first."""
    taken = []
    for _ in range(actions):
        token = next(iter(case.memory.tasks))
        began = time.perf_counter()
        case.memory.complete(token, values)
        taken.append((time.perf_counter() - began) * 1000)
        case.memory.history.clear()
    return taken


def in_memory(quick: bool, goals: Goals) -> None:
    """The engine alone: wake from text, act, advance, sleep again."""
    print("in memory, milliseconds an action")
    cases = [Case(drawings.approval(), key="approval") for _ in range(50)]
    w1 = statistics.median(each for case in cases for each in timed(case, 2, approved=True))
    print(f"    W1 approval: {w1:.2f}")
    for within, what in ((False, "tasks"), (True, "sub-processes")):
        drawn = drawings.approvers(inside=within)
        key = "approvers_inside" if within else "approvers"
        by = {
            count: statistics.median(timed(Case(drawn, {"people": list(range(count))}, key=key), min(count, 40)))
            for count in (5, 20, 500)
        }
        print(f"    W2 parallel {what}: " + ", ".join(f"{count}: {ms:.2f}" for count, ms in by.items()))
        goals.most(f"in memory, {what}: among 500 to among 20", by[500] / max(by[5], by[20]), 1.3)
    steps = 1000 if quick else 20_000
    taken = timed(Case(drawings.loop(), {"again": True}, key="loop"), steps, again=True)
    goals.most(
        f"in memory, W3: after {steps} steps to after 10",
        statistics.median(taken[-100:]) / statistics.median(taken[5:105]),
        1.2,
    )
    began = time.perf_counter()
    case = Case(drawings.long_chain(), key="chain")
    print(f"    chain of 2,000 tasks: {(time.perf_counter() - began) * 1000:.0f} ms to compile, load and begin")
    print(f"    chain of 2,000 tasks: {statistics.median(timed(case, 100)):.2f} an action")


@contextlib.contextmanager
def places(kind: str) -> Iterator[tuple[list[str], int | None]]:
    """URLs of six empty databases of a kind, and the process of the server."""
    names = ("product", "floor", "stock", "site", "floor_site", "stock_site")
    if kind == "SQLite":
        with tempfile.TemporaryDirectory(prefix="chancery-bench-") as folder:
            yield [f"sqlite:///{folder}/{name}.db" for name in names], None
        return
    with postgres() as url:
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            for name in names:
                connection.execute(text(f"CREATE DATABASE {name}"))
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            assert connection.execute(text("SHOW fsync")).scalar_one() == "on"
            parent = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
        server.dispose()
        yield [make_url(url).set(database=name).render_as_string(hide_password=False) for name in names], parent


def main() -> int:
    quick = "quick" in sys.argv
    wanted = {each for each in ("memory", "inside", "http") if each in sys.argv} or {"memory", "inside", "http"}
    goals = Goals()
    began = time.monotonic()
    if "memory" in wanted:
        in_memory(quick, goals)
    for kind in ("SQLite", "PostgreSQL"):
        with places(kind) as (urls, postmaster):
            if "inside" in wanted:
                print(f"in process, {kind}")
                inside.on(urls[0], urls[1], urls[2], postmaster, quick, goals)
            if "http" in wanted:
                through.on(kind, urls[3], urls[4], urls[5], postmaster, quick, goals)
    print(f"{time.monotonic() - began:.0f} s; goals missed: {len(goals.missed)}")
    for each in goals.missed:
        print("short: " + each)
    return 1 if goals.missed else 0


if __name__ == "__main__":
    sys.exit(main())
