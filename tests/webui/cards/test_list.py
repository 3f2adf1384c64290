"""Anna lists documents: by view, by filters that stand in the address, in any order; Egor the stranger finds nothing."""

from __future__ import annotations

from tests.webui.conftest import Page, Site


def cards(page: Page) -> list[str]:
    return [link for link in page.links("/cards/") if not link.endswith(("/new", "/count"))]


def test_anna_filters_sorts_and_keeps_the_address(site: Site) -> None:
    site.file()
    site.file(**{"card.kind": "thanks", "card.store": "205"})
    anna = site.as_("anna")
    whole = anna.get("/cards?type=appeal")
    assert len(cards(whole)) == 2
    assert "2 документа" in anna.get("/cards/count?type=appeal").words
    for address, count in (
        ("f.kind=thanks", 1),
        ("f.kind=claim", 0),
        ("f.kind=thanks&f.kind=complaint", 2),
        ("f.store=205", 1),
        ("f.store=205&f.kind=complaint", 0),
        ("f.received_on.from=2026-11-22&f.received_on.to=2026-11-22", 2),
        ("f.received_on.from=۱۴۰۵/۰۹/۰۲", 0),
        ("state=received&sort=-received_on", 2),
        ("state=closed", 0),
        ("late=1", 0),
        ("view=without_number", 2),
        ("view=critical", 0),
        ("q=no-such-word", 0),
    ):
        page = anna.get(f"/cards?type=appeal&{address}")
        assert page.status == 200, address
        assert len(cards(page)) == count, (address, page.words)
    assert "Сбросить отбор" in anna.get("/cards?type=appeal&f.kind=claim").words
    filtered = anna.get("/cards?type=appeal&f.kind=thanks&sort=due")
    assert 'value="thanks" selected' in filtered.text
    assert all("f.kind=thanks" in link for link in filtered.links("sort="))


def test_a_filter_that_is_none_is_named_beside_its_field(site: Site) -> None:
    site.file()
    anna = site.as_("anna")
    bad = anna.get("/cards?type=appeal&f.received_on.from=someday")
    assert bad.status == 422 and "someday" in bad.text
    for address in ("sort=text", "sort=nope", "after=garbage"):
        assert anna.get(f"/cards?type=appeal&{address}").status == 422
    for address in ("type=nope", "type=appeal&view=nope"):
        assert anna.get(f"/cards?{address}").status == 404
    assert anna.get("/cards?type=appeal&f.text=x&f.nope=1&f.applicant=x").status == 200  # not offered: not asked


def test_a_stranger_finds_and_counts_nothing(site: Site) -> None:
    site.file()
    egor = site.as_("egor")
    for address in ("", "?f.kind=complaint", "?state=received", "?view=without_number", "?sort=-received_on"):
        assert cards(egor.get(f"/cards{address}")) == []
    assert egor.get("/cards/count?type=appeal").text.startswith("0")
