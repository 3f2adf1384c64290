"""Identifiers with their check digits, forms of address, names. Pure; Persian and Arabic digits are digits here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.fields.digits import latin_digits

FORMS = ("male", "female", "neutral")
_IRAN_LEGAL = (29, 27, 23, 19, 17) * 2
_SNILS_UNCHECKED = 1_001_998  # numbers up to 001-001-998 were given before check digits


def compact(typed: str) -> str:
    """
    An identifier as it is kept and compared: Latin digits and capitals, no blanks, dashes or hidden marks.

    >>> compact(" ۰۰۱-۲۳٤ ab\\u200f")
    '001234AB'
    """
    text = unicodedata.normalize("NFKC", latin_digits(typed)).upper()
    return "".join(char for char in text if char.isalnum())


def _mod11(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10


def is_inn_person(number: str) -> bool:
    """ИНН of a person: 12 digits, the last two are checks (ФНС, приказ ММВ-7-6/435@)."""
    first = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    return (
        bool(re.fullmatch(r"\d{12}", number))
        and number != "0" * 12
        and _mod11(number, first) == int(number[10])
        and _mod11(number, (3, *first)) == int(number[11])
    )


def is_inn_organisation(number: str) -> bool:
    """ИНН of an organisation: 10 digits, the last one is the check."""
    return (
        bool(re.fullmatch(r"\d{10}", number))
        and number != "0" * 10
        and _mod11(number, (2, 4, 10, 3, 5, 9, 4, 6, 8)) == int(number[9])
    )


def is_kpp(number: str) -> bool:
    """КПП: four digits, two digits or Latin capitals, three digits; it has no check digit."""
    return bool(re.fullmatch(r"\d{4}[0-9A-Z]{2}\d{3}", number))


def is_ogrn(number: str) -> bool:
    """ОГРН of an organisation: the first 12 digits modulo 11."""
    return bool(re.fullmatch(r"[15]\d{12}", number)) and int(number[:12]) % 11 % 10 == int(number[12])


def is_ogrnip(number: str) -> bool:
    """ОГРНИП of an entrepreneur: the first 14 digits modulo 13."""
    return bool(re.fullmatch(r"3\d{14}", number)) and int(number[:14]) % 13 % 10 == int(number[14])


def is_snils(number: str) -> bool:
    """СНИЛС: weights 9 to 1, modulo 101, 100 reads 00; the oldest numbers are not checked."""
    if not re.fullmatch(r"\d{11}", number) or number == "0" * 11:
        return False
    if int(number[:9]) <= _SNILS_UNCHECKED:
        return True
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number[:9]))
    return total % 101 % 100 == int(number[9:])


def is_russian_passport(number: str) -> bool:
    """Series of four digits and number of six; the two have no check digit."""
    return bool(re.fullmatch(r"\d{10}", number)) and number != "0" * 10


def is_iranian_person(number: str) -> bool:
    """کد ملی: ten digits, weights 10 to 2, modulo 11; ten equal digits pass the sum and are refused."""
    if not re.fullmatch(r"\d{10}", number) or len(set(number)) == 1:
        return False
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9])) % 11
    return int(number[9]) == (rest if rest < 2 else 11 - rest)


def is_iranian_organisation(number: str) -> bool:
    """شناسه ملی: eleven digits; the tenth plus two is added to each of the ten before they are weighed."""
    if not re.fullmatch(r"\d{11}", number) or len(set(number)) == 1:
        return False
    shift = int(number[9]) + 2
    rest = sum((int(digit) + shift) * weight for digit, weight in zip(number, _IRAN_LEGAL, strict=False)) % 11
    return rest % 10 == int(number[10])


def is_iranian_economic(number: str) -> bool:
    """کد اقتصادی: 12 digits of the old system; today the 11 of an organisation or the 14 of a person. No check digit."""
    return bool(re.fullmatch(r"\d{11,12}|\d{14}", number)) and len(set(number)) > 1


def is_sheba(number: str) -> bool:
    """شماره شبا: IR and 24 digits, by the rule of IBAN (ISO 13616): moved to the end, modulo 97 is 1."""
    return bool(re.fullmatch(r"IR\d{24}", number)) and int(number[4:] + "1827" + number[2:4]) % 97 == 1


@dataclass(frozen=True)
class Identifier:
    """A kind of identifier: whose it may be, how it is checked, how it is written in groups."""

    kind: str
    of: tuple[str, ...]
    is_good: Callable[[str], bool]
    groups: tuple[int, ...] = ()
    separator: str = " "


IDENTIFIERS: Mapping[str, Identifier] = {
    one.kind: one
    for one in (
        Identifier("inn", ("person",), is_inn_person),
        Identifier("snils", ("person",), is_snils, (3, 3, 3, 2), "-"),
        Identifier("passport_ru", ("person",), is_russian_passport, (2, 2, 6)),
        Identifier("ogrnip", ("person",), is_ogrnip),
        Identifier("national_code_ir", ("person",), is_iranian_person, (3, 6, 1), "-"),
        Identifier("inn_organisation", ("organisation",), is_inn_organisation),
        Identifier("kpp", ("organisation",), is_kpp),
        Identifier("ogrn", ("organisation",), is_ogrn),
        Identifier("national_id_ir", ("organisation",), is_iranian_organisation),
        Identifier("economic_code_ir", ("person", "organisation"), is_iranian_economic),
        Identifier("sheba", ("person", "organisation"), is_sheba, (4, 4, 4, 4, 4, 4, 2)),
    )
}


def read_identifier(kind: str, typed: str) -> str | None:
    """The identifier as it is kept, None when its length, letters or check digit are wrong."""
    number = compact(typed)
    if kind == "sheba" and number.isdecimal() and len(number) == 24:
        number = f"IR{number}"
    if kind == "national_code_ir" and number.isdecimal() and 8 <= len(number) < 10:
        number = number.zfill(10)
    return number if IDENTIFIERS[kind].is_good(number) else None


def written(kind: str, number: str) -> str:
    """
    The identifier as people write it.

    >>> written("snils", "11223344595"), written("kpp", "784001001")
    ('112-233-445-95', '784001001')
    """
    known = IDENTIFIERS.get(kind)
    if known is None or sum(known.groups) != len(number):
        return number
    parts, at = [], 0
    for length in known.groups:
        parts.append(number[at : at + length])
        at += length
    return known.separator.join(parts)


def whole_name(surname: str, given: str, father: str) -> str:
    """Surname, given name, father's name in the order they are written in both countries' registers."""
    return " ".join(part for part in (surname.strip(), given.strip(), father.strip()) if part)


def guessed_form(father: str) -> str:
    """
    The form of address a Russian father's name tells; neutral when it tells none.

    >>> guessed_form("Петрович"), guessed_form("Ильинична"), guessed_form("оглы"), guessed_form("")
    ('male', 'female', 'male', 'neutral')
    """
    text = father.strip().casefold()
    if text.endswith(("ович", "евич", "ич", "оглы", "улы")):
        return "male"
    return "female" if text.endswith(("овна", "евна", "ична", "инична", "кызы")) else "neutral"


@dataclass(frozen=True)
class Addressed:
    """Who a letter speaks to."""

    kind: str
    name: str
    surname: str = ""
    given: str = ""
    father: str = ""
    form: str = "neutral"


def salutation(to: Addressed, locale: str) -> str:
    """
    How a letter begins; nobody is called «уважаемый(ая)».

    >>> clara = Addressed("person", "Соколова Клара Ивановна", "Соколова", "Клара", "Ивановна", "female")
    >>> salutation(clara, "ru"), salutation(clara, "en"), salutation(Addressed("person", "Клара"), "ru")
    ('Уважаемая Клара Ивановна!', 'Dear Ms Соколова,', 'Здравствуйте, Клара!')
    """
    if not to.name:
        return _NOBODY.get(locale, _NOBODY["en"])
    if to.kind == "organisation":
        return _FIRM.get(locale, _FIRM["en"])
    return {"ru": _russian, "fa": _persian}.get(locale, _english)(to)


_NOBODY = {"ru": "Здравствуйте!", "en": "Hello,", "fa": "با سلام و احترام،"}
_FIRM = {"ru": "Уважаемые коллеги!", "en": "Dear colleagues,", "fa": "همکاران گرامی،"}


def _russian(to: Addressed) -> str:
    called = " ".join(part for part in (to.given, to.father) if part) or to.name
    dear = {"male": "Уважаемый", "female": "Уважаемая"}.get(to.form)
    return f"{dear} {called}!" if dear else f"Здравствуйте, {called}!"


def _english(to: Addressed) -> str:
    title = {"male": "Mr", "female": "Ms"}.get(to.form)
    return f"Dear {title} {to.surname}," if title and to.surname else f"Dear {to.name},"


def _persian(to: Addressed) -> str:
    called = to.surname or to.name
    dear = {"male": "جناب آقای", "female": "سرکار خانم"}.get(to.form)
    return f"{dear} {called}،" if dear else f"{to.name} گرامی،"
