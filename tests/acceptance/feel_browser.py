"""
FEEL here and in the browser: 300 expressions of the TCK, on the server and by feelin inside the shipped form.

The expressions are drawn by a fixed seed, zones, nulls and ranges among them. Every disagreement is printed with the
TCK's value; ours may be the wrong one in none of them. Takes the corpus from CHANCERY_CORPUS and needs Chromium.
`--markdown` prints the disagreements as rows for the help.
"""

from __future__ import annotations

import functools
import glob
import http.server
import json
import os
import random
import re
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lxml import etree

from engine.feel import FeelLimitError, FeelSyntaxError, compile_expression, values
from engine.feel.temporal import parse_any
from tests.acceptance.feel_tck import judge
from tests.corpus.decide_case import value_in, value_out

COUNT, BATCH, SEED = 300, 50, 20261122
STATIC = Path(__file__).resolve().parents[2] / "webui" / "static"
PAGE = """<!doctype html><meta charset="utf-8"><title>FEEL</title><link rel="stylesheet" href="/vendor/form.css">
<form id="real"><div id="here"><script type="application/json"></script></div></form>"""
EVALUATE = """async (schema) => {
  document.body.innerHTML = '<form id="real"><div id="here"><script type="application/json"></' + 'script></div></form>';
  const node = document.querySelector('#here');
  node.querySelector('script').textContent = JSON.stringify({schema, data: {}});
  const { mount } = await import('/vendor/form.js');
  await mount(node);
  await new Promise((done) => setTimeout(done, 300));
  document.querySelector('#real').dispatchEvent(new Event('chancery:collect'));
  return document.querySelector('#real input[name=submission]').value;
}"""


@dataclass(frozen=True)
class Sample:
    expression: str
    wanted: Any
    """The TCK's value, tagged as the corpus does."""


def samples(corpus: Path) -> list[Sample]:
    """All decisions that are one expression of their own, with the value the TCK expects."""
    score = judge(corpus)
    found: list[Sample] = []
    for path in sorted({os.path.dirname(f) for f in glob.glob(f"{corpus}/dmn-tck/**/*.dmn", recursive=True)}):
        texts: dict[str, str] = {}
        for file in sorted(glob.glob(f"{path}/*.dmn")):
            for decision in etree.parse(file).getroot().iter("{*}decision"):
                text = decision.find("{*}literalExpression/{*}text")
                alone = decision.find("{*}informationRequirement") is None
                if text is not None and alone and decision.find("{*}knowledgeRequirement") is None:
                    texts[decision.get("name")] = " ".join((text.text or "").split())
        for _, question, wanted, error in score.tck_tests(glob.glob(f"{path}/*-test-*.xml")):
            text = texts.get(question["name"], "")
            if text and not question["inputs"] and "//" not in text:
                found.append(Sample(text, None if error else wanted))
    return found


def drawn(pool: list[Sample]) -> list[Sample]:
    """The sample: a fixed seed, with at least 30 each of zones, nulls and ranges."""
    r = random.Random(SEED)
    kinds = (
        [s for s in pool if re.search(r"@[A-Z]\w+/", s.expression)],
        [s for s in pool if s.wanted is None],
        [s for s in pool if ".." in s.expression],
    )
    chosen = {s.expression: s for kind in kinds for s in r.sample(kind, min(30, len(kind)))}
    rest = [s for s in pool if s.expression not in chosen]
    r.shuffle(rest)
    for sample in rest:
        if len(chosen) >= COUNT:
            break
        chosen[sample.expression] = sample
    return list(chosen.values())[:COUNT]


def in_browser(expressions: list[str]) -> list[Any]:
    """What feelin makes of them, as expression fields of the form that the product ships."""
    from playwright.sync_api import sync_playwright

    handler = functools.partial(_Quiet, directory=str(STATIC))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found: list[Any] = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHANCERY_CHROMIUM", "/usr/bin/chromium"),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/page")
            for first in range(0, len(expressions), BATCH):
                batch = expressions[first : first + BATCH]
                fields = [
                    {
                        "type": "expression",
                        "id": f"f{i}",
                        "key": f"e{i}",
                        "expression": f"={text}",
                        "computeOn": "change",
                    }
                    for i, text in enumerate(batch)
                ]
                schema = {"type": "default", "id": f"s{first}", "schemaVersion": 19, "components": fields}
                data = json.loads(page.evaluate(EVALUATE, schema))
                found += [data.get(f"e{i}") for i in range(len(batch))]
            browser.close()
    finally:
        server.shutdown()
    return found


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/page":
            body = PAGE.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        return


def here(expression: str) -> Any:
    try:
        return compile_expression(expression, "feel").evaluate({})
    except (FeelSyntaxError, FeelLimitError):
        return None


def same(ours: Any, theirs: Any) -> bool:
    """Whether JSON from the browser shows the same value."""
    ours = values.convert(ours)
    if ours is None or theirs is None:
        return ours is None and theirs is None
    if isinstance(theirs, bool) or isinstance(ours, bool):
        return ours is theirs
    if isinstance(theirs, int | float):
        return isinstance(ours, values.Decimal) and abs(float(ours) - theirs) <= 1e-8 * max(1.0, abs(theirs))
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, dict):
        if isinstance(ours, values.Range | values.Function):
            return True
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, str):
        return bool(ours == theirs)
    return _same_temporal(ours, theirs)


_SPAN = re.compile(
    r"(-?)P"
    + "".join(f"(?:(-?[\\d.]+){unit})?" for unit in "YMD")
    + r"(?:T(?:(-?[\d.]+)H)?(?:(-?[\d.]+)M)?(?:(-?[\d.]+)S)?)?"
)


def _same_temporal(ours: Any, text: str) -> bool:
    """Dates, times and durations arrive as the JSON of the browser's library: always with a date, an offset, signs."""
    if isinstance(ours, values.DaysDuration | values.MonthsDuration):
        found = _SPAN.fullmatch(text)
        if not found:
            return False
        years, months, days, hours, minutes, seconds = (float(part or 0) for part in found.groups()[1:])
        sign = -1 if found[1] else 1
        if isinstance(ours, values.MonthsDuration):
            return bool(ours.months == sign * (years * 12 + months))
        return abs(ours.nanos - sign * (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e9) < 1e6
    read = parse_any(text)
    if not isinstance(read, values.DateTime):
        return read is not None and values.equal(ours, read) is True
    if isinstance(ours, values.Date):
        return read.date == ours and read.time.nanos == 0
    if isinstance(ours, values.Time):
        return bool(read.time.nanos == ours.nanos)
    if ours.is_local:
        return bool(read.local_nanos == ours.local_nanos)
    return bool(read.moment == ours.moment)


def main() -> int:
    folder = os.environ.get("CHANCERY_CORPUS")
    if not folder:
        print("Set CHANCERY_CORPUS to the folder of the corpus.")
        return 2
    score = judge(Path(folder))
    chosen = drawn(samples(Path(folder)))
    theirs = in_browser([sample.expression for sample in chosen])
    wrong = disagreements = theirs_wrong = 0
    for sample, browser in zip(chosen, theirs, strict=True):
        ours = here(sample.expression)
        right = score.same(sample.wanted, value_out(ours))
        wrong += not right
        if same(ours, browser) and right:
            continue
        disagreements += 1
        theirs_wrong += not same(value_in(sample.wanted), browser)
        shown = values.to_string(ours, nested=True)
        if "--markdown" in sys.argv:
            print(f"| `{sample.expression}` | `{shown}` | `{json.dumps(browser, ensure_ascii=False)}` |")
        else:
            print(
                f"{sample.expression}\n    TCK {json.dumps(sample.wanted)}  here {shown}  browser {json.dumps(browser)}"
            )
    print(
        f"{len(chosen)} expressions, {disagreements} disagreements; wrong here {wrong}, in the browser {theirs_wrong}"
    )
    return int(wrong > 0 or len(chosen) < COUNT)


if __name__ == "__main__":
    sys.exit(main())
