"""The area of tasks."""

from __future__ import annotations

from webui.routing import Area

area = Area("inbox", __name__, admits="staff")
