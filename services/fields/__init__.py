"""The field types. A new type is a folder here and a line in `TYPES`."""

from services.fields.choice import Choice
from services.fields.date import Date
from services.fields.directory import DirectoryField
from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Manner, Named, References
from services.fields.file import File
from services.fields.number import Number
from services.fields.party import Party
from services.fields.person import Person
from services.fields.rich import Rich
from services.fields.text import Text
from services.fields.unit import UnitField

TYPES: dict[str, FieldType] = {
    made.name: made
    for made in (
        Text(),
        Rich(),
        Number(),
        Date(),
        Choice(),
        Person(),
        UnitField(),
        Party(),
        DirectoryField(),
        File(),
    )
}

__all__ = [
    "TYPES",
    "Around",
    "FieldError",
    "FieldSpec",
    "FieldType",
    "IndexForm",
    "Manner",
    "Named",
    "References",
]
