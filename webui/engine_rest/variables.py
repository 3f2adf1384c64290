"""Variables of an instance, in the shapes of `/…/variables`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.runtime.values import from_json
from engine.store.models import Instance, Variable
from webui.engine_rest.typed import typed_all


def variables_in(session: Session, instance_ref: str) -> dict[str, Any]:
    """The instance's own variables."""
    asked = (
        select(Variable.name, Variable.value)
        .join(Instance, Instance.id == Variable.instance_id)
        .where(Instance.ref == instance_ref, Variable.scope == "")
        .order_by(Variable.name)
    )
    return typed_all({name: from_json(value) for name, value in session.execute(asked)})
