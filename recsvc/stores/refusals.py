"""Refusals: an error of a database becomes one of ours, which names the reason and never a value."""

import sqlalchemy as sa

from recsvc.domain.errors import BadDataError, RecsvcError, StoreUnavailableError


def refusal(error: Exception) -> RecsvcError:
    """The error to raise, `from None`: the databases' own may quote the row that they stumbled over."""
    if isinstance(error, RecsvcError):
        return error
    reason = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    said = str(reason).partition("\n")[0].strip() or type(reason).__name__
    if any(cls.__name__ == "DataError" for cls in type(reason).__mro__):  # PEP 249's, of whichever driver
        return BadDataError(f"The database cannot hold a value ({said}); correct it and send it again.")
    return StoreUnavailableError(f"The store does not answer ({said}); nothing was kept, send it again.")
