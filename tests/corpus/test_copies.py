"""Other words for the same diagram: the copies the corpus is scored on a second time mean what the original means."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from lxml import etree

from tests.corpus import copies
from tests.corpus.run_case import Player
from tests.engine.runtime.drawing import SIGNAL, boundary, chain, element, end, flow, process, start, user

DRAWN = (
    start()
    + '<exclusiveGateway id="x" default="d"/>'
    + element("subProcess", "p", start("ps") + user("inner") + end("pe") + chain("ps", "inner", "pe"))
    + boundary("b", "p", SIGNAL)
    + user("after")
    + end()
    + end("e2")
    + chain("s", "x")
    + flow("x", "p", "${go}")
    + flow("x", "e", id="d")
    + chain("p", "e")
    + chain("b", "after", "e2")
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "case.bpmn").write_text(process(DRAWN), encoding="utf-8")
    expected = json.dumps({"cases": [{"steps": [{"do": "start", "process": "P"}]}]})
    row = {
        "id": "1",
        "kind": "bpmn-engine-conformance",
        "path": "case.bpmn",
        "extra_files": "",
        "expected_result": expected,
    }
    with (folder / "MANIFEST.csv").open("w", newline="", encoding="utf-8") as written:
        csv.DictWriter(written, list(row)).writeheader()
        csv.DictWriter(written, list(row)).writerow(row)
    return folder


@pytest.mark.parametrize("kind", copies.KINDS)
def test_a_copy_says_it_otherwise_and_plays_the_same(corpus: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "copy"
    assert copies.copy_of(corpus, target, kind) == 1
    copied = (target / "case.bpmn").read_bytes()
    ids = {each.get("id") for each in etree.fromstring(copied).iter() if each.get("id")}
    assert ("inner" in ids) == (kind != "ids renamed")
    assert (b"<q0:process" in copied) == (kind != "ids renamed")
    (row,) = csv.DictReader((target / "MANIFEST.csv").open(encoding="utf-8"))
    key = json.loads(row["expected_result"])["cases"][0]["steps"][0]["process"]
    player = Player()
    assert player.deploy([str(target / "case.bpmn")])["status"] == "deployed"
    (inner,) = player.start(key, {"go": True})["tasks"]
    assert inner["id"] == (copies.other("inner") if kind == "ids renamed" else "inner")
    (after,) = player.signal("S")["tasks"]
    assert after["id"] == (copies.other("after") if kind == "ids renamed" else "after")
    assert player.complete(after["ref"], {})["ended"]


def test_a_reordered_diagram_has_its_nodes_behind_its_flows() -> None:
    root = etree.fromstring(process(DRAWN).encode())
    copies.reorder(root)
    (drawn,) = (each for each in copies.elements(root) if copies.local(each) == "process")
    names = [copies.local(each) for each in drawn]
    assert names.index("startEvent") > max(at for at, name in enumerate(names) if name == "sequenceFlow")
