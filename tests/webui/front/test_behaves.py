"""What the browser does by itself: dates, type-ahead, keys, drafts, htmx and the form island."""

import json
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.webui.front.conftest import Complaints, look
from tests.webui.front.stand import LEVELS, Stand

pytestmark = pytest.mark.browser


def finish(page: Page) -> None:
    page.locator("#real [data-primary]").click()


def submission(stand: Stand) -> dict:
    (sent,) = [one for one in stand.got if one["path"] == "/submit"]
    return json.loads(sent["form"]["submission"][0])


# --- dates


@pytest.mark.parametrize(
    ("lang", "calendar", "written", "iso"),
    [
        ("fa", "jalali", "۱۴۰۵/۰۹/۰۱", "2026-11-22"),
        ("fa", "jalali", "۱ آذر ۱۴۰۵", "2026-11-22"),
        ("fa", "jalali", "2026-11-22", "2026-11-22"),
        ("ru", "jalali", "1405/09/01", "2026-11-22"),
        ("ru", "gregorian", "01.12.2026", "2026-12-01"),
        ("ru", "gregorian", "1 дек 2026", "2026-12-01"),
        ("ru", "gregorian", "١٤٠٥/٠٩/٠١", "2026-11-22"),
        ("en", "gregorian", "22 Nov 2026", "2026-11-22"),
        ("fa", "jalali", "۱۴۰۳/۱۲/۳۰", "2025-03-20"),  # 1403 is a leap year
    ],
)
def test_a_date_is_written_as_people_do_and_submitted_as_iso(
    page: Page, stand: Stand, lang: str, calendar: str, written: str, iso: str
) -> None:
    look(page, f"{stand.url}/?lang={lang}&calendar={calendar}")
    page.locator("#f-received").fill(written)
    page.keyboard.press("Tab")
    assert page.locator("input[type=hidden][name=received]").input_value() == iso


def test_yesterday_is_understood_and_told(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    field = page.locator("#f-received")
    field.fill("вчера")
    yesterday = date.fromisoformat(page.evaluate("new Date().toLocaleDateString('sv')")) - timedelta(days=1)
    assert page.locator("input[type=hidden][name=received]").input_value() == yesterday.isoformat()
    assert str(yesterday.year) in page.locator("#f-received + .form-hint").inner_text()
    page.keyboard.press("Tab")
    assert field.input_value() == yesterday.strftime("%d.%m.%Y")


def test_the_31st_of_november_is_refused_with_a_sentence(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    page.locator("#f-received").fill("31.11.2026")
    page.keyboard.press("Tab")
    expect(page.locator("#f-received-error")).to_contain_text("Запишите дату")
    assert page.locator("#f-received").get_attribute("aria-invalid") == "true"


# --- type-ahead


def test_a_person_is_chosen_without_the_mouse(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    field = page.get_by_role("combobox", name="Исполнитель")
    field.focus()
    page.keyboard.type("о")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".ch-combo-list:visible [role=option]")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    active = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert "Борис Орлов" in active.inner_text()
    page.keyboard.press("Enter")
    assert field.input_value() == "Борис Орлов"
    assert page.locator("input[type=hidden][name=assignee]").input_value() == "boris"
    expect(field).to_have_attribute("aria-expanded", "false")


def test_enter_means_what_was_typed_last_however_fast(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    field = page.get_by_role("combobox", name="Исполнитель")
    field.focus()
    page.keyboard.type("о")
    expect(page.locator(".ch-combo-list:visible [role=option]")).to_have_count(3)
    field.select_text()
    page.keyboard.type("Анна")
    page.keyboard.press("Enter")  # before any answer to «Анна»: the old list's first is not meant
    expect(page.locator("input[type=hidden][name=assignee]")).to_have_value("anna")


def test_escape_closes_the_list_and_keeps_the_text(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    field = page.get_by_role("combobox", name="Исполнитель")
    field.focus()
    page.keyboard.type("Анна")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    assert field.input_value() == "Анна"


def test_an_emptied_type_ahead_sends_its_emptiness(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    field = page.locator("input[data-island=lookup]").first
    name = field.get_attribute("data-name")
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Tab")
    sent = page.locator(f"input[type=hidden][name='{name}']")
    assert [one.input_value() for one in sent.all()] == [""]


def test_only_the_fifth_level_of_a_directory_can_be_chosen(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    field = page.get_by_role("combobox", name="Тематика")
    field.focus()
    page.keyboard.press("ArrowDown")
    for level in range(5):
        expect(page.locator(".ch-combo-list:visible [role=option]")).to_contain_text(LEVELS[level])
        page.keyboard.press("Enter")
    assert field.input_value() == LEVELS[4]
    expect(page.locator(".fjs-form-field-directory .form-hint")).to_have_text(" › ".join(LEVELS))


# --- the form island


def test_the_submission_travels_in_the_real_form(page: Page, stand: Stand, complaints: Complaints) -> None:
    stand.settings["data"] = {"person": "boris", "files": ["1", "2"]}
    stand.settings["labels"] = {"person": [{"value": "boris", "label": "Борис Орлов"}]}
    stand.settings["attachments"] = {
        "files": [{"id": "1", "name": "chek.jpg", "url": "#"}, {"id": "2", "name": "old.pdf", "url": "#"}]
    }
    look(page, f"{stand.url}/islands?calendar=jalali&lang=fa")
    page.get_by_text("Обоснована", exact=True).click()
    page.get_by_label("Поступило").fill("۱۴۰۵/۰۹/۰۱")
    page.get_by_label("Ответить до").fill("۱ دی ۱۴۰۵")
    page.get_by_label("Сумма возврата").fill("۱٬۲۴۰٫۵۰")
    page.locator("[id$=f_topic]").fill("Творог")
    units = page.get_by_role("combobox", name="Подразделения")
    for _ in range(2):
        units.click()
        page.locator(".ch-combo-list:visible [role=option]").first.click()
    page.locator(".fjs-form-field-richtext [contenteditable]").click()
    page.keyboard.press("Control+b")
    page.keyboard.type("Вернём")
    page.locator("label", has_text="В кабинете").click()
    page.get_by_role("button", name="old.pdf").click()
    page.locator("input[type=file]").set_input_files({"name": "чек.txt", "mimeType": "text/plain", "buffer": b"1240"})
    finish(page)
    page.wait_for_url("**/submit")
    data = submission(stand)
    assert data["received"] == "2026-11-22"
    assert data["until"] == "2026-12-22"
    assert data["card.amount"] == "1240.50"
    assert data["decision"] == "yes"
    assert data["person"] == "boris"
    assert data["units"] == ["anna", "boris"]
    assert data["rich"] == "<p><strong>Вернём</strong></p>"
    assert data["way"] == "web"
    assert data["files"] == ["1"]
    sent = stand.got[-1]
    assert sent["files"] == ["чек.txt"]
    assert sent["form"]["request_id"] == ["r-1"] and sent["form"]["revision"] == ["7"]
    assert complaints == []


@pytest.mark.parametrize(
    ("lang", "required", "short"),
    [
        ("ru", "Заполните поле", "Не короче 3 знаков"),
        ("en", "Fill in this field", "At least 3 characters"),
        ("fa", "این خانه را پر کنید", "دست‌کم ۳ نویسه"),
    ],
)
def test_complaints_are_in_the_language_of_the_page(
    page: Page, stand: Stand, lang: str, required: str, short: str
) -> None:
    look(page, f"{stand.url}/islands?lang={lang}")
    page.locator("[id$=f_topic]").fill("Ой")
    finish(page)
    said = page.locator(".fjs-form-field-error")
    expect(said.first).to_have_text(required)
    assert set(said.all_inner_texts()) == {required, short}
    assert [one for one in stand.got if one["path"] == "/submit"] == []
    assert page.evaluate("document.activeElement.closest('.fjs-form-field-chooser') !== null")


def test_putting_off_asks_for_nothing(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    page.locator("[id$=f_topic]").fill("Ой")
    page.keyboard.press("Tab")
    page.locator("button[name=put_off]").click()
    page.wait_for_url("**/submit")
    assert submission(stand)["topic"] == "Ой"


def test_a_form_to_read_has_nothing_to_press(page: Page, stand: Stand) -> None:
    stand.settings |= {"readonly": True, "data": {"received": "2026-11-22", "person": "boris", "rich": "<p>Да</p>"}}
    stand.settings["labels"] = {"person": [{"value": "boris", "label": "Борис Орлов"}]}
    look(page, f"{stand.url}/islands")
    page.locator(".fjs-form-field-richtext [aria-readonly=true]").wait_for()
    assert page.locator(".fjs-form-field-person .ch-read").inner_text() == "Борис Орлов"
    assert (
        page.locator(".ch-form input:not([readonly], [disabled]):visible, .ch-form [contenteditable=true]").count() == 0
    )


# --- htmx


def test_every_htmx_request_carries_the_token_also_from_nested_elements(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    page.locator("#nested").click()
    expect(page.locator("#said")).to_contain_text("answered 200")
    assert stand.got[-1]["headers"]["X-Csrftoken"] == "token-1"


def test_a_conflict_is_told_above_the_form_which_keeps_what_was_typed(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    page.locator("#conflicting [name=needed]").fill("моё")
    page.get_by_role("button", name="409").click()
    expect(page.locator("[data-conflict] + #conflicting")).to_be_visible()
    page.get_by_role("button", name="409").click()
    expect(page.locator("[data-conflict]")).to_have_count(1)
    assert page.locator("#conflicting [name=needed]").input_value() == "моё"


def test_an_invalid_answer_is_swapped_in(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    page.locator("#refused [name=rich]").fill("x")
    page.get_by_role("button", name="422").click()
    expect(page.locator("#said")).to_contain_text("answered 422")


def test_a_required_field_is_asked_for_before_anything_is_sent(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    page.get_by_role("button", name="409").click()
    expect(page.locator("#f-needed-error")).to_have_text("Заполните поле")
    assert page.evaluate("document.activeElement.name") == "needed"
    assert [one for one in stand.got if one["path"].startswith("/answer")] == []


def test_signing_in_again_over_the_page_keeps_what_was_typed(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    page.locator("#conflicting [name=needed]").fill("моё")
    stand.signed_in = False
    page.get_by_role("button", name="409").click()
    dialog = page.locator("#sign-in-over")
    dialog.get_by_label("Имя или почта").fill("anna")
    dialog.get_by_label("Пароль").fill("secret")
    dialog.get_by_role("button", name="Войти").click()
    expect(dialog).to_have_count(0)
    assert page.locator("#conflicting [name=needed]").input_value() == "моё"
    page.get_by_role("button", name="409").click()
    expect(page.locator("[data-conflict]")).to_be_visible()
    assert stand.got[-1]["headers"]["X-Csrftoken"] == stand.token != "token-1"


# --- keys, drafts, frame


def test_ctrl_enter_presses_the_main_button(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    page.get_by_role("combobox", name="Исполнитель").click()
    page.locator(".ch-combo-list:visible [role=option]").first.click()
    page.locator("[name=found]").fill("Ротация нарушена")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/submit")
    sent = stand.got[-1]["form"]
    assert sent["decision"] == ["yes"] and sent["received"] == ["2026-11-22"] and sent["assignee"] == ["anna"]


def test_letters_walk_along_the_list_by_position_of_the_key(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    opened = page.locator("[data-row][aria-current]").inner_text()
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyJ', key: 'о', bubbles: true}))")
    assert "Лаптев" in page.locator(":focus").inner_text()
    page.keyboard.press("k")
    assert page.locator(":focus").inner_text() == opened


def test_alt_2_takes_the_second_segment_and_question_mark_tells_the_keys(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    page.locator("[name=found]").focus()
    page.keyboard.press("Alt+2")
    assert page.locator("[name=decision]:checked").input_value() == "part"
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("dialog:modal")).to_contain_text("Клавиши этой страницы")
    page.keyboard.press("Escape")
    expect(page.locator("dialog:modal")).to_have_count(0)


def test_g_then_i_goes_to_the_inbox_but_not_while_typing(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    page.locator("[name=found]").focus()
    page.keyboard.type("gi")
    assert page.locator("[name=found]").input_value() == "gi"
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/went-to-inbox")


def test_a_pause_in_typing_keeps_a_draft_with_the_server(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    page.locator("#conflicting [name=note]").fill("почти")
    expect(page.locator("#conflicting [data-draft-state]")).to_contain_text("Черновик сохранён в")
    (draft,) = [one for one in stand.got if one["path"] == "/draft"]
    assert draft["form"]["note"] == ["почти"] and draft["headers"]["X-Csrftoken"] == "token-1"


def test_a_draft_kept_here_comes_back(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    page.locator("[name=found]").fill("полдела")
    page.locator("#f-received").fill("24.11.2026")
    expect(page.locator("[data-draft-state]")).to_contain_text("на этом компьютере")
    look(page, stand.url)
    assert page.locator("[name=found]").input_value() == "полдела"
    assert page.locator("#f-received").input_value() == "24.11.2026"
    page.get_by_role("button", name="Отбросить").click()
    assert page.locator("[name=found]").input_value() == ""


def test_what_was_done_is_not_brought_back(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    page.locator("[name=found]").fill("чужое дело")
    expect(page.locator("[data-draft-state]")).to_contain_text("на этом компьютере")
    page.context.add_cookies([{"name": "ch-done", "value": "kit-1", "url": stand.url}])
    look(page, stand.url)
    assert page.locator("[name=found]").input_value() == ""
    assert page.evaluate("Object.keys(localStorage)") == [] and not page.context.cookies()


def test_a_file_is_chosen_in_the_words_of_the_page(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/panes")
    page.locator("#attached").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": b"1"} for name in ("чек.txt", "акт.txt", "фото.txt")]
    )
    face = page.locator("label:has(#attached)")
    assert face.inner_text().split() == ["Выбрать", "файлы", "чек.txt", "+2"]
    page.locator("#attached").focus()
    assert page.evaluate("getComputedStyle(document.querySelector('label:has(#attached)')).outlineStyle") == "solid"


def test_on_a_phone_an_opened_task_is_seen(page: Page, stand: Stand) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    look(page, f"{stand.url}/panes")
    page.locator("[data-open]").click()
    expect(page.locator("#task-title")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()


def test_the_theme_is_remembered(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/?theme=light")
    page.locator("[data-theme-toggle]").click()
    look(page, stand.url)
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_the_pulse_refreshes_the_counts(page: Page, stand: Stand) -> None:
    look(page, stand.url)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#rail-counts [data-count=inbox]")).to_have_text("20")
    expect(page.locator("#rail-counts [data-count=inbox]")).to_have_class("n hot")
    expect(page.locator("[data-unread]")).to_be_hidden()


def test_the_diagram_tells_the_same_in_words(page: Page, stand: Stand) -> None:
    look(page, f"{stand.url}/islands")
    page.locator(".ch-twin summary").click()
    assert page.locator(".ch-twin li").all_inner_texts() == [
        "Поступило: пройден",
        "Регистрация: пройден · 23.11 10:05",
        "Рассмотрение: сейчас · сбой: 7 · 148",
        "Ответ: просрочен · 39",
    ]
    assert page.locator(".djs-element.ch-now").count() == 1
    assert page.locator(".ch-badge.x").inner_text() == "7"


def test_the_modeler_opens_and_submits_the_drawing(page: Page, stand: Stand, complaints: Complaints) -> None:
    look(page, f"{stand.url}/modeler")
    page.get_by_role("button", name="Keep").click()
    page.wait_for_url("**/submit")
    (sent,) = [one for one in stand.got if one["path"] == "/submit"]
    assert 'camunda:candidateGroups="clerks"' in sent["form"]["bpmn"][0]
    assert complaints == []
