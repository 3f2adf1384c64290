"""Finished cases are packed after a while and forgotten at the end of their time, as the drawing or the policy says."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from engine import Engine
from engine.clock import ManualClock
from engine.deployment import Bundle, deploy
from engine.runtime.commands import cancel_instance, start_instance
from engine.store.models import Audit, HistoryPack, HistoryStep, HistoryTombstone, Instance, Task
from services.accounts.actors import INSTALLER
from services.bootstrap import Office
from services.policies.change_policies import change_policies_in
from services.upkeep.prune import Pruned, prune, time_to_live
from tests.engine.drawing import drawing, end, path, start, task


def bare(office: Office) -> Engine:
    """An engine that knows no solutions: a drawing is enough to deploy."""
    return Engine(office.database, office.clock)


def cases(office: Office, key: str, count: int, drawn: str = "") -> None:
    source = drawing(key, start(), task("do"), end(), path("begun", "do", "ended"))
    source = source.replace(b'isExecutable="true"', f'isExecutable="true" {drawn}'.encode())
    with office.database.unit_of_work() as work:
        result = deploy(bare(office), work, INSTALLER, Bundle(key, {"road.bpmn": source}))
    assert not result.refused, result.findings
    with office.database.unit_of_work() as work:
        for _ in range(count):
            start_instance(bare(office), work, INSTALLER, key, variables={"secret": 1})


def finished(office: Office, key: str) -> None:
    with office.database.unit_of_work() as work:
        for case in work.session.scalars(select(Task.instance_id).where(Task.solution == key)).all():
            cancel_instance(bare(office), work, INSTALLER, case, "over")


def counts(office: Office) -> tuple[int, int, int]:
    with office.database.reading() as session:
        steps = session.scalar(select(func.count(func.distinct(HistoryStep.instance_id)))) or 0
        return steps, *(
            session.scalar(select(func.count()).select_from(of)) or 0 for of in (HistoryPack, HistoryTombstone)
        )


def test_the_drawing_says_how_long_else_the_policy(office: Office, clock: ManualClock) -> None:
    cases(office, "short", 130, 'camunda:historyTimeToLive="P10D"')
    cases(office, "plain", 3)
    cases(office, "alive", 1, 'camunda:historyTimeToLive="1"')
    finished(office, "short")
    finished(office, "plain")
    assert prune(office) == Pruned(0, 0) and counts(office) == (134, 0, 0)
    clock.move(timedelta(days=11))
    assert prune(office, only_look=True) == Pruned(130, 0) and counts(office) == (134, 0, 0)
    assert prune(office) == Pruned(130, 0) and counts(office) == (4, 0, 130)
    clock.move(timedelta(days=30))
    assert prune(office) == Pruned(0, 3) and counts(office) == (1, 3, 130)
    clock.move(timedelta(days=400))
    assert prune(office) == Pruned(0, 0), "kept for ever unless somebody says otherwise"
    with office.database.unit_of_work() as work:
        change_policies_in(office, work, INSTALLER, {"history.days": 365})
    assert prune(office) == Pruned(3, 0) and counts(office) == (1, 0, 133)
    with office.database.reading() as session:
        told = session.scalars(select(Audit.details).where(Audit.action == "history.pruned").order_by(Audit.id)).all()
        assert [one["count"] for one in told] == [100, 30, 3]
        assert session.scalar(select(func.count()).select_from(Instance).where(Instance.execution != "")) == 1


def test_how_a_time_to_live_is_drawn() -> None:
    drawn = {"180": 180, "P180D": 180, "P2W": 14, "P1Y": 365, "P1M": 30, "P1Y2D": 367}
    assert {text: time_to_live(text) for text in drawn} == {text: timedelta(days=days) for text, days in drawn.items()}
    assert [time_to_live(text) for text in (None, "", "P", "soon", "PT5H", "-3")] == [None] * 6
