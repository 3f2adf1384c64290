"""The rules of `chancery verify`, a module an area; importing this package registers all of them."""

from services.upkeep.rules import (
    audit,
    cards,
    database,
    definitions,
    files,
    instances,
    jobs,
    numbers,
    people,
    tasks,
)

__all__ = ["audit", "cards", "database", "definitions", "files", "instances", "jobs", "numbers", "people", "tasks"]
