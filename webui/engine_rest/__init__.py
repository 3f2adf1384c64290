"""
`/engine-rest`: the engine in the shapes of Camunda 7's REST interface, so that its Modeler, its workers and other
published clients work unchanged. One resource a file; what is not there answers 501.
"""

from webui.engine_rest import (
    batches,
    deployments,
    external_tasks,
    fetching,
    history,
    incidents,
    looking_back,
    messages,
    migration,
    modification,
    not_there,
    process_definitions,
    process_instances,
    task_holders,
    tasks,
    version,
)
from webui.engine_rest.area import area

__all__ = [
    "area",
    "batches",
    "deployments",
    "external_tasks",
    "fetching",
    "history",
    "incidents",
    "looking_back",
    "messages",
    "migration",
    "modification",
    "not_there",
    "process_definitions",
    "process_instances",
    "task_holders",
    "tasks",
    "version",
]
