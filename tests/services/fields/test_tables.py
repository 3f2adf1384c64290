"""Rows of cells, what is wrong with one of them, their sums; and what a formula gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from services.fields import TYPES, FieldError, FieldSpec
from tests.services.fields.test_fields import EN, FA, RU, around

COLUMNS = (
    FieldSpec("name", "text", required=True, label="card.letter.column.goods.name"),
    FieldSpec("kind", "choice", options=("claim",), label="card.letter.column.goods.kind"),
    FieldSpec("price", "money", currencies=("RUB", "USD"), total=True, label="card.letter.column.goods.price"),
    FieldSpec("sum", "computed", result="money", formula="row.price * 2", label="card.letter.column.goods.sum"),
)
GOODS = FieldSpec("goods", "table", columns=COLUMNS, least=1, most=3, label="card.letter.field.goods")
TABLE = TYPES["table"]


def parsed(rows: Any) -> Any:
    return TABLE.parse(rows, GOODS, around())


def refused(rows: Any) -> FieldError:
    with pytest.raises(FieldError) as error:
        parsed(rows)
    return error.value


def test_rows_keep_their_order_and_empty_ones_are_left_out() -> None:
    rows = [{"name": "Молоко", "price": "89,90"}, {}, {"name": "", "price": " "}, {"name": "Хлеб", "price": "1 USD"}]
    kept = parsed(rows)
    assert kept == [{"name": "Молоко", "price": "89.90 RUB"}, {"name": "Хлеб", "price": "1.00 USD"}]
    TABLE.check(GOODS).deserialize(kept)
    assert parsed(TABLE.typed_value(kept, GOODS, around())) == kept
    assert parsed([]) is parsed(None) is parsed("") is None


def test_a_wrong_cell_is_said_with_its_row_and_column() -> None:
    error = refused([{"name": "Молоко", "price": "x"}, {"price": "5"}, {"name": "Сыр", "colour": "red"}])
    assert error.code == "table-cells"
    assert {path: code for path, (code, _) in error.beside("goods").items()} == {
        "goods": "table-cells",
        "goods.1.price": "not-an-amount",
        "goods.2.name": "required",
        "goods.3.colour": "no-such-field",
    }
    assert error.params == {"rows": [1, 2, 3]}


def test_what_is_no_table_is_refused() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    assert refused("x").code == "not-a-table"
    assert refused({"name": "x"}).code == "not-a-table"
    assert refused([["x"]]).code == "not-a-table"
    assert refused([{"name": deep}]).beside("goods")["goods.1.name"] == ("not-text", {})
    assert refused([{"name": "x"}] * 4).code == "too-many-rows"
    assert refused([{}] * 100_000).code == "too-many-rows"


def test_a_table_is_shown_summed_and_printed() -> None:
    kept = [{"name": "Молоко", "price": "89.90 RUB", "sum": "179.80 RUB"}, {"name": "Хлеб", "price": "10.10 RUB"}]
    assert TABLE.show(kept, GOODS, around()).split("\n")[1] == "Хлеб · 10,10\u00a0₽"
    assert TABLE.totals(kept, GOODS, around(RU)) == {"price": "100,00\u00a0₽"}  # type: ignore[attr-defined]
    assert TABLE.totals(kept, GOODS, around(FA)) == {"price": "۱۰۰٫۰۰\u00a0روبل"}  # type: ignore[attr-defined]
    mixed = [{"price": "1.00 RUB"}, {"price": "2.00 USD"}]
    assert TABLE.totals(mixed, GOODS, around(EN)) == {"price": "RUB\u00a01.00, $2.00"}  # type: ignore[attr-defined]
    printed = TABLE.docx_value(kept, GOODS, around())
    assert [row["n"] for row in printed["$rows"]] == ["1", "2"]
    assert printed["$rows"][0]["price"]["amount"] == "89,90"
    assert TABLE.feel_value(kept, GOODS, around())[0]["price"] == Decimal("89.90")
    assert TABLE.feel_facts(kept, GOODS, around()) == {"goods_total": {"price": Decimal("100.00")}}
    assert TABLE.feel_facts(None, GOODS, around()) == {"goods_total": {"price": Decimal(0)}}


def test_what_is_computed_is_never_typed() -> None:
    declared = FieldSpec("total", "computed", result="money", formula="1", label="card.letter.field.total")
    with pytest.raises(FieldError, match="field-computed"):
        TYPES["computed"].parse("5", declared, around())
    assert TYPES["computed"].from_feel(Decimal("10.005"), declared, around()) == "10.01 RUB"
    assert TYPES["computed"].show("10.01 RUB", declared, around()) == "10,01\u00a0₽"
    assert TYPES["computed"].form(declared, around())["readonly"] is True
    assert TYPES["computed"].index_column(declared) == "number"
