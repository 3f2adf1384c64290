"""
BPMN files: read safely, find everything that is wrong, lower to what runs.

    compile_file(source: bytes, file: str, knowledge: Knowledge | None = None) -> CompiledFile

The compiled text is run by `engine.runtime`: `engine.runtime.load(compiled, key) -> Definition`.
"""

from engine.bpmn.compile import compile_file
from engine.bpmn.compiled import (
    CalledProcess,
    CompiledDefinition,
    CompiledFile,
    Knowledge,
    OperationOffer,
    Start,
    UsedDecision,
    Uses,
)

__all__ = [
    "CalledProcess",
    "CompiledDefinition",
    "CompiledFile",
    "Knowledge",
    "OperationOffer",
    "Start",
    "UsedDecision",
    "Uses",
    "compile_file",
]
