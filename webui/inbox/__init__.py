"""Tasks: three panes (filters, list, task) and what can be done with a task."""

from webui.inbox import views
from webui.inbox.area import area

__all__ = ["area", "views"]
