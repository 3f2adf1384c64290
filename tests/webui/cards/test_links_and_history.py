"""Links and history on the card's page."""

from __future__ import annotations

from lxml import html

from tests.webui.conftest import Site


def two(site: Site) -> tuple[str, str]:
    """A registered card and one still with the clerk, by different customers."""
    ref = site.registered()
    site.file(**{"card.applicant.name": "Юрий", "card.applicant.mail": "yuri@example.org", "card.store": "101"})
    links = site.as_("anna").get("/cards").links("/cards/")
    other = next(one.split("/")[-1] for one in links if one.split("/")[-1] not in (ref, "new"))
    return ref, other


def test_a_link_is_made_and_removed_by_hand(site: Site):
    ref, other = two(site)
    anna = site.as_("anna")

    found = anna.get(f"/lookup?kind=card&q=00001&but={other}").answer.json
    assert [one["value"] for one in found] == [ref]
    assert site.as_("egor").get("/lookup?kind=card&q=00001").answer.json == []
    made = {"kind": "answer_to:back", "other": ref, **anna.get(f"/cards/{other}?tab=links").fields("/links")}
    assert [anna.post(f"/cards/{other}/links", made | {"csrf_token": anna.token()}).status for _ in range(2)] == [
        303
    ] * 2
    page = anna.get(f"/cards/{ref}?tab=links")
    assert "Ответ на" in page.words and '<svg class="ch-graph"' in page.text

    assert anna.post(f"/cards/{other}/links", {"kind": "nothing", "other": ref}).status == 422
    again = anna.post(f"/cards/{other}/links", {"kind": "answer_to:back", "other": ref})
    assert again.status == 422 and "уже" in again.words
    assert anna.post(f"/cards/{other}/links/remove", {"kind": "answer_to:back", "other": ref}).status == 303
    assert "ch-graph" not in anna.get(f"/cards/{other}?tab=links").text


def test_a_foreign_card_is_not_linked(site: Site):
    ref, other = two(site)

    assert site.as_("egor").post(f"/cards/{other}/links", {"kind": "related", "other": ref}).status == 404
    assert site.as_("head").post(f"/cards/{ref}/links", {"kind": "related", "other": other}).status in (403, 404)


def test_history_is_filtered_printed_and_drawn(site: Site):
    ref = site.registered()
    anna = site.as_("anna")

    alone = anna.get(f"/cards/{ref}?tab=history")
    assert alone.status == 200 and "ch-course" in alone.text and "Задача выполнена" not in alone.words
    whole = anna.get(f"/cards/{ref}?tab=history&kind=all&since=01.01.2020&who=clerk")
    assert "Задача выполнена" in whole.words
    assert anna.get(f"/cards/{ref}?tab=history&kind=secrets").status == 422
    assert anna.get(f"/cards/{ref}?tab=history&since=someday").status == 422
    paper = anna.get(f"/cards/{ref}/history?kind=all")
    assert "ch-rail" not in paper.text and "Задача выполнена" in paper.words
    assert "ch-rail" not in anna.get(f"/cards/{ref}/compare?older=1&paper=1").text
    for address in (f"/cards/{ref}/history", f"/cards/{ref}?tab=links", f"/cards/{ref}/compare?paper=1"):
        assert site.as_("egor").get(address).status == 404


def test_the_picture_of_the_history_goes_as_its_reader_reads(site: Site):
    ref = site.registered()

    def bars(language: str) -> list[tuple[int, int]]:
        anna.post("/me/language", {"language": language})
        page = anna.get(f"/cards/{ref}?tab=history").text
        drawing = html.fromstring(page).xpath("//*[contains(@class, 'ch-course')]")[0]
        return [(int(bar.get("x")), int(bar.get("width"))) for bar in drawing.iter("{*}rect", "rect")]

    anna = site.as_("anna")
    page = 728
    assert [(page - x - wide, wide) for x, wide in bars("fa")] == bars("ru")
