"""Where a thing is, in an answer."""

from __future__ import annotations

from webui.reading import office


def link(method: str, path: str, rel: str = "self") -> dict[str, str]:
    """A link below `/engine-rest`."""
    return {"method": method, "href": f"{office().settings.base_url}/engine-rest{path}", "rel": rel}
