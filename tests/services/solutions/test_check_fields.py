"""Every misuse of a field in a card type's file is found at its place, each changing one line of a flawless solution."""

from __future__ import annotations

import pytest

from services.solutions.check import check_files
from tests.fixtures.purchases import CARD, purchases

NAME = 'key = "name"\ntype = "text"\nmax = 120\nrequired = true'
DECISION = 'key = "decision"\ntype = "text"\nmultiline = true\nhidden_in = ["draft"]'
SUM = 'formula = "row.qty * row.price"'
TOTAL = 'formula = "sum(card.items.sum)"'
QTY = 'key = "qty"\ntype = "number"\nmin = 0'
ONE_RULE = '[[duplicate]]\nfields = ["name", "area"]'


def mapping(says: str) -> str:
    return f"[mapping]\nold = {{ {says} }}\n\n{ONE_RULE}"


def test_nothing_is_found_in_the_flawless_solution() -> None:
    assert check_files(purchases()) == []


@pytest.mark.parametrize(
    ("code", "at", "old", "new"),
    [
        ("field-type-unknown", "urgent", 'type = "yes_no"\nindex', 'type = "maybe"\nindex'),
        ("column-type", "items.due", 'key = "due"\ntype = "date"', 'key = "due"\ntype = "file"'),
        ("column-type", "items.due", 'key = "due"\ntype = "date"', 'key = "due"\ntype = "table"'),
        ("card-key-twice", "items.qty", 'key = "due"\ntype = "date"', 'key = "qty"\ntype = "date"'),
        ("card-word-unknown", "items.qty", QTY, f"{QTY}\nindex = true"),
        ("column-total", "items.what", 'type = "text"\nmax = 80', 'type = "text"\nmax = 80\ntotal = true'),
        ("table-columns-missing", "about", 'key = "about"\ntype = "rich"', 'key = "about"\ntype = "table"'),
        ("column-outside-table", "items", 'type = "table"', 'type = "rich"'),
        ("field-limit", "name", "max = 120", 'max = "many"'),
        ("field-limit", "urgent", 'key = "urgent"\ntype = "yes_no"', 'key = "urgent"\ntype = "yes_no"\nmax = 1'),
        ("field-limit", "needed_on", 'min = "2026-01-01"', 'min = "soon"'),
        ("field-limit", "pieces", "decimals = 0", "decimals = 9"),
        ("field-limits-crossed", "pieces", "min = 1\n", "min = 10\nmax = 2\n"),
        ("field-pattern", "code", '"[A-Z]{2}-[0-9]{3}"', '"[A-Z"'),
        ("field-pattern-place", "pieces", "decimals = 0", 'decimals = 0\npattern = "1+"'),
        ("field-currency", "price_limit", '"RUB", "USD", "IRR"', '"RUB", "US$"'),
        ("field-personal-class", "passport", 'personal = "code"', 'personal = "secret"'),
        ("computed-result", "rate", 'result = "text"', 'result = "file"'),
        ("formula-broken", "total", TOTAL, 'formula = "sum(card.items.sum"'),
        ("formula-name-unknown", "total", TOTAL, 'formula = "sum(card.goods.sum)"'),
        ("formula-name-unknown", "total", TOTAL, 'formula = "row.qty"'),
        ("formula-name-unknown", "items.sum", SUM, 'formula = "row.qty * row.cost"'),
        ("formula-name-unknown", "items.sum", SUM, 'formula = "qty * price"'),
        ("formula-reads-whole", "total", TOTAL, 'formula = "count(get entries(card))"'),
        ("formula-circle", "items.sum", SUM, 'formula = "card.total / 2"'),
        ("formula-circle", "days", 'formula = "card.validity.days"', 'formula = "card.days + 1"'),
        ("formula-result", "days", 'formula = "card.validity.days"', "formula = '\"three\"'"),
        ("computed-required", "days", 'result = "number"', 'result = "number"\nrequired = true'),
        ("computed-personal", "days", 'formula = "card.validity.days"', 'formula = "string length(card.passport)"'),
        ("field-default", "kind", 'default = "goods"', 'default = "weekend"'),
        ("field-default", "needed_on", 'default = "= today() + duration(\\"P7D\\")"', 'default = "soon"'),
        ("field-default", "needed_on", 'default = "= today() + duration(\\"P7D\\")"', 'default = "= today( + "'),
        ("field-default", "needed_on", 'default = "= today() + duration(\\"P7D\\")"', 'default = "= 1 + 1"'),
        ("field-default-name", "asked_by", '"= user.login"', '"= card.name"'),
        ("field-default-place", "days", 'result = "number"', 'result = "number"\ndefault = 1'),
        ("field-hidden-required", "decision", DECISION, f'{DECISION}\nrequired = true'),
        ("field-hidden-required", "name", NAME, f'{NAME}\nreadonly_in = ["draft"]'),
        ("card-state-unknown", "drafted", 'hidden_in = ["draft"]', 'hidden_in = ["drafted"]'),
        ("field-required-of", "code", "unique = true", 'unique = true\nrequired_of = ["role:buyer"]'),
        ("card-who-unknown", "name", NAME, f'{NAME}\nrequired_of = ["buyer"]'),
        ("field-unique", "channels", "many = true\nindex", "many = true\nunique = true\nindex"),
        ("card-field-unknown", "year", "unique = true", 'unique = "year"'),
        ("card-field-unknown", "result", 'asks = ["decision", "urgent"]', 'asks = ["result"]'),
        ("transition-asks", "finish", 'asks = ["decision", "urgent"]', 'asks = ["total"]'),
        ("guard-broken", "finish", 'asks = ["decision", "urgent"]', 'guard = "card.total >"'),
        ("guard-name-unknown", "finish", 'asks = ["decision", "urgent"]', 'guard = "card.sum > 1"'),
        ("guard-name-unknown", "finish", 'asks = ["decision", "urgent"]', 'guard = "total > 1"'),
        ("duplicate-not-indexed", "passport", ONE_RULE, '[[duplicate]]\nfields = ["passport"]'),
        ("card-field-unknown", "nobody", ONE_RULE, '[[duplicate]]\nfields = ["nobody"]'),
        ("card-group-unknown", "rest", '"goods"]\n\n[[tab]]', '"goods", "rest"]\n\n[[tab]]'),
        ("card-key-twice", "main", 'groups = ["terms"', 'groups = ["main", "terms"'),
        ("mapping-target", "old", ONE_RULE, mapping('to = "new"')),
        ("mapping-value", "old", ONE_RULE, mapping('to = "kind", values = { "x" = "y" }, otherwise = ""')),
        ("mapping-otherwise", "old", ONE_RULE, mapping('to = "kind", values = { "x" = "goods" }')),
        ("directory-missing", "items.area", 'directory = "areas"\n\n[[field]]\nkey = "total"',
         'directory = "places"\n\n[[field]]\nkey = "total"'),
        ("text-missing", "card.purchase.column.items.cost", QTY, f'key = "cost"\ntype = "date"\n\n[[field.column]]\n{QTY}'),
        ("text-missing", "card.purchase.pattern.name", NAME, f'{NAME}\npattern = "x+"'),
    ],
)  # fmt: skip
def test_a_misuse_is_found_at_its_place(code: str, at: str, old: str, new: str) -> None:
    findings = check_files(purchases((old, new)))
    assert (code, at) in {(found.code, found.element) for found in findings}
    found = next(each for each in findings if each.code == code)
    assert found.file in (CARD, "texts/ru.toml", "texts/en.toml", "texts/fa.toml")
    assert found.reason and found.remedy
