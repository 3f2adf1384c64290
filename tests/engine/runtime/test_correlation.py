"""Correlation: a message finds the instance it is for by what it carries."""

from __future__ import annotations

from engine import Engine
from engine.actor import Actor
from engine.runtime.commands import deliver_message
from tests.engine.office import ANNA, deployed, open_elements, started
from tests.engine.runtime.drawing import DECLARED, HEAD, MESSAGE, Case, chain, element, end, start, user


def declared(key: str = "") -> str:
    """The property `order`, read from a message's `number`; part of a conversation's key when `key` says so."""
    found = (
        '<correlationProperty id="order" name="Order"><correlationPropertyRetrievalExpression id="re" messageRef="m">'
    )
    found += '<messagePath id="mp">number</messagePath></correlationPropertyRetrievalExpression></correlationProperty>'
    if key:
        found += f'<collaboration id="co"><correlationKey id="{key}"><correlationPropertyRef>order'
        found += "</correlationPropertyRef></correlationKey></collaboration>"
    return found


def file(body: str, key: str = "") -> str:
    return f'{HEAD}{DECLARED}{declared(key)}<process id="P" isExecutable="true">{body}</process></definitions>'


def waiting(path: str = "") -> str:
    """A process that waits for the message; `path` is how its subscription computes its own key."""
    own = ""
    if path:
        own = '<correlationSubscription id="su" correlationKeyRef="k"><correlationPropertyBinding id="bi" '
        own += f'correlationPropertyRef="order"><dataPath id="dp">{path}</dataPath></correlationPropertyBinding>'
        own += "</correlationSubscription>"
    caught = element("intermediateCatchEvent", "c", MESSAGE)
    return own + start() + caught + user("z") + end() + chain("s", "c", "z", "e")


def test_a_subscription_computes_what_a_message_must_carry() -> None:
    case = Case(file(waiting("card.no"), "k"), {"card": {"no": "A-1"}})
    assert not case.message(number="A-2")
    assert not case.message()
    assert case.message(number="A-1")
    assert case.tasks == ["z"]


def test_without_a_subscription_the_variable_the_path_names_is_the_key() -> None:
    case = Case(file(waiting()), {"number": "A-1"})
    assert not case.message(number="A-2")
    assert case.message(keys={"order": "A-1"})


def test_the_first_message_of_a_conversation_settles_the_key() -> None:
    sent = element("intermediateThrowEvent", "t", MESSAGE)
    caught = element("intermediateCatchEvent", "c", MESSAGE)
    again = element("intermediateCatchEvent", "c2", MESSAGE)
    body = start() + sent + user("a") + caught + again + user("z") + end() + chain("s", "t", "a", "c", "c2", "z", "e")
    case = Case(file(body, "k"), {"number": 7})
    assert [dict(each.keys) for each in case.memory.messages] == [{"order": 7}]
    case.do("a", number=8)  # the variable changes, the conversation stays
    assert not case.message(number=8)
    assert case.message(number=7)
    assert case.message(keys={"order": 7})
    assert case.tasks == ["z"]


def test_a_message_that_starts_a_process_settles_its_conversation() -> None:
    head = start("s", MESSAGE)
    body = head + user("a") + element("intermediateCatchEvent", "c", MESSAGE) + user("z") + end()
    case = Case(file(body + chain("s", "a", "c", "z", "e"), "k"), start="s", payload={"number": "B-1"})
    case.do("a", number=None)
    assert not case.message(number="B-2")
    assert case.message(number="B-1")


def test_a_message_finds_its_instance_by_its_payload(engine: Engine, actor: Actor = ANNA) -> None:
    deployed(engine, file(waiting("no"), "k").encode())
    first, second = (started(engine, "P", variables={"no": number}) for number in ("A-1", "A-2"))
    deployed(engine, file(waiting("no") + '<dataObject id="later"/>', "k").encode())
    with engine.database.unit_of_work() as work:
        woken = deliver_message(engine, work, actor, "M", payload={"number": "A-2", "sum": 5})
        assert woken.id == second.id
    assert (open_elements(engine, first), open_elements(engine, second)) == ([], ["z"])
