"""What was typed and not sent."""

from __future__ import annotations

import json

from tests.webui.conftest import Site


def test_it_is_there_again(site: Site):
    site.file()
    ref = site.tasks("anna")[0]

    kept = site.as_("anna").post(f"/inbox/{ref}/draft", {"submission": json.dumps({"card.kind": "thanks"})})
    page = site.as_("anna").get(f"/inbox/{ref}")

    assert kept.status == 204
    assert (
        json.loads(page.text.split('type="application/json">')[1].split("</script>")[0])["data"]["card.kind"]
        == "thanks"
    )
    assert "Черновик сохранён" in page.words


def test_a_stranger_finds_nothing(site: Site):
    site.file()

    assert site.as_("egor").post(f"/inbox/{site.tasks('anna')[0]}/draft", {"submission": "{}"}).status == 404


def test_nobody_else_sees_it(site: Site):
    site.file()
    ref = site.tasks("anna")[0]
    site.as_("anna").post(f"/inbox/{ref}/draft", {"submission": json.dumps({"card.kind": "thanks"})})

    assert "Черновик сохранён" not in site.as_("admin").get(f"/inbox/{ref}").words
