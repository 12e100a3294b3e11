"""The release of the elements: their files, the address that changes with them, and what a shop copies."""

import base64
import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

STATIC = Path(str(files("recsvc.storefront.elements"))) / "static"
TYPES = {".js": "text/javascript", ".css": "text/css"}
SCRIPT, PAGE, SEALED, STYLE = "recsvc.js", "page.js", "sealed.js", "recsvc.css"
FIRST = frozenset({SCRIPT, PAGE, SEALED})
"""Scripts whose integrity is in the snippet; they hold the others to theirs."""
IMPORTED = re.compile(r'from "\./([\w.]+)"')
SNIPPET = """\
<link rel="stylesheet" href="{base}{style}" integrity="{style_integrity}" crossorigin="anonymous">
<link rel="modulepreload" href="{base}{page}" integrity="{page_integrity}" crossorigin="anonymous">
<link rel="modulepreload" href="{base}{sealed}" integrity="{sealed_integrity}" crossorigin="anonymous">
<script type="module" src="{base}{script}" integrity="{script_integrity}" crossorigin="anonymous"
        data-key="pk_…" data-locale="{locale}"></script>
"""


@cache
def element_files() -> dict[str, bytes]:
    """Name → contents, read once: a process serves one release."""
    found = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in TYPES}
    return found | {SEALED: _sealed(found)}


def _sealed(found: dict[str, bytes]) -> bytes:
    """The script that holds the others to their digests, with these written in."""
    later = [name for name in found if name not in FIRST and name.endswith(".js")]
    needs = {name: sorted(_needed(found, name)) for name in later}
    written = {
        b"SEALS": {name: _integrity(found[name]) for name in later},
        b"NEEDS": {name: names for name, names in needs.items() if names},
    }
    script = found[SEALED]
    for name, table in written.items():
        script = script.replace(
            b"const %s = {};" % name, b"const %s = %s;" % (name, msgspec.json.encode(table))
        )
    return script


def _needed(found: dict[str, bytes], name: str) -> set[str]:
    """The files that a script imports, and those that these import, without the first ones."""
    direct = set(IMPORTED.findall(found[name].decode())) - FIRST
    return direct.union(*(_needed(found, one) for one in direct))


@cache
def packed_files() -> dict[str, bytes]:
    """The same for browsers that unpack gzip."""
    return {name: gzip.compress(contents, 9, mtime=0) for name, contents in element_files().items()}


@cache
def digest() -> str:
    """Part of every address; another one whenever any file is."""
    total = hashlib.sha256()
    for name, contents in element_files().items():
        total.update(f"{name} {len(contents)} ".encode() + contents)
    return total.hexdigest()[:16]


def integrity(name: str) -> str:
    """What Subresource Integrity compares a file with."""
    return _integrity(element_files()[name])


def _integrity(contents: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(contents).digest()).decode()


def snippet(base: str, locale: str) -> str:
    """The lines that a shop copies into its pages.

    Args:
        base: address of this service, without a last slash.
        locale: of the pages.
    """
    return SNIPPET.format(
        base=f"{base}/storefront/{digest()}/",
        locale=locale,
        style=STYLE,
        page=PAGE,
        script=SCRIPT,
        style_integrity=integrity(STYLE),
        page_integrity=integrity(PAGE),
        sealed=SEALED,
        sealed_integrity=integrity(SEALED),
        script_integrity=integrity(SCRIPT),
    )
