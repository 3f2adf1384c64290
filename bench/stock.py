"""
Plain SpiffWorkflow: the whole workflow is kept as one JSON text, read and written with each step (SQLAlchemy Core).
`python -m bench.stock URL PORT` serves it over HTTP as `bench.floor` serves the floor.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Flask, jsonify, request
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, create_engine, event, insert, select, update

from bench.floor import durable

HEAD = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">"""
APPROVAL = """<process id="approval" isExecutable="true"><startEvent id="s"/><userTask id="review"/>
<exclusiveGateway id="g" default="no"/><scriptTask id="stamp"><script>stamped = True</script></scriptTask>
<userTask id="sign"/><endEvent id="e"/><endEvent id="x"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="review"/><sequenceFlow id="f2" sourceRef="review" targetRef="g"/>
<sequenceFlow id="f3" sourceRef="g" targetRef="stamp">
<conditionExpression xsi:type="tFormalExpression">approved</conditionExpression></sequenceFlow>
<sequenceFlow id="no" sourceRef="g" targetRef="x"/><sequenceFlow id="f4" sourceRef="stamp" targetRef="sign"/>
<sequenceFlow id="f5" sourceRef="sign" targetRef="e"/></process></definitions>"""
APPROVERS = """<process id="approvers" isExecutable="true"><startEvent id="s"/>
<scriptTask id="who"><script>people = [n for n in range(20)]</script></scriptTask>
<userTask id="a"><multiInstanceLoopCharacteristics><loopDataInputRef>people</loopDataInputRef>
<inputDataItem id="p"/></multiInstanceLoopCharacteristics></userTask><userTask id="z"/><endEvent id="e"/>
<sequenceFlow id="f0" sourceRef="s" targetRef="who"/><sequenceFlow id="f1" sourceRef="who" targetRef="a"/>
<sequenceFlow id="f2" sourceRef="a" targetRef="z"/><sequenceFlow id="f3" sourceRef="z" targetRef="e"/>
</process></definitions>"""

metadata = MetaData()
STATE = Table("stock_instance", metadata, Column("id", Integer, primary_key=True), Column("state", Text))
HISTORY = Table(
    "stock_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("instance_id", Integer, index=True),
    Column("what", Text),
    Column("at", DateTime(timezone=True)),
)


class Stock:
    """The contender: a task is the n-th open one of its instance."""

    name = "plain SpiffWorkflow"

    def __init__(self, url: str) -> None:
        self._pool = create_engine(url)
        if self._pool.dialect.name == "sqlite":
            event.listen(self._pool, "connect", durable)
        metadata.create_all(self._pool)
        self._kept = BpmnWorkflowSerializer()
        self._specs = {key: self._spec(key, text) for key, text in (("approval", APPROVAL), ("approvers", APPROVERS))}

    def _spec(self, key: str, text: str) -> Any:
        parser = BpmnParser()
        parser.add_bpmn_str((HEAD + text).encode())
        return parser.get_spec(key)

    def start(self, key: str = "approval", variables: Any = None) -> int:
        flow = BpmnWorkflow(self._specs[key])
        flow.do_engine_steps()
        with self._pool.begin() as connection:
            kept = self._kept.serialize_json(flow)
            made: int = connection.execute(insert(STATE).values(state=kept)).inserted_primary_key[0]
            connection.execute(insert(HISTORY).values(instance_id=made, what="start", at=datetime.now(UTC)))
        return made

    def tasks(self, instance: int) -> list[tuple[int, str]]:
        with self._pool.connect() as connection:
            flow = self._kept.deserialize_json(
                connection.execute(select(STATE.c.state).where(STATE.c.id == instance)).scalar_one()
            )
        return [(instance, str(task.id)) for task in flow.get_tasks(state=TaskState.READY, manual=True)]

    def complete(self, task: tuple[int, str], values: dict[str, Any]) -> None:
        instance, id = task
        with self._pool.begin() as connection:
            asked = select(STATE.c.state).where(STATE.c.id == instance).with_for_update()
            flow = self._kept.deserialize_json(connection.execute(asked).scalar_one())
            found = flow.get_task_from_id(UUID(id))
            found.data.update(values)
            found.run()
            flow.do_engine_steps()
            connection.execute(
                update(STATE).where(STATE.c.id == instance).values(state=self._kept.serialize_json(flow))
            )
            connection.execute(insert(HISTORY).values(instance_id=instance, what=id, at=datetime.now(UTC)))

    def close(self) -> None:
        self._pool.dispose()


def app_on(url: str) -> Flask:
    """The contender's site on an empty database."""
    app, stock = Flask("stock"), Stock(url)

    @app.post("/instances")
    def start() -> Any:
        return jsonify(instance=stock.start())

    @app.get("/instances/<int:instance>/tasks")
    def tasks(instance: int) -> Any:
        return jsonify([{"id": f"{instance}/{task}"} for instance, task in stock.tasks(instance)])

    @app.get("/tasks")
    def ready() -> Any:
        return jsonify([])

    @app.post("/tasks/<int:instance>/<task>")
    def complete(instance: int, task: str) -> Any:
        stock.complete((instance, task), request.get_json())
        return jsonify(done=True)

    return app


if __name__ == "__main__":
    from waitress import serve

    serve(app_on(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), threads=8)
