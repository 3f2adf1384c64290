"""Solutions as folders of a checkout: `processes/<slug>`, `forms/<slug>`, `templates_docx/<slug>`, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.deployment.bundle import Bundle
from engine.errors import Invalid, NotFound
from engine.findings import Finding, rule

PLACES = {"forms/": "forms", "templates_docx/": "templates_docx", "": "processes"}
LARGEST_FILE = 20 * 1024 * 1024
MOST_FILES = 2000

TOO_LARGE = rule("file-large", "The file has {size} bytes.", "A file of a solution has at most {limit} bytes.")


def slugs(root: Path) -> list[str]:
    """The solutions in a checkout."""
    return sorted(folder.parent.name for folder in (root / "processes").glob("*/solution.toml"))


def read_folder(root: Path, slug: str) -> Bundle:
    """
    The files of a solution. Raises NotFound("solution-not-found"). Hidden files and links are left out.

    `processes/<slug>/x` is `x` in the bundle, `forms/<slug>/x` is `forms/x`, and likewise `templates_docx`.
    """
    if not (root / "processes" / slug).is_dir():
        raise NotFound("solution-not-found", slug=slug)
    files: dict[str, bytes] = {}
    for prefix, place in PLACES.items():
        base = root / place / slug
        for path in sorted(base.rglob("*")) if base.is_dir() else []:
            inside = path.relative_to(base)
            if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in inside.parts):
                files[prefix + inside.as_posix()] = path.read_bytes()
    return Bundle(slug, files)


def too_large(bundle: Bundle) -> list[Finding]:
    """Files that no solution needs so large."""
    return [
        Finding(TOO_LARGE, file=path, params={"size": len(content), "limit": LARGEST_FILE})
        for path, content in bundle.files.items()
        if len(content) > LARGEST_FILE
    ]


def write_folder(root: Path, slug: str, files: Mapping[str, bytes]) -> list[Path]:
    """Write a bundle's files where `read_folder` finds them; gives the paths. Raises Invalid for a path that leads out."""
    written = []
    for path, content in sorted(files.items()):
        prefix = next(one for one in PLACES if path.startswith(one))
        base = (root / PLACES[prefix] / slug).resolve()
        place = (base / path.removeprefix(prefix)).resolve()
        if not place.is_relative_to(base) or place == base:
            raise Invalid("path-leads-out", path=path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        written.append(place)
    return written
