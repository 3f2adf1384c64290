"""
What one user action costs the engine in memory: wake from text, act, advance, sleep again. No database, no HTTP.

Prints milliseconds per action and the ratios that matter (they hold on any machine): cost after 5,000 steps against cost
after 10, cost among 500 approvers against 5. Exits 1 when a ratio is above its goal.
usage: engine.py [quick]
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.engine.runtime.drawing import Case, boundary, chain, element, end, flow, process, start, timer, user

GROWTH = 1.5
AMONG_MANY = 1.5


def approvers(count: int) -> Case:
    marker = '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="p"/>'
    body = start() + user("a", marker) + user("z") + end() + chain("s", "a", "z", "e")
    return Case(process(body), {"people": [f"p{number}" for number in range(count)]})


def approval() -> str:
    """W1: review, a gateway, a service step, sign."""
    stamp = element("serviceTask", "stamp", camunda__type="external", camunda__topic="stamp")
    body = (
        start() + user("review") + '<exclusiveGateway id="g" default="no"/>' + stamp + user("sign") + end() + end("x")
    )
    body += chain("s", "review", "g") + flow("g", "stamp", "approved") + flow("g", "x", id="no")
    return process(body + chain("stamp", "sign", "e"))


def loop() -> str:
    """W3: a loop whose body has a parallel block, a boundary timer and a multi-instance of three."""
    three = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    body = start() + '<exclusiveGateway id="x"/><parallelGateway id="g"/><parallelGateway id="j"/>'
    body += user("a") + boundary("b", "a", timer("Duration", "P1D"), False) + user("late") + end("l")
    body += user("mi", three) + '<exclusiveGateway id="y" default="d"/>' + end()
    body += chain("s", "x", "g", "a", "j", "y") + chain("g", "mi", "j") + chain("b", "late", "l")
    return process(body + flow("y", "x", "again") + flow("y", "e", id="d"))


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


def main() -> int:
    quick = "quick" in sys.argv
    wrong = []
    cases = [Case(approval(), operations={"stamp": lambda call: {}}) for _ in range(50)]
    w1 = statistics.median(each for case in cases for each in timed(case, 2, approved=True))
    print(f"W1 approval: {w1:.2f} ms per action")
    among = {count: statistics.median(timed(approvers(count), min(count, 40))) for count in (5, 20, 500)}
    print("W2 parallel approvers: " + ", ".join(f"{count}: {ms:.2f} ms" for count, ms in among.items()))
    if among[500] > AMONG_MANY * max(among[5], among[20]):
        wrong.append(f"among 500 approvers {among[500] / among[5]:.1f} times the cost among 5")
    steps = 1000 if quick else 5000
    taken = timed(Case(loop(), {"again": True}), steps, again=True)
    first, last = statistics.median(taken[5:105]), statistics.median(taken[-100:])
    print(
        f"W3 loop with a parallel block, a timer, three approvers: {first:.2f} ms at first, {last:.2f} ms after {steps}"
    )
    if last > GROWTH * first:
        wrong.append(f"the loop costs {last / first:.1f} times as much after {steps} steps")
    names = [f"n{number}" for number in range(2000)]
    drawn = process(start() + "".join(user(name) for name in names) + end() + chain("s", *names, "e"))
    began = time.perf_counter()
    case = Case(drawn)
    print(f"chain of 2,000 tasks: {(time.perf_counter() - began) * 1000:.0f} ms to compile, load and begin")
    print(f"                      {statistics.median(timed(case, 100)):.2f} ms per action")
    for each in wrong:
        print("short: " + each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
