"""Anna throws a joke away and takes it out; the head destroys it; a stranger finds none of it."""

from __future__ import annotations

from tests.webui.conftest import Site


def filed(site: Site) -> str:
    site.file(**{"card.text": "A joke."})
    return site.as_("anna").get("/cards").links("/cards/")[-1].split("/")[-1]


def test_a_card_goes_into_the_bin_and_out_of_it(site: Site):
    ref = filed(site)
    anna = site.as_("anna")
    assert f"/cards/{ref}/bin" in anna.get(f"/cards/{ref}").text
    asked = anna.get(f"/cards/{ref}/bin")
    lacking = anna.post(f"/cards/{ref}/bin", {"reason": ""})
    assert (asked.status, lacking.status) == (200, 422) and 'id="f-reason-error"' in lacking.text

    sent = asked.fields(f"/cards/{ref}/bin") | {"reason": "A joke"}
    first, again = anna.post(f"/cards/{ref}/bin", sent), anna.post(f"/cards/{ref}/bin", sent)
    assert (first.status, again.status) == (303, 303)

    assert anna.get(f"/cards/{ref}").status == 404 and ref not in anna.get("/cards").text
    assert site.tasks("anna") == []
    page = anna.get("/bin")
    assert "A joke" in page.words and f"/cards/{ref}/purge" not in page.text
    for who in ("egor", "vera"):
        assert ref not in site.as_(who).get("/bin").text
    out = anna.post(f"/cards/{ref}/restore")
    assert out.status == 303 and anna.get(out.location).status == 200
    assert len(site.tasks("anna")) == 1


def test_who_may_destroys_it_for_good(site: Site):
    ref = filed(site)
    site.as_("anna").post(f"/cards/{ref}/bin", {"reason": "A joke"})
    head = site.as_("head")

    assert site.as_("anna").post(f"/cards/{ref}/purge", {"reason": "now"}).status == 403
    assert head.post(f"/cards/{ref}/purge", {"reason": " "}).status == 422
    assert head.post(f"/cards/{ref}/purge", {"reason": "asked by the customer"}).status == 303
    assert ref not in head.get("/bin").text
    assert head.post(f"/cards/{ref}/restore").status == 404
