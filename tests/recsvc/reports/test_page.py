"""The frame of a page forbids everything but its own style."""

import hashlib
import re
from base64 import b64encode

import pytest

from recsvc.reports.page import environment


@pytest.mark.parametrize("package", ["training.report", "recsvc.cli.report"])
def test_style_is_the_one_thing_that_the_page_allows_itself(package: str) -> None:
    frame = environment(package).get_template("reports/page.html").render(language="ja")
    (style,) = re.findall(r"<style>(.*?)</style>", frame, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in frame
    assert '<html lang="ja">' in frame
    assert len(style) > 5_000
