"""Events: what a token waits for, what wakes it, what it takes away."""

from __future__ import annotations

import pytest

from engine.runtime import UnknownError
from tests.engine.runtime.drawing import (
    ERROR,
    ESCALATION,
    MESSAGE,
    SIGNAL,
    Case,
    boundary,
    chain,
    element,
    end,
    flow,
    process,
    start,
    timer,
    user,
)


def guarded(event: str, interrupting: bool = True) -> str:
    """A task `a` with a boundary event that leads to `h`."""
    body = start() + user("a") + boundary("b", "a", event, interrupting) + user("h") + end()
    return process(body + chain("s", "a", "e") + chain("b", "h", "e"))


def test_an_interrupting_timer_takes_the_task_away() -> None:
    case = Case(guarded(timer("Duration", "PT1H")))
    assert case.wait(minutes=59).tasks == ["a"]
    assert case.wait(minutes=2).tasks == ["h"]
    assert case.memory.waits == {}


def test_a_timer_that_does_not_interrupt_leaves_the_task_open() -> None:
    case = Case(guarded(timer("Duration", "PT1H"), interrupting=False)).wait(hours=2)
    assert case.tasks == ["a", "h"]
    assert case.wait(days=30).tasks == ["a", "h"]
    assert case.do("a").do("h").ended == "completed"


def test_a_cycle_fires_as_often_as_it_says_and_its_tokens_survive_the_task() -> None:
    case = Case(guarded(timer("Cycle", "R3/PT1H"), interrupting=False))
    for count in (1, 2, 3):
        assert case.wait(hours=1).tasks == ["a", *["h"] * count]
    assert case.wait(hours=9).tasks == ["a", "h", "h", "h"]
    assert case.do("a").tasks == ["h", "h", "h"]


def test_a_late_worker_does_not_shift_the_cycle() -> None:
    case = Case(guarded(timer("Cycle", "R/PT1H"), interrupting=False)).wait(hours=1, minutes=40)
    (wait,) = case.memory.waits.values()
    assert (wait.due - case.clock.now()).total_seconds() == 20 * 60
    assert wait.repeat == -1


@pytest.mark.parametrize(
    ("kind", "text", "hours"),
    [
        ("Date", "2026-11-22T12:00:00Z", 3),
        ("Date", "2026-11-22T15:30:00+03:30", 3),
        ("Date", '= date and time("2026-11-22T12:00:00Z")', 3),
        ("Date", "= due", 3),
        ("Duration", '${duration("PT3H")}', 3),
        ("Duration", "${hours}", 3),
        ("Duration", "P1D", 24),
        ("Cycle", "0 0 12 * * ?", 3),
        ("Cycle", "R2/2026-11-22T12:00:00Z/PT5H", 3),
    ],
)
def test_times_are_read_as_iso_as_feel_and_as_cron(kind: str, text: str, hours: int) -> None:
    case = Case(guarded(timer(kind, text)), {"due": "2026-11-22T12:00:00Z", "hours": "PT3H"})
    (wait,) = case.memory.waits.values()
    assert (wait.due - case.clock.now()).total_seconds() == hours * 3600


@pytest.mark.parametrize("payload", [{}, {"why": "storm"}])
def test_a_message_wakes_its_boundary_event_and_brings_its_payload(payload: dict[str, str]) -> None:
    case = Case(guarded(MESSAGE))
    assert not case.message("other")
    assert case.message(**payload)
    assert case.tasks == ["h"]
    assert case.variables == payload


def test_a_signal_that_does_not_interrupt_may_come_many_times() -> None:
    case = Case(guarded(SIGNAL, interrupting=False))
    assert [case.signal(), case.signal(), case.signal()] == [1, 1, 1]
    assert case.tasks == ["a", "h", "h", "h"]
    case.do("a")
    assert case.signal() == 0


def test_a_condition_wakes_when_its_variable_changes() -> None:
    waiting = element(
        "intermediateCatchEvent",
        "c",
        '<conditionalEventDefinition><condition xsi:type="tFormalExpression">x &gt; 3</condition>'
        "</conditionalEventDefinition>",
    )
    body = start() + '<parallelGateway id="g"/>' + user("a") + user("b") + waiting + user("z") + end()
    body += chain("s", "g", "a", "b", "e") + chain("g", "c", "z", "e")
    case = Case(process(body))
    assert next(iter(case.memory.waits.values())).names == ("x",)
    assert case.do("a", x=2).tasks == ["b"]
    assert case.do("b", x=5).tasks == ["z"]


def test_a_condition_on_the_card_wakes_when_asked_to_look() -> None:
    event = "<conditionalEventDefinition><condition>${card.paid}</condition></conditionalEventDefinition>"
    case = Case(guarded(event), roots={"card": {"paid": False}})
    (wait,) = case.memory.waits.values()
    assert wait.names == ("card",)
    assert not case.memory.fire(wait.token)
    case.office.roots["card"] = {"paid": True}
    assert case.memory.fire(wait.token)
    assert case.tasks == ["h"]


@pytest.mark.parametrize("inside", [True, False])
def test_an_error_goes_to_the_nearest_boundary_event(inside: bool) -> None:
    thrown = "<subProcess id='sp'>" + start("ss") + end("se", ERROR) + chain("ss", "se") + "</subProcess>"
    inner = "<subProcess id='outer'>" + start("os") + thrown + (boundary("near", "sp", ERROR) if inside else "")
    inner += (
        user("n") + end("oe") + chain("os", "sp", "oe") + (chain("near", "n", "oe") if inside else chain("n", "oe"))
    )
    body = start() + inner + "</subProcess>" + boundary("far", "outer", "<errorEventDefinition/>") + user("h") + end()
    case = Case(process(body + chain("s", "outer", "e") + chain("far", "h", "e")))
    assert case.tasks == (["n"] if inside else ["h"])


def test_an_error_nobody_takes_ends_the_case_with_its_code() -> None:
    case = Case(process(start() + end("e", ERROR) + chain("s", "e")))
    assert case.memory.ended is not None
    assert (case.ended, case.memory.ended.code) == ("error", "E1")


def test_links_lead_on() -> None:
    link = '<linkEventDefinition name="L"/>'
    body = start() + user("a") + element("intermediateThrowEvent", "lt", link)
    body += element("intermediateCatchEvent", "lc", link) + user("b") + end()
    case = Case(process(body + chain("s", "a", "lt") + chain("lc", "b", "e"))).do("a")
    assert case.tasks == ["b"]
    assert case.trace()[-2:] == ["lt", "lc"]


def test_a_signal_end_event_reaches_who_waits() -> None:
    body = start() + '<parallelGateway id="g"/>' + user("a") + end("se", SIGNAL)
    body += element("intermediateCatchEvent", "c", SIGNAL) + user("b") + end()
    case = Case(process(body + chain("s", "g", "a", "se") + chain("g", "c", "b", "e"))).do("a")
    assert case.tasks == ["b"]
    assert [thrown.name for thrown in case.memory.signals] == ["S"]


def test_terminate_takes_everything_away() -> None:
    body = (
        start() + '<parallelGateway id="g"/>' + user("a") + user("b") + end("t", "<terminateEventDefinition/>") + end()
    )
    case = Case(process(body + chain("s", "g", "a", "t") + chain("g", "b", "e"))).do("a")
    assert (case.ended, case.tasks) == ("terminated", [])


def test_an_event_with_two_definitions_waits_for_either_and_parallel_for_both() -> None:
    for together, after_one in (("false", ["z"]), ("true", [])):
        body = start() + element("intermediateCatchEvent", "c", MESSAGE + SIGNAL, parallelMultiple=together)
        case = Case(process(body + user("z") + end() + chain("s", "c", "z", "e")))
        case.message()
        assert case.tasks == after_one
        case.signal()
        assert (case.tasks, case.memory.waits) == (["z"], {})


# event sub-processes ---------------------------------------------------------------------------------------------------


def event_sub_process(id: str, event: str, interrupting: bool, task: str) -> str:
    head = start(f"{id}s", event, isInterrupting=str(interrupting).lower())
    inside = head + user(task) + end(f"{id}e") + chain(f"{id}s", task, f"{id}e")
    return element("subProcess", id, inside, triggeredByEvent="true")


def placed(where: str, body: str) -> str:
    """The body as the process itself, or inside a sub-process."""
    if where == "process":
        return process(body)
    outer = start("os") + f'<subProcess id="SP">{body}</subProcess>' + user("next") + end("oe")
    return process(outer + chain("os", "SP", "next", "oe"))


PLACES = pytest.mark.parametrize("where", ["process", "sub-process"])


def after(case: Case, where: str) -> None:
    """The scope has ended: the process with it, or the sub-process and the process goes on."""
    assert (case.ended, case.tasks) == (("completed", []) if where == "process" else (None, ["next"]))


@PLACES
def test_an_interrupting_error_event_sub_process_takes_the_rest_away(where: str) -> None:
    body = start() + '<parallelGateway id="g"/>' + user("a") + end("ee", ERROR) + user("b") + end()
    body += chain("s", "g", "a", "ee") + chain("g", "b", "e") + event_sub_process("h", ERROR, True, "ha")
    case = Case(placed(where, body))
    assert case.tasks == ["a", "b"]
    assert case.do("a").tasks == ["ha"]
    after(case.do("ha"), where)


@PLACES
def test_an_escalation_that_does_not_interrupt_runs_beside(where: str) -> None:
    body = start() + user("a") + element("intermediateThrowEvent", "th", ESCALATION) + user("b") + end()
    body += chain("s", "a", "th", "b", "e") + event_sub_process("h", ESCALATION, False, "ha")
    case = Case(placed(where, body)).do("a")
    assert case.tasks == ["b", "ha"]
    assert case.do("b").tasks == ["ha"]
    after(case.do("ha"), where)


@PLACES
def test_messages_start_handlers_again_and_again_until_an_interrupting_signal(where: str) -> None:
    body = start() + user("a") + user("b") + end() + chain("s", "a", "b", "e")
    body += event_sub_process("h", MESSAGE, False, "ha") + event_sub_process("i", SIGNAL, True, "ia")
    case = Case(placed(where, body))
    case.message(p=1)
    case.message(p=2)
    assert case.tasks == ["a", "ha", "ha"]
    case.signal()
    assert (case.tasks, case.memory.waits) == (["ia"], {})
    after(case.do("ia"), where)


@PLACES
def test_terminate_ends_handlers_too(where: str) -> None:
    body = (
        start() + '<parallelGateway id="g"/>' + user("a") + end("te", "<terminateEventDefinition/>") + user("b") + end()
    )
    body += chain("s", "g", "a", "te") + chain("g", "b", "e") + event_sub_process("h", MESSAGE, False, "ha")
    case = Case(placed(where, body))
    case.message()
    case.do("a")
    assert (case.ended, case.tasks) == (("terminated", []) if where == "process" else (None, ["next"]))


# compensation ----------------------------------------------------------------------------------------------------------


def undoable(task: str, handler: str) -> str:
    """A task, its compensation boundary event, its handler and the association between them."""
    handling = user(handler, isForCompensation="true")
    tie = f'<association id="as{task}" sourceRef="cb{task}" targetRef="{handler}" associationDirection="One"/>'
    return user(task) + boundary(f"cb{task}", task, "<compensateEventDefinition/>") + handling + tie


def travel(throw: str) -> str:
    body = start() + undoable("a", "ua") + undoable("b", "ub") + undoable("c", "uc")
    body += (
        '<exclusiveGateway id="x" default="d"/>' + element("intermediateThrowEvent", "ct", throw) + user("z") + end()
    )
    body += chain("s", "a", "b", "x") + flow("x", "ct", "undo") + flow("x", "c", id="d") + chain("c", "ct", "z", "e")
    return process(body)


def test_what_was_done_is_undone_in_reverse_order_and_nothing_else() -> None:
    case = Case(travel("<compensateEventDefinition/>"), {"undo": True}).do("a").do("b")
    assert case.tasks == ["ub"]
    assert case.do("ub").tasks == ["ua"]
    assert case.do("ua").tasks == ["z"]
    assert case.do("z").ended == "completed"


def test_one_activity_alone_can_be_undone() -> None:
    case = Case(travel('<compensateEventDefinition activityRef="a"/>'), {"undo": True}).do("a").do("b")
    assert case.tasks == ["ua"]
    assert case.do("ua").tasks == ["z"]


def test_a_completed_sub_process_is_undone_with_the_variables_it_had() -> None:
    inner = start("ss") + undoable("book", "release") + end("se") + chain("ss", "book", "se")
    room = (
        "<extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="room">${number}</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements>"
    )
    body = start() + f'<subProcess id="sp">{room}{inner}</subProcess>' + user("pay")
    body += element("intermediateThrowEvent", "ct", "<compensateEventDefinition/>") + user("z") + end()
    case = Case(process(body + chain("s", "sp", "pay", "ct", "z", "e")), {"number": 101})
    case.do("book").do("pay", number=202)
    (task,) = case.memory.tasks.values()
    assert task.element == "release"
    assert case.memory.variables(task.scope)["room"] == 101
    assert case.do("release").tasks == ["z"]
    assert case.scopes == [""]


def test_a_cancelled_transaction_undoes_first_and_only_its_own_boundary_event_fires() -> None:
    def transaction(n: int) -> str:
        inner = start(f"s{n}") + undoable(f"a{n}", f"u{n}") + user(f"b{n}")
        inner += (
            f'<exclusiveGateway id="x{n}" default="d{n}"/>' + end(f"ok{n}") + end(f"no{n}", "<cancelEventDefinition/>")
        )
        inner += chain(f"s{n}", f"a{n}", f"b{n}", f"x{n}") + flow(f"x{n}", f"no{n}", "bad")
        inner += flow(f"x{n}", f"ok{n}", id=f"d{n}")
        made = element("transaction", f"t{n}", inner) + boundary(f"cx{n}", f"t{n}", "<cancelEventDefinition/>")
        return made + user(f"h{n}") + chain(f"cx{n}", f"h{n}")

    body = start() + '<parallelGateway id="g"/>' + transaction(1) + transaction(2) + end()
    case = Case(process(body + chain("s", "g", "t1", "e") + chain("g", "t2", "e")))
    assert case.do("a1").do("b1", bad=True).tasks == ["a2", "u1"]
    assert case.do("u1").tasks == ["a2", "h1"]
    assert case.do("h1").do("a2").do("b2", bad=False).ended == "completed"


def test_an_error_of_an_operation_that_nobody_takes_is_told() -> None:
    task = element("serviceTask", "k", camunda__type="external", camunda__topic="print")
    case = Case(process(start() + task + end() + chain("s", "k", "e")))
    (call,) = case.memory.calls.values()
    with pytest.raises(UnknownError):
        case.memory.fail(call.token, "NO-PAPER")
    assert case.memory.calls
