"""Files that import one another: what one declares, the other uses; a file that is not there is said."""

from __future__ import annotations

from engine import Engine, queries
from engine.bpmn import Knowledge, compile_file
from engine.runtime.commands import deliver_message
from tests.engine.drawing import drawing, end, path, start, task
from tests.engine.office import ANNA, complete, deployed, open_elements, open_tasks, started, state_of

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
IMPORT = f'<import importType="{MODEL}" location="{{}}" namespace="{{}}"/>'


def _importing(drawn: bytes, *files: tuple[str, str]) -> bytes:
    spaces = "".join(f' xmlns:f{at}="{space}"' for at, (_file, space) in enumerate(files)).encode()
    imports = "".join(IMPORT.format(*each) for each in files).encode()
    return drawn.replace(b"<definitions ", b"<definitions" + spaces + b" ", 1).replace(
        b'targetNamespace="test">', b'targetNamespace="test">' + imports, 1
    )


def _of(space: str, drawn: bytes) -> bytes:
    return drawn.replace(b'targetNamespace="test"', f'targetNamespace="{space}"'.encode(), 1)


SHARED = _of(
    "urn:shared",
    drawing(
        "asked",
        start(),
        task("answer", candidateGroups="clerks"),
        end(),
        path("begun", "answer", "ended"),
        also='<message id="letter" name="letter of the shared file"/>'
        '<globalUserTask id="look" name="Look" camunda:candidateGroups="heads"/>',
    ),
)
MAIN = _importing(
    drawing(
        "main",
        start(),
        '<receiveTask id="own" messageRef="letter"/>',
        '<receiveTask id="theirs" messageRef="f0:letter"/>',
        '<callActivity id="call" calledElement="f0:asked"/>',
        '<callActivity id="look_at_it" calledElement="f0:look"/>',
        end(),
        path("begun", "own", "theirs", "call", "look_at_it", "ended"),
        also='<message id="letter" name="letter of this file"/>',
    ),
    ("folder/shared.bpmn", "urn:shared"),
)


def test_what_an_imported_file_declares_is_used_and_what_it_draws_is_called(engine: Engine) -> None:
    """Two messages have the same id: the prefix says which is meant."""
    deployed(engine, main_dot_bpmn=MAIN, shared_dot_bpmn=SHARED)
    instance = started(engine, "main", business_key="7")
    for name in ("letter of this file", "letter of the shared file"):
        with engine.database.unit_of_work() as work:
            deliver_message(engine, work, ANNA, name, business_key="7")
    assert open_elements(engine, instance) == ["answer"]
    complete(engine, ANNA, open_tasks(engine, instance)[0])
    (look,) = open_tasks(engine, instance)
    assert look.element == "look_at_it"
    assert state_of(engine, instance) == "running"


def test_files_may_import_one_another_and_through_a_third(engine: Engine) -> None:
    waiting = drawing(
        "waiting", start(), '<receiveTask id="wait" messageRef="f0:paid"/>', end(), path("begun", "wait", "ended")
    )
    first = _importing(waiting, ("second.bpmn", "urn:second"))
    between = _importing(
        drawing("between", start(), task("a"), end(), path("begun", "a", "ended")),
        ("main.bpmn", "test"),
        ("third.bpmn", "urn:third"),
    )
    third = _of(
        "urn:third",
        drawing("last", start(), end(), path("begun", "ended"), also='<message id="paid" name="paid in full"/>'),
    )
    deployed(engine, main_dot_bpmn=first, second_dot_bpmn=_of("urn:second", between), third_dot_bpmn=third)
    instance = started(engine, "waiting", business_key="8")
    with engine.database.reading() as session:
        assert [wait.name for wait in queries.waits_of(session, instance.id)] == ["paid in full"]


def test_a_file_that_is_not_there_is_said_at_its_import() -> None:
    (found,) = [each for each in _findings(MAIN, {}) if each.code == "bpmn-import"]
    assert found.line is not None
    assert found.params == {"location": "folder/shared.bpmn"}
    assert [each.code for each in _findings(MAIN, {"shared.bpmn": b"<a"}) if each.code == "bpmn-import"]
    assert not [each.code for each in _findings(MAIN, {"shared.bpmn": SHARED}) if each.severity == "error"]


def _findings(source: bytes, files: dict[str, bytes]) -> tuple[object, ...]:
    return compile_file(source, "main.bpmn", Knowledge(files=files.get)).findings
