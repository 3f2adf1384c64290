"""The field types. A new type is a folder here and a line in `TYPES`."""

from services.fields.choice import Choice
from services.fields.computed import Computed
from services.fields.date import Date
from services.fields.directory import DirectoryField
from services.fields.face import EMPTY, Around, FieldError, FieldSpec, FieldType, IndexForm, Manner, Named, References
from services.fields.file import File
from services.fields.moment import Moment
from services.fields.money import Money
from services.fields.number import Number
from services.fields.party import Party
from services.fields.period import Period
from services.fields.person import Person
from services.fields.rich import Rich
from services.fields.several import Several
from services.fields.table import Table
from services.fields.text import Text
from services.fields.unit import UnitField
from services.fields.yes_no import YesNo

TYPES: dict[str, FieldType] = {
    made.name: made
    for made in (
        Text(),
        Rich(),
        Number(),
        Money(),
        Date(),
        Moment(),
        Period(),
        YesNo(),
        Several(Choice()),
        Several(Person()),
        Several(UnitField()),
        Party(),
        Several(DirectoryField()),
        File(),
    )
}

TYPES["table"] = Table(TYPES)
TYPES["computed"] = Computed(TYPES)

__all__ = [
    "EMPTY",
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
