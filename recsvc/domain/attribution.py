"""Attribution: how long after it a purchase may have come of what was shown."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Attribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The windows in which a purchase is given to a placement; a click outranks an impression."""

    click_days: Annotated[float, Meta(gt=0, le=365)] = 7.0
    view_days: Annotated[float, Meta(ge=0, le=365)] = 1.0  # 0: only what was clicked counts
