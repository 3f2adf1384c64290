"""
Running processes, in memory: no database here (`engine.runtime.commands` writes what an execution did).

    definition = load(compiled_text, key)                  # parse once per process and version, then share
    run = Execution.begin(definition, host, {"sum": 5})    # or Execution.restore(definition, host, state, variables)
    run.advance()                                          # until nothing automatic is left
    run.complete(token, {"approved": True})                # one thing that happened …
    run.advance()                                          # … and its consequences
    run.changes(); run.state()                             # what to write

`Execution`:
  begin(definition, host, variables, *, start=None, payload=None, business_key=None, initiator=None)
  restore(definition, host, main, *, variables, parts=None)
      variables: rows (scope, name, json), or a `StoredVariables` that reads them when needed
      parts:     callable (token) -> (multi-instance token, text) | None, for sleeping multi-instance children
  advance(budget=10_000)              raises StepBudget (ScriptFailed family)
  complete(token, values)             a user task is done; values are set as Camunda's setVariable does
  fire(token, payload=None) -> bool   a due timer, a matched message or signal, a condition to look at again
  deliver_message(name, payload, keys) -> bool        signal(name, payload) -> int (how many woke)
  finish_call(token, outputs)         fail_call(token, error_code, message="", data=None)
  finish_work(token, values, local)   an outside worker's answer: values as setVariable, local ones for output mappings
                                      raises UnknownError when no boundary event takes the code
  cancel(reason)                      ends it, everything open is closed
  ended -> bool                       changes() -> Changes           state() -> State
  variables(scope="") -> dict         set_variables(values, scope="", local=False)
                                      remove_variables(names, scope="")

Failing expressions and operations raise engine.errors.ScriptFailed (params: element, node, token, …): roll back, throw
the object away, file an incident. Values are JSON values plus Decimal, date, datetime, time and durations
(`engine.runtime.values` writes them as text).
"""

from engine.runtime.definition import Definition, load
from engine.runtime.effects import (
    CallClosed,
    CallRequested,
    Changes,
    Ended,
    MessageThrown,
    SignalThrown,
    State,
    Step,
    Stuck,
    TaskClosed,
    TaskOpened,
    VariableWritten,
    WaitClosed,
    WaitOpened,
)
from engine.runtime.execution import Execution
from engine.runtime.failures import StepBudget, UnknownError
from engine.runtime.host import EXTERNAL, PENDING, BpmnError, DecisionCall, Host, OperationCall, Pending
from engine.runtime.variables import StoredVariables

__all__ = [
    "EXTERNAL",
    "PENDING",
    "BpmnError",
    "CallClosed",
    "CallRequested",
    "Changes",
    "DecisionCall",
    "Definition",
    "Ended",
    "Execution",
    "Host",
    "MessageThrown",
    "OperationCall",
    "Pending",
    "SignalThrown",
    "State",
    "Step",
    "StepBudget",
    "StoredVariables",
    "Stuck",
    "TaskClosed",
    "TaskOpened",
    "UnknownError",
    "VariableWritten",
    "WaitClosed",
    "WaitOpened",
    "load",
]
