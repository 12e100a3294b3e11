"""Addresses of the pages: every part escaped, and never an address elsewhere."""

import re
from urllib.parse import quote, urlencode

OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")


def link(*parts: str, **query: object) -> str:
    """A path of this service, with every part and query value escaped for an address."""
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    kept = {key: value for key, value in query.items() if value is not None}
    return f"{path}?{urlencode(kept)}" if kept else path


def own_path(text: str, otherwise: str = "/") -> str:
    """A path of this service, never an address elsewhere."""
    return text if OWN_PATH.fullmatch(text) else otherwise
