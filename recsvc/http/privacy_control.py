"""Privacy control: what a browser that opts out everywhere says with every request."""

from typing import Annotated

from litestar.params import HeaderParameter

PrivacyControl = Annotated[
    str | None,
    HeaderParameter(
        name="Sec-GPC",
        description="`1`: nobody's profile is read, and events that do not grant `personalise` "
        "themselves are ignored, code `no_consent`.",
    ),
]


def opted_out(sec_gpc: PrivacyControl = None) -> bool:
    """Whether the browser opts out; other values than `1` say nothing (Global Privacy Control, W3C)."""
    return sec_gpc == "1"
