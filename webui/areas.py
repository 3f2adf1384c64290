"""The list of areas; a new one is a line here."""

from __future__ import annotations

from webui import admin, api, cards, directories, engine_rest, help, home, inbox, parties, portal, signin

ALL = (
    signin.area,
    home.area,
    inbox.area,
    cards.area,
    directories.area,
    parties.area,
    admin.area,
    api.area,
    engine_rest.area,
    help.area,
    portal.area,
)
RATES = {**signin.RATES, **portal.RATES}
