"""A number, exact: `1 240,50`, `1,240.50`, `۱۲۳`."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import cache
from typing import Any

from babel.numbers import get_decimal_symbol, get_group_symbol
from marshmallow import fields as marshmallow_fields

from services.fields.digits import dressed_digits, latin_digits
from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, limit, plain_text

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’_]")
LARGEST = Decimal(10) ** 20
WIDE = Context(prec=34)
_KEPT = re.compile(r"-?\d{1,20}(\.\d{1,6})?\Z")


class Number(FieldType):
    """Kept as text (`1240.5`) so that nothing is rounded on the way through JSON."""

    name = "number"
    asks = "number"
    component = "number"
    _column = "number"

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = plain_text(typed)
        if not text:
            return None
        number = read_number(text, around.manner.locale)
        if spec.decimals is not None and number != round(number, spec.decimals):
            raise FieldError("too-many-decimals", decimals=spec.decimals)
        within(number, spec)
        return plain_number(number)

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(lambda value: isinstance(value, str) and bool(_KEPT.match(value)), "not-a-number")

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        if value is None:
            return ""
        return show_number(Decimal(value), around.manner.locale)

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        return None if value is None else str(value)

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(number=None if value is None else Decimal(value))

    def form_rules(self, spec: FieldSpec) -> dict[str, Any]:
        limits = {"min": spec.least, "max": spec.most}  # form-js compares them, so they stay JSON numbers
        return {name: limit for name, limit in limits.items() if limit is not None}

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        return {"serializeToString": True} | ({"decimalDigits": spec.decimals} if spec.decimals is not None else {})

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        return {"type": ["string", "null"], "pattern": r"^-?\d{1,20}(\.\d{1,6})?$"}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> Decimal | None:
        return None if value is None else Decimal(value)

    def from_feel(self, value: Any, spec: FieldSpec, around: Around) -> str | None:
        """Rounded, half up, to the decimals the field keeps."""
        if value is None:
            return None
        return plain_number(exact(value, 6 if spec.decimals is None else spec.decimals))


def show_number(number: Decimal, locale: str) -> str:
    """The number grouped and in the reader's digits: `1 240,5`, `1,240.5`, `۱٬۲۴۰٫۵`."""
    group, point = _marks(locale)
    whole, _, fraction = format(abs(number), "f").partition(".")
    fraction = fraction.rstrip("0")
    shown = f"{int(whole):,}".replace(",", group) + (point + fraction if fraction else "")
    return dressed_digits("-" + shown if number.is_signed() else shown, locale)


@cache
def _marks(locale: str) -> tuple[str, str]:
    """What stands between groups of three, and before the fraction."""
    return (
        get_group_symbol(locale, numbering_system="default"),
        get_decimal_symbol(locale, numbering_system="default"),
    )


def within(number: Decimal, spec: FieldSpec) -> None:
    """Raise FieldError when *number* is beyond the field's limits."""
    least, most = limit(spec.least), limit(spec.most)
    if least is not None and number < least:
        raise FieldError("too-small", least=least)
    if most is not None and number > most:
        raise FieldError("too-large", most=most)


def exact(value: Any, decimals: int) -> Decimal:
    """A number an expression gave, rounded half up. Raises FieldError for anything else."""
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        raise FieldError("not-a-number")
    if abs(Decimal(value)) >= LARGEST:
        raise FieldError("number-out-of-range")
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, WIDE)


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
    if abs(number) >= LARGEST or number != round(number, 6):
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
