"""`document.print`: a printed form of the card becomes one of its files; a job, because it takes time and may fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.operations import Call, Operation, Parameter
from services.operations.asking import card_of, text_of
from services.printing.print_document import PrintOrder, print_document

if TYPE_CHECKING:
    from services.office import Parts


def document_print(office: Parts) -> Operation:
    def run(call: Call) -> Mapping[str, Any]:
        order = PrintOrder(
            card_id=card_of(call),
            deployment_id=call.deployment_id,
            template=text_of(call, "template"),
            file_class=text_of(call, "file_class"),
            name=str(call.inputs.get("name") or ""),
            once=call.once_key,
        )
        return {"file": print_document(office, call.actor, order)}

    return Operation(
        name="document.print",
        effect="outside",
        run=run,
        parameters=(Parameter("template", "text"), Parameter("file_class", "text"), Parameter("name", "text", False)),
        outputs=("file",),
        summary="Fills the template templates_docx/<template>.docx with the card and adds it to the card's files.",
    )
