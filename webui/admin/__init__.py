"""The administrator's pages; for everybody else they are missing."""

from webui.admin import (
    directories,
    hand_over,
    health,
    instances,
    mail,
    migrations,
    organisation,
    people,
    roles,
    solutions,
    steering,
    substitutions,
    units,
)
from webui.admin.area import area

__all__ = [
    "area",
    "directories",
    "hand_over",
    "health",
    "instances",
    "mail",
    "migrations",
    "organisation",
    "people",
    "roles",
    "solutions",
    "steering",
    "substitutions",
    "units",
]
