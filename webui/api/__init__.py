"""What scripts and machines ask: is everything up, what is new, who is there to choose from."""

from webui.api import health, lookup, metrics, pulse
from webui.api.area import area

__all__ = ["area", "health", "lookup", "metrics", "pulse"]
