"""The solutions as they lie on disk, read plainly: what the tests of this folder are asked about."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from services.solutions.texts import flat

ROOT = Path(__file__).resolve().parents[2]
SLUGS = tuple(sorted(path.parent.name for path in (ROOT / "processes").glob("*/solution.toml")))
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"


@dataclass(frozen=True)
class Shelf:
    """One solution's folders."""

    slug: str

    @property
    def folder(self) -> Path:
        return ROOT / "processes" / self.slug

    @property
    def forms(self) -> Mapping[str, Any]:
        folder = ROOT / "forms" / self.slug
        return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.form"))}

    @property
    def papers(self) -> list[Path]:
        return sorted((ROOT / "templates_docx" / self.slug).glob("*.docx"))

    @property
    def routes(self) -> Mapping[str, Any]:
        return {path.name: etree.parse(path).getroot() for path in sorted(self.folder.glob("*.bpmn"))}

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        return toml(self.folder / "solution.toml")

    @cached_property
    def card_types(self) -> Mapping[str, Mapping[str, Any]]:
        return {path.stem: toml(path) for path in sorted(self.folder.glob("cards/*.toml"))}

    @cached_property
    def texts(self) -> Mapping[str, Mapping[str, str]]:
        return {language: dict(flat(toml(self.folder / f"texts/{language}.toml"))) for language in self.languages}

    @property
    def languages(self) -> list[str]:
        return list(self.manifest["languages"])

    @property
    def scenarios(self) -> Mapping[str, Mapping[str, Any]]:
        return {path.stem: toml(path) for path in sorted(self.folder.glob("scenarios/*.toml"))}

    @property
    def transitions(self) -> set[str]:
        return {one["id"] for card in self.card_types.values() for one in card["transition"]}

    def rows(self, path: str) -> list[dict[str, str]]:
        with (self.folder / path).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def directories(self) -> Mapping[str, list[dict[str, str]]]:
        names = sorted(path.stem for path in self.folder.glob("directories/*.csv"))
        return {name: self.rows(f"directories/{name}.csv") for name in names}

    def user_tasks(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Each user task's id with its properties."""
        for route in self.routes.values():
            for task in route.iter(f"{BPMN}userTask"):
                yield task.get("id"), {each.get("name"): each.get("value") for each in task.iter(f"{CAMUNDA}property")}


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
