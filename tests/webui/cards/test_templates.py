"""Anna keeps a card as a template, starts from it, copies a card and makes one on the basis of another."""

from __future__ import annotations

from tests.webui.conftest import Site

VALUES = {"card.kind": "claim", "card.text": "Тот же творог", "card.store": "101", "card.applicant.name": "Клара"}


def test_a_template_is_kept_used_mended_and_thrown_away(site: Site):
    ref = site.registered()
    anna = site.as_("anna")
    assert f"/templates/new/appeal?of={ref}" in anna.get(f"/cards/{ref}").text.replace("&amp;", "&")
    form = anna.get(f"/templates/new/appeal?of={ref}")
    assert "The milk was sour." in form.text
    lacking = anna.post("/templates/new/appeal", {"name": "", "scope": "own"})
    assert lacking.status == 422 and 'id="f-name-error"' in lacking.text
    sent = {"name": "Просроченный творог", "scope": "own", "card.kind": "claim", "card.goods": "goods 9%"}
    assert anna.post("/templates/new/appeal", sent).status == 303
    assert anna.post("/templates/new/appeal", sent | {"scope": "unit", "unit": "101"}).status == 403

    page = anna.get("/templates")
    assert "Просроченный творог" in page.words and "По телефону" in page.words
    use = next(link for link in page.links("template=") if "file:" not in link and "file%3A" not in link)
    assert "goods 9%" in anna.get(use).text
    (mend,) = [link for link in page.links("/templates/") if "/new/" not in link]
    changed = anna.get(mend).fields(mend) | sent | {"name": "Творог и сметана", "card.goods": "goods 20%"}
    assert anna.post(mend, changed).status == 303
    assert anna.post(mend, changed).status == 409
    assert "goods 20%" in anna.get(use).text
    for who in ("egor", "boris", "admin"):
        assert site.as_(who).get(mend).status == 404
        assert site.as_(who).post(f"{mend}/drop").status == 404
    assert anna.post(f"{mend}/drop").status == 303
    assert anna.get(use).status == 404


def test_a_copy_and_a_card_on_the_basis_of_another(site: Site):
    ref = site.registered()
    anna = site.as_("anna")

    copy = anna.get(f"/cards/new/appeal?copy={ref}")
    assert "Копия" in copy.words and "The milk was sour." in copy.text
    based = anna.get(f"/cards/new/appeal?basis={ref}")
    assert "The milk was sour." not in based.text and f'name="basis" value="{ref}"' in based.text
    made = anna.post("/cards/new/appeal", VALUES | {"basis": ref, "then": "open"})
    assert made.status == 303, made.words
    assert "Повторяет" in anna.get(f"{made.location}?tab=links").words
    assert anna.post("/cards/new/appeal", VALUES | {"basis": "nothing"}).status == 404
    for start in ("copy", "basis", "template"):
        assert anna.get(f"/cards/new/appeal?{start}=nothing").status == 404
        assert site.as_("egor").get(f"/cards/new/appeal?{start}={ref}").status == 404
