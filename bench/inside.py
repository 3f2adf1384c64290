"""The workloads in this process, on one database: the product beside the bare floor and plain SpiffWorkflow."""

from __future__ import annotations

import os
import statistics
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from bench.floor import Floor
from bench.measure import Batch, Goals, Timed, clocked, counting, memory_of
from bench.product import Product
from bench.stock import Stock
from engine.clock import ManualClock, SystemClock
from engine.jobs import drain, sweep

YES = {"approved": True}


def statements(product: Product, act: Any) -> tuple[int, int]:
    """Statements and commits of a block."""
    seen = {"statements": 0, "commits": 0}

    def on_statement(_c: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        seen["statements"] += not text.startswith("BEGIN")

    def on_commit(_connection: Any) -> None:
        seen["commits"] += 1

    pool = product.office.database.pool
    event.listen(pool, "before_cursor_execute", on_statement)
    event.listen(pool, "commit", on_commit)
    act()
    event.remove(pool, "before_cursor_execute", on_statement)
    event.remove(pool, "commit", on_commit)
    return seen["statements"], seen["commits"]


def approvals(contender: Any, count: int, postmaster: int | None) -> Batch:
    """W1: so many instances from start to end; only starts and completions are timed."""
    batch = Batch([])
    started: list[int] = []
    with counting(batch, None, postmaster):
        for _ in range(count):
            clocked(lambda: started.append(contender.start()), batch.seconds)
    for _ in range(2):
        tasks = [contender.tasks(instance)[0] for instance in started]
        with counting(batch, None, postmaster):
            for task in tasks:
                clocked(lambda task=task: contender.complete(task, YES), batch.seconds)  # type: ignore[misc]
    return batch


def whole(contender: Any, people: int) -> float:
    """W2: seconds of one instance with parallel approvers, start and completions."""
    began = time.perf_counter()
    instance = contender.start("approvers", {"people": list(range(people))})
    spent = time.perf_counter() - began
    for task in contender.tasks(instance):
        began = time.perf_counter()
        contender.complete(task, {})
        spent += time.perf_counter() - began
    return spent


def among(product: Product, key: str, counts: tuple[int, int], actions: int) -> tuple[float, float]:
    """Milliseconds of processor time of a completion among few and among many, in turns."""
    few: list[float] = []
    many: list[float] = []
    crowd = iter(product.tasks(product.start(key, {"people": list(range(counts[1]))})))
    product.complete(next(crowd), {})
    while len(many) < actions:
        small = product.tasks(product.start(key, {"people": list(range(counts[0]))}))
        for task in small[: counts[0] - 1]:
            few.append(_cpu(lambda task=task: product.complete(task, {})))  # type: ignore[misc]
            many.append(_cpu(lambda: product.complete(next(crowd), {})))
    return statistics.median(few), statistics.median(many)


def rounds(product: Product, count: int) -> tuple[float, float]:
    """W3: milliseconds of processor time of a completion after ten rounds and after all."""
    instance = product.start("loop", {"again": True})
    taken: list[float] = []
    for _ in range(count):
        for task in product.tasks(instance):
            taken.append(_cpu(lambda task=task: product.complete(task, {"again": True})))  # type: ignore[misc]
    window = min(400, len(taken) // 4)
    return statistics.median(taken[40 : 40 + window]), statistics.median(taken[-window:])


def along(product: Product, count: int) -> tuple[float, float]:
    """Milliseconds of processor time of a completion at the beginning and at the end of a chain of 2,000."""
    instance = product.start("chain")
    taken: list[float] = []
    for _ in range(count):
        (task,) = product.tasks(instance)
        taken.append(_cpu(lambda task=task: product.complete(task, {})))  # type: ignore[misc]
    window = min(200, count // 4)
    return statistics.median(taken[5 : 5 + window]), statistics.median(taken[-window:])


def _cpu(act: Any) -> float:
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1000


def timers(product: Product, clock: ManualClock, count: int, goals: Goals, completion: float) -> None:
    """W5: a pass with none due beside 10 and beside many waiting instances; then all are due at once."""
    few = [product.start("sleeper") for _ in range(10)]
    idle = statements(product, lambda: sweep(product.office.engine))[0]
    for _ in range(count - len(few)):
        product.start("sleeper")
    goals.most(
        f"W5 statements of an idle pass, {count} waiting, to 10",
        statements(product, lambda: sweep(product.office.engine))[0] / idle,
        1,
    )
    clock.move(timedelta(days=2))
    began = time.process_time()
    fired = drain(product.office.engine, budget=min(count, 500))
    goals.most(
        "W5 processor time of a firing to a completion of W1",
        (time.process_time() - began) / fired * 1000 / completion,
        1,
    )


def on(url: str, floor_url: str, stock_url: str, postmaster: int | None, quick: bool, goals: Goals) -> None:
    clock = ManualClock(SystemClock().now())
    product, floor, stock = Product(url, clock), Floor(floor_url), Stock(stock_url)
    contenders: tuple[Any, ...] = (floor, stock, product)
    timed = {each.name: Timed() for each in contenders}
    size = 20 if quick else 60
    for each in contenders:
        approvals(each, 8, None)
    for _ in range(5 if quick else 9):
        for each in contenders:
            timed[each.name].batches.append(approvals(each, size, postmaster))
    bare, ours = timed[floor.name], timed[product.name]
    print(f"  W1, one client in process{'':<24} actions/s   p50 ms   CPU ms + database")
    for name, one in timed.items():
        print(f"    {name:<45} {one.rate:>8.0f} {one.p50:>8.2f} {one.cpu:>8.2f} + {one.database:.2f}", flush=True)
    goals.least("W1 rate to bare", ours.rate / bare.rate, 0.85, 1.2)
    goals.most("W1 processor time to bare", (ours.cpu + ours.database) / (bare.cpu + bare.database), 1.3, 0.9)
    (task,) = product.tasks(product.start())
    asked, committed = statements(product, lambda: product.complete(task, YES))
    goals.most("W1 statements of a completion", asked, 10, 6)
    goals.most("W1 commits of a completion", committed, 1)
    whole(stock, 20), whole(product, 20)
    pairs = [(whole(stock, 20), whole(product, 20)) for _ in range(3 if quick else 5)]
    goals.most("W2 whole instance to plain SpiffWorkflow", statistics.median(b / a for a, b in pairs), 1.2)
    for key, what in (("approvers", "tasks"), ("approvers_inside", "sub-processes")):
        few, many = among(product, key, (5, 500), 40 if quick else 120)
        print(f"    W2b {what}: {few:.2f} ms among 5, {many:.2f} among 500")
        goals.most(f"W2b {what}: among 500 to among 5", many / few, 1.3)
    count = 300 if quick else 5000
    first, last = rounds(product, count)
    print(f"    W3: {first:.2f} ms at first, {last:.2f} after {count} rounds")
    goals.most(f"W3 after {count} rounds to after 10", last / first, 1.2, 1.05)
    first, last = along(product, 200 if quick else 2000)
    goals.most("chain of 2,000 tasks: at the end to at the beginning", last / first, 1.2)
    timers(product, clock, 300 if quick else 10_000, goals, ours.cpu)
    goals.most("memory of this process, MB", memory_of(os.getpid()), 250)
    for each in contenders:
        each.close()
