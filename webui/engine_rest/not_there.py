"""Everything else of Camunda's: said to be missing rather than not found, so that nobody looks for a mistake of theirs."""

from __future__ import annotations

from typing import NoReturn

from webui.engine_rest.area import area
from webui.engine_rest.refusals import missing, not_implemented

_RESOURCES = frozenset(
    """
    authorization batch case-definition case-execution case-instance condition decision-definition
    decision-requirements-definition deployment engine event-subscription execution external-task filter group history
    identity incident job job-definition message metrics migration modification process-definition process-instance
    schema signal task telemetry tenant user variable-instance version
    """.split()  # noqa: SIM905
)


@area.route("/<path:rest>", action="engine.see", methods=["GET", "POST", "PUT", "DELETE"])
def not_there(rest: str) -> NoReturn:
    """501 for what Camunda has and we have not, 404 for what nobody has."""
    if rest.split("/")[0] in _RESOURCES:
        not_implemented(f"/{rest} with this method")
    missing(f"There is no /{rest}", "NotFoundException")
