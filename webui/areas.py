"""The list of areas; a new one is a line here."""

from __future__ import annotations

from webui import admin, api, cards, directories, engine_rest, help, home, inbox, portal, signin

ALL = (
    signin.area,
    home.area,
    inbox.area,
    cards.area,
    directories.area,
    admin.area,
    api.area,
    engine_rest.area,
    help.area,
    portal.area,
)
RATES = {**signin.RATES, **portal.RATES}
