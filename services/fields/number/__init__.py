"""A number, exact: `1 240,50`, `1,240.50`, `۱۲۳`."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import format_decimal
from marshmallow import fields as marshmallow_fields

from services.fields.digits import dressed_digits, latin_digits
from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, plain_text

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’_]")
_KEPT = re.compile(r"-?\d{1,20}(\.\d{1,6})?\Z")


class Number(FieldType):
    """Kept as text (`1240.5`) so that nothing is rounded on the way through JSON."""

    name = "number"
    component = "number"

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = plain_text(typed)
        if not text:
            return None
        number = read_number(text, around.manner.locale)
        if spec.decimals is not None and number != round(number, spec.decimals):
            raise FieldError("too-many-decimals", decimals=spec.decimals)
        if spec.least is not None and number < spec.least:
            raise FieldError("too-small", least=spec.least)
        if spec.most is not None and number > spec.most:
            raise FieldError("too-large", most=spec.most)
        return plain_number(number)

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(lambda value: isinstance(value, str) and bool(_KEPT.match(value)), "not-a-number")

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        if value is None:
            return ""
        shown = format_decimal(
            Decimal(value), locale=around.manner.locale, decimal_quantization=False, numbering_system="default"
        )
        return dressed_digits(shown, around.manner.locale)

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        return None if value is None else str(value)

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(number=None if value is None else Decimal(value))

    def form_rules(self, spec: FieldSpec) -> dict[str, Any]:
        limits = {"min": spec.least, "max": spec.most}
        return {name: limit for name, limit in limits.items() if limit is not None}

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"serializeToString": True} | ({"decimalDigits": spec.decimals} if spec.decimals is not None else {})

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["string", "null"], "pattern": r"^-?\d{1,20}(\.\d{1,6})?$"}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> Decimal | None:
        return None if value is None else Decimal(value)


def read_number(text: str, locale: str) -> Decimal:
    """
    The number a person typed. With both marks the last one divides; with one mark it divides unless exactly three
    digits follow it in English, or it occurs twice.

    >>> read_number("1 240,50", "ru"), read_number("1,240.50", "en"), read_number("۱۲۳٫۵", "fa")
    (Decimal('1240.50'), Decimal('1240.50'), Decimal('123.5'))
    """
    plain = _SPACES.sub("", latin_digits(text)).replace("\u066b", ".").replace("\u066c", "").replace("\u2212", "-")
    plain = plain.replace("\u060c", ",")
    if not re.fullmatch(r"[+-]?[\d.,]+", plain):
        raise FieldError("not-a-number", value=text)
    try:
        number = Decimal(_with_point(plain, locale))
    except InvalidOperation:
        raise FieldError("not-a-number", value=text) from None
    if abs(number) >= Decimal(10) ** 20 or number != round(number, 6):
        raise FieldError("number-out-of-range")
    return number


def _with_point(plain: str, locale: str) -> str:
    if "," in plain and "." in plain:
        groups = "." if plain.rfind(",") > plain.rfind(".") else ","
        return plain.replace(groups, "").replace(",", ".")
    mark = "," if "," in plain else "."
    if plain.count(mark) > 1:
        return plain if not re.fullmatch(r"[+-]?\d{1,3}([.,]\d{3})+", plain) else plain.replace(mark, "")
    if mark == "," and locale == "en" and re.fullmatch(r"[+-]?\d{1,3},\d{3}", plain):
        return plain.replace(",", "")
    return plain.replace(",", ".")


def plain_number(number: Decimal) -> str:
    """The kept form: no exponent, no trailing zeros."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
