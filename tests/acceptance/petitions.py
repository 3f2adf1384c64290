"""
Nothing knows appeals: the solution under other names (slug, card type, fields, roles, process) checks, deploys, plays.

The copy is made by plain text replacement in a folder of its own; the sources of the product are searched for the word.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from engine.deployment.bundle import Bundle, kind_of
from engine.store.unit_of_work import Database
from services.accounts.actors import INSTALLER
from services.bootstrap import bootstrap, create_tables
from services.settings import Settings
from services.solutions.check import read_solution
from services.solutions.deploy_solution import check_solution, deploy_solution
from services.solutions.folders import PLACES, read_folder, write_folder
from services.solutions.manifest import parse_toml
from services.solutions.play_scenario import play_scenario
from services.solutions.scenarios import read_scenario

ROOT = Path(__file__).resolve().parents[2]
FROM, TO = "appeals", "petitions"
ROLES = {
    "clerk": "registrar", "approver": "consenter", "head_service": "head_of_care", "regional": "country", "store": "shop",
}  # fmt: skip
FIELDS = {
    "applicant": "petitioner", "received_on": "came_on", "goods": "wares", "demand": "wish", "term_basis": "term_ground",
    "cause": "reason_why", "receipt_no": "slip_no", "quality_check": "tried_out",
}  # fmt: skip
SEARCHED = ("engine", "services", "webui")
ENDINGS = {".py", ".html", ".js", ".mjs", ".css", ".toml", ".md", ".sql", ".txt", ".svg", ".json"}
WORD = re.compile(r"appeal(?!ing|ed\b)", re.IGNORECASE)
NOT_OURS = {"translations", "node_modules", "vendor", "__pycache__"}


def _document(content: bytes) -> bytes:
    """A printed form whose placeholders are renamed too."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, renamed(part.decode()).encode() if name.endswith(".xml") else part)
    return made.getvalue()


def renamed(text: str) -> str:
    """The text in the words of petitions."""
    for old, new in (ROLES | FIELDS).items():
        text = re.sub(rf"(?<![\w-]){old}(?![\w-])", new, text)
    for old, new in (("appeal", "petition"), ("Appeal", "Petition"), ("APPEAL", "PETITION")):
        text = text.replace(old, new)
    return text


def petitions() -> Bundle:
    """The copy; letters keep their words (they name `applicant` of the print context), the card on paper does not."""
    files = {}
    for path, content in read_folder(ROOT, FROM).files.items():
        is_plain = kind_of(path) != "docx" and not path.startswith("templates_docx/")
        files[renamed(path) if is_plain or path.endswith("_card.docx") else path] = (
            renamed(content.decode()).encode()
            if is_plain
            else (_document(content) if path.endswith("_card.docx") else content)
        )
    return Bundle(TO, files)


def names(bundle: Bundle) -> tuple[set[str], set[str]]:
    """Roles and fields of a solution."""
    read = read_solution(bundle)
    return set(read.manifest.roles), {spec.key for type in read.card_types.values() for spec in type.fields}


def differ(bundle: Bundle) -> int:
    roles, fields = names(bundle)
    old_roles, old_fields = names(read_folder(ROOT, FROM))
    left = [path for path, content in bundle.files.items() if kind_of(path) != "docx" and b"appeal" in content.lower()]
    left = [path for path in left if not path.startswith("templates_docx/")]
    print(
        f"renamed: roles {len(roles - old_roles)} of {len(roles)}, fields {len(fields - old_fields)} of {len(fields)}"
    )
    print(f"files that still say the old word: {left or 0}")
    return len(left) + (len(roles - old_roles) < len(ROLES)) + (len(fields - old_fields) < len(FIELDS))


def deployed(bundle: Bundle, folder: Path) -> int:
    """Checked without a finding and deployed, by itself."""
    office = bootstrap(Settings.for_folder(folder / "data"), database=Database(f"sqlite:///{folder / 'deployed.db'}"))
    try:
        create_tables(office.database)
        findings = check_solution(office, bundle)
        result = deploy_solution(office, INSTALLER, bundle)
    finally:
        office.close()
    for found in findings:
        print(f"  {found.file} {found.element}: {found.code}: {found.reason}")
    print(f"findings {len(findings)}, deployed as version {result.version}")
    return len(findings) + (result.deployment_id is None)


def played(bundle: Bundle, folder: Path) -> int:
    """Its scenarios, each in an office of its own."""
    tasks = {task.id: task.outcomes for task in read_solution(bundle).tasks}
    failed, number = 0, 0
    for number, (path, content) in enumerate(bundle.of_kind("scenario"), 1):
        scenario, findings = read_scenario(parse_toml(content, path)[0], path, tasks)
        if scenario is None:
            print(f"  {path}: {[found.reason for found in findings]}")
            failed += 1
            continue
        own = folder / f"play{number}"
        own.mkdir()
        began = time.monotonic()
        result = play_scenario(bundle, scenario, own)
        print(f"  {path}: {len(scenario.steps)} steps, {'as told' if result.passed else result.mismatches} "
              f"({time.monotonic() - began:.1f} s)")  # fmt: skip
        failed += not result.passed
    print(f"scenarios played as told {number - failed}/{number}")
    return failed + (number == 0)


def words() -> int:
    """The word in the sources of the product."""
    searched, hits = 0, []
    for top in SEARCHED:
        for path in sorted((ROOT / top).rglob("*")):
            if not path.is_file() or path.suffix not in ENDINGS or NOT_OURS & set(path.relative_to(ROOT).parts):
                continue
            searched += 1
            lines = path.read_text(encoding="utf-8").splitlines()
            hits += [f"{path.relative_to(ROOT)}:{at}" for at, line in enumerate(lines, 1) if WORD.search(line)]
    for hit in hits:
        print(f"  says it: {hit}")
    print(f"files searched in {', '.join(SEARCHED)}: {searched}, lines with the word: {len(hits)}")
    return len(hits) + (searched < 100)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="chancery-petitions-") as temporary:
        root = Path(temporary)
        write_folder(root, TO, petitions().files)
        print(f"copied {', '.join(sorted(set(PLACES.values())))} of {FROM} to {TO}: {len(petitions().files)} files")
        bundle = read_folder(root, TO)
        short = differ(bundle) + deployed(bundle, root) + played(bundle, root)
    return int(short + words() > 0)


if __name__ == "__main__":
    sys.exit(main())
