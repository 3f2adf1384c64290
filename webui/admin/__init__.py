"""The administrator's pages; for everybody else they are missing."""

from webui.admin import instances, mail, organisation, people, solutions
from webui.admin.area import area

__all__ = ["area", "instances", "mail", "organisation", "people", "solutions"]
