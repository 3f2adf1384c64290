"""What the workloads run: W1 an approval, W2 parallel approvers, W3 a loop that has everything in it, a chain."""

from __future__ import annotations

from tests.engine.runtime.drawing import boundary, chain, end, flow, process, script, start, timer, user

GROUP = "clerks"


def person(id: str, inside: str = "") -> str:
    """A task of the one group there is."""
    return user(id, inside, camunda__candidateGroups=GROUP)


def approval() -> str:
    """W1: review, a gateway, an automatic step, sign."""
    body = start() + person("review") + '<exclusiveGateway id="g" default="no"/>' + script("stamp", "true", "stamped")
    body += person("sign") + end() + end("x") + chain("s", "review", "g") + flow("g", "stamp", "approved")
    return process(body + flow("g", "x", id="no") + chain("stamp", "sign", "e"), key="approval")


def approvers(inside: bool = False) -> str:
    """W2: one task for each of `people`; *inside*, each in a sub-process of its own."""
    marker = '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="p"/>'
    one = person("a", marker)
    if inside:
        held = start("ss") + person("u") + end("se") + chain("ss", "u", "se")
        one = f'<subProcess id="a">{marker}{held}</subProcess>'
    key = "approvers_inside" if inside else "approvers"
    return process(start() + one + person("z") + end() + chain("s", "a", "z", "e"), key=key)


def loop() -> str:
    """W3: a loop whose body has a parallel block, a boundary timer and a multi-instance of three."""
    three = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    body = start() + '<exclusiveGateway id="x"/><parallelGateway id="g"/><parallelGateway id="j"/>'
    body += person("a") + boundary("b", "a", timer("Duration", "P1D"), False) + person("late") + end("l")
    body += person("mi", three) + '<exclusiveGateway id="y" default="d"/>' + end()
    body += chain("s", "x", "g", "a", "j", "y") + chain("g", "mi", "j") + chain("b", "late", "l")
    return process(body + flow("y", "x", "again") + flow("y", "e", id="d"), key="loop")


def long_chain(length: int = 2000) -> str:
    """So many tasks one after the other."""
    names = [f"n{number}" for number in range(length)]
    return process(start() + "".join(person(name) for name in names) + end() + chain("s", *names, "e"), key="chain")


def sleeper() -> str:
    """W5: waits for a timer, then for nobody."""
    from tests.engine.runtime.drawing import element

    wait = element("intermediateCatchEvent", "wait", timer("Duration", "P1D"))
    return process(
        start() + wait + script("stamp", "true", "stamped") + end() + chain("s", "wait", "stamp", "e"), key="sleeper"
    )
