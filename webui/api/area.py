"""The area of JSON answers for our own pages."""

from __future__ import annotations

from webui.routing import Area

area = Area("api", __name__, admits="staff")
