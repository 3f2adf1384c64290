"""
The static checks of decision tables: every seeded flaw is found, and nothing is found in sound tables.

Forty pairs: a table with one flaw, naming the finding and the rules it must name, and the same table put right.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.dmn import check_model, read_model
from engine.findings import Finding

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'


@dataclass(frozen=True)
class Pair:
    """`columns` and `output`: "name:type" with "{allowed values}" behind it; rules: "cell | cell => output"."""

    policy: str
    columns: str
    output: str
    flawed: str
    code: str
    named: tuple[int, ...]
    """The rules the finding must name; a gap names an example instead."""
    sound: str
    example: str = ""
    """What the example of a gap or overlap must contain."""


PAIRS = (
    # gaps
    Pair("UNIQUE", "n:number", "o:number", "< 10 => 1; > 10 => 2", "dmn-gap", (), "< 10 => 1; >= 10 => 2", "n = 10"),
    Pair("UNIQUE", "n:number", "o:number", "[0..5) => 1; [5..9] => 2; > 9 => 3", "dmn-gap", (),
         "< 0 => 0; [0..5) => 1; [5..9] => 2; > 9 => 3", "n = -1"),
    Pair("FIRST", "n:integer", "o:string", '[1..9] => "a"; >= 11 => "b"; < 1 => "c"', "dmn-gap", (),
         '[1..9] => "a"; >= 10 => "b"; < 1 => "c"', "n = 10"),
    Pair("UNIQUE", 's:string {"new","open","done"}', "o:string", '"new" => "x"; "open" => "y"', "dmn-gap", (),
         '"new","open" => "x"; "done" => "y"', '"done"'),
    Pair("UNIQUE", "s:string", "o:string", '"a" => "x"; "b" => "y"', "dmn-gap", (),
         '"a" => "x"; not("a") => "y"', "another value"),
    Pair("UNIQUE", "b:boolean", "o:number", "true => 1", "dmn-gap", (), "true => 1; false => 2", "b = false"),
    Pair("UNIQUE", "d:date", "o:number", '< date("2026-01-01") => 1; > date("2026-01-01") => 2', "dmn-gap", (),
         '< date("2026-01-01") => 1; >= date("2026-01-01") => 2', "2026-01-01"),
    Pair("ANY", "d:date", "o:number", '<= @"2025-12-31" => 1; >= @"2026-01-02" => 2', "dmn-gap", (),
         '<= @"2025-12-31" => 1; >= @"2026-01-01" => 2', "2026-01-01"),
    Pair("UNIQUE", "t:days and time duration", "o:number", '< @"PT8H" => 1; > @"P1D" => 2', "dmn-gap", (),
         '< @"PT8H" => 1; [@"PT8H"..@"P1D"] => 3; > @"P1D" => 2', "t = "),
    Pair("UNIQUE", "m:years and months duration", "o:number", '<= @"P1Y" => 1; > @"P14M" => 2', "dmn-gap", (),
         '<= @"P1Y" => 1; [@"P13M"..@"P14M"] => 3; > @"P14M" => 2', "P1Y"),
    Pair("UNIQUE", 'n:number; s:string {"a","b"}', "o:number", '< 5 | "a" => 1; >= 5 | - => 2', "dmn-gap", (),
         '< 5 | "a" => 1; < 5 | "b" => 3; >= 5 | - => 2', 's = "b"'),
    Pair("PRIORITY", "n:number; b:boolean", "o:string {\"hi\",\"lo\"}",
         '> 0 | true => "hi"; <= 0 | - => "lo"', "dmn-gap", (),
         '> 0 | true => "hi"; <= 0 | - => "lo"; > 0 | false => "lo"', "b = false"),
    Pair("UNIQUE", "n:number {[0..100]}", "o:number", "[0..50) => 1; (50..100] => 2", "dmn-gap", (),
         "[0..50) => 1; [50..100] => 2", "n = 50"),
    # overlaps
    Pair("UNIQUE", "n:number", "o:number", "<= 10 => 1; >= 10 => 2", "dmn-overlap", (1, 2),
         "<= 10 => 1; > 10 => 2", "n = 10"),
    Pair("UNIQUE", 's:string {"a","b","c"}', "o:number", '"a","b" => 1; "b","c" => 2', "dmn-overlap", (1, 2),
         '"a","b" => 1; "c" => 2', '"b"'),
    Pair("UNIQUE", "n:number; b:boolean", "o:number", "< 5 | true => 1; - | false => 2; >= 4 | true => 3",
         "dmn-overlap", (1, 3), "< 5 | true => 1; - | false => 2; >= 5 | true => 3", "b = true"),
    Pair("UNIQUE", "d:date", "o:number",
         '< @"2026-03-01" => 1; [@"2026-02-28"..@"2026-06-01"] => 2; > @"2026-06-01" => 3', "dmn-overlap", (1, 2),
         '< @"2026-03-01" => 1; [@"2026-03-01"..@"2026-06-01"] => 2; > @"2026-06-01" => 3', "2026-02-28"),
    Pair("UNIQUE", "t:days and time duration", "o:number", '<= @"P1D" => 1; >= @"PT24H" => 2', "dmn-overlap", (1, 2),
         '<= @"P1D" => 1; > @"PT24H" => 2', "P1D"),
    Pair("UNIQUE", "s:string", "o:number", 'not("a") => 1; - => 2', "dmn-overlap", (1, 2),
         'not("a") => 1; "a" => 2', "another value"),
    Pair("UNIQUE", "b:boolean", "o:number", "true => 1; - => 2", "dmn-overlap", (1, 2), "true => 1; false => 2", "true"),
    Pair("UNIQUE", "n:integer", "o:number", "[1..10] => 1; [10..20] => 2; < 1, > 20 => 3", "dmn-overlap", (1, 2),
         "[1..10] => 1; [11..20] => 2; < 1, > 20 => 3", "n = 10"),
    Pair("UNIQUE", "n:number; d:date", "o:number",
         '> 5 | < @"2026-01-01" => 1; > 7 | @"2025-05-05" => 2; <= 5 | - => 3; > 5 | >= @"2026-01-01" => 4',
         "dmn-overlap", (1, 2),
         '> 5 | < @"2026-01-01" => 1; <= 5 | - => 3; > 5 | >= @"2026-01-01" => 4', "2025-05-05"),
    # conflicts
    Pair("ANY", "n:number", "o:string", '<= 10 => "a"; >= 10 => "b"', "dmn-conflict", (1, 2),
         '<= 10 => "a"; >= 10 => "a"', "n = 10"),
    Pair("ANY", 's:string {"a","b"}', "o:number", '"a" => 1; - => 1; "b" => 2', "dmn-conflict", (2, 3),
         '"a" => 1; - => 1; "b" => 1', '"b"'),
    Pair("ANY", "b:boolean; n:number", "o:number", "true | - => 1; - | > 5 => 2; false | <= 5 => 3",
         "dmn-conflict", (1, 2), "true | - => 1; false | > 5 => 2; false | <= 5 => 3", "b = true"),
    Pair("ANY", "d:date", "o:date", '<= @"2026-01-01" => @"2026-02-01"; >= @"2026-01-01" => date("2026-02-02")',
         "dmn-conflict", (1, 2),
         '<= @"2026-01-01" => @"2026-02-01"; >= @"2026-01-01" => date("2026-02-01")', "2026-01-01"),
    # rules that never match
    Pair("UNIQUE", "n:number", "o:number", "< 10 => 1; [20..15] => 2; >= 10 => 3", "dmn-unreachable", (2,),
         "< 10 => 1; [15..20] => 2; [10..15) => 4; > 20 => 3"),
    Pair("FIRST", "d:date", "o:number", '[@"2026-12-31"..@"2026-01-01"] => 1; - => 2', "dmn-unreachable", (1,),
         '[@"2026-01-01"..@"2026-12-31"] => 1; - => 2'),
    Pair("FIRST", "n:integer", "o:number", "(3..4) => 1; - => 2", "dmn-unreachable", (1,), "[3..4) => 1; - => 2"),
    Pair("FIRST", "n:number {[0..10]}", "o:number", "not(>= 0) => 1; - => 2", "dmn-unreachable", (1,),
         "not(>= 5) => 1; - => 2"),
    # shadowed rules
    Pair("FIRST", "n:number", "o:number", "> 5 => 1; > 10 => 2; - => 3", "dmn-shadowed", (2,),
         "> 10 => 2; > 5 => 1; - => 3"),
    Pair("FIRST", "b:boolean", "o:number", "true => 1; false => 2; - => 3", "dmn-shadowed", (3,),
         "true => 1; false => 2"),
    Pair("FIRST", 's:string {"a","b","c"}', "o:number", '"a","b" => 1; "c" => 2; "b" => 3', "dmn-shadowed", (3,),
         '"a" => 1; "c" => 2; "b" => 3'),
    Pair("FIRST", "n:number; b:boolean", "o:number", "< 5 | - => 1; >= 5 | - => 2; 7 | true => 3",
         "dmn-shadowed", (3,), "7 | true => 3; < 5 | - => 1; >= 5 | - => 2"),
    Pair("PRIORITY", "n:number", 'o:string {"high","low"}', '> 0 => "low"; - => "high"', "dmn-shadowed", (1,),
         '> 0 => "high"; - => "low"'),
    # values outside the allowed ones, and of another type
    Pair("FIRST", 's:string {"new","open"}', "o:number", '"opne" => 1; - => 2', "dmn-not-allowed", (1,),
         '"open" => 1; - => 2'),
    Pair("FIRST", "n:number {[0..100]}", "o:number", "> 100 => 1; - => 2", "dmn-not-allowed", (1,), "> 90 => 1; - => 2"),
    Pair("FIRST", 'd:date {>= @"2026-01-01"}', "o:number", '50, 51 => 1; < @"2025-06-01" => 2; - => 3',
         "dmn-not-allowed", (2,), '< @"2026-06-01" => 2; - => 3'),
    Pair("UNIQUE", "b:boolean", 'o:string {"yes","no"}', 'true => "yes"; false => "nay"', "dmn-not-allowed", (2,),
         'true => "yes"; false => "no"'),
    Pair("FIRST", "n:number", "o:number", '"ten" => 1; - => 2', "dmn-cell-type", (1,), "10 => 1; - => 2"),
    Pair("UNIQUE", "b:boolean", "o:number", 'true => 1; false => "two"', "dmn-cell-type", (2,), "true => 1; false => 2"),
)  # fmt: skip


def _typed(text: str) -> tuple[str, str, str]:
    head, _, allowed = text.partition(" {")
    name, _, kind = head.partition(":")
    return name.strip(), kind.strip(), allowed.rstrip("} ")


def xml(pair: Pair, rules: str) -> bytes:
    """The DMN file of a table in shorthand."""
    columns = ""
    for column in pair.columns.split(";"):
        name, kind, allowed = _typed(column)
        values = f"<inputValues><text>{escape(allowed)}</text></inputValues>" if allowed else ""
        columns += f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression>{values}</input>'
    name, kind, allowed = _typed(pair.output)
    values = f"<outputValues><text>{escape(allowed)}</text></outputValues>" if allowed else ""
    columns += f'<output name="{name}" typeRef="{kind}">{values}</output>'
    rows = ""
    for number, rule in enumerate(rules.split(";"), 1):
        cells, _, out = rule.partition("=>")
        inputs = "".join(f"<inputEntry><text>{escape(c.strip())}</text></inputEntry>" for c in cells.split("|"))
        rows += f'<rule id="r{number}">{inputs}<outputEntry><text>{escape(out.strip())}</text></outputEntry></rule>'
    table = f'<decisionTable id="table" hitPolicy="{pair.policy}">{columns}{rows}</decisionTable>'
    return f'{HEAD}<decision id="t" name="t">{table}</decision></definitions>'.encode()


def findings(pair: Pair, rules: str) -> list[Finding]:
    return check_model(read_model(xml(pair, rules), "table.dmn"))


def names(finding: Finding, pair: Pair) -> bool:
    """Whether a finding is the expected one, with its rules and its example."""
    params = finding.params
    numbers = tuple(params[key] for key in ("first", "second", "number") if key in params)
    return finding.code == pair.code and numbers == pair.named and pair.example in str(params.get("example", ""))


def main() -> int:
    missed, noise = 0, 0
    for number, pair in enumerate(PAIRS, 1):
        found = findings(pair, pair.flawed)
        if not any(names(finding, pair) for finding in found):
            missed += 1
            print(f"{number}: {pair.code} {pair.named} not found in  {pair.flawed}: {[f.reason for f in found]}")
        for finding in findings(pair, pair.sound):
            noise += 1
            print(f"{number}: found in a sound table  {pair.sound}: {finding.reason}")
    print(f"flaws found {len(PAIRS) - missed}/{len(PAIRS)}, findings in {len(PAIRS)} sound tables: {noise}")
    return int(missed > 0 or noise > 0)


if __name__ == "__main__":
    sys.exit(main())
