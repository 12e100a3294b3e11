"""Refusals: an error of a database becomes one of ours, which names the reason and never a value."""

import sqlalchemy as sa

from recsvc.domain.errors import BadDataError, RecsvcError, StoreUnavailableError


def refusal(error: Exception, *, of_write: bool = False) -> RecsvcError:
    """The error to raise, `from None`: the databases' own may quote the row that they stumbled over.

    Args:
        error: of a database, or one of ours, which stays as it is.
        of_write: whether something was to be kept.
    """
    if isinstance(error, RecsvcError):
        return error
    reason = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    said = str(reason).partition("\n")[0].strip() or type(reason).__name__
    if any(cls.__name__ == "DataError" for cls in type(reason).__mro__):  # PEP 249's, of whichever driver
        return BadDataError(f"The database cannot hold a value ({said}); correct it and send it again.")
    advice = "nothing was kept, send it again" if of_write else "look whether it runs and `database` names it"
    return StoreUnavailableError(f"The store does not answer ({said}); {advice}.")
