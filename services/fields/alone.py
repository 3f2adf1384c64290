"""What a field type needs around it where there is no office: checking a file, converting a value. Nothing is looked up."""

from __future__ import annotations

from services.fields.face import Around, Manner, Named


class _Nobody:
    """Knows no reference."""

    def person(self, login: str) -> Named | None:
        return None

    def unit(self, code: str) -> Named | None:
        return None

    def party(self, ref: str) -> Named | None:
        return None

    def item(self, directory: str, code: str) -> Named | None:
        return None

    def file(self, ref: str) -> Named | None:
        return None


ALONE = Around(Manner("en"), _Nobody(), lambda key: key)
