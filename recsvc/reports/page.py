"""The page that every report stands on: its frame and style, and what the templates of a report may call."""

import hashlib
from base64 import b64encode
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from recsvc.reports import numbers

OWN = "recsvc.reports"
FILTERS = ("count", "score", "signed", "percent", "change", "megabytes", "plain")


def environment(package: str) -> Environment:
    """The templates of a report; they extend `reports/page.html`.

    The page forbids itself everything but its own style: nothing runs and nothing is fetched, whatever markup
    got into it.

    Args:
        package: has `templates/`, and in it a `page.css` for what only this report shows.
    """
    found = Environment(
        loader=ChoiceLoader([PackageLoader(package), PrefixLoader({"reports": PackageLoader(OWN)})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {name: getattr(numbers, name) for name in FILTERS}
    css = "\n" + "".join(_style(one) for one in (OWN, package))
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    found.globals |= {"css": Markup(css), "css_digest": digest}  # noqa: S704 (our own files)
    return found


def _style(package: str) -> str:
    return files(package).joinpath("templates", "page.css").read_text("utf-8")
