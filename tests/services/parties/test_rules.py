"""The check digits of Russia and Iran, on published numbers and on every single wrong digit of them; forms of address."""

from __future__ import annotations

import pytest

from services.parties.rules import IDENTIFIERS, Addressed, compact, guessed_form, read_identifier, salutation, written

PUBLISHED = {
    "inn": ("500100732259",),
    "inn_organisation": ("7707083893", "7830002293", "7736050003"),  # Сбербанк, the tax service's example, Газпром
    "ogrn": ("1027700132195", "1027700070518"),  # Сбербанк, Газпром
    "ogrnip": ("304500116000157",),
    "snils": ("11223344595", "00000000100"),  # the Pension fund's example; an old unchecked one
    "kpp": ("773601001", "7736AB001"),
    "passport_ru": ("4509123456",),
    "national_code_ir": ("0499370899", "0790419904", "0012345679"),
    "national_id_ir": ("14007650912", "10380284790"),
    "economic_code_ir": ("411111111119", "14007650912"),
    "sheba": ("IR820540102680020817909002", "IR062960000000100324200001"),  # the registry's example, the standard's
}


@pytest.mark.parametrize(("kind", "number"), [(kind, one) for kind, numbers in PUBLISHED.items() for one in numbers])
def test_published_numbers_are_good(kind: str, number: str) -> None:
    assert read_identifier(kind, number) == number
    assert read_identifier(kind, number + "00000") is None
    assert read_identifier(kind, number[:-4]) is None


@pytest.mark.parametrize("kind", ["inn", "inn_organisation", "national_code_ir", "national_id_ir", "sheba"])
def test_a_single_wrong_digit_is_seen(kind: str) -> None:
    number = PUBLISHED[kind][0]
    wrong = [
        number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
        for at in range(2 if kind == "sheba" else 0, len(number))
        for by in range(1, 10)
    ]
    passed = [one for one in wrong if read_identifier(kind, one)]
    assert len(passed) <= len(wrong) * 0.03, passed  # modulo 11 with ten folded to nought lets a few through


def test_numbers_of_equal_digits_are_refused() -> None:
    assert read_identifier("national_code_ir", "1111111111") is None
    assert read_identifier("inn", "0" * 12) is None
    assert read_identifier("snils", "0" * 11) is None


def test_digits_of_three_scripts_blanks_and_hidden_marks_are_read() -> None:
    assert read_identifier("national_code_ir", "\u200f۰۴۹-۹۳۷۰۸۹-۹\u200e") == "0499370899"
    assert read_identifier("national_code_ir", "٠٤٩٩٣٧٠٨٩٩") == "0499370899"
    assert read_identifier("national_code_ir", "499370899") == "0499370899"  # leading noughts are often left out
    assert read_identifier("snils", "112-233-445 95") == "11223344595"
    assert read_identifier("sheba", "ir82 0540 1026 8002 0817 9090 02") == "IR820540102680020817909002"
    assert read_identifier("sheba", "820540102680020817909002") == "IR820540102680020817909002"
    assert compact("４５ 09") == "4509"


def test_every_kind_is_written_so_that_it_is_read_back() -> None:
    assert set(PUBLISHED) == set(IDENTIFIERS)
    for kind, numbers in PUBLISHED.items():
        assert all(read_identifier(kind, written(kind, one)) == one for one in numbers)


@pytest.mark.parametrize(
    ("to", "ru", "en", "fa"),
    [
        (
            Addressed("person", "Петров Иван Ильич", "Петров", "Иван", "Ильич", "male"),
            "Уважаемый Иван Ильич!",
            "Dear Mr Петров,",
            "جناب آقای Петров،",
        ),
        (
            Addressed("person", "رضایی مریم", "رضایی", "مریم", "", "female"),
            "Уважаемая مریم!",
            "Dear Ms رضایی,",
            "سرکار خانم رضایی،",
        ),
        (Addressed("person", "Клара Ким"), "Здравствуйте, Клара Ким!", "Dear Клара Ким,", "Клара Ким گرامی،"),
        (Addressed("organisation", "ООО «Рога»"), "Уважаемые коллеги!", "Dear colleagues,", "همکاران گرامی،"),
        (Addressed("person", ""), "Здравствуйте!", "Hello,", "با سلام و احترام،"),
    ],
)
def test_a_letter_speaks_to_its_reader(to: Addressed, ru: str, en: str, fa: str) -> None:
    assert (salutation(to, "ru"), salutation(to, "en"), salutation(to, "fa")) == (ru, en, fa)


def test_a_fathers_name_tells_the_form() -> None:
    assert [guessed_form(one) for one in ("Кузьмич", "Фоминична", "Игоревна", "Рза кызы", "Smith")] == [
        "male",
        "female",
        "female",
        "female",
        "neutral",
    ]
