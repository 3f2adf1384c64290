"""The administrator's pages; for everybody else they are missing."""

from webui.admin import directories, instances, mail, organisation, people, solutions
from webui.admin.area import area

__all__ = ["area", "directories", "instances", "mail", "organisation", "people", "solutions"]
