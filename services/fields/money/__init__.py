"""An amount in a currency, exact: `1 240,50 ₽`, `USD 1,240.50`, `۱۲۴۰ تومان`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol
from marshmallow import fields as marshmallow_fields

from services.fields.digits import dressed_digits, latin_digits
from services.fields.face import Around, FieldError, FieldSpec, FieldType, IndexForm, Kept, plain_text
from services.fields.number import LARGEST, exact, plain_number, read_number, within

RIAL, TOMAN = "IRR", "IRT"  # the toman is ten rials; it has no ISO code, traders write IRT
ORDINARY = ("RUB",)
_SYMBOLS: Mapping[str, Mapping[str, str]] = {
    "RUB": {"ru": "₽", "en": "RUB", "fa": "روبل"},
    RIAL: {"ru": "риалов", "en": "IRR", "fa": "ریال"},
    TOMAN: {"ru": "туманов", "en": "toman", "fa": "تومان"},
}
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("₽", "р", "р.", "руб", "руб.", "рублей", "рубля", "рубль", "rub.", "روبل"), "RUB"),
    **dict.fromkeys(("ریال", "ريال", "﷼", "rial", "rials", "риал", "риалов", "риала"), RIAL),
    **dict.fromkeys(("تومان", "تومن", "toman", "tomans", "туман", "туманов", "тумана"), TOMAN),
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₸": "KZT",
    "دلار": "USD",
    "یورو": "EUR",
}
_PARTS = re.compile(
    r"(?P<before>[^\d+\-−.,]*?)(?P<amount>[+\-−]?[\d.,٫٬،\s\u00a0\u202f\u2009'’]*\d)(?P<after>[^\d]*)\Z"
)
_KEPT = re.compile(r"-?\d{1,20}(\.\d{1,4})? [A-Z]{3}\Z")


class Money(FieldType):
    """Kept as `1240.50 RUB`: the amount with the currency's decimals, then the code."""

    name = "money"
    asks = "number"
    component = "money"
    _column = "number"

    def parse(self, typed: Any, spec: FieldSpec, around: Around) -> str | None:
        text = _typed(typed)
        if not text:
            return None
        amount, currency = _read(text, spec, around)
        decimals = decimals_of(currency, spec)
        if amount != round(amount, decimals):
            raise FieldError("too-many-decimals", decimals=decimals)
        if abs(amount) >= LARGEST:
            raise FieldError("number-out-of-range")
        within(amount, spec)
        return kept(amount, currency, decimals)

    def check(self, spec: FieldSpec) -> marshmallow_fields.Field[Any]:
        return Kept(
            lambda value: isinstance(value, str) and bool(_KEPT.match(value)) and value[-3:] in currencies(spec),
            "not-an-amount",
        )

    def show(self, value: Any, spec: FieldSpec, around: Around) -> str:
        return "" if value is None else show_money(*taken_apart(value), around.manner.locale)

    def typed_value(self, value: Any, spec: FieldSpec, around: Around) -> Any:
        """The amount alone when there is one currency, else with its code."""
        if value is None:
            return None
        amount, currency = taken_apart(value)
        return str(value) if len(currencies(spec)) > 1 or currency not in currencies(spec) else str(amount)

    def index(self, value: Any, spec: FieldSpec, around: Around) -> IndexForm:
        return IndexForm(number=None if value is None else taken_apart(value)[0])

    def form_rules(self, spec: FieldSpec) -> dict[str, Any]:
        return {}  # form-js would compare a text; the amount's limits are checked here

    def form_details(self, spec: FieldSpec, around: Around) -> dict[str, Any]:
        """The currencies with what they are called, so that the form can say and offer them."""
        locale = around.manner.locale
        return {"currencies": [{"value": code, "label": symbol(code, locale)} for code in currencies(spec)]}

    def docx_value(self, value: Any, spec: FieldSpec, around: Around) -> dict[str, str]:
        """The amount as it is read, and apart: `amount` and `currency`."""
        if value is None:
            return {"$text": "", "amount": "", "currency": ""}
        amount, currency = taken_apart(value)
        shown = _grouped(amount, around.manner.locale)
        return {"$text": self.show(value, spec, around), "amount": shown, "currency": currency}

    def json_schema(self, spec: FieldSpec) -> dict[str, Any]:
        codes = "|".join(currencies(spec))
        return {"type": ["string", "null"], "pattern": rf"^-?\d{{1,20}}(\.\d{{1,4}})? ({codes})$"}

    def feel_value(self, value: Any, spec: FieldSpec, around: Around) -> Decimal | None:
        """The amount as a number, so that it can be reckoned with; the currency is `<key>_currency`."""
        return None if value is None else taken_apart(value)[0]

    def feel_facts(self, value: Any, spec: FieldSpec, around: Around) -> Mapping[str, Any]:
        return {f"{spec.key}_currency": None if value is None else taken_apart(value)[1]}

    def from_feel(self, value: Any, spec: FieldSpec, around: Around) -> str | None:
        """A number in the field's first currency, rounded half up."""
        if value is None:
            return None
        if isinstance(value, str):
            return self.parse(value, spec, around)
        currency = currencies(spec)[0]
        decimals = decimals_of(currency, spec)
        return kept(exact(value, decimals), currency, decimals)


def currencies(spec: FieldSpec) -> tuple[str, ...]:
    """The codes this field takes; the first is meant when none is typed."""
    return spec.currencies or ORDINARY


def is_currency(code: str) -> bool:
    """Whether a card type file may name this currency."""
    return code == TOMAN or code in Locale("en").currencies


def decimals_of(currency: str, spec: FieldSpec) -> int:
    """How many decimals amounts of this field have: its own, else the currency's."""
    if spec.decimals is not None:
        return spec.decimals
    return 0 if currency in (RIAL, TOMAN) else int(get_currency_precision(currency))


def kept(amount: Decimal, currency: str, decimals: int) -> str:
    """
    The kept form.

    >>> kept(Decimal("1240.5"), "RUB", 2)
    '1240.50 RUB'
    """
    return f"{amount:.{decimals}f} {currency}"


def taken_apart(value: str) -> tuple[Decimal, str]:
    """
    The amount and the code of a kept form.

    >>> taken_apart("1240.50 RUB")
    (Decimal('1240.50'), 'RUB')
    """
    amount, _, currency = value.partition(" ")
    return Decimal(amount), currency


def symbol(currency: str, locale: str) -> str:
    """What the currency is called beside an amount."""
    own = _SYMBOLS.get(currency, {})
    return own.get(locale) or own.get("en") or str(get_currency_symbol(currency, locale))


def show_money(amount: Decimal, currency: str, locale: str) -> str:
    """The amount as its reader writes it: `1 240,50 ₽`, `RUB 1,240.50`, `۱٬۲۴۰ تومان`."""
    number, sign = _grouped(amount, locale), symbol(currency, locale)
    if locale != "en" or currency == TOMAN:
        return f"{number}\u00a0{sign}"
    return f"{sign}\u00a0{number}" if sign.isalpha() else f"-{sign}{number[1:]}" if amount < 0 else f"{sign}{number}"


def _grouped(amount: Decimal, locale: str) -> str:
    decimals = max(-int(amount.as_tuple().exponent), 0)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return dressed_digits(
        format_decimal(amount, pattern, locale=locale, decimal_quantization=False, numbering_system="default"), locale
    )


def _typed(typed: Any) -> str:
    if isinstance(typed, dict):
        return f"{plain_text(typed.get('amount'))} {plain_text(typed.get('currency'))}".strip()
    return plain_text(typed)


def _read(text: str, spec: FieldSpec, around: Around) -> tuple[Decimal, str]:
    found = _PARTS.match(latin_digits(text).strip())
    if found is None:
        raise FieldError("not-an-amount", value=text[:100])
    amount = read_number(found["amount"], around.manner.locale)
    said = (found["before"].strip(), found["after"].strip())
    if all(said):
        raise FieldError("not-an-amount", value=text[:100])
    return _in_taken(amount, _currency(said[0] or said[1], spec), spec)


def _currency(word: str, spec: FieldSpec) -> str:
    if not word:
        return currencies(spec)[0]
    code = _WORDS.get(word.casefold(), word.upper())
    if not is_currency(code):
        raise FieldError("not-a-currency", value=word[:20])
    return code


def _in_taken(amount: Decimal, currency: str, spec: FieldSpec) -> tuple[Decimal, str]:
    """Rials and tomans are one money: the one the field does not take is reckoned into the one it does."""
    taken = currencies(spec)
    if currency in taken:
        return amount, currency
    if currency == TOMAN and RIAL in taken:
        return amount * 10, RIAL
    if currency == RIAL and TOMAN in taken:
        return amount / 10, TOMAN
    raise FieldError("currency-not-taken", currency=currency, taken=", ".join(taken))


__all__ = ["Money", "currencies", "is_currency", "plain_number", "show_money", "symbol", "taken_apart"]
