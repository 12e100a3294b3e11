"""The release of the elements: their files, the address that changes with them, and what a shop copies."""

import base64
import gzip
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

STATIC = Path(str(files("recsvc.storefront.elements"))) / "static"
TYPES = {".js": "text/javascript", ".css": "text/css"}
SCRIPT, PAGE, STYLE = "recsvc.js", "page.js", "recsvc.css"
SNIPPET = """\
<link rel="stylesheet" href="{base}{style}" integrity="{style_integrity}" crossorigin="anonymous">
<link rel="modulepreload" href="{base}{page}" integrity="{page_integrity}" crossorigin="anonymous">
<script type="module" src="{base}{script}" integrity="{script_integrity}" crossorigin="anonymous"
        data-key="pk_…" data-locale="en"></script>
"""


@cache
def element_files() -> dict[str, bytes]:
    """Name → contents, read once: a process serves one release."""
    return {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in TYPES}


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
    return "sha384-" + base64.b64encode(hashlib.sha384(element_files()[name]).digest()).decode()


def snippet(base: str) -> str:
    """The lines that a shop copies into its pages.

    Args:
        base: address of this service, without a last slash.
    """
    return SNIPPET.format(
        base=f"{base}/storefront/{digest()}/",
        style=STYLE,
        page=PAGE,
        script=SCRIPT,
        style_integrity=integrity(STYLE),
        page_integrity=integrity(PAGE),
        script_integrity=integrity(SCRIPT),
    )
